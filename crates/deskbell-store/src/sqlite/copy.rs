//! Copies of a store: a backup, and what is restored from one. A copy has a name of its own only when it is whole, was looked
//! through and is on disk.

mod backup;
mod draft;
mod moment;
mod restore;

pub use backup::{Backup, backup};
pub use restore::{Restore, restore};

use super::check::finding;
use super::file::{OpenError, Rule};
use super::{fault, pause, statistics};
use deskbell_core::Timestamp;
use deskbell_core::store;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::path::{Path, PathBuf};

/// How far a copy is.
#[derive(Debug, Clone, Copy)]
pub enum Progress {
    /// So many bytes of all are copied.
    Copied {
        /// So many.
        bytes: u64,
        /// All.
        of: u64,
    },
    /// The copy is being looked through.
    Checking,
}

/// Who is told of progress.
pub(super) type Told<'t> = &'t mut dyn FnMut(Progress);

/// What a copy holds.
#[derive(Debug, Clone, Copy)]
pub struct Copied {
    /// As of when: whatever was answered before is in it.
    pub at: Timestamp,
    /// Bytes of its files.
    pub bytes: u64,
    /// Events in it.
    pub events: u64,
    /// Deliveries in its queue, counted up to [`QUEUE_COUNTED`](deskbell_core::policy::limit::QUEUE_COUNTED).
    pub queued: u64,
}

/// There is no copy.
#[derive(Debug, thiserror::Error)]
#[error("{}: {why}", path.display())]
pub struct CopyError {
    /// The file that is in the way.
    pub path: PathBuf,
    /// Why.
    pub why: Why,
}

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum Why {
    /// There is nothing to copy.
    #[error("there is no such file")]
    Missing,
    /// There is a file already that was not to be replaced.
    #[error("it exists already, and is not written over")]
    Taken,
    /// Another process makes the same copy.
    #[error("another process is writing it")]
    InTheMaking,
    /// It is something else.
    #[error("it is not the main file of a Deskbell store")]
    NotAStore,
    /// It is no backup but a store that was in use.
    #[error(
        "a log lies beside it ({0}), without which it is not whole: it is no backup, but a store that is or was in use"
    )]
    Log(String),
    /// The tables are not as this release has them.
    #[error(
        "it is as an older release left it (its schema is number {0}): make the backup with the program that it was used with, or \
         start this one on it first"
    )]
    Older(i64),
    /// The same, of a store that is to be transferred.
    #[error(
        "it is as an older release left it (its schema is number {0}): bring it up to this one with `deskbell migrate --apply` first"
    )]
    Behind(i64),
    /// It cannot serve as a store.
    #[error("{0}")]
    Rule(Rule),
    /// What is in it contradicts itself.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// Its secrets are sealed under another master key (C-47).
    #[error("it was made under another master key")]
    WrongKey,
    /// The server writes faster than this copies.
    #[error(
        "copying takes too long: meanwhile the server has written {} MiB, which its log has to keep until the copy ends", .0 >> 20
    )]
    TooSlow(u64),
    /// The redo log, or SQLite's own, began anew each time that it was read.
    #[error("the server's redo log could not be read in peace")]
    Restless,
}

impl Why {
    /// For the file at `path`.
    fn of(self, path: &Path) -> CopyError {
        CopyError { path: path.to_owned(), why: self }
    }
}

impl From<OpenError> for CopyError {
    fn from(OpenError { path, rule }: OpenError) -> Self {
        Why::from(rule).of(&path)
    }
}

impl From<Rule> for Why {
    fn from(rule: Rule) -> Self {
        match rule {
            Rule::Sqlite(error) => error.into(),
            Rule::Damaged(what) => Self::Damaged(what),
            rule => Self::Rule(rule),
        }
    }
}

impl From<rusqlite::Error> for Why {
    fn from(error: rusqlite::Error) -> Self {
        match (error.sqlite_error_code(), fault::told(&error)) {
            (Some(ErrorCode::NotADatabase), _) => Self::NotAStore,
            (_, store::Error::Damaged(what)) => Self::Damaged(what),
            _ => Self::Rule(error.into()),
        }
    }
}

impl From<std::io::Error> for Why {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::NotFound => Self::Missing,
            _ => Self::Rule(error.into()),
        }
    }
}

type Result<T> = std::result::Result<T, Why>;

/// Opens a copy that nobody else has. What is written to it is brought to disk as a whole, before it gets its name.
fn open(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    conn.pragma_update(None, "trusted_schema", false)?;
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    conn.pragma_update(None, "synchronous", "OFF")?;
    Ok(conn)
}

/// Moves what stands in a log into the file: a copy is one file.
fn to_one_file(conn: &Connection) -> Result<()> {
    let mode: String = conn.pragma_update_and_check(None, "journal_mode", "DELETE", |row| row.get(0))?;
    if mode == "delete" { Ok(()) } else { Err(Why::Log("-wal".to_owned())) }
}

/// Looks through the whole file.
fn check(conn: &Connection) -> Result<()> {
    finding(conn)?.map_or(Ok(()), |found| Err(Why::Damaged(found)))
}

/// Makes a copy of the main file one that goes its own way: paused, and with redo logs of its own.
fn part(conn: &Connection, at: Timestamp) -> Result<()> {
    pause::pause(conn, at)?;
    conn.execute("UPDATE redo SET lineage = randomblob(16) WHERE one = 1", [])?;
    Ok(())
}

/// What a copy of the main file holds.
fn holds(conn: &Connection, bytes: u64) -> Result<Copied> {
    let events: i64 = conn.query_row("SELECT count(*) FROM events", [], |row| row.get(0))?;
    let at = pause::paused(conn)?.ok_or(Why::NotAStore)?;
    Ok(Copied { at, bytes, events: events.unsigned_abs(), queued: statistics::queued(conn)? })
}

/// What stands at `path` is nothing, or to be replaced.
fn free(path: &Path, replace: bool) -> Result<()> {
    // A link that leads nowhere is something too.
    if std::fs::symlink_metadata(path).is_ok() && !replace { Err(Why::Taken) } else { Ok(()) }
}
