//! Throughput: what all processes of an instance did in a span of time. It is kept for a week, and outlives each of them.

use crate::Timestamp;
use crate::attempt::Outcome;
use crate::latency::Histogram;
use std::time::Duration;

/// How long it is kept: a week, and what rounds one up.
pub const KEPT: Duration = Duration::from_secs(8 * 24 * 3600);

/// What was done in one span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Throughput {
    /// When it began.
    pub start: Timestamp,
    /// Events accepted.
    pub accepted: u64,
    /// Attempts recorded, by outcome, in the order of [`Outcome::ALL`]; outcomes without any are left out.
    pub attempts: Vec<(Outcome, u64)>,
    /// How long the attempts took.
    pub latencies: Histogram,
    /// The longest that the oldest due delivery had waited, of the times at which somebody looked; `None` when nothing was due at any.
    pub oldest_due: Option<Duration>,
}

impl Throughput {
    /// A span in which nothing was done.
    pub fn new(start: Timestamp) -> Self {
        Self { start, accepted: 0, attempts: Vec::new(), latencies: Histogram::default(), oldest_due: None }
    }

    /// Adds attempts of that outcome.
    pub fn count(&mut self, outcome: Outcome, attempts: u64) {
        let place = |of: Outcome| Outcome::ALL.iter().position(|one| *one == of);
        match self.attempts.binary_search_by_key(&place(outcome), |(one, _)| place(*one)) {
            Ok(at) => self.attempts[at].1 += attempts,
            Err(at) if attempts > 0 => self.attempts.insert(at, (outcome, attempts)),
            Err(_) => {}
        }
    }

    /// Attempts that were answered 2xx.
    pub fn delivered(&self) -> u64 {
        self.attempts
            .iter()
            .filter(|(outcome, _)| *outcome == Outcome::Delivered)
            .map(|(_, count)| count)
            .sum()
    }

    /// Whether nothing was done, and nothing waited.
    pub fn is_idle(&self) -> bool {
        self.accepted == 0 && self.attempts.is_empty() && self.oldest_due.is_none()
    }

    /// Takes in what was done besides, in the same span.
    pub fn add(&mut self, other: &Self) {
        self.accepted += other.accepted;
        other.attempts.iter().for_each(|(outcome, attempts)| self.count(*outcome, *attempts));
        self.latencies.add(&other.latencies);
        self.oldest_due = self.oldest_due.max(other.oldest_due);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::from_millis;

    #[test]
    fn spans_add_up_and_the_longest_wait_stays() {
        let mut sum = Throughput::new(from_millis(0));
        assert!(sum.is_idle());
        sum.count(Outcome::Lost, 0);
        assert!(sum.is_idle(), "nothing of an outcome is nothing");
        for (outcome, waited) in
            [(Outcome::Lost, 3), (Outcome::Delivered, 9), (Outcome::HttpStatus, 1), (Outcome::Delivered, 4)]
        {
            let mut more = Throughput {
                accepted: 1,
                oldest_due: Some(Duration::from_secs(waited)),
                ..Throughput::new(from_millis(5))
            };
            more.count(outcome, 2);
            more.latencies.note(100);
            sum.add(&more);
        }
        let expected = [(Outcome::Delivered, 4), (Outcome::HttpStatus, 2), (Outcome::Lost, 2)];
        assert_eq!((sum.accepted, &sum.attempts[..], sum.delivered()), (4, &expected[..], 4));
        assert_eq!((sum.latencies.count(), sum.oldest_due), (4, Some(Duration::from_secs(9))));
        assert_eq!(sum.start, from_millis(0));
    }
}
