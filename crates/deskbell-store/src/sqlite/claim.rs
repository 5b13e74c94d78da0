//! Claiming: what is due is looked up, dealt out in [fair shares](fair_share) and leased.

use super::fault::Result;
use super::writer::Transaction;
use super::{attempt, delivery};
use bytes::Bytes;
use deskbell_core::Timestamp;
use deskbell_core::delivery::Leased;
use deskbell_core::id::WebhookId;
use deskbell_core::policy::fair_share::{self, Demand, FairShare};
use deskbell_core::policy::retry::Rules;
use deskbell_core::store::{Claim, Claimed};
use deskbell_core::time::{from_millis, millis};
use deskbell_core::webhook::Webhook;
use rusqlite::{Connection, OptionalExtension};
use std::sync::Arc;

pub(super) fn claim(tx: &mut Transaction<'_>, claim: &Claim, rules: &Rules) -> Result<Claimed> {
    let mut share = FairShare::new(claim, place(tx.conn, claim.resume.as_ref())?);
    let (mut leased, mut first_look) = (Vec::new(), None);
    let mut ended = true;
    while std::mem::take(&mut ended) {
        let (demands, next_due) = look(tx, claim, &share)?;
        first_look.get_or_insert(next_due);
        for Demand { webhook, due, .. } in share.deal(demands) {
            for seq in due {
                match hand_out(tx, seq, &webhook, claim, rules)? {
                    Some(one) => {
                        share.lease(&webhook.id);
                        leased.push(one);
                    }
                    // Its place is another's: one more round.
                    None => ended = true,
                }
            }
        }
    }
    Ok(Claimed { leased, next_due: first_look.flatten(), last: share.last() })
}

fn place(conn: &Connection, webhook: Option<&WebhookId>) -> Result<Option<i64>> {
    let Some(webhook) = webhook else { return Ok(None) };
    let mut select = conn.prepare_cached("SELECT seq FROM webhooks WHERE id = ?1")?;
    Ok(select.query_row([webhook.as_str()], |row| row.get(0)).optional()?)
}

/// The webhooks that have something due, and when time alone will make more of the queue due. Each webhook is one seek in
/// the queue's index, however much waits for it.
fn look(
    tx: &mut Transaction<'_>,
    claim: &Claim,
    share: &FairShare,
) -> Result<(Vec<Demand>, Option<Timestamp>)> {
    let mut first = tx.conn.prepare_cached(
        "SELECT webhook, due FROM deliveries INDEXED BY deliveries_queue
         WHERE due IS NOT NULL AND webhook > ?1 ORDER BY webhook, due LIMIT 1",
    )?;
    let (mut demands, mut next_due, mut behind) = (Vec::new(), None::<Timestamp>, 0i64);
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1).map(from_millis)?));
    while let Some((place, earliest)) = first.query_row([behind], read).optional()? {
        behind = place;
        let webhook = tx.webhooks.get(tx.conn, place)?;
        let leaves = fair_share::leaves(&webhook.health, earliest);
        let next = if leaves > claim.now { Some(leaves) } else { first_after(tx.conn, place, claim.now)? };
        next_due = [next_due, next].into_iter().flatten().min();
        let room = share.room(&webhook);
        if room > 0 && earliest <= claim.now {
            let due = due(tx.conn, place, claim.now, room)?;
            demands.push(Demand { place, webhook, due });
        }
    }
    Ok((demands, next_due))
}

fn first_after(conn: &Connection, webhook: i64, now: Timestamp) -> Result<Option<Timestamp>> {
    let select = "SELECT min(due) FROM deliveries INDEXED BY deliveries_queue
                  WHERE due IS NOT NULL AND webhook = ?1 AND due > ?2";
    let found: Option<i64> =
        conn.prepare_cached(select)?.query_row((webhook, millis(now)), |row| row.get(0))?;
    Ok(found.map(from_millis))
}

fn due(conn: &Connection, webhook: i64, now: Timestamp, room: usize) -> Result<Vec<i64>> {
    let mut select = conn.prepare_cached(
        "SELECT seq FROM deliveries INDEXED BY deliveries_queue
         WHERE due IS NOT NULL AND webhook = ?1 AND due <= ?2 ORDER BY due, seq LIMIT ?3",
    )?;
    let room = i64::try_from(room).unwrap_or(i64::MAX);
    let rows = select.query_map((webhook, millis(now), room), |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Leases one due delivery; `None` when its lost lease ended it.
fn hand_out(
    tx: &mut Transaction<'_>,
    seq: i64,
    webhook: &Arc<Webhook>,
    claim: &Claim,
    rules: &Rules,
) -> Result<Option<Leased>> {
    let conn = tx.conn;
    let mut placed = delivery::placed(conn, seq)?;
    let (lost, leased) = placed.delivery.lease(webhook, rules, claim.now, claim.lease);
    if let Some(lost) = lost {
        attempt::insert(conn, &lost, seq)?;
        tx.tally.recorded(&lost, &placed.delivery);
    }
    let delivery = placed.delivery;
    delivery::save(conn, seq, &delivery)?;
    if !leased {
        return Ok(None);
    }
    let body = "SELECT body FROM events WHERE seq = ?1";
    let body: Vec<u8> = conn.prepare_cached(body)?.query_row([placed.event], |row| row.get(0))?;
    Ok(Some(delivery.leased(webhook, Bytes::from(body))))
}
