//! The queue, in PostgreSQL: joining, accepting, finishing and giving back. [`super::claim`] hands out.

use super::PostgresStore;
use super::accept::Item;
use super::claim;
use super::fault::Result;
use super::known::{self, Known};
use super::numbers::Numbers;
use super::quarter;
use super::record::{self, AttemptRow, Targets};
use super::set_back::set_back;
use super::spot::{self, Spot};
use super::transaction::Tx;
use super::unreadable::LeftOut;
use crate::admission::{hold_back, parts};
use crate::encoding::state::State;
use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::delivery::{Delivery, Epoch};
use deskbell_core::event::NewEvent;
use deskbell_core::id::WebhookId;
use deskbell_core::meter::Meter;
use deskbell_core::place::Place;
use deskbell_core::policy::retry::Rules;
use deskbell_core::store::{
    self, Accepted, Claim, Claimed, Error, Finished, Hands, Queue, Recorded, SetBack,
};
use deskbell_core::webhook::{Quarter, Status, Webhook};
use futures::{FutureExt as _, try_join};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use tokio::time::sleep;
use tokio_postgres::Row;

/// A lease that somebody says to have, as it was found.
struct Held {
    spot: Spot,
    delivery: Box<Delivery>,
}

/// Leases that somebody says to have.
type Leases<'l> = [(Place, &'l Delivery)];

/// What stands under the locks of leases' accounts.
struct Under {
    /// The epoch of this machine, if it goes on.
    epoch: Option<Epoch>,
    numbers: Numbers,
    read: Read,
}

/// What is read of leases, and of attempts that are made of some of them.
struct Read {
    known: HashMap<i64, Known>,
    /// How the deliveries stand.
    rows: HashMap<Spot, Row>,
    targets: Targets,
    sums: HashMap<i64, Option<Quarter>>,
}

/// Takes the locks of the leases' accounts, and reads what stands under them: in the same round trip, where the numbers of the webhooks
/// are known.
async fn lock(tx: &Tx<'_>, leases: &Leases<'_>, made: &[Finished], now: Timestamp) -> Result<Under> {
    let ids: HashSet<&WebhookId> = leases.iter().map(|(_, delivery)| &delivery.webhook).collect();
    let texts: Vec<&str> = ids.iter().map(|id| id.as_str()).collect();
    let locked = async { try_join!(tx.fenced(), tx.lock_of_webhooks(&texts)) };
    let (machine, numbers, early) = match tx.joined.numbers.of(ids.into_iter()) {
        Some(known) => {
            let ((machine, numbers), early) = try_join!(locked, read(tx, leases, made, &known, now))?;
            let holds = numbers == known;
            (machine, numbers, holds.then_some(early))
        }
        None => {
            let (machine, numbers) = locked.await?;
            (machine, numbers, None)
        }
    };
    let read = match early {
        Some(early) => early,
        None => {
            tx.joined.numbers.note(&numbers);
            read(tx, leases, made, &numbers, now).await?
        }
    };
    Ok(Under { epoch: machine.map(|machine| machine.epoch), numbers, read })
}

async fn read(
    tx: &Tx<'_>,
    leases: &Leases<'_>,
    made: &[Finished],
    numbers: &Numbers,
    now: Timestamp,
) -> Result<Read> {
    let spots: Vec<Spot> = leases.iter().filter_map(|lease| spot_of(numbers, lease)).collect();
    let seqs: Vec<i64> = numbers.values().map(|(_, webhook)| *webhook).collect();
    let of = |one: &Finished| numbers.get(&one.delivery.webhook).map(|(_, webhook)| *webhook);
    let sent = made.iter().filter_map(|one| Some(record::target(of(one)?, &one.attempt)));
    let summed: &[i64] = if made.is_empty() { &[] } else { &seqs };
    let (known, states, targets, sums) = try_join!(
        known::all_at(tx.conn, &seqs),
        spot::states(tx.conn, &spots),
        Targets::of(tx.conn, sent),
        quarter::at(tx.conn, summed, now)
    )?;
    let known = known.into_iter().map(|known| (known.seq, known)).collect();
    let rows = states.into_iter().map(|(at, row)| (spots[at], row)).collect();
    Ok(Read { known, rows, targets, sums })
}

fn spot_of(numbers: &Numbers, (event, delivery): &(Place, &Delivery)) -> Option<Spot> {
    let (account, webhook) = *numbers.get(&delivery.webhook)?;
    Some(Spot { account, event: *event, webhook })
}

