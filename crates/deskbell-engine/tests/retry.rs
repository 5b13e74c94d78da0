//! When it is tried again, and when it is over.

use crate::world::{Reply, World, pass, script};
use deskbell_core::Clock;
use deskbell_core::attempt::Outcome;
use deskbell_core::delivery::Status;
use deskbell_core::id::EventId;
use deskbell_core::policy::circuit_breaker::OVERLOADS_IN_A_ROW;
use deskbell_core::policy::sign;
use deskbell_core::time::from_millis;
use deskbell_core::webhook::{DisableReason, Health, Status as WebhookStatus};
use std::collections::HashMap;
use std::time::Duration;

const HOUR: u64 = 3_600;

#[tokio::test(start_paused = true)]
async fn the_vendors_schedule_is_kept_attempt_by_attempt_and_its_end_disables_the_webhook() {
    let world = World::new();
    let engine = world.engine();
    let webhook = world.webhook(script(&[500])).await;
    let event = world.ring(&engine, None).await;
    pass(66 * HOUR).await;
    // The fifteenth comes 67 h 15 min 35 s after the first; a round trip of 20 ms is added by each.
    assert_eq!(world.attempts(&event, &webhook).await.len(), 14);
    assert_eq!(world.delivery(&event, &webhook).await.status, Status::Pending);
    assert_eq!(world.health(&webhook).await.0, WebhookStatus::Enabled, "E-25: not one early");
    pass(2 * HOUR).await;

    let mut expected = vec![0.0];
    let waits = [35, 180, 4_320].into_iter().chain([21_600; 11]);
    for wait in waits {
        expected.push(expected.last().unwrap() + f64::from(wait));
    }
    let starts = world.starts(&event, &webhook).await;
    assert_eq!(starts.len(), 15);
    for (start, expected) in starts.iter().zip(&expected) {
        // E-05, E-06: never early, and late by no more than the round trips and a look at the queue.
        assert!((0.0..1.0).contains(&(start - expected)), "{starts:?}");
    }
    let delivery = world.delivery(&event, &webhook).await;
    assert_eq!((delivery.status, delivery.due), (Status::Failed, None));
    let (status, _) = world.health(&webhook).await;
    assert!(matches!(status, WebhookStatus::Disabled { reason: DisableReason::WindowExhausted, .. }));

    pass(80 * HOUR).await;
    assert_eq!(world.receiver.seen().len(), 15, "E-04: nothing is sent after the end");
    let numbers: Vec<u32> = world.attempts(&event, &webhook).await.iter().map(|one| one.number).collect();
    assert_eq!(numbers, (1..=15).collect::<Vec<_>>(), "E-08");
}

