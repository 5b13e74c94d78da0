//! Booking calendars: made, changed, and their slots on the host's own clock (wire contract, 5.2 and 10.1).

use crate::bell::{Bell, CLOSED};
use crate::client::Answer;
use jiff::civil::Weekday;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A calendar of one-hour bookings, hosted in `zone`.
async fn calendar(bell: &Bell, zone: &str) -> String {
    let host =
        json!({"first_name": "Jo", "last_name": "Lind", "email": "jo@northwind.example", "timezone": zone});
    let host = bell.post("/v2/users", host).await.at("/id");
    let made = bell
        .post("/v2/booking-calendars", json!({"host": host, "name": "Demos", "duration_minutes": 60}))
        .await;
    assert_eq!(made.status, 201, "{}", made.text());
    made.at("/id")
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
    let start = bell.get(&format!("{path}/time-slots")).await.at("/0/start_time");
    bell.call("PATCH", &path, Some(json!({"published": false}))).await;
    let refused =
        (422, "Meeting cannot be scheduled on an unpublished booking calendar.".to_owned(), "id".to_owned());
    assert_eq!(told(&bell.get(&format!("{path}/time-slots")).await), refused);
    let body = json!({"start_time": start, "guest_time_zone": "Europe/Dublin", "booking_form": {"name": "Tomás", "email": "t@corrib.example"}});
    assert_eq!(told(&bell.post(&format!("{path}/schedule"), body.clone()).await), refused);
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
        bell.call("PATCH", &format!("/v2/users/{host}"), Some(json!({"timezone": name}))).await;
        let found = slots(&bell, &id, now, now + SignedDuration::from_hours(7 * 24)).await;
        let zone = TimeZone::get(name).unwrap();
        let hours: BTreeSet<i8> = found.iter().map(|slot| zone.to_datetime(*slot).hour()).collect();
        assert_eq!(hours, (9..=16).collect(), "{name}");
    }
}
