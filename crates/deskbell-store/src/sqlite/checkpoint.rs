//! Moves the write-ahead log into the file, so that the log can begin again at its start.
//!
//! Every checkpoint is a passive one: it waits for no reader and holds no lock that a writer needs. The bulk is moved by a
//! thread with a connection of its own, beside the commits. What came meanwhile, whoever commits moves itself after a commit,
//! when it holds no lock: then all of the log is in the file for a moment, and the next transaction begins at the log's start.
//! Who was to be answered has his answer by then.
//! While somebody reads an older state the log cannot begin again: it grows by what is written meanwhile, and nobody waits.

use super::file::{Rule, connect};
use super::readiness::Readiness;
use deskbell_core::Alarm;
use rusqlite::hooks::Wal;
use rusqlite::wal::CheckpointMode;
use rusqlite::{Connection, ErrorCode, Result};
use std::ffi::c_int;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};
use std::thread::JoinHandle;
use std::time::Duration;

/// The thread moves the log each time it grew by this many pages: 8 MiB.
const STEP_PAGES: u32 = 1_024;
/// And when it was not asked to for so long: a server that nobody calls has all of its log in the file.
pub(super) const IDLE: Duration = Duration::from_secs(5);
/// From here on whoever commits moves what the thread has left, if that is no more than a step: 32 MiB.
const SOON_PAGES: u32 = BOUND_PAGES / 2;
/// Past this he waits for the thread and moves what is left: 64 MiB, a bound for the disk and for the time of a restart.
const BOUND_PAGES: u32 = 8 * STEP_PAGES;
/// How much the log has to grow before he tries again: somebody may still read.
const AGAIN_PAGES: u32 = STEP_PAGES / 8;
/// A log that grew past its bound is cut to it when it starts again. Cutting it to less would make a commit wait for the
/// file system again and again, and save nothing: the log grows back at once.
pub(super) const LOG_KEPT_BYTES: i64 = 64 << 20;

/// The thread. Ends when its hook is dropped.
pub(super) struct Checkpointer(Option<JoinHandle<()>>);

/// What the thread and those who commit know of the log.
#[derive(Default)]
struct Log {
    /// Pages in it.
    pages: AtomicU32,
    /// How many of them are in the file.
    moved: AtomicU32,
    /// How many there were when whoever commits last moved some.
    tried_at: AtomicU32,
    /// Whose turn it is to move.
    turn: Mutex<()>,
}

/// What rings after each commit.
pub(super) struct WalHook {
    wake: SyncSender<()>,
    log: Arc<Log>,
    woken_at: u32,
}

/// Moves what is left of the log after a commit.
#[derive(Clone, Default)]
pub(super) struct Mover(Arc<Log>);

impl Checkpointer {
    /// Moves what little there is when nothing was asked of it for `idle`.
    pub(super) fn start(
        path: &Path,
        idle: Duration,
        alarm: &Alarm,
    ) -> std::result::Result<(Self, WalHook), Rule> {
        let conn = connect(path)?;
        let (wake, woken) = sync_channel(1);
        let hook = WalHook { wake, log: Arc::default(), woken_at: 0 };
        let (log, guard) = (Arc::clone(&hook.log), alarm.guard("the checkpointer"));
        let thread = std::thread::Builder::new().name("checkpoint".into()).spawn(move || {
            let _guard = guard;
            run(&conn, &woken, idle, &log);
        })?;
        Ok((Self(Some(thread)), hook))
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        if let Some(thread) = self.0.take() {
            let _ = thread.join();
        }
    }
}

impl WalHook {
    /// Rings after each commit on `conn`, the only one of this process that writes, and tells `readiness`: SQLite rings for what
    /// is on disk, and not for a transaction that wrote nothing. Whoever commits moves the log with what this gives.
    pub(super) fn install(mut self, conn: &mut Connection, readiness: Arc<Readiness>) -> Result<Mover> {
        let mover = Mover(Arc::clone(&self.log));
        conn.wal_hook(Some(move |_: &mut Wal, pages| {
            readiness.committed();
            self.committed(u32::try_from(pages).unwrap_or_default());
            Ok(())
        }))?;
        Ok(mover)
    }

