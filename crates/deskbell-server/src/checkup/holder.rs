//! Whoever holds the store: the server that runs, if one does. Asked of the system, as taking the lock to try it could keep a server from
//! its start.

use crate::instance::Lock;
use std::fs::{metadata, read_to_string};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// A server that runs.
#[derive(Debug)]
pub(super) struct Holder {
    /// Its process.
    pub(super) process: u32,
    /// What it says of itself.
    pub(super) said: String,
}

/// The holder of the store at `store`; none too where the system does not tell who holds what.
pub(super) fn find(store: &Path) -> Option<Holder> {
    let lock = Lock::path_of(store);
    let inode = metadata(&lock).ok()?.ino();
    let process = holder_of(inode, &read_to_string("/proc/locks").ok()?)?;
    let said = read_to_string(lock).ok()?.lines().next().unwrap_or_default().to_owned();
    Some(Holder { process, said })
}

/// Who holds the lock of the file `inode`, as `/proc/locks` has it: kind, process and file, in columns (proc_locks(5)).
fn holder_of(inode: u64, locks: &str) -> Option<u32> {
    let of = |line: &str| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let [_, "FLOCK", _, "WRITE", process, file, ..] = columns[..] else { return None };
        let is_it = file.rsplit(':').next()?.parse() == Ok(inode);
        // A process that cannot be seen from here has the number 0 or -1.
        is_it.then(|| process.parse().unwrap_or(0))
    };
    locks.lines().find_map(of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_holder_is_read_off_the_systems_list() {
        let locks = "1: POSIX  ADVISORY  READ  11 fe:00:77 128 128\n\
                     2: FLOCK  ADVISORY  WRITE 4711 fe:00:77 0 EOF\n\
                     2: -> FLOCK  ADVISORY  WRITE 12 fe:00:78 0 EOF\n";
        assert_eq!(
            (holder_of(77, locks), holder_of(78, locks), holder_of(7, locks)),
            (Some(4711), None, None)
        );
    }

    #[test]
    fn a_lock_that_is_held_has_a_holder_and_one_that_was_given_back_has_none() {
        let dir = tempfile::tempdir().unwrap();
        let store = dir.path().join("deskbell.db");
        assert!(find(&store).is_none());
        let now = deskbell_core::Timestamp::UNIX_EPOCH;
        let lock = Lock::take(&store, Some("127.0.0.1:1".parse().unwrap()), now).unwrap();
        let holder = find(&store).unwrap();
        assert_eq!(holder.process, std::process::id());
        assert!(holder.said.contains("listening on 127.0.0.1:1"), "{}", holder.said);
        drop(lock);
        assert!(find(&store).is_none());
    }
}
