//! Booking calendars: made, changed, and their slots on the host's own clock (wire contract, 5.2 and 10.1).

use crate::bell::{Bell, CLOSED};
use crate::booking::guest::slot;
use crate::client::Answer;
use jiff::civil::Weekday;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A calendar of one-hour bookings, hosted in `zone`.
async fn calendar(bell: &Bell, zone: &str) -> String {
    let email = format!("jo.{}@northwind.example", zone.replace('/', "."));
    let host = json!({"first_name": "Jo", "last_name": "Lind", "email": email});
    let host = bell.post("/v2/users", host).await.at("/id");
    moved(bell, &host, zone).await;
    let made = bell
        .post("/v2/booking-calendars", json!({"host": host, "name": "Demos", "duration_minutes": 60}))
        .await;
    assert_eq!(made.status, 201, "{}", made.text());
    made.at("/id")
}

async fn moved(bell: &Bell, host: &str, zone: &str) {
    let path = format!("/v2/sandbox/users/{host}");
    let moved = bell.call("PATCH", &path, Some(json!({"timezone": zone}))).await;
    assert_eq!(moved.status, 200, "{}", moved.text());
}

async fn slots(bell: &Bell, calendar: &str, from: Timestamp, to: Timestamp) -> Vec<Timestamp> {
    let path = format!("/v2/booking-calendars/{calendar}/time-slots?start_time={from}&end_time={to}");
    let answer = bell.get(&path).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let start = |slot: &Value| slot["start_time"].as_str().unwrap().parse().unwrap();
    answer.json().as_array().unwrap().iter().map(start).collect()
}

fn told(answer: &Answer) -> (u16, String, String) {
    (answer.status, answer.at("/message"), answer.at("/param"))
}

#[tokio::test]
async fn a_calendar_is_created_read_and_changed() {
    let bell = Bell::start_on_file(CLOSED).await;
    let users = bell.get("/v2/users").await;
    let (host, second) = (users.at("/data/0/id"), users.at("/data/1/id"));
    let body = json!({"host": host, "name": "Priya's demos", "subject": "Instrument demo", "duration_minutes": 45, "published": false, "approval": true});
    let made = bell.post("/v2/booking-calendars", body.clone()).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let id = made.at("/id");
    let mut expected = body;
    (expected["object"], expected["id"]) = (json!("booking_calendar"), json!(id));
    expected["url"] = json!(format!("https://book.deskbell.test/{id}"));
    assert_eq!(made.json(), expected);
    let path = format!("/v2/booking-calendars/{id}");
    assert_eq!(bell.get(&path).await.json(), expected);
    let list = bell.get("/v2/booking-calendars?limit=1").await.json();
    assert_eq!((&list["data"], &list["has_more"]), (&json!([expected]), &json!(true)), "newest first");
    let given = json!({"host": second, "subject": "Call", "published": true, "approval": false, "duration_minutes": 480});
    let changed = bell.call("PATCH", &path, Some(given.clone())).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    for (field, value) in given.as_object().unwrap() {
        expected[field] = value.clone();
    }
    assert_eq!(changed.json(), expected);
    assert_eq!(bell.get(&path).await.json(), expected);
    let small = bell.post("/v2/booking-calendars", json!({"host": host, "name": "Calls"})).await.json();
    assert_eq!(
        [&small["subject"], &small["duration_minutes"], &small["published"], &small["approval"]],
        [&json!("Calls"), &json!(30), &json!(true), &json!(false)]
    );
}

