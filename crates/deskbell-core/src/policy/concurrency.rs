//! Concurrency: how many deliveries a machine holds, in all and for one webhook.
//!
//! The room of a webhook follows its receiver (additive increase, multiplicative decrease): it grows by one each time a
//! whole room of attempts was answered quickly and well, and is halved when one fails or is slow. So a quick receiver is
//! soon sent as much as it takes, and a slow one holds almost nothing of what all share.

use crate::Timestamp;
use crate::attempt::{Attempt, Blame, Outcome};
use crate::id::WebhookId;
use crate::meter::Meter;
use crate::policy::{circuit_breaker, limit};
use crate::webhook::Health;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// An answer within this time lets the room grow.
const QUICK: Duration = Duration::from_millis(250);
/// An answer after this time shrinks it, a good one too.
const SLOW: Duration = Duration::from_secs(1);
/// Webhooks whose room is remembered while nothing is in flight to them.
const REMEMBERED: usize = 10_000;

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

#[derive(Debug, Default)]
struct Held {
    closed: bool,
    all: u32,
    bytes: usize,
    webhooks: HashMap<WebhookId, Room>,
}

#[derive(Debug, Clone, Copy)]
struct Room {
    /// Without those that were delivered: a webhook that says yes need not wait for the disk.
    in_flight: u32,
    /// How many may be; the fraction counts towards the next one.
    size: f64,
    /// How often it shrank. Attempts that began before the last time say nothing new.
    shrunk: u32,
}

/// One delivery's place in a machine's hands. Dropping it makes room, whatever became of the delivery.
#[derive(Debug)]
pub struct Permit {
    concurrency: Arc<Concurrency>,
    bytes: usize,
    /// `None` once the webhook's place is free again.
    webhook: Option<WebhookId>,
    shrunk: u32,
}

impl Concurrency {
    /// Nothing held yet. What is held is counted on `meter`.
    pub fn new(bounds: Bounds, meter: Arc<Meter>) -> Self {
        Self { bounds, meter, held: Mutex::default() }
    }

    /// Lets nothing more in: this machine is about to stop.
    pub fn close(&self) {
        self.held().closed = true;
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
        let room = self.held().webhooks.get(webhook).copied().unwrap_or_else(|| self.fresh());
        usize::try_from(free(room, health, now)).unwrap_or(usize::MAX)
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
        let room = held.webhooks.get(webhook).copied().unwrap_or_else(|| self.fresh());
        if held.closed || (full && held.all > 0) || free(room, health, now) == 0 {
            return None;
        }
        held.all += 1;
        held.bytes += bytes;
        held.webhooks.insert(webhook.clone(), Room { in_flight: room.in_flight + 1, ..room });
        self.meter.took();
        Some(Permit { concurrency: self.clone(), bytes, webhook: Some(webhook.clone()), shrunk: room.shrunk })
    }

    fn fresh(&self) -> Room {
        Room { in_flight: 0, size: f64::from(self.bounds.start.min(self.bounds.ceiling)), shrunk: 0 }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn free(room: Room, health: &Health, now: Timestamp) -> u32 {
    // At least 1, at most the ceiling: no truncation.
    circuit_breaker::room(health, now, room.size as u32).saturating_sub(room.in_flight)
}

impl Room {
    fn learn(&mut self, attempt: &Attempt, shrunk: u32, ceiling: f64) {
        let took = Duration::from_micros(attempt.timings.total_us);
        match attempt.outcome.blame() {
            Blame::Us => {}
            // Only a room that is used says anything about a larger one.
            Blame::Nobody if took <= QUICK && f64::from(self.in_flight) * 2.0 >= self.size => {
                self.size = (self.size + 1.0 / self.size).min(ceiling);
            }
            Blame::Nobody if took < SLOW => {}
            // Several attempts of one room fail together: that is one reason to shrink.
            _ if shrunk == self.shrunk => {
                self.size = (self.size / 2.0).max(1.0);
                self.shrunk = self.shrunk.wrapping_add(1);
            }
            _ => {}
        }
    }
}

impl Permit {
    /// The attempt ended: its webhook's room learns from it. After a success the webhook has room for another while this
    /// delivery waits to be recorded.
    pub fn end(&mut self, attempt: &Attempt) {
        let Some(webhook) = &self.webhook else { return };
        let ceiling = f64::from(self.concurrency.bounds.ceiling.max(1));
        if let Some(room) = self.concurrency.held().webhooks.get_mut(webhook) {
            room.learn(attempt, self.shrunk, ceiling);
        }
        if attempt.outcome == Outcome::Delivered {
            self.free_webhook();
        }
    }

    fn free_webhook(&mut self) {
        let Some(webhook) = self.webhook.take() else { return };
        let start = self.concurrency.fresh().size;
        let mut held = self.concurrency.held();
        let crowded = held.webhooks.len() > REMEMBERED;
        if let Some(room) = held.webhooks.get_mut(&webhook) {
            room.in_flight = room.in_flight.saturating_sub(1);
            let fresh = (room.size - start).abs() < f64::EPSILON;
            if room.in_flight == 0 && (fresh || crowded) {
                held.webhooks.remove(&webhook);
            }
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.free_webhook();
        let mut held = self.concurrency.held();
        held.all = held.all.saturating_sub(1);
        held.bytes = held.bytes.saturating_sub(self.bytes);
        drop(held);
        self.concurrency.meter.gave_back();
    }
}

#[cfg(test)]
mod tests;
