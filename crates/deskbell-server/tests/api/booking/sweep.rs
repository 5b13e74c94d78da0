//! What ended is completed, once, also when several servers look (wire contract, decision 26), and a slot on each side of a
//! change of the clocks is where the host's clock has it.

use super::guest::{calendars, form, read};
use crate::bell::{Bell, CLOSED};
use deskbell_core::Timestamp;
use deskbell_core::booking::{Booking, Guest, Location, Pick, Status};
use deskbell_core::id::{AccountId, BookingId};
use deskbell_core::store::{BookingChange, BookingFilter, BookingSaved, EventFilter, Page};
use deskbell_core::trigger::Trigger;
use deskbell_server::door::SystemRandom;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan as _};
use serde_json::Value;
use std::time::Duration;

const ALL: Page = Page { limit: 10_000, cursor: None };

/// Stores a booking that starts at `starts`, as if it had been made before.
async fn booked(bell: &Bell, starts: Timestamp) -> BookingId {
    booked_by(bell, &bell.account, starts).await
}

async fn booked_by(bell: &Bell, account: &AccountId, starts: Timestamp) -> BookingId {
    let sandbox = bell.store.sandbox(&bell.account).await.unwrap().unwrap();
    let (calendar, host) = sandbox.calendar(&sandbox.calendars[0].id).unwrap();
    let id = BookingId::new(&SystemRandom);
    let guest = Guest { time_zone: "UTC".into(), ..Guest::default() };
    let pick = Pick { id: &id, calendar, host, starts, location: &Location::online(host.provider(), &id) };
    let booking = Booking::book(account, pick, guest, starts).booking;
    let change = BookingChange { booking, event: None, conversation: None };
    assert_eq!(bell.store.save_bookings(vec![change], starts).await.unwrap(), BookingSaved::Saved);
    id
}

async fn completed(bell: &Bell) -> Vec<String> {
    let filter = EventFilter { trigger: Some(Trigger::BookingCompleted), ..EventFilter::default() };
    let events = bell.store.events(&bell.account, &filter, &ALL).await.unwrap().items;
    let mut completed: Vec<String> = events.into_iter().filter_map(|event| event.subject).collect();
    completed.sort();
    completed
}

async fn until_completed(bell: &Bell, count: usize) {
    let end = tokio::time::Instant::now() + Duration::from_secs(20);
    let filter = BookingFilter { status: Some(Status::Completed), ..BookingFilter::default() };
    while bell.store.bookings(&bell.account, &filter, &ALL).await.unwrap().items.len() < count {
        assert!(tokio::time::Instant::now() < end, "not all were completed");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_has_ended_is_completed_once_also_by_many_servers() {
    let mut bell = Bell::start_on_file(CLOSED).await;
    bell.stop().await;
    let mut ids = Vec::new();
    for n in 1..=250 {
        let starts = crate::bell::now().checked_sub(SignedDuration::from_hours(n)).unwrap();
        ids.push(booked(&bell, deskbell_core::time::whole(starts)).await.to_string());
    }
    ids.sort();
    let later = booked(&bell, crate::bell::now().checked_add(1.hour()).unwrap()).await;
    let (one, two, three) = tokio::join!(bell.beside(CLOSED), bell.beside(CLOSED), bell.beside(CLOSED));
    until_completed(&bell, ids.len()).await;
    assert_eq!(completed(&bell).await, ids, "each once");
    assert_eq!(read(&one, later.as_str()).await["status"], "scheduled");
    drop((two, three));
}

#[tokio::test]
async fn what_cannot_be_completed_keeps_no_other_from_it() {
    let mut bell = Bell::start(CLOSED).await;
    bell.stop().await;
    let ago = |hours| deskbell_core::time::whole(crate::bell::now().checked_sub(hours).unwrap());
    // More than one look finds, and all before ours.
    let nobody = AccountId::from_text("ACC-NOBODY");
    for n in 0..150 {
        booked_by(&bell, &nobody, ago(SignedDuration::from_hours(1_000 + n))).await;
    }
    for n in 1..=3 {
        booked(&bell, ago(SignedDuration::from_hours(n))).await;
    }
    let bell = bell.beside(CLOSED).await;
    until_completed(&bell, 3).await;
}

#[tokio::test]
async fn a_booking_is_completed_when_it_ends() {
    let mut bell = Bell::start(CLOSED).await;
    bell.stop().await;
    // Mira's bookings take 30 minutes: this one ends in two seconds, and the server has to wait for it.
    let ends = deskbell_core::time::whole(crate::bell::now().checked_add(2.seconds()).unwrap());
    let id = booked(&bell, ends.checked_sub(30.minutes()).unwrap()).await;
    let bell = bell.beside(CLOSED).await;
    until_completed(&bell, 1).await;
    let booking = bell.store.booking(&bell.account, &id).await.unwrap().unwrap();
    assert!(booking.updated >= ends, "not before its end");
    assert!(booking.updated < ends.checked_add(1.minute()).unwrap(), "at most a minute late");
    assert_eq!(completed(&bell).await, [id.to_string()]);
}

#[tokio::test]
async fn slots_on_both_sides_of_a_change_of_the_clocks_are_booked() {
    let bell = Bell::start(CLOSED).await;
    // Jonas works in New York, whose clocks change on a Sunday.
    let (calendar, zone) = (calendars(&bell).await.1, TimeZone::get("America/New_York").unwrap());
    let change = zone.following(crate::bell::now()).next().unwrap().timestamp();
    let mut hours = Vec::new();
    for (from, to) in [(-4 * 24, 0), (0, 4 * 24)] {
        let at = |hours: i64| change.checked_add(SignedDuration::from_hours(hours)).unwrap();
        let span = format!("start_time={}&end_time={}", at(from), at(to));
        let slots = bell.get(&format!("/v2/booking-calendars/{calendar}/time-slots?{span}")).await.json();
        let start = slots[0]["start_time"].as_str().unwrap().to_owned();
        let booked = bell.post(&format!("/v2/booking-calendars/{calendar}/schedule"), form(&start)).await;
        let booking: Value = read(&bell, &booked.at("/id")).await;
        assert_eq!(booking["starting_time"], start.as_str());
        let starts: Timestamp = start.parse().unwrap();
        assert_eq!(zone.to_datetime(starts).hour(), 9, "on the host's clock");
        hours.push(starts.to_zoned(TimeZone::UTC).hour());
    }
    assert_eq!(hours[0].abs_diff(hours[1]), 1, "an hour apart in UTC");
}
