//! What only the inside can see.

mod settling;
mod turns;

use super::checkpoint::{self, Checkpointer, Mover};
use super::fault::{Fault, told};
use super::file::{self, File};
use super::identity::Files;
use super::migrate::{Migration, quick};
use super::readers::Readers;
use super::readiness::Readiness;
use super::settler::Settler;
use super::tables::{Connections, Tables};
use super::transaction::{Memory, Outbox, Transaction};
use super::writer::QUEUE;
use deskbell_core::id::AccountId;
use deskbell_core::meter::Meter;
use deskbell_core::store::{Error, Unready};
use deskbell_core::usage::Resource;
use deskbell_core::{Alarm, Timestamp};
use futures::FutureExt as _;
use futures::future::join_all;
use rusqlite::{Connection, ffi};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;
use tokio::task::unconstrained;
use tokio::time::Instant;

/// A connection to a file that is made if there is none.
fn connect(path: &Path) -> Result<Connection, file::Rule> {
    file::make(path);
    file::connect(path)
}

#[test]
fn every_connection_has_the_settings_that_durability_needs() {
    let place = tempfile::TempDir::new().unwrap();
    let conn = connect(&place.path().join("a.db")).unwrap();
    let number = |name: &str| conn.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(number("synchronous"), 2, "C-31: FULL");
    assert_eq!(number("page_size"), 8192);
    assert_eq!(number("foreign_keys"), 1);
    assert_eq!(number("trusted_schema"), 0);
    assert_eq!(number("busy_timeout"), 5000);
    assert_eq!(number("wal_autocheckpoint"), 0);
    assert_eq!(number("journal_size_limit"), 64 << 20);
    assert!(rusqlite::version_number() >= 3_051_003, "C-31: {}", rusqlite::version());
}

#[test]
fn a_file_system_that_cannot_hold_a_log_is_refused() {
    // A database in memory cannot have one either.
    let refused = file::connect(Path::new(":memory:")).err().unwrap().to_string();
    assert!(refused.contains("journal_mode"), "C-31: {refused}");
}

#[test]
fn errors_are_told_by_who_must_act() {
    let told = |code| told(&rusqlite::Error::SqliteFailure(ffi::Error::new(code), None));
    assert!(matches!(told(ffi::SQLITE_FULL), Error::Full), "C-15");
    for code in [ffi::SQLITE_BUSY, ffi::SQLITE_LOCKED, ffi::SQLITE_IOERR, ffi::SQLITE_IOERR_FSYNC] {
        assert!(matches!(told(code), Error::Unavailable(_)), "{code}");
    }
    for code in [ffi::SQLITE_CORRUPT, ffi::SQLITE_NOTADB] {
        assert!(matches!(told(code), Error::Damaged(_)), "{code}");
    }
}

#[test]
fn a_connection_makes_no_file() {
    let place = tempfile::TempDir::new().unwrap();
    let path = place.path().join("a.db");
    assert!(file::connect(&path).is_err());
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
}

/// Writes so many MiB without a checkpoint, rings the bell as a commit does, and waits for the checkpointer to end. Gives
/// the length of the file in MiB, and the pages of the log after one more small commit.
fn after_checkpoint(mebibytes: u32) -> (u64, i32) {
    let place = tempfile::TempDir::new().unwrap();
    let path = place.path().join("a.db");
    let mut conn = connect(&path).unwrap();
    let (say, pages) = std::sync::mpsc::channel();
    conn.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, pages| {
        say.send(pages).unwrap();
        Ok(())
    }))
    .unwrap();
    conn.execute_batch("CREATE TABLE filler (bytes BLOB) STRICT").unwrap();
    for _ in 0..mebibytes {
        conn.execute("INSERT INTO filler VALUES (zeroblob(1 << 20))", []).unwrap();
    }
    let last = pages.try_iter().last().unwrap();
    let (checkpointer, mut bell) = Checkpointer::start(&path, checkpoint::IDLE, &Alarm::default()).unwrap();
    bell.committed(u32::try_from(last).unwrap());
    drop(bell);
    drop(checkpointer);
    conn.execute("INSERT INTO filler VALUES (zeroblob(1))", []).unwrap();
    (std::fs::metadata(&path).unwrap().len() >> 20, pages.recv().unwrap())
}

