//! Bookings are listed, found and expanded (wire contract, 9.3 and 10.1).

use super::guest::{approval, book, calendars, other_host, read, reschedule, step};
use crate::bell::{Bell, CLOSED};
use crate::client::Answer;
use serde_json::{Value, json};

fn ids(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let id = |booking: &Value| booking["id"].as_str().unwrap().to_owned();
    answer.json()["data"].as_array().unwrap().iter().map(id).collect()
}

#[tokio::test]
async fn every_filter_selects() {
    let bell = Bell::start_on_file(CLOSED).await;
    let (first, second) = calendars(&bell).await;
    let one = book(&bell, &first).await;
    let two = book(&bell, &second).await;
    approval(&bell, &second, true).await;
    let three = book(&bell, &second).await;
    reschedule(&bell, &one, &first).await;
    let (was, last) = (read(&bell, &one).await, read(&bell, &three).await);
    let text = |value: &Value, field: &str| value[field].as_str().unwrap().to_owned();
    let (owner, contact) = (text(&was, "owner"), text(&was, "contact"));
    let other = other_host(&bell, &one).await;
    let all = [&three, &two, &one].map(String::clone).to_vec();
    let (made, moved) = (text(&was, "creation_time"), text(&was, "last_updated_time"));
    let starts = text(&last, "starting_time");
    let cases = [
        (String::new(), all.clone()),
        ("status=requested".into(), vec![three.clone()]),
        ("status=rescheduled".into(), vec![one.clone()]),
        ("status=no_show".into(), vec![]),
        (format!("owner={owner}"), vec![one.clone()]),
        (format!("host={other}"), vec![three.clone(), two.clone()]),
        (format!("host={owner}&owner={owner}"), vec![one.clone()]),
        (format!("host={owner}&owner={other}"), vec![]),
        (format!("contact={contact}"), all.clone()),
        ("contact=CTC-0".into(), vec![]),
        (format!("booking_calendar={first}"), vec![one.clone()]),
        ("booking_page=BP-1".into(), vec![]),
        ("master_page=MP-1".into(), vec![]),
        ("event_type=ET-1".into(), vec![]),
        (format!("creation_time.gt={made}"), vec![three.clone(), two.clone()]),
        (format!("creation_time.lt={made}"), vec![]),
        (format!("last_updated_time.lt={moved}"), vec![three.clone(), two.clone()]),
        ("last_updated_time.gt=2099-01-01".into(), vec![]),
        (format!("starting_time.gt={starts}&booking_calendar={second}"), vec![]),
        (format!("starting_time.lt={starts}&booking_calendar={second}"), vec![two.clone()]),
        (format!("status=requested&owner={owner}"), vec![]),
    ];
    for (query, expected) in cases {
        assert_eq!(ids(&bell.get(&format!("/v2/bookings?{query}")).await), expected, "{query}");
    }
    let page = bell.get("/v2/bookings?limit=2").await;
    assert_eq!((ids(&page), page.at("/has_more")), (all[..2].to_vec(), "true".into()));
    let next = format!("<http://{}/v2/bookings?limit=2&after={two}>; rel=\"next\"", bell.address);
    assert_eq!(page.header("link"), Some(next.as_str()));
    assert_eq!(
        ids(&bell.get(&format!("/v2/bookings?limit=2&after={two}")).await),
        std::slice::from_ref(&one)
    );
    let (_, stranger) = bell.account("other@bell.example").await;
    assert!(ids(&bell.call_as(&stranger, "GET", "/v2/bookings", None).await).is_empty(), "A-099");
    let foreign = bell.call_as(&stranger, "GET", &format!("/v2/bookings?after={one}"), None).await;
    assert_eq!(foreign.refusal(), (400, "after".into(), "cursor_invalid".into()), "A-175");
}

