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
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tempfile::TempDir;

/// The socket's name in its folder.
const SOCKET: &str = ".s.PGSQL.5432";
/// Events that are accepted one after the other.
const EVENTS: usize = 20;

/// What the session of a transaction is.
#[derive(Debug, Clone, Copy)]
enum Session {
    /// Another one each time.
    Another,
    /// The same, made clean for whoever comes.
    Clean,
    /// The same, in which others have named statements before.
    Taken,
    /// The same for a transaction, and another one for what is sent behind its `COMMIT`.
    Behind,
}

/// Names that others gave: more than this process will give.
const TAKEN: usize = 5_000;

/// Stands between like a pooler in transaction mode.
struct Pooler {
    folder: TempDir,
    transactions: Arc<AtomicUsize>,
}

impl Pooler {
    fn before(cluster: &Cluster, of: Session) -> Self {
        let folder = TempDir::with_prefix_in("dbpg", "/tmp").unwrap();
        let listener = UnixListener::bind(folder.path().join(SOCKET)).unwrap();
        let (transactions, socket) = (Arc::<AtomicUsize>::default(), cluster.folder.join(SOCKET));
        let count = transactions.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (count, socket) = (count.clone(), socket.clone());
                // It ends with its client.
                std::thread::spawn(move || between(&client, &socket, of, &count));
            }
        });
        Self { folder, transactions }
    }

    fn url(&self, database: &str) -> String {
        format!("postgres:///{database}?host={}&user=postgres", self.folder.path().display())
    }
}

fn between(
    mut client: &UnixStream,
    socket: &Path,
    of: Session,
    transactions: &AtomicUsize,
) -> io::Result<()> {
    let mut bytes = [0; 16_384];
    let count = client.read(&mut bytes)?;
    let startup = bytes[..count].to_vec();
    let mut server = Server::greet(socket, &startup, client, false)?;
    let mut is_taken = false;
    loop {
        let count = client.read(&mut bytes)?;
        if count == 0 {
            return server.stream.shutdown(Shutdown::Both);
        }
        // Whoever asks for the first time, or begins, has had all answers.
        if matches!(of, Session::Taken) && !std::mem::replace(&mut is_taken, true) {
            let prepare = |all: String, name| all + format!("PREPARE s{name} AS SELECT 1;").as_str();
            server.ask(&(0..TAKEN).fold(String::new(), prepare))?;
        }
        if bytes[0] == b'Q' && bytes[5..count].starts_with(b"BEGIN") {
            transactions.fetch_add(1, Ordering::Relaxed);
            match of {
                Session::Another => {
                    let another = Server::greet(socket, &startup, client, true)?;
                    std::mem::replace(&mut server, another).stream.shutdown(Shutdown::Both)?;
                }
                Session::Clean => server.ask("DISCARD ALL")?,
                Session::Taken | Session::Behind => {}
            }
        }
        let behind = matches!(of, Session::Behind).then(|| flush(&bytes[..count])).flatten();
        let (sent, left) = bytes[..count].split_at(behind.unwrap_or(count));
        server.stream.write_all(sent)?;
        if !left.is_empty() {
            while !server.has_committed.swap(false, Ordering::AcqRel) {
                std::thread::yield_now();
            }
            let another = Server::greet(socket, &startup, client, true)?;
            std::mem::replace(&mut server, another).stream.shutdown(Shutdown::Both)?;
            server.stream.write_all(left)?;
        }
    }
}

/// Where the message begins that brings to disk what was committed.
fn flush(bytes: &[u8]) -> Option<usize> {
    let text = b"SELECT pg_logical_emit_message";
    let at = bytes.windows(text.len()).position(|part| part == text)?.checked_sub(5)?;
    // Of the simple protocol: whoever is in doubt asks in the other.
    (bytes[at] == b'Q').then_some(at)
}

/// A session of the database's.
struct Server {
    stream: UnixStream,
    /// What it says until it is ready is not for the client.
    is_ours: Arc<AtomicBool>,
    /// It has said so of a transaction, and is ready for another.
    has_committed: Arc<AtomicBool>,
}

impl Server {
    fn greet(socket: &Path, startup: &[u8], client: &UnixStream, is_ours: bool) -> io::Result<Self> {
        let mut stream = UnixStream::connect(socket)?;
        stream.write_all(startup)?;
        let is_ours = Arc::new(AtomicBool::new(is_ours));
        let has_committed = Arc::<AtomicBool>::default();
        let (from, to, ours) = (stream.try_clone()?, client.try_clone()?, is_ours.clone());
        let committed = has_committed.clone();
        std::thread::spawn(move || {
            let _ = answer(from, to, &ours, &committed);
            ours.store(false, Ordering::Release);
        });
        let server = Self { stream, is_ours, has_committed };
        server.wait();
        Ok(server)
    }

    fn ask(&mut self, sql: &str) -> io::Result<()> {
        self.is_ours.store(true, Ordering::Release);
        let length = u32::try_from(sql.len() + 5).unwrap();
        self.stream.write_all(&[b"Q", &length.to_be_bytes()[..], sql.as_bytes(), b"\0"].concat())?;
        self.wait();
        Ok(())
    }

    fn wait(&self) {
        while self.is_ours.load(Ordering::Acquire) {
            std::thread::yield_now();
        }
    }
}

/// Passes a session's answers on until it ends.
fn answer(
    mut server: UnixStream,
    mut client: UnixStream,
    is_ours: &AtomicBool,
    has_committed: &AtomicBool,
) -> io::Result<()> {
    let mut commits = false;
    loop {
        let mut head = [0; 5];
        server.read_exact(&mut head)?;
        let [kind, length @ ..] = head;
        let mut rest = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap() - 4];
        server.read_exact(&mut rest)?;
        if !is_ours.load(Ordering::Acquire) {
            client.write_all(&[&head[..], &rest].concat())?;
            commits |= kind == b'C' && rest.starts_with(b"COMMIT");
            if kind == b'Z' && std::mem::take(&mut commits) {
                has_committed.store(true, Ordering::Release);
            }
        } else if kind == b'Z' {
            is_ours.store(false, Ordering::Release);
        }
    }
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

/// Also where each transaction comes to the same session, in which names are others', or gone, or what goes behind it to another one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_a_pooler_no_statement_is_called_by_a_name() {
    for session in [Session::Another, Session::Clean, Session::Taken, Session::Behind] {
        let cluster = Cluster::shared();
        let database = cluster.database("template1");
        let pooler = Pooler::before(cluster, session);
        let names = names(&database, &pooler.url(&database.name)).await;
        assert_eq!(names, vec!["<unnamed>"; EVENTS], "{session:?}");
        assert!(pooler.transactions.load(Ordering::Relaxed) > EVENTS, "{session:?}");
        database.drop();
    }
}
