//! The queue, in memory.

use super::{MemoryStore, State};
use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::delivery::{Delivery, Epoch, Leased};
use deskbell_core::event::NewEvent;
use deskbell_core::meter::Meter;
use deskbell_core::place::Place;
use deskbell_core::policy::fair_share::{self, Demand, FairShare};
use deskbell_core::policy::retry::Rules;
use deskbell_core::store::{
    Accepted, Claim, Claimed, Finished, Handed, Hands, Lost, Queue, Recorded, Result, SetBack,
};
use deskbell_core::webhook::{Quarter, Status, Webhook};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The rows of a webhook in the queue.
type Rows = BTreeSet<(Timestamp, Place)>;

/// What was tried to hand out.
enum Handing {
    Handed(Handed),
    /// Its lost lease ended it.
    Ended,
    NoRoom,
}

impl State {
    pub(super) fn add_delivery(&mut self, delivery: Delivery) -> Option<Place> {
        let id = delivery.id.clone();
        let place = self.deliveries.add(id.as_str(), delivery)?;
        // The queue learns of it as of any other change.
        self.enter(place);
        Some(place)
    }

    /// Changes the delivery and keeps the queue, and who holds what, true to it.
    pub(super) fn change<R>(&mut self, place: Place, step: impl FnOnce(&mut Delivery) -> R) -> Option<R> {
        self.strike_out(place);
        let result = self.deliveries.at_mut(place).map(step);
        self.enter(place);
        result
    }

    fn enter(&mut self, place: Place) {
        let Some(delivery) = self.deliveries.at(place) else { return };
        let Some(webhook) = self.webhooks.place(delivery.webhook.as_str()) else { return };
        if let Some(due) = delivery.due {
            self.queue.entry(webhook).or_default().insert((due, place));
        }
        if delivery.is_leased() && delivery.epoch != Epoch::default() {
            self.held.entry(delivery.epoch).or_default().insert(place);
        }
    }

    fn strike_out(&mut self, place: Place) {
        let Some(delivery) = self.deliveries.at(place) else { return };
        let Some(webhook) = self.webhooks.place(delivery.webhook.as_str()) else { return };
        if let (Some(due), Some(rows)) = (delivery.due, self.queue.get_mut(&webhook)) {
            rows.remove(&(due, place));
            if rows.is_empty() {
                self.queue.remove(&webhook);
            }
        }
        if let Some(held) = self.held.get_mut(&delivery.epoch) {
            held.remove(&place);
            if held.is_empty() {
                self.held.remove(&delivery.epoch);
            }
        }
    }

    /// Whether something of the webhook is due that nobody holds.
    pub(super) fn is_due(&self, webhook: &Webhook, now: Timestamp) -> bool {
        let rows = self.webhooks.place(webhook.id.as_str()).and_then(|place| self.queue.get(&place));
        rows.and_then(BTreeSet::first).is_some_and(|(due, _)| *due <= now)
    }

    /// Cancels what waits for a webhook that is no longer rung; leased deliveries end by themselves.
    pub(super) fn cancel_queue(&mut self, webhook: i64, now: Timestamp) {
        for (_, place) in self.queue.get(&webhook).cloned().unwrap_or_default() {
            self.change(place, |delivery| delivery.cancel(now));
        }
    }

    /// When the first of each webhook's queue may leave.
    fn turns(&self) -> impl Iterator<Item = Timestamp> {
        self.queue.iter().filter_map(|(webhook, rows)| {
            let health = &self.webhooks.at(*webhook)?.health;
            rows.first().map(|(due, _)| fair_share::leaves(health, *due))
        })
    }

    /// The due deliveries of each webhook, as many as it has room for.
    fn demands(&self, share: &FairShare<'_>, now: Timestamp) -> Vec<Demand> {
        let demand = |(number, rows): (&i64, &Rows)| {
            let webhook = self.webhooks.at(*number)?;
            let due = rows.iter().take_while(|(due, _)| *due <= now).map(|(_, place)| *place);
            let due: Vec<Place> = due.take(share.room(webhook, &webhook.health)).collect();
            let demand = |due| Demand { number: *number, webhook: Arc::new(webhook.clone()), due };
            Some(due).filter(|due| !due.is_empty()).map(demand)
        };
        self.queue.iter().filter_map(demand).collect()
    }

    /// Leases one due delivery.
    fn hand_out(
        &mut self,
        place: Place,
        webhook: &Arc<Webhook>,
        claim: &Claim,
        rules: &Rules,
        told: &mut Vec<Lost>,
    ) -> Handing {
        let event = self.deliveries.at(place).and_then(|delivery| self.events.get(delivery.event.as_str()));
        let body = event.map(|event| event.body.clone()).unwrap_or_default();
        let permit =
            claim.concurrency.take(&webhook.account, &webhook.id, &webhook.health, body.len(), claim.now);
        let Some(permit) = permit else { return Handing::NoRoom };
        let Claim { epoch, now, .. } = *claim;
        let since = self.there_since(now);
        let leased = self.change(place, |delivery| delivery.lease(webhook, rules, epoch, since, now));
        let (Some((lost, leased)), Some(delivery)) = (leased, self.deliveries.at(place).cloned()) else {
            return Handing::Ended;
        };
        if let Some(lost) = lost {
            self.count(|tally| tally.recorded(&lost, &delivery));
            self.write(lost.id.as_str(), now);
            self.attempts.add(lost.id.as_str(), lost.clone());
            told.push(Lost { attempt: lost, became: delivery.status });
        }
        let webhook = Arc::clone(webhook);
        let trace = self.traces.get(&delivery.event).cloned();
        let leased = leased.then(|| Leased { delivery: Box::new(delivery), place, body, trace, webhook });
        leased.map_or(Handing::Ended, |leased| Handing::Handed(Handed { leased, permit }))
    }

