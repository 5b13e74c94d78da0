//! Measure: what is timed at each point of a curve.

use crate::figures::{float, quantile};
use std::collections::BTreeMap;

/// What is timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// The first page of deliveries.
    Deliveries,
    /// The first page of events.
    Events,
    /// The first page of attempts.
    Attempts,
    /// A full page of deliveries with their events and attempts.
    Expand,
    /// A filter that finds nothing: one page, which ends where its cursor goes on.
    Filter,
    /// A search that reads bodies and finds nothing: one page likewise.
    Search,
    /// From the moment at which an event is published to its message on the stream.
    Stream,
    /// A call that publishes.
    Accept,
    /// From the moment at which an event is published to its first byte at the receiver.
    FirstByte,
    /// From the moment at which a retry is due to its first byte at the receiver: what a claim takes.
    Retry,
    /// A delivery's share of a closed loop.
    Loop,
    /// From exec to the first event that is accepted.
    Start,
}

impl Measure {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 12] = [
        Self::Deliveries,
        Self::Events,
        Self::Attempts,
        Self::Expand,
        Self::Filter,
        Self::Search,
        Self::Stream,
        Self::Accept,
        Self::FirstByte,
        Self::Retry,
        Self::Loop,
        Self::Start,
    ];

    /// Its name in tables and plots.
    pub fn name(self) -> &'static str {
        match self {
            Self::Deliveries => "page of deliveries",
            Self::Events => "page of events",
            Self::Attempts => "page of attempts",
            Self::Expand => "100 deliveries, expanded",
            Self::Filter => "filter that finds nothing",
            Self::Search => "search in bodies",
            Self::Stream => "publish to stream",
            Self::Accept => "accept",
            Self::FirstByte => "publish to first byte",
            Self::Retry => "retry due to first byte",
            Self::Loop => "closed loop, a delivery",
            Self::Start => "exec to first accept",
        }
    }

    /// The call of it, for those that are one that reads.
    pub(super) fn target(self) -> Option<&'static str> {
        match self {
            Self::Deliveries => Some("/v2/deliveries?limit=20"),
            Self::Events => Some("/v2/events?limit=20"),
            Self::Attempts => Some("/v2/attempts?limit=20"),
            Self::Expand => Some("/v2/deliveries?limit=100&expand=event,attempts"),
            Self::Filter => Some("/v2/deliveries?limit=20&type=conversation.started"),
            Self::Search => Some("/v2/deliveries?limit=20&q=nowhere-to-be-found"),
            _ => None,
        }
    }

    /// Whether it takes many times longer than the others.
    pub(super) fn is_heavy(self) -> bool {
        matches!(self, Self::Expand | Self::Filter | Self::Search)
    }
}

/// What was seen in one look, in microseconds.
#[derive(Debug, Default)]
pub(super) struct Samples(BTreeMap<Measure, Vec<u64>>);

impl Samples {
    pub(super) fn add(&mut self, measure: Measure, micros: u64) {
        self.0.entry(measure).or_default().push(micros);
    }
}

/// What each measure costs, in microseconds: the median of the calmest look, so that a busy moment of the machine is left out.
#[derive(Debug, Default)]
pub struct Costs(BTreeMap<Measure, f64>);

impl Costs {
    /// Takes a look in.
    pub(super) fn take(&mut self, look: Samples) {
        for (measure, mut micros) in look.0 {
            micros.sort_unstable();
            let median = float(quantile(&micros, 0.5));
            let least = self.0.entry(measure).or_insert(median);
            *least = least.min(median);
        }
    }

    /// That of `measure`; no number for what was not seen.
    pub(super) fn of(&self, measure: Measure) -> f64 {
        self.0.get(&measure).copied().unwrap_or(f64::NAN)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Costs of 1 ms each, but for `measure`.
    pub(in crate::growth) fn costs(measure: Measure, micros: u64) -> Costs {
        let mut look = Samples::default();
        for one in Measure::ALL {
            look.add(one, if one == measure { micros } else { 1_000 });
        }
        let mut costs = Costs::default();
        costs.take(look);
        costs
    }

    #[test]
    fn the_median_of_the_calmest_look_counts() {
        let mut costs = Costs::default();
        for look in [[90, 50, 10_000], [7_000, 8_000, 3], [40, 60, 70]] {
            let mut samples = Samples::default();
            look.into_iter().for_each(|micros| samples.add(Measure::Accept, micros));
            costs.take(samples);
        }
        assert!((costs.of(Measure::Accept) - 60.0).abs() < 1e-9);
        assert!(costs.of(Measure::Start).is_nan());
    }
}
