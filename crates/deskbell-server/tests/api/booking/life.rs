//! Every step of a booking's life rings what it should, once; every other step is refused and rings nothing
//! (wire contract, 2.3, 2.4 and 10.2).

use super::guest::{approval, book, calendars, other_host, read, reschedule, slot, step};
use crate::bell::{Bell, CLOSED, OPEN};
use serde_json::{Value, json};

const TRIGGERS: [&str; 8] = [
    "booking.scheduled",
    "booking.rescheduled",
    "booking.canceled_then_rescheduled",
    "booking.canceled_reschedule_requested",
    "booking.canceled",
    "booking.completed",
    "booking.no_show",
    "booking.reassigned",
];

/// Every step, as the path names it.
const ALL: [&str; 8] =
    ["cancel", "request-reschedule", "reassign", "no-show", "reschedule", "approve", "decline", "complete"];

/// Leads bookings over every arrow; gives what must have rung: trigger, booking, its status then.
async fn lead(bell: &Bell) -> Vec<(&'static str, String, &'static str)> {
    let mut rung = Vec::new();
    let mut rings = |trigger, id: &str, status| rung.push((trigger, id.to_owned(), status));
    let (first, second) = calendars(bell).await;

    let one = book(bell, &first).await;
    rings("booking.scheduled", &one, "scheduled");
    assert_eq!(reschedule(bell, &one, &first).await, one, "on its calendar it keeps its id");
    rings("booking.rescheduled", &one, "rescheduled");
    let host = other_host(bell, &one).await;
    let reassigned = step(bell, &one, "reassign", json!({"new_host": host})).await;
    rings("booking.reassigned", &one, "rescheduled");
    let email = bell.get(&format!("/v2/users/{host}")).await.at("/email");
    assert_eq!((reassigned.at("/owner"), reassigned.at("/attendees/0")), (host, email));
    let two = reschedule(bell, &one, &second).await;
    rings("booking.canceled_then_rescheduled", &one, "canceled");
    rings("booking.rescheduled", &two, "rescheduled");
    let linked = read(bell, &two).await;
    assert_eq!(linked["rescheduled_booking_id"], json!(one));
    step(bell, &two, "complete", json!({})).await;
    rings("booking.completed", &two, "completed");
    step(bell, &two, "no-show", json!({})).await;
    rings("booking.no_show", &two, "no_show");
    let asked = step(bell, &two, "request-reschedule", json!({"reschedule_reason": "Travel"})).await;
    rings("booking.canceled_reschedule_requested", &two, "canceled");
    let owner = linked["owner"].as_str().unwrap();
    let information = json!({"reason": "Travel", "actioned_by": "user", "user_id": owner});
    assert_eq!(asked.json()["cancel_reschedule_information"], information);
    let three = reschedule(bell, &two, &second).await;
    rings("booking.rescheduled", &three, "rescheduled");
    assert_eq!(read(bell, &three).await["rescheduled_booking_id"], json!(two));
    step(bell, &three, "cancel", json!({})).await;
    rings("booking.canceled", &three, "canceled");

    approval(bell, &first, true).await;
    let four = book(bell, &first).await;
    assert_eq!(read(bell, &four).await["status"], "requested");
    step(bell, &four, "approve", json!({})).await;
    rings("booking.scheduled", &four, "scheduled");
    assert_eq!(reschedule(bell, &four, &first).await, four);
    assert_eq!(read(bell, &four).await["status"], "requested");
    step(bell, &four, "approve", json!({})).await;
    rings("booking.rescheduled", &four, "rescheduled");
    let five = book(bell, &first).await;
    let declined = step(bell, &five, "decline", json!({"reason": "Full"})).await;
    assert_eq!(declined.at("/cancel_reschedule_information/actioned_by"), "user");
    rings("booking.canceled", &five, "canceled");
    let six = book(bell, &second).await;
    rings("booking.scheduled", &six, "scheduled");
    let seven = reschedule(bell, &six, &first).await;
    assert_eq!(read(bell, &six).await["status"], "scheduled", "until somebody approves");
    step(bell, &seven, "approve", json!({})).await;
    rings("booking.canceled_then_rescheduled", &six, "canceled");
    rings("booking.rescheduled", &seven, "rescheduled");
    assert_eq!(read(bell, &six).await["cancel_reschedule_information"]["actioned_by"], "customer");
    step(bell, &seven, "request-reschedule", json!({})).await;
    rings("booking.canceled_reschedule_requested", &seven, "canceled");
    let eight = reschedule(bell, &seven, &first).await;
    step(bell, &eight, "approve", json!({})).await;
    rings("booking.rescheduled", &eight, "rescheduled");
    rung
}

/// Trigger, booking and status of each captured event, sorted.
async fn heard(bell: &Bell, inbox: &str, count: usize) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let requests = if count == 0 { Vec::new() } else { bell.captured(inbox, count).await };
    let told = |request: &Value| {
        let event: Value = serde_json::from_str(request["body"].as_str().unwrap()).unwrap();
        (text(&event["type"]), text(&event["data"]["id"]), text(&event["data"]["status"]))
    };
    let mut heard: Vec<_> = requests.iter().map(told).collect();
    heard.sort();
    heard
}

