//! The settler: a thread beside the writer that has the tables take in what the writer hands over. One transaction takes in many rows,
//! and its sync takes as long as that of a commit: meanwhile the writer goes on in the redo log.

use super::cache::Unwritten;
use super::fault::Result;
use super::pending::Taken;
use super::readiness::Readiness;
use super::targets::Targets;
use deskbell_core::Alarm;
use deskbell_core::meter::Meter;
use rusqlite::Connection;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::time::Instant;

/// The connection that writes, with what the tables are to take in.
pub(super) struct Load {
    pub(super) conn: Connection,
    pub(super) targets: Targets,
    pub(super) taken: Taken,
    pub(super) unwritten: Unwritten,
}

/// What was lent, but for the connection, and what became of it.
pub(super) struct Back {
    pub(super) targets: Targets,
    pub(super) taken: Taken,
    pub(super) unwritten: Unwritten,
    /// Whether the tables have it, on disk. Otherwise they have nothing of it.
    pub(super) result: Result<()>,
}

/// The thread. Ends with this.
pub(super) struct Settler {
    loads: Option<Sender<Load>>,
    back: Receiver<(Connection, Back)>,
    thread: Option<JoinHandle<()>>,
}

/// Wakes the writer, also at the end, be it a panic.
struct Bell<F: Fn()>(F);

impl<F: Fn()> Drop for Bell<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

impl Settler {
    /// Calls `wake` whenever there is something to be taken back.
    pub(super) fn start(
        wake: impl Fn() + Send + 'static,
        readiness: Arc<Readiness>,
        meter: Arc<Meter>,
        alarm: &Alarm,
    ) -> io::Result<Self> {
        let ((loads, taken), (give, back)) = (mpsc::channel::<Load>(), mpsc::channel());
        let guard = alarm.guard("the settler");
        let settling = move || {
            let (_guard, bell) = (guard, Bell(wake));
            // Dropped before the bell rings for the last time.
            let give = give;
            for mut load in taken {
                let result = load.settle(&meter).inspect_err(|fault| readiness.failed(fault));
                let Load { conn, targets, taken, unwritten } = load;
                let _ = give.send((conn, Back { targets, taken, unwritten, result }));
                (bell.0)();
            }
        };
        let thread = std::thread::Builder::new().name("settler".into()).spawn(settling)?;
        Ok(Self { loads: Some(loads), back, thread: Some(thread) })
    }

    /// Has the tables take this in. When the thread is gone, so is what it was given: the redo log has it.
    pub(super) fn take(&self, load: Load) {
        if let Some(loads) = &self.loads {
            let _ = loads.send(load);
        }
    }

    /// What it gives back, if it does within that time.
    pub(super) fn back(
        &self,
        patience: Option<Duration>,
    ) -> std::result::Result<(Connection, Back), RecvTimeoutError> {
        match patience {
            Some(patience) => self.back.recv_timeout(patience),
            None => Ok(self.back.recv()?),
        }
    }
}

impl Drop for Settler {
    fn drop(&mut self) {
        drop(self.loads.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Load {
    /// One transaction.
    fn settle(&mut self, meter: &Meter) -> Result<()> {
        let settled = self.write(meter);
        if settled.is_err() && !self.conn.is_autocommit() {
            self.conn.prepare_cached("ROLLBACK")?.execute([])?;
        }
        settled
    }

    fn write(&mut self, meter: &Meter) -> Result<()> {
        let Self { conn, targets, taken, unwritten } = self;
        conn.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        taken.apply(conn, targets)?;
        unwritten.write(conn)?;
        let began = Instant::now();
        conn.prepare_cached("COMMIT")?.execute([])?;
        meter.committed(began.elapsed());
        Ok(())
    }
}