    fn finish(&mut self, finished: Finished, rules: &Rules, now: Timestamp) -> Recorded {
        let token = finished.token();
        let Finished { place, attempt, randomness, .. } = finished;
        let ours = |one: &&Delivery| one.id == attempt.delivery && one.is_held_by(token);
        let held = self.deliveries.at(place).filter(ours).filter(|_| self.lasts(token.epoch));
        let Some(before) = held.map(|delivery| delivery.standing()) else { return Recorded::Stale };
        let Some(mut webhook) = self.webhooks.get(attempt.webhook.as_str()).cloned() else {
            return Recorded::Stale;
        };
        let taken = webhook.takes(attempt.sample);
        let concluded = self.change(place, |delivery| {
            let health = &mut webhook.health;
            let disabled = delivery.conclude(taken, health, &attempt, rules, randomness, now);
            (Box::new(delivery.clone()), disabled)
        });
        let Some((delivery, disabled)) = concluded else { return Recorded::Stale };
        match disabled {
            Some(reason) => {
                webhook.status = Status::Disabled { reason, at: now };
                self.save_webhook(webhook, now);
            }
            None => self.save_health(&webhook),
        }
        if let Some(score) = delivery.score(&attempt, before)
            && let Some(webhook) = self.webhooks.place(attempt.webhook.as_str())
        {
            let mut quarter = Quarter::of(now);
            quarter.note(&score);
            self.add_quarter(webhook, &quarter);
            if let Some(earlier) = score.takes_back.and_then(|start| self.quarters.get_mut(&(webhook, start)))
            {
                earlier.take_back(1);
            }
        }
        self.count(|tally| tally.recorded(&attempt, &delivery));
        self.write(attempt.id.as_str(), now);
        self.attempts.add(attempt.id.clone().as_str(), Arc::unwrap_or_clone(attempt));
        Recorded::Recorded { delivery, disabled }
    }
}

#[async_trait]
impl Queue for MemoryStore {
    async fn join(&self, hands: Arc<Hands>, now: Timestamp, until: Timestamp) -> Result<Epoch> {
        Ok(MemoryStore::join(self, hands, now, until))
    }

    async fn beat(&self, epoch: Epoch, now: Timestamp, until: Timestamp) -> Result<bool> {
        Ok(self.lock().beat(epoch, now, until))
    }

    async fn leave(&self, epoch: Epoch, now: Timestamp) -> Result<()> {
        MemoryStore::leave(self, epoch, now);
        Ok(())
    }

    async fn take_over(&self, epoch: Epoch, now: Timestamp, limit: usize) -> Result<usize> {
        Ok(self.lock().take_over(epoch, now, limit))
    }

    async fn set_back(&self, back: SetBack, rules: &Rules) -> Result<Option<SetBack>> {
        Ok(self.lock().set_back(back, rules))
    }

    async fn accept(&self, events: Vec<NewEvent>, now: Timestamp) -> Result<Vec<Accepted>> {
        Ok(self.accepting(|state, to| events.into_iter().map(|event| state.accept(event, now, to)).collect()))
    }

    async fn claim(&self, claim: Claim, rules: &Rules) -> Result<Claimed> {
        let state = &mut *self.lock();
        // What a machine claims whose epoch has ended would be due again at once.
        if !state.lasts(claim.epoch) {
            return Ok(Claimed::default());
        }
        let resume = claim.resume.as_ref().and_then(|id| state.webhooks.place(id.as_str()));
        let (mut handed, mut lost) = (Vec::new(), Vec::new());
        let mut share = FairShare::new(&claim, resume);
        let mut ended = true;
        while std::mem::take(&mut ended) {
            let demands = state.demands(&share, claim.now);
            for Demand { webhook, due, .. } in share.deal(demands) {
                for delivery in due {
                    match state.hand_out(delivery, &webhook, &claim, rules, &mut lost) {
                        Handing::Handed(one) => {
                            share.lease();
                            handed.push(one);
                        }
                        Handing::Ended => ended = true,
                        Handing::NoRoom => {}
                    }
                }
            }
        }
        let next_due = state.turns().filter(|leaves| *leaves > claim.now).min();
        let left = state.turns().any(|leaves| leaves <= claim.now);
        Ok(Claimed { handed, lost, next_due, left, last: share.last() })
    }

    async fn finish(&self, finished: Vec<Finished>, rules: &Rules, now: Timestamp) -> Result<Vec<Recorded>> {
        let mut state = self.lock();
        let verdicts: Vec<Recorded> = finished.into_iter().map(|one| state.finish(one, rules, now)).collect();
        drop(state);
        for verdict in &verdicts {
            if let Recorded::Recorded { delivery, disabled: Some(_) } = verdict {
                self.withdraw(&delivery.webhook);
            }
        }
        Ok(verdicts)
    }

    async fn release(&self, unspent: Vec<(Place, Box<Delivery>)>, now: Timestamp) -> Result<()> {
        let mut state = self.lock();
        for (place, leased) in unspent {
            let held = |one: &Delivery| one.id == leased.id && one.is_held_by(leased.token());
            if state.deliveries.at(place).is_some_and(held) {
                let takes = |webhook: &Webhook| webhook.takes(leased.is_sample());
                let taken = state.webhooks.get(leased.webhook.as_str()).is_some_and(takes);
                state.change(place, |delivery| delivery.release(taken, now));
            }
        }
        Ok(())
    }

    fn meter(&self) -> Arc<Meter> {
        Arc::clone(&self.lock().meter)
    }
}
