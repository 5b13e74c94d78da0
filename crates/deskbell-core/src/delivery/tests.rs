//! A retry by hand; every other step is held by the store contract's suite and the engine's simulation.

mod sample;

use super::*;
use crate::attempt::Response;
use crate::time::from_millis;
use crate::vault::Sealed;
use crate::webhook::Status as WebhookStatus;

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
    of(Origin::Platform)
}

fn of(origin: Origin) -> Delivery {
    let event = Event {
        id: EventId::from_text("EVNT-1"),
        account: AccountId::from_text("ACC-1"),
        trigger: Trigger::BookingScheduled,
        subject: None,
        created: from_millis(0),
        body: Bytes::new(),
        origin,
        payload_deleted: false,
    };
    Delivery::new(&event, &WebhookId::from_text("WHK-1"), from_millis(NOW))
}

/// Leases it at `now` to a machine that has been there `since` then.
fn lease(
    delivery: &mut Delivery,
    webhook: &Webhook,
    epoch: Epoch,
    since: i64,
    now: i64,
) -> (Option<Attempt>, bool) {
    delivery.lease(webhook, &retry::Rules::default(), epoch, from_millis(since), from_millis(now))
}

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

/// The attempt under way fails at `now` with a 500.
fn fail(delivery: &mut Delivery, webhook: &mut Webhook, now: i64) -> Option<DisableReason> {
    end(delivery, webhook, Outcome::HttpStatus, 500, now)
}

/// The attempt under way ends at `now` like this.
fn end(
    delivery: &mut Delivery,
    webhook: &mut Webhook,
    outcome: Outcome,
    status: u16,
    now: i64,
) -> Option<DisableReason> {
    let response =
        Response { status, headers: Vec::new(), body: Bytes::new(), truncated: false, incomplete: false };
    let attempt = Attempt {
        id: AttemptId::of(&delivery.id, delivery.attempts + 1),
        delivery: delivery.id.clone(),
        event: delivery.event.clone(),
        webhook: delivery.webhook.clone(),
        account: delivery.account.clone(),
        number: delivery.attempts + 1,
        manual: delivery.manual > 0,
        sample: delivery.is_sample(),
        started: from_millis(now),
        outcome,
        detail: String::new(),
        possibly_received: false,
        timings: Timings::default(),
        address: None,
        url: String::new(),
        request_headers: Vec::new(),
        response: Some(response),
    };
    let rules = retry::Rules { jitter: 0.0, ..retry::Rules::default() };
    let taken = webhook.takes(delivery.is_sample());
    delivery.conclude(taken, &mut webhook.health, &attempt, &rules, 0.5, from_millis(now))
}

#[test]
fn after_a_long_absence_of_ours_a_delivery_gets_its_tries_and_its_webhook_stays_on() {
    let (mut webhook, mut delivery) = (webhook(WebhookStatus::Enabled), delivery());
    webhook.health = Health::default();
    lease(&mut delivery, &webhook, Epoch(1), NOW, NOW);
    assert_eq!(fail(&mut delivery, &mut webhook, NOW), None);
    // No machine is there for four days.
    let back = NOW + 4 * DAY;
    let (mut now, mut tries) = (back, 1);
    while delivery.status == Status::Pending {
        now = now.max(crate::time::millis(delivery.scheduled.unwrap()));
        lease(&mut delivery, &webhook, Epoch(2), back, now);
        delivery.release(true, from_millis(now));
        lease(&mut delivery, &webhook, Epoch(2), back, now);
        let disabled = fail(&mut delivery, &mut webhook, now);
        tries += 1;
        assert_eq!(disabled.is_some(), tries == 15, "try {tries}");
    }
    assert_eq!((tries, delivery.tries), (15, 15), "E-04");
    let away = u64::try_from(4 * DAY - 35_000).unwrap();
    assert_eq!(
        delivery.away,
        Duration::from_millis(away),
        "from when it was due until somebody was there, once"
    );
    assert!(now < back + 3 * DAY, "and the window is no longer than that");
}

#[test]
fn a_lost_attempt_keeps_the_time_at_which_it_was_leased() {
    let webhook = webhook(WebhookStatus::Enabled);
    let lost_after = |mut delivery: Delivery, ended: i64, back: i64| {
        delivery.end_epoch(from_millis(ended));
        let (lost, _) = lease(&mut delivery, &webhook, Epoch(8), back, back);
        crate::time::millis(lost.unwrap().started) - NOW
    };
    let mut handed = delivery();
    handed.hand_over(Epoch(7), from_millis(NOW));
    assert_eq!(lost_after(handed, NOW + DAY, NOW + DAY), 0, "handed over when it was accepted");
    let mut claimed = delivery();
    claimed.scheduled = Some(from_millis(NOW - DAY));
    lease(&mut claimed, &webhook, Epoch(7), NOW - DAY, NOW + 10_000);
    assert_eq!(lost_after(claimed.clone(), NOW + DAY, NOW + DAY), 10_000, "it waited, and was claimed");
    assert_eq!(lost_after(claimed.clone(), NOW, NOW), 0, "a clock that was set back: not later than it is");
    claimed.leased = Some(from_millis(1));
    assert_eq!(lost_after(claimed, NOW, NOW + DAY), 0, "nor before there was anything to send");
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
    lease(&mut delivery, &webhook, Epoch(1), NOW, NOW);
    delivery.retry_by_hand(&mut webhook, from_millis(NOW));
    assert_eq!((delivery.manual, delivery.due), (1, None));
    delivery.release(true, from_millis(NOW));
    assert_eq!(delivery.due, Some(AT_ONCE));
}

