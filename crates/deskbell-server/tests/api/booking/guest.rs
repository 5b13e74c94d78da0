//! What guests and users do with bookings, in one line each.

use crate::bell::Bell;
use crate::client::Answer;
use serde_json::{Value, json};

/// A body that books `start`.
pub(crate) fn form(start: &str) -> Value {
    json!({"start_time": start, "guest_time_zone": "Europe/Dublin", "booking_form": {"name": "Tomás Healy", "email": "tomas@corrib.example",
        "company": "Corrib", "Team size": "11-50", "Interests": ["Calibration", "Leasing"]}})
}

/// The id of the calendar that was made first, and of the other.
pub(crate) async fn calendars(bell: &Bell) -> (String, String) {
    let calendars = bell.get("/v2/booking-calendars").await;
    (calendars.at("/data/1/id"), calendars.at("/data/0/id"))
}

/// The calendar's open slots from an hour to four weeks ahead: what a test books does not begin while it runs.
pub(crate) async fn slots(bell: &Bell, calendar: &str) -> Vec<String> {
    let ahead = |hours| crate::bell::now().checked_add(jiff::SignedDuration::from_hours(hours)).unwrap();
    let span = format!("start_time={:.0}&end_time={:.0}", ahead(1), ahead(28 * 24));
    let slots = bell.get(&format!("/v2/booking-calendars/{calendar}/time-slots?{span}")).await;
    assert_eq!(slots.status, 200, "{}", slots.text());
    let start = |slot: &Value| slot["start_time"].as_str().unwrap().to_owned();
    slots.json().as_array().unwrap().iter().map(start).collect()
}

/// The first of them.
pub(crate) async fn slot(bell: &Bell, calendar: &str) -> String {
    slots(bell, calendar).await.remove(0)
}

/// Books the calendar's first open slot and gives the booking's id.
pub(super) async fn book(bell: &Bell, calendar: &str) -> String {
    let body = form(&slot(bell, calendar).await);
    let booked = bell.post(&format!("/v2/booking-calendars/{calendar}/schedule"), body).await;
    assert_eq!(booked.status, 200, "{}", booked.text());
    assert_eq!(booked.json(), json!({"id": booked.at("/id")}), "the id and nothing else");
    booked.at("/id")
}

/// Turns the calendar's approval mode on or off.
pub(super) async fn approval(bell: &Bell, calendar: &str, on: bool) {
    let path = format!("/v2/booking-calendars/{calendar}");
    let changed = bell.call("PATCH", &path, Some(json!({"approval": on}))).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
}

/// Takes a step that must be allowed, and gives the booking.
pub(super) async fn step(bell: &Bell, id: &str, step: &str, body: Value) -> Answer {
    let answer = bell.post(&format!("/v2/bookings/{id}/{step}"), body).await;
    assert_eq!(answer.status, 200, "{step}: {}", answer.text());
    answer
}

/// Moves the booking to the calendar's first [slot] and gives the id of what is booked then.
pub(super) async fn reschedule(bell: &Bell, id: &str, calendar: &str) -> String {
    let start = slot(bell, calendar).await;
    let moved =
        step(bell, id, "reschedule", json!({"start_time": start, "booking_calendar": calendar})).await;
    assert_eq!(moved.at("/starting_time"), start);
    moved.at("/id")
}

/// The booking as it is.
pub(super) async fn read(bell: &Bell, id: &str) -> Value {
    bell.get(&format!("/v2/bookings/{id}")).await.json()
}

/// The id of the host that the booking does not have.
pub(super) async fn other_host(bell: &Bell, id: &str) -> String {
    let owner = read(bell, id).await["owner"].clone();
    let users = bell.get("/v2/users").await.json();
    let other = users["data"].as_array().unwrap().iter().find(|user| user["id"] != owner).unwrap().clone();
    other["id"].as_str().unwrap().to_owned()
}
