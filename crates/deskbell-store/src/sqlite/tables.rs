//! The connection that writes the tables. There is one, so that SQLite tells exactly whether anybody else wrote. It is here, or lent
//! to the [settler](super::settler); then the writer reads with another one.

use super::cache;
use super::checkpoint::Mover;
use super::fault::{Fault, Result};
use super::pending;
use super::settler::{Back, Load, Settled, Settler};
use deskbell_core::store::Error;
use rusqlite::Connection;
use std::cell::{Cell, OnceCell};
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;
use tokio::time::Instant;

/// What connects the writer with the file.
pub(super) struct Connections {
    pub(super) writing: Connection,
    pub(super) reader: Connection,
    /// With the hook of `writing`.
    pub(super) mover: Mover,
}

pub(super) struct Tables {
    /// The one that writes, unless it is lent.
    home: OnceCell<Connection>,
    reader: Connection,
    settler: Settler,
    /// Moves the log after a transaction of the writer's own.
    mover: Mover,
    lent: Cell<bool>,
    /// Whether there is a snapshot, of the connection that is read.
    snapshot: Cell<bool>,
    /// What the tables were, as the reader sees it, when they were lent, or when it was told that they had taken in what they were lent with.
    version: Cell<i64>,
    /// The last record of the redo log that they have once they took in what they were lent with.
    applied: Option<u64>,
    /// When they were lent last.
    since: Instant,
}

impl Tables {
    pub(super) fn new(connections: Connections, settler: Settler) -> Self {
        let Connections { writing, reader, mover } = connections;
        Self {
            home: writing.into(),
            reader,
            settler,
            mover,
            lent: Cell::new(false),
            snapshot: Cell::new(false),
            version: Cell::new(0),
            applied: None,
            since: Instant::now(),
        }
    }

    /// The connection that writes, or while it is lent one that reads.
    pub(super) fn conn(&self) -> &Connection {
        self.home.get().unwrap_or(&self.reader)
    }

    /// The connection that writes.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when it is not here.
    pub(super) fn writing(&self) -> Result<&Connection> {
        self.home.get().ok_or_else(gone)
    }

    /// Every connection that is here.
    #[cfg(feature = "memory")]
    pub(super) fn all(&self) -> impl Iterator<Item = &Connection> {
        self.home.get().into_iter().chain([&self.reader])
    }

    /// Begins a snapshot, unless a transaction writes: until it [ends](Self::end_snapshot) all that is read is read of one state of the
    /// tables, under one lock and not one for each row.
    pub(super) fn begin_snapshot(&self) -> Result<()> {
        let conn = self.conn();
        if conn.is_autocommit() {
            conn.prepare_cached("BEGIN")?.execute([])?;
            self.snapshot.set(true);
        }
        Ok(())
    }

    /// Ends the snapshot, if there is one: before the tables are written, and before they are waited for. Nobody waits for anything while
    /// it lasts: it keeps the log from being moved.
    pub(super) fn end_snapshot(&self) -> Result<()> {
        // SQLite ends it by itself where the disk fails. Nothing was written, and a commit fails where a page that was read is damaged.
        if self.snapshot.get() && !self.conn().is_autocommit() {
            self.conn().prepare_cached("ROLLBACK")?.execute([])?;
        }
        self.snapshot.set(false);
        Ok(())
    }

    pub(super) fn is_lent(&self) -> bool {
        self.lent.get()
    }

    /// For how long they have been lent; `None` when they are here.
    pub(super) fn lent_for(&self) -> Option<Duration> {
        self.is_lent().then(|| self.since.elapsed())
    }

    /// Whether anybody wrote since they were lent: the settler, who is about to say so, or another process, of whose writing nothing is known
    /// before they are back.
    pub(super) fn have_changed(&self) -> Result<bool> {
        if !self.is_lent() {
            return Ok(false);
        }
        let version = cache::version(&self.reader)?;
        if version == self.version.get() {
            return Ok(false);
        }
        // SQLite tells of it too when the settler's transaction has the write-ahead log begin again at its start.
        if self.settler.is_alone()
            && let Some(applied) = self.applied
            && pending::position(&self.reader)?.applied < applied
        {
            self.version.set(version);
            return Ok(false);
        }
        Ok(true)
    }

    /// Lends them with what they are to take in.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when they are not here.
    pub(super) fn lend(&mut self, load: impl FnOnce(Connection) -> Load) -> Result<()> {
        // In this order: what the reader does not see yet, the settler finds changed.
        let version = cache::version(self.writing()?)?;
        self.version.set(cache::version(&self.reader)?);
        let load = load(self.home.take().ok_or_else(gone)?);
        self.lent.set(true);
        self.since = Instant::now();
        self.applied = load.taken.applied();
        self.settler.take(load, version);
        Ok(())
    }

    /// Waits for as long as that for the settler to give something back. Tells what became of what they were lent with, once; while the log is
    /// moved they are still lent after that.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the settler is no more.
    pub(super) fn back(&self, patience: Option<Duration>) -> Result<Returned> {
        if !self.is_lent() {
            return Ok(Returned::Nothing);
        }
        self.end_snapshot()?;
        match self.settler.back(patience) {
            Err(RecvTimeoutError::Timeout) => Ok(Returned::Nothing),
            Err(RecvTimeoutError::Disconnected) => {
                self.lent.set(false);
                Err(gone())
            }
            Ok(Back::Settled(mut settled)) => {
                if let Some(conn) = settled.conn.take() {
                    self.came_home(conn);
                } else {
                    // Where it cannot be read, the tables are said to have changed, and waited for.
                    if let Ok(version) = cache::version(&self.reader) {
                        self.version.set(version);
                    }
                    self.settler.noticed();
                }
                Ok(Returned::Settled(settled))
            }
            Ok(Back::Conn(conn)) => {
                self.came_home(conn);
                Ok(Returned::Home)
            }
        }
    }

    fn came_home(&self, conn: Connection) {
        self.lent.set(false);
        // It is empty: there is one such connection.
        let _ = self.home.set(conn);
    }

    /// Moves the log after a transaction of the writer's own, if that is due and the tables are here.
    pub(super) fn move_log(&self) {
        if let Some(conn) = self.home.get().filter(|_| self.mover.is_due()) {
            self.mover.finish(conn);
        }
    }
}

/// What came back.
pub(super) enum Returned {
    Nothing,
    Settled(Box<Settled>),
    /// The tables are here.
    Home,
}

fn gone() -> Fault {
    Error::Unavailable("the thread that brings the tables up to date is gone".into()).into()
}
