//! `/v2/events`: posting, repeating, looking up (A-064, A-095, A-099, A-112).

use crate::bell::{Bell, CLOSED, OPEN};
use serde_json::json;

#[tokio::test]
async fn an_event_reaches_its_webhook_byte_for_byte() {
    let bell = Bell::start_on_file(OPEN).await;
    let (inbox, url) = bell.inbox(&[]).await;
    bell.webhook("bytes", &url, &["booking"]).await;
    let body = r#"{ "type": "booking.scheduled", "data": { "z": 9007199254740993, "a": 1.0, "m": 1e-7, "u": "Zo\u00eb ✓", "list": [ 1 , 2 ] }, "subject": "BKNG-1" }"#;
    let posted = bell.send("POST", "/v2/events", &[("API-Key", &bell.key)], Some(body.into())).await;
    assert_eq!(
        (posted.status, posted.at("/deliveries"), posted.at("/duplicate")),
        (202, "1".into(), "false".into())
    );
    let request = &bell.captured(&inbox, 1).await[0];
    let event = posted.at("/id");
    let sent = request["body"].as_str().unwrap();
    assert!(sent.starts_with(&format!(r#"{{"id":"{event}","object":"event","creation_time":""#)), "{sent}");
    let data = r#","type":"booking.scheduled","api_version":"v2","data":{"z":9007199254740993,"a":1.0,"m":1e-7,"u":"Zo\u00eb ✓","list":[1,2]}}"#;
    assert!(sent.ends_with(data), "A-064: numbers and key order arrive as they came: {sent}");
    assert_eq!(request["delivery_of"]["signature"], "valid");
    assert_eq!(request["delivery_of"]["same_bytes"], true);
    let got = bell.get(&format!("/v2/events/{event}")).await;
    assert!(got.text().contains(sent), "the event shows the bytes that were sent");
    assert_eq!((got.at("/subject"), got.at("/origin")), ("BKNG-1".into(), "platform".into()));
}

#[tokio::test]
async fn a_repeat_with_the_same_key_changes_nothing() {
    let bell = Bell::start(CLOSED).await;
    bell.webhook("owed", "https://hooks.northwind.example/in", &["booking"]).await;
    let post = async |key: &str, data: u32| {
        let body = json!({"type": "booking.canceled", "data": {"n": data}}).to_string();
        bell.send("POST", "/v2/events", &[("API-Key", &bell.key), ("Idempotency-Key", key)], Some(body)).await
    };
    let first = post("once", 1).await;
    let again = post("once", 1).await;
    assert_eq!(
        (first.status, again.status, again.at("/duplicate")),
        (202, 200, "true".into()),
        "A-112: same body"
    );
    assert_eq!(first.at("/id"), again.at("/id"), "A-112");
    assert_eq!(
        (first.at("/deliveries"), again.at("/deliveries")),
        ("1".into(), "1".into()),
        "the first numbers"
    );
    let other = post("once", 2).await;
    assert_eq!(
        other.refusal(),
        (409, "Idempotency-Key".into(), "event_conflict".into()),
        "A-112: other body"
    );
    assert_eq!(post("twice", 1).await.status, 202);
    assert_eq!(bell.get("/v2/events").await.json()["data"].as_array().unwrap().len(), 2);
    assert_eq!(post(&"k".repeat(256), 1).await.refusal().2, "idempotency_key_invalid", "A-111");
}

#[tokio::test]
async fn many_events_get_a_verdict_each() {
    let bell = Bell::start(CLOSED).await;
    let events = json!({"events": [
        {"type": "booking.scheduled", "data": {"n": 0}},
        {"type": "booking.exploded", "data": {}},
        {"type": "conversation.closed", "data": {"n": 2}},
        {"type": "booking.scheduled"},
    ]});
    let key = [("API-Key", bell.key.as_str()), ("Idempotency-Key", "batch")];
    let posted = bell.send("POST", "/v2/events", &key, Some(events.to_string())).await;
    assert_eq!(posted.status, 202);
    let statuses: Vec<_> = posted.json()["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["status"].as_u64().unwrap())
        .collect();
    assert_eq!(statuses, [202, 400, 202, 400], "{}", posted.text());
    assert_eq!(posted.at("/data/1/code"), "event_type_unknown");
    let again = bell.send("POST", "/v2/events", &key, Some(events.to_string())).await;
    assert_eq!(
        (again.at("/data/0/duplicate"), again.at("/data/2/status")),
        ("true".into(), "200".into()),
        "A-112 for each of a batch"
    );
    let too_many = json!({"events": vec![json!({"type": "booking.canceled", "data": {}}); 1001]});
    assert_eq!(bell.post("/v2/events", too_many).await.refusal().2, "events_too_many");
    let most = json!({"events": vec![json!({"type": "booking.canceled", "data": {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6, "g": 7, "h": 8, "i": 9, "j": 10, "k": 11}}); 1000]});
    let most = bell.post("/v2/events", most).await;
    assert_eq!(
        most.json()["data"].as_array().unwrap().iter().filter(|item| item["status"] == 202).count(),
        1000
    );
}

#[tokio::test]
async fn a_bad_event_names_what_is_wrong() {
    let bell = Bell::start(CLOSED).await;
    let code = async |body: serde_json::Value| bell.post("/v2/events", body).await.refusal();
    assert_eq!(code(json!({"data": {}})).await, (400, "type".into(), "type_required".into()), "A-096");
    assert_eq!(
        code(json!({"type": "booking.canceled"})).await,
        (400, "data".into(), "data_required".into()),
        "A-096"
    );
    assert_eq!(
        code(json!({"type": "booking.canceled", "data": []})).await,
        (400, "data".into(), "type_mismatch".into()),
        "A-096"
    );
    assert_eq!(
        code(json!({"type": "booking", "data": {}})).await,
        (400, "type".into(), "event_type_unknown".into()),
        "no event has a composite as its type"
    );
    assert_eq!(
        code(json!({"type": "booking.canceled", "data": {}, "id": "EVNT-1"})).await,
        (400, "id".into(), "field_read_only".into()),
        "A-066"
    );
    assert_eq!(
        code(json!({"type": "booking.canceled", "data": {}, "subjct": "x"})).await,
        (400, "subjct".into(), "unknown_field".into()),
        "A-065"
    );
    assert_eq!(
        code(json!({"type": "booking.canceled", "data": {"note": "\u{0}"}})).await.2,
        "nul_character",
        "A-095"
    );
    let large = code(json!({"type": "booking.canceled", "data": {"note": "x".repeat(256 << 10)}})).await;
    assert_eq!((large.0, large.2), (413, "event_too_large".into()), "A-064");
    assert!(bell.get("/v2/events").await.json()["data"].as_array().unwrap().is_empty(), "nothing was stored");
}

#[tokio::test]
async fn composites_and_members_together_ring_once() {
    let bell = Bell::start(OPEN).await;
    let (_, url) = bell.inbox(&[]).await;
    bell.webhook("both", &url, &["booking", "booking.canceled"]).await;
    bell.webhook("retired", &url, &["conversation.reached_out"]).await;
    let posted = bell.post("/v2/events", json!({"type": "booking.canceled", "data": {}})).await;
    assert_eq!(
        posted.at("/deliveries"),
        "1",
        "A-166: exactly one delivery; A-165: the retired trigger fires nothing"
    );
    let talk = bell.post("/v2/events", json!({"type": "conversation.started", "data": {}})).await;
    assert_eq!(talk.at("/deliveries"), "0", "A-165");
}

#[tokio::test]
async fn filters_find_what_they_name_and_nobody_elses() {
    let bell = Bell::start(OPEN).await;
    let (inbox, url) = bell.inbox(&[]).await;
    let (webhook, _) = bell.webhook("all", &url, &["booking"]).await;
    for (kind, subject) in [("booking.scheduled", "A"), ("booking.canceled", "A"), ("booking.canceled", "B")]
    {
        bell.post("/v2/events", json!({"type": kind, "data": {}, "subject": subject})).await;
    }
    bell.captured(&inbox, 3).await;
    bell.until("/v2/deliveries?status=delivered", |answer| {
        answer.json()["data"].as_array().unwrap().len() == 3
    })
    .await;
    let count = async |path: &str| bell.get(path).await.json()["data"].as_array().map(Vec::len);
    for (path, expected) in [
        ("/v2/events?type=booking.canceled", 2),
        ("/v2/events?subject=A", 2),
        ("/v2/events?subject=A&type=booking.canceled", 1),
        (&format!("/v2/events?webhook={webhook}"), 3),
        ("/v2/events?creation_time.gt=2001-01-01", 3),
        ("/v2/events?creation_time.lt=2001-01-01T00:00:00Z", 0),
        (&format!("/v2/deliveries?webhook={webhook}&subject=B"), 1),
        ("/v2/deliveries?type=booking.scheduled&status=delivered", 1),
        ("/v2/deliveries?status=failed", 0),
        (&format!("/v2/attempts?webhook={webhook}&outcome=delivered"), 3),
        ("/v2/attempts?outcome=connect_refused", 0),
        ("/v2/attempts?started_time.gt=2001-01-01", 3),
    ] {
        assert_eq!(count(path).await, Some(expected), "{path}");
    }
    let (_, other) = bell.account("other@bell.example").await;
    for path in ["/v2/events", "/v2/deliveries", "/v2/attempts", "/v2/inboxes", "/v2/webhooks"] {
        let foreign = bell.call_as(&other, "GET", path, None).await;
        assert_eq!(foreign.json()["data"], json!([]), "A-099: {path}");
    }
    // What looks like SQL is a value like any other.
    for evil in ["%27%20OR%201=1--", "%22;DROP%20TABLE%20events", "%25", "_", "\\"] {
        assert_eq!(count(&format!("/v2/events?subject={evil}")).await, Some(0), "A-097: {evil}");
        assert_eq!(bell.get(&format!("/v2/events/{evil}")).await.status, 404, "A-097: {evil}");
    }
}