#[test]
fn the_log_is_moved_into_the_file_step_by_step_and_starts_again() {
    let (file, pages) = after_checkpoint(3);
    assert!(file == 0 && pages > 3 * 128, "not yet a step: {file}, {pages}");
    for mebibytes in [9, 66] {
        let (file, pages) = after_checkpoint(mebibytes);
        assert!(file >= u64::from(mebibytes) && pages < 10, "moved: {file}, {pages}");
    }
}

/// A connection that waits for no lock, and its checkpointer.
fn writing(path: &Path) -> (Checkpointer, Mover, Connection) {
    let mut conn = connect(path).unwrap();
    conn.execute_batch("CREATE TABLE filler (bytes BLOB) STRICT").unwrap();
    conn.busy_timeout(Duration::ZERO).unwrap();
    let (checkpointer, hook) = Checkpointer::start(path, checkpoint::IDLE, &Alarm::default()).unwrap();
    let mover = hook.install(&mut conn, Default::default()).unwrap();
    (checkpointer, mover, conn)
}

/// Writes so many MiB, one a commit, and gives how many of these commits failed, and the length of the log in MiB when it was
/// longest.
fn fill(conn: &Connection, mover: &Mover, path: &Path, mebibytes: u32) -> (usize, u64) {
    let log = path.with_extension("db-wal");
    let (mut failed, mut longest) = (0, 0);
    for _ in 0..mebibytes {
        failed += usize::from(conn.execute("INSERT INTO filler VALUES (zeroblob(1 << 20))", []).is_err());
        if mover.is_due() {
            mover.finish(conn);
        }
        longest = longest.max(std::fs::metadata(&log).unwrap().len() >> 20);
    }
    (failed, longest)
}

#[test]
fn a_read_that_is_held_open_stops_no_write_and_the_log_keeps_its_bound_without_one() {
    let place = tempfile::TempDir::new().unwrap();
    let path = place.path().join("a.db");
    let (checkpointer, mover, conn) = writing(&path);
    let (failed, longest) = fill(&conn, &mover, &path, 200);
    assert!(failed == 0 && longest <= 66, "nobody reads: {failed} failed, {longest} MiB");

    // A shell or a backup.
    let reader = Connection::open(&path).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM filler").unwrap();
    let (failed, longest) = fill(&conn, &mover, &path, 150);
    assert!(failed == 0 && longest >= 150, "one reads: {failed} failed, {longest} MiB");

    // It ends: what was written meanwhile is moved, the log begins again and is cut.
    drop(reader);
    // Where a disk takes in the log more slowly than it grows, that takes a writer who leaves it time.
    let (_open, pause) = std::sync::mpsc::channel::<()>();
    let cut = (0..400).any(|_| {
        fill(&conn, &mover, &path, 1);
        std::fs::metadata(path.with_extension("db-wal")).unwrap().len() >> 20 <= 64
            || pause.recv_timeout(Duration::from_millis(50)).is_ok()
    });
    assert!(cut, "the log did not begin again");
    let (failed, longest) = fill(&conn, &mover, &path, 100);
    assert!(failed == 0 && longest <= 66, "nobody reads again: {failed} failed, {longest} MiB");
    drop((conn, checkpointer));
}

#[test]
fn a_server_that_nobody_calls_has_its_log_in_the_file() {
    let place = tempfile::TempDir::new().unwrap();
    let path = place.path().join("a.db");
    let mut conn = connect(&path).unwrap();
    let (checkpointer, hook) =
        Checkpointer::start(&path, Duration::from_millis(1), &Alarm::default()).unwrap();
    hook.install(&mut conn, Default::default()).unwrap();
    conn.execute_batch(
        "CREATE TABLE filler (bytes BLOB) STRICT; INSERT INTO filler VALUES (zeroblob(99999))",
    )
    .unwrap();
    // Ends, or the promise is broken.
    while std::fs::metadata(&path).unwrap().len() < 99_999 {
        std::thread::yield_now();
    }
    drop((conn, checkpointer));
}

