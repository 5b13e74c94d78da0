//! A backup: one complete file, made beside a server that goes on.
//!
//! A read transaction that is held for the time of the copy makes it the state of one moment, and keeps SQLite's copying from
//! beginning anew when somebody writes. Nobody waits for it; the server's write-ahead log grows meanwhile. What the server has
//! answered and its tables do not have yet stands in the redo log: that is read in the same moment, and the copy takes it in as a
//! start after a crash does. So nothing needs to be asked of the server, and it need not run.

use super::draft::{Draft, beside};
use super::{Copied, CopyError, Progress, Result, Told, Why, check, free, holds, open, part};
use crate::sqlite::file::{File, connect};
use crate::sqlite::migrate::{self, MAIN, Migration, TESTER};
use crate::sqlite::pending::{self, Pace};
use crate::sqlite::tester;
use deskbell_core::Timestamp;
use deskbell_core::meter::Meter;
use rusqlite::backup::{Backup as Pages, StepResult};
use rusqlite::{Connection, Transaction};
use std::fs::OpenOptions;
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Pages between two looks at the server's log: 8 MiB.
const STEP_PAGES: i32 = 1_024;
/// The server may write so many bytes while it is copied, or as many as the database has: no disk is so slow beside its own server.
const MOST_LOG: u64 = 1 << 30;
/// Pages that the copy keeps in memory before they are written, in KiB. Each is written once.
const CACHE_KIBIBYTES: i64 = 512;
/// How often the redo log is read until it did not begin anew meanwhile: it does once in some hundred milliseconds at most.
const TRIES: u32 = 100;

/// A backup to be made.
#[derive(Debug, Clone, Copy)]
pub struct Backup<'p> {
    /// The store's main file.
    pub store: &'p Path,
    /// The file to be made.
    pub to: &'p Path,
    /// Whether the tester's file is copied too, into a file beside it.
    pub with_tester: bool,
    /// Whether files that are there are replaced.
    pub replace: bool,
    /// Now.
    pub now: Timestamp,
}

/// Makes the backup, which is a store that is [paused](deskbell_core::store::Pause). The server may run. Blocks.
///
/// # Errors
/// [`CopyError`]; then whatever stood there stands there still.
pub fn backup(plan: &Backup<'_>, told: Told<'_>) -> std::result::Result<Copied, CopyError> {
    let beside = tester(plan.to);
    free(plan.to, plan.replace).map_err(|why| why.of(plan.to))?;
    // Also one that is not to be made: restored with this backup, it would be of another time.
    free(&beside, plan.replace).map_err(|why| why.of(&beside))?;
    let main = Made::of(plan.store, plan.to, MAIN, Some(plan.now), told)?;
    let mut copied =
        holds(&main.conn, main.draft.bytes().unwrap_or_default()).map_err(|why| why.of(plan.to))?;
    if plan.with_tester {
        let made = Made::of(&tester(plan.store), &beside, TESTER, None, told)?;
        copied.bytes += made.draft.bytes().unwrap_or_default();
        made.keep(plan.replace)?;
    }
    main.keep(plan.replace)?;
    if !plan.with_tester && plan.replace {
        remove(&beside).map_err(|why| why.of(&beside))?;
    }
    Ok(copied)
}

fn remove(path: &PathBuf) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// A copy that is whole and has no name yet.
struct Made {
    // The order matters: see `Draft::file`.
    conn: Connection,
    draft: Draft,
}

