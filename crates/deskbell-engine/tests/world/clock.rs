//! A wall clock that follows tokio's paused time, with a skew.

use deskbell_core::time::{from_millis, later};
use deskbell_core::{Clock, Timestamp};
use std::time::Duration;
use tokio::time::Instant;

pub(crate) struct VirtualClock {
    began: Instant,
    skew: Duration,
}

impl VirtualClock {
    /// A clock that is `skew` ahead.
    pub(crate) fn new(skew: Duration) -> Self {
        Self { began: Instant::now(), skew }
    }

    /// A clock that began with this one and is `skew` ahead of it.
    pub(crate) fn skewed(&self, skew: Duration) -> Self {
        Self { began: self.began, skew }
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        later(from_millis(1_778_072_561_000), self.began.elapsed() + self.skew)
    }
}
