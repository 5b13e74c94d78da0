//! A draft: a file in the making, under another name, for its owner alone. It is removed unless it is kept.

use super::{Result, Why};
use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Scope, ScopedJoinHandle};

/// Bytes between two words on how far it is.
const STEP_BYTES: u64 = 8 << 20;

/// What SQLite or a store may leave beside a file.
const BESIDE: [&str; 4] = ["-journal", "-wal", "-shm", "-redo"];

/// A file that gets its name when it is whole. One process at a time makes it.
pub(super) struct Draft {
    path: PathBuf,
    named: PathBuf,
    /// Held open until the end: when any descriptor of a file is closed, SQLite's own locks on it go.
    pub(super) file: File,
}

/// The path of a file beside another.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    OsString::from_iter([path.as_os_str(), suffix.as_ref()]).into()
}

impl Draft {
    /// Begins what is to be named `named`. What a killed process left of another try is removed.
    pub(super) fn begin(named: &Path) -> Result<Self> {
        let path = beside(named, ".part");
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true).mode(0o600);
        let file = match options.open(&path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                lock(&File::open(&path)?)?;
                remove(&path);
                options.open(&path)
            }
            made => made,
        }?;
        lock(&file)?;
        Ok(Self { path, named: named.to_owned(), file })
    }

    /// Where it is as long as it has no name.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The name that it is to get.
    pub(super) fn named(&self) -> &Path {
        &self.named
    }

    /// Bytes of it.
    pub(super) fn bytes(&self) -> Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    /// Copies the file `from` as it is, and says after each step how many bytes of how many that are.
    pub(super) fn copy(&self, from: &File, mut step: impl FnMut(u64, u64) -> Result<()>) -> Result<()> {
        let (mut to, of, mut bytes) = (&self.file, from.metadata()?.len(), 0);
        loop {
            let copied = std::io::copy(&mut from.take(STEP_BYTES), &mut to)?;
            if copied == 0 {
                return Ok(());
            }
            bytes += copied;
            step(bytes, of)?;
        }
    }

    /// A thread that brings it to disk while it is made.
    pub(super) fn sync_beside<'s>(&'s self, scope: &'s Scope<'s, '_>) -> Syncing<'s> {
        let (wake, woken) = sync_channel(1);
        Syncing { wake, thread: scope.spawn(|| self.sync_each(woken)) }
    }

    fn sync_each(&self, woken: Receiver<()>) -> Result<()> {
        for () in woken {
            self.file.sync_data()?;
        }
        Ok(())
    }

    /// Brings it to disk and gives it its name.
    pub(super) fn keep(self, replace: bool) -> Result<()> {
        self.file.sync_all()?;
        // It may have come since the beginning.
        super::free(&self.named, replace)?;
        std::fs::rename(&self.path, &self.named)?;
        let folder = self.named.parent().filter(|folder| !folder.as_os_str().is_empty());
        Ok(File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?)
    }
}

/// What brings a draft to disk. The disk is busy with the first of it while the next is copied, and with the last while it is looked
/// through.
pub(super) struct Syncing<'s> {
    wake: SyncSender<()>,
    thread: ScopedJoinHandle<'s, Result<()>>,
}

impl Syncing<'_> {
    /// There is more to be brought to disk.
    pub(super) fn wake(&self) {
        // One that waits already will see it too; and of a thread that ended, the end tells why.
        let _ = self.wake.try_send(());
    }

    /// Waits until all is on disk for which it was woken.
    pub(super) fn end(self) -> Result<()> {
        drop(self.wake);
        self.thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

fn lock(file: &File) -> Result<()> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(Why::InTheMaking),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

/// What is not there is gone already; what cannot be removed, the next try meets.
fn remove(path: &Path) {
    for path in BESIDE.iter().map(|suffix| beside(path, suffix)).chain([path.to_owned()]) {
        let _ = std::fs::remove_file(path);
    }
}
