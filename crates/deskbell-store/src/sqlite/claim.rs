//! Claiming: what is due is looked up, dealt out in [fair shares](fair_share) and leased. It costs what is handed out, however
//! many webhooks sleep and however much waits.

use super::delivery::{self, Spot};
use super::due::first;
use super::fault::{Fault, Result};
use super::transaction::Transaction;
use super::{attempt, event, webhook};
use bytes::Bytes;
use deskbell_core::Timestamp;
use deskbell_core::delivery::Leased;
use deskbell_core::place::Place;
use deskbell_core::policy::fair_share::{self, Demand, FairShare};
use deskbell_core::policy::retry::Rules;
use deskbell_core::store::{Claim, Claimed, Error, Handed, Lost};
use deskbell_core::time::millis;
use rusqlite::Connection;
use std::collections::HashMap;

/// Webhooks that one look visits at most: some 10 ms. Only those that rest, and those whose time was remembered too early, are
/// visited for nothing, each of them once; those without room have something in flight, and are fewer.
const LOOKS: usize = 2_000;

pub(super) fn claim(tx: &mut Transaction<'_>, claim: &Claim, rules: &Rules) -> Result<Claimed> {
    // What a machine claims whose epoch has ended would be due again at once.
    if !tx.lasts(claim.epoch, claim.now) {
        return Ok(Claimed::default());
    }
    let resume = match &claim.resume {
        Some(webhook) => Some(webhook::number_or_none(tx.conn, webhook)?),
        None => None,
    };
    let mut share = FairShare::new(claim, resume);
    let all_read = tx.due.read_on(tx.conn)?;
    let mut hand = Hand { claim, rules, bodies: HashMap::new(), lost: Vec::new() };
    let (mut handed, mut again, mut all_seen) = (Vec::new(), true, true);
    while std::mem::take(&mut again) {
        let (demands, cut) = look(tx, claim, &share)?;
        all_seen &= !cut;
        let touched: Vec<i64> = demands.iter().map(|demand| demand.number).collect();
        for demand in share.deal(demands) {
            for place in demand.due {
                match hand.out(tx, demand.number, place)? {
                    Given::Handed(one) => {
                        share.lease();
                        handed.push(*one);
                    }
                    // Its turn is another's: one more round.
                    Given::Ended => again = true,
                    Given::Full => break,
                }
            }
        }
        for webhook in touched {
            settle(tx, webhook)?;
        }
    }
    tx.due.ripen(claim.now);
    let left = tx.due.turns(None).next().is_some();
    // What was not read or looked at yet may be due: look again at once.
    let next_due = if all_read && all_seen { tx.due.next() } else { Some(claim.now) };
    Ok(Claimed { handed, lost: hand.lost, next_due, left, last: share.last() })
}

/// What became of a due delivery.
enum Given {
    Handed(Box<Handed>),
    /// Its lost lease ended it.
    Ended,
    /// There was no room for it after all.
    Full,
}

/// The webhooks that have something due and room for it, no more than there are deliveries to hand out; beside it whether
/// some were not looked at. Who rests is put off to the end of the rest.
fn look(tx: &mut Transaction<'_>, claim: &Claim, share: &FairShare<'_>) -> Result<(Vec<Demand>, bool)> {
    tx.due.ripen(claim.now);
    let (mut demands, mut put_off) = (Vec::new(), Vec::new());
    let (mut wanted, mut looks) = (0, 0);
    for number in tx.due.turns(share.behind()) {
        if wanted >= share.left() || looks >= LOOKS {
            break;
        }
        looks += 1;
        let known = tx.webhooks.get(tx.conn, number)?;
        let leaves = fair_share::leaves(&known.health, claim.now);
        let room = share.room(&known.webhook.id, &known.health);
        if leaves > claim.now {
            put_off.push((number, leaves));
        } else if room > 0 {
            // Without anything due it is listed too, so that its time is corrected.
            let due = due(tx.conn, number, claim.now, room)?;
            wanted += usize::from(!due.is_empty());
            demands.push(Demand { number, webhook: known.webhook, due });
        }
    }
    for (number, leaves) in put_off {
        tx.due.set(number, Some(leaves));
    }
    demands.sort_by_key(|demand| demand.number);
    Ok((demands, looks >= LOOKS))
}

