//! The meter: what is counted while work is done. Counters only grow until the process ends; they are atomics, so that
//! counting costs the work nothing. A store owns one, and whoever holds the store counts on it.
//!
//! No count is ever kept by a text of a tenant's (catalogue 6.7): the only distinction is the closed list of outcomes. What each
//! account had is kept apart, in [`Usage`], and never exported.

use crate::attempt::{Attempt, Outcome};
use crate::delivery::Delivery;
use crate::latency::{BUCKETS, Histogram, bucket};
use crate::time::until;
use crate::usage::Usage;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The number of outcomes.
const OUTCOMES: usize = Outcome::ALL.len();

/// The counters of one process.
#[derive(Debug)]
pub struct Meter {
    events: AtomicU64,
    deliveries: AtomicU64,
    attempts: [AtomicU64; OUTCOMES],
    attempt_time: AtomicHistogram,
    first_attempt_wait: AtomicHistogram,
    commit_time: AtomicHistogram,
    set_aside: AtomicU64,
    leased: AtomicU64,
    usage: Arc<Usage>,
}

impl Default for Meter {
    fn default() -> Self {
        Self {
            events: AtomicU64::default(),
            deliveries: AtomicU64::default(),
            attempts: std::array::from_fn(|_| AtomicU64::default()),
            attempt_time: AtomicHistogram::default(),
            first_attempt_wait: AtomicHistogram::default(),
            commit_time: AtomicHistogram::default(),
            set_aside: AtomicU64::default(),
            leased: AtomicU64::default(),
            usage: Arc::default(),
        }
    }
}

/// Times in buckets, with their sum.
#[derive(Debug)]
struct AtomicHistogram {
    buckets: [AtomicU64; BUCKETS],
    sum_us: AtomicU64,
}

impl Default for AtomicHistogram {
    fn default() -> Self {
        Self { buckets: std::array::from_fn(|_| AtomicU64::default()), sum_us: AtomicU64::default() }
    }
}

impl AtomicHistogram {
    fn note(&self, us: u64) {
        self.buckets[bucket(us)].fetch_add(1, Ordering::Relaxed);
        self.sum_us.fetch_add(us, Ordering::Relaxed);
    }

    fn read(&self) -> Times {
        let buckets = std::array::from_fn(|bucket| self.buckets[bucket].load(Ordering::Relaxed));
        Times { buckets: Histogram(buckets), sum_us: self.sum_us.load(Ordering::Relaxed) }
    }
}

/// What was done in a step that may still be undone: added to the meter when it is on disk.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    events: u64,
    deliveries: u64,
    attempts: Vec<Ended>,
    set_aside: u64,
}

/// How much was in a [`Tally`].
#[derive(Debug, Clone, Copy)]
pub struct Mark {
    events: u64,
    deliveries: u64,
    attempts: usize,
    set_aside: u64,
}

#[derive(Debug, Clone, Copy)]
struct Ended {
    outcome: Outcome,
    total_us: u64,
    /// From the acceptance to the start, of a delivery's first attempt.
    waited_us: Option<u64>,
}

impl Tally {
    /// An event was accepted, and this many deliveries made.
    pub fn accepted(&mut self, deliveries: u32) {
        self.events += 1;
        self.deliveries += u64::from(deliveries);
    }

    /// An attempt of `delivery` was recorded.
    pub fn recorded(&mut self, attempt: &Attempt, delivery: &Delivery) {
        let waited = until(delivery.created, attempt.started);
        self.attempts.push(Ended {
            outcome: attempt.outcome,
            total_us: attempt.timings.total_us,
            waited_us: (attempt.number == 1).then(|| micros(waited)),
        });
    }

    /// A delivery that cannot be read was taken out of the queue.
    pub fn set_aside(&mut self) {
        self.set_aside += 1;
    }

    /// Everything so far; to it [`Tally::undo`] can go back.
    pub fn mark(&self) -> Mark {
        let Self { events, deliveries, set_aside, .. } = *self;
        Mark { events, deliveries, attempts: self.attempts.len(), set_aside }
    }

    /// Forgets what was counted after the mark.
    pub fn undo(&mut self, mark: Mark) {
        (self.events, self.deliveries, self.set_aside) = (mark.events, mark.deliveries, mark.set_aside);
        self.attempts.truncate(mark.attempts);
    }
}

