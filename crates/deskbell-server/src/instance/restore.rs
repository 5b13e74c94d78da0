//! Restoring: an instance made of a backup, where there is none yet. Nothing but its master key may lie there.

use super::{KeyError, Lock, LockError, MasterKey, OpenError, key_of, make_directory};
use crate::config::Loaded;
use deskbell_core::Timestamp;
use deskbell_core::vault::Vault;
use deskbell_store::{Copied, CopyError, Progress, Restore};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Names of files that are told of those that are in the way.
const TOLD: usize = 10;

/// Why nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// Something lies there that could be of another instance.
    #[error(
        "the data directory {} must be empty but for master.key, and has {}: move that away, or restore into another directory",
        directory.display(), found.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
    )]
    NotEmpty {
        /// The data directory.
        directory: PathBuf,
        /// What lies there, by its name; some of it, when that is much.
        found: Vec<PathBuf>,
    },
    /// The store is no file.
    #[error("a backup is of an SQLite file: a PostgreSQL database is restored by its own programs")]
    NoFile,
    /// The directory cannot be read.
    #[error("the data directory {} cannot be read: {cause}", path.display())]
    Unreadable {
        /// The data directory.
        path: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// The directory cannot be made.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A server is there already.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// There is no master key to try.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The backup cannot be used.
    #[error(transparent)]
    Copy(#[from] CopyError),
}

/// Makes the instance of the settings out of the backup at `from`; `told` hears how far it is. Blocks.
///
/// # Errors
/// [`RestoreError`]; then there is no store.
pub fn restore(
    loaded: &Loaded,
    from: &Path,
    now: Timestamp,
    told: &mut dyn FnMut(Progress),
) -> Result<Copied, RestoreError> {
    let server = &loaded.config.server;
    let store = server.store.file().ok_or(RestoreError::NoFile)?;
    make_directory(&server.data)?;
    empty(&server.data, store)?;
    let _lock = Lock::take(store, None, now)?;
    // Whoever had the lock before may have made an instance.
    empty(&server.data, store)?;
    let master = match &loaded.master_key {
        Some(key) => key.clone(),
        None => MasterKey::read(&key_of(&server.data), &from.display())?,
    };
    let fingerprint = Vault::new(master.bytes()).fingerprint();
    Ok(deskbell_store::restore(&Restore { from, store, fingerprint, now }, told)?)
}

/// Whether nothing lies in `data` but the master key, the lock of `store`, and what a restore leaves that was killed.
fn empty(data: &Path, store: &Path) -> Result<(), RestoreError> {
    let unreadable = |cause| RestoreError::Unreadable { path: data.to_owned(), cause };
    let beside = deskbell_store::beside(store);
    let name = |path: &Path| path.file_name().map_or_else(|| path.into(), PathBuf::from);
    let own = [key_of(data), Lock::path_of(store)].map(|path| name(&path));
    let drafts: Vec<OsString> =
        beside.iter().map(PathBuf::as_path).chain([store]).map(|file| draft_of(&name(file))).collect();
    let is_own = |found: &PathBuf| {
        let is_draft =
            |draft: &OsString| found.as_os_str().as_encoded_bytes().starts_with(draft.as_encoded_bytes());
        own.contains(found) || drafts.iter().any(is_draft)
    };
    let mut found: BTreeSet<PathBuf> =
        beside.iter().filter(|path| path.exists()).map(|path| name(path)).collect();
    for entry in std::fs::read_dir(data).map_err(unreadable)? {
        found.insert(entry.map_err(unreadable)?.file_name().into());
    }
    let found: Vec<PathBuf> = found.into_iter().filter(|found| !is_own(found)).take(TOLD).collect();
    if found.is_empty() { Ok(()) } else { Err(RestoreError::NotEmpty { directory: data.to_owned(), found }) }
}

/// How the name of a file in the making begins.
fn draft_of(file: &Path) -> OsString {
    OsString::from_iter([file.as_os_str(), ".part".as_ref()])
}
