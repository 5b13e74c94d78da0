//! What all processes of the instance did, by the quarter of an hour, in PostgreSQL.

use super::client::Client;
use super::columns::Columns;
use super::fault::Result;
use super::sql::{self, execute, params};
use crate::encoding::throughput::{OLDEST_DUE, gathered, rows};
use deskbell_core::Timestamp;
use deskbell_core::throughput::{KEPT, Throughput};
use deskbell_core::time::{earlier, millis};
use std::time::Duration;

/// Old rows that go each time: more than come, so that they become fewer.
const DROPPED_AT_ONCE: i64 = 200;

/// Machines add to the same rows, each in the order of the kinds: none waits for one that waits for it.
pub(super) async fn add(conn: &Client, more: &Throughput) -> Result<()> {
    let (kinds, values): (Vec<i64>, Vec<i64>) = rows(more).into_iter().unzip();
    let upsert = "INSERT INTO throughput AS t (start, kind, value)
                  SELECT $1, kind, value FROM unnest($2, $3) AS j (kind, value) ORDER BY kind
                  ON CONFLICT (start, kind) DO UPDATE SET value =
                  CASE t.kind WHEN $4 THEN greatest(t.value, excluded.value) ELSE t.value + excluded.value END";
    execute(conn, upsert, params![millis(more.start), kinds, values, OLDEST_DUE]).await?;
    let drop_old = "DELETE FROM throughput t USING
                    (SELECT start, kind FROM throughput WHERE start < $1 LIMIT $2 FOR UPDATE SKIP LOCKED) o
                    WHERE t.start = o.start AND t.kind = o.kind";
    execute(conn, drop_old, params![millis(earlier(more.start, KEPT)), DROPPED_AT_ONCE]).await?;
    Ok(())
}

/// The spans of that length since then, oldest first.
pub(super) async fn since(conn: &Client, since: Timestamp, span: Duration) -> Result<Vec<Throughput>> {
    let select = "SELECT start - start % $2 AS span, kind,
                         (CASE kind WHEN $3 THEN max(value) ELSE sum(value) END)::bigint
                  FROM throughput WHERE start >= $1 GROUP BY span, kind ORDER BY span, kind";
    let span = i64::try_from(span.as_millis()).unwrap_or(i64::MAX).max(1);
    let found = sql::rows(conn, select, params![millis(since), span, OLDEST_DUE]).await?;
    let read = |row| {
        let mut columns = Columns::of(row);
        Ok((columns.get()?, columns.get()?, columns.get()?))
    };
    Ok(gathered(found.iter().map(read).collect::<Result<Vec<_>>>()?))
}
