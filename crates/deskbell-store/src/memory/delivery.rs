//! Deliveries, attempts and the queue, in memory.

use super::{MemoryStore, State};
use crate::share::{deal, rotate};
use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::attempt::Attempt;
use deskbell_core::delivery::{Delivery, LeaseToken, Leased};
use deskbell_core::id::{AccountId, AttemptId, DeliveryId, WebhookId};
use deskbell_core::policy::circuit_breaker;
use deskbell_core::policy::retry::Rules;
use deskbell_core::store::{
    AttemptFilter, Claim, Claimed, Deliveries, DeliveryFilter, Finished, Listing, Page, Recorded, Result,
    Retried,
};
use deskbell_core::webhook::{Quarter, Status, Webhook};
use std::collections::HashMap;
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
    fn change<R>(&mut self, place: i64, step: impl FnOnce(&mut Delivery) -> R) -> Option<R> {
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
        let next = |(webhook, rows): (&i64, &std::collections::BTreeSet<(Timestamp, i64)>)| {
            let rest = self.webhooks.at(*webhook)?.health.rest_until.filter(|end| *end > now);
            match rest {
                Some(rest) => rows.first().map(|(due, _)| rest.max(*due)),
                None => rows.iter().map(|(due, _)| *due).find(|due| *due > now),
            }
        };
        self.queue.iter().filter_map(next).min()
    }

    /// The due deliveries of each webhook, as many as it has room for; those behind `resume` first.
    fn demand(
        &self,
        claim: &Claim,
        in_flight: &HashMap<WebhookId, u32>,
        resume: Option<&WebhookId>,
    ) -> Vec<(i64, Vec<i64>)> {
        let mut demand: Vec<_> = self
            .queue
            .iter()
            .filter_map(|(place, rows)| {
                let webhook = self.webhooks.at(*place)?;
                let held = in_flight.get(&webhook.id).copied().unwrap_or_default();
                let room =
                    circuit_breaker::room(&webhook.health, claim.now, claim.per_webhook).saturating_sub(held);
                let due = rows.iter().take_while(|(due, _)| *due <= claim.now).map(|(_, place)| *place);
                Some((*place, due.take(room as usize).collect()))
            })
            .collect();
        rotate(&mut demand, resume.and_then(|id| self.webhooks.place(id.as_str())), |(place, _)| *place);
        demand
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
        Some(Leased {
            delivery: delivery.id.clone(),
            token: delivery.token(),
            event: delivery.event.clone(),
            body: self.events.get(delivery.event.as_str())?.body.clone(),
            webhook: webhook.clone(),
            number: delivery.attempts + 1,
            manual: delivery.manual > 0,
        })
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
            quarter.note(&attempt, before, &delivery);
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
impl Deliveries for MemoryStore {
    async fn claim(&self, claim: Claim, rules: &Rules) -> Result<Claimed> {
        let state = &mut *self.lock();
        let mut claimed = Claimed { next_due: state.next_due(claim.now), ..Claimed::default() };
        let mut in_flight = claim.in_flight.clone();
        let mut resume = claim.resume.clone();
        loop {
            let demand = state.demand(&claim, &in_flight, resume.as_ref());
            let counts: Vec<usize> = demand.iter().map(|(_, due)| due.len()).collect();
            let (shares, last) = deal(claim.limit.saturating_sub(claimed.leased.len()), &counts);
            let Some(last) = last else { return Ok(claimed) };
            let mut ended = false;
            for ((place, due), share) in demand.iter().zip(shares) {
                let Some(webhook) = state.webhooks.at(*place).cloned().map(Arc::new) else { continue };
                for delivery in due.iter().take(share) {
                    match state.hand_out(*delivery, &webhook, &claim, rules) {
                        Some(leased) => {
                            *in_flight.entry(webhook.id.clone()).or_default() += 1;
                            claimed.leased.push(leased);
                        }
                        None => ended = true,
                    }
                }
            }
            claimed.last = state.webhooks.at(demand[last].0).map(|webhook| webhook.id.clone());
            resume.clone_from(&claimed.last);
            // A delivery that its lost lease ended took a place that another can have.
            if !ended {
                return Ok(claimed);
            }
        }
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

    async fn retry_delivery(&self, account: &AccountId, id: &DeliveryId, now: Timestamp) -> Result<Retried> {
        let mut state = self.lock();
        let ours = |delivery: &&Delivery| delivery.account == *account;
        let Some(delivery) = state.deliveries.get(id.as_str()).filter(ours).cloned() else {
            return Ok(Retried::Unknown);
        };
        let Some(webhook) = state.webhooks.get_mut(delivery.webhook.as_str()) else {
            return Ok(Retried::Unknown);
        };
        match webhook.status {
            Status::Deleted { .. } => return Ok(Retried::WebhookDeleted),
            Status::Disabled { .. } => return Ok(Retried::WebhookDisabled),
            Status::Enabled => circuit_breaker::end_rest(&mut webhook.health, now),
        }
        let place = state.deliveries.place(id.as_str()).unwrap_or_default();
        state.change(place, Delivery::retry_by_hand);
        Ok(state.deliveries.at(place).cloned().map_or(Retried::Unknown, |d| Retried::Queued(Box::new(d))))
    }

    async fn delivery(&self, account: &AccountId, id: &DeliveryId) -> Result<Option<Delivery>> {
        let state = self.lock();
        Ok(state.deliveries.get(id.as_str()).filter(|delivery| delivery.account == *account).cloned())
    }

    async fn deliveries(
        &self,
        account: &AccountId,
        filter: &DeliveryFilter,
        page: &Page,
    ) -> Result<Listing<Delivery>> {
        self.lock().deliveries.page(
            page,
            |delivery| delivery.account == *account,
            |delivery| {
                filter.webhook.as_ref().is_none_or(|webhook| delivery.webhook == *webhook)
                    && filter.event.as_ref().is_none_or(|event| delivery.event == *event)
                    && filter.trigger.is_none_or(|trigger| delivery.trigger == trigger)
                    && filter.status.is_none_or(|status| delivery.status == status)
                    && filter
                        .subject
                        .as_ref()
                        .is_none_or(|subject| delivery.subject.as_ref() == Some(subject))
                    && filter.outcome.is_none_or(|outcome| delivery.last_outcome == Some(outcome))
                    && filter.last_status.is_none_or(|status| delivery.last_status == Some(status))
                    && filter.attempts_min.is_none_or(|min| delivery.attempts >= min)
                    && filter.attempts_max.is_none_or(|max| delivery.attempts <= max)
                    && filter.created.holds(delivery.created)
            },
        )
    }

    async fn attempt(&self, account: &AccountId, id: &AttemptId) -> Result<Option<Attempt>> {
        let state = self.lock();
        Ok(state.attempts.get(id.as_str()).filter(|attempt| attempt.account == *account).cloned())
    }

    async fn attempts(
        &self,
        account: &AccountId,
        filter: &AttemptFilter,
        page: &Page,
    ) -> Result<Listing<Attempt>> {
        self.lock().attempts.page(
            page,
            |attempt| attempt.account == *account,
            |attempt| {
                filter.delivery.as_ref().is_none_or(|delivery| attempt.delivery == *delivery)
                    && filter.webhook.as_ref().is_none_or(|webhook| attempt.webhook == *webhook)
                    && filter.event.as_ref().is_none_or(|event| attempt.event == *event)
                    && filter.outcome.is_none_or(|outcome| attempt.outcome == outcome)
                    && filter.started.holds(attempt.started)
            },
        )
    }
}
