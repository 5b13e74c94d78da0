//! One database file: how it is opened, and its writer, readers and checkpointer.

use super::checkpoint::{self, Checkpointer};
use super::fault::{self, Fault, Result};
use super::identity::{Files, Identity, beside};
use super::migrate::{Migration, migrate};
use super::pending::Pace;
use super::readers::{self, Readers};
use super::readiness::{self, Readiness};
use super::soundness;
use super::tables::Connections;
use super::transaction::Transaction;
use super::writer::Writer;
use deskbell_core::Alarm;
use deskbell_core::id::AccountId;
use deskbell_core::meter::Meter;
use deskbell_core::store::{self, Unready};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::fs::TryLockError;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// The oldest SQLite without the race between checkpoint and reset of the log that loses commits (C-31).
const OLDEST_SQLITE: i32 = 3_051_003;
/// How long a connection waits for another one's lock.
pub(super) const BUSY: Duration = Duration::from_secs(5);
/// Bytes of a page of a new file.
pub(super) const PAGE_BYTES: u16 = 8_192;
/// Pages that a connection keeps in memory, in KiB: the inner pages of every index, and the ends at which they grow.
const CACHE_KIBIBYTES: i64 = 8 << 10;
/// Statements that a connection keeps prepared: more than this crate has.
const STATEMENTS: usize = 128;

/// A file cannot serve as a store.
#[derive(Debug, thiserror::Error)]
#[error("cannot open {}: {rule}", path.display())]
pub struct OpenError {
    /// The file that cannot be opened.
    pub path: PathBuf,
    /// The rule that it breaks.
    pub rule: Rule,
}

/// What keeps a file from serving as a store.
#[derive(Debug, thiserror::Error)]
pub enum Rule {
    /// The SQLite that was built in can lose commits (C-31).
    #[error("SQLite {0} can lose commits; at least 3.51.3 is needed")]
    OldSqlite(&'static str),
    /// The file system cannot carry a write-ahead log, as network file systems cannot.
    #[error("the setting {name} must be {wanted} and is {found}; a network file system cannot serve")]
    Setting {
        /// The pragma that did not take.
        name: &'static str,
        /// What durability needs.
        wanted: &'static str,
        /// What SQLite made of it.
        found: String,
    },
    /// The file was written by a newer release.
    #[error(
        "it was written by a newer release (its schema is number {0}): use that one, or restore a backup that was made before"
    )]
    Newer(i64),
    /// The file was written before the first release, in a form that changed since.
    #[error(
        "it was written before the first release and cannot be read any more; move it away and start anew"
    )]
    BeforeRelease,
    /// What a crash left in the redo log cannot be taken in.
    #[error(
        "the redo log beside it cannot be taken in: {0}. Moved away, the last second before the crash is lost"
    )]
    Redo(store::Error),
    /// The redo log cannot be read or written now.
    #[error("{0}")]
    Store(store::Error),
    /// SQLite or the system refused.
    #[error("{0}")]
    Sqlite(rusqlite::Error),
    /// Nothing in it can be relied on.
    #[error(
        "it is damaged ({0}): restore a backup, into another directory. Keep the file: more of it may be saved, and whoever writes to it damages it more"
    )]
    Damaged(String),
    /// A server has the file, but not the lock file that would say which one.
    #[error("a server has it open, although its lock file was removed")]
    InUse,
    /// The system refused.
    #[error("{0}")]
    System(#[from] std::io::Error),
}

/// An open file.
pub(super) struct File {
    // The order matters: the writer ends first and closes the checkpointer's hook.
    writer: Writer,
    _checkpointer: Checkpointer,
    pub(super) readers: Readers,
    /// Let go of when nothing of the file is open any more: with its end, SQLite's own locks on the file would go.
    _alone: Option<std::fs::File>,
}

impl File {
    /// With a redo log beside it, what [steps](File::step) do goes there first, and into the tables at that pace. With an `alarm` it is the one
    /// server's: no other process gets it so, and a panic of its threads rings.
    pub(super) fn open(
        path: &Path,
        alarm: Option<&Alarm>,
        redo: Option<Pace>,
        migrations: &'static [Migration],
        meter: Arc<Meter>,
    ) -> std::result::Result<Self, OpenError> {
        open(path, alarm, redo, migrations, meter).map_err(|rule| OpenError { path: path.to_owned(), rule })
    }

    /// Runs `work` of the machine's own in a transaction; its answer comes when that is on disk.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T> + Send + 'static,
    ) -> store::Result<T> {
        self.writer.write(None, false, work).await
    }

    /// The same for an account, when its turn comes.
    pub(super) async fn write_for<T: Send + 'static>(
        &self,
        account: &AccountId,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T> + Send + 'static,
    ) -> store::Result<T> {
        self.writer.write(Some(account), false, work).await
    }

    /// A step of the hot path of the machine's own, which pushes what it did: it costs no transaction.
    pub(super) async fn step<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T> + Send + 'static,
    ) -> store::Result<T> {
        self.writer.write(None, true, work).await
    }

    /// The same for an account, when its turn comes.
    pub(super) async fn step_for<T: Send + 'static>(
        &self,
        account: &AccountId,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T> + Send + 'static,
    ) -> store::Result<T> {
        self.writer.write(Some(account), true, work).await
    }

    /// Why nothing can be written now, if so.
    pub(super) async fn unready(&self) -> Option<Unready> {
        readiness::unready(&self.writer).await
    }

    /// Takes notice of what a call of the queue came to.
    pub(super) fn queue<T>(&self, result: store::Result<T>) -> store::Result<T> {
        self.writer.readiness().queue(&result);
        result
    }

    /// Runs `work` on every connection that reads and is idle.
    #[cfg(feature = "memory")]
    pub(super) async fn read_all<T: Send + 'static>(
        &self,
        work: impl Fn(&Connection) -> Result<T> + Send + 'static,
    ) -> store::Result<Vec<T>> {
        self.readers.all(work).await
    }

    /// Runs `work`, which is no account's, or has yet to find out whose call it is, on what was answered before.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> store::Result<T> {
        self.writer.catch_up().await;
        self.readers.read(None, work).await
    }

    /// The same for an account, when its turn comes.
    pub(super) async fn read_for<T: Send + 'static>(
        &self,
        account: &AccountId,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> store::Result<T> {
        self.writer.catch_up().await;
        self.readers.read(Some(account), work).await
    }
}

