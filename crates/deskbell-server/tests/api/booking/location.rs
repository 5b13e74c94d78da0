//! Where a booking takes place: what the guest asks for of the slot's locations, and what the booking says of it (wire
//! contract, 10.5); and guests who give a phone number in place of an e-mail address.

use super::guest::{calendars, form, other_host, read, slots, step};
use crate::bell::{Bell, CLOSED, OPEN};
use crate::client::Answer;
use serde_json::{Value, json};

/// A host's calendar, with these locations around the clock.
async fn calendar(bell: &Bell, locations: Value) -> String {
    let calendar = calendars(bell).await.0;
    let host = bell.get(&format!("/v2/booking-calendars/{calendar}")).await.at("/host");
    let hours = json!([{"start_time": "00:00", "end_time": "23:45", "locations": locations}]);
    let days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    let weekly = days.map(|day| json!({"day": day, "working_hours": hours}));
    let changed = bell
        .call("PATCH", &format!("/v2/users/{host}/scheduling-availability"), Some(json!({"weekly": weekly})))
        .await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    calendar
}

/// So many open slots are left out: the first one may begin before it is booked.
const AHEAD: usize = 4;

/// Books an open slot at `location`.
async fn ask(bell: &Bell, calendar: &str, location: Value) -> Answer {
    let mut body = form(&slots(bell, calendar).await[AHEAD]);
    body["location"] = location;
    bell.post(&format!("/v2/booking-calendars/{calendar}/schedule"), body).await
}

/// What the booking says of its location: the link without the booking's id, and the description.
async fn location(bell: &Bell, booked: &Answer) -> [Value; 2] {
    assert_eq!(booked.status, 200, "{}", booked.text());
    let id = booked.at("/id");
    let booking = read(bell, &id).await;
    let link = booking["virtual_conferencing"]["join_url"].as_str().map(|link| link.replace(&id, "ID"));
    [json!(link), booking["location_description"].clone()]
}

#[tokio::test]
async fn a_guest_chooses_among_the_slots_locations() {
    let bell = Bell::start(CLOSED).await;
    let offered = json!([{"type": "phone_by_guest"}, {"type": "in_person_by_guest"}, {"type": "in_person_by_host", "id": "ADD-7QX2K4M0TR"},
        {"type": "online_dynamic_link", "value": "zoom"}]);
    let calendar = calendar(&bell, offered).await;
    let zoom = json!("https://meet.deskbell.test/zoom/ID");
    for (asked, expected) in [
        (Value::Null, [zoom.clone(), Value::Null]),
        (json!({"type": "virtual", "value": "zoom"}), [zoom, Value::Null]),
        (
            json!({"type": "physical", "value": "ADD-7QX2K4M0TR"}),
            [Value::Null, json!("40 Harbour Road, Galway")],
        ),
        (
            json!({"type": "in_person_by_guest", "value": "1 Quay Street, Galway"}),
            [Value::Null, json!("1 Quay Street, Galway")],
        ),
        (json!({"type": "guest_phone", "value": "+353851234567"}), [Value::Null, json!("+353851234567")]),
    ] {
        assert_eq!(location(&bell, &ask(&bell, &calendar, asked.clone()).await).await, expected, "{asked}");
    }
    let phone = bell.get("/v2/bookings?limit=1").await;
    assert_eq!(phone.at("/data/0/form_submission/phone"), "+353851234567", "the guest's number");
    let refused = |message: &str, param: &str| {
        (400, "invalid_request_error".into(), message.into(), Some(param.into()))
    };
    for asked in [
        json!({"type": "virtual", "value": "webex"}),
        json!({"type": "virtual_static", "value": null}),
        json!({"type": "physical", "value": "ADD-0"}),
    ] {
        let told = ask(&bell, &calendar, asked.clone()).await.told();
        assert_eq!(told, refused("The selected location is not available.", "location"), "{asked}");
    }
    for (asked, message, param) in [
        (json!({"type": "guest_phone"}), "Required fields are missing.", "location.value"),
        (
            json!({"type": "in_person_by_guest", "value": " "}),
            "Required fields are missing.",
            "location.value",
        ),
        (json!({"type": "guest_phone", "value": "+3538"}), "Invalid phone format: '+3538'", "location.value"),
        (json!({"type": "moon"}), "Invalid string: moon", "location.type"),
        (json!({"value": "zoom"}), "Required fields are missing.", "location.type"),
    ] {
        assert_eq!(ask(&bell, &calendar, asked.clone()).await.told(), refused(message, param), "{asked}");
    }
}

