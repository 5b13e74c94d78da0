//! Whatever keeps an attempt from being delivered, there is another one: no way to fail ends a delivery at its first try.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use bytes::Bytes;
use deskbell_core::attempt::{Attempt, Blame, Outcome, Timings};
use deskbell_core::delivery::{Delivery, Epoch, Status};
use deskbell_core::event::{Event, Origin};
use deskbell_core::id::{AccountId, AttemptId, EventId, WebhookId};
use deskbell_core::policy::retry::Rules;
use deskbell_core::time::{from_millis, until};
use deskbell_core::trigger::Trigger;
use deskbell_core::vault::Sealed;
use deskbell_core::webhook::{Health, Status as WebhookStatus, Webhook};

const NOW: i64 = 1_800_000_000_000;

fn webhook() -> Webhook {
    Webhook {
        id: WebhookId::from_text("WHK-1"),
        account: AccountId::from_text("ACC-1"),
        name: String::new(),
        url: "https://receiver.example/hook".into(),
        events: Vec::new(),
        created: from_millis(0),
        secret: Sealed(Vec::new()),
        status: WebhookStatus::Enabled,
        health: Health::default(),
    }
}

fn delivery() -> Delivery {
    let event = Event {
        id: EventId::from_text("EVNT-1"),
        account: AccountId::from_text("ACC-1"),
        trigger: Trigger::BookingScheduled,
        subject: None,
        created: from_millis(NOW),
        body: Bytes::new(),
        origin: Origin::Platform,
        payload_deleted: false,
    };
    Delivery::new(&event, &WebhookId::from_text("WHK-1"), from_millis(NOW))
}

fn attempt(delivery: &Delivery, outcome: Outcome) -> Attempt {
    Attempt {
        id: AttemptId::of(&delivery.id, 1),
        delivery: delivery.id.clone(),
        event: delivery.event.clone(),
        webhook: delivery.webhook.clone(),
        account: delivery.account.clone(),
        number: 1,
        manual: false,
        sample: false,
        started: from_millis(NOW),
        outcome,
        detail: String::new(),
        possibly_received: false,
        timings: Timings::default(),
        address: None,
        url: String::new(),
        request_headers: Vec::new(),
        response: None,
    }
}

#[test]
fn every_outcome_but_delivered_is_tried_again() {
    let rules = Rules { jitter: 0.0, ..Rules::default() };
    let now = from_millis(NOW);
    for outcome in Outcome::ALL.iter().copied().filter(|outcome| *outcome != Outcome::Delivered) {
        let (mut webhook, mut delivery) = (webhook(), delivery());
        delivery.lease(&webhook, &rules, Epoch(1), now, now);
        let attempt = attempt(&delivery, outcome);
        let disabled = delivery.conclude(true, &mut webhook.health, &attempt, &rules, 0.5, now);
        assert_eq!((delivery.status, disabled), (Status::Pending, None), "{outcome:?}");
        // A receiver's failure waits for the first step of the schedule, and one of our own is made good soon.
        let expected = if outcome.blame() == Blame::Receiver { rules.schedule[0] } else { rules.local_pause };
        assert_eq!(until(now, delivery.due.unwrap()), expected, "{outcome:?}");
    }
}
