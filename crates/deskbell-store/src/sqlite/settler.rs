//! The settler: a thread beside the writer that has the tables take in what the writer hands over. One transaction takes in many rows,
//! and its sync takes as long as that of a commit: meanwhile the writer goes on in the redo log.
//!
//! Where the write-ahead log has to be moved after that, which takes a sync of many pages, the writer is told first that they have it, and
//! gets the connection when the log is moved.

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

/// What the writer is given back.
pub(super) enum Back {
    /// The tables have taken it in, or not.
    Settled(Box<Settled>),
    /// The connection that writes, where it did not come with that.
    Conn(Connection),
}

/// What was lent, and what became of it.
pub(super) struct Settled {
    /// `None` while the log is moved.
    pub(super) conn: Option<Connection>,
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
    /// Before the log is moved: the writer has taken notice, and reads nothing older, which would keep the log from being moved.
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
                let settled = load.settle(version, &is_alone, &meter);
                // Of another process's writing the writer learns when he has the connection: at once.
                let moves = settled.is_ok() && is_alone.swap(false, Ordering::AcqRel) && mover.is_due();
                let result = settled.inspect_err(|fault| readiness.failed(fault));
                let Load { conn, targets, taken, unwritten } = load;
                let (kept, conn) = if moves { (Some(conn), None) } else { (None, Some(conn)) };
                let settled = Settled { conn, targets, taken, unwritten, result };
                let _ = give.send(Back::Settled(Box::new(settled)));
                (bell.0)();
                let Some(conn) = kept else { continue };
                let _ = notice.recv();
                if cache::version(&conn).is_ok_and(|now| now == version) {
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
        match patience {
            Some(patience) => self.back.recv_timeout(patience),
            None => Ok(self.back.recv()?),
        }
    }

    /// The writer has noticed that the tables have it, and from now on takes what another process writes for that.
    pub(super) fn noticed(&self) {
        if let Some(open) = &self.open {
            let _ = open.noticed.send(());
        }
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
        if settled.is_err() {
            alone.store(false, Ordering::Release);
            if !self.conn.is_autocommit() {
                self.conn.prepare_cached("ROLLBACK")?.execute([])?;
            }
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
