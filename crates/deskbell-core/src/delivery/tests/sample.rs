//! A sample is a test and no traffic.

use super::*;

/// A sample, in the hands of a machine, and its webhook with a history.
fn given(status: WebhookStatus) -> (Delivery, Webhook) {
    let (mut delivery, mut webhook) = (of(Origin::Sample), webhook(status));
    webhook.health = Health {
        last_success: None,
        failures_in_a_row: 4,
        rest_until: Some(from_millis(NOW + MINUTE)),
        rests_in_a_row: 2,
        overloads: 0b1111,
    };
    delivery.hand_over(Epoch(1), from_millis(NOW));
    (delivery, webhook)
}

/// How a delivery stands: status, attempts, tries, manual, due.
fn stands(delivery: &Delivery) -> (Status, u32, u32, u32, Option<Timestamp>) {
    (delivery.status, delivery.attempts, delivery.tries, delivery.manual, delivery.due)
}

#[test]
fn a_sample_is_one_attempt_whatever_comes_of_it_and_its_webhook_stays_as_it_is() {
    let ways = [
        (Outcome::Delivered, 200, Status::Delivered),
        (Outcome::HttpStatus, 500, Status::Failed),
        (Outcome::HttpStatus, 429, Status::Failed),
        (Outcome::HttpStatus, 410, Status::Failed),
        (Outcome::HeadTimeout, 0, Status::Failed),
        (Outcome::SenderFailed, 0, Status::Failed),
        (Outcome::LocalExhausted, 0, Status::Failed),
    ];
    for (outcome, status, became) in ways {
        let (mut delivery, mut webhook) = given(WebhookStatus::Enabled);
        let before = webhook.clone();
        let disabled = end(&mut delivery, &mut webhook, outcome, status, NOW + 50);
        assert_eq!((disabled, webhook), (None, before), "{outcome:?} {status}");
        assert_eq!(stands(&delivery), (became, 1, 0, 0, None), "{outcome:?} {status}");
        assert_eq!((delivery.settled, delivery.is_over()), (Some(from_millis(NOW + 50)), true));
    }
}

#[test]
fn a_sample_that_a_dead_machine_held_is_over_too() {
    let (mut delivery, webhook) = given(WebhookStatus::Enabled);
    delivery.end_epoch(from_millis(NOW + 9));
    let (lost, leased) = lease(&mut delivery, &webhook, Epoch(2), NOW, NOW + 10);
    assert_eq!((lost.map(|lost| (lost.outcome, lost.sample)), leased), (Some((Outcome::Lost, true)), false));
    assert_eq!(stands(&delivery), (Status::Failed, 1, 0, 0, None));
}

#[test]
fn a_sample_goes_to_a_webhook_that_is_off_and_to_none_that_is_deleted() {
    let at = from_millis(0);
    let off = WebhookStatus::Disabled { reason: DisableReason::ByOwner, at };
    let (mut delivery, mut webhook) = given(off);
    delivery.release(webhook.takes(true), from_millis(NOW));
    assert_eq!(delivery.due, Some(AT_ONCE));
    assert!(lease(&mut delivery, &webhook, Epoch(1), NOW, NOW).1);
    end(&mut delivery, &mut webhook, Outcome::HttpStatus, 500, NOW);
    assert_eq!((delivery.status, webhook.status), (Status::Failed, off));
    let (mut delivery, mut webhook) = given(WebhookStatus::Deleted { at });
    delivery.retry_by_hand(&mut webhook, from_millis(NOW));
    end(&mut delivery, &mut webhook, Outcome::HttpStatus, 500, NOW);
    assert_eq!(stands(&delivery), (Status::Failed, 1, 0, 0, None));
    let mut waiting = of(Origin::Sample);
    assert!(!lease(&mut waiting, &webhook, Epoch(1), NOW, NOW).1);
    assert_eq!(waiting.status, Status::Cancelled);
}

#[test]
fn a_retry_of_a_sample_by_hand_ends_no_rest_and_goes_to_a_webhook_that_is_off() {
    let off = WebhookStatus::Disabled { reason: DisableReason::Gone, at: from_millis(0) };
    for status in [WebhookStatus::Enabled, off] {
        let (mut delivery, mut webhook) = given(status);
        fail(&mut delivery, &mut webhook, NOW);
        let before = webhook.clone();
        let retried = delivery.retry_by_hand(&mut webhook, from_millis(NOW + 1));
        assert_eq!((retried, &webhook), (Retried::Queued(Box::new(delivery.clone())), &before));
        assert!(lease(&mut delivery, &webhook, Epoch(1), NOW, NOW + 2).1);
        end(&mut delivery, &mut webhook, Outcome::Delivered, 200, NOW + 3);
        assert_eq!(stands(&delivery), (Status::Delivered, 2, 0, 0, None));
        assert_eq!(webhook, before);
    }
}

#[test]
fn a_sample_can_be_cancelled_until_its_attempt_is_under_way_and_traffic_cannot() {
    let now = from_millis(NOW + 7);
    let mut waiting = of(Origin::Sample);
    let cancelled = waiting.cancel_by_hand(now);
    assert_eq!(cancelled, Cancellation::Cancelled(Box::new(waiting.clone())));
    assert_eq!(stands(&waiting), (Status::Cancelled, 0, 0, 0, None));
    assert_eq!(waiting.cancel_by_hand(now), Cancellation::Over);
    let (mut held, mut webhook) = given(WebhookStatus::Enabled);
    assert_eq!(held.cancel_by_hand(now), Cancellation::UnderWay);
    held.retry_by_hand(&mut webhook, now);
    assert!(matches!(held.cancel_by_hand(now), Cancellation::Cancelled(_)));
    fail(&mut held, &mut webhook, NOW + 8);
    assert_eq!(stands(&held), (Status::Failed, 1, 0, 0, None), "what was under way is recorded, and no more");
    let mut owed = delivery();
    let before = owed.clone();
    assert_eq!((owed.cancel_by_hand(now), owed), (Cancellation::NotSample, before));
}

#[test]
fn a_sample_passes_a_rest_and_traffic_does_not() {
    let health = given(WebhookStatus::Enabled).1.health;
    let sample = of(Origin::Sample);
    assert_eq!((sample.scheduled, sample.due, sample.manual), (None, Some(AT_ONCE), 1), "it has no schedule");
    assert_eq!(sample.health(&health), Health::default());
    assert_eq!(delivery().health(&health), health);
}