#[tokio::test]
async fn every_step_rings_its_trigger_once_for_it_and_for_the_composite() {
    let bell = Bell::start_on_file(OPEN).await;
    let (all, url) = bell.inbox(&[]).await;
    bell.webhook("all", &url, &["booking"]).await;
    let mut inboxes = Vec::new();
    for trigger in TRIGGERS {
        let (inbox, url) = bell.inbox(&[]).await;
        bell.webhook(trigger, &url, &[trigger]).await;
        inboxes.push((trigger, inbox));
    }
    let rung = lead(&bell).await;
    let events = bell.get("/v2/events?limit=100").await.json();
    let told: Vec<_> = events["data"].as_array().unwrap().iter().rev().collect();
    assert_eq!(told.len(), rung.len(), "one event a ring: {events}");
    for (event, (trigger, id, _)) in told.iter().zip(&rung) {
        assert_eq!(
            (event["type"].as_str(), event["subject"].as_str()),
            (Some(*trigger), Some(id.as_str())),
            "in order"
        );
    }
    let expected = |wanted: &dyn Fn(&str) -> bool| {
        let owned = |(trigger, id, status): &(&str, String, &str)| {
            ((*trigger).to_owned(), id.clone(), (*status).to_owned())
        };
        let mut expected: Vec<_> = rung.iter().filter(|ring| wanted(ring.0)).map(owned).collect();
        expected.sort();
        expected
    };
    assert_eq!(heard(&bell, &all, rung.len()).await, expected(&|_| true));
    for (trigger, inbox) in inboxes {
        let expected = expected(&|rung| rung == trigger);
        assert!(!expected.is_empty(), "{trigger} never rang");
        assert_eq!(heard(&bell, &inbox, expected.len()).await, expected);
    }
}

#[tokio::test]
async fn a_forbidden_step_is_refused_and_changes_nothing() {
    let bell = Bell::start(CLOSED).await;
    let (first, second) = calendars(&bell).await;
    let scheduled = book(&bell, &second).await;
    let rescheduled = book(&bell, &second).await;
    reschedule(&bell, &rescheduled, &second).await;
    let completed = book(&bell, &second).await;
    step(&bell, &completed, "complete", json!({})).await;
    let canceled = book(&bell, &second).await;
    step(&bell, &canceled, "cancel", json!({})).await;
    let no_show = book(&bell, &second).await;
    step(&bell, &no_show, "complete", json!({})).await;
    step(&bell, &no_show, "no-show", json!({})).await;
    let replaced = book(&bell, &second).await;
    approval(&bell, &first, true).await;
    let requested = book(&bell, &first).await;
    let orphan = reschedule(&bell, &replaced, &first).await;
    step(&bell, &replaced, "cancel", json!({})).await;
    let allowed: [(&str, &[&str]); 7] = [
        (&requested, &["cancel", "approve", "decline"]),
        (&orphan, &["cancel", "decline"]),
        (&scheduled, &["cancel", "request-reschedule", "reassign", "reschedule", "complete"]),
        (&rescheduled, &["cancel", "request-reschedule", "reassign", "reschedule", "complete"]),
        (&completed, &["request-reschedule", "no-show"]),
        (&canceled, &[]),
        (&no_show, &["request-reschedule"]),
    ];
    let events = || async { bell.get("/v2/events?limit=100").await.json()["data"].clone() };
    let before = events().await;
    for (id, allowed) in allowed {
        let was = read(&bell, id).await;
        for step in ALL.into_iter().filter(|step| !allowed.contains(step)) {
            let body = match step {
                "reschedule" => json!({"start_time": slot(&bell, &second).await, "booking_calendar": second}),
                "reassign" => json!({"new_host": other_host(&bell, id).await}),
                _ => json!({}),
            };
            let refused = bell.post(&format!("/v2/bookings/{id}/{step}"), body).await;
            let status = was["status"].as_str().unwrap();
            assert_eq!(
                refused.refusal(),
                (409, "id".into(), "booking_state".into()),
                "A-180: {status} {step}"
            );
            let names = refused.at("/message").ends_with(&format!(": '{id}'"));
            // The vendor's words for reassigning have no id.
            assert!(names || step == "reassign", "{}", refused.text());
        }
        assert_eq!(read(&bell, id).await, was, "A-180");
    }
    assert_eq!(events().await, before, "A-180: no event");
    let refusal = |id: &str, step: &str| format!("/v2/bookings/{id}/{step}");
    let vendor = [
        ("cancel", "Booking cannot be cancelled", "E20"),
        ("request-reschedule", "Booking cannot be cancelled", "E20"),
        ("no-show", "Cannot update booking status to no_show", "E23"),
    ];
    for (step, message, row) in vendor {
        let refused = bell.post(&refusal(&canceled, step), json!({})).await;
        let message = format!("{message}: '{canceled}'");
        assert_eq!(
            refused.told(),
            (409, "invalid_request_error".into(), message, Some("id".into())),
            "{row}"
        );
    }
}

