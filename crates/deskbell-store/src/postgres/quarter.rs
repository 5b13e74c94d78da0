//! The quarters of an hour of each webhook, in PostgreSQL.

use super::client::Client;
use super::columns::{Columns, named};
use super::fault::Result;
use super::sql::{Statement, execute, params, rows, statement};
use super::transaction::Tx;
use super::unreadable::{self, LeftOut, Table};
use crate::encoding::latencies;
use crate::encoding::value::count;
use deskbell_core::Timestamp;
use deskbell_core::store::QUARTERS_KEPT;
use deskbell_core::time::millis;
use deskbell_core::webhook::Quarter;
use deskbell_core::webhook::quarter::start_of;
use std::collections::{BTreeMap, HashMap};
use tokio_postgres::Row;

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

/// The quarters of these webhooks that `now` is in, by webhook: `None` of one whose row cannot be read. It begins anew, for what is
/// recorded must not wait for a sum.
pub(super) async fn at(
    conn: &Client,
    webhooks: &[i64],
    now: Timestamp,
) -> Result<HashMap<i64, Option<Quarter>>> {
    if webhooks.is_empty() {
        return Ok(HashMap::new());
    }
    let select = select!("WHERE q.webhook = ANY($1) AND q.start = $2");
    let mut left_out = LeftOut::of(TABLE);
    let known = rows(conn, select, params![webhooks, millis(start_of(now))]).await?;
    known.iter().map(|row| Ok((named(row, "webhook")?, left_out.row(row, read)?))).collect()
}

/// Adds what webhooks' quarters have since they were [`known`](at).
pub(super) async fn add(
    tx: &Tx<'_>,
    more: &BTreeMap<i64, Quarter>,
    known: &HashMap<i64, Option<Quarter>>,
) -> Result<()> {
    let Some(newest) = more.values().map(|quarter| quarter.start).max() else { return Ok(()) };
    let mut sums = more.clone();
    for (webhook, sum) in &mut sums {
        if let Some(Some(known)) = known.get(webhook) {
            sum.add(known);
        }
    }
    let webhooks: Vec<i64> = sums.keys().copied().collect();
    let starts: Vec<i64> = sums.values().map(|sum| millis(sum.start)).collect();
    let upsert = "INSERT INTO quarters (webhook, start, delivered, first_try, failed, gave_up, latencies)
                  SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7)
                  ON CONFLICT (webhook, start) DO UPDATE SET delivered = excluded.delivered,
                  first_try = excluded.first_try, failed = excluded.failed, gave_up = excluded.gave_up,
                  latencies = excluded.latencies";
    let column = |of: fn(&Quarter) -> u64| sums.values().map(|sum| count(of(sum))).collect::<Vec<i64>>();
    let (delivered, first) = (column(|sum| sum.delivered), column(|sum| sum.first_try));
    let (failed, gave_up) = (column(|sum| sum.failed), column(|sum| sum.gave_up));
    let packed: Vec<Vec<u8>> = sums.values().map(|sum| latencies::pack(&sum.latencies)).collect();
    tx.last(Some(statement![upsert, webhooks, starts, delivered, first, failed, gave_up, packed]));
    let some_begin = more.keys().any(|webhook| !known.contains_key(webhook));
    if some_begin { drop_old(tx.conn, newest).await } else { Ok(()) }
}

/// Deliveries that gave up in these quarters of webhooks arrived after all. Of a quarter that is not kept nothing is known.
pub(super) fn taken_back(recovered: &[(i64, Timestamp)]) -> Option<Statement> {
    let (webhooks, starts): (Vec<i64>, Vec<i64>) =
        recovered.iter().map(|(webhook, start)| (*webhook, millis(*start))).unzip();
    let update = "UPDATE quarters q SET gave_up = greatest(q.gave_up - r.many, 0)
                  FROM (SELECT webhook, start, count(*) AS many FROM unnest($1, $2) AS one (webhook, start)
                        GROUP BY webhook, start) r
                  WHERE q.webhook = r.webhook AND q.start = r.start";
    (!recovered.is_empty()).then(|| statement![update, webhooks, starts])
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
