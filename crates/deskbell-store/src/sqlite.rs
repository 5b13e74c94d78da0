//! The contract on SQLite: the embedded default.
//!
//! Two files: the main one, and beside it the tester's own (`<stem>-tester.db`), so that a flood of captured requests
//! cannot touch the deliveries. Each [`File`] has one writer with its settler, a few readers and a checkpointer.

mod account;
mod attempt;
mod booking;
mod cache;
mod capture;
mod change_feed;
mod check;
mod checkpoint;
mod claim;
mod columns;
mod conversation;
mod copy;
mod delivery;
mod due;
mod entry;
mod event;
mod fault;
mod file;
mod generation;
mod history;
mod identity;
mod import;
mod inbox;
mod list;
mod member;
mod migrate;
mod newest;
mod one_time_link;
mod pause;
mod pending;
mod places;
#[cfg(feature = "memory")]
mod plans;
mod quarter;
mod queue;
mod quota;
mod readers;
mod readiness;
mod redo;
mod retention;
mod sandbox;
mod set_back;
mod settler;
mod share;
mod soundness;
mod spare;
mod statistics;
mod tables;
mod targets;
mod throughput;
mod transaction;
pub(crate) mod transfer;
mod unreadable;
mod webhook;
mod writer;

pub use check::{Checked, check};
pub use copy::{Backup, Copied, CopyError, Progress, Restore, Why, backup, restore};
pub use file::{OpenError, Rule};
#[cfg(feature = "memory")]
pub use migrate::make_older;
pub use migrate::{Missing, migrations};
#[cfg(feature = "memory")]
pub use plans::Plans;

use crate::admission::Admission;
use crate::registry::{Registry, registered};
use deskbell_core::Alarm;
use deskbell_core::meter::Meter;
use deskbell_core::quota::UNBOUNDED;
use file::File;
use generation::Generation;
use pending::Pace;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// A store in two SQLite files.
///
/// Other processes may open the same files at the same time: each write waits up to 5 s for its turn. The queue is made
/// for one server, though; who may be that one is for the server to settle.
pub struct SqliteStore {
    main: File,
    tester: File,
    /// Of the events that wait to be written.
    admission: Admission,
    /// Of the accounts and keys in the main file.
    generation: Generation,
    /// The quota of the instance, in bytes.
    quota: AtomicU64,
    /// The files, in this order.
    paths: [PathBuf; 2],
    /// Counts what happens in the main file.
    meter: Arc<Meter>,
    /// Of the one node that there is, which writes nothing to be known.
    registry: Registry,
}

registered!(SqliteStore);

impl SqliteStore {
    /// Opens the store at `path`, creating and migrating what is not there yet. Blocks; a start-up step.
    ///
    /// # Errors
    /// [`OpenError`] names the file and the rule that it breaks.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        Self::open_with(path, None, Pace::default())
    }

    /// The same; its tables take in each commit at once, beside the next one. For tests.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    #[cfg(feature = "memory")]
    pub fn open_eager(path: &Path) -> Result<Self, OpenError> {
        Self::open_with(path, None, Pace::EAGER)
    }

    /// The same for the one server: until this store is dropped, nobody else gets the file so. A panic of a thread of the store
    /// rings `alarm`.
    ///
    /// # Errors
    /// As [`open`](Self::open), and [`Rule::InUse`].
    pub fn open_alone(path: &Path, alarm: &Alarm) -> Result<Self, OpenError> {
        Self::open_with(path, Some(alarm), Pace::default())
    }

    /// The same store, in which a thread calls `before` each time before it reads. Such threads do nothing but work that blocks.
    #[must_use]
    pub fn before_reads(mut self, before: fn()) -> Self {
        for file in [&mut self.main, &mut self.tester] {
            file.readers.before = before;
        }
        self
    }

    /// Opens both files.
    fn open_with(path: &Path, alarm: Option<&Alarm>, pace: Pace) -> Result<Self, OpenError> {
        let tester = tester(path);
        let meter = Arc::new(Meter::default());
        Ok(Self {
            main: File::open(path, alarm, Some(pace), migrate::MAIN, Arc::clone(&meter))?,
            tester: File::open(&tester, alarm, None, migrate::TESTER, Arc::new(meter.beside()))?,
            admission: Admission::default(),
            generation: Generation::open(path)?,
            quota: AtomicU64::new(UNBOUNDED),
            paths: [path.to_owned(), tester],
            meter,
            registry: Registry::default(),
        })
    }
}

/// Where the tester's file is.
fn tester(path: &Path) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{stem}-tester.db"))
}

/// What belongs to a store at `path` and may be left of it when it is gone.
pub fn beside(path: &Path) -> Vec<PathBuf> {
    let log = |suffix| identity::beside(path, suffix);
    vec![tester(path), log("-redo"), log("-wal")]
}

#[cfg(test)]
mod tests;
