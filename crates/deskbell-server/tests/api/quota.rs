//! An account that keeps as much as it may is told so; what it has goes on, and no other account notices.

use crate::bell::{Bell, OPEN, Settings};
use crate::client::Answer;
use deskbell_core::Random as _;
use deskbell_core::retention::Keep;
use deskbell_core::store::Expire;
use deskbell_core::time::later;
use deskbell_server::door::SystemRandom;
use serde_json::{Value, json};
use std::time::Duration;

/// 1 MiB of events by account.
const MIB: Settings<'static> = &[OPEN[0], OPEN[1], OPEN[2], ("DESKBELL_QUOTA__EVENTS_MIB", "1")];

/// An event of so many bytes that do not compress.
fn event(bytes: usize) -> Value {
    let mut noise = vec![0; bytes / 2];
    SystemRandom.fill(&mut noise);
    json!({"type": "booking.scheduled", "data": {"noise": deskbell_core::hex::encode(&noise)}})
}

/// The answer says that the event does not fit.
pub(crate) fn is_full(answer: &Answer) {
    assert_eq!((answer.status, answer.at("/code")), (507, "quota_exceeded".into()), "{}", answer.text());
    assert_eq!((answer.at("/type").as_str(), answer.header("retry-after")), ("api_error", Some("300")));
}

/// A bell whose first account has no more than the others may have.
pub(crate) async fn bell() -> Bell {
    let bell = Bell::start_on_file(MIB).await;
    bell.store.set_own_quota(&bell.account, None).await.unwrap();
    bell
}

/// What the account keeps, and may keep.
async fn kept(bell: &Bell) -> (u64, Value) {
    let account = bell.get("/v2/account").await.json();
    (account["events_kept_bytes"].as_u64().unwrap(), account["events_quota_bytes"].clone())
}

#[tokio::test]
async fn past_its_quota_an_account_is_told_so_event_by_event() {
    let bell = bell().await;
    let (inbox, url) = bell.inbox(&[]).await;
    let (webhook, _) = bell.webhook("rings", &url, &["booking"]).await;
    let (_, other) = bell.account("other@bell.example").await;
    assert_eq!(kept(&bell).await, (0, (1 << 20).into()));

    // Five fit, and after a sixth that does not, a small one.
    let mut events: Vec<Value> = (0..6).map(|_| event(200_000)).collect();
    events.push(event(1_000));
    let posted = bell.post("/v2/events", json!({ "events": events })).await;
    assert_eq!(posted.status, 202, "{}", posted.text());
    let results = posted.json()["data"].clone();
    let verdict = |result: &Value| result["code"].as_str().unwrap_or("taken").to_owned();
    let verdicts: Vec<String> = results.as_array().unwrap().iter().map(verdict).collect();
    let full = "quota_exceeded";
    assert_eq!(verdicts, ["taken", "taken", "taken", "taken", "taken", full, "taken"], "{results}");
    let (bytes, _) = kept(&bell).await;
    assert!((1_001_000..1 << 20).contains(&bytes), "{bytes}");

    let headers = [("API-Key", bell.key.as_str()), ("Idempotency-Key", "k")];
    let keyed = |body: Value| bell.send("POST", "/v2/events", &headers, Some(body.to_string()));
    let small = event(1_000);
    assert_eq!(keyed(small.clone()).await.status, 202);
    let refused = bell.post("/v2/events", event(100_000)).await;
    is_full(&refused);
    let message = refused.at("/message");
    assert!(message.contains("its quota is 1,048,576: this event does not fit"), "{message}");
    assert_eq!(keyed(small).await.status, 200, "what is there already is told as ever, A-181");
    let sample = json!({"data": {"noise": event(100_000)["data"]["noise"]}});
    is_full(&bell.post(&format!("/v2/webhooks/{webhook}/test"), sample).await);
    let theirs = bell.call_as(&other, "POST", "/v2/events", Some(event(200_000))).await;
    assert_eq!(theirs.status, 202, "another account has room of its own");
    assert_eq!(bell.captured(&inbox, 7).await.len(), 7, "what was accepted arrives");

    // The operator sees it.
    let seen = bell.get("/v2/operator").await;
    let headline = seen.at("/headline");
    assert!(headline.starts_with("owner@bell.example keeps 9"), "{headline}");
    let rows = seen.json()["kept"].clone();
    assert_eq!(
        (&rows[0]["email"], &rows[0]["quota_bytes"]),
        (&"owner@bell.example".into(), &(1 << 20).into())
    );
    assert_eq!((&rows[1]["email"], rows[2].is_null()), (&"other@bell.example".into(), true), "{rows}");

    // Retention gives it back.
    let day = Duration::from_secs(24 * 3_600);
    let part = Expire {
        now: later(crate::bell::now(), 100 * day),
        keep: Keep::all(90 * day),
        rows: 1_000,
        from: None,
    };
    assert!(bell.store.expire(part).await.unwrap().events >= 7);
    assert_eq!(kept(&bell).await.0, 0);
    assert_eq!(bell.post("/v2/events", event(200_000)).await.status, 202);
}

#[tokio::test]
async fn without_a_setting_the_first_account_has_no_quota_and_others_have_a_part_of_the_disk() {
    let bell = Bell::start_on_file(OPEN).await;
    assert_eq!(kept(&bell).await, (0, Value::Null));
    let (_, other) = bell.account("other@bell.example").await;
    let theirs = bell.call_as(&other, "GET", "/v2/account", None).await.json();
    assert!(theirs["events_quota_bytes"].as_u64().is_some_and(|bytes| bytes > 1 << 20), "{theirs}");
}
