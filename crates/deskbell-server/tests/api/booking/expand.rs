//! `expand` of bookings: every name of the vendor's, and what is left of those who were deleted (wire contract, 1 and 9.3).

use super::guest::{book, calendars, form, read, slot};
use crate::bell::{Bell, CLOSED};
use serde_json::{Value, json};

/// A booking made in a conversation, and that.
async fn booked_in_talk(bell: &Bell) -> (String, String) {
    let calendar = calendars(bell).await.0;
    let talk = bell.post("/v2/conversations", json!({})).await.at("/id");
    let mut body = form(&slot(bell, &calendar).await);
    body["conversation"] = json!(talk);
    let booked = bell.post(&format!("/v2/booking-calendars/{calendar}/schedule"), body).await;
    (booked.at("/id"), talk)
}

/// The booking with `expand`: as a get has it, which is as a list has it.
async fn expanded(bell: &Bell, id: &str, expand: &str) -> Value {
    let expand: String = url::form_urlencoded::byte_serialize(expand.as_bytes()).collect();
    let one = bell.get(&format!("/v2/bookings/{id}?expand={expand}")).await;
    assert_eq!(one.status, 200, "{expand}: {}", one.text());
    let list = bell.get(&format!("/v2/bookings?expand={expand}&limit=100")).await.json();
    let in_list = list["data"].as_array().unwrap().iter().find(|booking| booking["id"] == *id).unwrap();
    assert_eq!(*in_list, one.json(), "{expand}");
    one.json()
}

#[tokio::test]
async fn every_name_is_taken_in_any_company() {
    let bell = Bell::start_on_file(CLOSED).await;
    let (id, _) = booked_in_talk(&bell).await;
    let plain = read(&bell, &id).await;
    for (name, field, object) in [
        ("owner", "owner", "user"),
        ("user", "owner", "user"),
        ("contact", "contact", "contact"),
        ("conversation", "conversation", "conversation"),
        ("booking_calendar", "booking_calendar", "booking_calendar"),
    ] {
        for expand in
            [name.to_owned(), format!("data.{name}"), format!(" , {name} ,,"), format!("{name},{name}")]
        {
            let mut shown = expanded(&bell, &id, &expand).await;
            assert_eq!(shown[field]["object"], object, "{expand}");
            shown[field] = shown[field]["id"].clone();
            assert_eq!(shown, plain, "{expand}: nothing else changes");
        }
    }
    for nothing in ["", " ", ",", "booking_page", "master_page,data.event_type"] {
        assert_eq!(expanded(&bell, &id, nothing).await, plain, "a null stays null: {nothing}");
    }
    let all = "owner,contact,conversation,booking_page,master_page,event_type,booking_calendar,user,actions";
    let all = expanded(&bell, &id, all).await;
    assert!(all["owner"].is_object() && all["conversation"].is_object() && all["actions"].is_array());
    assert_eq!(all["conversation"]["contact"], plain["contact"], "one level");
}

#[tokio::test]
async fn two_levels_are_as_deep_as_it_goes() {
    let bell = Bell::start_on_file(CLOSED).await;
    let (id, talk) = booked_in_talk(&bell).await;
    let plain = bell.get(&format!("/v2/conversations/{talk}")).await.json();
    for (name, object) in [("contact", "contact"), ("owner", "user"), ("bot", "bot"), ("website", "website")]
    {
        for prefix in ["", "data."] {
            let mut shown =
                expanded(&bell, &id, &format!("{prefix}conversation.{name}")).await["conversation"].clone();
            assert_eq!(shown[name]["object"], object, "{name}");
            shown[name] = shown[name]["id"].clone();
            assert_eq!(shown, plain, "{name}: nothing else changes");
        }
    }
    let audience = expanded(&bell, &id, "conversation.audience").await["conversation"].clone();
    assert_eq!(audience, plain, "a null stays null");
    for name in [
        "conversation.contact.owner",
        "contact.owner",
        "conversation.answers",
        "invalid_property",
        "data.data.owner",
    ] {
        for path in [format!("/v2/bookings/{id}"), "/v2/bookings".to_owned()] {
            let refused = bell.get(&format!("{path}?expand=owner,{name}")).await;
            let told = (refused.status, refused.at("/param"), refused.at("/message"));
            assert_eq!(
                told,
                (400, "expand".into(), format!("This property cannot be expanded: {name}")),
                "E8"
            );
        }
    }
}

#[tokio::test]
async fn of_a_deleted_contact_the_id_is_left() {
    for bell in [Bell::start(CLOSED).await, Bell::start_on_file(CLOSED).await] {
        let (id, talk) = booked_in_talk(&bell).await;
        let contact = read(&bell, &id).await["contact"].as_str().unwrap().to_owned();
        assert_eq!(bell.call("DELETE", &format!("/v2/contacts/{contact}"), None).await.status, 200);
        let left = json!({"id": contact, "object": "contact", "deleted": true});
        let shown = expanded(&bell, &id, "contact,conversation.contact,conversation.owner").await;
        assert_eq!((&shown["contact"], &shown["conversation"]["contact"]), (&left, &left));
        assert_eq!(shown["conversation"]["owner"]["object"], "user");
        assert_eq!(read(&bell, &id).await["contact"], json!(contact), "unexpanded it is the id");
        let talk = bell.get(&format!("/v2/conversations/{talk}?expand=contact")).await.json();
        assert_eq!(talk["contact"], left);
        let list = bell.get("/v2/conversations?expand=contact").await.json();
        assert_eq!(list["data"][0]["contact"], left);
    }
}

#[tokio::test]
async fn a_page_of_many_bookings_is_expanded_whole() {
    let bell = Bell::start_on_file(CLOSED).await;
    let calendar = calendars(&bell).await.0;
    for _ in 0..5 {
        book(&bell, &calendar).await;
    }
    let page = bell.get("/v2/bookings?expand=owner,contact,booking_calendar&limit=100").await.json();
    let bookings = page["data"].as_array().unwrap();
    assert_eq!(bookings.len(), 5);
    assert!(bookings.iter().all(|booking| booking["owner"] == bookings[0]["owner"]));
    assert!(bookings.iter().all(|booking| booking["contact"]["object"] == "contact"));
}

#[tokio::test]
async fn a_call_that_expands_nothing_refuses_the_parameter() {
    let bell = Bell::start_on_file(CLOSED).await;
    for list in
        ["users", "teams", "contacts", "booking-calendars", "booking-pages", "event-types", "master-pages"]
    {
        let id = bell.get(&format!("/v2/{list}")).await.at("/data/0/id");
        for path in [format!("/v2/{list}"), format!("/v2/{list}/{id}")] {
            let refused = bell.get(&format!("{path}?expand=owner")).await;
            let told = (refused.status, refused.at("/param"), refused.at("/message"));
            assert_eq!(
                told,
                (400, "expand".into(), "Received unknown parameter: expand".into()),
                "E55: {path}"
            );
        }
    }
}
