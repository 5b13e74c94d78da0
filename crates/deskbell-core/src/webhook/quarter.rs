//! How a webhook did in a quarter of an hour, and what waits for it: the evidence of its health.

use crate::Timestamp;
use crate::attempt::{Attempt, Blame};
use crate::latency::Histogram;
use crate::time::{from_millis, millis};
use serde::{Deserialize, Serialize};

/// Milliseconds of a quarter of an hour.
const QUARTER_MILLIS: i64 = 15 * 60 * 1_000;

/// What became of the attempts that were recorded in one quarter of an hour. Attempts that a fault of ours ended, those of samples, and
/// those by hand of what had arrived already say nothing about the webhook and are not in it: so a delivery arrives once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarter {
    /// When it began: a whole quarter of an hour, UTC.
    pub start: Timestamp,
    /// Deliveries that arrived: each by the attempt that was answered 2xx.
    pub delivered: u64,
    /// Those of them that arrived on the first try.
    pub first_try: u64,
    /// Attempts that failed.
    pub failed: u64,
    /// Deliveries that used up their schedule in it, and did not arrive later, after a retry by hand.
    pub gave_up: u64,
    /// How long the attempts took that were answered, or not in time.
    pub latencies: Histogram,
}

impl Quarter {
    /// The quarter of `at`, with nothing in it.
    pub fn of(at: Timestamp) -> Self {
        Self {
            start: start_of(at),
            delivered: 0,
            first_try: 0,
            failed: 0,
            gave_up: 0,
            latencies: Histogram::default(),
        }
    }

    /// Attempts in all.
    pub fn attempts(&self) -> u64 {
        self.delivered + self.failed
    }

    /// Takes an attempt in.
    pub fn note(&mut self, score: &Score) {
        if score.delivered {
            self.delivered += 1;
            self.first_try += u64::from(score.first);
        } else {
            self.failed += 1;
            self.gave_up += u64::from(score.gave_up);
        }
        if let Some(latency) = score.latency_us {
            self.latencies.note(latency);
        }
    }

    /// One of those that had given up in it arrived after all, by this quarter or a later one, and counts there.
    pub fn take_back(&mut self, recovered: u64) {
        self.gave_up = self.gave_up.saturating_sub(recovered);
    }

    /// Takes in what another one has; its start stays.
    pub fn add(&mut self, other: &Self) {
        self.delivered += other.delivered;
        self.first_try += other.first_try;
        self.failed += other.failed;
        self.gave_up += other.gave_up;
        self.latencies.add(&other.latencies);
    }
}

/// What one attempt adds to its quarter of an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// Whether it was answered 2xx.
    pub delivered: bool,
    /// Whether it was the first of its delivery.
    pub first: bool,
    /// Whether its delivery used up its schedule by it.
    pub gave_up: bool,
    /// The start of the quarter in which its delivery had given up, which by it arrived after all: there it has not given up any more.
    pub takes_back: Option<Timestamp>,
    /// How long it took, if it was answered, or not in time.
    pub latency_us: Option<u64>,
}

impl Score {
    /// What the attempt adds; `None` for one of a sample, and for one that a fault of ours ended. `gave_up` says whether its delivery used up its
    /// schedule by it, and `given_up` when it had done so before.
    pub fn of(attempt: &Attempt, gave_up: bool, given_up: Option<Timestamp>) -> Option<Self> {
        let blame = attempt.outcome.blame();
        let timed = attempt.response.is_some() || attempt.outcome.is_timeout();
        (blame != Blame::Us && !attempt.sample).then(|| Self {
            delivered: blame == Blame::Nobody,
            first: attempt.number == 1,
            gave_up,
            takes_back: given_up.filter(|_| blame == Blame::Nobody).map(start_of),
            latency_us: timed.then_some(attempt.timings.total_us),
        })
    }
}

/// The start of the quarter of an hour that `at` lies in.
pub fn start_of(at: Timestamp) -> Timestamp {
    from_millis(millis(at).div_euclid(QUARTER_MILLIS) * QUARTER_MILLIS)
}

/// The starts of the last `count` quarters, oldest first; the last one is that of `now`.
pub fn last(count: u16, now: Timestamp) -> impl Iterator<Item = Timestamp> {
    let newest = millis(start_of(now));
    (0..i64::from(count)).rev().map(move |back| from_millis(newest - back * QUARTER_MILLIS))
}

/// What waits for a webhook. Samples that were not tried yet are not among it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Deliveries in the queue; counted up to [`WAITING_COUNTED`](crate::policy::limit::WAITING_COUNTED).
    pub count: u64,
    /// Those of them that are under way.
    pub in_flight: u64,
    /// Those of them that had come to an end, and are sent again by hand: what became of them before is counted.
    pub again: u64,
    /// Those of the others that were tried before.
    pub tried: u64,
    /// The most attempts that one of these has had.
    pub most_attempts: u32,
    /// When the next of those that are not under way is due.
    pub next: Option<Timestamp>,
}

/// What is known of how a webhook does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    /// The quarters in which something was recorded, oldest first.
    pub quarters: Vec<Quarter>,
    /// What waits for it.
    pub waiting: Waiting,
}

impl Record {
    /// All of its quarters as one that began when the first did; `None` without quarters.
    pub fn sum(&self) -> Option<Quarter> {
        sum(&self.quarters)
    }
}

/// Quarters as one that began when the first did; `None` without quarters.
pub fn sum(quarters: &[Quarter]) -> Option<Quarter> {
    let (first, rest) = quarters.split_first()?;
    let mut sum = first.clone();
    rest.iter().for_each(|quarter| sum.add(quarter));
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quarters_are_whole_ones_of_utc() {
        let at = |millis| start_of(from_millis(millis));
        assert_eq!(at(0), from_millis(0));
        assert_eq!(at(899_999), from_millis(0));
        assert_eq!(at(900_000), from_millis(900_000));
        assert_eq!(at(-1), from_millis(-900_000), "before the epoch too");
        let quarters: Vec<_> = last(3, from_millis(1_900_000)).map(millis).collect();
        assert_eq!(quarters, [0, 900_000, 1_800_000]);
    }
}
