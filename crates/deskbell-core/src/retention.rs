//! Retention: for how long what happened is kept.

use crate::Timestamp;
use crate::time::earlier;
use std::time::Duration;

/// As long as for ever.
pub const FOR_EVER: Duration = Duration::MAX;

/// For how long things are kept at least. They go some time later, a part at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// Events with their deliveries and attempts, since the last of them happened.
    pub events: Duration,
}

impl Keep {
    /// What happened to an event before this is too old at `now`.
    pub fn events_since(&self, now: Timestamp) -> Timestamp {
        earlier(now, self.events)
    }
}
