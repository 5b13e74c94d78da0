//! The queue, in memory.

use super::{MemoryStore, State};
use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::delivery::{Delivery, LeaseToken, Leased};
use deskbell_core::event::NewEvent;
use deskbell_core::id::DeliveryId;
use deskbell_core::meter::Meter;
use deskbell_core::policy::fair_share::{self, Demand, FairShare};
use deskbell_core::policy::retry::Rules;
use deskbell_core::store::{Accepted, Claim, Claimed, Finished, Queue, Recorded, Result};
use deskbell_core::webhook::{Quarter, Webhook};
use std::collections::BTreeSet;
use std::sync::Arc;

impl State {
    pub(super) fn add_delivery(&mut self, delivery: Delivery) {
        let id = delivery.id.clone();
        if let Some(place) = self.deliveries.add(id.as_str(), delivery) {
            // The queue learns of it as of any other change.
            self.requeue(place, None);
        }
    }

    /// Changes the delivery and keeps the queue true to it.
    pub(super) fn change<R>(&mut self, place: i64, step: impl FnOnce(&mut Delivery) -> R) -> Option<R> {
        let delivery = self.deliveries.at_mut(place)?;
        let before = delivery.due;
        let result = step(delivery);
        self.requeue(place, before);
        Some(result)
    }

    fn requeue(&mut self, place: i64, before: Option<Timestamp>) {
        let Some(delivery) = self.deliveries.at(place) else { return };
        let Some(webhook) = self.webhooks.place(delivery.webhook.as_str()) else { return };
        let rows = self.queue.entry(webhook).or_default();
        if let Some(due) = before {
            rows.remove(&(due, place));
        }
        if let Some(due) = delivery.due {
            rows.insert((due, place));
        }
        if rows.is_empty() {
            self.queue.remove(&webhook);
        }
    }

    /// Cancels what waits for a webhook that is no longer rung; leased deliveries end by themselves.
    pub(super) fn cancel_queue(&mut self, webhook: i64, now: Timestamp) {
        for (_, place) in self.queue.get(&webhook).cloned().unwrap_or_default() {
            self.change(place, |delivery| delivery.cancel(now));
        }
    }

    /// When the queue has something that time alone will make due.
    fn next_due(&self, now: Timestamp) -> Option<Timestamp> {
        let next = |(webhook, rows): (&i64, &BTreeSet<(Timestamp, i64)>)| {
            let leaves = fair_share::leaves(&self.webhooks.at(*webhook)?.health, rows.first()?.0);
            let later = || rows.iter().map(|(due, _)| *due).find(|due| *due > now);
            (leaves > now).then_some(leaves).or_else(later)
        };
        self.queue.iter().filter_map(next).min()
    }

    /// The due deliveries of each webhook, as many as it has room for.
    fn demands(&self, share: &FairShare, now: Timestamp) -> Vec<Demand> {
        let demand = |(place, rows): (&i64, &BTreeSet<(Timestamp, i64)>)| {
            let webhook = self.webhooks.at(*place)?;
            let due = rows.iter().take_while(|(due, _)| *due <= now).map(|(_, place)| *place);
            let due: Vec<i64> = due.take(share.room(webhook)).collect();
            let demand = |due| Demand { place: *place, webhook: Arc::new(webhook.clone()), due };
            Some(due).filter(|due| !due.is_empty()).map(demand)
        };
        self.queue.iter().filter_map(demand).collect()
    }

    /// Leases one due delivery; `None` when its lost lease ended it.
    fn hand_out(
        &mut self,
        place: i64,
        webhook: &Arc<Webhook>,
        claim: &Claim,
        rules: &Rules,
    ) -> Option<Leased> {
        let (lost, leased) =
            self.change(place, |delivery| delivery.lease(webhook, rules, claim.now, claim.lease))?;
        if let (Some(lost), Some(delivery)) = (lost, self.deliveries.at(place)) {
            self.count(|tally| tally.recorded(&lost, delivery));
            self.attempts.add(lost.id.clone().as_str(), lost);
        }
        let delivery = self.deliveries.at(place).filter(|_| leased)?;
        Some(delivery.leased(webhook, self.events.get(delivery.event.as_str())?.body.clone()))
    }

