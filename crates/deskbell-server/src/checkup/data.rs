//! The data directory: whose it is, what room it has, and whether its disk keeps what is written.

use super::Finding;
use crate::config::{Loaded, StoreAddress};
use crate::instance::MasterKey;
use deskbell_core::Random as _;
use deskbell_core::explain::words;
use rustix::fs::{NFS_SUPER_MAGIC, statfs, statvfs};
use std::fs::{File, Metadata};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use std::time::Duration;
use tokio::time::Instant;

const PART: &str = "data";
const DISK: &str = "disk";
/// With less, calls that write are refused soon.
const LITTLE_BYTES: u64 = 2_000_000_000;
/// What many file systems keep for each thousandth file.
const LITTLE_FILES: u64 = 1_000;
/// A disk that takes longer to keep 4 KiB holds up every caller.
const SLOW: Duration = Duration::from_millis(100);

pub(super) fn check(loaded: &Loaded) -> Vec<Finding> {
    let server = &loaded.config.server;
    let store = server.store.file();
    let directory = store.and_then(Path::parent).unwrap_or(&server.data);
    let Ok(found) = std::fs::metadata(&server.data) else {
        let said = format!("{} is not there yet: the first start makes it", server.data.display());
        return vec![Finding::ok(PART, said)];
    };
    let mut findings = vec![owner(&server.data, &found)];
    if loaded.master_key.is_none() && store.is_none_or(Path::exists) {
        findings.push(key(&server.data, &server.store));
    }
    let bytes = store.and_then(|store| std::fs::metadata(store).ok()).map_or(0, |store| store.len());
    findings.extend(room(directory, bytes));
    findings.push(kept(directory));
    findings
}

fn owner(path: &Path, found: &Metadata) -> Finding {
    let (mode, shown) = (found.permissions().mode() & 0o7777, path.display());
    let (owner, here) = (found.uid(), rustix::process::geteuid());
    if mode & 0o077 != 0 {
        let remedy = format!("It holds what guests typed: chmod 700 {shown}");
        return Finding::warn(PART, format!("{shown} is open to others (mode {mode:04o})"), remedy);
    }
    if owner != here.as_raw() {
        let said = format!("{shown} belongs to user {owner}, and this is user {}", here.as_raw());
        let remedy = "Run this as the user that the server runs as: files that another one makes are not the server's.";
        return Finding::warn(PART, said, remedy);
    }
    Finding::ok(PART, format!("{shown}, for its owner alone"))
}

fn key(data: &Path, store: &StoreAddress) -> Finding {
    match MasterKey::read(&crate::instance::key_of(data), store) {
        Ok(_) => Finding::ok(PART, "the master key is there, for its owner alone"),
        Err(error) => {
            Finding::bad(PART, error.to_string(), "Without its master key the store does not open.")
        }
    }
}

fn room(directory: &Path, store: u64) -> Vec<Finding> {
    let mut findings = Vec::new();
    if statfs(directory).is_ok_and(|system| system.f_type == NFS_SUPER_MAGIC) {
        let said = format!("{} lies on a network file system", directory.display());
        findings.push(Finding::bad(DISK, said, "Its locks and syncs cannot be relied on: use a local disk."));
    }
    let Ok(system) = statvfs(directory) else { return findings };
    let free = system.f_bavail.saturating_mul(system.f_frsize);
    let said = format!("{} are free", words::bytes(free));
    findings.push(if free < LITTLE_BYTES {
        Finding::bad(DISK, said, "Make room: when there is none, calls that write are refused with 503.")
    } else if free < store {
        let said = format!("{said}, and the database has {}", words::bytes(store));
        Finding::warn(DISK, said, "A copy of it has no room here: make some, or put copies elsewhere.")
    } else {
        Finding::ok(DISK, said)
    });
    // A file system that counts no files says 0 of 0.
    if system.f_files > 0 && system.f_favail < LITTLE_FILES {
        let said = format!("{} more files can be made", system.f_favail);
        findings.push(Finding::bad(DISK, said, "Remove files that nobody needs."));
    }
    findings
}

/// Writes a little and waits until it is on the disk, as each commit does.
fn kept(directory: &Path) -> Finding {
    let began = Instant::now();
    let written = write(directory);
    let took = began.elapsed();
    let shown = format!("{} ms to keep 4 KiB", took.as_millis());
    match written {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Finding::warn(
            DISK,
            format!("{} cannot be written by this user", directory.display()),
            "Run this as the user that the server runs as.",
        ),
        Err(error) => Finding::bad(
            DISK,
            format!("{} cannot be written: {error}", directory.display()),
            "Nothing can be accepted until it can.",
        ),
        Ok(()) if took > SLOW => {
            Finding::warn(DISK, shown, "Each commit waits for that: look at who else writes to this disk.")
        }
        Ok(()) => Finding::ok(DISK, shown),
    }
}

fn write(directory: &Path) -> io::Result<()> {
    let mut name = [0; 8];
    crate::door::SystemRandom.fill(&mut name);
    let path = directory.join(format!(".checkup-{:016x}", u64::from_be_bytes(name)));
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(&path)?;
    let written = file.write_all(&[0; 4_096]).and_then(|()| file.sync_all());
    std::fs::remove_file(&path)?;
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkup::Verdict;
    use std::fs::{Permissions, set_permissions};

    #[test]
    fn a_directory_that_is_open_to_others_is_warned_of_and_nothing_stays_in_it() {
        let dir = tempfile::tempdir().unwrap();
        let verdict = |mode| {
            set_permissions(dir.path(), Permissions::from_mode(mode)).unwrap();
            owner(dir.path(), &std::fs::metadata(dir.path()).unwrap()).verdict
        };
        assert_eq!((verdict(0o755), verdict(0o700)), (Verdict::Warn, Verdict::Ok));
        assert!(kept(dir.path()).verdict < Verdict::Bad);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
        assert_eq!(kept(&dir.path().join("nowhere")).verdict, Verdict::Bad);
    }

    #[test]
    fn a_copy_of_the_database_needs_room_too() {
        let dir = tempfile::tempdir().unwrap();
        let findings = room(dir.path(), u64::MAX);
        assert!(findings.iter().any(|found| found.verdict > Verdict::Ok), "{findings:?}");
    }
}
