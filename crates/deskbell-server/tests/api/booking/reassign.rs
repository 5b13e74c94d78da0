//! A booking gets another host: who can take it over, and where it then takes place (wire contract, 9.1 and 10.5).

use super::guest::{book, calendars, other_host, read, step};
use crate::bell::{Bell, CLOSED};
use serde_json::{Value, json};

async fn set(bell: &Bell, user: &str, change: Value) {
    let changed = bell.call("PATCH", &format!("/v2/sandbox/users/{user}"), Some(change)).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
}

async fn plan(bell: &Bell, plan: &str) {
    assert_eq!(bell.call("PATCH", "/v2/sandbox/settings", Some(json!({"plan": plan}))).await.status, 200);
}

fn join_url(booking: &Value) -> String {
    booking["virtual_conferencing"]["join_url"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn who_cannot_take_a_booking_over_is_told_in_the_vendors_words() {
    let bell = Bell::start(CLOSED).await;
    let (first, _) = calendars(&bell).await;
    let id = book(&bell, &first).await;
    let (owner, other) =
        (read(&bell, &id).await["owner"].as_str().unwrap().to_owned(), other_host(&bell, &id).await);
    let reassign = async |host: &str, location: Value| {
        let body = json!({"new_host": host, "location": location});
        bell.post(&format!("/v2/bookings/{id}/reassign"), body).await.told()
    };
    let told = |status, message: &str, param: Option<&str>| {
        (status, "invalid_request_error".to_owned(), message.to_owned(), param.map(str::to_owned))
    };
    let nobody = told(404, "No such user: 'USR-0000000000'", Some("new_host"));
    assert_eq!(reassign("USR-0000000000", Value::Null).await, nobody, "E17");
    let same = told(409, "Booking cannot be reassigned to the same host.", Some("new_host"));
    assert_eq!(reassign(&owner, Value::Null).await, same, "E26");
    set(&bell, &other, json!({"status": "invited"})).await;
    assert_eq!(reassign(&other, Value::Null).await, told(409, "User is inactive.", Some("new_host")), "E24");
    set(
        &bell,
        &other,
        json!({"status": "active", "providers": ["google_meet", "microsoft_teams"], "seat": false}),
    )
    .await;
    let webex = json!({"type": "virtual", "value": "webex"});
    let unconnected = "Invalid location: 'Webex' is not connected for this user. Connected Video Conference Service options: google_meet, microsoft_teams.";
    assert_eq!(reassign(&other, webex.clone()).await, told(409, unconnected, Some("location.value")), "E28");
    let seat = told(409, "Cannot reassign booking: The new host requires an assigned seat.", None);
    assert_eq!(reassign(&other, Value::Null).await, seat, "E29");
    set(&bell, &other, json!({"seat": true})).await;
    plan(&bell, "below_route").await;
    let small = told(409, "Reassign is available on the Route plan and above.", Some("new_host"));
    assert_eq!(reassign(&other, Value::Null).await, small, "E25");
    plan(&bell, "full").await;
    step(&bell, &id, "cancel", json!({})).await;
    let over = told(409, "Booking cannot be reassigned in its current status.", Some("id"));
    assert_eq!(reassign(&other, webex).await, over, "E27");
    let gone = bell.post("/v2/bookings/BKNG-000000000000/reassign", json!({"new_host": other})).await;
    assert_eq!(gone.told(), told(404, "No such booking: 'BKNG-000000000000'", Some("id")), "E10");
}

#[tokio::test]
async fn an_online_booking_keeps_its_provider_or_takes_one_of_the_new_host() {
    let bell = Bell::start(CLOSED).await;
    let (first, _) = calendars(&bell).await;
    let id = book(&bell, &first).await;
    let link = |provider: &str| format!("https://meet.deskbell.test/{provider}/{id}");
    assert_eq!(join_url(&read(&bell, &id).await), link("google_meet"));
    for (providers, location, provider) in [
        (json!(["zoom", "google_meet"]), Value::Null, "google_meet"),
        (json!(["zoom", "google_meet"]), json!({"type": "virtual", "value": "zoom"}), "zoom"),
        (json!(["gotomeeting", "webex"]), Value::Null, "webex"),
    ] {
        let host = other_host(&bell, &id).await;
        set(&bell, &host, json!({"providers": providers})).await;
        let moved = step(&bell, &id, "reassign", json!({"new_host": host, "location": location})).await;
        assert_eq!((moved.at("/owner"), join_url(&moved.json())), (host, link(provider)));
    }
    let host = other_host(&bell, &id).await;
    set(&bell, &host, json!({"providers": []})).await;
    let moved = step(&bell, &id, "reassign", json!({"new_host": host})).await.json();
    assert_eq!(
        (&moved["virtual_conferencing"], &moved["location_description"]),
        (&Value::Null, &Value::Null),
        "no link"
    );
}
