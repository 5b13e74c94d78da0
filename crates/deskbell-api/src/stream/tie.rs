//! The tie between events and attempts: an attempt is told behind its event. So attempts are read up to an end that was
//! looked up before, once the events up to the same end are told. It gives way when either look-up takes too long.

use super::in_flight::InFlight;
use deskbell_core::store::{self, Position};
use std::time::Duration;

/// Attempts wait for no look-up that takes longer than this, and for events that are not through after it.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);
/// Up to whatever there is.
pub(super) const OPEN: u64 = u64::MAX;

pub(super) struct Tie {
    asking: InFlight<store::Result<Position>>,
    end: Option<Position>,
}

impl Tie {
    pub(super) const NONE: Self = Self { asking: InFlight::NONE, end: None };

    /// Looks up the end, unless one is known or on its way.
    pub(super) fn ask(&mut self, end: impl Future<Output = store::Result<Position>> + Send + 'static) {
        if self.end.is_none() && self.asking.since().is_none() {
            self.asking.begin(end);
        }
    }

    /// The end that was found. Without one (the store does not answer) nothing is tied.
    pub(super) async fn answer(&mut self) -> Position {
        let open = Position { event: 0, attempt: OPEN, capture: 0 };
        let end = self.asking.answer().await.unwrap_or(open);
        *self.end.insert(end)
    }

    /// Up to where attempts may be read, when events are told up to `told` and there were always more for `busy`; `None`
    /// has to wait.
    pub(super) fn upto(&self, told: u64, busy: Duration) -> Option<u64> {
        match self.end {
            Some(end) if told >= end.event || busy >= PATIENCE => Some(end.attempt),
            Some(_) => None,
            None => self.asking.since().filter(|since| since.elapsed() >= PATIENCE).map(|_| OPEN),
        }
    }

    /// Attempts are read up to `done` or there are no more: what comes next is tied to another end.
    pub(super) fn loosen(&mut self) {
        self.end = None;
    }
}
