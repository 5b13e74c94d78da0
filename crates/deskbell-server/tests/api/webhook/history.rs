//! What was changed of a webhook, and when.

use super::URL;
use crate::bell::{Bell, OPEN};
use serde_json::{Value, json};

#[tokio::test]
async fn each_change_is_told_with_who_made_it() {
    let bell = Bell::start_on_file(OPEN).await;
    let inbox = bell.post("/v2/inboxes", json!({"answers": [{"status": 410}]})).await.at("/url");
    let (id, _) = bell.webhook("CRM", URL, &["booking"]).await;
    let (path, history) = (format!("/v2/webhooks/{id}"), format!("/v2/webhooks/{id}/history"));
    let told = async || bell.get(&history).await.json()["data"].as_array().unwrap().clone();
    assert_eq!(told().await, Vec::<Value>::new());
    let change = async |body: Value| {
        assert_eq!(bell.call("PATCH", &path, Some(body)).await.status, 200);
    };
    change(json!({"name": "CRM sync", "url": inbox, "status": true})).await;
    change(json!({"events": ["booking.scheduled"], "status": false})).await;
    change(json!({"status": true})).await;
    bell.post("/v2/events", json!({"type": "booking.scheduled", "data": {}})).await;
    bell.until(&path, |webhook| webhook.json()["disabled_reason"] == "gone").await;

    let revisions = told().await;
    let changes: Vec<_> =
        revisions.iter().map(|revision| (revision["by"].as_str().unwrap(), &revision["changes"])).collect();
    let expected = [
        ("deskbell", json!([{"field": "status", "from": true, "to": false, "disabled_reason": "gone"}])),
        ("owner", json!([{"field": "status", "from": false, "to": true}])),
        (
            "owner",
            json!([
                {"field": "events", "from": ["booking"], "to": ["booking.scheduled"]},
                {"field": "status", "from": true, "to": false, "disabled_reason": "by_owner"},
            ]),
        ),
        (
            "owner",
            json!([
                {"field": "name", "from": "CRM", "to": "CRM sync"},
                {"field": "url", "from": URL, "to": inbox},
            ]),
        ),
    ];
    assert_eq!(changes, expected.each_ref().map(|(by, changes)| (*by, changes)));
    assert!(revisions.iter().all(|one| one["object"] == "revision" && one["time"].is_string()));
    let list = bell.get(&history).await.json();
    assert_eq!((&list["object"], &list["has_more"]), (&json!("list"), &json!(false)));
    let refused = bell.get(&format!("{history}?limit=1")).await.refusal();
    assert_eq!((refused.0, &*refused.1), (400, "limit"), "it is one page");

    let (_, stranger) = bell.account("stranger@bell.example").await;
    assert_eq!(bell.call_as(&stranger, "GET", &history, None).await.status, 404);
    bell.call("DELETE", &path, None).await;
    assert_eq!(bell.get(&history).await.status, 404);
}
