//! The queue, in SQLite: joining, accepting, finishing and giving back. [`super::claim`] hands out.
//!
//! One server holds the file, so its start ends every epoch before it, nobody else ends its own, and beats need not be written.

use super::SqliteStore;
use super::claim;
use super::delivery::{self, Spot};
use super::entry::{EndRow, Entry, HealthRow, MoveRow};
use super::event;
use super::fault::Result;
use super::set_back::set_back;
use super::transaction::{Machine, Transaction};
use super::unreadable::LeftOut;
use super::{attempt, webhook};
use crate::admission::{hold_back, parts};
use crate::encoding::body;
use crate::encoding::state::State;
use crate::encoding::value::count;
use async_trait::async_trait;
use bytes::Bytes;
use deskbell_core::Timestamp;
use deskbell_core::delivery::{Delivery, Epoch};
use deskbell_core::event::NewEvent;
use deskbell_core::meter::Meter;
use deskbell_core::place::Place;
use deskbell_core::policy::concurrency::Crowd;
use deskbell_core::policy::retry::Rules;
use deskbell_core::store::{self, Accepted, Claim, Claimed, Finished, Hands, Queue, Recorded, SetBack};
use deskbell_core::time::millis;
use deskbell_core::webhook::{Status, Webhook};
use rusqlite::Connection;
use std::collections::HashSet;
use std::sync::Arc;

/// Deliveries after which a step takes no further event: a millisecond or two of the writer's.
const STEP: usize = 128;

fn join(tx: &mut Transaction<'_>, hands: Arc<Hands>, now: Timestamp, until: Timestamp) -> Result<Epoch> {
    tx.pending.check_ours()?;
    let since = tx.machine.as_ref().map_or(now, |machine| machine.there_since(now));
    end_epochs(tx, now)?;
    take_over(tx, now, usize::MAX)?;
    let insert = "INSERT INTO epochs (began) VALUES (?1)";
    tx.conn.prepare_cached(insert)?.execute([millis(now)])?;
    let epoch = Epoch(u64::try_from(tx.conn.last_insert_rowid()).unwrap_or_default());
    *tx.machine = Some(Machine { epoch, since, until, hands });
    Ok(epoch)
}

/// Whether the epoch has not ended.
pub(super) fn lasts(conn: &Connection, epoch: Epoch) -> Result<bool> {
    let select = "SELECT 1 FROM epochs WHERE number = ?1 AND ended IS NULL";
    Ok(conn.prepare_cached(select)?.exists([count(epoch.0)])?)
}

/// Ends every epoch.
fn end_epochs(tx: &mut Transaction<'_>, now: Timestamp) -> Result<()> {
    *tx.machine = None;
    let end = "UPDATE epochs SET ended = ?1 WHERE ended IS NULL";
    tx.conn.prepare_cached(end)?.execute([millis(now)])?;
    Ok(())
}

/// Makes due what is held in epochs that have ended, at most `limit`; gives how many there were.
fn take_over(tx: &mut Transaction<'_>, now: Timestamp, limit: usize) -> Result<usize> {
    if tx.machine.is_some() {
        // It ended all others when it joined.
        return Ok(0);
    }
    tx.settle()?;
    let held = "SELECT account, event, webhook FROM deliveries INDEXED BY deliveries_held
                WHERE leased > 0 AND epoch > 0 LIMIT ?1";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut held = tx.conn.prepare_cached(held)?;
    let spots = held.query_map([limit], delivery::read_spot)?.collect::<rusqlite::Result<Vec<Spot>>>()?;
    let end = "UPDATE deliveries SET due = ?4, epoch = 0 WHERE account = ?1 AND event = ?2 AND webhook = ?3";
    for spot in &spots {
        tx.conn.prepare_cached(end)?.execute((spot.account, spot.event, spot.webhook, millis(now)))?;
        tx.due.sooner(spot.webhook, now, now);
    }
    Ok(spots.len())
}

fn leave(tx: &mut Transaction<'_>, epoch: Epoch, now: Timestamp) -> Result<()> {
    if lasts(tx.conn, epoch)? {
        end_epochs(tx, now)?;
        take_over(tx, now, usize::MAX)?;
    }
    Ok(())
}

