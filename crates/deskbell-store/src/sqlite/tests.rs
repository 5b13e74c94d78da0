//! What only the inside can see.

use super::checkpoint::Checkpointer;
use super::fault::told;
use super::file::{File, connect};
use deskbell_core::store::Error;
use rusqlite::ffi;

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
    let refused = connect(std::path::Path::new(":memory:")).err().unwrap().to_string();
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
    let (checkpointer, mut bell) = Checkpointer::start(&path).unwrap();
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

const NUMBERS: &[super::migrate::Migration] =
    &[(1, "start", "CREATE TABLE numbers (number INTEGER NOT NULL) STRICT")];

#[tokio::test]
async fn a_job_that_fails_takes_back_what_it_wrote_and_nothing_else() {
    let place = tempfile::TempDir::new().unwrap();
    let file = File::open(&place.path().join("a.db"), false, NUMBERS, Default::default()).unwrap();
    let (one, two, three) = tokio::join!(
        add(&file, 1, Ok(())),
        add(&file, 2, Err(Error::Unavailable("on purpose".into()))),
        add(&file, 3, Ok(())),
    );
    assert!(one.is_ok() && matches!(two, Err(Error::Unavailable(_))) && three.is_ok());
    assert_eq!(numbers(&file).await, [1, 3]);
}

#[tokio::test]
async fn a_caller_who_goes_away_does_not_undo_the_work() {
    let place = tempfile::TempDir::new().unwrap();
    let path = place.path().join("a.db");
    let file = File::open(&path, false, NUMBERS, Default::default()).unwrap();
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
        numbers(&File::open(&path, false, NUMBERS, Default::default()).unwrap()).await,
        [1],
        "what was handed in is written"
    );
}
