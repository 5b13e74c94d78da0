//! A database that another one takes the place of: what was under way is neither believed in nor forgotten, and no connection leads to
//! the one that does not write any more.

use crate::cluster::{Cluster, Database};
use crate::world::{World, wide};
use deskbell_core::attempt::Outcome;
use deskbell_core::event::{Idempotency, NewEvent};
use deskbell_core::id::WebhookId;
use deskbell_core::store::{Accepted, Queue as _, Statistics as _, Unready};
use deskbell_store::PostgresStore;
use std::io::{Read, Write as _};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(120);
/// The socket's name in its folder.
const SOCKET: &str = ".s.PGSQL.5432";

/// Stands between a store and its database, and loses answers to commits.
struct Between {
    folder: TempDir,
    /// The next commit of what was accepted is done, and its answer lost with the connection.
    loses: Arc<AtomicBool>,
    /// Nobody comes through, nor whoever had.
    closed: Arc<AtomicBool>,
}

impl Between {
    fn before(cluster: &Cluster) -> Self {
        let folder = TempDir::with_prefix_in("dbpg", "/tmp").unwrap();
        let listener = UnixListener::bind(folder.path().join(SOCKET)).unwrap();
        let (loses, closed) = (Arc::<AtomicBool>::default(), Arc::<AtomicBool>::default());
        let (ours, shut, socket) = (loses.clone(), closed.clone(), cluster.folder.join(SOCKET));
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if shut.load(Ordering::Acquire) {
                    continue;
                }
                let server = UnixStream::connect(&socket).unwrap();
                let (ours, shut) = (ours.clone(), shut.clone());
                std::thread::spawn(move || between(&client, &server, &ours, &shut));
            }
        });
        Self { folder, loses, closed }
    }

    fn url(&self, database: &str) -> String {
        format!("postgres:///{database}?host={}&user=postgres", self.folder.path().display())
    }
}

fn between(client: &UnixStream, server: &UnixStream, loses: &AtomicBool, closed: &AtomicBool) {
    std::thread::scope(|scope| {
        let lost = Arc::<AtomicBool>::default();
        let answers = lost.clone();
        let has = |bytes: &[u8], text: &[u8]| bytes.windows(text.len()).any(|part| part == text);
        scope.spawn(move || {
            // Not before the answer: a server that finds nobody there while it answers what came before does not commit.
            pass(server, client, |bytes| !(answers.load(Ordering::Acquire) && has(bytes, b"COMMIT\0")));
            let _ = (client.shutdown(Shutdown::Both), server.shutdown(Shutdown::Both));
        });
        let accepts = AtomicBool::new(false);
        pass(client, server, |bytes| {
            if closed.load(Ordering::Acquire) {
                return false;
            }
            // Others commit too.
            accepts.fetch_or(has(bytes, b"INSERT INTO events"), Ordering::AcqRel);
            let commits = has(bytes, b"COMMIT\0") && accepts.swap(false, Ordering::AcqRel);
            if commits && loses.swap(false, Ordering::AcqRel) {
                closed.store(true, Ordering::Release);
                lost.store(true, Ordering::Release);
            }
            true
        });
        let _ = server.shutdown(Shutdown::Both);
    });
}

/// Passes bytes on until one side ends, or `look` says so.
fn pass(mut from: &UnixStream, mut to: &UnixStream, look: impl Fn(&[u8]) -> bool) {
    let mut bytes = [0; 16_384];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        if !look(&bytes[..count]) || to.write_all(&bytes[..count]).is_err() {
            return;
        }
    }
}

/// An event whose commit was done and not answered.
struct Doubted {
    world: World<PostgresStore>,
    webhook: WebhookId,
    told: deskbell_core::store::Result<Vec<Accepted>>,
    database: Database,
    _between: Between,
}

impl Doubted {
    /// Before anybody asks what became of it, `meanwhile` happens, which hears when the caller was told; then the database is reached
    /// again.
    async fn after(meanwhile: impl FnOnce(&str, Receiver<()>) + Send + 'static) -> Self {
        let cluster = Cluster::shared();
        let database = cluster.database("template1");
        let between = Between::before(cluster);
        let store = PostgresStore::open(&between.url(&database.name)).await.unwrap();
        let world = World::on(store, wide()).await;
        let webhook = world.add_webhook().await;
        between.loses.store(true, Ordering::Release);
        let (closed, name) = (between.closed.clone(), database.name.clone());
        let (says, hears) = channel();
        let other = std::thread::spawn(move || {
            while !closed.load(Ordering::Acquire)
                || Cluster::shared().ask(&name, "SELECT count(*) FROM events") == "0"
            {
                std::thread::yield_now();
            }
            meanwhile(&name, hears);
            closed.store(false, Ordering::Release);
        });
        let event = event(&world, &webhook);
        let told = world.store.accept(vec![event], crate::world::at(0)).await;
        // Who does not wait for it is gone.
        let _ = says.send(());
        other.join().unwrap();
        Self { world, webhook, told, database, _between: between }
    }

