//! The end of a transaction: from its commit until it is on disk, and what goes out then.
//!
//! **An account is locked for what is done to it, and not for the disk.** The database keeps a transaction's locks until its `COMMIT` is
//! answered. So that is answered at once, and behind it on the same connection goes a [commit that waits](super::super::client::Client::flush):
//! it is on disk, and on the standbys that are waited for, only after all that stands before it in the log. Nobody is told of the transaction,
//! and nothing goes out, before that is answered. If it is not, the transaction is [in doubt](doubt), as one whose `COMMIT` was not answered: a
//! database that crashed meanwhile may have lost it. What others read of it meanwhile, they may have read of something that will
//! not have been; whatever they write is behind it in the log, and on disk only with it. What must not be taken back once it was seen
//! [waits itself](super::Tx::wait_for_disk).

use super::Outbox;
use crate::postgres::Database;
use crate::postgres::client::Flush;
use crate::postgres::connections::Held;
use crate::postgres::doubt::{self, Doubted};
use crate::postgres::fault::{Fault, Result};
use crate::postgres::machine::{InLine, Joined, Machine};
use crate::postgres::spot::Spot;
use deskbell_core::delivery::LeaseToken;
use deskbell_core::store::{self, Error};
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// A transaction on its way to the disk. It goes on when nobody waits for it.
#[derive(Debug, Default)]
#[must_use = "until then nobody may be told"]
pub(in crate::postgres) struct Durable(Option<JoinHandle<store::Result<()>>>);

impl Durable {
    /// Waits until it is there.
    ///
    /// # Errors
    /// It was lost, or nobody can say.
    pub(in crate::postgres) async fn wait(self) -> store::Result<()> {
        match self.0 {
            Some(ending) => ending.await.unwrap_or_else(|error| Err(Error::Unavailable(error.to_string()))),
            None => Ok(()),
        }
    }
}

/// What is left to be done of a transaction whose `COMMIT` was sent.
pub(super) struct Ending {
    pub(super) database: Arc<Database>,
    pub(super) joined: Arc<Joined>,
    /// This machine, if it has joined.
    pub(super) machine: Option<Machine>,
    pub(super) doubted: Doubted,
    /// What this machine holds with it.
    pub(super) leases: Vec<(Spot, LeaseToken)>,
    pub(super) outbox: Outbox,
    /// Where what goes out has an order.
    pub(super) line: Option<InLine>,
    /// When the commit was sent.
    pub(super) sent: Instant,
}

impl Ending {
    /// The same on its way to the disk, with its connection and the [place](crate::postgres::connections::Connections::flush) of that.
    pub(super) fn follow(self, flush: Flush, held: Held, place: Option<OwnedSemaphorePermit>) -> Durable {
        Durable(Some(tokio::spawn(async move {
            let flushed = flush.done().await.inspect_err(|error| held.look(error));
            let database = Arc::clone(&self.database);
            let ended = match flushed {
                Ok(()) => {
                    held.free();
                    drop(place);
                    self.end(Ok(())).await
                }
                // Who asks needs a connection, in the place of this one.
                Err(error) => {
                    drop(held);
                    self.doubt(error.into()).await
                }
            };
            Ok(ended.inspect_err(|fault| database.failed(fault))?)
        })))
    }

    /// Its `COMMIT` waited itself, or failed.
    pub(super) async fn answered(self, committed: Result<()>) -> Result<Durable> {
        let ended = match committed {
            Err(fault) if fault.is_silence() => self.doubt(fault).await,
            committed => self.end(committed).await,
        };
        ended.map(|()| Durable::default())
    }

    async fn doubt(mut self, failure: Fault) -> Result<()> {
        let leases = std::mem::take(&mut self.leases);
        let resolved = doubt::resolve(&self.database, &self.joined, &self.doubted, leases, failure).await;
        self.end(resolved).await
    }

    async fn end(self, durable: Result<()>) -> Result<()> {
        let Self { database, joined, machine, mut outbox, mut line, sent, .. } = self;
        let took = sent.elapsed();
        if let Some(line) = &mut line {
            line.turn().await;
        }
        durable?;
        database.meter.committed(took);
        database.readiness.committed();
        if let Some(generation) = outbox.generation {
            database.generation.see(generation);
        }
        database.notices.tell_of(&mut outbox, machine.is_some());
        // One that joined meanwhile may have looked too early for what came to be due.
        let machine = machine.or_else(|| joined.machine());
        outbox.send(machine.as_ref(), &database.meter);
        Ok(())
    }
}