/// Lets the epoch last; `false` when it has ended, and then for ever.
fn beat(tx: &mut Transaction<'_>, epoch: Epoch, now: Timestamp, until: Timestamp) -> bool {
    let Some(machine) = tx.machine.as_mut().filter(|machine| machine.epoch == epoch) else { return false };
    machine.since = machine.there_since(now);
    machine.until = until;
    true
}

/// Accepts the first of `events`, up to the one with which they owe [`STEP`] deliveries: the verdicts, and who stands before the last.
fn accept(
    tx: &mut Transaction<'_>,
    events: &[(Bytes, NewEvent)],
    now: Timestamp,
) -> Result<(Vec<Accepted>, Option<Crowd>)> {
    // Read before anything is written, so that a webhook which cannot be read spoils nothing.
    if let Some((_, first)) = events.first() {
        tx.webhooks.load(tx.conn, &first.event.account)?;
    }
    tx.outbox.crowd = None;
    let (mut verdicts, before) = (Vec::new(), tx.outbox.rows);
    for (kept, new) in events {
        if !verdicts.is_empty() && tx.outbox.rows - before >= STEP {
            break;
        }
        verdicts.push(event::accept(tx, new, kept.clone(), now)?);
    }
    Ok((verdicts, tx.outbox.crowd.take()))
}

/// Everything is read before anything is written. A delivery that cannot be read is as good as none: its attempt finds no
/// lease.
fn finish(
    tx: &mut Transaction<'_>,
    mut finished: Vec<Finished>,
    rules: &Rules,
    now: Timestamp,
) -> Result<Vec<Recorded>> {
    let (mut held, mut left_out) = (Vec::with_capacity(finished.len()), LeftOut::of(delivery::TABLE));
    for Finished { delivery, place, .. } in &mut finished {
        let lasts = tx.lasts(delivery.epoch);
        held.push(if lasts { read(tx, delivery, *place, &mut left_out, now)? } else { None });
    }
    drop(left_out);
    // Two ends of one lease in one call: the first one counts.
    let mut seen = HashSet::new();
    for spot in &mut held {
        *spot = spot.filter(|spot| seen.insert(*spot));
    }
    let record = |(finished, spot): (Finished, Option<Spot>)| match spot {
        Some(spot) => record(tx, finished, spot, rules, now),
        None => Ok(Recorded::Stale),
    };
    finished.into_iter().zip(held).map(record).collect()
}

/// Brings the leased delivery up to date; gives its spot if its lease still holds. One that cannot be read is set aside.
fn read(
    tx: &mut Transaction<'_>,
    delivery: &mut Delivery,
    place: Place,
    left_out: &mut LeftOut,
    now: Timestamp,
) -> Result<Option<Spot>> {
    let token = delivery.token();
    let known = tx
        .webhooks
        .any(tx.conn, &delivery.webhook)
        .map(|known| known.map(|(webhook, known)| (webhook, known.account)));
    let Some((webhook, account)) = left_out.sift(&delivery.id, known)?.flatten() else { return Ok(None) };
    let spot = Spot { account, event: place, webhook };
    let refreshed = delivery::refresh(tx, spot, delivery);
    let Some(there) = left_out.sift(&delivery.id, refreshed)? else {
        // Nobody would look at it again while the epoch lasts.
        tx.settle()?;
        delivery::set_aside(tx, spot, now)?;
        return Ok(None);
    };
    Ok((there && delivery.is_held_by(token)).then_some(spot))
}

fn record(
    tx: &mut Transaction<'_>,
    finished: Finished,
    spot: Spot,
    rules: &Rules,
    now: Timestamp,
) -> Result<Recorded> {
    let Finished { mut delivery, attempt, randomness, .. } = finished;
    let known = tx.webhooks.get(tx.conn, spot.webhook)?;
    let (before, mut health) = (delivery.standing(), known.health);
    let taken = known.webhook.takes(delivery.is_sample());
    let disabled = delivery.conclude(taken, &mut health, &attempt, rules, randomness, now);
    let entry = EndRow {
        spot,
        state: State::of(&delivery),
        attempt: attempt::row(tx, &attempt, spot.account, now)?,
        health: HealthRow::of(&health),
        score: delivery.score(&attempt, before),
        now: millis(now),
    };
    tx.push(Entry::Recorded(entry))?;
    if health.rest_until != known.health.rest_until {
        tx.settle()?;
        claim::settle(tx, spot.webhook)?;
        // The end of a rest makes others of the webhook due sooner than was told.
        tx.outbox.wake = true;
    }
    if let Some(reason) = disabled {
        tx.settle()?;
        let status = Status::Disabled { reason, at: now };
        webhook::save(tx, spot.webhook, Webhook { status, health, ..known.today() }, now)?;
    }
    tx.outbox.tally.recorded(&attempt, &delivery);
    Ok(Recorded::Recorded { delivery, disabled })
}

