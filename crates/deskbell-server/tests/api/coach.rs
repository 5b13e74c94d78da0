//! The coach: what it says beforehand is what becomes of a real attempt.

use crate::bell::{Bell, CLOSED, OPEN};
use serde_json::{Value, json};

#[tokio::test]
async fn the_coach_says_what_the_settings_in_force_will_do() {
    let bell = Bell::start(CLOSED).await;
    let said = async |body: Value| bell.post("/v2/coach", body).await.json();
    assert_eq!(
        said(json!({"status": 429, "headers": {"Retry-After": "60"}})).await,
        json!({
            "object": "advice", "outcome": "http_status", "next": "retry", "wait_ms": 60_000, "rests_webhook": true,
            "rest_ms": 60_000, "tone": "wait",
            "sentence": "429 with Retry-After 60: the whole webhook waits 60 s, not only this delivery.",
            "reason": "It is tried at most 15 times within 72 h.",
        })
    );
    let late = said(json!({"status": 200, "delay_ms": 16_000})).await;
    assert_eq!((&late["outcome"], &late["next"]), (&json!("head_timeout"), &json!("retry")));
    let gone = said(json!({"status": 410})).await;
    assert_eq!(
        (&gone["next"], &gone["wait_ms"], &gone["tone"]),
        (&json!("disable"), &Value::Null, &json!("bad"))
    );
    let hasty =
        Bell::start(&[("DESKBELL_DELIVERY__TIMEOUT", "2s"), ("DESKBELL_DELIVERY__RETRY_SCHEDULE", "7s")])
            .await;
    let late = hasty.post("/v2/coach", json!({"status": 200, "delay_ms": 3_000})).await;
    assert!(late.at("/sentence").starts_with("Too late by 1 s. We stop listening at 2 s"), "{}", late.text());
    let failed = hasty.post("/v2/coach", json!({"status": 500})).await;
    assert_eq!((failed.at("/wait_ms"), failed.at("/rests_webhook")), ("7000".into(), "false".into()));
}

#[tokio::test]
async fn the_coach_takes_a_status_headers_and_a_delay() {
    let bell = Bell::start(CLOSED).await;
    for (body, param, code) in [
        (json!({}), "status", "field_required"),
        (json!({"status": 99}), "status", "integer_out_of_range"),
        (json!({"status": 600}), "status", "integer_out_of_range"),
        (json!({"status": "200"}), "status", "type_mismatch"),
        (json!({"status": 200, "delay_ms": 30_001}), "delay_ms", "integer_out_of_range"),
        (json!({"status": 200, "headers": []}), "headers", "type_mismatch"),
        (json!({"status": 200, "body": "x"}), "body", "unknown_field"),
    ] {
        let refusal = bell.post("/v2/coach", body).await.refusal();
        assert_eq!(refusal, (400, param.into(), code.into()));
    }
    assert_eq!(bell.send("POST", "/v2/coach", &[], Some("{}".into())).await.status, 401);
}

#[tokio::test]
async fn what_the_coach_said_is_what_a_delivery_shows() {
    let bell = Bell::start(&[OPEN, &[("DESKBELL_DELIVERY__JITTER", "0")]].concat()).await;
    for (status, header, trigger) in [
        (204, None, "booking.scheduled"),
        (404, None, "booking.canceled"),
        (500, Some("90"), "booking.completed"),
        (503, None, "booking.no_show"),
        (429, Some("120"), "booking.rescheduled"),
        (410, None, "conversation.closed"),
    ] {
        let mut answer = json!({"status": status});
        if let Some(seconds) = header {
            answer["headers"] = json!({"Retry-After": seconds});
        }
        let advice = bell.post("/v2/coach", answer.clone()).await.json();
        let inbox = bell.post("/v2/inboxes", json!({"answers": [answer]})).await;
        let (webhook, _) = bell.webhook(&format!("w{status}"), &inbox.at("/url"), &[trigger]).await;
        bell.post("/v2/events", json!({"type": trigger, "data": {}})).await;
        let list = format!("/v2/attempts?webhook={webhook}");
        let attempt = bell
            .until(&list, |found| found.json()["data"].as_array().is_some_and(|data| !data.is_empty()))
            .await;
        assert_eq!(attempt.at("/data/0/outcome"), advice["outcome"], "{status}");
        let delivery = bell.get(&format!("/v2/deliveries/{}", attempt.at("/data/0/delivery"))).await.json();
        let expected = match advice["next"].as_str().unwrap() {
            "done" => "delivered",
            "retry" => "pending",
            _ => "cancelled",
        };
        assert_eq!(delivery["status"], expected, "{status}: {delivery}");
        if let Some(wait) = advice["wait_ms"].as_i64() {
            let time = |value: &Value| value.as_str().unwrap().parse::<deskbell_core::Timestamp>().unwrap();
            let due = time(&delivery["next_attempt_time"]).as_millisecond();
            let started = time(&attempt.json()["data"][0]["started_time"]).as_millisecond();
            // The wait begins when the attempt has ended, a moment after it started.
            assert!((0..20_000).contains(&(due - started - wait)), "{status}: {due} {started} {wait}");
        }
    }
}
