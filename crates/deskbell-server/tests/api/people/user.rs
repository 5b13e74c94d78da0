//! Users: made, changed and deleted as the vendor does it.

use super::{patch, refused};
use crate::bell::{Bell, CLOSED};
use crate::booking::guest::slot;
use serde_json::{Value, json};

/// A user beside those of a fresh sandbox.
pub(super) async fn made(bell: &Bell, email: &str) -> String {
    let body = json!({"first_name": "Bo", "last_name": "Li", "email": email});
    let made = bell.post("/v2/users", body).await;
    assert_eq!(made.status, 200, "{}", made.text());
    made.at("/id")
}

#[tokio::test]
async fn a_user_is_created_and_changed() {
    let bell = Bell::start_on_file(CLOSED).await;
    let team = bell.get("/v2/teams").await.at("/data/0/id");
    let body = json!({"first_name": " Zoë-Ann ", "last_name": "O'Brien, Jr. (née Żak)", "email": "priya@northwind.example",
        "role_name": "Team Manager", "teams": [team, team]});
    let made = bell.post("/v2/users", body).await;
    assert_eq!(made.status, 200, "{}", made.text());
    let id = made.at("/id");
    let mut expected = json!({"object": "user", "id": id, "first_name": "Zoë-Ann", "last_name": "O'Brien, Jr. (née Żak)",
        "email": "priya@northwind.example", "status": "active", "role_name": "Team Manager",
        "timezone": "UTC", "teams": [team]});
    assert_eq!(made.json(), expected);
    let path = format!("/v2/users/{id}");
    assert_eq!(bell.get(&path).await.json(), expected);
    assert_eq!(bell.get("/v2/users").await.at("/data/0/id"), id, "newest first");
    let changed =
        patch(&bell, &path, json!({"first_name": "Priya", "role_name": "Administrator", "teams": []})).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    (expected["first_name"], expected["role_name"], expected["teams"]) =
        (json!("Priya"), json!("Administrator"), json!([]));
    assert_eq!(changed.json(), expected);
    assert_eq!(bell.get(&path).await.json(), expected);
    let small = bell.get(&format!("/v2/users/{}", self::made(&bell, "bo@northwind.example").await)).await;
    assert_eq!((small.at("/role_name"), small.at("/teams")), ("Member".into(), "[]".into()));
}

#[tokio::test]
async fn of_two_users_with_one_address_at_once_one_is_made() {
    let bell = Bell::start_on_file(CLOSED).await;
    let calls = ["bo@northwind.example", "BO@northwind.example", "Bo@Northwind.example"]
        .map(|email| bell.post("/v2/users", json!({"first_name": "Bo", "last_name": "Li", "email": email})));
    let mut answers = futures::future::join_all(calls).await;
    answers.sort_by_key(|answer| answer.status);
    assert_eq!(answers.iter().map(|answer| answer.status).collect::<Vec<_>>(), [200, 400, 400]);
}

#[tokio::test]
async fn of_a_deleted_user_the_id_answers() {
    for bell in [Bell::start(CLOSED).await, Bell::start_on_file(CLOSED).await] {
        let id = made(&bell, "bo@northwind.example").await;
        let path = format!("/v2/users/{id}");
        let gone = bell.call("DELETE", &path, None).await;
        assert_eq!((gone.status, gone.json()), (200, json!({"id": id, "deleted": true})));
        let read = bell.get(&path).await;
        let left = json!({"id": id, "object": "user", "deleted": true});
        assert_eq!((read.status, read.json()), (200, left), "A-100");
        assert!(!bell.get("/v2/users?limit=100").await.text().contains(&id), "never listed");
        let unknown = refused(404, format!("No such user: '{id}'"), "id");
        assert_eq!(
            super::vendors(&bell.call("DELETE", &path, None).await),
            unknown,
            "A-172: the second delete"
        );
        let (_, other) = bell.account("other@bell.example").await;
        let theirs = bell.call_as(&other, "GET", &path, None).await;
        assert_eq!(super::vendors(&theirs), unknown, "A-099: of another account not even that");
        made(&bell, "bo@northwind.example").await;
    }
}

#[tokio::test]
async fn what_a_deleted_user_hosted_stays() {
    let bell = Bell::start_on_file(CLOSED).await;
    let host = made(&bell, "bo@northwind.example").await;
    let calendar = json!({"host": host, "name": "Demos", "duration_minutes": 60});
    let calendar = bell.post("/v2/booking-calendars", calendar).await.at("/id");
    let body = json!({"start_time": slot(&bell, &calendar).await, "guest_time_zone": "Europe/Dublin",
        "booking_form": {"name": "Tomás Healy", "email": "tomas@corrib.example"}});
    let booked = bell.post(&format!("/v2/booking-calendars/{calendar}/schedule"), body.clone()).await;
    assert_eq!(booked.status, 200, "{}", booked.text());
    let booking = format!("/v2/bookings/{}", booked.at("/id"));
    let contact =
        json!({"first_name": "Ann", "last_name": "Ray", "email": "ann@corrib.example", "owner": host});
    let contact = format!("/v2/contacts/{}", bell.post("/v2/contacts", contact).await.at("/id"));
    let before = bell.get(&booking).await.json();
    assert_eq!(bell.call("DELETE", &format!("/v2/users/{host}"), None).await.status, 200);
    assert_eq!(bell.get(&booking).await.json(), before, "with the id of its host");
    assert_eq!(bell.get(&format!("/v2/bookings?owner={host}")).await.json()["data"], json!([before]));
    assert_eq!(bell.get(&format!("/v2/booking-calendars/{calendar}")).await.at("/host"), host);
    assert_eq!(bell.get(&contact).await.at("/owner"), host);
    let actions = bell.get(&format!("{booking}?expand=actions,booking_calendar")).await;
    assert_eq!(actions.status, 200, "{}", actions.text());
    assert_eq!(actions.at("/booking_calendar/host"), host);
    // Nobody books with whoever has no seat.
    let path = format!("/v2/booking-calendars/{calendar}");
    let slots = bell.get(&format!("{path}/time-slots")).await;
    let message = "Time slots cannot be retrieved when the host doesn't have a seat assigned.";
    assert_eq!(super::vendors(&slots), super::refused_whole(402, message));
    let again = bell.post(&format!("{path}/schedule"), body).await;
    let message = "Meeting cannot be scheduled when the host doesn't have a seat assigned.";
    assert_eq!(super::vendors(&again), super::refused_whole(402, message));
    let cancelled = bell.post(&format!("{booking}/cancel"), json!({})).await;
    assert_eq!((cancelled.status, cancelled.at("/owner")), (200, host.clone()), "{}", cancelled.text());
    // Others go on as before, samples and conversations among them.
    let talk = bell.post("/v2/conversations", json!({"contact": contact.rsplit('/').next()})).await;
    assert_eq!(talk.status, 201, "{}", talk.text());
    let teamless: Value = bell.get("/v2/users").await.json();
    assert_eq!(teamless["data"].as_array().unwrap().len(), 2);
}
