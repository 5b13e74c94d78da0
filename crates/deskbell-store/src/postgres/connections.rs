//! The connections of a process: a few for reads and a few for writes, for which accounts take [turns](Turns). An account is written by one
//! transaction at a time anyway, for its lock says so: with the turns the others wait here, and not on all the connections that there are.
//! A turn ends with the commit. Until it is on disk the transaction keeps its connection, for which there are more places than turns; where
//! they are full, turns wait for the disk.

use super::Database;
use super::client::Client;
use super::client::Object;
use super::fault::{Fault, Result};
use crate::turns::{Turn, Turns, WAITING};
use deskbell_core::id::AccountId;
use deskbell_core::store::Error;
use deskbell_core::usage::{Resource, Usage};
use std::ops::Deref;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// Reads at the same time, and those of one account among them.
const READS: usize = 4;
const READS_OF_ACCOUNT: usize = READS / 2;
/// Reads of one account that may wait: more than its streams make together.
const READS_WAITING_OF_ACCOUNT: usize = 1_024;
/// Writes at the same time.
const WRITES: usize = 4;
/// Transactions that are committed and on their way to the disk, beside these.
const FLUSHES: usize = 4;
/// Those of the tester beside them: a flood of captured requests holds up nothing else of its account.
const CAPTURES: usize = 2;
/// Connections of one process at most, beside the one of its notices. One is for short looks of its own, which nobody's turn is.
pub(super) const CONNECTIONS: usize = READS + WRITES + FLUSHES + CAPTURES + 1;

/// Whose turn it is.
pub(super) struct Connections {
    reads: Turns,
    writes: Turns,
    captures: Turns,
    flushes: Arc<Semaphore>,
}

/// Of what a transaction writes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Side {
    /// All but the tester's.
    Main,
    /// Inboxes and what they captured.
    Tester,
}

/// A connection for statements that stand alone, until it is dropped.
pub(super) struct Reading {
    conn: Object,
    began: Instant,
    usage: Arc<Usage>,
    turn: Turn,
}

impl Connections {
    pub(super) fn new() -> Self {
        Self {
            reads: Turns::new(READS, READS_OF_ACCOUNT, READS_WAITING_OF_ACCOUNT),
            writes: Turns::new(WRITES, 1, WAITING),
            captures: Turns::new(CAPTURES, 1, WAITING),
            flushes: Arc::new(Semaphore::new(WRITES + FLUSHES)),
        }
    }

    /// The turn of a read for an account, or for none.
    pub(super) async fn read(&self, account: Option<&AccountId>) -> Result<Turn> {
        Ok(self.reads.take(account).await?)
    }

    /// The turn of a transaction that writes for an account, or for none.
    pub(super) async fn write(&self, side: Side, account: Option<&AccountId>) -> Result<Turn> {
        let turns = match side {
            Side::Main => &self.writes,
            Side::Tester => &self.captures,
        };
        Ok(turns.take(account).await?)
    }

    /// A place for a transaction until it is on disk, which may be after its turn is over. `None` of the tester's, whose turns last for as long.
    pub(super) async fn flush(&self, side: Side) -> Option<OwnedSemaphorePermit> {
        match side {
            Side::Main => Arc::clone(&self.flushes).acquire_owned().await.ok(),
            Side::Tester => None,
        }
    }
}

impl Database {
    /// A connection to read for an account, or for none, when its turn has come.
    pub(super) async fn read(&self, account: Option<&AccountId>) -> Result<Reading> {
        let turn = self.connections.read(account).await?;
        let conn = self.connection().await?;
        Ok(Reading { conn, began: Instant::now(), usage: Arc::clone(self.meter.usage()), turn })
    }
}

impl Deref for Reading {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.conn
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.usage.note_time(Resource::Readers, self.turn.account(), self.began.elapsed());
    }
}

/// A connection that is in a transaction. One that is dropped in the midst of it is closed, and never used by another call.
pub(super) struct Held(Option<Object>);

impl Held {
    pub(super) fn of(conn: Object) -> Self {
        Self(Some(conn))
    }

    pub(super) fn conn(&self) -> Result<&Client> {
        Ok(self.0.as_ref().ok_or_else(gone)?)
    }

    /// Takes notice of what a connection says that failed.
    pub(super) fn look(&self, error: &tokio_postgres::Error) {
        if let Some(conn) = &self.0 {
            conn.look(error);
        }
    }

    /// It is in no transaction any more.
    pub(super) fn free(mut self) {
        if let Some(conn) = self.0.take() {
            conn.end();
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(conn) = self.0.take() {
            drop(Object::take(conn));
        }
    }
}

fn gone() -> Fault {
    Error::Unavailable("the connection is gone".into()).into()
}
