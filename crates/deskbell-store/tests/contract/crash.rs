//! A crash: the files of a store as a killed process leaves them behind.

use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use tempfile::TempDir;

/// Copies the store's files as they are at one moment into a folder of their own. The tables take in what they are behind
/// whenever a second is over: no commit comes between two files.
pub(crate) fn crash(folder: &Path) -> TempDir {
    let existing = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let held = Connection::open_with_flags(folder.join("deskbell.db"), existing).unwrap();
    held.execute_batch("BEGIN IMMEDIATE").unwrap();
    copy(folder)
}

/// The same while somebody else keeps the tables as they are.
pub(crate) fn copy(folder: &Path) -> TempDir {
    let copy = TempDir::new().unwrap();
    for file in std::fs::read_dir(folder).unwrap().flatten() {
        std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
    }
    copy
}