/// On a quiet server nothing but the failure itself tells that there is a time to wake at before the next poll.
#[tokio::test(start_paused = true)]
async fn the_next_try_starts_at_its_time_and_not_with_the_next_poll() {
    let mut world = World::new();
    let wait = Duration::from_secs(2);
    assert!(wait < world.settings.poll);
    world.settings.rules.schedule = vec![wait; 3];
    let engine = world.joined_engine().await;
    let webhook = world.webhook(|seen| Reply::Status(if seen.nth % 2 == 0 { 500 } else { 200 })).await;
    for _ in 0..8 {
        // At another moment between two polls each time.
        tokio::time::sleep(Duration::from_millis(10_700)).await;
        let event = world.ring(&engine, None).await;
        pass(1).await;
        let next = world.since(world.delivery(&event, &webhook).await.scheduled.unwrap());
        pass(9).await;
        let starts = world.starts(&event, &webhook).await;
        assert_eq!(starts.len(), 2, "E-05");
        let late = starts[1] - next;
        assert!((0.0..0.02).contains(&late), "E-06: {late} s late, due at {next}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_try_carries_the_same_bytes_and_id_and_a_fresh_signature() {
    let world = World::new();
    let engine = world.engine();
    let webhook = world.webhook(script(&[500, 404, 200])).await;
    let event = world.ring(&engine, None).await;
    pass(HOUR).await;
    let (seen, secret) = (world.receiver.seen_by(&webhook), world.secret(&webhook).await);
    let attempts = world.attempts(&event, &webhook).await;
    assert_eq!((seen.len(), attempts.len()), (3, 3));
    let mut times = Vec::new();
    for (seen, attempt) in seen.iter().zip(&attempts) {
        let names: Vec<&str> = seen.headers.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names[..3], ["Content-Type", "User-Agent", sign::HEADER]);
        let header = &seen.headers[2].1;
        let time = sign::verify(&secret, header, &seen.body).expect("E-21: it verifies");
        assert_eq!(seen.headers[2..], sign::headers(&secret, &event, from_millis(time * 1_000), &seen.body));
        assert_eq!(seen.headers, attempt.request_headers, "what is recorded is what was sent");
        assert_eq!(seen.body, world.receiver.seen()[0].body, "E-20: the same bytes on every try");
        assert_eq!(seen.event, event, "E-22: the same id on every try");
        assert_eq!(time, attempt.started.as_second(), "signed with the attempt's own time");
        times.push(time);
    }
    assert!(times.is_sorted_by(|before, after| before < after), "E-22: fresh times {times:?}");
}

#[tokio::test(start_paused = true)]
async fn two_failures_and_a_success_are_three_attempts() {
    let world = World::new();
    let engine = world.engine();
    let webhook = world.webhook(script(&[500, 500, 200])).await;
    let event = world.ring(&engine, None).await;
    pass(100 * HOUR).await;
    let outcomes: Vec<Outcome> =
        world.attempts(&event, &webhook).await.iter().map(|one| one.outcome).collect();
    assert_eq!(outcomes, [Outcome::HttpStatus, Outcome::HttpStatus, Outcome::Delivered], "B-102");
    let delivery = world.delivery(&event, &webhook).await;
    assert_eq!((delivery.status, delivery.attempts), (Status::Delivered, 3), "B-102, E-09");
    assert_eq!(world.health(&webhook).await.1.failures_in_a_row, 0, "B-102: the streak is reset");
}

#[tokio::test(start_paused = true)]
async fn a_streak_counts_from_the_last_success_and_disables_exactly_at_the_windows_end() {
    let world = World::new();
    let engine = world.engine();
    let webhook = world.webhook(script(&[200, 500])).await;
    let good = world.ring(&engine, None).await;
    pass(HOUR).await;
    let bad = world.ring(&engine, None).await;
    pass(67 * HOUR).await;
    let (status, health) = world.health(&webhook).await;
    assert_eq!((status, health.failures_in_a_row), (WebhookStatus::Enabled, 14), "B-103: not one early");
    pass(HOUR).await;
    let (status, health) = world.health(&webhook).await;
    assert!(
        matches!(status, WebhookStatus::Disabled { reason: DisableReason::WindowExhausted, .. }),
        "B-103"
    );
    assert_eq!(health.failures_in_a_row, 15);
    assert_eq!(world.attempts(&good, &webhook).await.len(), 1);
    assert_eq!(world.delivery(&bad, &webhook).await.status, Status::Failed);
}

#[tokio::test(start_paused = true)]
async fn a_success_inside_an_events_window_keeps_the_webhook_enabled() {
    let world = World::new();
    let engine = world.engine();
    let webhook = world.webhook(|seen| Reply::Status(if seen.nth == 4 { 200 } else { 500 })).await;
    let bad = world.ring(&engine, None).await;
    pass(2 * HOUR).await;
    // The fifth request is the first try of another event.
    world.ring(&engine, None).await;
    pass(70 * HOUR).await;
    assert_eq!(world.delivery(&bad, &webhook).await.status, Status::Failed);
    assert_eq!(world.health(&webhook).await.0, WebhookStatus::Enabled, "B-103, decision 18");
}

#[tokio::test(start_paused = true)]
async fn a_410_disables_at_once_and_cancels_what_is_pending() {
    let world = World::new();
    let engine = world.engine();
    let gone = world.webhook(script(&[500, 410])).await;
    let other = world.webhook(script(&[500])).await;
    let first = world.ring(&engine, None).await;
    pass(1).await;
    let second = world.ring(&engine, None).await;
    pass(1).await;
    let (status, _) = world.health(&gone).await;
    assert!(matches!(status, WebhookStatus::Disabled { reason: DisableReason::Gone, .. }), "B-090");
    for event in [&first, &second] {
        let delivery = world.delivery(event, &gone).await;
        assert_eq!((delivery.status, delivery.due), (Status::Cancelled, None), "B-090");
        assert_eq!(world.delivery(event, &other).await.status, Status::Pending, "E-15: only its own");
    }
    pass(80 * HOUR).await;
    assert_eq!(world.receiver.seen_by(&gone).len(), 2, "B-090, E-11: nothing after it");
}

#[tokio::test(start_paused = true)]
async fn each_status_from_400_to_599_is_retried_and_four_of_them_slow_the_webhook() {
    let world = World::new();
    let engine = world.engine();
    let mut webhooks = HashMap::new();
    for status in 400..=599u16 {
        webhooks.insert(status, world.webhook(move |_| Reply::Status(status)).await);
    }
    let event = world.ring(&engine, None).await;
    for _ in 1..OVERLOADS_IN_A_ROW {
        world.ring(&engine, None).await;
    }
    pass(2).await;
    for (status, webhook) in webhooks {
        let attempts = world.attempts(&event, &webhook).await;
        assert_eq!((attempts.len(), attempts[0].outcome), (1, Outcome::HttpStatus), "{status}");
        let delivery = world.delivery(&event, &webhook).await;
        let (enabled, health) = world.health(&webhook).await;
        let wait = delivery.scheduled.map(|at| world.since(at).round());
        let throttled = health.rest_until.is_some();
        // B-088, B-089, B-091, B-092, B-096, B-097, B-099: the table of what each status does.
        match status {
            410 => {
                assert_eq!(delivery.status, Status::Cancelled, "B-090");
                assert_ne!(enabled, WebhookStatus::Enabled, "B-090");
            }
            429 | 502 | 503 | 504 => assert_eq!((wait, throttled), (Some(35.0), true), "B-097: {status}"),
            _ => assert_eq!((wait, throttled), (Some(35.0), false), "B-099: {status}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_redirect_and_a_reset_are_retried() {
    let world = World::new();
    let engine = world.engine();
    let redirect = world.webhook(script(&[302, 200])).await;
    let reset = world.webhook(|seen| if seen.nth == 0 { Reply::Reset } else { Reply::Status(200) }).await;
    let event = world.ring(&engine, None).await;
    pass(60).await;
    for (webhook, outcome) in [(redirect, Outcome::RedirectRefused), (reset, Outcome::ConnectionReset)] {
        let outcomes: Vec<Outcome> =
            world.attempts(&event, &webhook).await.iter().map(|one| one.outcome).collect();
        assert_eq!(outcomes, [outcome, Outcome::Delivered], "B-083");
    }
}

#[tokio::test(start_paused = true)]
async fn a_retry_by_hand_adds_exactly_one_attempt_each_time() {
    let world = World::new();
    let engine = world.engine();
    let webhook = world.webhook(script(&[200])).await;
    let event = world.ring(&engine, None).await;
    pass(1).await;
    for expected in [2, 3] {
        world.retry_by_hand(&engine, &event, &webhook).await;
        pass(10).await;
        assert_eq!(world.attempts(&event, &webhook).await.len(), expected, "E-26: after success, twice");
    }
    world.retry_by_hand(&engine, &event, &webhook).await;
    world.retry_by_hand(&engine, &event, &webhook).await;
    pass(HOUR).await;
    let attempts = world.attempts(&event, &webhook).await;
    let numbers: Vec<(u32, bool)> = attempts.iter().map(|one| (one.number, one.manual)).collect();
    assert_eq!(
        numbers,
        [(1, false), (2, true), (3, true), (4, true), (5, true)],
        "E-26: two in a row are two"
    );
    assert_eq!(world.delivery(&event, &webhook).await.status, Status::Delivered);
    assert_eq!(world.receiver.most_open(), 1, "E-07");
}

#[tokio::test(start_paused = true)]
async fn a_retry_by_hand_does_not_use_up_the_schedule() {
    let world = World::new();
    let engine = world.engine();
    let webhook = world.webhook(script(&[500])).await;
    let event = world.ring(&engine, None).await;
    pass(10).await;
    world.retry_by_hand(&engine, &event, &webhook).await;
    pass(100 * HOUR).await;
    let attempts = world.attempts(&event, &webhook).await;
    assert_eq!(attempts.iter().filter(|one| one.manual).count(), 1, "E-26");
    assert_eq!(attempts.iter().filter(|one| !one.manual).count(), 15, "E-26, E-04");
    let starts = world.starts(&event, &webhook).await;
    assert_eq!(starts[..3].iter().map(|at| at.round()).collect::<Vec<_>>(), [0.0, 10.0, 35.0]);
}

#[tokio::test(start_paused = true)]
async fn a_sample_is_marked_for_its_receiver_sent_once_and_teaches_nothing() {
    let world = World::new();
    let engine = world.engine();
    let webhook = world.webhook(|seen| Reply::Status(if seen.nth == 0 { 200 } else { 503 })).await;
    let room = || {
        let (concurrency, health) = (engine.concurrency(), Health::default());
        concurrency.room(&world.account, &webhook, &health, world.clock.now())
    };
    // What is known of a receiver that answers well.
    let event = world.ring(&engine, None).await;
    pass(1).await;
    let known = (world.health(&webhook).await, room());
    let sample = world.sample(&engine, &webhook).await;
    pass(96 * HOUR).await;
    let attempts = world.attempts(&sample, &webhook).await;
    let [attempt] = &attempts[..] else { panic!("a test is tried once: {attempts:?}") };
    assert_eq!((attempt.sample, world.delivery(&sample, &webhook).await.status), (true, Status::Failed));
    assert_eq!((world.health(&webhook).await, room()), known);
    let headers = |event: &EventId| {
        let seen = world.receiver.seen_by(&webhook).into_iter().find(|seen| seen.event == *event).unwrap();
        seen.headers.into_iter().filter(|(name, _)| name == sign::SAMPLE_HEADER).collect::<Vec<_>>()
    };
    assert_eq!(headers(&sample), [("Deskbell-Sample".into(), "true".into())]);
    assert_eq!(headers(&event), [], "traffic has no such header");
    assert_eq!(attempt.request_headers.last().unwrap().0, sign::SAMPLE_HEADER);
}
