//! The kill loop: the real binary under load, killed at random moments, its ledgers kept here (catalogue C-14).

mod publish;
mod receive;
mod state;

pub use publish::Publisher;
pub use receive::{Faults, Moods};
pub use state::{integrity, settled, state};

use deskbell_core::Random as _;
use deskbell_core::door::SeededRandom;
use std::collections::BTreeSet;
use std::time::Duration;

/// The waits between tries in this run: short, so that a delivery lives through several kills.
pub const SCHEDULE: [Duration; 8] = [
    Duration::from_millis(200),
    Duration::from_millis(400),
    Duration::from_millis(800),
    Duration::from_secs(1),
    Duration::from_secs(1),
    Duration::from_secs(1),
    Duration::from_secs(1),
    Duration::from_secs(1),
];

/// How long an attempt may take here, so that one which fails is tried again within the run.
pub const TIMEOUT: Duration = Duration::from_secs(2);

/// The settings that go with [`SCHEDULE`] and [`TIMEOUT`].
pub const SETTINGS: [(&str, &str); 3] = [
    ("DESKBELL_DELIVERY__TIMEOUT", "2s"),
    ("DESKBELL_DELIVERY__RETRY_SCHEDULE", "200ms,400ms,800ms,1s,1s,1s,1s,1s"),
    ("DESKBELL_DELIVERY__REST_FLOOR", "200ms"),
];

/// The receivers: name, and what each subscribes to. The name is the path, and tells the receiver's mood.
pub const WEBHOOKS: [(&str, &[&str]); 5] = [
    ("steady", &["booking", "conversation"]),
    ("flaky", &["booking.scheduled", "conversation.closed"]),
    ("slow", &["booking.scheduled", "booking.canceled"]),
    ("busy", &["booking"]),
    ("picky", &["conversation.closed"]),
];

/// The triggers that are published.
pub const TRIGGERS: [&str; 4] =
    ["booking.scheduled", "booking.canceled", "booking.completed", "conversation.closed"];

/// The webhooks that want `trigger`: worked out here, not asked of the program.
pub fn subscribers(trigger: &str) -> BTreeSet<String> {
    let family = trigger.split_once('.').map_or(trigger, |(family, _)| family);
    let wants = |events: &&[&str]| events.iter().any(|event| *event == trigger || *event == family);
    WEBHOOKS.iter().filter(|(_, events)| wants(events)).map(|(name, _)| (*name).to_owned()).collect()
}

/// Randomness with the few throws that the run needs.
pub struct Randomness(SeededRandom);

impl Randomness {
    /// Randomness for `part` of the run with this `seed`.
    pub fn new(seed: u64, part: u64) -> Self {
        Self(SeededRandom::new(seed ^ part.wrapping_mul(0x9E37_79B9_7F4A_7C15)))
    }

    /// A number from `low` up to, but not, `high`.
    pub fn between(&self, low: u64, high: u64) -> u64 {
        let mut bytes = [0u8; 8];
        self.0.fill(&mut bytes);
        low + u64::from_be_bytes(bytes) % high.saturating_sub(low).max(1)
    }

    /// True in `percent` of 100 throws.
    pub fn chance(&self, percent: u64) -> bool {
        self.between(0, 100) < percent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subscribers_follow_triggers_and_families() {
        let of = |trigger| subscribers(trigger).into_iter().collect::<Vec<_>>().join(" ");
        assert_eq!(of("booking.scheduled"), "busy flaky slow steady");
        assert_eq!(of("booking.completed"), "busy steady");
        assert_eq!(of("conversation.closed"), "flaky picky steady");
    }

    #[test]
    fn the_same_seed_throws_the_same_dice() {
        let throws = |seed, part| {
            let randomness = Randomness::new(seed, part);
            (0..20).map(|_| randomness.between(50, 1500)).collect::<Vec<_>>()
        };
        assert_eq!(throws(1, 2), throws(1, 2));
        assert_ne!(throws(1, 2), throws(1, 3));
        assert!(throws(9, 0).iter().all(|throw| (50..1500).contains(throw)));
    }
}