/// Looks leases up. Those that do not hold, and those of deliveries that cannot be read, are `None`; the latter are set aside, for nobody
/// would look at them again while the epoch lasts.
async fn held(
    tx: &Tx<'_>,
    leases: &Leases<'_>,
    Under { epoch, numbers, read: Read { known, rows, .. } }: &Under,
    now: Timestamp,
) -> Result<Vec<Option<Held>>> {
    let (mut found, mut aside, mut left_out) = (Vec::new(), Vec::new(), LeftOut::of(spot::TABLE));
    // Two ends of one lease in one call: the first one counts.
    let mut seen = HashSet::new();
    for lease in leases {
        let delivery = lease.1;
        let there = spot_of(numbers, lease).and_then(|spot| Some((spot, rows.get(&spot)?)));
        let there =
            there.filter(|(spot, _)| known.contains_key(&spot.webhook) && *epoch == Some(delivery.epoch));
        let Some((spot, row)) = there else {
            found.push(None);
            continue;
        };
        let (token, mut delivery) = (delivery.token(), Box::new(Delivery::clone(delivery)));
        let refreshed = left_out.sift(delivery.id.clone(), spot::refresh(row, &mut delivery))?;
        if refreshed.is_none() {
            aside.push(spot);
        }
        let holds = refreshed.is_some() && delivery.is_held_by(token) && seen.insert(spot);
        found.push(holds.then_some(Held { spot, delivery }));
    }
    spot::set_aside(tx, &aside, now).await?;
    Ok(found)
}

async fn finish(tx: &Tx<'_>, finished: &[Finished], rules: &Rules, now: Timestamp) -> Result<Vec<Recorded>> {
    let leases: Vec<_> = finished.iter().map(|one| (one.place, &*one.delivery)).collect();
    let under = lock(tx, &leases, finished, now).await?;
    let held = held(tx, &leases, &under, now).await?;
    let Read { known: before, targets, sums, .. } = under.read;
    let mut known = before.clone();
    let (mut verdicts, mut states, mut attempts) = (Vec::new(), Vec::new(), Vec::new());
    let (mut quarters, mut disabled) = (BTreeMap::<i64, Quarter>::new(), Vec::new());
    let mut recovered = Vec::new();
    for (finished, held) in finished.iter().zip(held) {
        let Some((Held { spot, mut delivery }, known)) = held.and_then(|held| {
            Some((known.get_mut(&held.spot.webhook)?, held)).map(|(known, held)| (held, known))
        }) else {
            verdicts.push(Recorded::Stale);
            continue;
        };
        let Finished { attempt, randomness, .. } = finished;
        let webhook = Arc::make_mut(&mut known.webhook);
        let (before, taken) = (delivery.standing(), webhook.takes(delivery.is_sample()));
        let reason = delivery.conclude(taken, &mut webhook.health, attempt, rules, *randomness, now);
        if let Some(reason) = reason {
            webhook.status = Status::Disabled { reason, at: now };
            disabled.push(spot.webhook);
        }
        if let Some(due) = delivery.due {
            tx.requeue(spot.webhook);
            tx.outbox().wake |= known.due.is_none_or(|first| due < first);
        }
        if let Some(score) = delivery.score(attempt, before) {
            quarters.entry(spot.webhook).or_insert_with(|| Quarter::of(now)).note(&score);
            recovered.extend(score.takes_back.map(|start| (spot.webhook, start)));
        }
        attempts.push(AttemptRow::of(tx, spot, attempt, now)?);
        states.push((spot, State::of(&delivery)));
        tx.outbox().tally.recorded(attempt, &delivery);
        verdicts.push(Recorded::Recorded { delivery, disabled: reason });
    }
    tx.last(record::insert(attempts, &targets)?);
    tx.last(spot::updated(&states));
    note_health(tx, &before, &known);
    quarter::add(tx, &quarters, &sums).await?;
    // Behind what was added: some of it may be that.
    tx.last(quarter::taken_back(&recovered));
    if !disabled.is_empty() {
        // What still waits for them is ended next.
        tx.write_last().await?;
    }
    for seq in disabled {
        if let Some((before, known)) = before.get(&seq).zip(known.get(&seq)) {
            known::save(tx, before, &known.webhook, now).await?;
        }
    }
    Ok(verdicts)
}

