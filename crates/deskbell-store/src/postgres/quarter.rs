//! The quarters of an hour of each webhook, in PostgreSQL.

use super::columns::{Columns, named};
use super::fault::Result;
use super::sql::{self, params};
use super::unreadable::{self, LeftOut, Table};
use crate::encoding::latencies::{pack, unpack};
use crate::encoding::value::count;
use deskbell_core::Timestamp;
use deskbell_core::store::QUARTERS_KEPT;
use deskbell_core::time::millis;
use deskbell_core::webhook::Quarter;
use std::collections::HashMap;
use tokio_postgres::{Client, Row};

/// Old quarters that go when a new one begins: more than begin at a time, so that they become fewer.
const DROPPED_AT_ONCE: i64 = 100;

const TABLE: Table = Table("quarters", &["webhook", "start"]);

fn read(row: &Row) -> Result<Quarter> {
    let mut columns = Columns::of(row);
    Ok(Quarter {
        start: columns.time()?,
        delivered: columns.count()?,
        first_try: columns.count()?,
        failed: columns.count()?,
        gave_up: columns.count()?,
        latencies: unpack(columns.get()?).ok_or_else(|| columns.damaged("latencies of no known form"))?,
    })
}

/// Adds what a quarter has to the webhook's row of it. One that cannot be read begins anew: what is recorded must not wait for
/// a sum.
pub(super) async fn add(conn: &Client, webhook: i64, more: &Quarter) -> Result<()> {
    let select = "SELECT start, delivered, first_try, failed, gave_up, latencies FROM quarters
                  WHERE webhook = $1 AND start = $2";
    let start = millis(more.start);
    let known = sql::maybe_row(conn, select, params![webhook, start]).await?;
    let read = known.as_ref().map(read).transpose();
    let read = LeftOut::of(TABLE).sift(format_args!("{webhook}/{start}"), read)?;
    let mut quarter = read.flatten().unwrap_or_else(|| Quarter::of(more.start));
    quarter.add(more);
    let upsert = "INSERT INTO quarters (webhook, start, delivered, first_try, failed, gave_up, latencies)
                  VALUES ($1, $2, $3, $4, $5, $6, $7)
                  ON CONFLICT (webhook, start) DO UPDATE SET delivered = $3, first_try = $4, failed = $5,
                  gave_up = $6, latencies = $7";
    sql::execute(
        conn,
        upsert,
        params![
            webhook,
            start,
            count(quarter.delivered),
            count(quarter.first_try),
            count(quarter.failed),
            count(quarter.gave_up),
            pack(&quarter.latencies),
        ],
    )
    .await?;
    if known.is_some() { Ok(()) } else { drop_old(conn, more.start).await }
}

/// Drops some of what ended long before `now`, of any webhook: none that another transaction is at.
async fn drop_old(conn: &Client, now: Timestamp) -> Result<()> {
    let delete = "DELETE FROM quarters WHERE (webhook, start) IN
                  (SELECT webhook, start FROM quarters WHERE start < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)";
    let kept = i64::try_from(QUARTERS_KEPT.as_millis()).unwrap_or(i64::MAX);
    sql::execute(conn, delete, params![millis(now).saturating_sub(kept), DROPPED_AT_ONCE]).await?;
    Ok(())
}

/// The quarters of these webhooks that began at `since` or later, oldest first.
pub(super) async fn since(
    conn: &Client,
    webhooks: &[i64],
    since: Timestamp,
) -> Result<HashMap<i64, Vec<Quarter>>> {
    let select = "SELECT start, delivered, first_try, failed, gave_up, latencies, webhook FROM quarters
                  WHERE webhook = ANY ($1) AND start >= $2 ORDER BY webhook, start";
    let rows = sql::rows(conn, select, params![webhooks, millis(since)]).await?;
    let mut found: HashMap<_, Vec<_>> = HashMap::new();
    for (webhook, quarter) in unreadable::all(&rows, TABLE, |row| Ok((named(row, "webhook")?, read(row)?)))? {
        found.entry(webhook).or_default().push(quarter);
    }
    Ok(found)
}
