//! A backup: one complete file, made beside a server that goes on.
//!
//! The copy is of one [`moment`], and nobody waits for it. What the server has answered and its tables do not have yet stands
//! in the redo log: that is read in the same moment, and the copy takes it in as a start after a crash does. So nothing needs to be
//! asked of the server, and it need not run.

use super::draft::{Draft, Syncing, beside};
use super::moment::{self, Source};
use super::{Copied, CopyError, Progress, Result, Told, Why, check, free, holds, open, part, to_one_file};
use crate::sqlite::file::File;
use crate::sqlite::migrate::{MAIN, Migration, TESTER};
use crate::sqlite::pending::Pace;
use crate::sqlite::tester;
use deskbell_core::Timestamp;
use deskbell_core::meter::Meter;
use rusqlite::Connection;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::scope;

/// The server may write so many bytes while it is copied, or as many as the database has: no disk is so slow beside its own server.
const MOST_LOG: u64 = 1 << 30;

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

/// Makes the backup, which is a store that is [paused](deskbell_core::store::Pause). The server may run, in another process: SQLite's locks
/// on a file are the process's, and those of this one on the store's go. Blocks.
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
        let conn = scope(|beside| {
            let syncing = draft.sync_beside(beside);
            let source = Source { path: from, migrations, redo: at.is_some() };
            let (frames, redo) =
                copy(&source, &draft, &syncing, MOST_LOG, told).map_err(|why| why.of(from))?;
            told(Progress::Checking);
            let conn = open(draft.path()).and_then(|conn| recovered(&conn, frames).map(|()| conn));
            let conn = conn.map_err(|why| why.of(from))?;
            take_in(&draft, &redo, migrations)?;
            let made = || {
                to_one_file(&conn)?;
                at.map_or(Ok(()), |at| part(&conn, at))?;
                syncing.wake();
                check(&conn)?;
                syncing.end()
            };
            made().map(|()| conn).map_err(|why| why.of(to))
        })?;
        Ok(Self { conn, draft })
    }

    fn keep(self, replace: bool) -> std::result::Result<(), CopyError> {
        drop(self.conn);
        let named = self.draft.named().to_owned();
        self.draft.keep(replace).map_err(|why| why.of(&named))
    }
}

/// Copies the tables as they are at one moment, and gives how much of it is in the copy's log, and what the redo log has beyond the tables. The
/// source's log may grow by `most_log` bytes meanwhile, or by as many as are copied.
fn copy(
    source: &Source<'_>,
    draft: &Draft,
    syncing: &Syncing<'_>,
    most_log: u64,
    told: Told<'_>,
) -> Result<(u64, Vec<u8>)> {
    // Closed after the connections: see `Draft::file`.
    let file = std::fs::File::open(source.path)?;
    let (conn, other) = source.connect()?;
    let log = || std::fs::metadata(source.wal()).map_or(0, |log| log.len());
    let copy_log = |frames| source.copy_log(&conn, draft, frames);
    let moment = moment::hold(&conn, &other, source, || source.redo(), copy_log)?;
    let before = log();
    draft.copy(&file, |bytes, of| {
        syncing.wake();
        told(Progress::Copied { bytes, of });
        let written = log().saturating_sub(before);
        if written > most_log.max(of) { Err(Why::TooSlow(written)) } else { Ok(()) }
    })?;
    Ok((moment.frames, moment.redo))
}

