//! One-time links: made for a calendar or a master page, used once, refused the second time (wire contract, 10.6).

use crate::bell::{Bell, CLOSED};
use crate::booking::guest::slots;
use crate::client::Answer;
use futures::future::join_all;
use serde_json::{Value, json};

fn told(answer: &Answer) -> (u16, String, String) {
    (answer.status, answer.at("/message"), answer.at("/param"))
}

struct World {
    bell: Bell,
    /// The path of the calendar that is booked on.
    calendar: String,
    /// Those of the first master page.
    page: String,
}

impl World {
    async fn new() -> Self {
        let bell = Bell::start_on_file(CLOSED).await;
        let calendar =
            format!("/v2/booking-calendars/{}", bell.get("/v2/booking-calendars").await.at("/data/0/id"));
        let page = format!("/v2/master-pages/{}", bell.get("/v2/master-pages").await.at("/data/0/id"));
        Self { bell, calendar, page }
    }

    async fn link(&self, of: &str, body: Value) -> Answer {
        let made = self.bell.post(&format!("{of}/one-time-links"), body).await;
        assert_eq!(made.status, 200, "{}", made.text());
        made
    }

    /// The bodies that book the first `count` open slots with the link.
    async fn bodies(&self, link: &str, count: usize) -> Vec<Value> {
        let id = self.calendar.rsplit('/').next().unwrap();
        let body = |start: String| {
            json!({"start_time": start, "guest_time_zone": "Europe/Dublin", "one_time_link": link,
                "booking_form": {"name": "Tomás Healy", "email": "tomas@corrib.example"}})
        };
        slots(&self.bell, id).await.into_iter().take(count).map(body).collect()
    }

    async fn book(&self, body: Value) -> Answer {
        self.bell.post(&format!("{}/schedule", self.calendar), body).await
    }

    /// Books the first open slot with the link.
    async fn book_with(&self, link: &str) -> Answer {
        self.book(self.bodies(link, 1).await.remove(0)).await
    }

    /// What a browser is told at the link's address.
    async fn page_of(&self, link: &Answer) -> Answer {
        let url: url::Url = link.at("/url").parse().unwrap();
        let path = &url[url::Position::BeforePath..];
        self.bell.send("GET", path, &[("Accept", "text/html")], None).await
    }
}

#[tokio::test]
async fn a_link_is_used_once_and_its_page_says_so() {
    let world = World::new().await;
    let link = world.link(&world.calendar, json!({})).await;
    let id = link.at("/id");
    assert!(
        id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()),
        "{id}"
    );
    let body = link.json();
    let keys: Vec<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["creation_time", "id", "url"], "three fields, as the vendor has them");
    assert_eq!(link.at("/url"), format!("{}/.{id}", world.bell.origin()));
    let open = world.page_of(&link).await;
    assert!(open.status == 200 && open.text().contains("This link is open"), "{}", open.text());
    let booked = world.book_with(&id).await;
    assert_eq!(booked.status, 200, "{}", booked.text());
    let refused = world.book_with(&id).await;
    let spent = (409, "The one-time link was used already.".to_owned(), "one_time_link".to_owned());
    assert_eq!(told(&refused), spent);
    let gone = world.page_of(&link).await;
    assert!(gone.status == 410 && gone.text().contains("This link was used"), "{}", gone.text());
    // The guest may still call that booking off; the link stays used.
    let path = format!("/v2/bookings/{}/cancel", booked.at("/id"));
    assert_eq!(world.bell.post(&path, json!({})).await.status, 200);
    assert_eq!(told(&world.book_with(&id).await), spent);
}

