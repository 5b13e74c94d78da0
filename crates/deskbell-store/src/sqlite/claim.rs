//! Claiming: who is served, and what is leased. Webhooks are served in the order they were created, round robin, those
//! behind [`Claim::resume`] first.

use super::fault::Result;
use super::writer::Desk;
use super::{attempt, delivery};
use crate::share::{deal, rotate};
use bytes::Bytes;
use deskbell_core::Timestamp;
use deskbell_core::delivery::Leased;
use deskbell_core::id::WebhookId;
use deskbell_core::policy::circuit_breaker;
use deskbell_core::policy::retry::Rules;
use deskbell_core::store::{Claim, Claimed};
use deskbell_core::time::{from_millis, millis};
use deskbell_core::webhook::Webhook;
use rusqlite::{Connection, OptionalExtension};
use std::collections::HashMap;
use std::sync::Arc;

/// A webhook that has something in the queue.
struct Waiting {
    seq: i64,
    webhook: Arc<Webhook>,
    /// Its due deliveries, as many as there is room for.
    due: Vec<i64>,
}

pub(super) fn claim(desk: &mut Desk<'_>, claim: Claim, rules: &Rules) -> Result<Claimed> {
    let mut claimed = Claimed::default();
    let mut in_flight = claim.in_flight.clone();
    let mut resume = claim.resume.clone();
    let mut next_due = None;
    loop {
        let (mut waiting, next) = waiting(desk, &claim, &in_flight)?;
        claimed.next_due = *next_due.get_or_insert(next);
        rotate(&mut waiting, place(desk.conn, resume.as_ref())?, |webhook| webhook.seq);
        let counts: Vec<usize> = waiting.iter().map(|webhook| webhook.due.len()).collect();
        let (shares, last) = deal(claim.limit.saturating_sub(claimed.leased.len()), &counts);
        let Some(last) = last else { return Ok(claimed) };
        let mut ended = false;
        for (waiting, share) in waiting.iter().zip(shares) {
            for seq in waiting.due.iter().take(share) {
                match hand_out(desk, *seq, &waiting.webhook, &claim, rules)? {
                    Some(leased) => {
                        *in_flight.entry(waiting.webhook.id.clone()).or_default() += 1;
                        claimed.leased.push(leased);
                    }
                    None => ended = true,
                }
            }
        }
        claimed.last = Some(waiting[last].webhook.id.clone());
        resume.clone_from(&claimed.last);
        // A delivery that its lost lease ended took a place that another can have.
        if !ended {
            return Ok(claimed);
        }
    }
}

fn place(conn: &Connection, webhook: Option<&WebhookId>) -> Result<Option<i64>> {
    let Some(webhook) = webhook else { return Ok(None) };
    let mut select = conn.prepare_cached("SELECT seq FROM webhooks WHERE id = ?1")?;
    Ok(select.query_row([webhook.as_str()], |row| row.get(0)).optional()?)
}

/// The webhooks that have something in the queue, in the order they were created, and when time alone will make more of
/// it due. Each webhook is one seek in the queue's index, however much waits for it.
fn waiting(
    desk: &mut Desk<'_>,
    claim: &Claim,
    in_flight: &HashMap<WebhookId, u32>,
) -> Result<(Vec<Waiting>, Option<Timestamp>)> {
    let mut first = desk.conn.prepare_cached(
        "SELECT webhook, due FROM deliveries INDEXED BY deliveries_queue
         WHERE due IS NOT NULL AND webhook > ?1 ORDER BY webhook, due LIMIT 1",
    )?;
    let (mut found, mut next_due, mut behind) = (Vec::new(), None::<Timestamp>, 0i64);
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1).map(from_millis)?));
    while let Some((seq, earliest)) = first.query_row([behind], read).optional()? {
        behind = seq;
        let webhook = desk.webhooks.get(desk.conn, seq)?;
        let rest = webhook.health.rest_until.filter(|end| *end > claim.now);
        let next = match rest {
            Some(rest) => Some(rest.max(earliest)),
            None if earliest > claim.now => Some(earliest),
            None => first_after(desk.conn, seq, claim.now)?,
        };
        next_due = [next_due, next].into_iter().flatten().min();
        let held = in_flight.get(&webhook.id).copied().unwrap_or_default();
        let room = circuit_breaker::room(&webhook.health, claim.now, claim.per_webhook).saturating_sub(held);
        if room > 0 && earliest <= claim.now {
            let due = due(desk.conn, seq, claim, room)?;
            found.push(Waiting { seq, webhook, due });
        }
    }
    Ok((found, next_due))
}

fn first_after(conn: &Connection, webhook: i64, now: Timestamp) -> Result<Option<Timestamp>> {
    let select = "SELECT min(due) FROM deliveries INDEXED BY deliveries_queue
                  WHERE due IS NOT NULL AND webhook = ?1 AND due > ?2";
    let found: Option<i64> =
        conn.prepare_cached(select)?.query_row((webhook, millis(now)), |row| row.get(0))?;
    Ok(found.map(from_millis))
}

fn due(conn: &Connection, webhook: i64, claim: &Claim, room: u32) -> Result<Vec<i64>> {
    let mut select = conn.prepare_cached(
        "SELECT seq FROM deliveries INDEXED BY deliveries_queue
         WHERE due IS NOT NULL AND webhook = ?1 AND due <= ?2 ORDER BY due, seq LIMIT ?3",
    )?;
    let room = i64::from(room).min(i64::try_from(claim.limit).unwrap_or(i64::MAX));
    let rows = select.query_map((webhook, millis(claim.now), room), |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Leases one due delivery; `None` when its lost lease ended it.
fn hand_out(
    desk: &mut Desk<'_>,
    seq: i64,
    webhook: &Arc<Webhook>,
    claim: &Claim,
    rules: &Rules,
) -> Result<Option<Leased>> {
    let conn = desk.conn;
    let mut placed = delivery::placed(conn, seq)?;
    let (lost, leased) = placed.delivery.lease(webhook, rules, claim.now, claim.lease);
    if let Some(lost) = lost {
        attempt::insert(conn, &lost, seq)?;
        desk.tally.recorded(&lost, &placed.delivery);
    }
    let delivery = placed.delivery;
    delivery::save(conn, seq, &delivery)?;
    if !leased {
        return Ok(None);
    }
    let body = "SELECT body FROM events WHERE seq = ?1";
    let body: Vec<u8> = conn.prepare_cached(body)?.query_row([placed.event], |row| row.get(0))?;
    Ok(Some(Leased {
        token: delivery.token(),
        number: delivery.attempts + 1,
        manual: delivery.manual > 0,
        delivery: delivery.id,
        event: delivery.event,
        body: Bytes::from(body),
        webhook: webhook.clone(),
    }))
}