/// SQLite has to find in the copy's log what was copied of it: it ends where a page is not as it was written.
fn recovered(conn: &Connection, frames: u64) -> Result<()> {
    moment::at(conn)?;
    match moment::frames(conn)? {
        found if found == frames => Ok(()),
        found => Err(Why::Damaged(format!("of {frames} pages in its write-ahead log, {found} can be read"))),
    }
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
    use crate::sqlite::file::{connect, make};
    use crate::sqlite::migrate::migrate;
    use moment::frames;
    use rusqlite::wal::CheckpointMode;

    /// A folder with a database of 20 MiB that is to be copied.
    struct Given {
        place: tempfile::TempDir,
        server: Connection,
    }

    impl Given {
        fn new() -> Self {
            let place = tempfile::tempdir().unwrap();
            let from = place.path().join("from.db");
            make(&from);
            let mut server = connect(&from).unwrap();
            migrate(&mut server, MAIN).unwrap();
            server.execute_batch("CREATE TABLE t (x)").unwrap();
            let given = Self { place, server };
            given.write(20 << 20);
            given.server.wal_checkpoint_v2(None::<&str>, CheckpointMode::TRUNCATE).unwrap();
            given
        }

        fn write(&self, bytes: u32) {
            self.server.execute("INSERT INTO t VALUES (zeroblob(?1))", [bytes]).unwrap();
        }

        /// Moves what it may of the log into the file.
        fn checkpoint(&self) -> (i32, i32) {
            self.server.wal_checkpoint_v2(None::<&str>, CheckpointMode::PASSIVE).unwrap()
        }

        fn copy(&self, told: Told<'_>) -> (Result<u64>, Draft) {
            let [from, to] = ["from.db", "to.db"].map(|name| self.place.path().join(name));
            let draft = Draft::begin(&to).unwrap();
            let copied = scope(|beside| {
                let source = Source { path: &from, migrations: MAIN, redo: true };
                copy(&source, &draft, &draft.sync_beside(beside), 1 << 20, told).map(|(frames, _)| frames)
            });
            (copied, draft)
        }
    }

    fn rows(conn: &Connection) -> u32 {
        conn.query_row("SELECT count(*) FROM t", [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn what_stands_in_the_log_alone_is_in_the_copy() {
        let given = Given::new();
        given.write(1 << 10);
        let [from, alone] = ["from.db", "alone.db"].map(|name| given.place.path().join(name));
        std::fs::copy(&from, &alone).unwrap();
        assert_eq!((rows(&open(&alone).unwrap()), rows(&given.server)), (1, 2));
        let (copied, draft) = given.copy(&mut |_| {});
        let conn = open(draft.path()).unwrap();
        recovered(&conn, copied.unwrap()).unwrap();
        to_one_file(&conn).unwrap();
        assert_eq!(rows(&conn), 2);
    }

    #[test]
    fn what_is_moved_from_the_log_while_the_file_is_copied_is_in_the_copy_once() {
        let given = Given::new();
        for _ in 0..50 {
            given.write(1 << 10);
        }
        let mut moved = Vec::new();
        let (copied, draft) = given.copy(&mut |_| {
            given.write(1 << 10);
            moved.push(given.checkpoint().1);
        });
        let frames = copied.unwrap();
        assert!(
            moved.iter().all(|moved| u64::from(moved.unsigned_abs()) == frames && frames > 0),
            "{moved:?}"
        );
        let conn = open(draft.path()).unwrap();
        recovered(&conn, frames).unwrap();
        to_one_file(&conn).unwrap();
        check(&conn).unwrap();
        assert_eq!(rows(&conn), 51, "not what was written while it was copied");
        assert!(rows(&given.server) > 51);
    }

    #[test]
    fn a_log_of_which_not_all_can_be_read_makes_no_backup() {
        let given = Given::new();
        for _ in 0..50 {
            given.write(1 << 10);
        }
        let log = given.place.path().join("from.db-wal");
        let mut bytes = std::fs::read(&log).unwrap();
        let middle = usize::try_from(frames(&given.server).unwrap()).unwrap() / 2 * 8_216 + 4_096;
        bytes[middle] ^= 1;
        std::fs::write(&log, bytes).unwrap();
        let (copied, draft) = given.copy(&mut |_| {});
        let refused = recovered(&open(draft.path()).unwrap(), copied.unwrap());
        assert!(matches!(refused, Err(Why::Damaged(_))), "{refused:?}");
    }

    #[test]
    fn a_copy_during_which_more_is_written_than_it_has_is_given_up() {
        let given = Given::new();
        let copied = |bytes: u32| {
            let (mut steps, mut last) = (0, None);
            let (done, _) = given.copy(&mut |progress| {
                given.write(bytes);
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
