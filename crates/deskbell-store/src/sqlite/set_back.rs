//! A wall clock that was set back, in SQLite: tries and rests that were planned by the time before follow it.

use super::delivery::{self, Spot};
use super::fault::Result;
use super::transaction::Transaction;
use super::unreadable::LeftOut;
use super::webhook;
use deskbell_core::Timestamp;
use deskbell_core::policy::circuit_breaker;
use deskbell_core::policy::retry::Rules;
use deskbell_core::store::{Queued, SetBack};
use deskbell_core::time::{from_millis, millis};
use deskbell_core::webhook::Webhook;

/// A row of the queue, as far as it says whether its try was planned by another time.
struct Waiting {
    spot: Spot,
    due: Timestamp,
    /// When its last attempt started, or it was made; `None` when that attempt is not there, and of what is due already.
    planned: Option<Timestamp>,
}

/// One part of it; gives the next.
pub(super) fn set_back(tx: &mut Transaction<'_>, back: SetBack, rules: &Rules) -> Result<Option<SetBack>> {
    tx.settle()?;
    if end_rests(tx, &back, rules)? == back.limit {
        return Ok(Some(back));
    }
    let rows = waiting(tx, &back)?;
    let mut left_out = LeftOut::of(delivery::TABLE);
    for row in &rows {
        let Some(planned) = row.planned else { continue };
        let read = delivery::read_at(tx.conn, row.spot);
        // One that cannot be read is set aside when it is claimed.
        let Some(mut delivery) = left_out.sift(row.spot.event, read)? else { continue };
        if delivery.set_back(planned, back.by, back.earlier, back.now) {
            delivery::save(tx, row.spot, &delivery)?;
            tx.outbox.wake = true;
        }
    }
    tx.outbox.rows += rows.len();
    let last = rows.last().filter(|_| rows.len() == back.limit);
    Ok(last.map(|row| {
        let behind = Queued { webhook: row.spot.webhook, due: row.due, place: row.spot.event };
        SetBack { behind: Some(behind), ..back }
    }))
}

/// Rests that would be longer than any may be; gives how many there were.
fn end_rests(tx: &mut Transaction<'_>, back: &SetBack, rules: &Rules) -> Result<usize> {
    let select = "SELECT seq FROM webhooks INDEXED BY webhooks_resting WHERE rest_until > ?1 LIMIT ?2";
    let latest = millis(circuit_breaker::latest(back.now, rules));
    let mut select = tx.conn.prepare_cached(select)?;
    let found = select.query_map((latest, limit(back)), |row| row.get(0))?;
    let numbers = found.collect::<rusqlite::Result<Vec<i64>>>()?;
    let (mut ended, mut left_out) = (0, LeftOut::of(webhook::TABLE));
    for number in numbers {
        let known = tx.webhooks.get(tx.conn, number);
        let Some(known) = left_out.sift(format_args!("seq {number}"), known)? else { continue };
        let mut webhook: Webhook = known.today();
        circuit_breaker::set_back(&mut webhook.health, back.by, back.now, rules);
        webhook::save(tx, number, webhook, back.now)?;
        ended += 1;
    }
    Ok(ended)
}

fn waiting(tx: &Transaction<'_>, back: &SetBack) -> Result<Vec<Waiting>> {
    let select =
        "SELECT d.account, d.event, d.webhook, d.due, iif(d.due <= ?5, NULL, iif(d.attempts = 0, d.created,
                  (SELECT a.started FROM attempts a INDEXED BY attempts_number WHERE a.account = d.account
                   AND a.event = d.event AND a.webhook = d.webhook AND a.number = d.attempts))) AS planned
                  FROM deliveries d INDEXED BY deliveries_queue
                  WHERE d.due IS NOT NULL AND (d.webhook, d.due, d.event) > (?1, ?2, ?3)
                  ORDER BY d.webhook, d.due, d.event LIMIT ?4";
    let behind = back.behind.map_or((0, 0, 0), |row| (row.webhook, millis(row.due), row.place));
    let read = |row: &rusqlite::Row<'_>| {
        let planned: Option<i64> = row.get("planned")?;
        let due = from_millis(row.get("due")?);
        Ok(Waiting { spot: delivery::read_spot(row)?, due, planned: planned.map(from_millis) })
    };
    let mut select = tx.conn.prepare_cached(select)?;
    let rows = select.query_map((behind.0, behind.1, behind.2, limit(back), millis(back.now)), read)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn limit(back: &SetBack) -> i64 {
    i64::try_from(back.limit).unwrap_or(i64::MAX)
}