impl Meter {
    /// Counters at rest, of another part of the same process: what accounts have of both is one.
    #[must_use]
    pub fn beside(&self) -> Self {
        Self { usage: Arc::clone(&self.usage), ..Self::default() }
    }

    /// What each account has of what all share.
    pub fn usage(&self) -> &Arc<Usage> {
        &self.usage
    }

    /// Adds what was done; it is on disk.
    pub fn add(&self, tally: &Tally) {
        self.events.fetch_add(tally.events, Ordering::Relaxed);
        self.deliveries.fetch_add(tally.deliveries, Ordering::Relaxed);
        self.set_aside.fetch_add(tally.set_aside, Ordering::Relaxed);
        for ended in &tally.attempts {
            self.attempts[ended.outcome as usize].fetch_add(1, Ordering::Relaxed);
            if ended.outcome != Outcome::Lost {
                self.attempt_time.note(ended.total_us);
            }
            if let Some(waited) = ended.waited_us {
                self.first_attempt_wait.note(waited);
            }
        }
    }

    /// A commit took this long.
    pub fn committed(&self, took: Duration) {
        self.commit_time.note(micros(took));
    }

    /// A delivery was leased to this process.
    pub fn took(&self) {
        self.leased.fetch_add(1, Ordering::Relaxed);
    }

    /// A lease of this process has ended.
    pub fn gave_back(&self) {
        self.leased.fetch_sub(1, Ordering::Relaxed);
    }

    /// All counters now.
    pub fn read(&self) -> Reading {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Reading {
            events: count(&self.events),
            deliveries: count(&self.deliveries),
            set_aside: count(&self.set_aside),
            attempts: std::array::from_fn(|outcome| count(&self.attempts[outcome])),
            attempt_time: self.attempt_time.read(),
            first_attempt_wait: self.first_attempt_wait.read(),
            commit_time: self.commit_time.read(),
            leased: count(&self.leased),
        }
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// The counters at one time.
#[derive(Debug, Clone)]
pub struct Reading {
    /// Events accepted since the process began, once they are on disk.
    pub events: u64,
    /// Deliveries made for them.
    pub deliveries: u64,
    /// Deliveries taken out of the queue because they, their event or its bytes cannot be read.
    pub set_aside: u64,
    attempts: [u64; OUTCOMES],
    /// How long attempts took, from start to verdict; lost ones apart, whose time nobody knows.
    pub attempt_time: Times,
    /// How long the first attempts waited, from the event's acceptance to their start.
    pub first_attempt_wait: Times,
    /// How long commits took.
    pub commit_time: Times,
    /// Deliveries that this process holds a lease of.
    pub leased: u64,
}

impl Reading {
    /// Attempts recorded with that outcome.
    pub fn attempts(&self, outcome: Outcome) -> u64 {
        self.attempts[outcome as usize]
    }
}

/// Times that were counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// How many in each bucket.
    pub buckets: Histogram,
    /// All of them together, in microseconds.
    pub sum_us: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_undone_is_not_counted() {
        let (meter, mut tally) = (Meter::default(), Tally::default());
        tally.accepted(3);
        let mark = tally.mark();
        tally.accepted(5);
        tally.undo(mark);
        meter.add(&tally);
        let reading = meter.read();
        assert_eq!((reading.events, reading.deliveries), (1, 3));
    }

    #[test]
    fn every_outcome_has_a_counter_of_its_own() {
        let meter = Meter::default();
        for (at, outcome) in Outcome::ALL.iter().enumerate() {
            assert_eq!(*outcome as usize, at);
            let ended = Ended { outcome: *outcome, total_us: 7, waited_us: None };
            meter.add(&Tally { attempts: vec![ended; at + 1], ..Tally::default() });
        }
        let reading = meter.read();
        for (at, outcome) in Outcome::ALL.iter().enumerate() {
            assert_eq!(reading.attempts(*outcome), at as u64 + 1);
        }
        let all: u64 = (1..=OUTCOMES as u64).sum();
        assert_eq!(reading.attempt_time.buckets.count(), all - reading.attempts(Outcome::Lost));
    }
}
