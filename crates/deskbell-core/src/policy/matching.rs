//! Match: does this webhook want this event?

use crate::trigger::{Subscription, Trigger};

/// Whether a webhook subscribed to `events` wants `trigger`. Composites cover all triggers of their kind, later ones
/// too; a trigger and its composite together still mean one delivery.
pub fn wants(events: &[Subscription], trigger: Trigger) -> bool {
    events.iter().any(|subscription| match subscription {
        Subscription::One(one) => *one == trigger,
        Subscription::Bookings => trigger.is_booking(),
        Subscription::Conversations => !trigger.is_booking(),
        Subscription::ReachedOut => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn composites_cover_their_kind_and_the_retired_trigger_nothing() {
        for trigger in Trigger::ALL {
            assert!(wants(&[Subscription::One(*trigger)], *trigger));
            assert_eq!(wants(&[Subscription::Bookings], *trigger), trigger.is_booking());
            assert_eq!(wants(&[Subscription::Conversations], *trigger), !trigger.is_booking());
            assert!(!wants(&[Subscription::ReachedOut], *trigger));
        }
        assert!(!wants(&[Subscription::One(Trigger::BookingCanceled)], Trigger::BookingScheduled));
    }
}
