//! What an operator may set about the engine.

use deskbell_core::door::{Deadlines, USER_AGENT};
use deskbell_core::policy::concurrency::Bounds;
use deskbell_core::policy::{limit, retry};
use std::time::Duration;

/// So long no beat may come through before attempts wait: two of them fail in it. A dead machine's epoch ends `delivery.timeout` and 10 s after
/// its last beat, and another one looks within a beat of that: `delivery.timeout` and 15 s are promised, 35 s by default.
const BEATS: Duration = Duration::from_secs(5);

/// Settings of the engine; the defaults are the product's.
#[derive(Debug, Clone)]
pub struct Settings {
    /// When to try again, and how long an overloaded webhook rests.
    pub rules: retry::Rules,
    /// How long an attempt may take. It begins only while the epoch lasts [`limit::EPOCH_SLACK`] longer than the total.
    pub deadlines: Deadlines,
    /// Attempts in flight at most, in this process; at least 1.
    pub in_flight: u32,
    /// Attempts in flight at most, for one webhook, however quick it is; at least 1.
    pub in_flight_per_webhook: u32,
    /// The processors that send, at least 1.
    pub processors: u32,
    /// The `User-Agent` of every attempt (wire contract, 8).
    pub user_agent: String,
    /// The queue is looked at this often even when nothing wakes the engine; at least 1 s.
    pub poll: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            rules: retry::Rules::default(),
            deadlines: Deadlines::default(),
            in_flight: limit::IN_FLIGHT,
            in_flight_per_webhook: limit::IN_FLIGHT_PER_WEBHOOK,
            processors: 2,
            user_agent: USER_AGENT.into(),
            poll: Duration::from_secs(5),
        }
    }
}

impl Settings {
    /// How much this machine may hold.
    pub(crate) fn bounds(&self) -> Bounds {
        let Self { in_flight, in_flight_per_webhook, processors, .. } = *self;
        Bounds { all: in_flight, ceiling: in_flight_per_webhook, processors, ..Bounds::default() }
    }

    /// How long an epoch lasts without a beat, so that a few beats may fail before attempts wait.
    pub(crate) fn epoch(&self) -> Duration {
        self.needed().saturating_add(BEATS)
    }

    /// An attempt starts only while so much is left of the epoch: then it ends, with its recording, before that does.
    pub(crate) fn needed(&self) -> Duration {
        self.deadlines.total.saturating_add(limit::EPOCH_SLACK)
    }
}
