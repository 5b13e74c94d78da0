//! Events, in memory.

use super::machine::HandOver;
use super::{MemoryStore, State};
use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::delivery::{Delivery, Leased};
use deskbell_core::event::{Event, NewEvent};
use deskbell_core::id::{AccountId, DeliveryId, EventId, WebhookId};
use deskbell_core::policy::matching;
use deskbell_core::store::{
    Accepted, EventFilter, Events, Handed, Listing, Page, Result, Weight, page_of_bytes,
};
use deskbell_core::webhook::Webhook;
use std::sync::Arc;

impl State {
    /// Stores one event with its deliveries, or nothing.
    pub(super) fn accept(&mut self, new: NewEvent, now: Timestamp, to: &mut HandOver) -> Accepted {
        let key = new.idempotency.as_ref().map(|used| (new.event.account.clone(), used.key.clone()));
        if let (Some(key), Some(used)) = (&key, &new.idempotency)
            && let Some((digest, event, place)) = self.idempotency.get(key)
            && self.events.place(event.as_str()) == Some(*place)
        {
            return used.used_for(event.clone(), *digest);
        }
        if self.events.get(new.event.id.as_str()).is_some() {
            return Accepted::IdTaken;
        }
        let ours = self.webhooks.all().filter(|webhook| webhook.account == new.event.account);
        let owed = ours.filter(|webhook| matching::is_owed(&new, webhook));
        let webhooks: Vec<Arc<Webhook>> = owed.cloned().map(Arc::new).collect();
        if new.only.is_some() && webhooks.is_empty() {
            return Accepted::NoWebhook;
        }
        if let Some(full) = self.refusal([&new]) {
            return Accepted::OverQuota(full);
        }
        let NewEvent { event, idempotency, trace, .. } = new;
        if let Some(trace) = &trace {
            self.traces.insert(event.id.clone(), Arc::clone(trace));
        }
        for webhook in &webhooks {
            self.owe(&event, webhook, now, to);
        }
        self.write(event.id.as_str(), now);
        self.keep(&event);
        let id = event.id.clone();
        let place = self.events.add(id.as_str(), event);
        if let (Some(key), Some(used), Some(place)) = (key, idempotency, place) {
            self.idempotency.insert(key, (used.digest, id, place));
        }
        let deliveries = u32::try_from(webhooks.len()).unwrap_or(u32::MAX);
        self.count(|tally| tally.accepted(deliveries));
        Accepted::New { deliveries }
    }

    /// Adds the delivery of a new event, into the machine's hands when there is room and nothing is due before it.
    fn owe(&mut self, event: &Event, webhook: &Arc<Webhook>, now: Timestamp, to: &mut HandOver) {
        let mut delivery = Delivery::new(event, &webhook.id, now);
        // A sample passes what waits, as a retry by hand does.
        let waits = !delivery.is_sample() && self.is_due(webhook, now);
        let permit = if waits { None } else { to.permit(webhook, &delivery, event.body.len(), now) };
        if permit.is_some() {
            delivery.hand_over(to.epoch(), now);
        }
        let Some(place) = self.add_delivery(delivery.clone()) else { return };
        match permit {
            Some(permit) => {
                let (body, webhook) = (event.body.clone(), Arc::clone(webhook));
                let trace = self.traces.get(&event.id).cloned();
                let leased = Leased { delivery: Box::new(delivery), place, body, trace, webhook };
                to.hand(Handed { leased, permit });
            }
            None => to.leave(),
        }
    }
}

#[async_trait]
impl Events for MemoryStore {
    async fn event(&self, account: &AccountId, id: &EventId) -> Result<Option<Event>> {
        Ok(self.lock().events.get(id.as_str()).filter(|event| event.account == *account).cloned())
    }

    async fn events_of(&self, account: &AccountId, ids: &[EventId]) -> Result<Vec<Option<Event>>> {
        let state = self.lock();
        let ours = |event: &&Event| event.account == *account;
        let found = ids.iter().map(|id| Ok(state.events.get(id.as_str()).filter(ours).cloned()));
        page_of_bytes(found, |event| event.bytes())
    }

    async fn events(&self, account: &AccountId, filter: &EventFilter, page: &Page) -> Result<Listing<Event>> {
        let state = self.lock();
        let owed = |event: &Event, webhook: &WebhookId| {
            state.deliveries.get(DeliveryId::of(&event.id, webhook).as_str()).is_some()
        };
        state.events.page(
            page,
            |event| event.account == *account,
            |event| {
                filter.trigger.is_none_or(|trigger| event.trigger == trigger)
                    && filter.subject.as_ref().is_none_or(|subject| event.subject.as_ref() == Some(subject))
                    && filter.webhook.as_ref().is_none_or(|webhook| owed(event, webhook))
                    && filter.created.holds(event.created)
            },
        )
    }
}
