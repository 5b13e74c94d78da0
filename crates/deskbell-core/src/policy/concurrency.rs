//! Concurrency: how many deliveries a machine holds, in all and for one webhook.
//!
//! The `room` of a webhook follows its receiver: a quick one is soon sent as much as it takes, and a slow one holds almost
//! nothing of what all share.

mod room;

use crate::Timestamp;
use crate::attempt::{Attempt, Outcome};
use crate::id::WebhookId;
use crate::meter::Meter;
use crate::policy::{circuit_breaker, limit};
use crate::webhook::Health;
use lru::LruCache;
use room::{Learnt, Room};
use std::collections::HashMap;
use std::future::poll_fn;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

/// Webhooks that something was learnt of and that nothing is in flight to; the one rung longest ago is forgotten.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();

/// How much a machine may hold.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Deliveries in all, until their attempts are recorded.
    pub all: u32,
    /// Bytes of their events.
    pub bytes: usize,
    /// Attempts in flight to one webhook at first.
    pub start: u32,
    /// Attempts in flight to one webhook at most.
    pub ceiling: u32,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            all: limit::IN_FLIGHT,
            bytes: limit::IN_FLIGHT_BYTES,
            start: limit::IN_FLIGHT_START,
            ceiling: limit::IN_FLIGHT_PER_WEBHOOK,
        }
    }
}

/// Counts what a machine holds, and gives [permits](Permit).
#[derive(Debug)]
pub struct Concurrency {
    bounds: Bounds,
    meter: Arc<Meter>,
    held: Mutex<Held>,
}

#[derive(Debug)]
struct Held {
    closed: bool,
    /// Who waits for the [end](Concurrency::ended).
    waiter: Option<Waker>,
    all: u32,
    bytes: usize,
    /// Of the webhooks that something is in flight to.
    rooms: HashMap<WebhookId, Room>,
    /// Of the others, without those that are as they began: a room is not learnt anew each time that it was empty.
    learnt: LruCache<WebhookId, Learnt>,
}

/// One delivery's place in a machine's hands. Dropping it makes room, whatever became of the delivery.
#[derive(Debug)]
pub struct Permit {
    concurrency: Arc<Concurrency>,
    bytes: usize,
    /// `None` once the webhook's place is free again.
    webhook: Option<WebhookId>,
    /// How many setbacks its room had had when it was let in.
    setbacks: u32,
}

impl Concurrency {
    /// Nothing held yet. What is held is counted on `meter`.
    pub fn new(bounds: Bounds, meter: Arc<Meter>) -> Self {
        // What is learnt is allocated as it comes: most instances have few webhooks.
        let mut learnt = LruCache::unbounded();
        learnt.resize(REMEMBERED);
        let held = Held { closed: false, waiter: None, all: 0, bytes: 0, rooms: HashMap::new(), learnt };
        Self { bounds, meter, held: Mutex::new(held) }
    }

    /// Lets nothing more in: this machine is about to stop.
    pub fn close(&self) {
        let mut held = self.held();
        held.closed = true;
        let waiter = held.ended();
        drop(held);
        if let Some(waiter) = waiter {
            waiter.wake();
        }
    }

