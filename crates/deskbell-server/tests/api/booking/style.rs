//! An account rings in the shape that it chose (wire contract, 5.3 and 5.4).

use super::guest::{book, calendars, read};
use crate::bell::{Bell, CLOSED, OPEN};
use serde_json::{Value, json};

#[tokio::test]
async fn an_account_is_shown_and_its_style_changed() {
    let bell = Bell::start_on_file(CLOSED).await;
    let account = bell.get("/v2/account").await;
    let mut expected = json!({"object": "account", "id": bell.account, "email": "owner@bell.example", "payload_style": "current",
        "events_kept_bytes": 0, "events_quota_bytes": null});
    assert_eq!((account.status, account.json()), (200, expected.clone()));
    let change = async |body: Value| bell.call("PATCH", "/v2/account", Some(body)).await;
    for (body, param, code) in [
        (json!({}), "payload_style", "field_required"),
        (json!({"payload_style": "Expanded"}), "payload_style", "value_invalid"),
        (json!({"payload_style": true}), "payload_style", "type_mismatch"),
        (json!({"payload_styles": "current"}), "payload_styles", "unknown_field"),
        (json!({"payload_style": "current", "email": "a@b"}), "email", "field_read_only"),
    ] {
        assert_eq!(change(body).await.refusal(), (400, param.into(), code.into()));
    }
    expected["payload_style"] = json!("expanded");
    let changed = change(json!({"payload_style": "expanded"})).await;
    assert_eq!((changed.status, changed.json()), (200, expected.clone()));
    assert_eq!(bell.get("/v2/account").await.json(), expected);
    let (_, other) = bell.account("other@bell.example").await;
    assert_eq!(bell.call_as(&other, "GET", "/v2/account", None).await.at("/payload_style"), "current");
}

#[tokio::test]
async fn events_and_samples_have_the_style_of_their_time() {
    let bell = Bell::start(OPEN).await;
    let (inbox, url) = bell.inbox(&[]).await;
    let (webhook, _) = bell.webhook("all", &url, &["booking"]).await;
    let calendar = calendars(&bell).await.0;
    let mut bodies = Vec::new();
    for style in ["current", "expanded", "current"] {
        let changed = bell.call("PATCH", "/v2/account", Some(json!({"payload_style": style}))).await;
        assert_eq!(changed.status, 200);
        let id = book(&bell, &calendar).await;
        let sample =
            bell.post(&format!("/v2/webhooks/{webhook}/test"), json!({"type": "booking.canceled"})).await;
        assert_eq!(sample.status, 202);
        bodies.push((style, id));
    }
    let payload = |request: &Value| -> Value {
        serde_json::from_str::<Value>(request["body"].as_str().unwrap()).unwrap()["data"].clone()
    };
    let heard: Vec<Value> = bell.captured(&inbox, 6).await.iter().map(payload).collect();
    for (style, id) in bodies {
        let told = heard.iter().find(|told| told["id"] == json!(id)).unwrap();
        let booking = read(&bell, &id).await;
        let (owner, missing) = if style == "current" {
            (&told["owner"], Value::Null)
        } else {
            (&told["owner"]["id"], json!(""))
        };
        assert_eq!(owner, &booking["owner"], "{style}");
        assert_eq!(told["location_description"], missing, "{style}");
        assert_eq!(booking["location_description"], Value::Null, "a client reads the current style");
    }
    let samples: Vec<_> = heard.iter().filter(|told| told["status"] == "canceled").collect();
    assert_eq!(samples.len(), 3);
    assert_eq!(samples.iter().filter(|told| told["owner"].is_object()).count(), 1);
}
