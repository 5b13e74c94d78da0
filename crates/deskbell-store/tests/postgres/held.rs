//! An account that somebody else writes, or whose rows are damaged, keeps no other one waiting.

use crate::cluster::{Cluster, Database};
use crate::world::{World, at, wide};
use deskbell_core::attempt::Outcome;
use deskbell_core::event::NewEvent;
use deskbell_core::id::{AccountId, WebhookId};
use deskbell_core::policy::retry::Rules;
use deskbell_core::retention::Keep;
use deskbell_core::store::{
    Accepted, Claim, Error, EventFilter, Events as _, Expire, Hands, Page, Queue as _, Retention as _,
};
use deskbell_store::PostgresStore;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::timeout;
use tokio_postgres::{Client, NoTls};

/// Ours comes first, the other one's account is behind it.
struct Two {
    world: Arc<World<PostgresStore>>,
    webhook: WebhookId,
    other: AccountId,
    others_webhook: WebhookId,
    database: Database,
}

impl Two {
    async fn new() -> Self {
        let database = Cluster::shared().database("template1");
        let store = PostgresStore::open(&database.url).await.unwrap();
        let world = World::on(store, wide()).await;
        let other = AccountId::from_text("ACC-other");
        world.add_account(&other).await;
        let (webhook, others_webhook) = (world.add_webhook().await, world.add_webhook_of(&other).await);
        Self { world: Arc::new(world), webhook, other, others_webhook, database }
    }

    fn ours(&self) -> NewEvent {
        self.world.event(Some(&self.webhook))
    }

    fn others(&self) -> NewEvent {
        let mut new = self.world.event(Some(&self.others_webhook));
        new.event.account = self.other.clone();
        new
    }

