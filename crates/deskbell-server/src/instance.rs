//! An instance: its data directory, its master key, its store, and the lock that lets one server use them.

mod lock;
mod restore;

pub use crate::master_key::{KeyError, MasterKey};
pub use lock::{Lock, LockError};
pub use restore::{RestoreError, restore};

use crate::config::{Loaded, StoreAddress};
use crate::door::{SystemClock, SystemRandom};
use deskbell_core::vault::Vault;
use deskbell_core::{Alarm, Clock, Random, Store};
use deskbell_http::background::give_way;
use deskbell_store::{PostgresStore, SqliteStore};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Whoever makes an instance has its store within so long of its key.
const MAKING: Duration = Duration::from_secs(1);
/// Whether it has, is looked again after so long.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// What every command that uses the store works with.
#[derive(Clone)]
pub struct Instance {
    /// Everything Deskbell remembers.
    pub store: Arc<dyn Store>,
    /// Seals and hashes under the master key.
    pub vault: Arc<Vault>,
    /// The machine's clock, or that of the database which several share.
    pub clock: Arc<dyn Clock>,
    /// The machine's randomness.
    pub random: Arc<dyn Random>,
    /// Held by the server, by nobody else; free again when the last clone is dropped.
    pub lock: Option<Arc<Lock>>,
    /// Rung by the panic of a part that has to run for as long as the process does.
    pub alarm: Alarm,
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
    /// There is no store, but there was one.
    #[error(
        "the store {} is not there, but there is {} of an earlier one: put the store back, with all that belongs to it, or restore a backup. \
         To begin anew with an empty one, move that away first",
        store.display(), left.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
    )]
    Lost {
        /// Where the store should be.
        store: PathBuf,
        /// What is left of it.
        left: Vec<PathBuf>,
    },
    /// The store belongs to another master key (C-47).
    #[error("the store {store} was made under another master key than the one from {key}")]
    WrongKey {
        /// The store.
        store: StoreAddress,
        /// Where this key came from.
        key: String,
    },
    /// The store does not open.
    #[error(transparent)]
    Store(#[from] deskbell_store::OpenError),
    /// The database does not open.
    #[error(transparent)]
    Database(#[from] deskbell_store::DatabaseError),
    /// The store opens but does not say which master key it was made under.
    #[error("the store {store} does not answer: {cause}")]
    Silent {
        /// The store.
        store: StoreAddress,
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
        Self::open_with(loaded, false).await
    }

    /// Opens the instance for the server: nobody else can until it is dropped (C-25).
    ///
    /// # Errors
    /// As [`Instance::open`], and [`LockError::Held`] when a server has it.
    pub async fn open_locked(loaded: &Loaded) -> Result<Self, OpenError> {
        Self::open_with(loaded, true).await
    }

    async fn open_with(loaded: &Loaded, alone: bool) -> Result<Self, OpenError> {
        let server = &loaded.config.server;
        let (machine, random) = (SystemClock, SystemRandom);
        make_directory(&server.data)?;
        let alarm = Alarm::default();
        let (store, clock, lock, (master, from)): (Arc<dyn Store>, Arc<dyn Clock>, _, _) = match &server.store
        {
            StoreAddress::Sqlite(path) => {
                let take = || Lock::take(path, Some(server.listen), machine.now()).map(Arc::new);
                let lock = alone.then(take).transpose()?;
                // Asked before the key is looked for: whoever makes both makes the key first, so a store without a key is
                // never one that is just being made.
                let master = master_key(loaded, has_store(loaded, path).await?, &random)?;
                let store = if alone {
                    SqliteStore::open_alone(path, &alarm)?.before_reads(give_way)
                } else {
                    SqliteStore::open(path)?
                };
                (Arc::new(store), Arc::new(machine), lock, master)
            }
            // Any number of servers use it: whose is what, epochs say.
            StoreAddress::Postgres(url) => {
                let store = PostgresStore::open(url.expose()).await?;
                let made = store.is_made().await;
                let made = made.map_err(|cause| OpenError::Silent { store: server.store.clone(), cause })?;
                let clock = store.clock();
                (Arc::new(store), clock, None, master_key(loaded, made, &random)?)
            }
        };
        let vault = Vault::new(master.bytes());
        let known = store.master_fingerprint(vault.fingerprint()).await;
        let known = known.map_err(|cause| OpenError::Silent { store: server.store.clone(), cause })?;
        if known != vault.fingerprint() {
            return Err(OpenError::WrongKey { store: server.store.clone(), key: from });
        }
        Ok(Self { store, vault: Arc::new(vault), clock, random: Arc::new(random), lock, alarm })
    }
}

/// The master key of a store that was made before, or not; and where it comes from.
fn master_key(loaded: &Loaded, made: bool, random: &dyn Random) -> Result<(MasterKey, String), OpenError> {
    let server = &loaded.config.server;
    let path = key_of(&server.data);
    let key = match &loaded.master_key {
        Some(key) => return Ok((key.clone(), "DESKBELL_MASTER_KEY".to_owned())),
        None if made => MasterKey::read(&path, &server.store)?,
        None => MasterKey::read_or_make(&path, random)?,
    };
    Ok((key, path.display().to_string()))
}

/// Where the master key is kept.
pub(crate) fn key_of(data: &Path) -> PathBuf {
    data.join("master.key")
}

/// Whether there is a store. What is there without one may be of a first run beside this one, whose store comes in a moment.
async fn has_store(loaded: &Loaded, store: &Path) -> Result<bool, OpenError> {
    let end = Instant::now() + MAKING;
    loop {
        // Before the store is looked for, so that one that comes in between is not missed.
        let left = left(loaded, store);
        if std::fs::metadata(store).is_ok_and(|file| file.len() > 0) {
            return Ok(true);
        }
        if left.is_empty() {
            return Ok(false);
        }
        if Instant::now() >= end {
            return Err(OpenError::Lost { store: store.to_owned(), left });
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// What is left of a store that is gone: without it a new one would be made in silence, and what was accepted be forgotten.
fn left(loaded: &Loaded, store: &Path) -> Vec<PathBuf> {
    let key = loaded.master_key.is_none().then(|| key_of(&loaded.config.server.data));
    key.into_iter().chain(deskbell_store::beside(store)).filter(|path| path.exists()).collect()
}

/// Makes the data directory for its owner alone; the umask can only take more away. One that exists is left as it is.
fn make_directory(path: &Path) -> Result<(), OpenError> {
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|cause| OpenError::Directory { path: path.to_owned(), cause })
}

#[cfg(test)]
mod tests;
