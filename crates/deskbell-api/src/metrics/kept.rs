//! What this process did and has not told the store yet, by the quarter of an hour.

use deskbell_core::Timestamp;
use deskbell_core::attempt::Outcome;
use deskbell_core::meter::Reading;
use deskbell_core::throughput::Throughput;
use deskbell_core::time::until;
use deskbell_core::webhook::quarter::start_of;
use std::collections::BTreeMap;
use std::time::Duration;

/// How often the store is told of what was done: so much of it is lost with a process that is killed.
const EVERY: Duration = Duration::from_secs(60);
/// Quarters that are held while the store does not take them: a day.
const HELD: usize = 96;

/// What is to be kept of a process.
#[derive(Default)]
pub(super) struct Untold {
    last: Option<Reading>,
    told: Option<Timestamp>,
    quarters: BTreeMap<Timestamp, Throughput>,
}

impl Untold {
    /// Takes in what was done since the reading before, or since the process began.
    pub(super) fn note(&mut self, now: Timestamp, oldest_due: Option<Duration>, reading: Reading) {
        let before = |of: fn(&Reading) -> u64| self.last.as_ref().map_or(0, of);
        let mut more = Throughput::new(start_of(now));
        more.accepted = reading.events.saturating_sub(before(|last| last.events));
        for outcome in Outcome::ALL {
            let earlier = self.last.as_ref().map_or(0, |last| last.attempts(*outcome));
            more.count(*outcome, reading.attempts(*outcome).saturating_sub(earlier));
        }
        let times = reading.attempt_time.buckets;
        more.latencies = self.last.as_ref().map_or(times, |last| times.since(&last.attempt_time.buckets));
        more.oldest_due = oldest_due;
        self.add(more);
        self.last = Some(reading);
    }

    /// What the store is to be told at `now`: nothing, until it is time again.
    pub(super) fn take(&mut self, now: Timestamp) -> Vec<Throughput> {
        let is_early = self.told.is_some_and(|told| told <= now && until(told, now) < EVERY);
        if is_early { Vec::new() } else { self.rest(now) }
    }

    /// All that it was not told: a quarter in which nothing was done once it has ended.
    pub(super) fn rest(&mut self, now: Timestamp) -> Vec<Throughput> {
        self.told = Some(now);
        let present = start_of(now);
        self.quarters
            .extract_if(.., |start, done| *start < present || !done.is_idle())
            .map(|(_, done)| done)
            .collect()
    }

    /// Adds what was done, or what the store was not told after all.
    pub(super) fn add(&mut self, done: Throughput) {
        let quarter = self.quarters.entry(done.start).or_insert_with(|| Throughput::new(done.start));
        quarter.add(&done);
        while self.quarters.len() > HELD {
            self.quarters.pop_first();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use deskbell_core::meter::{Meter, Tally};
    use deskbell_core::time::from_millis;

    #[test]
    fn what_was_done_is_told_each_minute_in_its_quarter_and_once() {
        let (meter, mut untold) = (Meter::default(), Untold::default());
        let at = |seconds: i64| from_millis(seconds * 1_000);
        let mut look = |seconds: i64, accepted: usize| {
            let mut tally = Tally::default();
            (0..accepted).for_each(|_| tally.accepted(1));
            meter.add(&tally);
            untold.note(at(seconds), None, meter.read());
            let told = untold.take(at(seconds));
            told.iter().map(|done| (done.start, done.accepted)).collect::<Vec<_>>()
        };
        assert_eq!(look(0, 5), [(at(0), 5)], "what was done before the first look too");
        assert_eq!([look(10, 2), look(50, 1)], [vec![], vec![]], "not at each look");
        assert_eq!(look(60, 1), [(at(0), 4)]);
        assert_eq!([look(120, 0), look(840, 0)], [vec![], vec![]], "an idle quarter is not over");
        assert_eq!(look(900, 3), [(at(0), 0), (at(900), 3)]);
        assert!(look(1_800, 0).is_empty(), "what was told is not told again");
    }

    #[test]
    fn what_the_store_did_not_take_is_told_later_and_bounded() {
        let (meter, mut untold) = (Meter::default(), Untold::default());
        for quarter in 0..200 {
            let at = from_millis(quarter * 900_000);
            untold.note(at, Some(Duration::from_secs(1)), meter.read());
            let told = untold.take(at);
            told.into_iter().for_each(|done| untold.add(done));
        }
        assert_eq!(untold.take(from_millis(200 * 900_000)).len(), HELD);
    }
}