#[tokio::test]
async fn what_cannot_be_done_with_a_booking_is_said_in_the_vendors_words() {
    let bell = Bell::start(CLOSED).await;
    let (first, second) = calendars(&bell).await;
    let (id, clash) = (book(&bell, &first).await, read(&bell, &book(&bell, &second).await).await);
    let refused = async |step: &str, body: Value| bell.post(&format!("/v2/bookings/{id}/{step}"), body).await;
    let host = read(&bell, &id).await["owner"].clone();
    let nobody = refused("reassign", json!({"new_host": "USR-0000000000"})).await;
    assert_eq!(nobody.refusal(), (404, "new_host".into(), "not_found".into()));
    assert_eq!(nobody.at("/message"), "No such user: 'USR-0000000000'");
    let cases = [
        ("reassign", json!({}), (400, "new_host", "field_required")),
        ("reassign", json!({"new_host": 7}), (400, "new_host", "type_mismatch")),
        ("reassign", json!({"new_host": host}), (409, "new_host", "host_unchanged")),
        (
            "reassign",
            json!({"new_host": host, "location": {"type": "moon", "value": "zoom"}}),
            (400, "location.type", "value_invalid"),
        ),
        (
            "reassign",
            json!({"new_host": host, "location": {"type": "virtual", "value": "fax"}}),
            (400, "location.value", "value_invalid"),
        ),
        ("reschedule", json!({}), (400, "start_time", "field_required")),
        ("reschedule", json!({"start_time": "2001-01-01T10:00:00Z"}), (400, "start_time", "slot_taken")),
        (
            "reschedule",
            json!({"start_time": clash["starting_time"], "booking_calendar": second}),
            (400, "start_time", "slot_taken"),
        ),
        (
            "reschedule",
            json!({"start_time": "2031-01-01", "booking_calendar": "BKC-0"}),
            (404, "booking_calendar", "not_found"),
        ),
        ("reschedule", json!({"start_time": "2031-01-01", "colour": 1}), (400, "colour", "unknown_field")),
        ("decline", json!({"why": ""}), (400, "why", "unknown_field")),
        ("approve", json!({"why": ""}), (400, "why", "unknown_field")),
        ("complete", json!({"why": ""}), (400, "why", "unknown_field")),
        (
            "cancel",
            json!({"cancellation_reason": "x".repeat(2_001)}),
            (400, "cancellation_reason", "text_too_long"),
        ),
        ("request-reschedule", json!({"reschedule_reason": 1}), (400, "reschedule_reason", "type_mismatch")),
    ];
    for (step, body, (status, param, code)) in cases {
        let answer = refused(step, body).await;
        assert_eq!(answer.refusal(), (status, param.into(), code.into()), "{step}: {}", answer.text());
    }
    let invited = json!({"first_name": "Ines", "last_name": "Sousa", "email": "ines@host.example"});
    let invited = bell.post("/v2/users", invited).await;
    let path = format!("/v2/sandbox/users/{}", invited.at("/id"));
    bell.call("PATCH", &path, Some(json!({"status": "invited"}))).await;
    let answer = refused("reassign", json!({"new_host": invited.at("/id")})).await;
    assert_eq!(answer.refusal(), (409, "new_host".into(), "host_inactive".into()), "{}", invited.text());
}

#[tokio::test]
async fn a_strangers_booking_is_not_there() {
    let bell = Bell::start(CLOSED).await;
    let id = book(&bell, &calendars(&bell).await.0).await;
    let (_, stranger) = bell.account("other@bell.example").await;
    let body = |step: &str| match step {
        "reassign" => json!({"new_host": "USR-1"}),
        "reschedule" => json!({"start_time": "2031-01-01"}),
        _ => json!({}),
    };
    for step in ALL {
        let path = |id: &str| format!("/v2/bookings/{id}/{step}");
        let unknown = bell.post(&path("BKNG-000000000000"), body(step)).await;
        assert_eq!((unknown.status, unknown.at("/param")), (404, "id".into()), "A-171: {step}");
        assert_eq!(unknown.at("/message"), "No such booking: 'BKNG-000000000000'", "A-171: {step}");
        let foreign = bell.call_as(&stranger, "POST", &path(&id), Some(body(step))).await;
        let told = unknown.text().replace("BKNG-000000000000", &id);
        assert_eq!((foreign.status, foreign.text()), (404, told), "A-099: {step}");
    }
    let foreign = bell.call_as(&stranger, "GET", &format!("/v2/bookings/{id}"), None).await;
    let unknown = bell.get("/v2/bookings/BKNG-000000000000").await;
    assert_eq!(foreign.text(), unknown.text().replace("BKNG-000000000000", &id), "A-099");
    assert_eq!(read(&bell, &id).await["status"], "scheduled");
}