#[tokio::test]
async fn a_read_that_takes_too_long_ends_and_the_next_one_does_not() {
    let place = tempfile::TempDir::new().unwrap();
    let path = place.path().join("a.db");
    let conn = connect(&path).unwrap();
    conn.execute_batch("CREATE TABLE filler (bytes BLOB) STRICT").unwrap();
    let readers = Readers::open(Files::of(&path).unwrap(), Duration::ZERO, Default::default()).unwrap();
    let count = |to: u32| {
        let select = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?1) SELECT count(*) FROM n";
        move |conn: &Connection| Ok(conn.query_row(select, [to], |row| row.get::<_, u32>(0))?)
    };
    assert!(matches!(readers.read(None, count(u32::MAX)).await, Err(Error::Unavailable(_))));
    assert_eq!(readers.read(None, count(9)).await.unwrap(), 9);
}

async fn add(file: &File, number: i64, then: Result<(), Error>) -> Result<(), Error> {
    let insert = "INSERT INTO numbers (number) VALUES (?1)";
    file.write(move |tx| {
        tx.conn.prepare_cached(insert)?.execute([number])?;
        Ok(then?)
    })
    .await
}

async fn numbers(file: &File) -> Vec<i64> {
    let select = "SELECT number FROM numbers ORDER BY number";
    let read = |conn: &rusqlite::Connection| {
        let mut select = conn.prepare_cached(select)?;
        Ok(select.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
    };
    file.read(read).await.unwrap()
}

const NUMBERS: &[Migration] = &[quick(1, "start", "CREATE TABLE numbers (number INTEGER NOT NULL) STRICT")];

#[tokio::test]
async fn a_job_that_fails_takes_back_what_it_wrote_and_nothing_else() {
    let place = tempfile::TempDir::new().unwrap();
    let file = File::open(&place.path().join("a.db"), None, None, NUMBERS, Default::default()).unwrap();
    let (one, two, three) = tokio::join!(
        add(&file, 1, Ok(())),
        add(&file, 2, Err(Error::Unavailable("on purpose".into()))),
        add(&file, 3, Ok(())),
    );
    assert!(one.is_ok() && matches!(two, Err(Error::Unavailable(_))) && three.is_ok());
    assert_eq!(numbers(&file).await, [1, 3]);
}

#[tokio::test]
async fn the_time_of_writer_and_readers_is_noted_to_whom_the_work_is_for() {
    let (place, meter) = (tempfile::TempDir::new().unwrap(), Arc::new(Meter::default()));
    let file = File::open(&place.path().join("a.db"), None, None, NUMBERS, Arc::new(meter.beside())).unwrap();
    let account = AccountId::from_text("ACC-A");
    let took = Duration::from_millis(10);
    let work = move || {
        let began = Instant::now();
        while began.elapsed() < took {
            std::hint::spin_loop();
        }
        Ok(())
    };
    file.write_for(&account, move |_| work()).await.unwrap();
    file.step_for(&account, move |_| work()).await.unwrap();
    file.write(|_| Ok(())).await.unwrap();
    file.read(|_| Ok(())).await.unwrap();
    file.read_for(&account, move |_| work()).await.unwrap();
    let hour = meter.usage().last_hour(Timestamp::UNIX_EPOCH);
    let (of, amounts) = hour.accounts()[0];
    assert_eq!((of, amounts.count(Resource::Writer), hour.own().count(Resource::Writer)), (&account, 2, 1));
    assert_eq!((amounts.count(Resource::Readers), hour.own().count(Resource::Readers)), (1, 1));
    let times = [Resource::Writer, Resource::Readers].map(|of| Duration::from_micros(amounts.sum(of)));
    assert!(times[0] >= 2 * took && times[1] >= took, "{times:?}");
}

#[tokio::test]
async fn a_caller_who_goes_away_does_not_undo_the_work() {
    let place = tempfile::TempDir::new().unwrap();
    let path = place.path().join("a.db");
    let file = File::open(&path, None, None, NUMBERS, Default::default()).unwrap();
    // Polled once: the job is handed in; then nobody waits for the answer.
    let mut call = Box::pin(add(&file, 1, Ok(())));
    std::future::poll_fn(|context| {
        let _ = call.as_mut().poll(context);
        std::task::Poll::Ready(())
    })
    .await;
    drop(call);
    drop(file);
    assert_eq!(
        numbers(&File::open(&path, None, None, NUMBERS, Default::default()).unwrap()).await,
        [1],
        "what was handed in is written"
    );
}

/// Keeps the writer busy until it is told, or its teller is gone: what is handed in meanwhile waits.
fn busy(file: &File) -> (impl Future<Output = Result<(), Error>> + Unpin, Sender<()>) {
    let ((begin, begun), (go, gone)) = (channel(), channel());
    let mut busy = Box::pin(file.write(move |_| {
        let _ = begin.send(());
        let _ = gone.recv();
        Ok(())
    }));
    assert!((&mut busy).now_or_never().is_none());
    begun.recv().unwrap();
    (busy, go)
}

/// More than may wait are handed in while the writer is busy. Unconstrained: nobody is told to wait for the runtime's sake.
#[tokio::test]
async fn the_machines_own_jobs_wait_for_no_room_among_an_accounts() {
    unconstrained(more_than_may_wait()).await;
}

async fn more_than_may_wait() {
    let place = tempfile::TempDir::new().unwrap();
    let file = File::open(&place.path().join("a.db"), None, None, NUMBERS, Default::default()).unwrap();
    let (done, order) = channel();
    let (busy, go) = busy(&file);
    let account = AccountId::from_text("ACC-MANY");
    let job = |whose: &'static str| {
        let done = done.clone();
        move |_: &mut Transaction<'_>| {
            let _ = done.send(whose);
            Ok(())
        }
    };
    let mut theirs: Vec<_> =
        (0..QUEUE + 9).map(|_| Box::pin(file.write_for(&account, job("theirs")))).collect();
    assert!(theirs.iter_mut().all(|one| one.as_mut().now_or_never().is_none()));
    let mut own = Box::pin(file.write(job("own")));
    assert!(own.as_mut().now_or_never().is_none());
    go.send(()).unwrap();
    let (own, busy, theirs) = tokio::join!(own, busy, join_all(theirs));
    assert!(own.is_ok() && busy.is_ok() && theirs.iter().all(Result::is_ok));
    let order: Vec<_> = order.try_iter().collect();
    assert_eq!(order.len(), QUEUE + 10);
    assert!(
        order.iter().position(|whose| *whose == "own") <= Some(1),
        "it has the next turn or the one after it"
    );
}

