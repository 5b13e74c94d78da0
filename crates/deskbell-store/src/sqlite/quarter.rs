//! The quarters of an hour of each webhook, in SQLite.

use super::columns::Columns;
use super::fault::Result;
use super::unreadable::{self, LeftOut, Table};
use crate::encoding::latencies::{pack, unpack};
use crate::encoding::value::count;
use deskbell_core::Timestamp;
use deskbell_core::store::QUARTERS_KEPT;
use deskbell_core::time::millis;
use deskbell_core::webhook::Quarter;
use rusqlite::{Connection, OptionalExtension, Row};

/// Old quarters that go when a new one begins: more than begin at a time, so that they become fewer.
const DROPPED_AT_ONCE: u32 = 100;
const TABLE: Table = Table("quarters", &["webhook", "start"]);
const COLUMNS: &str = "start, delivered, first_try, failed, gave_up, latencies, webhook";

fn read(row: &Row<'_>) -> rusqlite::Result<Quarter> {
    let mut columns = Columns::of(row);
    Ok(Quarter {
        start: columns.time()?,
        delivered: columns.count()?,
        first_try: columns.count()?,
        failed: columns.count()?,
        gave_up: columns.count()?,
        latencies: unpack(&columns.get::<Vec<u8>>()?)
            .ok_or_else(|| columns.damaged("latencies of no known form".into()))?,
    })
}

/// Adds what a quarter has to the webhook's row of it. One that cannot be read begins anew: what is recorded must not wait for
/// a sum.
pub(super) fn add(conn: &Connection, webhook: i64, more: &Quarter) -> Result<()> {
    let select = format!("SELECT {COLUMNS} FROM quarters WHERE webhook = ?1 AND start = ?2");
    let start = millis(more.start);
    let known = conn.prepare_cached(&select)?.query_row((webhook, start), read).optional();
    let known = LeftOut::of(TABLE).sift(format_args!("{webhook}/{start}"), known.map_err(Into::into))?;
    let new = known == Some(None);
    let mut quarter = known.flatten().unwrap_or_else(|| Quarter::of(more.start));
    quarter.add(more);
    let upsert = "INSERT INTO quarters (webhook, start, delivered, first_try, failed, gave_up, latencies)
                  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                  ON CONFLICT (webhook, start) DO UPDATE SET delivered = ?3, first_try = ?4, failed = ?5,
                  gave_up = ?6, latencies = ?7";
    conn.prepare_cached(upsert)?.execute((
        webhook,
        start,
        count(quarter.delivered),
        count(quarter.first_try),
        count(quarter.failed),
        count(quarter.gave_up),
        pack(&quarter.latencies),
    ))?;
    if new { drop_old(conn, more.start) } else { Ok(()) }
}

/// So many of the deliveries that gave up in the webhook's quarter arrived after all. Of a quarter that is not kept nothing is known.
pub(super) fn take_back(conn: &Connection, webhook: i64, start: i64, recovered: u64) -> Result<()> {
    let update = "UPDATE quarters SET gave_up = max(gave_up - ?3, 0) WHERE webhook = ?1 AND start = ?2";
    conn.prepare_cached(update)?.execute((webhook, start, count(recovered)))?;
    Ok(())
}

/// Drops some of what ended long before `now`, of any webhook.
fn drop_old(conn: &Connection, now: Timestamp) -> Result<()> {
    let delete = "DELETE FROM quarters WHERE (webhook, start) IN
                  (SELECT webhook, start FROM quarters WHERE start < ?1 LIMIT ?2)";
    let kept = i64::try_from(QUARTERS_KEPT.as_millis()).unwrap_or(i64::MAX);
    conn.prepare_cached(delete)?.execute((millis(now).saturating_sub(kept), DROPPED_AT_ONCE))?;
    Ok(())
}

/// The webhook's quarters that began at `since` or later, oldest first.
pub(super) fn since(conn: &Connection, webhook: i64, since: Timestamp) -> Result<Vec<Quarter>> {
    let select = format!("SELECT {COLUMNS} FROM quarters WHERE webhook = ?1 AND start >= ?2 ORDER BY start");
    let mut select = conn.prepare_cached(&select)?;
    unreadable::all(select.query((webhook, millis(since)))?, TABLE, read)
}