#[tokio::test]
async fn a_link_of_the_hosts_own_is_shown_to_who_booked_and_to_nobody_before() {
    let bell = Bell::start(CLOSED).await;
    let calendar =
        calendar(&bell, json!([{"type": "online_static_link", "value": "https://host.example/room"}])).await;
    let slots = bell.get(&format!("/v2/booking-calendars/{calendar}/time-slots")).await;
    assert_eq!(slots.json()[0]["locations"], json!([{"type": "virtual_static", "value": null, "id": null}]));
    let expected = [json!("https://host.example/room"), Value::Null];
    for asked in [Value::Null, json!({"type": "virtual_static", "value": null})] {
        assert_eq!(location(&bell, &ask(&bell, &calendar, asked).await).await, expected);
    }
}

#[tokio::test]
async fn what_only_the_guest_knows_is_asked_for_and_stays_with_a_new_host() {
    let bell = Bell::start_on_file(CLOSED).await;
    let calendar = calendar(&bell, json!([{"type": "phone_by_guest"}])).await;
    let told = ask(&bell, &calendar, Value::Null).await.told();
    assert_eq!(
        told,
        (400, "invalid_request_error".into(), "Required fields are missing.".into(), Some("location".into()))
    );
    let booked = ask(&bell, &calendar, json!({"type": "guest_phone", "value": "+353851234567"})).await;
    let by_phone = [Value::Null, json!("+353851234567")];
    assert_eq!(location(&bell, &booked).await, by_phone);
    let id = booked.at("/id");
    let host = other_host(&bell, &id).await;
    step(&bell, &id, "reassign", json!({"new_host": host})).await;
    assert_eq!(location(&bell, &booked).await, by_phone);
    let moved = json!({"start_time": slots(&bell, &calendar).await[AHEAD], "booking_calendar": calendar});
    let first = ask(&bell, &calendar, json!({"type": "guest_phone", "value": "+353851234567"})).await;
    step(&bell, &first.at("/id"), "request-reschedule", json!({})).await;
    let again = step(&bell, &first.at("/id"), "reschedule", moved).await;
    assert_eq!(location(&bell, &again).await, by_phone, "the guest said it for the booking before");
}

#[tokio::test]
async fn a_guest_with_a_phone_number_needs_no_e_mail_address() {
    let bell = Bell::start_on_file(OPEN).await;
    let (inbox, url) = bell.inbox(&[]).await;
    bell.webhook("rings", &url, &["booking"]).await;
    let calendar = calendars(&bell).await.0;
    let book = async |form: Value| {
        let start = slots(&bell, &calendar).await.remove(AHEAD);
        let body = json!({"start_time": start, "guest_time_zone": "Europe/Dublin", "booking_form": form});
        let booked = bell.post(&format!("/v2/booking-calendars/{calendar}/schedule"), body).await;
        assert_eq!(booked.status, 200, "{}", booked.text());
        read(&bell, &booked.at("/id")).await
    };
    let contacts =
        async || bell.get("/v2/contacts?limit=100").await.json()["data"].as_array().unwrap().clone();
    let before = contacts().await.len();
    let called =
        book(json!({"name": "Tomás Healy", "phone": "+353 85 123-4567", "Team size": "11-50"})).await;
    assert_eq!(
        (&called["form_submission"]["email"], &called["attendees"].as_array().unwrap().len()),
        (&Value::Null, &1)
    );
    assert_eq!(called["form_submission"]["phone"], "+353 85 123-4567", "as typed");
    assert_eq!(called["form_submission"]["custom_fields"], json!([{"name": "Team size", "value": "11-50"}]));
    let contact = bell.get(&format!("/v2/contacts/{}", called["contact"].as_str().unwrap())).await;
    assert_eq!((contact.at("/mobile_phone"), contact.at("/email")), ("+353851234567".into(), "null".into()));
    let again = book(json!({"name": "T", "mobile_phone": "+353851234567"})).await;
    assert_eq!(again["contact"], called["contact"], "found by the number");
    let by_both = book(json!({"name": "T", "email": "tomas@corrib.example", "phone": "+353851234567"})).await;
    assert_eq!(by_both["contact"], called["contact"], "the address is new, the number is known");
    let noor =
        book(json!({"name": "N", "email": "NOOR.haddad@guest.example", "phone": "+353851234567"})).await;
    assert_ne!(noor["contact"], called["contact"], "the address goes before the number");
    let plain = book(json!({"name": "N", "email": "n@corrib.example", "phone": null})).await;
    assert_eq!(plain["form_submission"]["phone"], Value::Null);
    assert_eq!(contacts().await.len(), before + 2);
    let events = bell.captured(&inbox, 5).await;
    let is_of = |request: &&Value| request["body"].as_str().unwrap().contains(called["id"].as_str().unwrap());
    let told: Value =
        serde_json::from_str(events.iter().find(is_of).unwrap()["body"].as_str().unwrap()).unwrap();
    assert_eq!(told["data"]["form_submission"]["email"], Value::Null);
    assert_eq!(told["data"]["attendees"], called["attendees"]);
}
