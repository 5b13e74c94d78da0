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
    /// The bytes of events, which may go before the rest; never longer than the events themselves.
    pub payloads: Duration,
}

/// What is kept of one account for another time than that of the instance.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OwnKeep {
    /// As [`Keep::events`]; `None` is as the instance has it.
    pub events: Option<Duration>,
    /// As [`Keep::payloads`]; `None` is as the instance has it.
    pub payloads: Option<Duration>,
}

impl Keep {
    /// Events and their bytes for the same time.
    pub fn all(events: Duration) -> Self {
        Self { events, payloads: events }
    }

    /// The same for an account that has its `own`.
    #[must_use]
    pub fn of(self, own: OwnKeep) -> Self {
        Self { events: own.events.unwrap_or(self.events), payloads: own.payloads.unwrap_or(self.payloads) }
    }

    /// What happened to an event before this is too old at `now`.
    pub fn events_since(&self, now: Timestamp) -> Timestamp {
        earlier(now, self.events)
    }

    /// The bytes of an event to which nothing happened since are too old at `now`.
    pub fn payloads_since(&self, now: Timestamp) -> Timestamp {
        earlier(now, self.payloads.min(self.events))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::from_millis;

    #[test]
    fn an_accounts_own_beats_the_instances() {
        let week = Duration::from_secs(7 * 24 * 3_600);
        let keep = Keep { events: 4 * week, payloads: week };
        let own = OwnKeep { events: Some(FOR_EVER), payloads: None };
        assert_eq!(keep.of(own), Keep { events: FOR_EVER, payloads: week });
        assert_eq!(keep.of(OwnKeep::default()), keep);
        let now = from_millis(1_800_000_000_000);
        assert_eq!(keep.of(own).events_since(now), Timestamp::MIN, "for ever");
        assert_eq!(keep.payloads_since(now), earlier(now, week));
        assert_eq!(Keep { events: week, payloads: FOR_EVER }.payloads_since(now), earlier(now, week));
    }
}