#[test]
fn what_is_given_back_to_a_webhook_that_is_off_is_cancelled() {
    let (mut webhook, mut delivery, now) =
        (webhook(WebhookStatus::Enabled), delivery(), from_millis(NOW + 9));
    lease(&mut delivery, &webhook, Epoch(1), NOW, NOW);
    delivery.retry_by_hand(&mut webhook, from_millis(NOW));
    delivery.release(false, now);
    let end = (delivery.status, delivery.settled, delivery.due, delivery.manual, delivery.attempts);
    assert_eq!(end, (Status::Cancelled, Some(now), None, 0, 0));
}

#[test]
fn what_a_machine_owns_is_due_when_its_epoch_ends_and_then_counts_as_lost() {
    let (webhook, mut delivery, now) = (webhook(WebhookStatus::Enabled), delivery(), from_millis(NOW));
    delivery.hand_over(Epoch(7), now);
    let token = delivery.token();
    assert_eq!((delivery.due, token), (None, LeaseToken { epoch: Epoch(7), number: 1 }));
    assert!(delivery.is_held_by(token), "nothing but the end of its epoch takes it away");
    delivery.end_epoch(now);
    assert_eq!(delivery.due, Some(now));
    assert!(!delivery.is_held_by(token), "a late result of an older epoch changes nothing");
    let (lost, leased) = lease(&mut delivery, &webhook, Epoch(8), NOW, NOW);
    assert_eq!((lost.map(|lost| lost.outcome), leased), (Some(Outcome::Lost), true));
    assert!(delivery.is_held_by(LeaseToken { epoch: Epoch(8), number: 2 }));
    delivery.release(true, now);
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

#[test]
fn only_what_was_planned_by_a_clock_that_was_ahead_follows_it_back() {
    const HOUR: i64 = 3_600_000;
    let now = from_millis(NOW);
    let (hour, none) = (Duration::from_secs(3_600), Duration::ZERO);
    let waiting =
        |due: i64| Delivery { scheduled: Some(from_millis(due)), due: Some(from_millis(due)), ..delivery() };
    let set_back = |due: i64, planned: i64| {
        let mut delivery = waiting(due);
        let moved = delivery.set_back(from_millis(planned), hour, none, now);
        assert_eq!(delivery.due, delivery.scheduled);
        (moved, delivery.due.map(crate::time::millis))
    };
    assert_eq!(set_back(NOW + HOUR + 35_000, NOW + HOUR), (true, Some(NOW + 35_000)));
    assert_eq!(set_back(NOW + HOUR, NOW + HOUR), (true, Some(NOW)), "it was due when it was made");
    let six = NOW + 6 * HOUR;
    assert_eq!(
        set_back(six, NOW - 1),
        (false, Some(six)),
        "planned before, or after the clock was right again"
    );
    let soon = NOW + 35_000;
    assert_eq!(
        set_back(soon, NOW + HOUR),
        (false, Some(soon)),
        "sent when it was ahead, planned when it was right"
    );
    let mut retried = Delivery { manual: 1, due: Some(AT_ONCE), ..waiting(NOW + 2 * HOUR) };
    assert!(!retried.set_back(from_millis(NOW + HOUR), hour, none, now), "it is due");
    let mut held = delivery();
    held.hand_over(Epoch(1), from_millis(NOW + HOUR));
    assert!(!held.set_back(from_millis(NOW + HOUR), hour, none, now), "a machine holds it");
    held.end_epoch(from_millis(NOW + HOUR));
    assert!(held.set_back(from_millis(NOW), hour, none, now));
    assert_eq!((held.due, held.is_leased()), (Some(now), true));
    // Set back by an hour in two steps: what the first one moved is moved by the second one too.
    let half = Duration::from_secs(1_800);
    let (first, second) = (from_millis(NOW + HOUR / 2), now);
    let mut twice = waiting(NOW + HOUR + 600_000);
    assert!(twice.set_back(from_millis(NOW + HOUR), half, none, first));
    assert!(twice.set_back(from_millis(NOW + HOUR), half, half, second));
    assert_eq!(twice.due, Some(from_millis(NOW + 600_000)));
}