    fn finish(&mut self, finished: Finished, rules: &Rules, now: Timestamp) -> Recorded {
        let Finished { token, attempt, randomness } = finished;
        let held = |delivery: &&Delivery| delivery.is_held_by(token);
        let Some(delivery) = self.deliveries.get(attempt.delivery.as_str()).filter(held) else {
            return Recorded::Stale;
        };
        let place = self.deliveries.place(delivery.id.as_str()).unwrap_or_default();
        let Some(mut webhook) = self.webhooks.get(delivery.webhook.as_str()).cloned() else {
            return Recorded::Stale;
        };
        let before = delivery.status;
        let concluded = self.change(place, |delivery| {
            let disabled = delivery.conclude(&mut webhook, &attempt, rules, randomness, now);
            (Box::new(delivery.clone()), disabled)
        });
        let Some((delivery, disabled)) = concluded else { return Recorded::Stale };
        self.save_webhook(webhook, now);
        if let Some(webhook) = self.webhooks.place(attempt.webhook.as_str()) {
            let mut quarter = Quarter::of(now);
            quarter.note(&attempt, delivery.gave_up_since(before));
            if quarter.attempts() > 0 {
                self.add_quarter(webhook, &quarter);
            }
        }
        self.count(|tally| tally.recorded(&attempt, &delivery));
        self.attempts.add(attempt.id.clone().as_str(), attempt);
        Recorded::Recorded { delivery, disabled }
    }
}

#[async_trait]
impl Queue for MemoryStore {
    async fn accept(&self, events: Vec<NewEvent>, now: Timestamp) -> Result<Vec<Accepted>> {
        let mut state = self.lock();
        Ok(events.into_iter().map(|event| state.accept(event, now)).collect())
    }

    async fn claim(&self, claim: Claim, rules: &Rules) -> Result<Claimed> {
        let state = &mut *self.lock();
        let resume = claim.resume.as_ref().and_then(|id| state.webhooks.place(id.as_str()));
        let (mut leased, mut share) = (Vec::new(), FairShare::new(&claim, resume));
        let next_due = state.next_due(claim.now);
        let mut ended = true;
        while std::mem::take(&mut ended) {
            let demands = state.demands(&share, claim.now);
            for Demand { webhook, due, .. } in share.deal(demands) {
                for delivery in due {
                    match state.hand_out(delivery, &webhook, &claim, rules) {
                        Some(one) => {
                            share.lease(&webhook.id);
                            leased.push(one);
                        }
                        None => ended = true,
                    }
                }
            }
        }
        Ok(Claimed { leased, next_due, last: share.last() })
    }

    async fn finish(&self, finished: Vec<Finished>, rules: &Rules, now: Timestamp) -> Result<Vec<Recorded>> {
        let mut state = self.lock();
        Ok(finished.into_iter().map(|one| state.finish(one, rules, now)).collect())
    }

    async fn release(&self, leases: Vec<(DeliveryId, LeaseToken)>) -> Result<()> {
        let mut state = self.lock();
        for (id, token) in leases {
            let Some(place) = state.deliveries.place(id.as_str()) else { continue };
            let held = |delivery: &Delivery| delivery.is_held_by(token);
            if state.deliveries.at(place).is_some_and(held) {
                state.change(place, Delivery::release);
            }
        }
        Ok(())
    }

    async fn end_leases(&self, now: Timestamp) -> Result<()> {
        let mut state = self.lock();
        let leased: Vec<i64> =
            state.deliveries.iter().filter(|(_, delivery)| delivery.leased).map(|(place, _)| place).collect();
        for place in leased {
            state.change(place, |delivery| delivery.due = Some(now));
        }
        Ok(())
    }

    fn meter(&self) -> Arc<Meter> {
        Arc::clone(&self.lock().meter)
    }
}
