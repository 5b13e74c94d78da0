//! A retry by hand; every other step is held by the store contract's suite and the engine's simulation.

use super::*;
use crate::event::{Event, Origin};
use crate::time::from_millis;
use crate::vault::Sealed;
use crate::webhook::Health;

const NOW: i64 = 1_800_000_000_000;

fn webhook(status: WebhookStatus) -> Webhook {
    Webhook {
        id: WebhookId::from_text("WHK-1"),
        account: AccountId::from_text("ACC-1"),
        name: String::new(),
        url: String::new(),
        events: Vec::new(),
        created: from_millis(0),
        secret: Sealed(Vec::new()),
        status,
        health: Health { rest_until: Some(from_millis(NOW + 60_000)), ..Health::default() },
    }
}

fn delivery() -> Delivery {
    let event = Event {
        id: EventId::from_text("EVNT-1"),
        account: AccountId::from_text("ACC-1"),
        trigger: Trigger::BookingScheduled,
        subject: None,
        created: from_millis(0),
        body: Bytes::new(),
        origin: Origin::Platform,
    };
    Delivery::new(&event, &WebhookId::from_text("WHK-1"), from_millis(NOW))
}

#[test]
fn a_retry_by_hand_is_due_at_once_and_ends_the_rest() {
    let (mut webhook, mut delivery) = (webhook(WebhookStatus::Enabled), delivery());
    let retried = delivery.retry_by_hand(&mut webhook, from_millis(NOW));
    assert_eq!(retried, Retried::Queued(Box::new(delivery.clone())));
    assert_eq!((delivery.manual, delivery.due), (1, Some(AT_ONCE)));
    assert_eq!(webhook.health.rest_until, Some(from_millis(NOW)));
}

#[test]
fn a_leased_delivery_is_retried_by_hand_after_the_attempt_under_way() {
    let (mut webhook, mut delivery) = (webhook(WebhookStatus::Enabled), delivery());
    delivery.lease(&webhook, &retry::Rules::default(), Epoch(1), from_millis(NOW), Duration::from_secs(60));
    let lease_ends = delivery.due;
    delivery.retry_by_hand(&mut webhook, from_millis(NOW));
    assert_eq!((delivery.manual, delivery.due), (1, lease_ends));
    delivery.release();
    assert_eq!(delivery.due, Some(AT_ONCE));
}

#[test]
fn what_a_machine_owns_is_due_when_its_epoch_ends_and_then_counts_as_lost() {
    let (webhook, mut delivery, now) = (webhook(WebhookStatus::Enabled), delivery(), from_millis(NOW));
    delivery.hand_over(Epoch(7));
    let token = delivery.token();
    assert_eq!((delivery.due, token), (None, LeaseToken { epoch: Epoch(7), number: 1 }));
    assert!(delivery.is_held_by(token), "nothing but the end of its epoch takes it away");
    delivery.end_epoch(now);
    assert_eq!(delivery.due, Some(now));
    assert!(!delivery.is_held_by(token), "a late result of an older epoch changes nothing");
    let lease = Duration::from_secs(60);
    let (lost, leased) = delivery.lease(&webhook, &retry::Rules::default(), Epoch(8), now, lease);
    assert_eq!((lost.map(|lost| lost.outcome), leased), (Some(Outcome::Lost), true));
    assert!(delivery.is_held_by(LeaseToken { epoch: Epoch(8), number: 2 }));
    delivery.release();
    delivery.end_epoch(from_millis(NOW + 1));
    assert_eq!(delivery.due, delivery.scheduled, "what was given back is nobody's");
}

#[test]
fn a_webhook_that_is_not_rung_refuses_a_retry_by_hand_and_nothing_changes() {
    let at = from_millis(0);
    for (status, refused) in [
        (WebhookStatus::Disabled { reason: DisableReason::Gone, at }, Retried::WebhookDisabled),
        (WebhookStatus::Deleted { at }, Retried::WebhookDeleted),
    ] {
        let (mut webhook, mut delivery) = (webhook(status), delivery());
        let before = (webhook.clone(), delivery.clone());
        assert_eq!(delivery.retry_by_hand(&mut webhook, from_millis(NOW)), refused);
        assert_eq!((webhook, delivery), before);
    }
}
