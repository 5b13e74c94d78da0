//! Bookings made on a page of the vendor's classic product (wire contract, 5.1, 5.3 and 10.1).

use super::guest::slot;
use crate::bell::{Bell, CLOSED};
use crate::client::Answer;
use serde_json::{Value, json};

/// A server, the calendar that is booked on, and what a fresh sandbox has of the classic product.
struct World {
    bell: Bell,
    calendar: String,
    page: Value,
    master: Value,
    kind: Value,
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

impl World {
    async fn new() -> Self {
        let bell = Bell::start_on_file(CLOSED).await;
        let first = async |path: &str| bell.get(path).await.json()["data"][0].clone();
        let calendar = text(&first("/v2/booking-calendars").await["id"]).to_owned();
        let (page, master, kind) = (
            first("/v2/booking-pages").await,
            first("/v2/master-pages").await,
            first("/v2/event-types").await,
        );
        Self { bell, calendar, page, master, kind }
    }

    /// The ids of all three, as the call that books takes them.
    fn all(&self) -> Value {
        json!({"booking_page": self.page["id"], "master_page": self.master["id"], "event_type": self.kind["id"]})
    }

    /// Books the first open slot with `more` in the body.
    async fn book(&self, more: &Value) -> Answer {
        let path = format!("/v2/booking-calendars/{}", self.calendar);
        let start = slot(&self.bell, &self.calendar).await;
        let mut body = json!({"start_time": start, "guest_time_zone": "Europe/Dublin",
            "booking_form": {"name": "Tomás Healy", "email": "tomas@corrib.example"}});
        for (field, value) in more.as_object().unwrap() {
            body[field] = value.clone();
        }
        self.bell.post(&format!("{path}/schedule"), body).await
    }

    /// The `data` of the newest event.
    async fn told(&self) -> Value {
        let events = self.bell.get("/v2/events?limit=1").await;
        let event = self.bell.get(&format!("/v2/events/{}", events.at("/data/0/id"))).await;
        serde_json::from_str::<Value>(&event.at("/payload_text")).unwrap()["data"].clone()
    }
}

#[tokio::test]
async fn a_booking_names_what_it_was_made_with_and_is_found_by_it() {
    let world = World::new().await;
    let plain = world.book(&json!({})).await.at("/id");
    let made = world.book(&world.all()).await.at("/id");
    let shown = world.bell.get(&format!("/v2/bookings/{made}")).await.json();
    let told = world.told().await;
    for (field, id) in world.all().as_object().unwrap() {
        assert_eq!((&shown[field], &told[field]), (id, id), "decision 11: ids");
        let found = world.bell.get(&format!("/v2/bookings?{field}={}", text(id))).await.json();
        let found: Vec<&str> = found["data"].as_array().unwrap().iter().map(|one| text(&one["id"])).collect();
        assert_eq!(found, [made.as_str()], "{field}");
        let other = world.bell.get(&format!("/v2/bookings?{field}=BP-1")).await.json();
        assert_eq!(other["data"], json!([]), "{field}");
        let plain = world.bell.get(&format!("/v2/bookings/{plain}")).await.json();
        assert_eq!(plain[field], Value::Null);
    }
    let both = format!("/v2/bookings?booking_page={}&event_type=ET-1", text(&world.page["id"]));
    assert_eq!(world.bell.get(&both).await.json()["data"], json!([]), "all that is asked must hold");
}

#[tokio::test]
async fn it_stays_on_its_page_until_its_end_and_in_the_booking_that_takes_its_place() {
    let world = World::new().await;
    let made = world.book(&world.all()).await.at("/id");
    for (path, _) in [("booking-pages", 0), ("master-pages", 0), ("event-types", 0)] {
        let id = world.bell.get(&format!("/v2/{path}")).await.at("/data/0/id");
        assert_eq!(world.bell.call("DELETE", &format!("/v2/{path}/{id}"), None).await.status, 200);
    }
    let calendars = world.bell.get("/v2/booking-calendars").await.json();
    let other = calendars["data"].as_array().unwrap().iter().find(|one| one["id"] != json!(world.calendar));
    let other = text(&other.unwrap()["id"]).to_owned();
    let body = json!({"start_time": slot(&world.bell, &other).await, "booking_calendar": other});
    let moved = world.bell.post(&format!("/v2/bookings/{made}/reschedule"), body).await;
    assert_eq!(moved.status, 200, "{}", moved.text());
    let bookings = world.bell.get("/v2/bookings").await.json();
    assert_eq!(bookings["data"].as_array().unwrap().len(), 2);
    for (field, id) in world.all().as_object().unwrap() {
        for booking in bookings["data"].as_array().unwrap() {
            assert_eq!(&booking[field], id, "{field}");
        }
        assert_eq!(&world.told().await[field], id, "{field}");
    }
}

#[tokio::test]
async fn the_older_style_has_them_in_full() {
    let world = World::new().await;
    let style = json!({"payload_style": "expanded"});
    assert_eq!(world.bell.call("PATCH", "/v2/account", Some(style)).await.status, 200);
    world.book(&json!({"booking_page": world.page["id"], "event_type": world.kind["id"]})).await;
    let told = world.told().await;
    assert_eq!((&told["booking_page"], &told["event_type"]), (&world.page, &world.kind));
    assert_eq!(told["master_page"], Value::Null);
}

#[tokio::test]
async fn what_is_not_there_or_takes_no_bookings_is_refused() {
    let world = World::new().await;
    let told = |answer: &Answer| (answer.status, answer.at("/message"), answer.at("/param"));
    for (field, noun) in
        [("booking_page", "booking page"), ("master_page", "master page"), ("event_type", "event type")]
    {
        let unknown = world.book(&json!({ field: "XX-1" })).await;
        assert_eq!(told(&unknown), (404, format!("No such {noun}: 'XX-1'"), field.into()));
    }
    for (field, path) in [("booking_page", "booking-pages"), ("master_page", "master-pages")] {
        let id = text(&world.all()[field]).to_owned();
        let path = format!("/v2/{path}/{id}");
        world.bell.call("PATCH", &path, Some(json!({"active": false}))).await;
        let refused = world.book(&world.all()).await;
        assert_eq!(refused.refusal(), (422, field.into(), "page_inactive".into()));
        world.bell.call("PATCH", &path, Some(json!({"active": true}))).await;
    }
    assert_eq!(world.bell.get("/v2/bookings").await.json()["data"], json!([]), "nothing was made");
    assert_eq!(world.book(&world.all()).await.status, 200);
}
