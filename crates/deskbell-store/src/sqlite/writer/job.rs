//! A job of the writer's, and whose it is.

use crate::sqlite::fault::{Fault, Result};
use crate::sqlite::transaction::Transaction;
use deskbell_core::id::AccountId;
use deskbell_core::store::{self, Error};
use deskbell_core::usage::{Resource, Usage};
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tokio::time::Instant;

/// A job, and the account that it is for; `None` for the machine's own.
pub(super) struct Ticket {
    pub(super) account: Option<AccountId>,
    pub(super) job: Box<dyn Job>,
}

impl Ticket {
    /// Does the work, and notes how long its account had the writer for it.
    pub(super) fn run(&mut self, tx: &mut Transaction<'_>, usage: &Usage) -> bool {
        let began = Instant::now();
        let done = self.job.run(tx);
        usage.note_time(Resource::Writer, self.account.as_ref(), began.elapsed());
        done
    }
}

pub(super) trait Job: Send {
    /// Does the work; `false` when it failed, and its changes must go.
    fn run(&mut self, tx: &mut Transaction<'_>) -> bool;
    /// Does not do it, for this reason.
    fn refuse(&mut self, fault: Fault);
    /// Whether it is a step of the hot path: it settles by itself where it must, and what it [pushes](Transaction::push) is taken back if it
    /// fails. One that fails after it settled fails its batch.
    fn is_step(&self) -> bool;
    /// Tells the caller, after the commit; `failed` is why nothing of the batch was kept.
    fn answer(self: Box<Self>, failed: Option<&Error>);
}

pub(super) struct Work<F, T> {
    pub(super) work: Option<F>,
    pub(super) step: bool,
    pub(super) done: Option<Result<T>>,
    pub(super) caller: oneshot::Sender<store::Result<T>>,
    /// Its place among those that may wait, until it is answered.
    pub(super) _room: OwnedSemaphorePermit,
}

impl<T: Send, F: FnOnce(&mut Transaction<'_>) -> Result<T> + Send> Job for Work<F, T> {
    fn run(&mut self, tx: &mut Transaction<'_>) -> bool {
        self.done = self.work.take().map(|work| work(tx));
        matches!(self.done, Some(Ok(_)))
    }

    fn refuse(&mut self, fault: Fault) {
        self.done = Some(Err(fault));
    }

    fn is_step(&self) -> bool {
        self.step
    }

    fn answer(self: Box<Self>, failed: Option<&Error>) {
        let answer = match (self.done, failed) {
            (Some(Err(fault)), _) => Err(fault.into()),
            (_, Some(error)) => Err(error.again()),
            (Some(Ok(value)), None) => Ok(value),
            (None, None) => Err(Error::Unavailable("the job was not run".into())),
        };
        // A caller who went away loses the answer, not the work.
        let _ = self.caller.send(answer);
    }
}