/// The first due of the webhook's queue.
fn due(conn: &Connection, webhook: i64, now: Timestamp, room: usize) -> Result<Vec<Place>> {
    let mut select = conn.prepare_cached(
        "SELECT event FROM deliveries INDEXED BY deliveries_queue
         WHERE due IS NOT NULL AND webhook = ?1 AND due <= ?2 ORDER BY due, event LIMIT ?3",
    )?;
    let room = i64::try_from(room).unwrap_or(i64::MAX);
    let rows = select.query_map((webhook, millis(now), room), |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// When the webhook's queue is due after something of it was handed out.
pub(super) fn settle(tx: &mut Transaction<'_>, webhook: i64) -> Result<()> {
    let health = tx.webhooks.get(tx.conn, webhook)?.health;
    let first = first(tx.conn, webhook)?.map(|due| fair_share::leaves(&health, due));
    tx.due.set(webhook, first);
    Ok(())
}

/// A delivery whose bytes are damaged is never sent, and does not keep others from being sent.
fn set_aside(tx: &mut Transaction<'_>, spot: Spot, fault: Fault, now: Timestamp) -> Result<Given> {
    let why = match Error::from(fault) {
        Error::Damaged(why) => why,
        other => return Err(other.into()),
    };
    let mut delivery = delivery::read_at(tx.conn, spot)?;
    delivery.set_aside(now);
    delivery::save(tx, spot, &delivery)?;
    tracing::error!(delivery = %delivery.id, why, "set aside: the bytes of the event are damaged");
    Ok(Given::Ended)
}

/// Hands out what one claim is given.
struct Hand<'c> {
    claim: &'c Claim,
    rules: &'c Rules,
    /// Events that were read: what is due to many webhooks is often one event's.
    bodies: HashMap<Place, Bytes>,
    /// Attempts that ended leases left behind.
    lost: Vec<Lost>,
}

impl Hand<'_> {
    /// Leases one due delivery.
    fn out(&mut self, tx: &mut Transaction<'_>, number: i64, place: Place) -> Result<Given> {
        let Claim { epoch, now, lease, concurrency, .. } = self.claim;
        let known = tx.webhooks.get(tx.conn, number)?;
        let spot = Spot { account: known.account, event: place, webhook: number };
        let body = match self.body(tx.conn, place) {
            Ok(body) => body,
            Err(fault) => return set_aside(tx, spot, fault, *now),
        };
        let permit = concurrency.take(&known.webhook.id, &known.health, body.len(), *now);
        let Some(permit) = permit else { return Ok(Given::Full) };
        // What found room is bounded in bytes; what did not is not held.
        self.bodies.entry(place).or_insert_with(|| body.clone());
        let mut delivery = Box::new(delivery::read_at(tx.conn, spot)?);
        let (lost, leased) = delivery.lease(&known.webhook, self.rules, *epoch, *now, *lease);
        if let Some(lost) = lost {
            let row = attempt::row(tx, &lost, spot.account, *now)?;
            attempt::insert(tx.conn, tx.webhooks, spot, &row)?;
            tx.outbox.tally.recorded(&lost, &delivery);
            self.lost.push(Lost { attempt: lost, became: delivery.status });
        }
        delivery::save(tx, spot, &delivery)?;
        if !leased {
            return Ok(Given::Ended);
        }
        let leased = Leased { delivery, place, body, webhook: known.webhook };
        Ok(Given::Handed(Box::new(Handed { leased, permit })))
    }

    fn body(&self, conn: &Connection, place: Place) -> Result<Bytes> {
        self.bodies.get(&place).map_or_else(|| event::body(conn, place), |body| Ok(body.clone()))
    }
}
