//! Next: when the next try is really made, and what holds it until then. Every place that names a next try asks here.

use crate::Timestamp;
use crate::delivery::Delivery;
use crate::policy::fair_share;
use crate::webhook::Webhook;

/// What holds a try that is due by its own time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// The webhook rests, because it was overloaded or too slow.
    Rest,
    /// The webhook is off or deleted: nothing is sent to it.
    WebhookOff,
    /// The instance was restored and waits for `deskbell resume`.
    InstancePaused,
    /// Nothing but its turn: it goes as soon as there is room for it.
    Room,
}

impl Hold {
    /// Every hold.
    pub const ALL: [Self; 4] = [Self::Rest, Self::WebhookOff, Self::InstancePaused, Self::Room];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rest => "rest",
            Self::WebhookOff => "webhook_off",
            Self::InstancePaused => "instance_paused",
            Self::Room => "room",
        }
    }
}

/// A try that is to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NextTry {
    /// When it is made at the earliest; `None` where that depends on a person.
    pub at: Option<Timestamp>,
    /// What it waits for beyond its own time.
    pub hold: Option<Hold>,
}

/// The next try of the delivery, as things stand; `None` when none is to come, or one is under way. `webhook` is `None` when it is
/// deleted.
pub fn next_try(
    delivery: &Delivery,
    webhook: Option<&Webhook>,
    paused: bool,
    now: Timestamp,
) -> Option<NextTry> {
    let due = delivery.due.filter(|_| !delivery.is_leased())?;
    match webhook.filter(|webhook| webhook.takes(delivery.is_sample())) {
        None => Some(NextTry { at: None, hold: Some(Hold::WebhookOff) }),
        Some(webhook) => Some(of_queue(webhook, due, paused, now)),
    }
}

/// The next try of what is `due` to the webhook, which is rung.
pub fn of_queue(webhook: &Webhook, due: Timestamp, paused: bool, now: Timestamp) -> NextTry {
    // A try that was put off to the end of the rest is due when the rest ends: then too the rest holds it.
    let leaves = fair_share::leaves(&webhook.health, due);
    let rests = webhook.health.rest_until.is_some_and(|end| end > now && end == leaves);
    match () {
        () if paused => NextTry { at: None, hold: Some(Hold::InstancePaused) },
        () if rests => NextTry { at: Some(leaves), hold: Some(Hold::Rest) },
        () if due <= now => NextTry { at: Some(now), hold: Some(Hold::Room) },
        () => NextTry { at: Some(due), hold: None },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::{AT_ONCE, Epoch};
    use crate::event::{Event, Origin};
    use crate::id::{AccountId, EventId, WebhookId};
    use crate::time::from_millis;
    use crate::trigger::Trigger;
    use crate::vault::Sealed;
    use crate::webhook::{DisableReason, Health, Status};

    const NOW: i64 = 1_800_000_000_000;

    fn at(seconds: i64) -> Timestamp {
        from_millis(NOW + seconds * 1_000)
    }

    fn webhook(status: Status, rest: Option<i64>) -> Webhook {
        Webhook {
            id: WebhookId::from_text("WHK-1"),
            account: AccountId::from_text("ACC-1"),
            name: String::new(),
            url: String::new(),
            events: Vec::new(),
            created: at(0),
            secret: Sealed(Vec::new()),
            status,
            health: Health { rest_until: rest.map(at), ..Health::default() },
        }
    }

    fn due(origin: Origin, due: Timestamp) -> Delivery {
        let event = Event {
            id: EventId::from_text("EVNT-1"),
            account: AccountId::from_text("ACC-1"),
            trigger: Trigger::BookingScheduled,
            subject: None,
            created: at(0),
            body: bytes::Bytes::new(),
            origin,
            payload_deleted: false,
        };
        let delivery = Delivery::new(&event, &WebhookId::from_text("WHK-1"), at(0));
        Delivery { due: Some(due), ..delivery }
    }

    #[test]
    fn the_time_is_the_one_at_which_it_is_made_and_what_holds_it_is_named() {
        let off = Status::Disabled { reason: DisableReason::ByOwner, at: at(-9) };
        let said = |due: &Delivery, webhook: Option<&Webhook>, paused| {
            next_try(due, webhook, paused, at(0)).map(|next| (next.at, next.hold))
        };
        let told = |seconds: i64, rest: Option<i64>| {
            said(&due(Origin::Platform, at(seconds)), Some(&webhook(Status::Enabled, rest)), false).unwrap()
        };
        assert_eq!(told(35, None), (Some(at(35)), None), "its own time");
        assert_eq!(told(35, Some(60)), (Some(at(60)), Some(Hold::Rest)));
        assert_eq!(
            told(60, Some(60)),
            (Some(at(60)), Some(Hold::Rest)),
            "it was put off to the end of the rest"
        );
        assert_eq!(told(90, Some(60)), (Some(at(90)), None), "the rest is over by then");
        assert_eq!(told(-35, Some(60)), (Some(at(60)), Some(Hold::Rest)));
        assert_eq!(told(-35, None), (Some(at(0)), Some(Hold::Room)));
        assert_eq!(told(-35, Some(-1)), (Some(at(0)), Some(Hold::Room)), "it is probed");
        let well = webhook(Status::Enabled, None);
        let by_hand = due(Origin::Platform, AT_ONCE);
        assert_eq!(said(&by_hand, Some(&well), false), Some((Some(at(0)), Some(Hold::Room))));
        assert_eq!(said(&by_hand, Some(&well), true), Some((None, Some(Hold::InstancePaused))));
        let off = webhook(off, None);
        assert_eq!(said(&by_hand, Some(&off), false), Some((None, Some(Hold::WebhookOff))));
        assert_eq!(said(&by_hand, None, false), Some((None, Some(Hold::WebhookOff))), "deleted");
        let sample = due(Origin::Sample, AT_ONCE);
        assert_eq!(said(&sample, Some(&off), false), Some((Some(at(0)), Some(Hold::Room))));
        let mut held = by_hand.clone();
        held.hand_over(Epoch(1), at(0));
        assert_eq!(said(&held, Some(&well), false), None, "under way");
        assert_eq!(said(&Delivery { due: None, ..by_hand }, Some(&well), false), None, "over");
    }
}
