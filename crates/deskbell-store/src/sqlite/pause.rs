//! The pause of a store that was restored, in SQLite: a row, until somebody lets it go on.

use super::SqliteStore;
use super::fault::Result;
use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::store::{self, Pause};
use deskbell_core::time::{from_millis, millis};
use rusqlite::{Connection, OptionalExtension as _};

/// Pauses a copy that was made at `copied`. One that is paused already stays what it is.
pub(super) fn pause(conn: &Connection, copied: Timestamp) -> rusqlite::Result<()> {
    let insert = "INSERT INTO pause (one, copied) VALUES (1, ?1) ON CONFLICT (one) DO NOTHING";
    conn.execute(insert, [millis(copied)])?;
    Ok(())
}

/// When the copy was made, of one that is paused.
pub(super) fn paused(conn: &Connection) -> rusqlite::Result<Option<Timestamp>> {
    let select = "SELECT copied FROM pause WHERE one = 1";
    let copied = conn.prepare_cached(select)?.query_row([], |row| row.get(0)).optional()?;
    Ok(copied.map(from_millis))
}

fn resume(conn: &Connection) -> Result<bool> {
    Ok(conn.prepare_cached("DELETE FROM pause WHERE one = 1")?.execute([])? > 0)
}

#[async_trait]
impl Pause for SqliteStore {
    async fn paused(&self) -> store::Result<Option<Timestamp>> {
        self.main.read(|conn| Ok(paused(conn)?)).await
    }

    async fn resume(&self) -> store::Result<bool> {
        self.main.write(|tx| resume(tx.conn)).await
    }
}
