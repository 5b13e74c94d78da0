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
