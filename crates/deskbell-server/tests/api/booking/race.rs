//! Of two callers who want the same, one gets it, and one event rings.

use super::guest::{book, calendars, form, slot, slots};
use crate::bell::{Bell, CLOSED};
use deskbell_core::event::Event;
use deskbell_core::store::{Cursor, EventFilter, Page};
use deskbell_core::trigger::Trigger;
use futures::stream::{self, StreamExt as _};
use serde_json::json;

const PAIRS: usize = 100;

async fn events(bell: &Bell) -> Vec<Event> {
    let (mut events, mut page) = (Vec::new(), Page { limit: 10_000, cursor: None });
    loop {
        let found = bell.store.events(&bell.account, &EventFilter::default(), &page).await.unwrap();
        let last = found.items.last().map(|event| Cursor::After(event.id.to_string()));
        events.extend(found.items);
        if !found.older {
            return events;
        }
        page.cursor = last;
    }
}

/// Two callers book the slot, and two cancel what one of them got; gives the booking's id.
async fn race(bell: &Bell, schedule: &str, slot: &str) -> String {
    let (first, second) = tokio::join!(bell.post(schedule, form(slot)), bell.post(schedule, form(slot)));
    let (won, lost) = if first.status == 200 { (first, second) } else { (second, first) };
    assert_eq!((won.status, lost.status), (200, 400), "A-180: {}", lost.text());
    assert_eq!(
        (lost.at("/message"), lost.at("/param")),
        ("The selected start time is not available.".into(), "start_time".into())
    );
    let cancel = format!("/v2/bookings/{}/cancel", won.at("/id"));
    let (first, second) = tokio::join!(bell.post(&cancel, json!({})), bell.post(&cancel, json!({})));
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "A-180");
    won.at("/id")
}

#[tokio::test(flavor = "multi_thread")]
async fn two_callers_get_one_slot_and_one_cancel() {
    const PAIRS: usize = 1_000;
    let bell = &Bell::start_on_file(CLOSED).await;
    let calendar = calendars(bell).await.0;
    let short = json!({"duration_minutes": 5});
    bell.call("PATCH", &format!("/v2/booking-calendars/{calendar}"), Some(short)).await;
    let slots = slots(bell, &calendar).await;
    assert!(slots.len() >= PAIRS, "{}", slots.len());
    let schedule = &format!("/v2/booking-calendars/{calendar}/schedule");
    let races = stream::iter(&slots[..PAIRS]).map(|slot| race(bell, schedule, slot));
    // Several at a time, for their commits to meet in one.
    let mut booked: Vec<String> = races.buffer_unordered(16).collect().await;
    let mut rung: Vec<_> =
        events(bell).await.into_iter().map(|event| (event.subject.unwrap(), event.trigger)).collect();
    rung.sort_unstable_by_key(|(subject, trigger)| (subject.clone(), trigger.as_str()));
    booked.sort_unstable();
    let both = [Trigger::BookingCanceled, Trigger::BookingScheduled];
    let expected: Vec<_> = booked.iter().flat_map(|id| both.map(|trigger| (id.clone(), trigger))).collect();
    assert_eq!(rung, expected, "A-180: one event for each winner");
}

#[tokio::test]
async fn two_steps_that_exclude_each_other_are_not_both_taken() {
    let bell = Bell::start_on_file(CLOSED).await;
    let (calendar, other) = calendars(&bell).await;
    for pair in 0..PAIRS {
        let id = book(&bell, &calendar).await;
        let there = slot(&bell, &other).await;
        let elsewhere = || json!({"start_time": there, "booking_calendar": other});
        let ((left, left_body), (right, right_body)) = match pair % 4 {
            0 => (("cancel", json!({})), ("complete", json!({}))),
            1 => (("complete", json!({})), ("complete", json!({}))),
            2 => (("reschedule", elsewhere()), ("cancel", json!({}))),
            _ => (("reschedule", elsewhere()), ("reschedule", elsewhere())),
        };
        let before = events(&bell).await.len();
        let path = |step: &str| format!("/v2/bookings/{id}/{step}");
        let (left_path, right_path) = (path(left), path(right));
        let (first, second) =
            tokio::join!(bell.post(&left_path, left_body), bell.post(&right_path, right_body));
        let (won, lost, step) =
            if first.status == 200 { (first, second, left) } else { (second, first, right) };
        // Who comes second to move may find the slot gone before the booking.
        let refused = lost.status == 409 || lost.refusal().2 == "slot_taken";
        assert!(won.status == 200 && refused, "A-180: {left}, {right}: {} {}", won.text(), lost.text());
        let rung = if step == "reschedule" { 2 } else { 1 };
        assert_eq!(events(&bell).await.len() - before, rung, "A-180: {left}, {right}");
        if step == "reschedule" {
            // Its slot is free again for the next pair.
            bell.post(&format!("/v2/bookings/{}/cancel", won.at("/id")), json!({})).await;
        }
    }
}