#[tokio::test]
async fn a_bad_calendar_is_refused() {
    let bell = Bell::start(CLOSED).await;
    let host = bell.get("/v2/users").await.at("/data/0/id");
    let (_, other) = bell.account("other@bell.example").await;
    let theirs = bell.call_as(&other, "GET", "/v2/users", None).await.at("/data/0/id");
    let team = bell.get("/v2/teams").await.at("/data/0/id");
    let path = format!("/v2/booking-calendars/{}", bell.get("/v2/booking-calendars").await.at("/data/0/id"));
    let before = bell.get(&path).await.json();
    for (field, value, status, code) in [
        ("host", json!("USR-0000000000"), 404, "not_found"),
        ("host", json!(theirs), 404, "not_found"),
        ("host", json!(team), 404, "not_found"),
        ("host", Value::Null, 400, "field_required"),
        ("name", json!("!!!"), 400, "text_invalid"),
        ("subject", json!("x".repeat(256)), 400, "text_too_long"),
        ("duration_minutes", json!(4), 400, "integer_out_of_range"),
        ("duration_minutes", json!(481), 400, "integer_out_of_range"),
        ("duration_minutes", json!(30.5), 400, "type_mismatch"),
        ("published", json!("yes"), 400, "type_mismatch"),
        ("approval", json!(1), 400, "type_mismatch"),
        ("url", json!("https://x.example"), 400, "field_read_only"),
        ("colour", json!("red"), 400, "unknown_field"),
    ] {
        let refused = (status, field.to_owned(), code.to_owned());
        let changed = bell.call("PATCH", &path, Some(json!({ field: value }))).await;
        assert_eq!(changed.refusal(), refused, "{value}");
        let mut body = json!({"host": host, "name": "Calls"});
        body[field] = value.clone();
        assert_eq!(bell.post("/v2/booking-calendars", body).await.refusal(), refused, "{value}");
    }
    let unknown = bell.post("/v2/booking-calendars", json!({"host": "USR-1", "name": "Calls"})).await;
    assert_eq!(told(&unknown), (404, "No such user: 'USR-1'".into(), "host".into()));
    for (field, body) in [("host", json!({"name": "Calls"})), ("name", json!({"host": host}))] {
        let answer = bell.post("/v2/booking-calendars", body).await;
        assert_eq!(told(&answer), (400, "Required fields are missing.".into(), field.into()));
    }
    let empty = bell.call("PATCH", &path, Some(json!({}))).await;
    assert_eq!(empty.refusal(), (400, "body".into(), "body_required".into()));
    assert_eq!(bell.get(&path).await.json(), before, "nothing was changed");
    assert_eq!(
        bell.get("/v2/booking-calendars").await.json()["data"].as_array().unwrap().len(),
        2,
        "nothing was made"
    );
}

#[tokio::test]
async fn nobody_books_on_an_unpublished_calendar() {
    let bell = Bell::start(CLOSED).await;
    let id = calendar(&bell, "UTC").await;
    let path = format!("/v2/booking-calendars/{id}");
    let start = slot(&bell, &id).await;
    bell.call("PATCH", &path, Some(json!({"published": false}))).await;
    let refused = |message: &str| (422, "invalid_request_error".into(), message.into(), Some("id".into()));
    let slots = refused("Time slots cannot be retrieved from an unpublished booking calendar.");
    assert_eq!(bell.get(&format!("{path}/time-slots")).await.told(), slots, "E32");
    let refused = refused("Meeting cannot be scheduled on an unpublished booking calendar.");
    let body = json!({"start_time": start, "guest_time_zone": "Europe/Dublin", "booking_form": {"name": "Tomás", "email": "t@corrib.example"}});
    assert_eq!(bell.post(&format!("{path}/schedule"), body.clone()).await.told(), refused, "E36");
    bell.call("PATCH", &path, Some(json!({"published": true}))).await;
    assert_eq!(
        bell.post(&format!("{path}/schedule"), body).await.status,
        200,
        "published again, it can be booked"
    );
}

#[tokio::test]
async fn slots_follow_the_hosts_clock_over_every_change_of_the_clocks() {
    let bell = Bell::start(CLOSED).await;
    // Clocks that go back, go forward, move by half an hour, and never move.
    for (name, changes) in [
        ("America/New_York", true),
        ("Europe/Lisbon", true),
        ("Australia/Lord_Howe", true),
        ("Asia/Kolkata", false),
    ] {
        let calendar = calendar(&bell, name).await;
        let zone = TimeZone::get(name).unwrap();
        let soon = crate::bell::now() + SignedDuration::from_hours(5 * 24);
        let next: Vec<Timestamp> = zone.following(soon).take(2).map(|change| change.timestamp()).collect();
        assert_eq!(!next.is_empty(), changes, "{name}");
        for around in if changes { next } else { vec![soon] } {
            let (from, to) =
                (around - SignedDuration::from_hours(4 * 24), around + SignedDuration::from_hours(4 * 24));
            let found = slots(&bell, &calendar, from, to).await;
            let local: Vec<_> = found.iter().map(|slot| zone.to_datetime(*slot)).collect();
            assert!(
                local.iter().all(|slot| (9..=16).contains(&slot.hour()) && slot.minute() == 0),
                "{name}: {local:?}"
            );
            assert!(
                !local.iter().any(|slot| matches!(slot.weekday(), Weekday::Saturday | Weekday::Sunday)),
                "{name}"
            );
            let days: BTreeSet<_> = local.iter().map(|slot| slot.date()).collect();
            let mut inner = days.clone();
            inner.pop_first();
            inner.pop_last();
            for day in &inner {
                let hours: Vec<i8> =
                    local.iter().filter(|slot| slot.date() == *day).map(|slot| slot.hour()).collect();
                assert_eq!(
                    hours,
                    [9, 10, 11, 12, 13, 14, 15, 16],
                    "{name}, {day}: from 09:00 on, every hour, once"
                );
            }
            let offsets: BTreeSet<Offset> = found.iter().map(|slot| zone.to_offset(*slot)).collect();
            assert_eq!(
                offsets.len(),
                if changes { 2 } else { 1 },
                "{name}: slots on both sides of the change"
            );
        }
    }
}

