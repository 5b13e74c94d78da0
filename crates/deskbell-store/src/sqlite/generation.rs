//! The generation of accounts and keys: a number in the file that each of their changes moves, in the same commit, so that
//! every process that has the file open comes to know. Calls ask for it, and a call costs no look into the file: what was read is
//! good for a moment, and whoever moves it waits until no process goes by what was read before.

use super::fault::Result;
use super::file::{OpenError, connect};
use rusqlite::Connection;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How long a look is good for: so long takes a change of an account or a key.
const GOOD: Duration = Duration::from_millis(10);

/// Moves the generation on. A part of whatever changes an account or a key, whose verb returns when it has [moved](Generation::moved).
pub(super) fn advance(conn: &Connection) -> Result<()> {
    let update = "UPDATE changes SET generation = generation + 1 WHERE kind = 'accounts'";
    conn.prepare_cached(update)?.execute([])?;
    Ok(())
}

/// Reads the generation, on a connection that is kept for that.
pub(super) struct Generation(Mutex<Looks>);

struct Looks {
    conn: Connection,
    /// When it was looked, and what was there.
    last: Option<(Instant, i64)>,
}

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
        Ok(Self(Mutex::new(Looks { conn, last: None })))
    }

    pub(super) fn read(&self) -> Option<i64> {
        let mut looks = self.looks();
        let now = Instant::now();
        if let Some((at, generation)) = looks.last
            && now.duration_since(at) < GOOD
        {
            return Some(generation);
        }
        let select = "SELECT generation FROM changes WHERE kind = 'accounts'";
        let read = |conn: &Connection| conn.prepare_cached(select)?.query_row([], |row| row.get(0));
        let found: Option<i64> = read(&looks.conn).ok();
        looks.last = found.map(|generation| (now, generation));
        found
    }

    /// It was moved on, by a commit of this process: returns when every process knows.
    pub(super) async fn moved(&self) {
        self.looks().last = None;
        tokio::time::sleep(GOOD).await;
    }

    fn looks(&self) -> MutexGuard<'_, Looks> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt as _;

    #[tokio::test(start_paused = true)]
    async fn a_call_costs_no_look_and_a_change_is_seen_by_every_process_before_its_verb_returns() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        std::fs::write(&path, []).unwrap();
        let conn = connect(&path).unwrap();
        let table = "CREATE TABLE changes (kind TEXT, generation INTEGER); INSERT INTO changes VALUES ('accounts', 1)";
        conn.execute_batch(table).unwrap();
        let (one, other) = (Generation::open(&path).unwrap(), Generation::open(&path).unwrap());
        let read = || (one.read(), other.read());
        assert_eq!(read(), (Some(1), Some(1)));
        advance(&conn).unwrap();
        assert_eq!(read(), (Some(1), Some(1)), "what was read is good for a moment");
        let mut moved = std::pin::pin!(one.moved());
        assert!(moved.as_mut().now_or_never().is_none());
        assert_eq!(read(), (Some(2), Some(1)), "where it was moved, it is known at once");
        moved.await;
        assert_eq!(read(), (Some(2), Some(2)), "A-117: and everywhere when the verb returns");
        conn.execute_batch("DROP TABLE changes").unwrap();
        tokio::time::advance(GOOD).await;
        assert_eq!(read(), (None, None), "nothing is believed that cannot be read");
    }
}
