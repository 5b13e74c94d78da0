//! Claiming: what is due is looked up, dealt out in [fair shares](fair_share) and leased. It costs what is handed out, however
//! many webhooks sleep and however much waits.

use super::cache::Known;
use super::delivery::{self, Spot, cancel_queue};
use super::due::Turn;
use super::entry::{Entry, MoveRow};
use super::event::{self, Sent};
use super::fault::Result;
use super::transaction::Transaction;
use super::unreadable::{LeftOut, PUT_OFF};
use super::{attempt, webhook};
use crate::encoding::state::State;
use deskbell_core::Timestamp;
use deskbell_core::delivery::{Delivery, Leased};
use deskbell_core::place::Place;
use deskbell_core::policy::concurrency::Permit;
use deskbell_core::policy::fair_share::{self, Demand, FairShare};
use deskbell_core::policy::retry::Rules;
use deskbell_core::store::{Claim, Claimed, Handed, Lost};
use deskbell_core::time::{later, millis};
use std::collections::HashMap;
use std::sync::Arc;

/// Webhooks that one look visits at most: some 10 ms. Those that rest, and those whose time was remembered too early, are
/// visited for nothing once each; those whose account has no room again and again, so the next look begins where this one ended.
const LOOKS: usize = 2_000;
/// Rounds of one claim at most. What is due may end in being looked at, in any number, and others are waiting.
const ROUNDS: usize = 8;

