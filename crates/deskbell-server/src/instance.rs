//! An instance: its data directory, its master key, its store, and the lock that lets one server use them.

mod lock;

pub use crate::master_key::{KeyError, MasterKey};
pub use lock::{Lock, LockError};

use crate::config::Loaded;
use crate::door::{SystemClock, SystemRandom};
use deskbell_core::vault::Vault;
use deskbell_core::{Clock, Random, Store};
use deskbell_store::SqliteStore;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What every command that uses the store works with.
#[derive(Clone)]
pub struct Instance {
    /// Everything Deskbell remembers.
    pub store: Arc<dyn Store>,
    /// Seals and hashes under the master key.
    pub vault: Arc<Vault>,
    /// The machine's clock.
    pub clock: Arc<dyn Clock>,
    /// The machine's randomness.
    pub random: Arc<dyn Random>,
    /// Held by the server, by nobody else; free again when the last clone is dropped.
    pub lock: Option<Arc<Lock>>,
}

/// Why an instance does not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The data directory cannot be made.
    #[error("the data directory {} cannot be made: {cause}", path.display())]
    Directory {
        /// The directory, as the settings name it.
        path: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// The lock is held, or cannot be taken.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The master key is missing, damaged or open to others.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The store belongs to another master key (C-47).
    #[error("the store {} was made under another master key than the one from {key}", store.display())]
    WrongKey {
        /// The store's file.
        store: PathBuf,
        /// Where this key came from.
        key: String,
    },
    /// The store does not open.
    #[error(transparent)]
    Store(#[from] deskbell_store::OpenError),
    /// The store opens but does not say which master key it was made under.
    #[error("the store {} does not answer: {cause}", path.display())]
    Silent {
        /// The store's file.
        path: PathBuf,
        /// The error that the store gave.
        cause: deskbell_core::store::Error,
    },
}

impl Instance {
    /// Opens the instance for one command, beside a server that may be running.
    ///
    /// On the first run this makes the data directory, the master key and the store.
    ///
    /// # Errors
    /// [`OpenError`]; nothing is made over a store whose key is missing.
    pub async fn open(loaded: &Loaded) -> Result<Self, OpenError> {
        Self::open_with(loaded, |_, _| Ok(None)).await
    }

    /// Opens the instance for the server: nobody else can until it is dropped (C-25).
    ///
    /// # Errors
    /// As [`Instance::open`], and [`LockError::Held`] when a server has it.
    pub async fn open_locked(loaded: &Loaded) -> Result<Self, OpenError> {
        let listen = loaded.config.server.listen;
        Self::open_with(loaded, |store, clock| Ok(Some(Arc::new(Lock::take(store, listen, clock.now())?))))
            .await
    }

    async fn open_with(
        loaded: &Loaded,
        lock: impl FnOnce(&Path, &dyn Clock) -> Result<Option<Arc<Lock>>, LockError>,
    ) -> Result<Self, OpenError> {
        let server = &loaded.config.server;
        let (clock, random) = (SystemClock, SystemRandom);
        make_directory(&server.data)?;
        let lock = lock(&server.store, &clock)?;
        // Asked before the key is looked for: whoever makes both makes the key first, so a store without a key is
        // never one that is just being made.
        let existed = server.store.exists();
        let (master, from) = match &loaded.master_key {
            Some(key) => (key.clone(), "DESKBELL_MASTER_KEY".to_owned()),
            None => {
                let path = server.data.join("master.key");
                let key = if existed {
                    MasterKey::read(&path, &server.store)?
                } else {
                    MasterKey::read_or_make(&path, &random)?
                };
                (key, path.display().to_string())
            }
        };
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&server.store)?);
        let vault = Vault::new(master.bytes());
        let known = store.master_fingerprint(vault.fingerprint()).await;
        let known = known.map_err(|cause| OpenError::Silent { path: server.store.clone(), cause })?;
        if known != vault.fingerprint() {
            return Err(OpenError::WrongKey { store: server.store.clone(), key: from });
        }
        Ok(Self { store, vault: Arc::new(vault), clock: Arc::new(clock), random: Arc::new(random), lock })
    }
}

/// Makes the data directory for its owner alone; the umask can only take more away. One that exists is left as it is.
fn make_directory(path: &Path) -> Result<(), OpenError> {
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|cause| OpenError::Directory { path: path.to_owned(), cause })
}

#[cfg(test)]
mod tests;
