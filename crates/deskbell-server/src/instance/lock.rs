//! The lock of a store's file: one server at a time, and the next one is told who has it (C-25).

use deskbell_core::{Timestamp, time};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _};
use std::net::SocketAddr;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// Held while it lives. The system lets go of it when its process ends, however it ends.
#[derive(Debug)]
pub struct Lock {
    file: File,
    path: PathBuf,
    started: Timestamp,
}

/// Why the lock was not taken.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// A server has it.
    #[error("the store {} is in use by {holder}", store.display())]
    Held {
        /// The store's file.
        store: PathBuf,
        /// Process, address and start of the server that has it.
        holder: String,
    },
    /// The system refuses.
    #[error("the lock {} cannot be taken: {cause}", path.display())]
    Io {
        /// The lock's file.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
}

impl Lock {
    /// Takes the lock of `store`, for a server that will listen on `listen`, or for whoever wants no server beside them.
    ///
    /// # Errors
    /// [`LockError::Held`] names the holder.
    pub fn take(store: &Path, listen: Option<SocketAddr>, now: Timestamp) -> Result<Self, LockError> {
        let path = Self::path_of(store);
        let fault = |cause| LockError::Io { path: path.clone(), cause };
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let mut file = options.open(&path).map_err(fault)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::Error(cause)) => return Err(fault(cause)),
            Err(TryLockError::WouldBlock) => {
                return Err(LockError::Held { store: store.to_owned(), holder: holder(&mut file) });
            }
        }
        let lock = Self { file, path, started: now };
        lock.write(listen)?;
        Ok(lock)
    }

    /// `<store file>.lock`, by the file's real name: a link to the store has the store's lock.
    pub(crate) fn path_of(store: &Path) -> PathBuf {
        let mut path = std::fs::canonicalize(store).unwrap_or_else(|_| store.to_owned()).into_os_string();
        path.push(".lock");
        path.into()
    }

    /// Writes down where the server really listens: port 0 has become a port.
    ///
    /// # Errors
    /// [`LockError::Io`].
    pub fn announce(&self, listen: SocketAddr) -> Result<(), LockError> {
        self.write(Some(listen))
    }

    fn write(&self, listen: Option<SocketAddr>) -> Result<(), LockError> {
        let (pid, started) = (std::process::id(), time::wire(self.started));
        let listening = listen.map(|listen| format!(" listening on {listen}")).unwrap_or_default();
        let text = format!("process {pid},{listening} since {started}\n");
        let written = self.file.write_all_at(text.as_bytes(), 0);
        let cut = written.and_then(|()| self.file.set_len(text.len() as u64));
        cut.map_err(|cause| LockError::Io { path: self.path.clone(), cause })
    }
}

fn holder(file: &mut File) -> String {
    let mut text = String::new();
    // What cannot be read is not named: the lock is held all the same.
    let read = file.take(500).read_to_string(&mut text);
    let line: String = text.lines().next().unwrap_or_default().chars().filter(|c| !c.is_control()).collect();
    if read.is_err() || line.is_empty() { "another server".to_owned() } else { line }
}
