//! The quarters of an hour of each webhook, in PostgreSQL.

use super::columns::{Columns, named};
use super::fault::Result;
use super::sql::{execute, params, rows};
use super::unreadable::{self, LeftOut, Table};
use crate::encoding::latencies;
use crate::encoding::value::count;
use deskbell_core::Timestamp;
use deskbell_core::store::QUARTERS_KEPT;
use deskbell_core::time::millis;
use deskbell_core::webhook::Quarter;
use std::collections::{BTreeMap, HashMap};
use tokio_postgres::{Client, Row};

/// Old quarters that go when new ones begin: more than begin at a time, so that they become fewer.
const DROPPED_AT_ONCE: i64 = 100;

const TABLE: Table = Table("quarters", &["webhook", "start"]);

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT q.start, q.delivered, q.first_try, q.failed, q.gave_up, q.latencies, q.webhook FROM quarters q ",
            $rest
        )
    };
}

fn read(row: &Row) -> Result<Quarter> {
    let mut columns = Columns::of(row);
    Ok(Quarter {
        start: columns.time()?,
        delivered: columns.count()?,
        first_try: columns.count()?,
        failed: columns.count()?,
        gave_up: columns.count()?,
        latencies: latencies::unpack(columns.get()?)
            .ok_or_else(|| columns.damaged("latencies of no known form"))?,
    })
}

/// Adds what quarters have, by webhook, to their rows. One that cannot be read begins anew: what is recorded must not wait for
/// a sum.
pub(super) async fn add(conn: &Client, more: &BTreeMap<(i64, i64), Quarter>) -> Result<()> {
    if more.is_empty() {
        return Ok(());
    }
    let (webhooks, starts): (Vec<i64>, Vec<i64>) = more.keys().copied().unzip();
    let select =
        select!("JOIN unnest($1, $2) AS u (webhook, start) ON q.webhook = u.webhook AND q.start = u.start");
    let (mut sums, mut left_out) = (more.clone(), LeftOut::of(TABLE));
    let known = rows(conn, select, params![webhooks, starts]).await?;
    for row in &known {
        let key = (named(row, "webhook")?, named(row, "start")?);
        if let Some(known) = left_out.row(row, read)?
            && let Some(sum) = sums.get_mut(&key)
        {
            sum.add(&known);
        }
    }
    let upsert = "INSERT INTO quarters (webhook, start, delivered, first_try, failed, gave_up, latencies)
                  SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7)
                  ON CONFLICT (webhook, start) DO UPDATE SET delivered = excluded.delivered,
                  first_try = excluded.first_try, failed = excluded.failed, gave_up = excluded.gave_up,
                  latencies = excluded.latencies";
    let column = |of: fn(&Quarter) -> u64| sums.values().map(|sum| count(of(sum))).collect::<Vec<i64>>();
    let (delivered, first) = (column(|sum| sum.delivered), column(|sum| sum.first_try));
    let (failed, gave_up) = (column(|sum| sum.failed), column(|sum| sum.gave_up));
    let packed: Vec<Vec<u8>> = sums.values().map(|sum| latencies::pack(&sum.latencies)).collect();
    execute(conn, upsert, params![webhooks, starts, delivered, first, failed, gave_up, packed]).await?;
    match more.values().map(|quarter| quarter.start).max() {
        Some(newest) if known.len() < more.len() => drop_old(conn, newest).await,
        _ => Ok(()),
    }
}

/// Drops some of what ended long before `now`, of any webhook; none that another transaction drops.
async fn drop_old(conn: &Client, now: Timestamp) -> Result<()> {
    let delete = "DELETE FROM quarters q USING
                  (SELECT webhook, start FROM quarters WHERE start < $1 ORDER BY start LIMIT $2 FOR UPDATE SKIP LOCKED) o
                  WHERE q.webhook = o.webhook AND q.start = o.start";
    let kept = i64::try_from(QUARTERS_KEPT.as_millis()).unwrap_or(i64::MAX);
    execute(conn, delete, params![millis(now).saturating_sub(kept), DROPPED_AT_ONCE]).await.map(drop)
}

/// The quarters of these webhooks that began at `since` or later, oldest first.
pub(super) async fn since(
    conn: &Client,
    webhooks: &[i64],
    since: Timestamp,
) -> Result<HashMap<i64, Vec<Quarter>>> {
    let select = select!("WHERE q.webhook = ANY($1) AND q.start >= $2");
    let rows = rows(conn, select, params![webhooks, millis(since)]).await?;
    let mut found: HashMap<_, Vec<Quarter>> = HashMap::new();
    for (webhook, quarter) in unreadable::all(&rows, TABLE, |row| Ok((named(row, "webhook")?, read(row)?)))? {
        found.entry(webhook).or_default().push(quarter);
    }
    found.values_mut().for_each(|quarters| quarters.sort_by_key(|quarter| quarter.start));
    Ok(found)
}