#[tokio::test]
async fn of_many_who_book_with_one_link_at_once_one_does() {
    let world = World::new().await;
    let id = world.link(&world.calendar, json!({})).await.at("/id");
    let bodies = world.bodies(&id, 6).await;
    let answers = join_all(bodies.into_iter().map(|body| world.book(body))).await;
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 409].contains(status)), "{statuses:?}");
    assert_eq!(world.bell.get("/v2/bookings").await.json()["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_campaign_of_a_link_ends_up_on_the_booking() {
    let world = World::new().await;
    let made_for =
        json!({"hide_url_params": false, "utm_params": {"source": "newsletter", "utm_term": "bells"}});
    let campaign = |source: Value, term: Value| json!({"source": source, "medium": null, "campaign": null, "term": term, "content": null});
    let given = json!({"source": "phone"});
    for (given, expected) in [
        (Value::Null, campaign(json!("newsletter"), json!("bells"))),
        (given, campaign(json!("phone"), Value::Null)),
    ] {
        let link = world.link(&world.calendar, made_for.clone()).await;
        assert!(link.at("/url").ends_with("?utm_source=newsletter&utm_term=bells"), "{}", link.text());
        let mut body = world.bodies(&link.at("/id"), 1).await.remove(0);
        body["utm_params"] = given;
        let booked = world.book(body).await;
        assert_eq!(booked.status, 200, "{}", booked.text());
        let shown = world.bell.get(&format!("/v2/bookings/{}", booked.at("/id"))).await.json();
        assert_eq!(shown["utm_params"], expected);
    }
}

#[tokio::test]
async fn a_booking_that_is_refused_leaves_the_link_open() {
    let world = World::new().await;
    let id = world.link(&world.calendar, json!({})).await.at("/id");
    let mut body = world.bodies(&id, 1).await.remove(0);
    body["start_time"] = json!("2020-01-01T00:00:00Z");
    assert_eq!(world.book(body).await.refusal(), (400, "start_time".into(), "slot_taken".into()));
    assert_eq!(world.book_with(&id).await.status, 200);
}

#[tokio::test]
async fn what_it_brings_along_is_on_the_booking() {
    let world = World::new().await;
    let before = world.bell.get(&world.calendar).await.json()["duration_minutes"].clone();
    let given = json!({"booking_form": {"name": "Noor", "phone": "+353851234567", "note": "From the link", "plan": ["a", "b"]},
        "booking_settings": {"duration_minutes": before, "host": "nobody@corrib.example", "skip": ["contact_info"]}});
    let id = world.link(&world.calendar, given).await.at("/id");
    let mut body = world.bodies(&id, 1).await.remove(0);
    world.bell.call("PATCH", &world.calendar, Some(json!({"duration_minutes": 45}))).await;
    body["booking_form"]["note"] = json!("From the guest");
    let booked = world.book(body).await;
    assert_eq!(booked.status, 200, "{}", booked.text());
    let booking = world.bell.get(&format!("/v2/bookings/{}", booked.at("/id"))).await.json();
    let form = &booking["form_submission"];
    assert_eq!((&form["name"], &form["phone"]), (&json!("Tomás Healy"), &json!("+353851234567")));
    assert_eq!(form["note"], "From the guest", "what the guest says counts");
    assert_eq!(form["custom_fields"], json!([{"name": "plan", "value": ["a", "b"]}]));
    assert_eq!(booking["duration_minutes"], before, "fixed when the link was made");
}

#[tokio::test]
async fn a_master_pages_link_makes_a_booking_of_that_page() {
    let world = World::new().await;
    let page = world.bell.get(&world.page).await.at("/id");
    let id = world.link(&world.page, json!({})).await.at("/id");
    let other = world.bell.post("/v2/master-pages", json!({"name": "Another"})).await.at("/id");
    let mut body = world.bodies(&id, 1).await.remove(0);
    body["master_page"] = json!(other);
    let refused = world.book(body).await;
    assert_eq!(refused.refusal(), (409, "one_time_link".into(), "link_elsewhere".into()));
    let booked = world.book_with(&id).await;
    assert_eq!(booked.status, 200, "{}", booked.text());
    assert_eq!(world.bell.get(&format!("/v2/bookings/{}", booked.at("/id"))).await.at("/master_page"), page);
}

#[tokio::test]
async fn a_link_that_hides_nothing_shows_it_in_its_address() {
    let world = World::new().await;
    let given = json!({"hide_url_params": false, "booking_form": {"name": "Noor Haddad", "phone": "+353 85", "crm": "L 1"},
        "booking_settings": {"co_hosts": "a@b.example,c@d.example", "skip": ["questions"]}});
    let link = world.link(&world.calendar, given.clone()).await;
    let url: url::Url = link.at("/url").parse().unwrap();
    let pairs: Vec<(String, String)> =
        url.query_pairs().map(|(name, value)| (name.into(), value.into())).collect();
    let expected = [
        ("name", "Noor Haddad"),
        ("mobile_phone", "+353 85"),
        ("co_hosts", "a@b.example,c@d.example"),
        ("skip", "1"),
        ("crm", "L 1"),
    ];
    assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert_eq!(world.page_of(&link).await.status, 200);
    for hidden in [json!(true), json!(null)] {
        let mut given = given.clone();
        given["hide_url_params"] = hidden;
        assert!(!world.link(&world.calendar, given).await.at("/url").contains('?'));
    }
}

#[tokio::test]
async fn the_vendors_refusals_are_ours() {
    let world = World::new().await;
    let post = async |path: &str, body: Value| told(&world.bell.post(path, body).await);
    let id = |path: &str| path.rsplit('/').next().unwrap().to_owned();
    let unknown = "/v2/booking-calendars/123/one-time-links";
    assert_eq!(
        post(unknown, json!({})).await,
        (404, "No such booking calendar: '123'".into(), "id".into()),
        "E11"
    );
    let unknown = "/v2/master-pages/123/one-time-links";
    assert_eq!(
        post(unknown, json!({})).await,
        (404, "No such master page: '123'".into(), "id".into()),
        "E14"
    );
    world.bell.call("DELETE", &world.page, None).await;
    let deleted = format!("This master page is deleted: '{}'", id(&world.page));
    assert_eq!(
        post(&format!("{}/one-time-links", world.page), json!({})).await,
        (400, deleted, "id".into()),
        "E38"
    );
    let links = format!("{}/one-time-links", world.calendar);
    for (field, value, message) in [
        ("host", json!(7), "Invalid string: 7"),
        ("co_hosts", json!(["a"]), "Invalid string: [\"a\"]"),
        ("duration_minutes", json!("30"), "Invalid string: 30"),
        ("duration_minutes", json!(30.5), "Invalid string: 30.5"),
        ("skip", json!("questions"), "Invalid string: questions"),
        ("skip", json!(["everything"]), "Invalid string: everything"),
    ] {
        let body = json!({"booking_settings": {field: value}});
        assert_eq!(post(&links, body).await, (400, message.into(), format!("booking_settings.{field}")));
    }
    let long = world.bell.post(&links, json!({"booking_form": {"crm": "x".repeat(16 << 10)}})).await;
    assert_eq!(
        long.refusal(),
        (400, "booking_form".into(), "text_too_long".into()),
        "what is kept is bounded"
    );
    world.bell.call("PATCH", &world.calendar, Some(json!({"published": false}))).await;
    let closed =
        format!("This booking calendar does not allow creation of one time links: '{}'", id(&world.calendar));
    assert_eq!(post(&links, json!({})).await, (400, closed, "id".into()), "E37");
}

#[tokio::test]
async fn a_link_of_somebody_else_or_of_another_calendar_books_nothing() {
    let world = World::new().await;
    let calendars = world.bell.get("/v2/booking-calendars").await.json();
    let other = format!("/v2/booking-calendars/{}", calendars["data"][1]["id"].as_str().unwrap());
    let elsewhere = world.link(&other, json!({})).await;
    let refused = world.book_with(&elsewhere.at("/id")).await;
    assert_eq!(refused.refusal(), (409, "one_time_link".into(), "link_elsewhere".into()));
    let (_, stranger) = world.bell.account("other@bell.example").await;
    let page = world.bell.call_as(&stranger, "GET", "/v2/master-pages", None).await.at("/data/0/id");
    let path = format!("/v2/master-pages/{page}/one-time-links");
    let theirs = world.bell.call_as(&stranger, "POST", &path, Some(json!({}))).await.at("/id");
    for id in [theirs.as_str(), "000000000000"] {
        let unknown = (404, format!("No such one-time link: '{id}'"), "one_time_link".to_owned());
        assert_eq!(told(&world.book_with(id).await), unknown, "A-099");
    }
    let nowhere = world.bell.send("GET", "/.000000000000", &[("Accept", "text/html")], None).await;
    assert_eq!(nowhere.status, 404);
}
