//! Importing an event of another system: what it speaks of is there under its own ids, nothing rings, and what happens to it
//! later looks as that system's events do.

mod diff;
mod refused;

use crate::bell::{Bell, CLOSED, OPEN};
use crate::booking::guest::slot;
use crate::client::Answer;
use deskbell_core::store::Page;
use serde_json::{Value, json};

const IMPORT: &str = "/v2/sandbox/import";

/// Events as receivers get them: their members have an order.
const SCHEDULED: &str = include_str!("import/scheduled.json");
const EMPTY_TEXTS: &str = include_str!("import/empty_texts.json");
const TALK: &str = include_str!("import/talk.json");

fn value(event: &str) -> Value {
    serde_json::from_str(event).unwrap()
}

fn scheduled() -> Value {
    value(SCHEDULED)
}

fn empty_texts() -> Value {
    value(EMPTY_TEXTS)
}

fn talk() -> Value {
    value(TALK)
}

async fn import(bell: &Bell, event: Value) -> Answer {
    import_text(bell, &event.to_string()).await
}

async fn import_text(bell: &Bell, event: &str) -> Answer {
    let imported = bell.send("POST", IMPORT, &[("API-Key", &bell.key)], Some(event.to_owned())).await;
    assert_eq!(imported.status, 200, "{}", imported.text());
    imported
}

/// A step of the booking's, in a millisecond of its own: times tell it from the one before.
async fn step(bell: &Bell, id: &str, step: &str, body: Value) {
    let answer = bell.post(&format!("/v2/bookings/{id}/{step}"), body).await;
    assert_eq!(answer.status, 200, "{step}: {}", answer.text());
    let made = crate::bell::now().as_millisecond();
    while crate::bell::now().as_millisecond() <= made {
        tokio::task::yield_now().await;
    }
}

/// The data of all events, the oldest first, as it was sent.
async fn rung(bell: &Bell) -> Vec<String> {
    let page = Page { limit: 100, cursor: None };
    let events = bell.store.events(&bell.account, &Default::default(), &page).await.unwrap().items;
    let data = |body: &[u8]| {
        let body = std::str::from_utf8(body).unwrap();
        body[body.find("\"data\":").unwrap() + "\"data\":".len()..body.len() - 1].to_owned()
    };
    events.iter().rev().map(|event| data(&event.body)).collect()
}

/// The members that differ, by their names, in the order of the first; all others must be the same.
fn changed(before: &str, after: &str) -> Vec<String> {
    let read = |text: &str| serde_json::from_str::<deskbell_wire::json::Object>(text).unwrap();
    let (before, after) = (read(before), read(after));
    let names = |object: &deskbell_wire::json::Object| {
        object.iter().map(|(name, _)| name.to_owned()).collect::<Vec<_>>()
    };
    let shared: Vec<String> = names(&after).into_iter().filter(|name| before.get(name).is_some()).collect();
    assert_eq!(shared, names(&before), "every member stays, in its place");
    let differs = |name: &String| {
        before.get(name).map(serde_json::value::RawValue::get)
            != after.get(name).map(serde_json::value::RawValue::get)
    };
    names(&after).into_iter().filter(differs).collect()
}

/// The data of an event of these tests, as a receiver gets it.
fn data(event: &str) -> String {
    let event: deskbell_wire::json::Object = serde_json::from_str(event).unwrap();
    deskbell_wire::json::minify(event.get("data").unwrap()).get().to_owned()
}

#[tokio::test]
async fn what_an_event_speaks_of_is_there_and_nothing_rings() {
    let bell = Bell::start_on_file(CLOSED).await;
    let imported = import(&bell, scheduled()).await.json();
    let contact = imported["data"][0]["contact"].as_str().unwrap();
    assert_eq!(
        imported,
        json!({"object": "list", "data": [{"object": "import", "id": "EVNT-3HZ7KQ51VD", "type": "booking.scheduled",
            "outcome": "created", "booking": "BKNG-Q8T2ZC4M6RVA", "conversation": null, "user": "USR-4KD92MXQ7",
            "booking_calendar": "BKC-LM42X90PTR", "contact": contact}]})
    );
    let booking = bell.get("/v2/bookings/BKNG-Q8T2ZC4M6RVA").await;
    assert_eq!((booking.at("/status"), booking.at("/owner")), ("scheduled".into(), "USR-4KD92MXQ7".into()));
    assert_eq!(booking.at("/attendees/0"), "priya.raman@northwind.example");
    let outside = ["type", "event_id"].map(|name| booking.at(&format!("/external_calendar/{name}")));
    assert_eq!(outside, ["google", "6h2k9qv1m0s7f4t8"], "the host's own calendar, as it was there");
    let user = bell.get("/v2/users/USR-4KD92MXQ7").await;
    assert_eq!(user.at("/email"), "priya.raman@northwind.example");
    let calendar = bell.get("/v2/booking-calendars/BKC-LM42X90PTR").await;
    assert_eq!(
        (calendar.at("/host"), calendar.at("/duration_minutes")),
        ("USR-4KD92MXQ7".into(), "45".into())
    );
    let guest = bell.get(&format!("/v2/contacts/{contact}")).await;
    assert_eq!(
        (guest.at("/email"), guest.at("/first_name")),
        ("tomas.healy@corrib.example".into(), "Tomas".into())
    );
    assert!(rung(&bell).await.is_empty());
    // It was over long ago, but time did that elsewhere: no sweep completes it now.
    let ended = bell.store.ended_bookings(crate::bell::now(), 10).await.unwrap();
    assert!(ended.bookings.is_empty() && ended.next.is_none(), "{ended:?}");
}