/// Commits in which eight jobs of a hundred rows each are written, of these accounts in turn.
async fn commits(file: &File, meter: &Meter, accounts: &[&str]) -> u64 {
    let commits = || meter.read().commit_time.buckets.count();
    let (busy, go) = busy(file);
    let jobs = accounts.iter().cycle().take(8).map(|account| {
        let account = AccountId::from_text(*account);
        async move {
            file.write_for(&account, |tx| {
                tx.outbox.rows += 100;
                Ok(())
            })
            .await
        }
    });
    let mut jobs = Box::pin(join_all(jobs));
    assert!(jobs.as_mut().now_or_never().is_none());
    let before = commits();
    go.send(()).unwrap();
    busy.await.unwrap();
    assert!(jobs.await.iter().all(Result::is_ok));
    // One is that of the job which kept the writer busy.
    commits() - before - 1
}

#[tokio::test]
async fn commits_are_short_while_accounts_share_the_writer() {
    let place = tempfile::TempDir::new().unwrap();
    let meter = Arc::<Meter>::default();
    let file = File::open(&place.path().join("a.db"), None, None, NUMBERS, Arc::clone(&meter)).unwrap();
    let alone = commits(&file, &meter, &["ACC-1"]).await;
    let shared = commits(&file, &meter, &["ACC-1", "ACC-2"]).await;
    assert!(alone <= 2 && shared >= 3, "{alone} of one account's alone, {shared} of two");
}

