//! A moment: what a store's files have to be read for, so that what is read is of one time, while a server goes on to write to them.
//!
//! A read transaction that is held keeps SQLite from writing over anything that it can see. What is in the main file then is as it was, or was
//! moved there from the write-ahead log, where it still stands: the log does not begin anew while somebody reads by it. So the file can be
//! copied as plain bytes, at the speed of the disk, and a page that was being written meanwhile does no harm: the pages of the log that
//! are there at the beginning are copied with it, and SQLite reads the copy as it reads what a crash has left
//! (<https://www.sqlite.org/walformat.html>).
//!
//! Only who reads nothing by the log, for all of it is in the file, does not keep it from beginning anew. Then nothing is moved, and of the
//! logs another look is taken.

use super::draft::{Draft, beside};
use super::{Result, Why};
use crate::sqlite::file::connect;
use crate::sqlite::identity;
use crate::sqlite::migrate::{self, Migration};
use crate::sqlite::pending;
use rusqlite::{Connection, Transaction};
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Bytes of the head of SQLite's log, with a number that changes when the log begins anew; and of the head of each page in it.
const LOG_HEAD: u64 = 32;
const FRAME_HEAD: u64 = 24;
/// How often the logs are read until the tables took in nothing meanwhile: under load they do many times a second.
const TRIES: u32 = 100;

/// What is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source<'p> {
    /// The file.
    pub(super) path: &'p Path,
    pub(super) migrations: &'static [Migration],
    /// Whether a redo log belongs to it.
    pub(super) redo: bool,
}

/// It lasts as long as this is held.
#[derive(Debug)]
pub(super) struct Moment<'c> {
    _read: Transaction<'c>,
    /// Pages of SQLite's log that belong to it.
    pub(super) frames: u64,
    /// What the redo log has; the tables may have some of it.
    pub(super) redo: Vec<u8>,
}

impl Source<'_> {
    /// Two connections that only read.
    ///
    /// # Errors
    /// When the tables are not those of this release.
    pub(super) fn connect(&self) -> Result<(Connection, Connection)> {
        let reader = || {
            let conn = connect(self.path)?;
            conn.pragma_update(None, "query_only", true)?;
            Result::Ok(conn)
        };
        let (conn, other) = (reader()?, reader()?);
        if !migrate::missing(&conn, self.migrations)?.is_empty() {
            return Err(Why::Older(migrate::newest(&conn)?));
        }
        Ok((conn, other))
    }

    /// SQLite's log.
    pub(super) fn wal(&self) -> PathBuf {
        identity::beside(self.path, "-wal")
    }

    /// What stands in the redo log.
    pub(super) fn redo(&self) -> Result<Vec<u8>> {
        let read = || or_nothing(std::fs::read(identity::beside(self.path, "-redo")));
        Ok(if self.redo { read()? } else { Vec::new() })
    }

    /// Copies so many pages of SQLite's log.
    pub(super) fn copy_log(&self, conn: &Connection, draft: &Draft, frames: u64) -> Result<()> {
        if frames > 0 {
            let page: u32 = conn.pragma_query_value(None, "page_size", |row| row.get(0))?;
            let bytes = LOG_HEAD + frames * (FRAME_HEAD + u64::from(page));
            let mut options = OpenOptions::new();
            options.write(true).create(true).truncate(true).mode(0o600);
            let mut copy = options.open(beside(draft.path(), "-wal"))?;
            io::copy(&mut File::open(self.wal())?.take(bytes), &mut copy)?;
        }
        Ok(())
    }

    /// What tells one run of SQLite's log from the next.
    fn run(&self) -> io::Result<Vec<u8>> {
        let mut head = Vec::new();
        or_nothing(File::open(self.wal()).and_then(|log| log.take(LOG_HEAD).read_to_end(&mut head)))?;
        Ok(head)
    }

    /// How far the tables are in the redo log.
    fn applied(&self, conn: &Connection) -> rusqlite::Result<u64> {
        at(conn)?;
        if self.redo { Ok(pending::position(conn)?.applied) } else { Ok(0) }
    }
}