    /// Another writer's connection.
    async fn connect(&self) -> Client {
        let (client, connection) = tokio_postgres::connect(&self.database.url, NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    /// An event of each, delivered at 1.
    async fn deliver_both(&self) {
        for new in [self.ours(), self.others()] {
            self.world.store.accept(vec![new], at(0)).await.unwrap();
        }
        self.world.end_all(Outcome::Delivered, 1).await;
    }

    /// Events of both that are left after all old ones went, as far as they can.
    async fn left_after_expiry(&self) -> (usize, usize) {
        let mut part = old(1_000);
        for parts in 0.. {
            assert!(parts < 20, "it comes to an end");
            part.from = self.world.store.expire(part).await.unwrap().next;
            if part.from.is_none() {
                break;
            }
        }
        (self.count(&self.world.account).await, self.count(&self.other).await)
    }

    async fn count(&self, account: &AccountId) -> usize {
        let page = Page { limit: 9, cursor: None };
        self.world.store.events(account, &EventFilter::default(), &page).await.unwrap().items.len()
    }

    fn run(&self, statement: &str) {
        Cluster::shared().run_in(&self.database.name, statement);
    }

    /// From now on no delivery of that account can be deleted: of ours, the `min`, or of the other, the `max`.
    fn spoil(&self, account: &str) {
        self.run(&format!(
            "CREATE FUNCTION spoiled() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             IF OLD.account = (SELECT {account}(seq) FROM accounts) THEN RAISE 'invalid page' USING ERRCODE = 'data_corrupted'; END IF;
             RETURN OLD; END $$"
        ));
        self.run(
            "CREATE TRIGGER spoiled BEFORE DELETE ON deliveries FOR EACH ROW EXECUTE FUNCTION spoiled()",
        );
    }

    fn over(self) {
        drop(self.world);
        self.database.drop();
    }
}

/// A part of what is older than half a second, with so many rows.
fn old(rows: usize) -> Expire {
    Expire { now: at(900), keep: Keep::all(Duration::from_millis(500)), rows, from: None }
}

/// The other's account, as a lock on it is taken.
const OTHERS: &str =
    "SELECT 1 FROM places WHERE account = (SELECT seq FROM accounts WHERE id = 'ACC-other') FOR UPDATE";

/// Waits until somebody waits for a lock.
async fn somebody_waits(database: &Database) {
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let asked = async {
        while Cluster::shared().ask(&database.name, waiting) == "0" {
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(60), asked).await.expect("nobody waits");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_for_an_account_keeps_nobody_else_waiting() {
    let two = Two::new().await;
    let writer = two.connect().await;
    writer.batch_execute("BEGIN").await.unwrap();
    writer.batch_execute(OTHERS).await.unwrap();
    let waiting: Vec<_> = (0..3)
        .map(|_| {
            let (world, new) = (Arc::clone(&two.world), two.others());
            tokio::spawn(async move { world.store.accept(vec![new], at(0)).await })
        })
        .collect();
    somebody_waits(&two.database).await;
    for _ in 0..3 {
        let accepted = two.world.store.accept(vec![two.ours()], at(0)).await.unwrap();
        assert_eq!(accepted, [Accepted::New { deliveries: 1 }]);
    }
    assert!(waiting.iter().all(|call| !call.is_finished()), "the others still wait for their account");
    writer.batch_execute("ROLLBACK").await.unwrap();
    for call in waiting {
        assert_eq!(call.await.unwrap().unwrap(), [Accepted::New { deliveries: 1 }]);
    }
    // Its line is over: it shares transactions again.
    let both = futures::future::join_all(
        [two.ours(), two.others()].map(|new| two.world.store.accept(vec![new], at(0))),
    )
    .await;
    assert!(both.into_iter().all(|accepted| accepted.unwrap() == [Accepted::New { deliveries: 1 }]));
    assert_eq!((two.count(&two.world.account).await, two.count(&two.other).await), (4, 4));
    two.over();
}

/// What a process accepts before it has joined is due, and the first look of its machine may be over before it is there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_machine_that_joins_while_somebody_waits_is_woken_for_what_comes() {
    let two = Two::new().await;
    let writer = two.connect().await;
    writer.batch_execute("BEGIN").await.unwrap();
    writer.batch_execute(OTHERS).await.unwrap();
    let store = Arc::new(PostgresStore::open(&two.database.url).await.unwrap());
    let (accepting, new) = (Arc::clone(&store), two.others());
    let accepted = tokio::spawn(async move { accepting.accept(vec![new], at(0)).await });
    somebody_waits(&two.database).await;
    let (woken, handed) = <(Arc<AtomicUsize>, Arc<AtomicUsize>)>::default();
    let (wakes, takes) = (Arc::clone(&woken), Arc::clone(&handed));
    let hands = Hands {
        concurrency: two.world.concurrency.clone(),
        take: Box::new(move |all| {
            takes.fetch_add(all.len(), Ordering::AcqRel);
        }),
        wake: Box::new(move || {
            wakes.fetch_add(1, Ordering::AcqRel);
        }),
    };
    let epoch = store.join(Arc::new(hands), at(0), at(10_000)).await.unwrap();
    let claimed = async || {
        let claim = Claim { epoch, ..two.world.asking(1) };
        store.claim(claim, &Rules::default()).await.unwrap().handed.len()
    };
    assert_eq!(claimed().await, 0);
    woken.store(0, Ordering::Release);
    writer.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(accepted.await.unwrap().unwrap(), [Accepted::New { deliveries: 1 }]);
    // One that waited for so long that it began anew knows of the machine.
    if handed.load(Ordering::Acquire) == 0 {
        assert!(woken.load(Ordering::Acquire) > 0, "nobody looks before the clock says so");
        assert_eq!(claimed().await, 1);
    }
    drop(store);
    two.over();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_in_vain_may_come_again() {
    let two = Two::new().await;
    let writer = two.connect().await;
    writer.batch_execute("BEGIN").await.unwrap();
    writer.batch_execute(OTHERS).await.unwrap();
    let refused = two.world.store.accept(vec![two.others()], at(0)).await;
    assert!(matches!(refused, Err(Error::Busy { .. })), "{refused:?}");
    two.over();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn retention_passes_over_an_account_that_somebody_else_writes() {
    let two = Two::new().await;
    two.deliver_both().await;
    let writer = two.connect().await;
    writer.batch_execute("BEGIN").await.unwrap();
    writer
        .batch_execute("SELECT 1 FROM places WHERE account = (SELECT min(seq) FROM accounts) FOR UPDATE")
        .await
        .unwrap();
    assert_eq!(two.left_after_expiry().await, (1, 0));
    writer.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(two.left_after_expiry().await, (0, 0));
    two.over();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn retention_passes_over_an_account_whose_rows_cannot_be_deleted() {
    let two = Two::new().await;
    two.deliver_both().await;
    two.spoil("min");
    assert_eq!(two.left_after_expiry().await, (1, 0));
    two.over();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn retention_passes_over_an_account_whose_rows_cannot_be_looked_at() {
    let two = Two::new().await;
    two.deliver_both().await;
    two.run("ALTER TABLE deliveries RENAME TO kept");
    two.run(
        "CREATE FUNCTION readable(account bigint) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
         IF account = (SELECT min(seq) FROM accounts) THEN RAISE 'invalid page' USING ERRCODE = 'data_corrupted'; END IF;
         RETURN true; END $$",
    );
    two.run("CREATE VIEW deliveries AS SELECT * FROM kept WHERE readable(account)");
    assert_eq!(two.left_after_expiry().await, (1, 0));
    two.over();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_of_an_event_that_is_gone_keep_nothing_when_they_cannot_be_deleted() {
    let two = Two::new().await;
    two.deliver_both().await;
    // The event alone: its delivery and its attempt are more than that.
    let first = two.world.store.expire(old(1)).await.unwrap();
    assert_eq!((first.events, two.count(&two.world.account).await), (1, 0));
    two.spoil("min");
    assert_eq!(two.left_after_expiry().await, (0, 0));
    two.over();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_rows_of_events_that_are_gone_those_that_can_be_deleted_are() {
    let two = Two::new().await;
    two.deliver_both().await;
    // Both events are gone, and their deliveries and attempts wait for the next part.
    two.run("DELETE FROM events");
    two.run("INSERT INTO leftovers (account, event) SELECT account, event FROM deliveries");
    two.spoil("max");
    assert_eq!(two.left_after_expiry().await, (0, 0));
    let left =
        "SELECT count(*) FILTER (WHERE account = (SELECT min(seq) FROM accounts)), count(*) FROM deliveries";
    assert_eq!(Cluster::shared().ask(&two.database.name, left), "0|1");
    two.over();
}
