//! Deliveries from end to end: retried, tested, disabled, retried by hand (B-088 to B-102 over real sockets).

use crate::bell::{Bell, OPEN};
use serde_json::json;

const QUICK: &[(&str, &str)] = &[
    ("DESKBELL_API__RATE_LIMIT", "off"),
    ("DESKBELL_DELIVERY__RETRY_SCHEDULE", "50ms,50ms"),
    ("DESKBELL_DELIVERY__REST_FLOOR", "100ms"),
    ("DESKBELL_DELIVERY__REST_CEILING", "100ms"),
];

#[tokio::test]
async fn two_failures_then_success_is_three_attempts_and_one_delivery() {
    let bell = Bell::start_on_file(QUICK).await;
    let (inbox, url) = bell.inbox(&[500, 500, 200]).await;
    let (webhook, _) = bell.webhook("patient", &url, &["booking"]).await;
    let event =
        bell.post("/v2/events", json!({"type": "booking.scheduled", "data": {"n": 1}})).await.at("/id");
    let requests = bell.captured(&inbox, 3).await;
    let settled = bell
        .until(&format!("/v2/deliveries?event={event}"), |answer| answer.at("/data/0/status") == "delivered")
        .await;
    assert_eq!(
        (settled.at("/data/0/attempts"), settled.at("/data/0/webhook")),
        ("3".into(), webhook),
        "B-102"
    );
    let attempts = bell.get(&format!("/v2/attempts?event={event}")).await.json();
    let attempts = attempts["data"].as_array().unwrap();
    let told: Vec<_> = attempts
        .iter()
        .rev()
        .map(|attempt| {
            (attempt["number"].as_u64().unwrap(), attempt["response"]["status_code"].as_u64().unwrap())
        })
        .collect();
    assert_eq!(told, [(1, 500), (2, 500), (3, 200)], "B-102, E-08");
    let body = &requests[0]["body"];
    for request in &requests {
        assert_eq!(&request["body"], body, "E-20: the same bytes on every try");
        assert_eq!(request["delivery_of"]["signature"], "valid", "E-21");
        let number = request["answered_status"].as_u64().unwrap();
        let attempt = attempts
            .iter()
            .find(|attempt| attempt["id"] == request["delivery_of"]["attempt"])
            .expect("the captured request names its attempt");
        assert_eq!(attempt["response"]["status_code"].as_u64(), Some(number));
    }
    let first = attempts.last().unwrap();
    assert_eq!(first["outcome"], "http_status");
    let sent: Vec<_> = first["request"]["headers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pair| pair[0].as_str().unwrap().to_owned())
        .collect();
    assert!(
        sent.iter().any(|name| name == "Oncehub-Signature")
            && sent.iter().any(|name| name == "Webhook-Signature"),
        "{sent:?}"
    );
    assert_eq!(bell.get(&format!("/v2/attempts/{}", first["id"].as_str().unwrap())).await.json(), *first);
}

#[tokio::test]
async fn a_used_up_window_disables_a_barren_webhook_and_enabling_starts_afresh() {
    let bell = Bell::start_on_file(QUICK).await;
    let (_, url) = bell.inbox(&[500]).await;
    let (webhook, _) = bell.webhook("barren", &url, &["booking"]).await;
    let event = bell.post("/v2/events", json!({"type": "booking.scheduled", "data": {}})).await.at("/id");
    let failed = bell
        .until(&format!("/v2/deliveries?event={event}"), |answer| answer.at("/data/0/status") == "failed")
        .await;
    assert_eq!(failed.at("/data/0/attempts"), "3");
    let path = format!("/v2/webhooks/{webhook}");
    assert_eq!(bell.get(&path).await.at("/disabled_reason"), "window_exhausted", "B-103");
    let unheard = bell.post("/v2/events", json!({"type": "booking.scheduled", "data": {}})).await;
    assert_eq!(unheard.at("/deliveries"), "0", "nothing is queued while it is disabled");
    let delivery = failed.at("/data/0/id");
    let refused = bell.post(&format!("/v2/deliveries/{delivery}/retry"), json!({})).await;
    assert_eq!(refused.refusal(), (409, "id".into(), "webhook_disabled".into()));
    assert_eq!(bell.call("PATCH", &path, Some(json!({"status": true}))).await.at("/status"), "true");
    assert_eq!(
        bell.post("/v2/events", json!({"type": "booking.scheduled", "data": {}})).await.at("/deliveries"),
        "1"
    );
}

#[tokio::test]
async fn gone_disables_at_once() {
    let bell = Bell::start(QUICK).await;
    let (_, url) = bell.inbox(&[410]).await;
    let (webhook, _) = bell.webhook("gone", &url, &["booking"]).await;
    bell.post("/v2/events", json!({"type": "booking.scheduled", "data": {}})).await;
    let path = format!("/v2/webhooks/{webhook}");
    let disabled = bell.until(&path, |answer| answer.at("/status") == "false").await;
    assert_eq!(disabled.at("/disabled_reason"), "gone", "B-090");
    let deliveries = bell.get("/v2/deliveries").await;
    assert_eq!(
        (deliveries.at("/data/0/status"), deliveries.at("/data/0/attempts")),
        ("cancelled".into(), "1".into()),
        "B-090"
    );
}

#[tokio::test]
async fn a_retry_by_hand_adds_exactly_one_attempt() {
    let bell = Bell::start_on_file(QUICK).await;
    let (inbox, url) = bell.inbox(&[200]).await;
    bell.webhook("again", &url, &["booking"]).await;
    bell.post("/v2/events", json!({"type": "booking.scheduled", "data": {}})).await;
    bell.captured(&inbox, 1).await;
    let settled = bell.until("/v2/deliveries", |answer| answer.at("/data/0/status") == "delivered").await;
    let path = format!("/v2/deliveries/{}", settled.at("/data/0/id"));
    for _ in 0..2 {
        assert_eq!(bell.call("POST", &format!("{path}/retry"), None).await.status, 202);
    }
    let again = bell.until(&path, |answer| answer.at("/attempts") == "3").await;
    assert_eq!((again.at("/status"), again.at("/retries_asked")), ("delivered".into(), "0".into()), "E-26");
    let requests = bell.captured(&inbox, 3).await;
    assert_eq!(requests.len(), 3, "E-26: twice asked, twice sent, also after success");
    let unknown = bell.post("/v2/deliveries/DLV-0000000000000000/retry", json!({})).await;
    assert_eq!(
        (unknown.status, unknown.at("/message")),
        (404, "No such delivery: 'DLV-0000000000000000'".into())
    );
}

#[tokio::test]
async fn a_sample_rings_one_webhook_for_every_trigger() {
    let bell = Bell::start(OPEN).await;
    let (inbox, url) = bell.inbox(&[]).await;
    let (webhook, _) = bell.webhook("sampled", &url, &["conversation.closed"]).await;
    let (_, silent_url) = bell.inbox(&[]).await;
    bell.webhook("silent", &silent_url, &["booking", "conversation"]).await;
    for trigger in deskbell_core::trigger::Trigger::ALL {
        let sent =
            bell.post(&format!("/v2/webhooks/{webhook}/test"), json!({"type": trigger.as_str()})).await;
        assert_eq!(sent.status, 202, "{trigger}: {}", sent.text());
    }
    let requests = bell.captured(&inbox, 11).await;
    for (request, trigger) in requests.iter().map(|request| (request, &request["body"])) {
        let event: serde_json::Value = serde_json::from_str(trigger.as_str().unwrap()).unwrap();
        let kind = event["type"].as_str().unwrap();
        let object = if kind.starts_with("booking") { "booking" } else { "conversation" };
        assert_eq!(event["data"]["object"], object, "{kind}");
        assert_eq!(request["delivery_of"]["signature"], "valid", "{kind}");
    }
    assert_eq!(
        bell.get("/v2/deliveries?limit=100").await.json()["data"].as_array().unwrap().len(),
        11,
        "to this webhook only"
    );
    let bad = bell.post(&format!("/v2/webhooks/{webhook}/test"), json!({"type": "booking"})).await;
    assert_eq!(bad.refusal().2, "event_type_unknown");
}

#[tokio::test]
async fn deleting_a_webhook_cancels_what_it_is_owed() {
    let bell = Bell::start_on_file(&[("DESKBELL_API__RATE_LIMIT", "off")]).await;
    let (inbox, url) = bell.inbox(&[500]).await;
    let (webhook, _) = bell.webhook("leaving", &url, &["booking"]).await;
    bell.post("/v2/events", json!({"type": "booking.scheduled", "data": {}})).await;
    bell.captured(&inbox, 1).await;
    bell.until("/v2/deliveries", |answer| answer.at("/data/0/attempts") == "1").await;
    assert_eq!(bell.call("DELETE", &format!("/v2/webhooks/{webhook}"), None).await.status, 200);
    let delivery = bell.get("/v2/deliveries").await;
    assert_eq!(
        (delivery.at("/data/0/status"), delivery.at("/data/0/next_attempt_time")),
        ("cancelled".into(), "null".into()),
        "A-172, E-12"
    );
    let retry = bell.post(&format!("/v2/deliveries/{}/retry", delivery.at("/data/0/id")), json!({})).await;
    assert_eq!(retry.refusal(), (409, "id".into(), "webhook_deleted".into()));
}

#[tokio::test]
async fn a_stop_finishes_what_is_in_flight() {
    let mut bell = Bell::start_on_file(OPEN).await;
    let slow = json!({"answers": [{"status": 200, "delay_ms": 300}]});
    let made = bell.post("/v2/inboxes", slow).await;
    bell.webhook("slow", &made.at("/url"), &["booking"]).await;
    bell.post("/v2/events", json!({"type": "booking.scheduled", "data": {}})).await;
    bell.captured(&made.at("/id"), 1).await;
    bell.stop().await;
    let page = deskbell_core::store::Page { limit: 10, cursor: None };
    let left = bell.store.deliveries(&bell.account, &Default::default(), &page).await.unwrap().items;
    assert_eq!(
        (left[0].status, left[0].attempts),
        (deskbell_core::delivery::Status::Delivered, 1),
        "C-51: the attempt was recorded"
    );
}