#[tokio::test]
async fn a_later_event_differs_from_what_came_only_where_it_must() {
    let bell = Bell::start(CLOSED).await;
    import_text(&bell, SCHEDULED).await;
    let start = slot(&bell, "BKC-LM42X90PTR").await;
    let id = "BKNG-Q8T2ZC4M6RVA";
    step(&bell, id, "reschedule", json!({"start_time": start})).await;
    step(&bell, id, "cancel", json!({"cancellation_reason": "Conflict with an audit"})).await;
    let rung = rung(&bell).await;
    let came = data(SCHEDULED);
    assert_eq!(
        changed(&came, &rung[0]),
        ["status", "starting_time", "last_updated_time", "cancel_reschedule_information"]
    );
    assert_eq!(changed(&rung[0], &rung[1]), ["status", "last_updated_time", "cancel_reschedule_information"]);
    let last: Value = serde_json::from_str(&rung[1]).unwrap();
    assert_eq!(
        last["cancel_reschedule_information"],
        json!({"reason": "Conflict with an audit", "actioned_by": "user", "user_id": "USR-4KD92MXQ7"})
    );
}

#[tokio::test]
async fn an_event_with_objects_and_empty_texts_keeps_its_form() {
    let bell = Bell::start(CLOSED).await;
    let imported = import_text(&bell, EMPTY_TEXTS).await;
    let (id, calendar) = (imported.at("/data/0/booking"), imported.at("/data/0/booking_calendar"));
    let again = import_text(&bell, EMPTY_TEXTS).await;
    assert_eq!(again.at("/data/0/booking_calendar"), calendar, "the page's calendar stands in once");
    let start = slot(&bell, &calendar).await;
    step(&bell, &id, "reschedule", json!({"start_time": start})).await;
    let other = bell.get("/v2/users").await.json();
    let other = other["data"].as_array().unwrap().iter().find(|user| user["id"] != "USR-90BQCX2LRA").unwrap();
    step(&bell, &id, "reassign", json!({"new_host": other["id"]})).await;
    let rung = rung(&bell).await;
    let came = data(EMPTY_TEXTS);
    assert_eq!(
        changed(&came, &rung[0]),
        ["starting_time", "last_updated_time", "cancel_reschedule_information"],
        "members that it did not have stay away"
    );
    let reassigned: Value = serde_json::from_str(&rung[1]).unwrap();
    assert_eq!(
        (&reassigned["owner"]["object"], &reassigned["owner"]["id"]),
        (&json!("user"), &other["id"]),
        "an owner that came as an object stays one"
    );
    assert_eq!(reassigned["form_submission"]["phone"], "", "what was empty stays so");
}

#[tokio::test]
async fn a_conversation_goes_on_as_it_came() {
    let bell = Bell::start(CLOSED).await;
    let imported = import_text(&bell, TALK).await;
    assert_eq!(imported.at("/data/0/conversation"), "CVR-5B0E77C1D4");
    assert_eq!(bell.get("/v2/conversations/CVR-5B0E77C1D4").await.at("/audience"), "AUD-4471KQ2ZX");
    let silent = bell.store.silent_conversations(crate::bell::now(), 10).await.unwrap();
    assert_eq!(silent.len(), 1, "silent since it was imported");
    let at_import = silent[0].imported.as_ref().unwrap().at;
    assert!(bell.store.silent_conversations(at_import, 10).await.unwrap().is_empty(), "and not before");
    let closed = bell.post("/v2/conversations/CVR-5B0E77C1D4/close", json!({})).await;
    assert_eq!(closed.status, 200, "{}", closed.text());
    let rung = rung(&bell).await;
    let came = data(TALK);
    assert_eq!(changed(&came, &rung[0]), ["last_updated_time", "contact", "status"]);
    let closed: Value = serde_json::from_str(&rung[0]).unwrap();
    assert_eq!(closed["contact"]["lead_score"], 7, "within an object, too, what is not ours stays");
    assert!(closed["contact"].get("city").is_none(), "and what was not there stays away");
}