pub(super) fn claim(tx: &mut Transaction<'_>, claim: &Claim, rules: &Rules) -> Result<Claimed> {
    let resume = match &claim.resume {
        Some(webhook) => Some(webhook::number_or_none(tx.conn, webhook)?),
        None => None,
    };
    let emptied = empty(tx, claim.now)?;
    // What a machine claims whose epoch has ended would be due again at once.
    if !tx.lasts(claim.epoch) {
        return Ok(Claimed::default());
    }
    let mut share = FairShare::new(claim, resume);
    let all_read = tx.due.read_on(tx.conn)?;
    let left_out = LeftOut::of(delivery::TABLE);
    let mut hand = Hand { claim, rules, sent: HashMap::new(), lost: Vec::new(), left_out };
    let (mut handed, mut again, mut all_seen, mut ended) = (Vec::new(), true, true, false);
    let mut rounds = 0..ROUNDS;
    while again && rounds.next().is_some() {
        again = false;
        let (demands, cut) = look(tx, claim, &share)?;
        all_seen &= !cut;
        let touched: Vec<i64> = demands.iter().map(|demand| demand.number).collect();
        for demand in share.deal(demands) {
            for place in demand.due {
                match hand.out_or_aside(tx, demand.number, place)? {
                    Given::Handed(one) => {
                        share.lease();
                        handed.push(*one);
                    }
                    // Its turn is another's: one more round.
                    Given::Ended => (again, ended) = (true, true),
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
    // Once around without anything to hand out, only room or time changes that.
    if ended || !handed.is_empty() {
        tx.due.barren = 0;
    }
    all_seen |= tx.due.barren >= tx.due.ready();
    if all_seen {
        tx.due.barren = 0;
    }
    // What was not read or looked at yet may be due, and what was not cancelled yet is to be: look again at once.
    let next_due = if all_read && all_seen && emptied && !again { tx.due.next() } else { Some(claim.now) };
    Ok(Claimed { handed, lost: hand.lost, next_due, left, last: share.last() })
}

/// Goes on cancelling what waits for a webhook that is off. `true` when there is no more of it.
fn empty(tx: &mut Transaction<'_>, now: Timestamp) -> Result<bool> {
    let Some(number) = tx.emptying.first().copied() else { return Ok(true) };
    let known = tx.webhooks.get(tx.conn, number);
    let known = LeftOut::of(webhook::TABLE).sift(format_args!("seq {number}"), known)?;
    let is_off = known.is_some_and(|known| !known.webhook.is_enabled());
    if is_off {
        tx.settle()?;
    }
    if !is_off || cancel_queue(tx, number, now)? {
        tx.emptying.remove(&number);
    }
    Ok(tx.emptying.is_empty())
}

/// What became of a due delivery.
enum Given {
    Handed(Box<Handed>),
    /// Its lost lease ended it, or it cannot be read.
    Ended,
    /// There was no room for it after all.
    Full,
}

/// A due delivery that was read.
struct Found {
    delivery: Box<Delivery>,
    sent: Arc<Sent>,
    permit: Permit,
}

/// The webhooks that have something due and room for it, no more than there are deliveries to hand out; beside it whether
/// some were not looked at. Who rests is put off to the end of the rest, and who cannot be read for an hour.
fn look(tx: &mut Transaction<'_>, claim: &Claim, share: &FairShare<'_>) -> Result<(Vec<Demand>, bool)> {
    tx.due.ripen(claim.now);
    let (mut demands, mut put_off) = (Vec::new(), Vec::new());
    let depth = share.depth(0, tx.due.ready().min(share.left()));
    let (mut wanted, mut looks, mut left_out) = (0, 0, LeftOut::of(webhook::TABLE));
    let (mut last, behind) = (None, tx.due.cut.take().or(share.behind()));
    for number in tx.due.turns(behind) {
        if wanted >= share.left() || looks >= LOOKS {
            break;
        }
        looks += 1;
        last = Some(number);
        let known = tx.webhooks.get(tx.conn, number);
        let Some(known) = left_out.sift(format_args!("seq {number}"), known)? else {
            put_off.push((number, later(claim.now, PUT_OFF)));
            continue;
        };
        let leaves = fair_share::leaves(&known.health, claim.now);
        let room = share.room(&known.webhook, &known.health);
        if leaves > claim.now {
            put_off.push((number, leaves));
        } else if room > 0 {
            // Without anything due it is listed too, so that its time is corrected.
            let due = due(tx, number, claim.now, room.min(depth))?;
            wanted += usize::from(!due.is_empty());
            demands.push((Demand { number, webhook: known.webhook, due }, room));
        }
    }
    let ready = looks - put_off.len();
    for (number, leaves) in put_off {
        tx.due.set(number, Some(leaves));
    }
    look_deeper(tx, claim.now, share, &mut demands, depth)?;
    let mut demands: Vec<Demand> = demands.into_iter().map(|(demand, _)| demand).collect();
    demands.sort_by_key(|demand| demand.number);
    let cut = looks >= LOOKS;
    tx.due.cut = last.filter(|_| cut);
    tx.due.barren += ready;
    Ok((demands, cut))
}

/// Reads more than the first `depth` of those who have more, and room for it, as far as others have too little: what is read is about
/// what is handed out, however much waits and however large the rooms are.
fn look_deeper(
    tx: &Transaction<'_>,
    now: Timestamp,
    share: &FairShare<'_>,
    demands: &mut [(Demand, usize)],
    mut depth: usize,
) -> Result<()> {
    loop {
        let found = demands.iter().map(|(demand, _)| demand.due.len()).sum();
        let has_more = |(demand, room): &(Demand, usize)| demand.due.len() == depth && depth < *room;
        let hungry = demands.iter().filter(|one| has_more(one)).count();
        let more = share.depth(found, hungry);
        if hungry == 0 || more == 0 {
            return Ok(());
        }
        for (demand, room) in demands.iter_mut().filter(|one| has_more(one)) {
            demand.due = due(tx, demand.number, now, (depth + more).min(*room))?;
        }
        depth += more;
    }
}

/// The first due of the webhook's queue.
fn due(tx: &Transaction<'_>, webhook: i64, now: Timestamp, room: usize) -> Result<Vec<Place>> {
    let turns = tx.due.turns_of(tx.conn, tx.pending, webhook, millis(now), room)?;
    Ok(turns.iter().map(|turn| turn.event).collect())
}

/// When the webhook's queue is due after something of it was handed out.
pub(super) fn settle(tx: &mut Transaction<'_>, webhook: i64) -> Result<()> {
    let health = tx.webhooks.health(tx.conn, webhook)?;
    let first = tx.first_due(webhook)?.map(|due| fair_share::leaves(&health, due));
    tx.due.set(webhook, first);
    Ok(())
}

/// Hands out what one claim is given.
struct Hand<'c> {
    claim: &'c Claim,
    rules: &'c Rules,
    /// Events that were read: what is due to many webhooks is often one event's.
    sent: HashMap<Place, Arc<Sent>>,
    /// Attempts that ended leases left behind.
    lost: Vec<Lost>,
    left_out: LeftOut,
}

impl Hand<'_> {
    /// Leases one due delivery. One that cannot be read, with its event and its bytes, is never sent, and does not keep others
    /// from being sent.
    fn out_or_aside(&mut self, tx: &mut Transaction<'_>, number: i64, place: Place) -> Result<Given> {
        // What was set aside settled, and then it may be known that the epoch has ended.
        if !tx.lasts(self.claim.epoch) {
            return Ok(Given::Full);
        }
        let known = tx.webhooks.get(tx.conn, number)?;
        let spot = Spot { account: known.account, event: place, webhook: number };
        let read = self.read(tx, &known, spot);
        match self.left_out.sift(format_args!("{}/{place}/{number}", spot.account), read)? {
            Some(Some(found)) => self.out(tx, &known, spot, found),
            Some(None) => Ok(Given::Full),
            None => {
                tx.settle()?;
                delivery::set_aside(tx, spot, self.claim.now)?;
                Ok(Given::Ended)
            }
        }
    }

    /// The delivery with its bytes and the place that it has found; `None` where there is none.
    fn read(&mut self, tx: &Transaction<'_>, known: &Known, spot: Spot) -> Result<Option<Found>> {
        let sent = self.sent(tx, known, spot.event)?;
        let Claim { now, concurrency, .. } = self.claim;
        let (account, webhook) = (&known.webhook.account, &known.webhook.id);
        let permit = concurrency.take(account, webhook, &known.health, sent.event.body.len(), *now);
        let Some(permit) = permit else { return Ok(None) };
        // What found room is bounded in bytes; what did not is not held.
        self.sent.entry(spot.event).or_insert_with(|| Arc::clone(&sent));
        let delivery = Box::new(delivery::read_now(tx, known, spot, &sent.event)?);
        Ok(Some(Found { delivery, sent, permit }))
    }

    fn out(&mut self, tx: &mut Transaction<'_>, known: &Known, spot: Spot, found: Found) -> Result<Given> {
        let Claim { epoch, now, .. } = self.claim;
        let Found { mut delivery, sent, permit } = found;
        let since = tx.machine.as_ref().map_or(*now, |machine| machine.there_since(*now));
        let due = delivery.due;
        let (lost, leased) = delivery.lease(&known.webhook, self.rules, *epoch, since, *now);
        let row = lost.as_ref().map(|lost| attempt::row(tx, lost, spot.account, *now)).transpose()?;
        tx.push(Entry::Moved(MoveRow { spot, state: State::of(&delivery), lost: row }))?;
        if let Some(due) = due.filter(|_| delivery.due.is_none()) {
            tx.due.hand_out(&Turn::of(spot, millis(due)));
        }
        if let Some(lost) = lost {
            tx.outbox.tally.recorded(&lost, &delivery);
            self.lost.push(Lost { attempt: lost, became: delivery.status });
        }
        if !leased {
            return Ok(Given::Ended);
        }
        let (body, trace) = (sent.event.body.clone(), sent.trace.clone());
        let leased = Leased { delivery, place: spot.event, body, trace, webhook: known.webhook.clone() };
        Ok(Given::Handed(Box::new(Handed { leased, permit })))
    }

    fn sent(&self, tx: &Transaction<'_>, known: &Known, place: Place) -> Result<Arc<Sent>> {
        match self.sent.get(&place) {
            Some(sent) => Ok(Arc::clone(sent)),
            None => event::sent(tx, &known.webhook.account, place).map(Arc::new),
        }
    }
}
