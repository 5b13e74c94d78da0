//! The quarters of an hour of each webhook, in SQLite.

use super::columns::Columns;
use super::fault::Result;
use super::unreadable::{self, LeftOut, Table};
use crate::encoding::value::count;
use deskbell_core::Timestamp;
use deskbell_core::latency::{BUCKETS, Histogram};
use deskbell_core::store::QUARTERS_KEPT;
use deskbell_core::time::millis;
use deskbell_core::webhook::Quarter;
use rusqlite::{Connection, OptionalExtension, Row};

/// Old quarters that go when a new one begins: more than begin at a time, so that they become fewer.
const DROPPED_AT_ONCE: u32 = 100;
/// Bytes of one bucket of latencies that is not empty: its number, and its count.
const BUCKET_BYTES: usize = 5;

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

/// The buckets that are not empty, each as its number and its count.
fn pack(latencies: &Histogram) -> Vec<u8> {
    let mut packed = Vec::new();
    for (bucket, count) in (0u8..).zip(latencies.0).filter(|(_, count)| *count > 0) {
        packed.push(bucket);
        packed.extend(u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
    }
    packed
}

fn unpack(packed: &[u8]) -> Option<Histogram> {
    let mut latencies = Histogram::default();
    let (buckets, rest) = packed.as_chunks::<BUCKET_BYTES>();
    for [bucket, count @ ..] in buckets {
        *latencies.0.get_mut(usize::from(*bucket))? = u32::from_le_bytes(*count).into();
    }
    (rest.is_empty() && buckets.len() <= BUCKETS).then_some(latencies)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latencies_read_back_and_nonsense_does_not() {
        let mut latencies = Histogram::default();
        assert!(pack(&latencies).is_empty());
        for us in [1, 40_000, 40_000, u64::MAX] {
            latencies.note(us);
        }
        assert_eq!(unpack(&pack(&latencies)), Some(latencies));
        assert_eq!(unpack(&[1, 2, 3]), None);
        assert_eq!(unpack(&[200, 1, 0, 0, 0]), None, "there is no such bucket");
    }
}
