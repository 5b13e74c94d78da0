//! Concurrency: what is held, and how a room follows its receiver.

use super::*;
use crate::attempt::Timings;
use crate::id::{AccountId, AttemptId, DeliveryId, EventId};
use crate::time::from_millis;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn concurrency(bounds: Bounds) -> Arc<Concurrency> {
    Arc::new(Concurrency::new(bounds, Arc::default()))
}

fn webhook(number: u32) -> WebhookId {
    WebhookId::from_text(format!("WHK-{number}"))
}

fn attempt(outcome: Outcome, took: Duration) -> Attempt {
    Attempt {
        id: AttemptId::from_text("ATT-1"),
        delivery: DeliveryId::from_text("DLV-1"),
        event: EventId::from_text("EVNT-1"),
        webhook: webhook(1),
        account: AccountId::from_text("ACC-1"),
        number: 1,
        manual: false,
        started: NOW,
        outcome,
        detail: String::new(),
        possibly_received: false,
        timings: Timings { total_us: took.as_micros() as u64, ..Timings::default() },
        address: None,
        url: String::new(),
        request_headers: Vec::new(),
        response: None,
    }
}

/// Takes all the room that the webhook has.
fn fill(concurrency: &Arc<Concurrency>, webhook: &WebhookId) -> Vec<Permit> {
    std::iter::from_fn(|| concurrency.take(webhook, &Health::default(), 1, NOW)).collect()
}

/// Room after room of attempts, all of which end like this.
fn room_after(rooms: u32, outcome: Outcome, took: Duration) -> usize {
    let concurrency = concurrency(Bounds::default());
    for _ in 0..rooms {
        for mut permit in fill(&concurrency, &webhook(1)) {
            permit.end(&attempt(outcome, took));
        }
    }
    fill(&concurrency, &webhook(1)).len()
}

#[test]
fn room_grows_by_one_a_room_of_quick_successes_up_to_the_ceiling() {
    let start = limit::IN_FLIGHT_START as usize;
    assert_eq!(room_after(0, Outcome::Delivered, Duration::ZERO), start);
    let grown = room_after(8, Outcome::Delivered, QUICK);
    assert!((start + 2..=start + 8).contains(&grown), "{grown}");
    assert_eq!(room_after(500, Outcome::Delivered, QUICK), limit::IN_FLIGHT_PER_WEBHOOK as usize);
}

#[test]
fn room_is_halved_once_a_room_by_failures_and_slow_answers_down_to_one() {
    let start = limit::IN_FLIGHT_START as usize;
    assert_eq!(room_after(1, Outcome::HttpStatus, Duration::ZERO), start / 2);
    assert_eq!(room_after(1, Outcome::Delivered, SLOW), start / 2);
    assert_eq!(room_after(9, Outcome::Delivered, SLOW), 1, "it never ends");
    assert_eq!(room_after(9, Outcome::Delivered, SLOW / 2), start, "neither quick nor slow");
    assert_eq!(room_after(9, Outcome::SenderFailed, SLOW), start, "a fault of ours says nothing");
}

#[test]
fn a_room_that_is_not_used_does_not_grow() {
    let concurrency = concurrency(Bounds::default());
    for _ in 0..1_000 {
        let mut permit = concurrency.take(&webhook(1), &Health::default(), 1, NOW).unwrap();
        permit.end(&attempt(Outcome::Delivered, Duration::ZERO));
    }
    assert_eq!(fill(&concurrency, &webhook(1)).len(), limit::IN_FLIGHT_START as usize);
}

#[test]
fn a_success_frees_its_webhook_at_once_and_its_place_when_it_is_recorded() {
    let concurrency = concurrency(Bounds { start: 2, ..Bounds::default() });
    let mut held = fill(&concurrency, &webhook(1));
    let free = || concurrency.room(&webhook(1), &Health::default(), NOW);
    let leased = || concurrency.meter.read().leased;
    assert_eq!((held.len(), free(), leased()), (2, 0, 2));
    held[0].end(&attempt(Outcome::Delivered, Duration::ZERO));
    held[1].end(&attempt(Outcome::HttpStatus, Duration::ZERO));
    assert_eq!((free(), leased()), (0, 2), "half of the room, and one is still held for the disk");
    held.truncate(1);
    assert_eq!((free(), leased()), (1, 1));
    held.clear();
    assert_eq!((free(), leased(), concurrency.left()), (1, 0, limit::IN_FLIGHT as usize));
}

#[test]
fn all_share_a_bound_in_number_and_in_bytes() {
    let few = concurrency(Bounds { all: 3, start: 2, ..Bounds::default() });
    let (one, other) = (fill(&few, &webhook(1)), fill(&few, &webhook(2)));
    assert_eq!((one.len(), other.len(), few.left()), (2, 1, 0));
    drop(one);
    assert_eq!(few.left(), 2);
    let small = concurrency(Bounds { bytes: 100, ..Bounds::default() });
    let take = |bytes| small.take(&webhook(1), &Health::default(), bytes, NOW);
    let large = take(1_000).expect("one is always let in");
    assert!(take(1).is_none() && small.left() == 0);
    drop(large);
    let most = take(99);
    assert!(most.is_some() && take(2).is_none() && take(1).is_some());
}

#[test]
fn a_rest_leaves_no_room_and_a_probe_room_for_one() {
    let concurrency = concurrency(Bounds::default());
    let resting = Health { rest_until: Some(from_millis(10)), ..Health::default() };
    let take = |millis| concurrency.take(&webhook(1), &resting, 1, from_millis(millis));
    assert!(take(9).is_none());
    let probe = take(10);
    assert!(probe.is_some() && take(10).is_none());
    assert_eq!(concurrency.room(&webhook(1), &resting, from_millis(10)), 0);
}

#[test]
fn a_machine_that_stops_lets_nothing_more_in() {
    let concurrency = concurrency(Bounds::default());
    let held = concurrency.take(&webhook(1), &Health::default(), 1, NOW);
    concurrency.close();
    assert!(concurrency.take(&webhook(2), &Health::default(), 1, NOW).is_none());
    assert_eq!((held.is_some(), concurrency.left()), (true, 0));
}

#[test]
fn rooms_of_many_webhooks_are_forgotten_past_a_bound() {
    let concurrency = concurrency(Bounds::default());
    for number in 0..2 * REMEMBERED as u32 {
        for mut permit in fill(&concurrency, &webhook(number)) {
            permit.end(&attempt(Outcome::Delivered, SLOW));
        }
    }
    assert!(concurrency.held().webhooks.len() <= REMEMBERED + 1);
}
