//! The file is the file: what this process has open must still stand under its name. Whatever is written to a file that was removed,
//! moved or replaced is lost to the next start, although every write of it succeeds.

use super::fault;
use deskbell_core::store::Error;
use rusqlite::Connection;
use std::fs::Metadata;
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::Instant;

/// How long a look is good for: so long may what is written be lost.
const FRESH: Duration = Duration::from_secs(1);
/// Bytes of a write-ahead log before its first page, and before each page.
const LOG_HEAD: u64 = 32;
const PAGE_HEAD: u64 = 24;
/// How a write-ahead log begins; the byte behind it tells the order of the bytes in checksums.
const LOG_MAGIC: [u8; 3] = [0x37, 0x7f, 0x06];

/// The files of a database as they were when it was opened.
#[derive(Debug, Clone)]
pub(super) struct Files {
    database: Named,
    log: Named,
    index: Named,
}

/// A file and its name.
#[derive(Debug, Clone)]
struct Named {
    path: PathBuf,
    file: Metadata,
}

/// Looks at them, once a second at most.
#[derive(Debug)]
pub(super) struct Identity {
    files: Files,
    page_bytes: u64,
    seen: Option<Instant>,
    told: bool,
}

/// Where a file stands that belongs to the database at `path`: beside the database itself, whatever links lead to it.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut beside = path.canonicalize().unwrap_or_else(|_| path.to_owned()).into_os_string();
    beside.push(suffix);
    beside.into()
}

/// Whether `file` stands under `path`; if so, what stands there.
pub(super) fn stands(path: &Path, file: &Metadata) -> Option<Metadata> {
    let there = std::fs::metadata(path).ok()?;
    ((there.dev(), there.ino()) == (file.dev(), file.ino())).then_some(there)
}

impl Named {
    fn new(path: PathBuf) -> io::Result<Self> {
        let file = std::fs::metadata(&path)?;
        Ok(Self { path, file })
    }

    /// What stands there, if it is the same file.
    fn look(&self) -> Option<Metadata> {
        stands(&self.path, &self.file)
    }
}

impl Files {
    /// Of the database at `path`, which is open and has been read.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let named = |suffix| Named::new(beside(path, suffix));
        Ok(Self { database: named("")?, log: named("-wal")?, index: named("-shm")? })
    }

    /// Where the database is.
    pub(super) fn path(&self) -> &Path {
        &self.database.path
    }

    /// Gives the length of the write-ahead log.
    ///
    /// # Errors
    /// [`Error::Displaced`] when a file is not where it was.
    pub(super) fn look(&self) -> Result<u64, Error> {
        let moved = "the database's file was removed, moved or replaced";
        let database = self.database.look().ok_or(Error::Displaced(moved))?;
        if database.len() == 0 {
            return Err(Error::Displaced("the database's file was emptied"));
        }
        let log = self.log.look().zip(self.index.look());
        let (log, _) = log.ok_or(Error::Displaced("a log of the database was removed, moved or replaced"))?;
        Ok(log.len())
    }

    fn has_log_head(&self) -> bool {
        let mut head = [0; LOG_MAGIC.len()];
        let read = std::fs::File::open(&self.log.path).and_then(|mut log| log.read_exact(&mut head));
        read.is_ok() && head == LOG_MAGIC
    }
}

impl Identity {
    pub(super) fn new(files: Files, conn: &Connection) -> rusqlite::Result<Self> {
        let page_bytes: i64 = conn.pragma_query_value(None, "page_size", |row| row.get(0))?;
        Ok(Self { files, page_bytes: page_bytes.unsigned_abs(), seen: None, told: false })
    }

    /// Whether it is time to look again.
    pub(super) fn is_stale(&self) -> bool {
        self.seen.is_none_or(|seen| seen.elapsed() >= FRESH)
    }

    /// Looks, and tells the log when what it sees has changed.
    ///
    /// # Errors
    /// [`Error::Displaced`].
    pub(super) fn look(&mut self, conn: &Connection) -> Result<(), Error> {
        let seen = self.files.look().and_then(|log| self.is_whole(log, conn));
        self.seen = seen.is_ok().then(Instant::now);
        let path = self.files.path().display();
        match &seen {
            Err(error) if !self.told => {
                tracing::error!(%path, %error, "nothing is taken: put the file back, or stop the server and start it anew");
            }
            Ok(()) if self.told => {
                tracing::info!(%path, "the files are where they were; work is taken again")
            }
            _ => {}
        }
        self.told = seen.is_err();
        seen
    }

    /// Whether the write-ahead log, of which `there` bytes were seen, is as long as SQLite believes. Other processes make it
    /// longer at any time, and may cut it: they tell SQLite before they do, so that it is asked after the look.
    fn is_whole(&self, there: u64, conn: &Connection) -> Result<(), Error> {
        let count = |row: &rusqlite::Row<'_>| row.get::<_, i64>(1);
        let ask = conn.prepare_cached("PRAGMA wal_checkpoint(NOOP)");
        let pages = ask.and_then(|mut ask| ask.query_row([], count)).map_err(|error| fault::told(&error))?;
        let pages = u64::try_from(pages).unwrap_or_default();
        let needed = if pages == 0 { 0 } else { LOG_HEAD + pages * (PAGE_HEAD + self.page_bytes) };
        // What is written behind a cut makes the log as long as before: its head is missing then.
        if needed == 0 || ((there >= needed || self.files.look()? >= needed) && self.files.has_log_head()) {
            return Ok(());
        }
        Err(Error::Displaced("the write-ahead log was cut short"))
    }
}
