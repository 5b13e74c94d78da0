//! Room: how many attempts may be in flight to one webhook, as its receiver's answers taught it.
//!
//! It begins in *slow start* (as TCP does): each quick success adds one, so that the room doubles with each round of answers,
//! until the first setback. From then on a whole round adds one (additive increase). A setback, that is a failure or a slow
//! answer, halves the room (multiplicative decrease). A refusal of one event teaches nothing: a receiver that has no use for one in seven
//! takes the others as quickly as before.

use super::crowd::{Crowd, InCrowd};
use crate::attempt::{Blame, Outcome};
use futures_channel::oneshot;
use std::collections::VecDeque;
use std::time::Duration;

/// An answer within this time lets the room grow.
pub const QUICK: Duration = Duration::from_millis(250);
/// An answer after this time is a setback, a good one too; and so is a place in line that did not come up within it.
pub const SLOW: Duration = Duration::from_secs(1);

/// Of about so many answers the quickest is remembered.
const ANSWERS_OF_LATE: u32 = 128;
/// Over about so many answers the usual one is the mean, an exponentially weighted one.
const LAST_FEW: u32 = 16;
/// An answer that takes so many times as long as another one may have waited for busy processors.
const WAITING: u32 = 4;
/// Answers that are quicker count as this.
const LEAST: Duration = Duration::from_micros(1);

/// The answers of the 4xx that speak of the receiver and not of the event: it waited too long for it, or wants fewer.
const OF_THE_RECEIVER: [u16; 2] = [408, 429];

/// Whether a receiver that answered with `status` does not want this event. That says nothing of how many it takes of others.
pub fn is_refusal(outcome: Outcome, status: Option<u16>) -> bool {
    let refuses = |status| (400..500).contains(&status) && !OF_THE_RECEIVER.contains(&status);
    outcome == Outcome::HttpStatus && status.is_some_and(refuses)
}

/// Who waits before a room, the first first.
pub(super) type Line = VecDeque<Waiter>;

/// One who waits.
#[derive(Debug)]
pub(super) struct Waiter {
    turn: oneshot::Sender<bool>,
    /// Of one that came to a crowd.
    _crowd: Option<InCrowd>,
}

impl Waiter {
    /// Tells it whether it may leave. Gives whether it is still there.
    pub(super) fn tell(self, enter: bool) -> bool {
        self.turn.send(enter).is_ok()
    }
}

/// The room of a webhook that something is in flight to.
#[derive(Debug)]
pub(super) struct Room {
    /// Without those that were delivered: a webhook that says yes need not wait for the disk.
    pub(super) in_flight: u32,
    /// How many were in flight when the last one was let in.
    filled: u32,
    pub(super) learnt: Learnt,
    /// How often the webhook was changed meanwhile.
    changes: u32,
    /// How many attempts ended meanwhile.
    answers: u32,
    line: Line,
}

/// What a room has seen, counted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Marks {
    setbacks: u32,
    pub(super) changes: u32,
    pub(super) answers: u32,
}

/// What the answers of a webhook have taught; it outlasts the attempts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Learnt {
    /// How many may be in flight, at least 1; the fraction counts towards the next one.
    size: f64,
    /// How often it was halved; 0 in slow start.
    pub(super) setbacks: u32,
    /// Whether the last answer was good and quick, refusals left aside that were quick too.
    quick: bool,
    /// The quickest good answer of late: an older one counts less with each that was slower.
    quickest: Duration,
    /// How long a good and quick answer takes on average, the last few above all.
    usual: Duration,
}

impl Learnt {
    /// Nothing yet: room for so many.
    pub(super) fn nothing(start: u32) -> Self {
        Self { size: f64::from(start), setbacks: 0, quick: false, quickest: QUICK, usual: QUICK }
    }

    pub(super) fn is_quick(self) -> bool {
        self.quick
    }

    /// How long a good and quick answer takes on average.
    pub(super) fn usual(self) -> Duration {
        self.usual
    }

    /// How long a good answer takes when it waits for nothing of ours, as far as can be told: what waits for busy processors makes the
    /// usual answer take a multiple of the quickest; and of a receiver whose answers differ, the quickest says little.
    pub(super) fn unhurried(self) -> Duration {
        self.quickest.max(self.usual / WAITING)
    }

    fn answered_quickly(&mut self, took: Duration) {
        let took = took.max(LEAST);
        self.quickest = took.min(self.quickest + self.quickest / ANSWERS_OF_LATE);
        self.usual = self.usual - self.usual / LAST_FEW + took / LAST_FEW;
    }

