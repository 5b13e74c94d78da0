//! Names of statements: used on a connection of our own, and never behind a pooler that hands transactions from session to session.

use crate::cluster::{Cluster, Database};
use crate::explained::{log, mark};
use crate::world::{World, wide};
use deskbell_core::attempt::Outcome;
use deskbell_store::PostgresStore;
use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom, Write as _};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::TempDir;

/// The socket's name in its folder.
const SOCKET: &str = ".s.PGSQL.5432";
/// Events that are accepted one after the other.
const EVENTS: usize = 20;

/// Stands between like a pooler in transaction mode: each transaction comes to a session of its own.
struct Pooler {
    folder: TempDir,
    transactions: Arc<AtomicUsize>,
}

impl Pooler {
    fn before(cluster: &Cluster) -> Self {
        let folder = TempDir::with_prefix_in("dbpg", "/tmp").unwrap();
        let listener = UnixListener::bind(folder.path().join(SOCKET)).unwrap();
        let (transactions, socket) = (Arc::<AtomicUsize>::default(), cluster.folder.join(SOCKET));
        let count = transactions.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (count, socket) = (count.clone(), socket.clone());
                // It ends with its client.
                std::thread::spawn(move || between(&client, &socket, &count));
            }
        });
        Self { folder, transactions }
    }

    fn url(&self, database: &str) -> String {
        format!("postgres:///{database}?host={}&user=postgres", self.folder.path().display())
    }
}

fn between(mut client: &UnixStream, socket: &Path, transactions: &AtomicUsize) -> io::Result<()> {
    let mut bytes = [0; 16_384];
    let count = client.read(&mut bytes)?;
    let startup = bytes[..count].to_vec();
    let mut server = session(socket, &startup)?;
    answer(server.try_clone()?, client.try_clone()?);
    loop {
        let count = client.read(&mut bytes)?;
        // Whoever begins has had all answers.
        if bytes[..count].first() == Some(&b'Q') && bytes[5..count].starts_with(b"BEGIN") {
            let mut another = session(socket, &startup)?;
            greeted(&mut another)?;
            server.shutdown(Shutdown::Both)?;
            answer(another.try_clone()?, client.try_clone()?);
            server = another;
            transactions.fetch_add(1, Ordering::Relaxed);
        }
        if count == 0 {
            return server.shutdown(Shutdown::Both);
        }
        server.write_all(&bytes[..count])?;
    }
}

fn session(socket: &Path, startup: &[u8]) -> io::Result<UnixStream> {
    let mut server = UnixStream::connect(socket)?;
    server.write_all(startup)?;
    Ok(server)
}

/// Reads what a server says until it is ready.
fn greeted(server: &mut UnixStream) -> io::Result<()> {
    loop {
        let mut head = [0; 5];
        server.read_exact(&mut head)?;
        let [kind, length @ ..] = head;
        let mut rest = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap() - 4];
        server.read_exact(&mut rest)?;
        if kind == b'Z' {
            return Ok(());
        }
    }
}

/// Passes a session's answers on until it ends.
fn answer(mut server: UnixStream, mut client: UnixStream) {
    std::thread::spawn(move || io::copy(&mut server, &mut client));
}

/// Accepts events and ends their deliveries; gives by which names the database was asked to add events.
async fn names(database: &Database, url: &str) -> Vec<String> {
    Cluster::shared().run(&format!("ALTER DATABASE {} SET log_min_duration_statement = 0", database.name));
    let world = World::on(PostgresStore::open(url).await.unwrap(), wide()).await;
    let webhook = world.add_webhook().await;
    let mark = mark();
    for millis in 0..EVENTS {
        world.accept(std::slice::from_ref(&webhook), i64::try_from(millis).unwrap()).await;
    }
    assert_eq!(world.handed.lock().unwrap().len(), EVENTS);
    world.end_all(Outcome::Delivered, 100).await;
    let mut log = File::open(log()).unwrap();
    log.seek(SeekFrom::Start(mark)).unwrap();
    let mut text = String::new();
    log.read_to_string(&mut text).unwrap();
    let ours = format!("[{}] ", database.name);
    let lines = text.lines().filter(|line| line.contains(&ours) && line.contains("INSERT INTO events"));
    let name = |line: &str| Some(line.split_once("execute ")?.1.split_once(':')?.0.to_owned());
    lines.filter_map(name).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_has_a_name_from_its_second_use_on() {
    let database = Cluster::shared().database("template1");
    let names = names(&database, &database.url).await;
    assert_eq!(names.len(), EVENTS);
    let named = names.iter().filter(|name| *name != "<unnamed>").count();
    // Each of the connections that write adds its first one without.
    assert!(named >= EVENTS - 4, "{names:?}");
    database.drop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_a_pooler_no_statement_is_called_by_a_name() {
    let cluster = Cluster::shared();
    let database = cluster.database("template1");
    let pooler = Pooler::before(cluster);
    let names = names(&database, &pooler.url(&database.name)).await;
    assert_eq!(names, vec!["<unnamed>"; EVENTS]);
    assert!(pooler.transactions.load(Ordering::Relaxed) > EVENTS);
    database.drop();
}