    /// Waits until it is [closed](Self::close) and nothing is held any more: a place that was taken is given back when its
    /// delivery's end is recorded, or when it was not handed over after all. One may wait at a time.
    pub async fn ended(&self) {
        poll_fn(|context| {
            let mut held = self.held();
            held.waiter = Some(context.waker().clone());
            if held.ended().is_some() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// How many deliveries there is room for, in all and whatever their size.
    pub fn left(&self) -> usize {
        let held = self.held();
        let left = self.bounds.all.saturating_sub(held.all);
        if held.closed || held.bytes >= self.bounds.bytes {
            0
        } else {
            usize::try_from(left).unwrap_or(usize::MAX)
        }
    }

    /// How many more may be in flight to the webhook at `now`: what its [circuit breaker](circuit_breaker::room) lets be,
    /// without what is. The bound of all is not looked at.
    pub fn room(&self, webhook: &WebhookId, health: &Health, now: Timestamp) -> usize {
        let room = self.held().room(webhook, self.nothing());
        usize::try_from(free(room, health, now)).unwrap_or(usize::MAX)
    }

    /// Whether the webhook answers so well that as much as ever may be is in flight to it: what there is no room for waits for
    /// this machine, and not for the receiver.
    pub fn is_at_ceiling(&self, webhook: &WebhookId) -> bool {
        let held = self.held();
        held.rooms.get(webhook).is_some_and(|room| room.learnt.size() >= self.bounds.ceiling)
    }

    /// A place for one more delivery to the webhook, of an event of so many bytes; `None` when there is no room.
    pub fn take(
        self: &Arc<Self>,
        webhook: &WebhookId,
        health: &Health,
        bytes: usize,
        now: Timestamp,
    ) -> Option<Permit> {
        let mut held = self.held();
        // One is always let in, however large.
        let full = held.all >= self.bounds.all || held.bytes.saturating_add(bytes) > self.bounds.bytes;
        let mut room = held.room(webhook, self.nothing());
        if held.closed || (full && held.all > 0) || free(room, health, now) == 0 {
            return None;
        }
        room.enter();
        held.all += 1;
        held.bytes += bytes;
        held.rooms.insert(webhook.clone(), room);
        self.meter.took();
        let setbacks = room.learnt.setbacks;
        Some(Permit { concurrency: self.clone(), bytes, webhook: Some(webhook.clone()), setbacks })
    }

    /// What is known of a webhook that nothing was learnt of.
    fn nothing(&self) -> Learnt {
        Learnt::nothing(self.bounds.start.min(self.bounds.ceiling))
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn free(room: Room, health: &Health, now: Timestamp) -> u32 {
    circuit_breaker::room(health, now, room.learnt.size()).saturating_sub(room.in_flight)
}

impl Held {
    /// Who waited for the end, when it has come.
    fn ended(&mut self) -> Option<Waker> {
        self.waiter.take_if(|_| self.closed && self.all == 0)
    }

    fn room(&self, webhook: &WebhookId, nothing: Learnt) -> Room {
        let remembered = || Room::new(self.learnt.peek(webhook).copied().unwrap_or(nothing));
        self.rooms.get(webhook).copied().unwrap_or_else(remembered)
    }

    /// One attempt less is in flight to the webhook. What its room has learnt is kept when it is empty.
    fn free(&mut self, webhook: WebhookId, nothing: Learnt) {
        let Some(room) = self.rooms.get_mut(&webhook) else { return };
        room.in_flight = room.in_flight.saturating_sub(1);
        if room.in_flight > 0 {
            return;
        }
        let learnt = room.learnt;
        self.rooms.remove(&webhook);
        if learnt != nothing {
            self.learnt.put(webhook, learnt);
        }
    }
}

impl Permit {
    /// The attempt ended: its webhook's room learns from it. After a success the webhook has room for another while this
    /// delivery waits to be recorded.
    pub fn end(&mut self, attempt: &Attempt) {
        let Some(webhook) = &self.webhook else { return };
        if let Some(room) = self.concurrency.held().rooms.get_mut(webhook) {
            room.learn(attempt, self.setbacks, self.concurrency.bounds.ceiling);
        }
        if attempt.outcome == Outcome::Delivered {
            self.free_webhook();
        }
    }

    fn free_webhook(&mut self) {
        let Some(webhook) = self.webhook.take() else { return };
        self.concurrency.held().free(webhook, self.concurrency.nothing());
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.free_webhook();
        let mut held = self.concurrency.held();
        held.all = held.all.saturating_sub(1);
        held.bytes = held.bytes.saturating_sub(self.bytes);
        let waiter = held.ended();
        drop(held);
        self.concurrency.meter.gave_back();
        if let Some(waiter) = waiter {
            waiter.wake();
        }
    }
}

#[cfg(test)]
mod tests;
