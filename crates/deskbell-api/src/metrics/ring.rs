//! The last hour in steps of ten seconds, in memory: it begins anew with the process.

use deskbell_core::Timestamp;
use deskbell_core::attempt::Outcome;
use deskbell_core::meter::Reading;
use std::collections::VecDeque;
use std::time::Duration;

/// How long a step is.
pub const STEP: Duration = Duration::from_secs(10);
/// Steps that are kept: an hour.
const KEPT: usize = 360;

/// What was done in one step.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// When it ended.
    pub time: Timestamp,
    /// Events accepted.
    pub accepted: u64,
    /// Attempts recorded, by outcome; outcomes without any are left out.
    pub attempts: Vec<(Outcome, u64)>,
    /// How long the oldest due delivery had waited at its end; `None` when nothing was due.
    pub oldest_due: Option<Duration>,
    /// What 95 of 100 of its attempts did not take longer than, in milliseconds; `None` without attempts.
    pub p95_ms: Option<u64>,
}

impl Step {
    /// Attempts that were answered 2xx.
    pub fn delivered(&self) -> u64 {
        let delivered = self.attempts.iter().find(|(outcome, _)| *outcome == Outcome::Delivered);
        delivered.map_or(0, |(_, count)| *count)
    }
}

/// The steps, and the reading at which the last one ended.
#[derive(Default)]
pub struct Ring {
    steps: VecDeque<Step>,
    last: Option<Reading>,
}

impl Ring {
    /// Ends a step at `now` with `reading`. The first reading only begins one.
    pub fn push(&mut self, now: Timestamp, oldest_due: Option<Duration>, reading: Reading) {
        if let Some(last) = &self.last {
            let since = |outcome: Outcome| reading.attempts(outcome).saturating_sub(last.attempts(outcome));
            let attempts = Outcome::ALL.iter().map(|outcome| (*outcome, since(*outcome)));
            if self.steps.len() == KEPT {
                self.steps.pop_front();
            }
            self.steps.push_back(Step {
                time: now,
                accepted: reading.events.saturating_sub(last.events),
                attempts: attempts.filter(|(_, count)| *count > 0).collect(),
                oldest_due,
                p95_ms: reading.attempt_time.buckets.since(&last.attempt_time.buckets).percentile_ms(95),
            });
        }
        self.last = Some(reading);
    }

    /// The steps, oldest first.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use deskbell_core::meter::{Meter, Tally};
    use deskbell_core::time::from_millis;

    fn accept(meter: &Meter, events: usize) {
        let mut tally = Tally::default();
        (0..events).for_each(|_| tally.accepted(1));
        meter.add(&tally);
    }

    #[test]
    fn a_step_has_what_was_done_since_the_one_before() {
        let (meter, mut ring) = (Meter::default(), Ring::default());
        accept(&meter, 5);
        ring.push(from_millis(0), None, meter.read());
        assert_eq!(ring.steps().count(), 0, "what was before the first reading belongs to no step");
        accept(&meter, 3);
        ring.push(from_millis(10_000), Some(Duration::from_secs(1)), meter.read());
        ring.push(from_millis(20_000), None, meter.read());
        let steps: Vec<_> = ring.steps().map(|step| (step.time, step.accepted, step.oldest_due)).collect();
        let second = Some(Duration::from_secs(1));
        assert_eq!(steps, [(from_millis(10_000), 3, second), (from_millis(20_000), 0, None)]);
    }

    #[test]
    fn an_hour_is_kept() {
        let (meter, mut ring) = (Meter::default(), Ring::default());
        for step in 0..=400 {
            ring.push(from_millis(step * 10_000), None, meter.read());
        }
        assert_eq!(ring.steps().count(), 360);
        assert_eq!(ring.steps().next().map(|step| step.time), Some(from_millis(410_000)));
        assert_eq!(STEP * 360, Duration::from_secs(3_600));
    }
}