#[tokio::test]
async fn a_booking_made_in_a_conversation_brings_it_along() {
    let bell = Bell::start(CLOSED).await;
    let mut event = scheduled();
    let mut conversation = talk()["data"].clone();
    for (name, id) in [("contact", "CTC-7W3PLX90DK"), ("owner", "USR-4KD92MXQ7"), ("bot", "BOT-19AF03C77E")] {
        conversation[name] = json!(id);
    }
    conversation["website"] = Value::Null;
    conversation["status"] = json!("closed");
    conversation["bookings"] = json!(["BKNG-Q8T2ZC4M6RVA"]);
    event["data"]["conversation"] = conversation.clone();
    let imported = import(&bell, event.clone()).await;
    assert_eq!(imported.at("/data/0/contact"), "CTC-7W3PLX90DK", "the conversation tells who the guest is");
    assert_eq!(bell.get("/v2/contacts/CTC-7W3PLX90DK").await.at("/email"), "tomas.healy@corrib.example");
    assert_eq!(bell.get("/v2/conversations/CVR-5B0E77C1D4").await.at("/status"), "closed");
    step(&bell, "BKNG-Q8T2ZC4M6RVA", "cancel", json!({})).await;
    let rung: Value = serde_json::from_str(&rung(&bell).await[0]).unwrap();
    assert_eq!(rung["conversation"], conversation, "as it came, its audience too");
}

#[tokio::test]
async fn imported_again_the_newest_wins_and_nothing_is_doubled() {
    let bell = Bell::start_on_file(CLOSED).await;
    let count = async |path: &str| bell.get(path).await.json()["data"].as_array().unwrap().len();
    let lists = ["/v2/users", "/v2/contacts", "/v2/booking-calendars", "/v2/bookings"];
    let outcome = async |event: Value| import(&bell, event).await.at("/data/0/outcome");
    assert_eq!(outcome(scheduled()).await, "created");
    let mut before = Vec::new();
    for list in lists {
        before.push(count(list).await);
    }
    assert_eq!(outcome(scheduled()).await, "updated");
    let mut newer = scheduled();
    newer["data"]["subject"] = json!("Another demo");
    newer["data"]["last_updated_time"] = json!("2026-05-06T14:00:00Z");
    assert_eq!(outcome(newer).await, "updated");
    assert_eq!(outcome(scheduled()).await, "kept", "an older one");
    assert_eq!(bell.get("/v2/bookings/BKNG-Q8T2ZC4M6RVA").await.at("/subject"), "Another demo");
    for (list, before) in lists.into_iter().zip(before) {
        assert_eq!(count(list).await, before, "{list}");
    }
    step(&bell, "BKNG-Q8T2ZC4M6RVA", "cancel", json!({})).await;
    assert_eq!(outcome(scheduled()).await, "kept", "what the sandbox did is newer");
}

#[tokio::test]
async fn a_guest_who_is_known_by_address_is_no_second_contact() {
    let bell = Bell::start(OPEN).await;
    let guest = json!({"first_name": "Tomás", "last_name": "Healy", "email": "Tomas.Healy@corrib.example"});
    let known = bell.post("/v2/contacts", guest).await.at("/id");
    assert_eq!(import(&bell, scheduled()).await.at("/data/0/contact"), known);
}

#[tokio::test]
async fn of_many_imports_at_once_one_address_is_one_users_and_a_second_owner_is_none() {
    let bell = Bell::start_on_file(OPEN).await;
    let owner = |number: usize| {
        let (first, last) = ("Ada", "Byrne");
        json!({"object": "user", "id": format!("USR-RACE{number:06}"), "email": "ada@race.example", "first_name": first,
               "last_name": last, "role_name": "Account Owner"})
    };
    let imports = (0..10).map(|number| {
        let mut event = scheduled();
        event["id"] = json!(format!("EVNT-RACE{number:06}"));
        event["data"]["id"] = json!(format!("BKNG-RACE{number:08}"));
        event["data"]["starting_time"] = json!(format!("2041-01-{:02}T10:00:00.000Z", number + 10));
        event["data"]["owner"] = owner(number);
        async { bell.post(IMPORT, event).await }
    });
    for answer in futures::future::join_all(imports).await {
        assert!(matches!(answer.status, 200 | 409), "{}", answer.text());
    }
    let users = bell.get("/v2/users?email=ada@race.example").await.json();
    let users = users["data"].as_array().unwrap();
    assert_eq!(users.len(), 1, "{users:?}");
    assert_eq!(users[0]["role_name"], "Administrator", "an owner is changed and deleted by nobody");
}
