//! A wall clock that was set back, in PostgreSQL: tries and rests that were planned by the time before follow it.

use super::columns::named;
use super::fault::Result;
use super::known::{self, Known};
use super::spot::{self, Spot};
use super::sql::{params, rows};
use super::transaction::Tx;
use deskbell_core::Timestamp;
use deskbell_core::policy::circuit_breaker;
use deskbell_core::policy::retry::Rules;
use deskbell_core::store::{Queued, SetBack};
use deskbell_core::time::{from_millis, millis};
use deskbell_core::webhook::Webhook;
use std::collections::HashMap;

/// A row of the queue, as far as it says whether its try was planned by another time.
struct Waiting {
    spot: Spot,
    due: Timestamp,
    /// When its last attempt started, or it was made; `None` when that attempt is not there, and of what is due already.
    planned: Option<Timestamp>,
}

/// One part of it; gives the next.
pub(super) async fn set_back(tx: &Tx<'_>, back: &SetBack, rules: &Rules) -> Result<Option<SetBack>> {
    let resting = resting(tx, back, rules).await?;
    let waiting = waiting(tx, back).await?;
    let mut accounts: Vec<i64> = resting.iter().map(|known| known.account).collect();
    accounts.extend(waiting.iter().map(|row| row.spot.account));
    accounts.sort_unstable();
    accounts.dedup();
    tx.lock(&accounts).await?;
    if end_rests(tx, back, &resting, rules).await? == back.limit {
        return Ok(Some(back.clone()));
    }
    let planned: HashMap<Spot, Timestamp> =
        waiting.iter().filter_map(|row| Some((row.spot, row.planned?))).collect();
    let spots: Vec<Spot> = planned.keys().copied().collect();
    // One that cannot be read is set aside when it is claimed.
    let mut moved = spot::read_all(tx.conn, &spots).await?;
    moved.retain_mut(|(spot, delivery)| delivery.set_back(planned[spot], back.by, back.earlier, back.now));
    tx.outbox().wake |= !moved.is_empty();
    spot::save_all(tx, &moved).await?;
    let last = waiting.last().filter(|_| waiting.len() == back.limit);
    Ok(last.map(|row| {
        let behind = Queued { webhook: row.spot.webhook, due: row.due, place: row.spot.event };
        SetBack { behind: Some(behind), ..back.clone() }
    }))
}

/// Webhooks whose rest would be longer than any may be.
async fn resting(tx: &Tx<'_>, back: &SetBack, rules: &Rules) -> Result<Vec<Known>> {
    let select = "SELECT seq FROM webhooks WHERE rest_until > $1 ORDER BY rest_until LIMIT $2";
    let latest = millis(circuit_breaker::latest(back.now, rules));
    let found = rows(tx.conn, select, params![latest, limit(back)]).await?;
    let seqs = found.iter().map(|row| named(row, "seq")).collect::<Result<Vec<i64>>>()?;
    known::all_at(tx.conn, &seqs).await
}

/// Ends those rests when they were meant to; gives how many there were.
async fn end_rests(tx: &Tx<'_>, back: &SetBack, resting: &[Known], rules: &Rules) -> Result<usize> {
    let seqs: Vec<i64> = resting.iter().map(|known| known.seq).collect();
    let known = if seqs.is_empty() { Vec::new() } else { known::all_at(tx.conn, &seqs).await? };
    for known in &known {
        let mut webhook = Webhook::clone(&known.webhook);
        circuit_breaker::set_back(&mut webhook.health, back.by, back.now, rules);
        known::save(tx, known, &webhook, back.now).await?;
    }
    Ok(known.len())
}

async fn waiting(tx: &Tx<'_>, back: &SetBack) -> Result<Vec<Waiting>> {
    let select = "SELECT d.account, d.event, d.webhook, d.due,
                  CASE WHEN d.due <= $5 THEN NULL WHEN d.attempts = 0 THEN d.created ELSE
                  (SELECT a.started FROM attempts a WHERE a.account = d.account
                   AND a.event = d.event AND a.webhook = d.webhook AND a.number = d.attempts) END AS planned
                  FROM deliveries d WHERE d.due IS NOT NULL AND (d.webhook, d.due, d.event) > ($1, $2, $3)
                  ORDER BY d.webhook, d.due, d.event LIMIT $4";
    let (webhook, due, place) =
        back.behind.map_or((0, 0, 0), |row| (row.webhook, millis(row.due), row.place));
    let found = rows(tx.conn, select, params![webhook, due, place, limit(back), millis(back.now)]).await?;
    let read = |row: &tokio_postgres::Row| {
        let planned: Option<i64> = named(row, "planned")?;
        let due = from_millis(named(row, "due")?);
        Ok(Waiting { spot: Spot::read(row)?, due, planned: planned.map(from_millis) })
    };
    found.iter().map(read).collect()
}

fn limit(back: &SetBack) -> i64 {
    i64::try_from(back.limit).unwrap_or(i64::MAX)
}