    /// Wakes the thread when the log, which now has `pages`, has grown by a step since it was last woken.
    pub(super) fn committed(&mut self, pages: u32) {
        if pages < self.log.pages.swap(pages, Ordering::Relaxed) {
            // It began again.
            self.woken_at = 0;
            self.log.tried_at.store(0, Ordering::Relaxed);
            self.log.moved.store(0, Ordering::Relaxed);
        }
        if pages >= self.woken_at + STEP_PAGES && self.wake.try_send(()).is_ok() {
            self.woken_at = pages;
        }
    }
}

impl Mover {
    /// Whether something is to be moved, now that a transaction has ended.
    pub(super) fn is_due(&self) -> bool {
        let read = |pages: &AtomicU32| pages.load(Ordering::Relaxed);
        let (pages, tried_at) = (read(&self.0.pages), read(&self.0.tried_at));
        let left = pages.saturating_sub(read(&self.0.moved));
        let few = left <= if pages > BOUND_PAGES { BOUND_PAGES } else { STEP_PAGES };
        pages > SOON_PAGES && few && pages >= tried_at + AGAIN_PAGES
    }

    /// Moves it by `conn`, the connection that writes, outside of a transaction, and syncs the file: that can take a tenth of a second.
    pub(super) fn finish(&self, conn: &Connection) {
        let Self(log) = self;
        let pages = log.pages.load(Ordering::Relaxed);
        let turn = match log.turn.try_lock() {
            Ok(turn) => turn,
            Err(TryLockError::WouldBlock) if pages <= BOUND_PAGES => return,
            Err(_) => log.turn.lock().unwrap_or_else(PoisonError::into_inner),
        };
        log.tried_at.store(pages, Ordering::Relaxed);
        log.moved(conn.wal_checkpoint_v2(None::<&str>, CheckpointMode::PASSIVE));
        drop(turn);
    }
}

#[cfg(test)]
impl Mover {
    /// One that has something to move, once.
    pub(super) fn due() -> Self {
        let (pages, moved) = (AtomicU32::new(SOON_PAGES + 1), AtomicU32::new(SOON_PAGES + 1));
        Self(Arc::new(Log { pages, moved, ..Log::default() }))
    }
}

fn run(conn: &Connection, woken: &Receiver<()>, idle: Duration, log: &Log) {
    let mut told = false;
    loop {
        match woken.recv_timeout(idle) {
            Ok(()) => {}
            Err(RecvTimeoutError::Timeout) => {
                if log.pages.load(Ordering::Relaxed) == log.moved.load(Ordering::Relaxed) {
                    continue;
                }
            }
            Err(RecvTimeoutError::Disconnected) => return,
        }
        let turn = log.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let held = log.moved(conn.wal_checkpoint_v2(None::<&str>, CheckpointMode::PASSIVE));
        drop(turn);
        if held && !told {
            tracing::warn!(
                "something has read the database for long (a backup, a shell): the write-ahead log grows until it ends"
            );
        }
        told = held;
    }
}

impl Log {
    /// What a checkpoint gave. Says whether somebody who reads keeps a long log from being moved.
    fn moved(&self, done: Result<(c_int, c_int)>) -> bool {
        match done {
            Ok((pages, moved)) => {
                self.moved.store(u32::try_from(moved).unwrap_or_default(), Ordering::Relaxed);
                moved < pages && u32::try_from(pages).is_ok_and(|pages| pages > BOUND_PAGES)
            }
            // Another process is at it.
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => false,
            Err(error) => {
                // It costs nothing but room on the disk, and the next step tries again.
                tracing::warn!(%error, "the write-ahead log could not be moved into the file");
                false
            }
        }
    }
}
