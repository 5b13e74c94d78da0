//! Quota: how many bytes of events are kept of an account at most, so that no account takes the room of the others.
//!
//! What is counted is the bytes of the account's events as they are kept on the disk: compressed, each with its checksum. Of an event
//! whose bytes were deleted for their age one is left. Deliveries, attempts and traces come on top, and are not counted.

use crate::event::{Event, Origin};
use crate::id::AccountId;
use crate::trigger::Trigger;

/// As many bytes as there may ever be: no quota.
pub const UNBOUNDED: u64 = i64::MAX.unsigned_abs();
/// From this part of its quota on, in hundredths, it is told of an account.
pub const NEAR_PERCENT: f64 = 80.0;

/// What is kept of an account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kept {
    /// Bytes of its events.
    pub bytes: u64,
    /// Its own quota, in bytes; `None` is that of the instance.
    pub own: Option<u64>,
    /// Some of what was accepted by a release that did not count is not in `bytes` yet.
    pub is_partial: bool,
}

/// Why an event is not taken: with it the account would keep more than it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the account keeps {kept} bytes of events, and may keep {quota}")]
pub struct Full {
    /// Bytes that are kept.
    pub kept: u64,
    /// Bytes that may be kept.
    pub quota: u64,
}

/// An account with what is kept of it, as an operator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keeper {
    /// Which one.
    pub account: AccountId,
    /// Its e-mail address.
    pub email: String,
    /// What is kept.
    pub kept: Kept,
}

impl Kept {
    /// The bytes that may be kept where the instance's quota is that.
    pub fn quota(&self, instance: u64) -> u64 {
        self.own.unwrap_or(instance)
    }

    /// What keeps `more` bytes out, if anything does.
    pub fn refusal(&self, more: u64, instance: u64) -> Option<Full> {
        let (kept, quota) = (self.bytes, self.quota(instance));
        (kept.saturating_add(more) > quota).then_some(Full { kept, quota })
    }

    /// How much of its quota is kept, in hundredths; `None` without one.
    pub fn percent(&self, instance: u64) -> Option<f64> {
        let quota = Some(self.quota(instance)).filter(|quota| *quota < UNBOUNDED)?;
        // No quota has so many bytes that the last of them would show in hundredths.
        #[allow(clippy::cast_precision_loss, reason = "hundredths are asked for")]
        Some(self.bytes as f64 * 100.0 / quota.max(1) as f64)
    }
}

/// Whether an event can be kept out by a quota. What the passing of time brings about cannot: it ends what was let in while there was
/// room, and would be tried again for ever.
pub fn holds_for(event: &Event) -> bool {
    let ends = [Trigger::BookingCompleted, Trigger::ConversationAbandoned];
    event.origin != Origin::Sandbox || !ends.contains(&event.trigger)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_accounts_own_quota_beats_the_instances() {
        let of = |bytes, own| Kept { bytes, own, is_partial: false };
        assert_eq!(of(60, None).refusal(40, 100), None, "it is just full");
        assert_eq!(of(60, None).refusal(41, 100), Some(Full { kept: 60, quota: 100 }));
        assert_eq!(of(60, Some(101)).refusal(41, 100), None);
        assert_eq!(of(60, Some(50)).refusal(1, 100), Some(Full { kept: 60, quota: 50 }));
        assert_eq!(of(60, Some(UNBOUNDED)).refusal(1 << 40, 100), None);
        assert_eq!(
            [None, Some(UNBOUNDED), Some(0)].map(|own| of(60, own).percent(75)),
            [Some(80.0), None, Some(6_000.0)]
        );
    }
}