#[tokio::test]
async fn a_bad_query_is_refused() {
    let bell = Bell::start(CLOSED).await;
    let refusals = [
        ("status=Scheduled", "status", "Invalid string: Scheduled"),
        ("starting_time.gt=2026-02-30", "starting_time.gt", "Invalid date: 2026-02-30"),
        (
            "last_updated_time.gt=2026-02-02&last_updated_time.lt=2026-01-01",
            "last_updated_time.gt",
            "last_updated_time.gt cannot be later than last_updated_time.lt",
        ),
        ("expand=invalid_property", "expand", "This property cannot be expanded: invalid_property"),
        ("expand=data.invoice", "expand", "This property cannot be expanded: data.invoice"),
        ("limit=500", "limit", "Out of range value: 500. Please provide a number between 1 and 100."),
        ("start_date=2026-01-01", "start_date", "Received unknown parameter: start_date"),
    ];
    for (query, param, message) in refusals {
        let answer = bell.get(&format!("/v2/bookings?{query}")).await;
        assert_eq!(
            (answer.status, answer.at("/param")),
            (400, param.into()),
            "A-105, A-106, A-173, A-176: {query}"
        );
        assert!(answer.at("/message").starts_with(message), "{}", answer.text());
    }
    let both = bell.get("/v2/bookings?after=a&before=b").await;
    assert_eq!(
        both.at("/message"),
        "Received both before and after parameters. Please provide only one.",
        "A-174"
    );
}

#[tokio::test]
async fn what_a_booking_names_can_be_expanded() {
    let bell = Bell::start(CLOSED).await;
    let calendar = calendars(&bell).await.0;
    let id = book(&bell, &calendar).await;
    let plain = read(&bell, &id).await;
    for prefix in ["", "data."] {
        let names = ["owner", "contact", "booking_calendar"].map(|name| format!("{prefix}{name}"));
        let expanded = [
            bell.get(&format!("/v2/bookings/{id}?expand={}", names.join(","))).await.json(),
            bell.get(&format!("/v2/bookings?expand={}", names.join(","))).await.json()["data"][0].clone(),
        ];
        for mut expanded in expanded {
            for (name, object) in
                [("owner", "user"), ("contact", "contact"), ("booking_calendar", "booking_calendar")]
            {
                assert_eq!(expanded[name]["object"], object, "{name}");
                expanded[name] = expanded[name]["id"].clone();
            }
            assert_eq!(expanded, plain, "nothing else changes");
        }
    }
    let owner = bell.get(&format!("/v2/bookings/{id}?expand=owner")).await.json();
    assert_eq!((&owner["owner"]["object"], &owner["contact"]), (&json!("user"), &plain["contact"]));
}

#[tokio::test]
async fn a_guest_who_comes_again_is_the_same_contact() {
    let bell = Bell::start(CLOSED).await;
    let calendar = calendars(&bell).await.0;
    let contacts = async || bell.get("/v2/contacts").await.json()["data"].as_array().unwrap().len();
    let before = contacts().await;
    let one = book(&bell, &calendar).await;
    let schedule = format!("/v2/booking-calendars/{calendar}/schedule");
    let mut again = super::guest::form(&super::guest::slot(&bell, &calendar).await);
    again["booking_form"]["email"] = json!("TOMAS@corrib.example");
    let two = bell.post(&schedule, again).await.at("/id");
    let contact = read(&bell, &one).await["contact"].clone();
    assert_eq!(contact, read(&bell, &two).await["contact"]);
    assert_eq!(contacts().await, before + 1);
    let made = bell.get(&format!("/v2/contacts/{}", contact.as_str().unwrap())).await;
    assert_eq!((made.at("/first_name"), made.at("/last_name")), ("Tomás".into(), "Healy".into()));
    let moved = step(&bell, &two, "request-reschedule", json!({})).await;
    assert_eq!(moved.json()["contact"], contact);
    let next = reschedule(&bell, &two, &calendar).await;
    assert_eq!(read(&bell, &next).await["contact"], contact);
}
