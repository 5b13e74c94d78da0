//! What is null somewhere is filled by a call or a setting, or stays null for a reason: the table of the wire contract (5.4),
//! row by row, as clients and receivers see it.

use super::guest::{calendars, form, reschedule, slot, step};
use crate::bell::{Bell, OPEN};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The column of the table that says who sees a field filled.
const SEEN_BY: &str = "| Field | Filled by | Seen in |";

/// The fields of the table, each with who sees it filled.
fn table() -> BTreeMap<String, String> {
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/wire.md");
    let page = std::fs::read_to_string(page).unwrap();
    let rows =
        page.lines().skip_while(|line| *line != SEEN_BY).skip(2).take_while(|line| line.starts_with('|'));
    let mut table = BTreeMap::new();
    for row in rows {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [_, fields, _, seen, _] = cells[..] else { panic!("three columns: {row}") };
        // Every second piece stands between backticks.
        for field in fields.split('`').skip(1).step_by(2) {
            assert!(table.insert(field.to_owned(), seen.to_owned()).is_none(), "{field} stands twice");
        }
    }
    assert!(!table.is_empty(), "the table is there");
    table
}

/// Fields of `value` by their path, each with whether it holds something. What is an object of its own is left out.
fn fields(noun: &str, value: &Value, into: &mut BTreeSet<(String, bool)>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let path = format!("{noun}.{name}");
                into.insert((path.clone(), !member.is_null()));
                if member.get("object").is_none() {
                    fields(&path, member, into);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| fields(noun, item, into)),
        _ => {}
    }
}

async fn post(bell: &Bell, path: &str, body: Value) -> String {
    let made = bell.post(path, body).await;
    assert!(made.status < 300, "{path}: {}", made.text());
    made.at("/id")
}

async fn schedule(bell: &Bell, calendar: &str, additions: Value) -> String {
    let mut body = form(&slot(bell, calendar).await);
    for (name, value) in additions.as_object().unwrap() {
        body[name] = value.clone();
    }
    post(bell, &format!("/v2/booking-calendars/{calendar}/schedule"), body).await
}

/// Makes the calls that the table names; gives the number of events that they ring.
async fn fill(bell: &Bell) -> usize {
    let (first, second) = calendars(bell).await;
    let visitor = json!({"first_name": "Tomás", "last_name": "Healy", "email": "healy@corrib.example", "salutation": "Dr",
        "status": "Qualified", "job_title": "Operations lead", "company": "Corrib Instruments", "company_size": "11-50",
        "employees": 34, "street_address": "40 Harbor Road", "city": "Galway", "state": "Connacht",
        "post_code": "H91 X2Y3", "country": "Ireland", "phone": "+35391555010", "mobile_phone": "+353851234567",
        "timezone": "Europe/Dublin"});
    let visitor = post(bell, "/v2/contacts", visitor).await;
    let talk = json!({"contact": visitor, "audience": "Returning visitors"});
    let talk = post(bell, "/v2/conversations", talk).await;
    let answer = json!({"question": "Who?", "value": "Tomás", "internal_label": "full_name"});
    post(bell, &format!("/v2/conversations/{talk}/answer"), answer).await;
    let page = bell.get("/v2/booking-pages").await.at("/data/0/id");
    let event_type = bell.get("/v2/event-types").await.at("/data/0/id");
    let master_page = bell.get("/v2/master-pages").await.at("/data/0/id");
    let whole = json!({"conversation": talk, "booking_page": page, "event_type": event_type, "master_page": master_page,
        "booking_form": {"name": "Tomás Healy", "email": "healy@corrib.example", "phone": "+35391555010",
            "mobile_phone": "+353851234567", "note": "Please ring twice.", "company": "Corrib"},
        "payment_information": {"amount_charged": 4_500, "currency": "EUR", "transaction_id": "ch_1"},
        "utm_params": {"source": "newsletter", "utm_medium": "email", "campaign": "spring", "utm_term": "bells",
            "content": "footer"}});
    schedule(bell, &first, whole).await;
    post(bell, &format!("/v2/conversations/{talk}/close"), json!({})).await;
    let canceled = schedule(bell, &first, json!({})).await;
    step(bell, &canceled, "cancel", json!({"cancellation_reason": "Audit"})).await;
    let moved = schedule(bell, &second, json!({})).await;
    reschedule(bell, &moved, &first).await;
    let host = bell.get(&format!("/v2/booking-calendars/{second}")).await.at("/host");
    let hours =
        json!([{"start_time": "09:00", "end_time": "17:00", "locations": [{"type": "in_person_by_guest"}]}]);
    let days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"];
    let weekly = days.map(|day| json!({"day": day, "working_hours": hours}));
    let path = format!("/v2/users/{host}/scheduling-availability");
    let offered = bell.call("PATCH", &path, Some(json!({"weekly": weekly}))).await;
    assert_eq!(offered.status, 200, "{}", offered.text());
    let visit = json!({"type": "in_person_by_guest", "value": "1 Quay Street, Galway"});
    schedule(bell, &second, json!({"made_by": "administrator", "location": visit})).await;
    9
}

#[tokio::test]
async fn whatever_is_null_somewhere_is_filled_elsewhere_or_stays_null_for_a_reason() {
    let bell = Bell::start_on_file(OPEN).await;
    let (inbox, url) = bell.inbox(&[]).await;
    bell.webhook("all", &url, &["booking", "conversation"]).await;
    let count = fill(&bell).await;
    let (mut api, mut events) = (BTreeSet::new(), BTreeSet::new());
    for (noun, path) in [
        ("booking", "/v2/bookings?limit=100"),
        ("contact", "/v2/contacts?limit=100"),
        ("conversation", "/v2/conversations?limit=100"),
    ] {
        fields(noun, &bell.get(path).await.json()["data"], &mut api);
    }
    for request in bell.captured(&inbox, count).await {
        let event: Value = serde_json::from_str(request["body"].as_str().unwrap()).unwrap();
        let data = &event["data"];
        fields(data["object"].as_str().unwrap(), data, &mut events);
        if data["contact"].is_object() {
            fields("contact", &data["contact"], &mut events);
        }
    }
    let table = table();
    let nulls = api.union(&events).filter(|(_, is_filled)| !is_filled).map(|(field, _)| field);
    let missing: Vec<_> = nulls.filter(|field| !table.contains_key(*field)).collect();
    assert!(missing.is_empty(), "null, and not in the table: {missing:?}");
    for (field, seen) in table {
        let filled = (field.clone(), true);
        for (reader, is_filled) in [("API", api.contains(&filled)), ("event", events.contains(&filled))] {
            assert_eq!(is_filled, seen.contains(reader), "{field} in {reader}; the table says: {seen}");
        }
    }
}