    /// Whether its room has that share of the size to which it may grow.
    pub(super) fn fills(self, share: f64, ceiling: f64) -> bool {
        self.size >= share * ceiling
    }

    /// How many may be in flight.
    pub(super) fn size(self) -> u32 {
        // At most the ceiling: no truncation but that of the fraction.
        self.size as u32
    }
}

impl Room {
    pub(super) fn new(learnt: Learnt) -> Self {
        Self { in_flight: 0, filled: 0, learnt, changes: 0, answers: 0, line: Line::new() }
    }

    /// One more is in flight.
    pub(super) fn enter(&mut self) {
        self.in_flight += 1;
        self.filled = self.in_flight;
    }

    pub(super) fn marks(&self) -> Marks {
        Marks { setbacks: self.learnt.setbacks, changes: self.changes, answers: self.answers }
    }

    /// The webhook was changed: nothing begins any more by what it was. Whoever asks for it tells the line, in which nobody stands any more.
    pub(super) fn withdraw(&mut self) -> Line {
        self.changes = self.changes.wrapping_add(1);
        self.dissolve()
    }

    /// One more stands in line. Gives whether it may leave, once it is told, and the crowd in which it stands.
    pub(super) fn queue(&mut self, crowded: bool) -> (Option<oneshot::Receiver<bool>>, Option<Crowd>) {
        let (turn, told) = oneshot::channel();
        let (_crowd, crowd) = crowded.then(Crowd::new).unzip();
        self.line.push_back(Waiter { turn, _crowd });
        (Some(told), crowd)
    }

    /// How many stand in line, with those that left it.
    pub(super) fn in_line(&self) -> u32 {
        u32::try_from(self.line.len()).unwrap_or(u32::MAX)
    }

    /// The first in line takes the place of one that was in flight, unless these are more than there is room for.
    pub(super) fn next(&mut self) -> Option<Waiter> {
        if self.in_flight > self.learnt.size() { None } else { self.line.pop_front() }
    }

    /// The first in line enters, if the room has grown. It grows by one at a time.
    pub(super) fn admit(&mut self) -> Option<Waiter> {
        if self.in_flight >= self.learnt.size() {
            return None;
        }
        let next = self.line.pop_front()?;
        self.enter();
        Some(next)
    }

    /// Nobody stands in line any more; whoever asks for it tells them.
    pub(super) fn dissolve(&mut self) -> Line {
        std::mem::take(&mut self.line)
    }

    /// Takes in how an attempt ended that began at those marks.
    pub(super) fn learn(&mut self, outcome: Outcome, took: Duration, began: Marks, ceiling: f64) {
        let blame = outcome.blame();
        self.answers = self.answers.wrapping_add(1);
        self.learnt.quick = blame == Blame::Nobody && took <= QUICK;
        if self.learnt.quick {
            self.learnt.answered_quickly(took);
        }
        match blame {
            Blame::Us => {}
            Blame::Nobody if self.learnt.quick && self.is_used() => self.grow(ceiling),
            Blame::Nobody if took < SLOW => {}
            _ => self.set_back(began),
        }
    }

    /// Takes in that the receiver refused an event: only that it was not quick says something.
    pub(super) fn learn_refusal(&mut self, took: Duration, began: Marks) {
        self.answers = self.answers.wrapping_add(1);
        self.learnt.quick &= took <= QUICK;
        if took >= SLOW {
            self.set_back(began);
        }
    }

    /// The receiver failed or was slow to one that was let in at those marks. Several of one room fail together: that is one
    /// setback.
    pub(super) fn set_back(&mut self, began: Marks) {
        if began.setbacks == self.learnt.setbacks {
            self.halve();
        }
    }

    /// Only a room that is used says anything about a larger one.
    fn is_used(&self) -> bool {
        f64::from(self.filled) * 2.0 >= self.learnt.size
    }

    /// It may grow to `ceiling`, and is cut to it when it is larger.
    fn grow(&mut self, ceiling: f64) {
        let Learnt { size, setbacks, .. } = self.learnt;
        let more = if setbacks == 0 { 1.0 } else { 1.0 / size };
        self.learnt.size = (size + more).min(ceiling);
    }

    fn halve(&mut self) {
        self.learnt.size = (self.learnt.size / 2.0).max(1.0);
        self.learnt.setbacks = self.learnt.setbacks.saturating_add(1);
    }
}