#[tokio::test]
async fn a_panic_of_the_writer_rings_the_alarm_and_nothing_is_ready() {
    let place = tempfile::TempDir::new().unwrap();
    let alarm = Alarm::default();
    let file =
        File::open(&place.path().join("a.db"), Some(&alarm), None, NUMBERS, Default::default()).unwrap();
    assert_eq!(file.unready().await, None);
    let panicked: Result<(), Error> = file.write(|_| panic!("on purpose")).await;
    assert!(matches!(panicked, Err(Error::Unavailable(_))));
    assert_eq!(alarm.rung().await, "the writer");
    let unready = async { while file.unready().await != Some(Unready::Failing) {} };
    tokio::time::timeout(Duration::from_secs(60), unready).await.expect("it is ready for ever");
}

#[test]
fn a_transaction_that_wrote_nothing_is_no_sign_that_writing_works() {
    let place = tempfile::TempDir::new().unwrap();
    let path = place.path().join("a.db");
    let mut conn = connect(&path).unwrap();
    let readiness = Arc::<Readiness>::default();
    let (checkpointer, hook) = Checkpointer::start(&path, checkpoint::IDLE, &Alarm::default()).unwrap();
    hook.install(&mut conn, Arc::clone(&readiness)).unwrap();
    readiness.failed(&Fault::Store(Error::Full));
    conn.execute_batch("BEGIN IMMEDIATE; COMMIT").unwrap();
    assert_eq!(readiness.verdict(), Some(Unready::Full));
    conn.execute_batch("CREATE TABLE filler (bytes BLOB) STRICT").unwrap();
    assert_eq!(readiness.verdict(), None);
    drop((conn, checkpointer));
}

/// The tables of the file at `path`, with what rings when something of them is given back.
fn tables(path: &Path, wake: impl Fn() + Send + 'static, alarm: &Alarm) -> Tables {
    tables_of(connect(path).unwrap(), path, Mover::default(), wake, alarm)
}

/// The same, written by that connection.
fn tables_of(
    writing: Connection,
    path: &Path,
    mover: Mover,
    wake: impl Fn() + Send + 'static,
    alarm: &Alarm,
) -> Tables {
    let settler = Settler::start(wake, mover.clone(), Arc::default(), Arc::default(), alarm).unwrap();
    Tables::new(Connections { writing, reader: connect(path).unwrap(), mover }, settler)
}

#[test]
fn a_batch_waits_once_for_another_process_that_holds_the_file() {
    let place = tempfile::TempDir::new().unwrap();
    let path = place.path().join("a.db");
    let tables = tables(&path, || (), &Alarm::default());
    tables.conn().busy_timeout(Duration::ZERO).unwrap();
    let other = connect(&path).unwrap();
    other.execute_batch("CREATE TABLE numbers (number INTEGER) STRICT; BEGIN IMMEDIATE").unwrap();
    let (mut memory, mut outbox) = (Memory::default(), Outbox::default());
    let mut settle = |outbox: &mut Outbox| memory.transaction(&tables, outbox).settle();
    assert!(settle(&mut outbox).unwrap_err().is_locked());
    other.execute_batch("ROLLBACK").unwrap();
    assert!(settle(&mut outbox).unwrap_err().is_locked(), "the next job of the batch does not ask again");
    settle(&mut Outbox::default()).expect("the next batch does");
}
