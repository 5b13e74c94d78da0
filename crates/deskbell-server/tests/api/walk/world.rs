//! An account that has at least one of everything, all of it made through the API.

use super::Route;
use crate::bell::{Bell, OPEN};
use crate::booking::guest::slots;
use crate::client::Answer;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(crate) struct World {
    pub(crate) bell: Bell,
    /// A session of its account's owner.
    pub(crate) session: String,
    /// One id of each noun, by the part of the path that stands before it.
    ids: BTreeMap<String, String>,
    /// The start of an open slot.
    slot: String,
}

/// The nouns that have a list of their own.
const NOUNS: [&str; 17] = [
    "webhooks",
    "events",
    "deliveries",
    "attempts",
    "inboxes",
    "users",
    "teams",
    "contacts",
    "booking-calendars",
    "booking-pages",
    "event-types",
    "master-pages",
    "bookings",
    "conversations",
    "bots",
    "websites",
    "shares",
];

impl World {
    pub(crate) async fn new() -> Self {
        let bell = Bell::start_on_file(OPEN).await;
        let relay = bell.post("/v2/inboxes", json!({"relay": true})).await.at("/id");
        let (inbox, url) = bell.inbox(&[]).await;
        bell.webhook("everything", &url, &["booking", "conversation"]).await;
        let calendar = bell.get("/v2/booking-calendars").await.at("/data/0/id");
        let slots = slots(&bell, &calendar).await;
        let body = schedule(&slots[0]);
        let booked = bell.post(&format!("/v2/booking-calendars/{calendar}/schedule"), body).await;
        assert_eq!(booked.status, 200, "{}", booked.text());
        let started = bell.post("/v2/conversations", json!({})).await;
        assert!([200, 201].contains(&started.status), "{}", started.text());
        let captured = bell.captured(&inbox, 2).await;
        bell.until("/v2/deliveries?status=delivered", |answer| answer.json()["data"][1].is_object()).await;
        let request = captured[0]["id"].as_str().unwrap();
        let more = [("relaying inboxes", relay.as_str()), ("relay", request), ("requests", request)];
        let mut ids = BTreeMap::from(more.map(|(noun, id)| (noun.to_owned(), id.to_owned())));
        let delivery = bell.get("/v2/deliveries").await.at("/data/0/id");
        assert_eq!(bell.post("/v2/shares", json!({"delivery": delivery})).await.status, 201);
        for noun in NOUNS {
            ids.insert(noun.to_owned(), bell.get(&format!("/v2/{noun}")).await.at("/data/0/id"));
        }
        let session = bell.session(&bell.account).await;
        ids.insert("keys".into(), bell.call_as(&session, "GET", "/v2/keys", None).await.at("/data/0/id"));
        Self { bell, session, ids, slot: slots[1].clone() }
    }

    /// The ids that a path of the document asks for.
    pub(crate) fn ids(&self, path: &str) -> Vec<String> {
        let parts: Vec<&str> = path.split('/').collect();
        let id =
            |noun: &str| self.ids.get(noun).unwrap_or_else(|| panic!("the world has no {noun}: make one"));
        let relays = parts.contains(&"relay");
        let noun = |part| if relays && part == "inboxes" { "relaying inboxes" } else { part };
        let before = parts.windows(2).filter(|pair| pair[1].starts_with('{'));
        before.map(|pair| id(noun(pair[0])).clone()).collect()
    }

    /// `example` with the world's ids in place of the document's of the same nouns.
    pub(crate) fn known(&self, example: &Value) -> Value {
        match example {
            Value::String(text) => {
                let prefix = |id: &str| id.split_once('-').map(|(prefix, _)| prefix.to_owned());
                let mut ids =
                    self.ids.values().filter(|id| prefix(text).is_some() && prefix(id) == prefix(text));
                json!(ids.next().unwrap_or(text))
            }
            Value::Array(items) => items.iter().map(|item| self.known(item)).collect(),
            Value::Object(members) => {
                let members = members.iter().map(|(name, value)| (name.clone(), self.known(value)));
                Value::Object(members.collect())
            }
            other => other.clone(),
        }
    }

    /// Whether every delivery of the answer has `text` in its payload: a search for it is right to find them.
    pub(super) async fn stands_in_payloads(&self, answer: &Answer, text: &str) -> bool {
        let found = answer.json()["data"].as_array().cloned().unwrap_or_default();
        let mut there = !found.is_empty();
        for delivery in found {
            let event = self.bell.get(&format!("/v2/events/{}", delivery["event"].as_str().unwrap())).await;
            there &= event.at("/payload_text").contains(text);
        }
        there
    }

    /// All that can be listed, as it is now.
    pub(super) async fn snapshot(&self) -> Vec<Value> {
        let mut all = Vec::new();
        for noun in NOUNS {
            all.push(self.bell.get(&format!("/v2/{noun}?limit=100")).await.json());
        }
        all.push(
            self.bell.get(&format!("/v2/inboxes/{}/requests?limit=100", self.ids["inboxes"])).await.json(),
        );
        all
    }
}

fn schedule(start: &str) -> Value {
    json!({"start_time": start, "guest_time_zone": "Europe/Dublin",
        "booking_form": {"name": "Tomás Healy", "email": "tomas@corrib.example"}})
}

/// A body with which the route would do its work, if its id were one of the caller's; `host` is a user of theirs.
pub(super) fn body(route: &Route, world: &World, host: &str) -> Option<Value> {
    let noun = route.path.split('/').nth(2).unwrap_or_default();
    let action = route.path.rsplit('/').find(|part| !part.starts_with('{')).unwrap_or_default();
    match (route.method.as_str(), noun, action) {
        ("GET" | "DELETE", ..) => None,
        ("PATCH", "users", "scheduling-availability") => Some(json!({"weekly": []})),
        ("PATCH", "users", _) => Some(json!({"first_name": "Mallory"})),
        ("PATCH", "sandbox", _) => Some(json!({"seat": true})),
        ("PATCH", "contacts", _) => Some(json!({"city": "Nowhere"})),
        ("PATCH", "inboxes", "requests") => Some(json!({"note": "Mallory"})),
        ("PATCH", ..) => Some(json!({"name": "Mallory"})),
        (_, _, "schedule") => Some(schedule(&world.slot)),
        (_, "bookings", "reassign") => Some(json!({"new_host": host})),
        (_, "bookings", "reschedule") => Some(json!({"start_time": world.slot})),
        (_, "inboxes", "relay") => Some(json!({"status": 200})),
        (_, "conversations", "answer") => Some(json!({"question": "Why?", "value": "Because."})),
        _ => Some(json!({})),
    }
}