impl Made {
    /// A copy of the file `from`; of the main one as of `at`.
    fn of(
        from: &Path,
        to: &Path,
        migrations: &'static [Migration],
        at: Option<Timestamp>,
        told: Told<'_>,
    ) -> std::result::Result<Self, CopyError> {
        if !from.exists() {
            return Err(Why::Missing.of(from));
        }
        let draft = Draft::begin(to).map_err(|why| why.of(to))?;
        let log = copy(from, &draft, migrations, at.is_some(), told).map_err(|why| why.of(from))?;
        told(Progress::Checking);
        take_in(&draft, &log, migrations)?;
        let checked = || {
            let conn = open(draft.path())?;
            at.map_or(Ok(()), |at| part(&conn, at))?;
            // Looking through it keeps the processor busy, and bringing it to disk the disk.
            std::thread::scope(|both| -> Result<()> {
                let synced = both.spawn(|| draft.sync());
                check(&conn)?;
                synced.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })?;
            Result::Ok(conn)
        };
        let conn = checked().map_err(|why| why.of(to))?;
        Ok(Self { conn, draft })
    }

    fn keep(self, replace: bool) -> std::result::Result<(), CopyError> {
        drop(self.conn);
        let named = self.draft.named().to_owned();
        self.draft.keep(replace).map_err(|why| why.of(&named))
    }
}

/// Copies the tables as they are at one moment, and gives what the redo log has beyond them.
fn copy(
    from: &Path,
    draft: &Draft,
    migrations: &'static [Migration],
    redo: bool,
    told: Told<'_>,
) -> Result<Vec<u8>> {
    let readers = || {
        let conn = connect(from)?;
        conn.pragma_update(None, "query_only", true)?;
        Result::Ok(conn)
    };
    let (conn, other) = (readers()?, readers()?);
    if !migrate::missing(&conn, migrations)?.is_empty() {
        return Err(Why::Older(migrate::newest(&conn)?));
    }
    let redo_log = crate::sqlite::identity::beside(from, "-redo");
    let (read, log) = if redo {
        begin(&conn, &other, || std::fs::read(&redo_log))?
    } else {
        (conn.unchecked_transaction()?, Vec::new())
    };
    pages(&read, (from, draft.path()), MOST_LOG, told)?;
    // Page by page it is the same; that as many rows are found in it says that it can be read from its start to its end.
    if counts(&read)? == counts(&open(draft.path())?)? {
        return Ok(log);
    }
    Err(Why::Damaged("the copy has not as many rows as the store".into()))
}

/// Begins to read, and gives what stands in the redo log at the same moment. What the log had when it was read, and the tables have
/// not, is all of it in what was read, unless the log began anew meanwhile: then the tables have moved on.
fn begin<'c>(
    conn: &'c Connection,
    other: &Connection,
    mut log: impl FnMut() -> io::Result<Vec<u8>>,
) -> Result<(Transaction<'c>, Vec<u8>)> {
    for _ in 0..TRIES {
        let read = conn.unchecked_transaction()?;
        let applied = pending::position(&read)?.applied;
        let bytes = match log() {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
            read => read.unwrap_or_default(),
        };
        if pending::position(other)?.applied == applied {
            return Ok((read, bytes));
        }
    }
    Err(Why::Restless)
}

/// Copies the pages that `read` sees from one file into another, empty one, while the log grows by no more than `most_log` bytes or as
/// many as are copied.
fn pages(read: &Connection, (from, to): (&Path, &Path), most_log: u64, told: Told<'_>) -> Result<()> {
    let mut copy = open(to)?;
    // It is brought to disk as a whole, before it gets its name.
    copy.pragma_update_and_check(None, "journal_mode", "OFF", |_| Ok(()))?;
    copy.pragma_update(None, "synchronous", "OFF")?;
    copy.pragma_update(None, "cache_size", -CACHE_KIBIBYTES)?;
    let page_bytes: u64 =
        read.pragma_query_value(None, "page_size", |row| row.get::<_, i64>(0))?.unsigned_abs();
    let log = crate::sqlite::identity::beside(from, "-wal");
    let grown = || std::fs::metadata(&log).map_or(0, |log| log.len());
    let before = grown();
    let pages = Pages::new(read, &mut copy)?;
    loop {
        let step = pages.step(STEP_PAGES)?;
        let progress = pages.progress();
        let [all, left] =
            [progress.pagecount, progress.remaining].map(|pages| u64::from(pages.unsigned_abs()));
        let of = all * page_bytes;
        told(Progress::Copied { bytes: of - left * page_bytes, of });
        if step == StepResult::Done {
            return Ok(());
        }
        let written = grown().saturating_sub(before);
        if written > most_log.max(of) {
            return Err(Why::TooSlow(written));
        }
    }
}

