//! What all processes of the instance did, by the quarter of an hour, in SQLite.

use super::fault::Result;
use crate::encoding::throughput::{OLDEST_DUE, gathered, rows};
use deskbell_core::Timestamp;
use deskbell_core::throughput::{KEPT, Throughput};
use deskbell_core::time::{earlier, millis};
use rusqlite::Connection;
use std::time::Duration;

/// Old rows that go each time: more than come, so that they become fewer.
const DROPPED_AT_ONCE: u32 = 200;

pub(super) fn add(conn: &Connection, more: &Throughput) -> Result<()> {
    let upsert = "INSERT INTO throughput (start, kind, value) VALUES (?1, ?2, ?3) ON CONFLICT (start, kind)
                  DO UPDATE SET value = iif(kind = ?4, max(value, excluded.value), value + excluded.value)";
    let mut upsert = conn.prepare_cached(upsert)?;
    for (kind, value) in rows(more) {
        upsert.execute((millis(more.start), kind, value, OLDEST_DUE))?;
    }
    let drop_old = "DELETE FROM throughput WHERE (start, kind) IN
                    (SELECT start, kind FROM throughput WHERE start < ?1 LIMIT ?2)";
    conn.prepare_cached(drop_old)?.execute((millis(earlier(more.start, KEPT)), DROPPED_AT_ONCE))?;
    Ok(())
}

/// The spans of that length since then, oldest first.
pub(super) fn since(conn: &Connection, since: Timestamp, span: Duration) -> Result<Vec<Throughput>> {
    let select =
        "SELECT start - start % ?2 AS span, kind, iif(kind = ?3, max(value), sum(value)) FROM throughput
                  WHERE start >= ?1 GROUP BY span, kind ORDER BY span, kind";
    let span = i64::try_from(span.as_millis()).unwrap_or(i64::MAX).max(1);
    let mut select = conn.prepare_cached(select)?;
    let found = select
        .query_map((millis(since), span, OLDEST_DUE), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(gathered(found.collect::<rusqlite::Result<Vec<_>>>()?))
}
