//! Moves the write-ahead log into the file, on a thread and a connection of its own, so that no commit waits for it.

use super::file::{Rule, connect};
use rusqlite::Connection;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

/// The log is moved each time it grew by this many pages: 8 MiB.
const STEP_PAGES: u32 = 1_024;
/// Past this, writers are held up until the log can start again: 64 MiB, a bound for the disk and for the time of a
/// restart.
const BOUND_PAGES: u32 = 8 * STEP_PAGES;
/// A log that grew past its bound is cut to it when it starts again. Cutting it to less would make a commit wait for the
/// file system again and again, and save nothing: the log grows back at once.
pub(super) const LOG_KEPT_BYTES: i64 = 64 << 20;

/// The thread. Ends when its hook is dropped.
pub(super) struct Checkpointer(Option<JoinHandle<()>>);

/// What rings after each commit.
pub(super) struct WalHook {
    wake: SyncSender<()>,
    /// Pages in the log now.
    pages: Arc<AtomicU32>,
    woken_at: u32,
}

impl Checkpointer {
    pub(super) fn start(path: &Path) -> Result<(Self, WalHook), Rule> {
        let conn = connect(path)?;
        let (wake, woken) = sync_channel(1);
        let hook = WalHook { wake, pages: Arc::default(), woken_at: 0 };
        let pages = Arc::clone(&hook.pages);
        let thread = std::thread::Builder::new()
            .name("checkpoint".into())
            .spawn(move || run(&conn, &woken, &pages))?;
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
    /// Wakes the checkpointer when the log, which now has `pages`, has grown by a step since it was last woken.
    pub(super) fn committed(&mut self, pages: u32) {
        self.pages.store(pages, Ordering::Relaxed);
        if pages < self.woken_at {
            self.woken_at = 0;
        }
        if pages >= self.woken_at + STEP_PAGES && self.wake.try_send(()).is_ok() {
            self.woken_at = pages;
        }
    }
}

fn run(conn: &Connection, woken: &Receiver<()>, pages: &AtomicU32) {
    while woken.recv().is_ok() {
        checkpoint(conn, "PASSIVE");
        if pages.load(Ordering::Relaxed) > BOUND_PAGES {
            checkpoint(conn, "RESTART");
        }
    }
}

fn checkpoint(conn: &Connection, mode: &str) {
    // A failure costs nothing but room on the disk, and the next step tries again.
    if let Err(error) = conn.pragma(None, "wal_checkpoint", mode, |_| Ok(())) {
        tracing::warn!(%error, mode, "the write-ahead log could not be moved into the file");
    }
}