    async fn again(&self) -> Vec<Accepted> {
        let event = event(&self.world, &self.webhook);
        self.world.store.accept(vec![event], crate::world::at(2)).await.unwrap()
    }

    fn handed(&self) -> usize {
        self.world.handed.lock().unwrap().len()
    }

    fn over(self) {
        drop(self.world);
        self.database.drop();
    }
}

fn event(world: &World<PostgresStore>, webhook: &WebhookId) -> NewEvent {
    let idempotency = Some(Idempotency { key: "once".into(), digest: [1; 32] });
    NewEvent { idempotency, ..world.event(Some(webhook)) }
}

/// C-28: it was committed, and nobody says so before the caller has waited long enough.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_held_by_a_commit_that_nobody_tells_of_is_given_back() {
    let doubted = Doubted::after(|_, told| told.recv().unwrap()).await;
    assert!(doubted.told.is_err(), "nobody knows: {:?}", doubted.told);
    assert_eq!(doubted.handed(), 0);
    let claimed = async {
        loop {
            let asking = doubted.world.asking(1);
            let claimed = match doubted.world.store.claim(asking, &Default::default()).await {
                Ok(claimed) => claimed.handed,
                Err(_) => Vec::new(),
            };
            if !claimed.is_empty() {
                return claimed;
            }
            tokio::task::yield_now().await;
        }
    };
    let claimed = timeout(PATIENCE, claimed).await.expect("it is held and never sent");
    assert_eq!((claimed.len(), claimed[0].leased.number()), (1, 1), "as if nobody had held it");
    let again = doubted.again().await;
    assert!(matches!(again[..], [Accepted::Duplicate { .. }]), "{again:?}");
    doubted.over();
}

/// C-27: the database that answers is not the one that was told, and never had it, but gave its number to another transaction.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_is_not_known_by_its_number_in_another_run_of_the_database() {
    let gone = "DELETE FROM deliveries; DELETE FROM idempotency; DELETE FROM events; DELETE FROM queues;
                UPDATE run SET name = 'another'";
    let doubted = Doubted::after(move |database, _| Cluster::shared().run_in(database, gone)).await;
    assert!(doubted.told.is_err(), "it is not there: {:?}", doubted.told);
    assert_eq!(doubted.handed(), 0);
    assert_eq!(doubted.again().await, [Accepted::New { deliveries: 1 }]);
    doubted.over();
}

/// C-27: the database that answers has what was committed to the one before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_accepted_is_known_by_its_event_in_another_run_of_the_database() {
    let another = "UPDATE run SET name = 'another'";
    let doubted = Doubted::after(move |database, _| Cluster::shared().run_in(database, another)).await;
    assert_eq!(*doubted.told.as_ref().unwrap(), [Accepted::New { deliveries: 1 }]);
    assert_eq!(doubted.handed(), 1);
    doubted.world.end_all(Outcome::Delivered, 1).await;
    let again = doubted.again().await;
    assert!(matches!(again[..], [Accepted::Duplicate { .. }]), "{again:?}");
    doubted.over();
}

/// How many connections of servers lead to the database.
fn connections(cluster: &Cluster, database: &str, of: &str) -> String {
    // The one that listens is none of the pool's; it says what others are told, and not what is said to hear whether it arrives.
    let count = "SELECT string_agg(pid::text, ',') FROM pg_stat_activity WHERE datname = current_database()
                 AND application_name = 'deskbell' AND query NOT LIKE '%LISTEN%' AND query !~ 'NOTIFY deskbell, ''\\S+ 0 '";
    let count = format!("{count} {of}");
    cluster.ask(database, &count)
}

async fn until(store: &PostgresStore, wanted: Option<Unready>) {
    let asked = async {
        while store.unready().await != wanted {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, asked).await.expect("it never says so");
}

/// C-27: a primary that became a standby answers reads as before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_connection_to_a_server_that_takes_no_writes_is_used_again() {
    let cluster = Cluster::start();
    let database = cluster.database("template1");
    let store = PostgresStore::open(&database.url).await.unwrap();
    until(&store, None).await;
    let before = connections(&cluster, &database.name, "");
    assert!(!before.is_empty());
    cluster.run("ALTER SYSTEM SET default_transaction_read_only = on");
    cluster.run("SELECT pg_reload_conf()");
    until(&store, Some(Unready::Failing)).await;
    let gone = async {
        while !connections(&cluster, &database.name, &format!("AND pid IN ({before})")).is_empty() {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, gone).await.expect("they are kept");
    cluster.run("ALTER SYSTEM RESET default_transaction_read_only");
    cluster.run("SELECT pg_reload_conf()");
    until(&store, None).await;
    drop(store);
}
