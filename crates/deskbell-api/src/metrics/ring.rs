//! The last hour as a series of data points, one each ten seconds, in memory: it begins anew with the process.

use deskbell_core::Timestamp;
use deskbell_core::attempt::Outcome;
use deskbell_core::meter::Reading;
use std::collections::VecDeque;
use std::time::Duration;

/// The step of the series: from one data point to the next.
pub const STEP: Duration = Duration::from_secs(10);
/// Data points that are kept: an hour.
const KEPT: usize = 360;

/// What was done from the data point before to this one.
#[derive(Debug, Clone, PartialEq)]
pub struct DataPoint {
    /// When it was taken.
    pub time: Timestamp,
    /// Events accepted.
    pub accepted: u64,
    /// Attempts recorded, by outcome; outcomes without any are left out.
    pub attempts: Vec<(Outcome, u64)>,
    /// How long the oldest due delivery had waited at that time; `None` when nothing was due.
    pub oldest_due: Option<Duration>,
    /// What 95 of 100 of its attempts did not take longer than, in milliseconds; `None` without attempts.
    pub p95_ms: Option<u64>,
}

impl DataPoint {
    /// Attempts that were answered 2xx.
    pub fn delivered(&self) -> u64 {
        let delivered = self.attempts.iter().find(|(outcome, _)| *outcome == Outcome::Delivered);
        delivered.map_or(0, |(_, count)| *count)
    }
}

/// The data points, and the reading of the last one.
#[derive(Default)]
pub struct Ring {
    points: VecDeque<DataPoint>,
    last: Option<Reading>,
}

impl Ring {
    /// Takes a data point at `now` from `reading`. Before the first reading there is nothing to compare with, so it makes none.
    pub fn push(&mut self, now: Timestamp, oldest_due: Option<Duration>, reading: Reading) {
        if let Some(last) = &self.last {
            let since = |outcome: Outcome| reading.attempts(outcome).saturating_sub(last.attempts(outcome));
            let attempts = Outcome::ALL.iter().map(|outcome| (*outcome, since(*outcome)));
            if self.points.len() == KEPT {
                self.points.pop_front();
            }
            self.points.push_back(DataPoint {
                time: now,
                accepted: reading.events.saturating_sub(last.events),
                attempts: attempts.filter(|(_, count)| *count > 0).collect(),
                oldest_due,
                p95_ms: reading.attempt_time.buckets.since(&last.attempt_time.buckets).percentile_ms(95),
            });
        }
        self.last = Some(reading);
    }

    /// The data points, oldest first.
    pub fn points(&self) -> impl Iterator<Item = &DataPoint> {
        self.points.iter()
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
    fn a_data_point_has_what_was_done_since_the_one_before() {
        let (meter, mut ring) = (Meter::default(), Ring::default());
        accept(&meter, 5);
        ring.push(from_millis(0), None, meter.read());
        assert_eq!(ring.points().count(), 0, "what was before the first reading belongs to no data point");
        accept(&meter, 3);
        ring.push(from_millis(10_000), Some(Duration::from_secs(1)), meter.read());
        ring.push(from_millis(20_000), None, meter.read());
        let points: Vec<_> =
            ring.points().map(|point| (point.time, point.accepted, point.oldest_due)).collect();
        let second = Some(Duration::from_secs(1));
        assert_eq!(points, [(from_millis(10_000), 3, second), (from_millis(20_000), 0, None)]);
    }

    #[test]
    fn an_hour_is_kept() {
        let (meter, mut ring) = (Meter::default(), Ring::default());
        for step in 0..=400 {
            ring.push(from_millis(step * 10_000), None, meter.read());
        }
        assert_eq!(ring.points().count(), 360);
        assert_eq!(ring.points().next().map(|point| point.time), Some(from_millis(410_000)));
        assert_eq!(STEP * 360, Duration::from_secs(3_600));
    }
}
