//! Who reads, and waits until the tables have what was on disk when he came. The tables take it in beside the writer, with whatever else there
//! is, so that a read costs the writer no commit, however much is pending.

use crate::sqlite::pending::Pending;
use tokio::sync::oneshot;

#[derive(Default)]
pub(super) struct Reading(Vec<Reader>);

struct Reader {
    caller: oneshot::Sender<()>,
    /// The last record of the redo log when he came.
    last: u64,
    /// How often the tables had taken nothing in by then.
    refusals: u64,
}

impl Reading {
    /// Between two commits, when all that was answered is in the log.
    pub(super) fn push(&mut self, caller: oneshot::Sender<()>, pending: &Pending) {
        match pending.ahead() {
            Some(last) => self.0.push(Reader { caller, last, refusals: pending.refusals() }),
            None => drop(caller.send(())),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Answers those for whom the tables have enough, and those who came before the tables last took nothing in: nobody waits for another try.
    pub(super) fn answer(&mut self, pending: &Pending) {
        let done = |reader: &Reader| pending.have(reader.last) || pending.refusals() > reader.refusals;
        for Reader { caller, .. } in self.0.extract_if(.., |reader| done(reader) || reader.caller.is_closed())
        {
            // Whoever went away needs no answer.
            let _ = caller.send(());
        }
    }
}