fn open(
    path: &Path,
    alarm: Option<&Alarm>,
    redo: Option<Pace>,
    migrations: &'static [Migration],
    meter: Arc<Meter>,
) -> std::result::Result<File, Rule> {
    if rusqlite::version_number() < OLDEST_SQLITE {
        return Err(Rule::OldSqlite(rusqlite::version()));
    }
    make(path);
    let alone = alarm.map(|_| lock(path)).transpose()?;
    let alarm = alarm.cloned().unwrap_or_default();
    let mut conn = connect(path)?;
    if alone.is_some() {
        soundness::enter(&conn)?;
    }
    migrate(&mut conn, migrations)?;
    if alone.is_some() {
        soundness::look_through(path.to_owned())?;
    }
    let (checkpointer, hook) = Checkpointer::start(path, checkpoint::IDLE, &alarm)?;
    let readiness = Arc::<Readiness>::default();
    let mover = hook.install(&mut conn, Arc::clone(&readiness))?;
    let files = Files::of(path)?;
    let identity = Identity::new(files.clone(), &conn)?;
    let usage = Arc::clone(meter.usage());
    let reader = connect(path)?;
    reader.pragma_update(None, "query_only", true)?;
    let redo = redo.map(|pace| (beside(path, "-redo"), pace));
    let connections = Connections { writing: conn, reader, mover };
    Ok(File {
        writer: Writer::start(connections, redo, identity, readiness, meter, &alarm)?,
        _checkpointer: checkpointer,
        readers: Readers::open(files, readers::PATIENCE, usage)?,
        _alone: alone,
    })
}

/// Locks the file itself, in a way that SQLite does not know: whoever only reads and writes it is not kept from it.
fn lock(path: &Path) -> std::result::Result<std::fs::File, Rule> {
    let file = std::fs::File::open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Rule::InUse),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

/// A new file is made for its owner alone: guests' names are in it. SQLite gives its log the same mode. What goes wrong
/// here, SQLite says better when it opens the file.
pub(super) fn make(path: &Path) {
    let mut options = std::fs::OpenOptions::new();
    let _ = options.write(true).create_new(true).mode(0o600).open(path);
}

/// A connection to a file that is there, with every setting that durability and safety need (catalogue 6.5).
pub(super) fn connect(path: &Path) -> std::result::Result<Connection, Rule> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    conn.busy_timeout(BUSY)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    // A plan must not hang on the values that are bound: SQLite would parse and plan a statement anew for each of them.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // Both hold for a new file only. An event of 1.5 KB fits badly into smaller pages; and room that deletions left can be given
    // back to the file system, a little at a time.
    conn.pragma_update(None, "page_size", PAGE_BYTES)?;
    if std::fs::metadata(path).is_ok_and(|file| file.len() == 0) {
        // Of a file that is there it would write its head anew, with each connection.
        conn.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    }
    let mode: String = conn.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if mode != "wal" {
        return Err(Rule::Setting { name: "journal_mode", wanted: "WAL", found: mode });
    }
    conn.pragma_update(None, "synchronous", "FULL")?;
    // Savepoints and sorts need no file: nothing is written outside of the data folder.
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    conn.pragma_update(None, "cache_size", -CACHE_KIBIBYTES)?;
    conn.pragma_update(None, "foreign_keys", true)?;
    conn.pragma_update(None, "trusted_schema", false)?;
    // The checkpointer does it, on a connection of its own.
    conn.pragma_update(None, "wal_autocheckpoint", 0)?;
    conn.pragma_update(None, "journal_size_limit", checkpoint::LOG_KEPT_BYTES)?;
    Ok(conn)
}

impl From<rusqlite::Error> for Rule {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged(error.to_string()),
            _ => Self::Sqlite(error),
        }
    }
}

impl Rule {
    /// What keeps a redo log from being taken in: what stands in it, or the system around it.
    pub(super) fn of_redo(fault: Fault) -> Self {
        use rusqlite::ErrorCode::{DatabaseBusy, DatabaseLocked, DiskFull, OutOfMemory, SystemIoFailure};
        match fault {
            Fault::Sql(error) => match error.sqlite_error_code() {
                Some(DatabaseBusy | DatabaseLocked | DiskFull | OutOfMemory | SystemIoFailure) => {
                    Self::Sqlite(error)
                }
                _ => Self::Redo(fault::told(&error)),
            },
            Fault::Store(error @ store::Error::Damaged(_)) => Self::Redo(error),
            other => Self::Store(other.into()),
        }
    }
}

impl From<Rule> for Fault {
    fn from(rule: Rule) -> Self {
        Self::Store(match rule {
            Rule::Store(error) => error,
            rule => store::Error::Unavailable(rule.to_string()),
        })
    }
}