/// Begins to read, and reads the logs: `redo` the redo log, and `copy_log` so many pages of SQLite's. What the redo log has when it is read,
/// and the tables have not, is all of it in what was read, unless a log began anew meanwhile: then all is read once more. The redo log is
/// short, and read in a moment; SQLite's is long, and goes on at its end while it is copied.
pub(super) fn hold<'c>(
    conn: &'c Connection,
    other: &Connection,
    source: &Source<'_>,
    mut redo: impl FnMut() -> Result<Vec<u8>>,
    mut copy_log: impl FnMut(u64) -> Result<()>,
) -> Result<Moment<'c>> {
    for _ in 0..TRIES {
        let run = source.run()?;
        let read = conn.unchecked_transaction()?;
        let applied = source.applied(&read)?;
        // What the redo log has may be of rows that the tables have before it: theirs are counted behind it, with those of the read.
        let redo = redo()?;
        let frames = frames(other)?;
        if source.applied(other)? != applied {
            continue;
        }
        copy_log(frames)?;
        if source.run()? == run {
            return Ok(Moment { _read: read, frames, redo });
        }
    }
    Err(Why::Restless)
}

/// Begins to read, in a transaction.
pub(super) fn at(conn: &Connection) -> rusqlite::Result<()> {
    conn.pragma_query_value(None, "schema_version", |_| Ok(()))
}

/// Pages of what was committed, in SQLite's log as it stands.
pub(super) fn frames(conn: &Connection) -> rusqlite::Result<u64> {
    let log: i64 = conn.query_row("PRAGMA wal_checkpoint(NOOP)", [], |row| row.get(1))?;
    Ok(u64::try_from(log).unwrap_or_default())
}

/// A store that was never served has no log.
fn or_nothing<T: Default>(read: io::Result<T>) -> io::Result<T> {
    match read {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(T::default()),
        read => read,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::file::make;
    use crate::sqlite::migrate::{MAIN, migrate};
    use rusqlite::wal::CheckpointMode;
    use tempfile::TempDir;

    /// A store in a folder of its own, and connections to it.
    fn store() -> (TempDir, PathBuf, [Connection; 3]) {
        let place = TempDir::new().unwrap();
        let path = place.path().join("a.db");
        make(&path);
        migrate(&mut connect(&path).unwrap(), MAIN).unwrap();
        let conns = [(); 3].map(|()| connect(&path).unwrap());
        (place, path, conns)
    }

    #[test]
    fn a_redo_log_that_began_anew_while_it_was_read_is_read_again() {
        let (_place, path, [conn, other, server]) = store();
        let source = Source { path: &path, migrations: MAIN, redo: true };
        let moves_on = || server.execute("UPDATE redo SET applied = applied + 1", []).unwrap();
        let mut reads = 0;
        let redo = || {
            reads += 1;
            // What the first two reads find is in the tables, which were not seen with it.
            if reads < 3 {
                moves_on();
            }
            Ok(vec![reads])
        };
        // And once it is read, nothing keeps it from moving on, however long the other log is copied.
        let copy_log = |_| {
            moves_on();
            Ok(())
        };
        let moment = hold(&conn, &other, &source, redo, copy_log).unwrap();
        assert_eq!((&*moment.redo, pending::position(&moment._read).unwrap().applied), (&[3][..], 2));
        drop(moment);
        let redo = || {
            moves_on();
            Ok(Vec::new())
        };
        let restless = hold(&conn, &other, &source, redo, |_| Ok(()));
        assert!(matches!(restless, Err(Why::Restless)));
    }

    #[test]
    fn a_log_of_sqlite_that_began_anew_while_it_was_read_is_read_again() {
        let (_place, path, [conn, other, server]) = store();
        let source = Source { path: &path, migrations: MAIN, redo: true };
        let write = || server.execute("UPDATE redo SET lineage = randomblob(16)", []).unwrap();
        write();
        // All of it is in the file, so that who begins to read needs no log.
        server.wal_checkpoint_v2(None::<&str>, CheckpointMode::PASSIVE).unwrap();
        let mut seen = Vec::new();
        let copy_log = |frames| {
            if seen.is_empty() {
                write();
            }
            seen.push(frames);
            Ok(())
        };
        hold(&conn, &other, &source, || Ok(Vec::new()), copy_log).unwrap();
        assert_eq!(seen.len(), 2, "the first look is of two runs of it");
    }
}
