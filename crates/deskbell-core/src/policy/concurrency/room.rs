//! Room: how many attempts may be in flight to one webhook, as its receiver's answers taught it.
//!
//! It begins in *slow start* (as TCP does): each quick success adds one, so that the room doubles with each round of answers,
//! until the first setback. From then on a whole round adds one (additive increase). A setback, that is a failure or a slow
//! answer, halves the room (multiplicative decrease).

use crate::attempt::{Attempt, Blame};
use std::time::Duration;

/// An answer within this time lets the room grow.
pub(super) const QUICK: Duration = Duration::from_millis(250);
/// An answer after this time is a setback, a good one too.
pub(super) const SLOW: Duration = Duration::from_secs(1);

/// The room of a webhook that something is in flight to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    /// Without those that were delivered: a webhook that says yes need not wait for the disk.
    pub(super) in_flight: u32,
    /// How many were in flight when the last one was let in.
    filled: u32,
    pub(super) learnt: Learnt,
}

/// What the answers of a webhook have taught; it outlasts the attempts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Learnt {
    /// How many may be in flight, at least 1; the fraction counts towards the next one.
    size: f64,
    /// How often it was halved; 0 in slow start.
    pub(super) setbacks: u32,
}

impl Learnt {
    /// Nothing yet: room for so many.
    pub(super) fn nothing(start: u32) -> Self {
        Self { size: f64::from(start), setbacks: 0 }
    }

    /// How many may be in flight.
    pub(super) fn size(self) -> u32 {
        // At most the ceiling: no truncation but that of the fraction.
        self.size as u32
    }
}

impl Room {
    pub(super) fn new(learnt: Learnt) -> Self {
        Self { in_flight: 0, filled: 0, learnt }
    }

    /// One more is in flight.
    pub(super) fn enter(&mut self) {
        self.in_flight += 1;
        self.filled = self.in_flight;
    }

    /// Takes in how an attempt ended that began after so many setbacks.
    pub(super) fn learn(&mut self, attempt: &Attempt, setbacks: u32, ceiling: u32) {
        let took = Duration::from_micros(attempt.timings.total_us);
        match attempt.outcome.blame() {
            Blame::Us => {}
            Blame::Nobody if took <= QUICK && self.is_used() => self.grow(ceiling),
            Blame::Nobody if took < SLOW => {}
            // Several attempts of one room fail together: that is one setback.
            _ if setbacks == self.learnt.setbacks => self.halve(),
            _ => {}
        }
    }

    /// Only a room that is used says anything about a larger one.
    fn is_used(&self) -> bool {
        f64::from(self.filled) * 2.0 >= self.learnt.size
    }

    fn grow(&mut self, ceiling: u32) {
        let Learnt { size, setbacks } = self.learnt;
        let more = if setbacks == 0 { 1.0 } else { 1.0 / size };
        self.learnt.size = (size + more).min(f64::from(ceiling));
    }

    fn halve(&mut self) {
        self.learnt.size = (self.learnt.size / 2.0).max(1.0);
        self.learnt.setbacks = self.learnt.setbacks.saturating_add(1);
    }
}
