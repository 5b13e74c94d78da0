//! `expand=actions` says beforehand what each call then answers and rings, in every state (an addition to the vendor's
//! object).

use super::guest::{approval, book, calendars, read, reschedule, slot, step};
use crate::bell::{Bell, CLOSED};
use serde_json::{Value, json};

/// Every state that tells bookings apart.
const STATES: [&str; 12] = [
    "requested",
    "moving",
    "replacing",
    "replacing what was asked for again",
    "replacing nothing",
    "approved",
    "scheduled",
    "rescheduled",
    "completed",
    "no-show",
    "canceled",
    "asked for again",
];

/// A fresh booking in that state.
async fn booking(bell: &Bell, state: &str, by_approval: &str, free: &str) -> String {
    let plainly = async |name: &str, id: &str| {
        step(bell, id, name, json!({})).await;
    };
    match state {
        "requested" => book(bell, by_approval).await,
        "approved" | "moving" => {
            let id = book(bell, by_approval).await;
            plainly("approve", &id).await;
            if state == "moving" { reschedule(bell, &id, by_approval).await } else { id }
        }
        "replacing" | "replacing nothing" | "replacing what was asked for again" => {
            let old = book(bell, free).await;
            if state == "replacing what was asked for again" {
                plainly("request-reschedule", &old).await;
            }
            let id = reschedule(bell, &old, by_approval).await;
            if state == "replacing nothing" {
                plainly("cancel", &old).await;
            }
            id
        }
        _ => {
            let id = book(bell, free).await;
            match state {
                "rescheduled" => return reschedule(bell, &id, free).await,
                "completed" => plainly("complete", &id).await,
                "no-show" => {
                    plainly("complete", &id).await;
                    plainly("no-show", &id).await;
                }
                "canceled" => plainly("cancel", &id).await,
                "asked for again" => plainly("request-reschedule", &id).await,
                _ => {}
            }
            id
        }
    }
}

async fn actions(bell: &Bell, id: &str) -> Vec<Value> {
    let shown = bell.get(&format!("/v2/bookings/{id}?expand=actions")).await;
    assert_eq!(shown.status, 200, "{}", shown.text());
    shown.json()["actions"].as_array().unwrap().clone()
}

/// What rang after the event `last`, oldest first.
async fn rung_since(bell: &Bell, last: &Value) -> Vec<Value> {
    let events = bell.get("/v2/events?limit=10").await.json();
    let newer = events["data"].as_array().unwrap().iter().take_while(|event| event["id"] != *last);
    let mut types: Vec<Value> = newer.map(|event| event["type"].clone()).collect();
    types.reverse();
    types
}

/// A user who hosts nothing, and so has time for whatever is booked: the calendars' hosts may have another booking then.
async fn newcomer(bell: &Bell, booking: &str) -> String {
    let email = format!("{booking}@northwind.example");
    let made = bell.post("/v2/users", json!({"first_name": "Bo", "last_name": "Li", "email": email})).await;
    assert_eq!(made.status, 200, "{}", made.text());
    made.at("/id")
}

/// What the call takes that must be allowed by everything but the booking's state.
async fn body(bell: &Bell, id: &str, name: &str) -> Value {
    match name {
        "reassign" => json!({"new_host": newcomer(bell, id).await}),
        "reschedule" => {
            let calendar = read(bell, id).await["booking_calendar"].clone();
            json!({"start_time": slot(bell, calendar.as_str().unwrap()).await})
        }
        _ => json!({}),
    }
}

#[tokio::test]
async fn in_every_state_a_call_does_what_the_actions_say() {
    let bell = Bell::start(CLOSED).await;
    let (by_approval, free) = calendars(&bell).await;
    approval(&bell, &by_approval, true).await;
    let mut seen = Vec::new();
    for state in STATES {
        let first = booking(&bell, state, &by_approval, &free).await;
        for (at, action) in actions(&bell, &first).await.iter().enumerate() {
            let id = match at {
                0 => first.clone(),
                _ => booking(&bell, state, &by_approval, &free).await,
            };
            let name = action["name"].as_str().unwrap();
            assert_eq!(
                actions(&bell, &id).await[at],
                *action,
                "{state}: every booking in it is told the same"
            );
            let last = bell.get("/v2/events?limit=1").await.json()["data"][0]["id"].clone();
            let answer = bell.post(&format!("/v2/bookings/{id}/{name}"), body(&bell, &id, name).await).await;
            let told = format!("{name} of one that is {state}: {action}, {}", answer.text());
            assert_eq!(json!(answer.status == 200), action["allowed"], "{told}");
            assert_eq!(json!(rung_since(&bell, &last).await), action["rings"], "{told}");
            if answer.status == 200 {
                assert_eq!(action["reason"], Value::Null, "{told}");
            } else {
                assert_eq!(answer.refusal(), (409, "id".into(), "booking_state".into()), "{told}");
                assert!(action["reason"].as_str().unwrap().starts_with("Only "), "{told}");
            }
            seen.push((name.to_owned(), answer.status));
        }
    }
    for name in [
        "approve",
        "decline",
        "reschedule",
        "reassign",
        "request-reschedule",
        "complete",
        "no-show",
        "cancel",
    ] {
        for status in [200, 409] {
            assert!(seen.contains(&(name.to_owned(), status)), "{name} never answered {status}");
        }
    }
}

#[tokio::test]
async fn actions_stand_where_they_are_asked_for_and_nowhere_else() {
    let bell = Bell::start(CLOSED).await;
    let calendar = calendars(&bell).await.1;
    let id = book(&bell, &calendar).await;
    let names = |actions: &Value| {
        let names =
            actions.as_array().unwrap().iter().map(|action| action["name"].as_str().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    let plain = read(&bell, &id).await;
    assert!(plain.get("actions").is_none());
    let mut shown = bell.get(&format!("/v2/bookings/{id}?expand=actions,owner")).await.json();
    let actions = shown.as_object_mut().unwrap().remove("actions").unwrap();
    let in_order = ["reschedule", "reassign", "request-reschedule", "complete", "no-show", "cancel"];
    assert_eq!(names(&actions), in_order, "there is nothing to approve");
    assert_eq!(shown["owner"]["id"], plain["owner"]);
    shown["owner"] = plain["owner"].clone();
    assert_eq!(shown, plain, "nothing else changes");
    let listed = bell.get("/v2/bookings?expand=data.actions").await.json();
    assert_eq!(listed["data"][0]["actions"], actions);
    approval(&bell, &calendar, true).await;
    let shown = bell.get(&format!("/v2/bookings/{id}?expand=actions")).await.json();
    assert_eq!(names(&shown["actions"])[..2], ["approve", "decline"]);
    let cancelled = step(&bell, &id, "cancel", json!({})).await;
    assert!(cancelled.json().get("actions").is_none());
    let event = bell.get("/v2/events?limit=1").await.at("/data/0/id");
    let payload = bell.get(&format!("/v2/events/{event}")).await;
    assert!(payload.status == 200 && !payload.text().contains("\"actions\""), "{}", payload.text());
}
