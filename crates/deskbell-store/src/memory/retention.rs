//! Retention, in memory.

use super::change_feed::number;
use super::{MemoryStore, State};
use async_trait::async_trait;
use bytes::Bytes;
use deskbell_core::Timestamp;
use deskbell_core::delivery::Delivery;
use deskbell_core::event::Event;
use deskbell_core::id::{AccountId, AttemptId, DeliveryId};
use deskbell_core::retention::OwnKeep;
use deskbell_core::store::{Cut, Expire, Expired, Position, Reached, Result, Retention};
use deskbell_core::time::{later, whole};
use std::time::Duration;

/// The last of an account that were deleted, by their places.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Last {
    pub(super) event: i64,
    pub(super) attempt: i64,
    /// When the event was accepted.
    at: Option<Timestamp>,
    /// The last event whose bytes were looked at for their age, and when it was accepted.
    payload: i64,
    payload_at: Option<Timestamp>,
}

/// What hangs on an event.
struct Hanging {
    deliveries: Vec<Delivery>,
    attempts: Vec<AttemptId>,
}

impl State {
    /// Notes when an event was accepted or an attempt recorded.
    pub(super) fn write(&mut self, id: &str, now: Timestamp) {
        self.last_written = self.last_written.max(whole(now));
        self.written.insert(id.to_owned(), self.last_written);
    }

    /// Whether it was written before then.
    fn is_older(&self, id: &str, before: Timestamp) -> bool {
        self.written.get(id).is_some_and(|written| *written < whole(before))
    }

    fn hanging(&self, event: &Event) -> Hanging {
        let delivery = |id: DeliveryId| self.deliveries.get(id.as_str()).cloned();
        let of = self.webhooks.all().filter_map(|webhook| delivery(DeliveryId::of(&event.id, &webhook.id)));
        let deliveries: Vec<Delivery> = of.collect();
        let all = |delivery: &Delivery| {
            let id = delivery.id.clone();
            (1..=delivery.attempts).map(move |number| AttemptId::of(&id, number))
        };
        let attempts = deliveries.iter().flat_map(all).collect();
        Hanging { deliveries, attempts }
    }

    fn expire(&mut self, part: &Expire) -> Expired {
        let from = part.from.unwrap_or(Reached { account: 0, place: 0 });
        let (mut done, mut rows) = (Expired::default(), 0);
        let accounts: Vec<(i64, AccountId)> =
            self.accounts.iter().map(|(at, account)| (at, account.id.clone())).collect();
        for (account, id) in accounts.into_iter().filter(|(at, _)| *at >= from.account) {
            let keep = part.keep.of(self.own_keeps.get(&id).copied().unwrap_or_default());
            let before = keep.events_since(part.now);
            let behind = if account == from.account { from.place } else { 0 };
            for (place, event) in self.older(&id, before).into_iter().filter(|(place, _)| *place > behind) {
                let hanging = self.hanging(&event);
                if !self.is_over(&hanging, before) {
                    continue;
                }
                let Hanging { deliveries, attempts } = hanging;
                rows += 1 + deliveries.len() + attempts.len();
                done.events += 1;
                done.deliveries += deliveries.len() as u64;
                done.attempts += attempts.len() as u64;
                self.delete(place, &event, &deliveries, &attempts);
                if rows >= part.rows {
                    return Expired { next: Some(Reached { account, place }), ..done };
                }
            }
            if whole(keep.payloads_since(part.now)) > whole(before) {
                done.payloads += self.delete_payloads(&id, keep.payloads_since(part.now));
            }
        }
        done
    }

    /// The account's events that were accepted before then.
    fn older(&self, account: &AccountId, before: Timestamp) -> Vec<(i64, Event)> {
        let old = |(_, event): &(i64, &Event)| {
            event.account == *account && self.is_older(event.id.as_str(), before)
        };
        self.events.iter().filter(old).map(|(place, event)| (place, event.clone())).collect()
    }

    fn is_over(&self, hanging: &Hanging, before: Timestamp) -> bool {
        hanging.deliveries.iter().all(Delivery::is_over)
            && hanging.attempts.iter().all(|id| self.is_older(id.as_str(), before))
    }

    fn delete_payloads(&mut self, account: &AccountId, before: Timestamp) -> u64 {
        let mut deleted = 0;
        for (place, event) in self.older(account, before) {
            let at = self.written.get(event.id.as_str()).copied();
            let cut = self.cuts.entry(account.clone()).or_default();
            if place > cut.payload {
                (cut.payload, cut.payload_at) = (place, at);
            }
            let hanging = self.hanging(&event);
            if !event.payload_deleted && self.is_over(&hanging, before) {
                let gone = Event { body: Bytes::new(), payload_deleted: true, ..event.clone() };
                self.keep_less(&event, Some(&gone));
                self.events.replace(event.id.as_str(), gone);
                deleted += 1;
            }
        }
        deleted
    }

    fn delete(&mut self, place: i64, event: &Event, deliveries: &[Delivery], attempts: &[AttemptId]) {
        let last = attempts.iter().filter_map(|id| self.attempts.place(id.as_str())).max();
        let at = self.written.remove(event.id.as_str());
        let cut = self.cuts.entry(event.account.clone()).or_default();
        cut.attempt = cut.attempt.max(last.unwrap_or_default());
        if place > cut.event {
            (cut.event, cut.at) = (place, at);
        }
        self.keep_less(event, None);
        self.events.remove(event.id.as_str());
        self.traces.remove(&event.id);
        for delivery in deliveries {
            self.deliveries.remove(delivery.id.as_str());
        }
        for attempt in attempts {
            self.written.remove(attempt.as_str());
            self.attempts.remove(attempt.as_str());
        }
    }
}

#[async_trait]
impl Retention for MemoryStore {
    async fn expire(&self, part: Expire) -> Result<Expired> {
        Ok(self.lock().expire(&part))
    }

    async fn forget_keys(&self, before: Timestamp, limit: u32) -> Result<u64> {
        let state = &mut *self.lock();
        let old = |event: &str| state.written.get(event).is_none_or(|written| *written < whole(before));
        let old = state.idempotency.iter().filter(|(_, (_, event, _))| old(event.as_str()));
        let keys: Vec<_> = old.map(|(key, _)| key.clone()).take(limit as usize).collect();
        for key in &keys {
            state.idempotency.remove(key);
        }
        Ok(keys.len() as u64)
    }

    async fn give_back(&self, _: u64) -> Result<u64> {
        Ok(0)
    }

    async fn own_keep(&self, account: &AccountId) -> Result<OwnKeep> {
        Ok(self.lock().own_keeps.get(account).copied().unwrap_or_default())
    }

    async fn set_own_keep(&self, account: &AccountId, own: OwnKeep) -> Result<bool> {
        let mut state = self.lock();
        let known = state.accounts.get(account.as_str()).is_some();
        if known {
            state.own_keeps.insert(account.clone(), own);
        }
        Ok(known)
    }

    async fn cut(&self, account: &AccountId) -> Result<Cut> {
        let Last { event, attempt, at, payload_at, .. } =
            self.lock().cuts.get(account).copied().unwrap_or_default();
        // Before the next millisecond.
        let time = |at: Option<Timestamp>| at.map(|at| later(at, Duration::from_millis(1)));
        let last = Position { event: number(event), attempt: number(attempt), capture: 0 };
        Ok(Cut { events: time(at), payloads: time(payload_at), last })
    }
}
