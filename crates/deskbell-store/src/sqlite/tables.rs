//! The connection that writes the tables. There is one, so that SQLite tells exactly whether anybody else wrote. It is here, or lent
//! to the [settler](super::settler); then the writer reads with another one.

use super::cache;
use super::fault::{Fault, Result};
use super::settler::{Back, Load, Settler};
use deskbell_core::store::Error;
use rusqlite::Connection;
use std::cell::{Cell, OnceCell};
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;
use tokio::time::Instant;

pub(super) struct Tables {
    /// The one that writes, unless it is lent.
    home: OnceCell<Connection>,
    reader: Connection,
    settler: Settler,
    lent: Cell<bool>,
    /// Whether there is a snapshot, of the connection that is read.
    snapshot: Cell<bool>,
    /// What the tables were, as the reader sees it, when they were lent.
    version: i64,
    /// When they were lent last.
    since: Instant,
}

impl Tables {
    pub(super) fn new([writing, reader]: [Connection; 2], settler: Settler) -> Self {
        Self {
            home: writing.into(),
            reader,
            settler,
            lent: Cell::new(false),
            snapshot: Cell::new(false),
            version: 0,
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

    /// Whether anybody wrote since they were lent: the settler, who is about to give them back, or another process, of whose
    /// writing nothing is known before that.
    pub(super) fn have_changed(&self) -> Result<bool> {
        Ok(self.is_lent() && cache::version(&self.reader)? != self.version)
    }

    /// Lends them with what they are to take in.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when they are not here.
    pub(super) fn lend(&mut self, load: impl FnOnce(Connection) -> Load) -> Result<()> {
        self.version = cache::version(&self.reader)?;
        let conn = self.home.take().ok_or_else(gone)?;
        self.lent.set(true);
        self.since = Instant::now();
        self.settler.take(load(conn));
        Ok(())
    }

    /// Waits for as long as that for the settler to give them back, and gives what became of it; `None` when they are not lent, or
    /// not back yet.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the settler is no more.
    pub(super) fn back(&self, patience: Option<Duration>) -> Result<Option<Back>> {
        if !self.is_lent() {
            return Ok(None);
        }
        self.end_snapshot()?;
        match self.settler.back(patience) {
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => {
                self.lent.set(false);
                Err(gone())
            }
            Ok((conn, back)) => {
                self.lent.set(false);
                // It is empty: there is one such connection.
                let _ = self.home.set(conn);
                Ok(Some(back))
            }
        }
    }
}

fn gone() -> Fault {
    Error::Unavailable("the thread that brings the tables up to date is gone".into()).into()
}
