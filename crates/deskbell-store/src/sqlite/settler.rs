//! The settler: a thread beside the writer that has the tables take in what the writer hands over. One transaction takes in many rows,
//! and its sync takes as long as that of a commit: meanwhile the writer goes on in the redo log.
//!
//! The writer is told at once when they have it. The connection comes after that, for the write-ahead log may have to be moved first.

use super::cache::{self, Unwritten};
use super::checkpoint::Mover;
use super::fault::Result;
use super::pending::Taken;
use super::readiness::Readiness;
use super::targets::Targets;
use deskbell_core::Alarm;
use deskbell_core::meter::Meter;
use rusqlite::Connection;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
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

/// What the writer is given back, in this order.
pub(super) enum Back {
    /// The tables have taken it in, or not.
    Settled(Settled),
    /// The connection that writes.
    Conn(Connection),
}

/// What was lent, but for the connection, and what became of it.
pub(super) struct Settled {
    pub(super) targets: Targets,
    pub(super) taken: Taken,
    pub(super) unwritten: Unwritten,
    /// Whether the tables have it, on disk. Otherwise they have nothing of it.
    pub(super) result: Result<()>,
}

/// The thread. Ends with this.
pub(super) struct Settler {
    /// Dropped first of all: the thread ends when it is given nothing more.
    open: Option<Open>,
    back: Receiver<Back>,
    alone: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// What the thread waits for.
struct Open {
    /// With what the tables are, as the connection that writes sees it.
    loads: Sender<(Load, i64)>,
    /// The writer has taken notice, and reads nothing older than what the tables have now: it would keep the log from being moved.
    noticed: Sender<()>,
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
        mover: Mover,
        readiness: Arc<Readiness>,
        meter: Arc<Meter>,
        alarm: &Alarm,
    ) -> io::Result<Self> {
        let ((loads, taken), (give, back)) = (mpsc::channel::<(Load, i64)>(), mpsc::channel());
        let (noticed, notice) = mpsc::channel();
        let (alone, guard) = (Arc::<AtomicBool>::default(), alarm.guard("the settler"));
        let is_alone = Arc::clone(&alone);
        let settling = move || {
            let (_guard, bell) = (guard, Bell(wake));
            // Dropped before the bell rings for the last time.
            let give = give;
            for (mut load, version) in taken {
                let result = load.settle(version, &is_alone, &meter);
                is_alone.store(false, Ordering::Release);
                let result = result.inspect_err(|fault| readiness.failed(fault));
                let Load { conn, targets, taken, unwritten } = load;
                let _ = give.send(Back::Settled(Settled { targets, taken, unwritten, result }));
                (bell.0)();
                let _ = notice.recv();
                if mover.is_due() {
                    mover.finish(&conn);
                }
                let _ = give.send(Back::Conn(conn));
                (bell.0)();
            }
        };
        let thread = std::thread::Builder::new().name("settler".into()).spawn(settling)?;
        Ok(Self { open: Some(Open { loads, noticed }), back, alone, thread: Some(thread) })
    }

    /// Has the tables, which the connection sees at that version, take this in. When the thread is gone, so is what it was given: the redo
    /// log has it.
    pub(super) fn take(&self, load: Load, version: i64) {
        if let Some(open) = &self.open {
            let _ = open.loads.send((load, version));
        }
    }

    /// Whether the transaction goes on, and nobody has written since the tables were given. Then nobody else can.
    pub(super) fn is_alone(&self) -> bool {
        self.alone.load(Ordering::Acquire)
    }

    /// What it gives back next, if it does within that time. Call it while nothing is read.
    pub(super) fn back(&self, patience: Option<Duration>) -> std::result::Result<Back, RecvTimeoutError> {
        let back = match patience {
            Some(patience) => self.back.recv_timeout(patience)?,
            None => self.back.recv()?,
        };
        if let (Back::Settled(_), Some(open)) = (&back, &self.open) {
            let _ = open.noticed.send(());
        }
        Ok(back)
    }
}

impl Drop for Settler {
    fn drop(&mut self) {
        drop(self.open.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Load {
    /// One transaction. `alone` once it is begun, if the tables are still at that version.
    fn settle(&mut self, version: i64, alone: &AtomicBool, meter: &Meter) -> Result<()> {
        let settled = self.write(version, alone, meter);
        if settled.is_err() && !self.conn.is_autocommit() {
            alone.store(false, Ordering::Release);
            self.conn.prepare_cached("ROLLBACK")?.execute([])?;
        }
        settled
    }

    fn write(&mut self, version: i64, alone: &AtomicBool, meter: &Meter) -> Result<()> {
        let Self { conn, targets, taken, unwritten } = self;
        conn.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        alone.store(cache::version(conn)? == version, Ordering::Release);
        taken.apply(conn, targets)?;
        unwritten.write(conn)?;
        let began = Instant::now();
        conn.prepare_cached("COMMIT")?.execute([])?;
        meter.committed(began.elapsed());
        Ok(())
    }
}
