//! The sandbox: a slot is booked once, a booking is cancelled once, and both ring (wire contract, 5 and 10).

mod actions;
mod additions;
mod expand;
mod filled;
pub(crate) mod guest;
mod life;
mod list;
mod location;
mod page;
mod quota;
mod race;
mod reassign;
mod style;
mod sweep;
mod talk;

use crate::bell::{Bell, CLOSED, OPEN};
use guest::form as booking;
use serde_json::{Value, json};

async fn slot(bell: &Bell) -> (String, String) {
    let calendar = guest::calendars(bell).await.0;
    (format!("/v2/booking-calendars/{calendar}/schedule"), guest::slot(bell, &calendar).await)
}

#[tokio::test]
async fn booking_and_cancelling_ring_with_the_documented_payload() {
    let bell = Bell::start_on_file(OPEN).await;
    let (inbox, url) = bell.inbox(&[]).await;
    bell.webhook("rings", &url, &["booking"]).await;
    let (schedule, start) = slot(&bell).await;
    let made = bell.post(&schedule, booking(&start)).await;
    assert_eq!(made.status, 200, "{}", made.text());
    let id = made.at("/id");
    assert_eq!(made.json(), json!({"id": id}), "the id and nothing else");
    let cancelled =
        bell.post(&format!("/v2/bookings/{id}/cancel"), json!({"cancellation_reason": "Audit"})).await;
    assert_eq!((cancelled.status, cancelled.at("/status")), (200, "canceled".into()));
    assert_eq!(cancelled.at("/cancel_reschedule_information/reason"), "Audit");
    assert!(cancelled.json().get("cancel_reschedule_url").is_none(), "a link for guests is in webhooks only");
    let events: Vec<Value> = bell
        .captured(&inbox, 2)
        .await
        .iter()
        .map(|request| serde_json::from_str(request["body"].as_str().unwrap()).unwrap())
        .collect();
    let of = |kind: &str| {
        events.iter().find(|event| event["type"] == kind).unwrap_or_else(|| panic!("no {kind}"))["data"]
            .clone()
    };
    let scheduled = of("booking.scheduled");
    assert_eq!(
        (scheduled["id"].as_str(), scheduled["status"].as_str(), scheduled["starting_time"].as_str()),
        (Some(id.as_str()), Some("scheduled"), Some(start.as_str()))
    );
    assert_eq!(
        scheduled["form_submission"]["custom_fields"],
        json!([{"name": "Interests", "value": ["Calibration", "Leasing"]}, {"name": "Team size", "value": "11-50"}])
    );
    assert!(
        scheduled.get("contact").is_none()
            && scheduled.get("utm_params").is_none()
            && scheduled.get("cancel_reschedule_url").is_some()
    );
    let canceled = of("booking.canceled");
    assert_eq!(
        (canceled["status"].as_str(), canceled["cancel_reschedule_information"]["actioned_by"].as_str()),
        (Some("canceled"), Some("user"))
    );
    assert_eq!(canceled["cancel_reschedule_information"]["user_id"], canceled["owner"]);
    let again = bell.post(&format!("/v2/bookings/{id}/cancel"), json!({})).await;
    assert_eq!(
        (again.status, again.at("/message"), again.at("/param")),
        (409, format!("Booking cannot be cancelled: '{id}'"), "id".into())
    );
    assert_eq!(bell.post(&schedule, booking(&start)).await.status, 200, "a cancelled slot is open again");
}

#[tokio::test]
async fn a_bad_booking_is_refused() {
    let bell = Bell::start(CLOSED).await;
    let (schedule, start) = slot(&bell).await;
    let refused = async |change: fn(&mut Value)| {
        let mut body = booking(&start);
        change(&mut body);
        bell.post(&schedule, body).await.refusal()
    };
    for (param, change) in [
        ("start_time", (|body| drop(body.as_object_mut().unwrap().remove("start_time"))) as fn(&mut Value)),
        ("guest_time_zone", |body| drop(body.as_object_mut().unwrap().remove("guest_time_zone"))),
        ("booking_form", |body| drop(body.as_object_mut().unwrap().remove("booking_form"))),
        ("booking_form", |body| drop(body["booking_form"].as_object_mut().unwrap().remove("email"))),
        ("guest_time_zone", |body| body["guest_time_zone"] = json!("Mars/Olympus")),
        ("booking_form.email", |body| body["booking_form"]["email"] = json!("nobody")),
        ("start_time", |body| body["start_time"] = json!("2026-02-30T10:00:00Z")),
        ("start_time", |body| body["start_time"] = json!("2001-01-01T10:00:00Z")),
        ("start_time", |body| body["start_time"] = json!("2031-01-01T03:17:00Z")),
    ] {
        let (status, named, code) = refused(change).await;
        assert_eq!((status, named.as_str()), (400, param), "{code}");
    }
    assert_eq!(
        bell.post("/v2/booking-calendars/BKC-0000000000/schedule", booking(&start)).await.at("/message"),
        "No such booking calendar: 'BKC-0000000000'"
    );
    assert_eq!(bell.post("/v2/bookings/BKNG-000000000000/cancel", json!({})).await.status, 404);
    let (_, other) = bell.account("other@bell.example").await;
    assert_eq!(bell.call_as(&other, "POST", &schedule, Some(booking(&start))).await.status, 404, "A-099");
    let end = crate::bell::now() + jiff::SignedDuration::from_hours(31 * 24);
    let wide = bell.get(&schedule.replace("/schedule", &format!("/time-slots?end_time={end:.0}"))).await;
    assert_eq!(wide.refusal(), (400, "end_time".into(), "range_too_large".into()), "A-107");
}
