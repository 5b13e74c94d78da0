//! Who reads, and waits until the tables have what was on disk when he came. The tables take it in beside the writer, with whatever else there
//! is, so that a read costs the writer no commit, however much is pending.

use crate::sqlite::pending::Pending;
use tokio::sync::oneshot;

/// Each with the last record of the redo log when he came.
#[derive(Default)]
pub(super) struct Reading(Vec<(u64, oneshot::Sender<()>)>);

impl Reading {
    /// Between two commits, when all that was answered is in the log.
    pub(super) fn push(&mut self, caller: oneshot::Sender<()>, pending: &Pending) {
        match pending.ahead() {
            Some(last) => self.0.push((last, caller)),
            None => drop(caller.send(())),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Answers those for whom the tables have enough.
    pub(super) fn answer(&mut self, pending: &Pending) {
        for (_, caller) in self.0.extract_if(.., |(last, _)| pending.have(*last)) {
            // Whoever went away needs no answer.
            let _ = caller.send(());
        }
    }

    /// The tables could not take it in: nobody waits for another try.
    pub(super) fn refused(&mut self) {
        for (_, caller) in self.0.drain(..) {
            let _ = caller.send(());
        }
    }
}