/// How many rows each table has.
fn counts(conn: &Connection) -> Result<Vec<(String, i64)>> {
    let select =
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";
    let mut select = conn.prepare(select)?;
    let names: Vec<String> = select.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let count = |name: String| {
        let count = conn.query_row(&format!("SELECT count(*) FROM \"{name}\""), [], |row| row.get(0))?;
        Ok((name, count))
    };
    names.into_iter().map(count).collect()
}

/// Takes into the copy's tables what the redo log had beyond them, as a start does.
fn take_in(
    draft: &Draft,
    log: &[u8],
    migrations: &'static [Migration],
) -> std::result::Result<(), CopyError> {
    if log.is_empty() {
        return Ok(());
    }
    let path = draft.path();
    let mut options = OpenOptions::new();
    let written = options.write(true).create_new(true).mode(0o600).open(beside(path, "-redo"));
    written.and_then(|mut file| file.write_all(log)).map_err(|error| Why::from(error).of(path))?;
    drop(File::open(path, None, Some(Pace::default()), migrations, Arc::<Meter>::default())?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::file::make;

    #[test]
    fn a_log_that_began_anew_while_it_was_read_is_read_again() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("a.db");
        make(&path);
        migrate::migrate(&mut connect(&path).unwrap(), MAIN).unwrap();
        let [conn, other, server] = [(); 3].map(|()| connect(&path).unwrap());
        let moves_on = || server.execute("UPDATE redo SET applied = applied + 1", []).unwrap();
        let mut reads = 0;
        let (read, bytes) = begin(&conn, &other, || {
            reads += 1;
            // What the first two reads find is in the tables, which were not seen with it.
            if reads < 3 {
                moves_on();
            }
            Ok(vec![reads])
        })
        .unwrap();
        assert_eq!((bytes, pending::position(&read).unwrap().applied), (vec![3], 2));
        drop(read);
        let restless = begin(&conn, &other, || {
            moves_on();
            Ok(Vec::new())
        });
        assert!(matches!(restless, Err(Why::Restless)));
        let (_, none) = begin(&conn, &other, || Err(ErrorKind::NotFound.into())).unwrap();
        assert!(none.is_empty(), "a store that was never served has no log");
    }

    #[test]
    fn a_copy_during_which_more_is_written_than_it_has_is_given_up() {
        let place = tempfile::tempdir().unwrap();
        let [from, to] = ["from.db", "to.db"].map(|name| place.path().join(name));
        for path in [&from, &to] {
            make(path);
        }
        let (server, conn) = (connect(&from).unwrap(), connect(&from).unwrap());
        let write = |bytes: u32| server.execute("INSERT INTO t VALUES (zeroblob(?1))", [bytes]).unwrap();
        server.execute_batch("CREATE TABLE t (x)").unwrap();
        write(20 << 20);
        let copied = |bytes: u32| {
            let read = conn.unchecked_transaction().unwrap();
            read.query_row("SELECT count(*) FROM t", [], |_| Ok(())).unwrap();
            let (mut steps, mut last) = (0, None);
            let done = pages(&read, (&from, &to), 1 << 20, &mut |progress| {
                write(bytes);
                (steps, last) = (steps + 1, Some(progress));
            });
            (done, steps, last)
        };
        let (done, steps, last) = copied(1 << 10);
        assert!(done.is_ok() && steps > 2, "{done:?}");
        assert!(
            matches!(last, Some(Progress::Copied { bytes, of }) if bytes == of && of > 20 << 20),
            "{last:?}"
        );
        let (done, steps, _) = copied(30 << 20);
        assert!(matches!(done, Err(Why::TooSlow(written)) if written >= 30 << 20) && steps == 1, "{done:?}");
    }
}
