//! From a commit until it is on disk: nobody is told before that, and nobody waits for it who writes the account next.

use crate::cluster::Cluster;
use crate::world::{World, at, wide};
use deskbell_core::account::PayloadStyle;
use deskbell_core::attempt::Outcome;
use deskbell_core::id::WebhookId;
use deskbell_core::store::{Accepted, Accounts as _, Queue as _};
use deskbell_store::PostgresStore;
use futures::FutureExt as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// A database whose commits are not on disk before a standby has them, which is not there yet.
struct Slow {
    cluster: Cluster,
    database: String,
    world: Arc<World<PostgresStore>>,
    webhook: WebhookId,
}

impl Slow {
    async fn new() -> Self {
        let cluster = Cluster::start();
        let database = cluster.database("template1");
        cluster.run(&format!("ALTER DATABASE {} SET synchronous_commit = on", database.name));
        let store = PostgresStore::open(&database.url).await.unwrap();
        let world = Arc::new(World::on(store, wide()).await);
        let webhook = world.add_webhook().await;
        let slow = Self { cluster, database: database.name, world, webhook };
        // The connections are there.
        slow.accept().await.unwrap();
        slow.world.end_all(Outcome::Delivered, 1).await;
        slow
    }

    fn ask(&self, statement: &str) -> String {
        self.cluster.ask(&self.database, statement)
    }

    fn stop(&self) {
        self.cluster.run("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
        self.reload("nobody");
    }

    fn go_on(&self) {
        self.cluster.run("ALTER SYSTEM RESET synchronous_standby_names");
        self.reload("");
    }

    fn reload(&self, wanted: &str) {
        self.cluster.run("SELECT pg_reload_conf()");
        while self.ask("SHOW synchronous_standby_names") != wanted {
            std::thread::yield_now();
        }
        // Whether commits wait, the checkpointer says, once it has heard of it too.
        self.cluster.run("CHECKPOINT");
    }

    /// Waits until that is so for whoever reads.
    async fn until(&self, question: &str, answer: &str) {
        let asked = async {
            while self.ask(question) != answer {
                tokio::task::yield_now().await;
            }
        };
        timeout(Duration::from_secs(60), asked).await.expect("it is never so");
    }

    fn accept(&self) -> JoinHandle<Vec<Accepted>> {
        let (world, event) = (Arc::clone(&self.world), self.world.event(Some(&self.webhook)));
        tokio::spawn(async move { world.store.accept(vec![event], at(0)).await.unwrap() })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_is_written_while_what_was_written_is_on_its_way_and_nobody_is_told_before_it_is_there() {
    let slow = Slow::new().await;
    slow.stop();
    let mut accepted = Vec::new();
    for count in 2..5 {
        accepted.push(slow.accept());
        slow.until("SELECT count(*) FROM events", &count.to_string()).await;
    }
    let told = accepted.iter_mut().filter_map(|one| one.now_or_never()).count();
    assert_eq!(told, 0, "told before it is there");
    assert!(slow.world.handed.lock().unwrap().is_empty(), "sent before it is there");
    slow.go_on();
    for one in accepted {
        assert_eq!(one.await.unwrap(), [Accepted::New { deliveries: 1 }]);
    }
    let handed: Vec<_> = slow.world.handed.lock().unwrap().iter().map(|leased| leased.place).collect();
    assert!(handed.len() == 3 && handed.is_sorted(), "in the order of the commits: {handed:?}");
}

/// A change of accounts or keys is seen by all processes at once, who go by its number.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_accounts_is_not_seen_before_it_is_there() {
    let slow = Slow::new().await;
    let generation = "SELECT generation FROM changes WHERE kind = 'accounts'";
    let before = slow.ask(generation);
    slow.stop();
    let world = Arc::clone(&slow.world);
    let changed = tokio::spawn(async move {
        world.store.set_payload_style(&world.account, PayloadStyle::Expanded).await.unwrap()
    });
    slow.until(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND query = 'COMMIT'",
        "1",
    )
    .await;
    assert_eq!(slow.ask(generation), before);
    slow.go_on();
    assert!(changed.await.unwrap().is_some());
    assert_ne!(slow.ask(generation), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_whose_connection_is_lost_on_the_way_is_asked_after_and_told_when_it_is_there() {
    let slow = Slow::new().await;
    slow.stop();
    let mut accepted = slow.accept();
    slow.until("SELECT count(*) FROM events", "2").await;
    let waiting =
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND query LIKE '%emit_message%'";
    slow.until(waiting, "1").await;
    slow.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'");
    // Whoever asks what became of it waits for the disk too.
    let asking = format!("{waiting} AND query LIKE '%pg_xact_status%'");
    slow.until(&asking, "1").await;
    assert!((&mut accepted).now_or_never().is_none(), "told before it is there");
    slow.go_on();
    assert_eq!(accepted.await.unwrap(), [Accepted::New { deliveries: 1 }]);
    assert_eq!(slow.world.handed.lock().unwrap().len(), 1);
}
