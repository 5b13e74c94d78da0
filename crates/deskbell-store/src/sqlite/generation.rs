//! The generation of accounts and keys: a number in the file that each of their changes moves, in the same commit, so that
//! it is right for every process that has the file open.

use super::fault::Result;
use super::file::{OpenError, connect};
use rusqlite::Connection;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Moves the generation on. A part of whatever changes an account or a key.
pub(super) fn advance(conn: &Connection) -> Result<()> {
    let update = "UPDATE changes SET generation = generation + 1 WHERE kind = 'accounts'";
    conn.prepare_cached(update)?.execute([])?;
    Ok(())
}

/// Reads the generation, on a connection that is kept for that. While nobody commits, SQLite finds in the shared memory of the
/// log that the page which it holds is still the newest, and reads no file; after a commit it reads that one page again.
pub(super) struct Generation(Mutex<Connection>);

impl Generation {
    pub(super) fn open(path: &Path) -> std::result::Result<Self, OpenError> {
        let open = || {
            let conn = connect(path)?;
            conn.pragma_update(None, "query_only", true)?;
            // It is asked on threads that must not wait: whoever is told nothing reads the row itself, and may wait there.
            conn.busy_timeout(Duration::ZERO)?;
            Ok(conn)
        };
        let conn = open().map_err(|rule| OpenError { path: path.to_owned(), rule })?;
        Ok(Self(Mutex::new(conn)))
    }

    pub(super) fn read(&self) -> Option<i64> {
        let conn = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let select = "SELECT generation FROM changes WHERE kind = 'accounts'";
        conn.prepare_cached(select).and_then(|mut select| select.query_row([], |row| row.get(0))).ok()
    }
}