#[tokio::test]
async fn a_host_who_moves_has_slots_in_the_new_zone() {
    let bell = Bell::start(CLOSED).await;
    let id = calendar(&bell, "America/New_York").await;
    let host = bell.get(&format!("/v2/booking-calendars/{id}")).await.at("/host");
    let now = crate::bell::now();
    for name in ["America/New_York", "Asia/Tokyo"] {
        moved(&bell, &host, name).await;
        let found = slots(&bell, &id, now, now + SignedDuration::from_hours(7 * 24)).await;
        let zone = TimeZone::get(name).unwrap();
        let hours: BTreeSet<i8> = found.iter().map(|slot| zone.to_datetime(*slot).hour()).collect();
        assert_eq!(hours, (9..=16).collect(), "{name}");
    }
}

#[tokio::test]
async fn a_span_of_slots_has_an_end_behind_its_start_and_a_past_that_counts_for_nothing() {
    let bell = Bell::start(CLOSED).await;
    let path = format!("/v2/booking-calendars/{}/time-slots", calendar(&bell, "UTC").await);
    let get = async |query: &str| bell.get(&format!("{path}?{query}")).await;
    let refused =
        |message: &str| (400, "invalid_request_error".into(), message.into(), Some("end_time".into()));
    for query in [
        "start_time=2031-01-02&end_time=2031-01-01",
        "start_time=2031-01-02&end_time=2031-01-02",
        "end_time=2001-01-01",
    ] {
        let told = get(query).await.told();
        assert_eq!(told, refused("End time must be after the start time."), "E30: {query}");
    }
    let told = get("start_time=2031-01-01&end_time=2031-02-01").await.told();
    assert_eq!(told, refused("end_time must be at most 30 days after start_time."), "A-107");
    assert_eq!(get("start_time=2031-01-01&end_time=2031-01-31").await.status, 200);
    let past = get("start_time=2001-01-01&end_time=2001-01-02").await;
    assert_eq!((past.status, past.json()), (200, json!([])), "wholly past");
    let (all, from_now) = (get("start_time=2001-01-01").await.json(), get("").await.json());
    assert_eq!(all, from_now, "a start that is past counts as now");
    assert!(!all.as_array().unwrap().is_empty());
    let location = json!([{"type": "virtual", "value": "google_meet", "id": null}]);
    assert_eq!(all[0]["locations"], location);
    let unknown = bell.get("/v2/booking-calendars/BKC-0000000000/time-slots").await;
    let message = "No such booking calendar: 'BKC-0000000000'".to_owned();
    assert_eq!(unknown.told(), (404, "invalid_request_error".into(), message, Some("id".into())), "E11");
}

#[tokio::test]
async fn a_host_without_a_seat_has_no_slots_and_neither_has_a_deleted_one() {
    for (method, path, body) in
        [("PATCH", "/v2/sandbox/users", Some(json!({"seat": false}))), ("DELETE", "/v2/users", None)]
    {
        let bell = Bell::start(CLOSED).await;
        let id = calendar(&bell, "UTC").await;
        let calendar = format!("/v2/booking-calendars/{id}");
        let start = slot(&bell, &id).await;
        let host = bell.get(&calendar).await.at("/host");
        assert_eq!(bell.call(method, &format!("{path}/{host}"), body).await.status, 200);
        let refused = |message: &str| (402, "invalid_request_error".into(), message.into(), None);
        let slots = refused("Time slots cannot be retrieved when the host doesn't have a seat assigned.");
        assert_eq!(bell.get(&format!("{calendar}/time-slots")).await.told(), slots, "E31: {method}");
        let body = json!({"start_time": start, "guest_time_zone": "Europe/Dublin", "booking_form": {"name": "Tomás", "email": "t@corrib.example"}});
        let booking = refused("Meeting cannot be scheduled when the host doesn't have a seat assigned.");
        assert_eq!(bell.post(&format!("{calendar}/schedule"), body).await.told(), booking, "E35: {method}");
        let contacts = bell.get("/v2/contacts").await.json();
        assert_eq!(contacts["data"].as_array().unwrap().len(), 1, "nobody is made a contact");
    }
}