fn release(tx: &mut Transaction<'_>, mut unspent: Vec<(Place, Box<Delivery>)>, now: Timestamp) -> Result<()> {
    let mut left_out = LeftOut::of(delivery::TABLE);
    for (place, delivery) in &mut unspent {
        if let Some(spot) = read(tx, delivery, *place, &mut left_out, now)? {
            let taken = tx.webhooks.get(tx.conn, spot.webhook)?.webhook.takes(delivery.is_sample());
            delivery.release(taken, now);
            tx.push(Entry::Moved(MoveRow { spot, state: State::of(delivery), lost: None }))?;
        }
    }
    Ok(())
}

#[async_trait]
impl Queue for SqliteStore {
    async fn join(&self, hands: Arc<Hands>, now: Timestamp, until: Timestamp) -> store::Result<Epoch> {
        self.main.queue(self.main.write(move |tx| join(tx, hands, now, until)).await)
    }

    async fn beat(&self, epoch: Epoch, now: Timestamp, until: Timestamp) -> store::Result<bool> {
        self.main.step(move |tx| Ok(beat(tx, epoch, now, until))).await
    }

    async fn leave(&self, epoch: Epoch, now: Timestamp) -> store::Result<()> {
        self.main.write(move |tx| leave(tx, epoch, now)).await
    }

    async fn take_over(&self, _: Epoch, now: Timestamp, limit: usize) -> store::Result<usize> {
        self.main.step(move |tx| take_over(tx, now, limit)).await
    }

    async fn accept(&self, events: Vec<NewEvent>, now: Timestamp) -> store::Result<Vec<Accepted>> {
        let mut verdicts = Vec::with_capacity(events.len());
        let mut last = None;
        for part in parts(events) {
            let room = match verdicts.is_empty() {
                true => self.admission.admit(&part.account, part.bytes).await?,
                false => self.admission.admit_next(&part.account, part.bytes).await?,
            };
            let keep = |new: NewEvent| (body::keep(&new.event.body), new);
            let (account, events) = (part.account, part.events.into_iter().map(keep).collect::<Arc<[_]>>());
            let mut done = 0;
            while done < events.len() {
                let events = Arc::clone(&events);
                let work = move |tx: &mut Transaction<'_>| accept(tx, &events[done..], now);
                let (some, crowd) = self.main.step_for(&account, work).await?;
                done += some.len();
                verdicts.extend(some);
                last = crowd.or(last);
            }
            drop(room);
        }
        if let Some(crowd) = last {
            hold_back(crowd).await;
        }
        Ok(verdicts)
    }

    async fn claim(&self, claim: Claim, rules: &Rules) -> store::Result<Claimed> {
        let rules = rules.clone();
        self.main.queue(self.main.step(move |tx| claim::claim(tx, &claim, &rules)).await)
    }

    async fn finish(
        &self,
        finished: Vec<Finished>,
        rules: &Rules,
        now: Timestamp,
    ) -> store::Result<Vec<Recorded>> {
        let rules = rules.clone();
        self.main.step(move |tx| finish(tx, finished, &rules, now)).await
    }

    async fn release(&self, unspent: Vec<(Place, Box<Delivery>)>, now: Timestamp) -> store::Result<()> {
        self.main.step(move |tx| release(tx, unspent, now)).await
    }

    async fn set_back(&self, back: SetBack, rules: &Rules) -> store::Result<Option<SetBack>> {
        let rules = rules.clone();
        self.main.write(move |tx| set_back(tx, back, &rules)).await
    }

    fn meter(&self) -> Arc<Meter> {
        Arc::clone(&self.meter)
    }
}