/// Writes how webhooks do after attempts.
fn note_health(tx: &Tx<'_>, before: &HashMap<i64, Known>, after: &HashMap<i64, Known>) {
    let mut changed = Vec::new();
    for (seq, known) in after {
        let Webhook { health, .. } = &*known.webhook;
        let Some(was) = before.get(seq).map(|known| &known.webhook.health).filter(|was| *was != health)
        else {
            continue;
        };
        if was.rest_until != health.rest_until {
            // The end of a rest makes others of the webhook due sooner than was told.
            tx.requeue(*seq);
            tx.outbox().wake = true;
        }
        changed.push((*seq, *health));
    }
    tx.last(known::save_health(&changed));
}

async fn release(tx: &Tx<'_>, unspent: &[(Place, Box<Delivery>)], now: Timestamp) -> Result<()> {
    let leases: Vec<_> = unspent.iter().map(|(place, delivery)| (*place, &**delivery)).collect();
    let under = lock(tx, &leases, &[], now).await?;
    let held = held(tx, &leases, &under, now).await?;
    let known = under.read.known;
    let mut states = Vec::new();
    for Held { spot, mut delivery } in held.into_iter().flatten() {
        let known = known.get(&spot.webhook);
        let taken = known.is_some_and(|known| known.webhook.takes(delivery.is_sample()));
        delivery.release(taken, now);
        states.push((spot, State::of(&delivery)));
        tx.requeue(spot.webhook);
    }
    tx.last(spot::updated(&states));
    Ok(())
}

#[async_trait]
impl Queue for PostgresStore {
    async fn join(&self, hands: Arc<Hands>, now: Timestamp, until: Timestamp) -> store::Result<Epoch> {
        let joined = self.begin_epoch(hands, now, until).await;
        self.database.readiness.queue(&joined);
        joined
    }

    async fn beat(&self, epoch: Epoch, now: Timestamp, until: Timestamp) -> store::Result<bool> {
        self.prolong_epoch(epoch, now, until).await
    }

    async fn leave(&self, epoch: Epoch, now: Timestamp) -> store::Result<()> {
        self.leave_epoch(epoch, now).await
    }

    async fn take_over(&self, epoch: Epoch, now: Timestamp, limit: usize) -> store::Result<usize> {
        self.take_over_all(epoch, now, limit).await
    }

    async fn accept(&self, events: Vec<NewEvent>, now: Timestamp) -> store::Result<Vec<Accepted>> {
        let mut verdicts = Vec::with_capacity(events.len());
        let mut last = None;
        for part in parts(events) {
            let room = match verdicts.is_empty() {
                true => self.admission.admit(&part.account, part.bytes).await?,
                false => self.admission.admit_next(&part.account, part.bytes).await?,
            };
            let events: Arc<[_]> = part.events.into_iter().map(|new| Item::of(new, now)).collect();
            let mut done = 0;
            while done < events.len() {
                let accepted = self.group.accept(&part.account, &events, done).await;
                // Nothing was taken, says who is busy: that is not so of a call that has begun.
                if let Err(Error::Busy { retry_after }) = &accepted
                    && !verdicts.is_empty()
                {
                    sleep(*retry_after).await;
                    continue;
                }
                let (some, crowd) = accepted?;
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
        let input = (claim, rules.clone());
        let claimed = self.write(input, |tx, (claim, rules)| claim::claim(tx, claim, rules).boxed()).await;
        self.database.readiness.queue(&claimed);
        claimed
    }

    async fn finish(
        &self,
        finished: Vec<Finished>,
        rules: &Rules,
        now: Timestamp,
    ) -> store::Result<Vec<Recorded>> {
        let turn = self.recording.acquire().await;
        let input = (finished, rules.clone(), now);
        let recorded =
            self.write_early(input, |tx, (finished, rules, now)| finish(tx, finished, rules, *now).boxed());
        let (recorded, durable) = recorded.await?;
        drop(turn);
        durable.wait().await?;
        Ok(recorded)
    }

    async fn release(&self, unspent: Vec<(Place, Box<Delivery>)>, now: Timestamp) -> store::Result<()> {
        let _turn = self.recording.acquire().await;
        self.write((unspent, now), |tx, (unspent, now)| release(tx, unspent, *now).boxed()).await
    }

    async fn set_back(&self, back: SetBack, rules: &Rules) -> store::Result<Option<SetBack>> {
        self.write((back, rules.clone()), |tx, (back, rules)| set_back(tx, back, rules).boxed()).await
    }

    fn meter(&self) -> Arc<Meter> {
        Arc::clone(&self.database.meter)
    }
}
