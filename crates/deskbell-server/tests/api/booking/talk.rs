//! A booking made in a conversation: each names the other, wherever they are read (wire contract, 5.1 and 6.1).

use super::guest::{approval, book, calendars, form, read, reschedule, slot, step};
use crate::bell::{Bell, CLOSED, OPEN};
use crate::client::Answer;
use serde_json::{Value, json};

async fn start(bell: &Bell) -> String {
    let started = bell.post("/v2/conversations", json!({})).await;
    assert_eq!(started.status, 201, "{}", started.text());
    started.at("/id")
}

/// Asks for the calendar's first open slot, in a conversation.
async fn ask(bell: &Bell, calendar: &str, talk: Value) -> Answer {
    let mut body = form(&slot(bell, calendar).await);
    body["conversation"] = talk;
    bell.post(&format!("/v2/booking-calendars/{calendar}/schedule"), body).await
}

async fn book_in(bell: &Bell, calendar: &str, talk: &str) -> String {
    let booked = ask(bell, calendar, json!(talk)).await;
    assert_eq!(booked.status, 200, "{}", booked.text());
    booked.at("/id")
}

async fn talk(bell: &Bell, id: &str) -> Value {
    bell.get(&format!("/v2/conversations/{id}")).await.json()
}

/// The `data` of the events that an inbox captured, by type.
fn told(requests: &[Value], kind: &str) -> Vec<Value> {
    let events = requests.iter().map(|request| request["body"].as_str().unwrap());
    let events = events.map(|body| serde_json::from_str::<Value>(body).unwrap());
    events.filter(|event| event["type"] == kind).map(|event| event["data"].clone()).collect()
}

#[tokio::test]
async fn a_booking_and_the_conversation_it_was_made_in_name_each_other() {
    let bell = Bell::start_on_file(OPEN).await;
    let (inbox, url) = bell.inbox(&[]).await;
    bell.webhook("all", &url, &["booking", "conversation"]).await;
    let calendar = calendars(&bell).await.0;
    for style in ["current", "expanded"] {
        let changed = bell.call("PATCH", "/v2/account", Some(json!({"payload_style": style}))).await;
        assert_eq!(changed.status, 200);
        let id = start(&bell).await;
        let (first, second) = (book_in(&bell, &calendar, &id).await, book_in(&bell, &calendar, &id).await);
        let now = talk(&bell, &id).await;
        assert_eq!(now["bookings"], json!([first, second]));
        assert_eq!(read(&bell, &first).await["conversation"], json!(id), "an id for clients");
        assert_eq!(read(&bell, &first).await["contact"], now["contact"], "its visitor is the guest");
        assert_eq!(bell.post(&format!("/v2/conversations/{id}/close"), json!({})).await.status, 200);
        step(&bell, &first, "cancel", json!({})).await;
        let alone = book(&bell, &calendar).await;
        assert_eq!(read(&bell, &alone).await["conversation"], Value::Null);

        let requests = bell.captured(&inbox, if style == "current" { 6 } else { 12 }).await;
        let one = |kind: &str, of: &str| -> Value {
            let found = told(&requests, kind).into_iter().find(|data| data["id"] == json!(of));
            found.unwrap_or_else(|| panic!("no {kind} of {of}"))
        };
        let embedded = one("booking.scheduled", &first)["conversation"].clone();
        assert_eq!(
            (&embedded["object"], &embedded["id"], &embedded["status"], &embedded["bookings"]),
            (&json!("conversation"), &json!(id), &json!("started"), &json!([first])),
            "{style}: as it was then"
        );
        for name in ["contact", "owner", "bot", "website"] {
            assert_eq!(embedded[name], now[name], "{style}: ids inside it");
        }
        let embedded = one("booking.canceled", &first)["conversation"].clone();
        assert_eq!((&embedded["status"], &embedded["bookings"]), (&json!("closed"), &now["bookings"]));
        assert_eq!(one("booking.scheduled", &alone)["conversation"], Value::Null, "{style}");
        assert_eq!(one("conversation.started", &id)["bookings"], json!([]));
        assert_eq!(one("conversation.closed", &id)["bookings"], json!([first, second]), "{style}");
    }
}

