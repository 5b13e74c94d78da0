//! Moves the write-ahead log into the file, on a thread and a connection of its own, so that no commit waits for it.

use super::file::{Rule, connect};
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

/// The log is moved each time it grew by this much.
const STEP_BYTES: u64 = 8 << 20;
/// Past this, writers are held up until the log is empty: it is a bound for the disk and for the time of a restart.
const BOUND_BYTES: u64 = 64 << 20;
/// What the log's file shrinks to when the log starts again. Less than a step, so that its length tells its use.
pub(super) const LOG_KEPT_BYTES: i64 = 4 << 20;

/// The thread. Ends when its bell is dropped.
pub(super) struct Checkpointer(Option<JoinHandle<()>>);

/// What the writer rings after each commit.
pub(super) struct Bell {
    ring: SyncSender<()>,
    log: PathBuf,
    rung_at: u64,
}

impl Checkpointer {
    pub(super) fn start(path: &Path) -> Result<(Self, Bell), Rule> {
        let conn = connect(path)?;
        let mut log = path.as_os_str().to_owned();
        log.push("-wal");
        let log = PathBuf::from(log);
        let (ring, rung) = sync_channel(1);
        let bell = Bell { ring, log: log.clone(), rung_at: 0 };
        let thread =
            std::thread::Builder::new().name("checkpoint".into()).spawn(move || run(&conn, &rung, &log))?;
        Ok((Self(Some(thread)), bell))
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        if let Some(thread) = self.0.take() {
            let _ = thread.join();
        }
    }
}

impl Bell {
    /// Wakes the checkpointer when the log has grown by a step since it was last woken.
    pub(super) fn committed(&mut self) {
        let bytes = length(&self.log);
        if bytes < self.rung_at {
            self.rung_at = 0;
        }
        if bytes >= self.rung_at + STEP_BYTES && self.ring.try_send(()).is_ok() {
            self.rung_at = bytes;
        }
    }
}

fn length(log: &Path) -> u64 {
    std::fs::metadata(log).map_or(0, |file| file.len())
}

fn run(conn: &Connection, rung: &Receiver<()>, log: &Path) {
    while rung.recv().is_ok() {
        checkpoint(conn, "PASSIVE");
        if length(log) > BOUND_BYTES {
            checkpoint(conn, "TRUNCATE");
        }
    }
}

fn checkpoint(conn: &Connection, mode: &str) {
    // A failure costs nothing but room on the disk, and the next step tries again.
    if let Err(error) = conn.pragma(None, "wal_checkpoint", mode, |_| Ok(())) {
        tracing::warn!(%error, mode, "the write-ahead log could not be moved into the file");
    }
}
