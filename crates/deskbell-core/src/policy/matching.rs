//! Match: does this webhook want this event?

use crate::event::NewEvent;
use crate::trigger::{Subscription, Trigger};
use crate::webhook::Webhook;

/// Whether a new event is owed to a webhook of its account: the webhook is rung, or the event is a sample and it is only off; and
/// it wants the event or is the only one it is meant for.
pub fn is_owed(new: &NewEvent, webhook: &Webhook) -> bool {
    webhook.takes(new.event.is_sample() && new.only.is_some())
        && match &new.only {
            Some(only) => webhook.id == *only,
            None => wants(&webhook.events, new.event.trigger),
        }
}

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
    use crate::Timestamp;
    use crate::event::Event;
    use crate::event::Origin::{Platform, Sample};
    use crate::id::{AccountId, EventId, WebhookId};
    use crate::vault::Sealed;
    use crate::webhook::{DisableReason, Health, Status};

    #[test]
    fn a_sample_is_owed_to_its_webhook_alone_also_when_it_is_off_and_nothing_else_to_one_that_is_not_rung() {
        let account = AccountId::from_text("ACC-1");
        let webhook = |id: &str, status| Webhook {
            id: WebhookId::from_text(id),
            account: account.clone(),
            name: String::new(),
            url: String::new(),
            events: vec![Subscription::Conversations],
            created: Timestamp::UNIX_EPOCH,
            secret: Sealed(Vec::new()),
            status,
            health: Health::default(),
        };
        let (one, other) = (webhook("WHK-1", Status::Enabled), webhook("WHK-2", Status::Enabled));
        let gone = webhook("WHK-1", Status::Deleted { at: Timestamp::UNIX_EPOCH });
        let off = Status::Disabled { reason: DisableReason::ByOwner, at: Timestamp::UNIX_EPOCH };
        let off = webhook("WHK-1", off);
        let owed = |origin, trigger, only: Option<&str>| {
            let event = Event {
                id: EventId::from_text("EVNT-1"),
                account: account.clone(),
                trigger,
                subject: None,
                created: Timestamp::UNIX_EPOCH,
                body: bytes::Bytes::new(),
                origin,
                payload_deleted: false,
            };
            let new =
                NewEvent { event, idempotency: None, only: only.map(WebhookId::from_text), trace: None };
            [&one, &other, &gone, &off].map(|webhook| is_owed(&new, webhook))
        };
        assert_eq!(owed(Platform, Trigger::ConversationStarted, None), [true, true, false, false]);
        assert_eq!(owed(Platform, Trigger::BookingScheduled, None), [false; 4]);
        assert_eq!(owed(Platform, Trigger::BookingScheduled, Some("WHK-1")), [true, false, false, false]);
        assert_eq!(owed(Sample, Trigger::BookingScheduled, Some("WHK-1")), [true, false, false, true]);
    }

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