#[tokio::test]
async fn a_bookings_conversation_is_expanded_when_asked_for() {
    let bell = Bell::start(CLOSED).await;
    let calendar = calendars(&bell).await.0;
    let (one, two) = (start(&bell).await, start(&bell).await);
    let mut made = Vec::new();
    for id in [&one, &two, &one] {
        made.push(book_in(&bell, &calendar, id).await);
    }
    book(&bell, &calendar).await;
    let found = bell.get(&format!("/v2/bookings/{}?expand=conversation,owner", made[1])).await.json();
    assert_eq!(found["conversation"], talk(&bell, &two).await, "one level");
    assert_eq!(found["owner"]["object"], "user");
    let listed = bell.get("/v2/bookings?expand=data.conversation").await.json();
    let ids: Vec<&Value> =
        listed["data"].as_array().unwrap().iter().map(|booking| &booking["conversation"]["id"]).collect();
    assert_eq!(ids, [&Value::Null, &json!(one), &json!(two), &json!(one)]);
}

#[tokio::test]
async fn only_an_open_conversation_of_the_account_can_be_booked_in() {
    let bell = Bell::start(CLOSED).await;
    let calendar = calendars(&bell).await.0;
    let closed = start(&bell).await;
    assert_eq!(bell.post(&format!("/v2/conversations/{closed}/close"), json!({})).await.status, 200);
    let (_, other) = bell.account("other@bell.example").await;
    let theirs = bell.call_as(&other, "POST", "/v2/conversations", Some(json!({}))).await.at("/id");
    let contacts = bell.get("/v2/contacts?limit=100").await.text();
    let before = talk(&bell, &closed).await;
    for (id, status, code) in [
        (json!(closed), 409, "conversation_state"),
        (json!(theirs), 404, "not_found"),
        (json!("CVR-0000000000"), 404, "not_found"),
        (json!(7), 400, "type_mismatch"),
    ] {
        let refused = ask(&bell, &calendar, id.clone()).await.refusal();
        assert_eq!(refused, (status, "conversation".into(), code.into()), "A-098, A-099: {id}");
    }
    assert_eq!(bell.get("/v2/bookings").await.json()["data"], json!([]), "nothing was booked");
    assert_eq!(bell.get("/v2/contacts?limit=100").await.text(), contacts, "nobody was added");
    assert_eq!(talk(&bell, &closed).await, before);
    assert_eq!(ask(&bell, &calendar, Value::Null).await.status, 200, "null is none");
}

#[tokio::test]
async fn what_takes_a_bookings_place_was_not_made_in_the_conversation() {
    let bell = Bell::start(CLOSED).await;
    let (calendar, elsewhere) = calendars(&bell).await;
    let id = start(&bell).await;
    approval(&bell, &calendar, true).await;
    let asked = book_in(&bell, &calendar, &id).await;
    assert_eq!(read(&bell, &asked).await["status"], "requested");
    assert_eq!(talk(&bell, &id).await["bookings"], json!([asked]), "what is asked for, too");
    step(&bell, &asked, "approve", json!({})).await;
    approval(&bell, &calendar, false).await;
    assert_eq!(reschedule(&bell, &asked, &calendar).await, asked);
    assert_eq!(read(&bell, &asked).await["conversation"], json!(id), "the same booking at another time");
    let next = reschedule(&bell, &asked, &elsewhere).await;
    let next = read(&bell, &next).await;
    assert_eq!((&next["conversation"], &next["rescheduled_booking_id"]), (&Value::Null, &json!(asked)));
    assert_eq!(talk(&bell, &id).await["bookings"], json!([asked]));
}

#[tokio::test]
async fn bookings_made_at_once_in_one_conversation_are_all_in_it() {
    let bell = Bell::start_on_file(CLOSED).await;
    let calendar = calendars(&bell).await.0;
    let id = start(&bell).await;
    let starts: Vec<String> = super::guest::slots(&bell, &calendar).await.into_iter().take(20).collect();
    let path = format!("/v2/booking-calendars/{calendar}/schedule");
    let calls = starts.iter().map(|start| {
        let mut body = form(start);
        body["conversation"] = json!(id);
        bell.post(&path, body)
    });
    let mut made: Vec<String> =
        futures::future::join_all(calls).await.iter().map(|made| made.at("/id")).collect();
    let now = talk(&bell, &id).await;
    let mut in_it: Vec<&str> =
        now["bookings"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    made.sort();
    in_it.sort_unstable();
    assert_eq!(in_it, made, "A-180");
}
