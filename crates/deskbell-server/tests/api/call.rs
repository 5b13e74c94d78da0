//! `/v2/calls`: what programs called that sent nothing on leaves a trace, for its own account alone.

use crate::bell::{Bell, CLOSED};
use serde_json::{Value, json};

async fn calls(bell: &Bell, key: &str) -> Vec<Value> {
    let answer = bell.call_as(key, "GET", "/v2/calls", None).await;
    assert_eq!((answer.status, answer.at("/has_more")), (200, "false".into()), "{}", answer.text());
    assert!(answer.json()["known_since"].is_string());
    answer.json()["data"].as_array().unwrap().clone()
}

fn said(call: &Value) -> (&str, u64, &str, Option<&str>, Option<&str>, u64) {
    let text = |name: &str| call[name].as_str().unwrap();
    (
        text("outcome"),
        call["status_code"].as_u64().unwrap(),
        text("path"),
        call["code"].as_str(),
        call["param"].as_str(),
        call["times"].as_u64().unwrap(),
    )
}

#[tokio::test]
async fn what_was_refused_repeated_or_owed_to_nobody_is_told_with_its_reason() {
    let bell = Bell::start(CLOSED).await;
    bell.webhook("owed", "https://hooks.northwind.example/in", &["booking"]).await;
    assert!(calls(&bell, &bell.key).await.is_empty(), "what went well leaves no trace");
    let post = async |key: &str, kind: &str, data: u32| {
        let body = json!({"type": kind, "data": {"n": data}}).to_string();
        bell.send("POST", "/v2/events", &[("API-Key", &bell.key), ("Idempotency-Key", key)], Some(body)).await
    };
    let first = post("once", "booking.canceled", 1).await.at("/id");
    let mistyped = post("typo", "booking.cancelled", 1).await;
    post("typo", "booking.cancelled", 1).await;
    post("once", "booking.canceled", 1).await;
    post("once", "booking.canceled", 2).await;
    post("alone", "conversation.closed", 1).await;
    bell.get("/v2/webhooks/WHK-0000000000").await;
    let told = calls(&bell, &bell.key).await;
    let expected = [
        ("refused", 404, "/v2/webhooks/{id}", Some("not_found"), Some("id"), 1),
        ("to_nobody", 202, "/v2/events", None, None, 1),
        ("refused", 409, "/v2/events", Some("event_conflict"), Some("Idempotency-Key"), 1),
        ("repeated", 200, "/v2/events", None, None, 1),
        ("refused", 400, "/v2/events", Some("event_type_unknown"), Some("type"), 2),
    ];
    assert_eq!(told.iter().map(said).collect::<Vec<_>>(), expected);
    let message = |at: usize| told[at]["message"].as_str().unwrap();
    assert_eq!(told[4]["message"], mistyped.json()["message"], "word for word what was answered");
    assert!(message(3).contains(&first) && message(2).contains(&first), "the event that came first is named");
    assert!(message(1).contains("conversation.closed"));
    assert!(told.iter().all(|call| call["id"].as_str().unwrap().starts_with("req_")));
    assert!(told.iter().all(|call| !call["key_name"].as_str().unwrap().is_empty()));
}

#[tokio::test]
async fn of_many_events_in_a_call_the_worst_is_told_and_counted() {
    let bell = Bell::start(CLOSED).await;
    bell.webhook("owed", "https://hooks.northwind.example/in", &["booking"]).await;
    let event = |kind: &str| json!({"type": kind, "data": {}});
    let body = json!({"events": [event("booking.no_sow"), event("booking.no_show"), event("nothing")]});
    assert_eq!(bell.post("/v2/events", body).await.status, 202);
    let told = calls(&bell, &bell.key).await;
    assert_eq!(said(&told[0]), ("refused", 202, "/v2/events", Some("event_type_unknown"), Some("type"), 1));
    assert!(
        told[0]["message"].as_str().unwrap().starts_with("Refused: 2 of 3 events. The first: "),
        "{told:?}"
    );

    let batch = |kinds: [&str; 2]| json!({"events": kinds.map(event)}).to_string();
    let post = async |body: String| {
        let key = [("API-Key", &*bell.key), ("Idempotency-Key", "batch")];
        assert_eq!(bell.send("POST", "/v2/events", &key, Some(body)).await.status, 202);
    };
    post(batch(["booking.no_show", "conversation.closed"])).await;
    let told = calls(&bell, &bell.key).await;
    assert_eq!(said(&told[0]), ("to_nobody", 202, "/v2/events", None, None, 1));
    assert!(told[0]["message"].as_str().unwrap().starts_with("Owed to nobody: 1 of 2 events."), "{told:?}");
    post(batch(["booking.no_show", "conversation.closed"])).await;
    let told = calls(&bell, &bell.key).await;
    assert_eq!(said(&told[0]), ("repeated", 202, "/v2/events", None, None, 1));
    assert!(
        told[0]["message"]
            .as_str()
            .unwrap()
            .starts_with("Came before under this Idempotency-Key: 2 of 2 events."),
        "{told:?}"
    );
}

#[tokio::test]
async fn a_call_is_told_to_its_own_account_alone_and_without_what_was_in_it() {
    let bell = Bell::start(CLOSED).await;
    let (_, other) = bell.account("other@bell.example").await;
    let body = json!({"type": "booking.nothing", "data": {"guest": "Marta Lindqvist"}});
    bell.post("/v2/events", body.clone()).await;
    bell.call_as("dbk_nobody", "POST", "/v2/events", Some(body)).await;
    let told = calls(&bell, &bell.key).await;
    assert_eq!(told.len(), 1, "a call without a good key is nobody's");
    assert!(!json!(told).to_string().contains("Marta") && !json!(told).to_string().contains(&bell.key));
    assert!(calls(&bell, &other).await.is_empty());
}
