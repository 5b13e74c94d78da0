//! A wall clock that follows tokio's paused time, with a skew, and can be set.

use deskbell_core::time::{from_millis, later, millis};
use deskbell_core::{Clock, Timestamp};
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio::time::Instant;

pub(crate) struct VirtualClock {
    began: Instant,
    skew: Duration,
    /// By how many milliseconds it was set forward.
    set: AtomicI64,
}

impl VirtualClock {
    /// A clock that is `skew` ahead.
    pub(crate) fn new(skew: Duration) -> Self {
        Self { began: Instant::now(), skew, set: AtomicI64::default() }
    }

    /// A clock that began with this one and is `skew` ahead of it.
    pub(crate) fn skewed(&self, skew: Duration) -> Self {
        Self { began: self.began, skew, set: AtomicI64::default() }
    }

    /// Somebody sets it forward or back.
    pub(crate) fn set(&self, by_millis: i64) {
        self.set.fetch_add(by_millis, Ordering::Relaxed);
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        let now = later(from_millis(1_778_072_561_000), self.began.elapsed() + self.skew);
        from_millis(millis(now) + self.set.load(Ordering::Relaxed))
    }
}
