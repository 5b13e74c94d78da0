//! `POST /v2/webhooks/{id}/test` with data of one's own: an event that was seen, edited and sent again.

use crate::bell::{Bell, CLOSED, OPEN};
use serde_json::{Value, json};

#[tokio::test]
async fn given_data_reaches_this_webhook_alone_byte_for_byte() {
    let bell = Bell::start_on_file(OPEN).await;
    let (inbox, url) = bell.inbox(&[]).await;
    let (beside, url_beside) = bell.inbox(&[]).await;
    let (webhook, _) = bell.webhook("edited", &url, &["conversation"]).await;
    bell.webhook("beside", &url_beside, &["booking", "conversation"]).await;
    let path = format!("/v2/webhooks/{webhook}/test");
    let body = r#"{ "data": { "z": 9007199254740993, "a": 1.0, "m": 1e-7, "u": "Zo\u00eb ✓", "list": [ 1 , 2 ] }, "type": "booking.no_show" }"#;
    let sent = bell.send("POST", &path, &[("API-Key", &bell.key)], Some(body.into())).await;
    assert_eq!((sent.status, sent.at("/type")), (202, "booking.no_show".into()), "{}", sent.text());
    assert_eq!(sent.at("/webhook"), webhook);
    let request = &bell.captured(&inbox, 1).await[0];
    let event = sent.at("/event");
    let got = request["body"].as_str().unwrap();
    assert!(got.starts_with(&format!(r#"{{"id":"{event}","object":"event","creation_time":""#)), "{got}");
    let data = r#","type":"booking.no_show","api_version":"v2","data":{"z":9007199254740993,"a":1.0,"m":1e-7,"u":"Zo\u00eb ✓","list":[1,2]}}"#;
    assert!(got.ends_with(data), "A-064: {got}");
    let of = &request["delivery_of"];
    assert_eq!((&of["signature"], &of["same_bytes"]), (&json!("valid"), &json!(true)));
    assert_eq!(bell.get(&format!("/v2/events/{event}")).await.at("/origin"), "sample");
    let owed = bell.get(&format!("/v2/deliveries?event={event}")).await.json();
    let owed: Vec<&Value> = owed["data"].as_array().unwrap().iter().map(|owed| &owed["id"]).collect();
    assert_eq!(owed, [&json!(sent.at("/id"))], "one delivery");
    let others = bell.get(&format!("/v2/inboxes/{beside}/requests")).await.json();
    assert_eq!(others["data"], json!([]), "nobody else is rung");

    let unnamed = bell.post(&path, json!({"data": {}})).await;
    assert_eq!((unnamed.status, unnamed.at("/type")), (202, "booking.scheduled".into()));
    assert_eq!(bell.post(&path, json!({"data": null})).await.status, 202, "null is none: a sample");
}

#[tokio::test]
async fn data_is_bounded_as_that_of_any_event() {
    let bell = Bell::start(CLOSED).await;
    let (webhook, _) = bell.webhook("strict", "https://hooks.northwind.example/in", &["booking"]).await;
    let path = format!("/v2/webhooks/{webhook}/test");
    let send = async |body: String| bell.send("POST", &path, &[("API-Key", &bell.key)], Some(body)).await;
    let deep = |depth: usize| format!(r#"{{"data":{}1{}}}"#, r#"{"a":"#.repeat(depth), "}".repeat(depth));
    let keys: Vec<String> = (0..10_000).map(|n| format!(r#""k{n}":1"#)).collect();
    for (row, body, status, param, code) in [
        (
            "A-064",
            json!({"data": {"note": "x".repeat(256 << 10)}}).to_string(),
            413,
            "data",
            "event_too_large",
        ),
        ("A-062", deep(64), 400, "data", "json_too_deep"),
        ("A-063", r#"{"data":{"a":1,"a":2}}"#.into(), 400, "data", "json_duplicate_key"),
        ("T-32", format!(r#"{{"data":{{{}}}}}"#, keys.join(",")), 400, "data", "json_too_many_keys"),
        ("A-095", r#"{"data":{"note":"\u0000"}}"#.into(), 400, "data", "nul_character"),
        ("A-061", r#"{"data":{"n":1e999}}"#.into(), 400, "", "json_number"),
        ("A-096", r#"{"data":[]}"#.into(), 400, "data", "type_mismatch"),
        ("A-096", r#"{"data":"{}"}"#.into(), 400, "data", "type_mismatch"),
        ("A-065", r#"{"data":{},"subject":"BKNG-1"}"#.into(), 400, "subject", "unknown_field"),
        ("A-081", r#"{"data":{},"type":"booking"}"#.into(), 400, "type", "event_type_unknown"),
    ] {
        assert_eq!(send(body).await.refusal(), (status, param.into(), code.into()), "{row}");
    }
    assert_eq!(bell.get("/v2/events").await.json()["data"], json!([]), "nothing was stored");
    assert_eq!(send(deep(63)).await.status, 202, "A-062: as deep as it may be");
    let largest = json!({"data": {"note": "x".repeat((256 << 10) - r#"{"note":""}"#.len())}});
    assert_eq!(send(largest.to_string()).await.status, 202, "A-064: as large as it may be");
}

#[tokio::test]
async fn a_sample_is_a_test_and_no_traffic() {
    let bell = Bell::start_on_file(OPEN).await;
    let (inbox, url) = bell.inbox(&[410]).await;
    let (webhook, _) = bell.webhook("mended", &url, &["booking"]).await;
    let path = format!("/v2/webhooks/{webhook}");
    let sent = bell.post(&format!("{path}/test"), json!({})).await;
    let delivery = format!("/v2/deliveries/{}", sent.at("/id"));
    let ended = bell.until(&delivery, |answer| answer.at("/status") == "failed").await.json();
    assert_eq!(
        (&ended["sample"], &ended["attempts"], &ended["next_attempt_time"], &ended["retries_asked"]),
        (&json!(true), &json!(1), &json!(null), &json!(0)),
        "{ended}"
    );
    let attempts = bell.get(&format!("/v2/attempts?delivery={}", sent.at("/id"))).await.json();
    let attempt = &attempts["data"][0];
    assert_eq!((&attempt["sample"], &attempt["manual"]), (&json!(true), &json!(true)));
    assert_eq!(attempt["request"]["headers"][6], json!(["Deskbell-Sample", "true"]));
    let captured = &bell.captured(&inbox, 1).await[0];
    let mark = json!({"name": "Deskbell-Sample", "value": "true"});
    assert!(captured["headers"].as_array().unwrap().contains(&mark), "the receiver can tell: {captured}");
    let request = bell.get(&format!("{delivery}/request")).await.json();
    assert_eq!(request["headers"][6], json!(["Deskbell-Sample", "true"]), "as it would be sent again");
    let known = bell.get(&format!("{path}?expand=health")).await.json();
    assert_eq!((&known["status"], &known["health"]["state"]), (&json!(true), &json!("idle")), "{known}");

    // To a webhook that is off, and once more by hand.
    bell.call("PATCH", &path, Some(json!({"status": false}))).await;
    assert_eq!(bell.post(&format!("{delivery}/retry"), json!({})).await.status, 202);
    bell.until(&delivery, |answer| answer.at("/attempts") == "2").await;
    let off = bell.post(&format!("{path}/test"), json!({})).await;
    assert_eq!(off.status, 202, "{}", off.text());
    let off = format!("/v2/deliveries/{}", off.at("/id"));
    bell.until(&off, |answer| answer.at("/status") == "failed").await;
    assert_eq!(bell.get(&path).await.at("/disabled_reason"), "by_owner");
    assert_eq!(bell.captured(&inbox, 3).await.len(), 3);

    // Over, it cannot be called off, nor can traffic.
    assert_eq!(bell.post(&format!("{delivery}/cancel"), json!({})).await.refusal().2, "delivery_over");
    bell.call("PATCH", &path, Some(json!({"status": true}))).await;
    let event = bell.post("/v2/events", json!({"type": "booking.scheduled", "data": {}})).await.at("/id");
    let owed = bell.get(&format!("/v2/deliveries?event={event}")).await;
    assert_eq!(owed.at("/data/0/sample"), "false");
    let owed = format!("/v2/deliveries/{}/cancel", owed.at("/data/0/id"));
    assert_eq!(bell.post(&owed, json!({})).await.refusal().2, "delivery_owed");
    let unknown = bell.post("/v2/deliveries/DLV-0000000000000000/cancel", json!({})).await;
    assert_eq!(unknown.status, 404);
}

#[tokio::test]
async fn a_sample_that_waits_can_be_called_off() {
    let bell = Bell::start_on_file(OPEN).await;
    let (_, url) = bell.inbox(&[429]).await;
    let (webhook, _) = bell.webhook("rests", &url, &["booking"]).await;
    let path = format!("/v2/webhooks/{webhook}");
    bell.post("/v2/events", json!({"type": "booking.scheduled", "data": {}})).await;
    let health = format!("{path}?expand=health");
    bell.until(&health, |answer| answer.at("/health/state") == "resting").await;
    // A new one goes past the rest; its retry waits, for a machine has to claim it.
    let sent = bell.post(&format!("{path}/test"), json!({})).await;
    let delivery = format!("/v2/deliveries/{}", sent.at("/id"));
    bell.until(&delivery, |answer| answer.at("/status") == "failed").await;
    let retried = bell.post(&format!("{delivery}/retry"), json!({})).await;
    assert_eq!((retried.at("/retries_asked"), retried.at("/held_by")), ("1".into(), "rest".into()));
    let waits = bell.get(&delivery).await;
    let rest = bell.get(&health).await;
    assert_eq!(waits.at("/next_attempt_time"), rest.at("/health/next_attempt_time"), "one truth for both");
    assert_eq!(waits.at("/held_by"), "rest");
    let cancelled = bell.post(&format!("{delivery}/cancel"), json!({})).await;
    assert_eq!((cancelled.status, cancelled.at("/retries_asked")), (200, "0".into()), "{}", cancelled.text());
    let after = bell.get(&delivery).await;
    assert_eq!((after.at("/attempts"), after.at("/status")), ("1".into(), "failed".into()));
    assert_eq!(bell.get(&health).await.at("/health/state"), "resting", "a test ends no rest");
}
