//! A rest that is ended by one call.

use crate::bell::{Bell, OPEN};
use crate::client::Answer;
use serde_json::json;

#[tokio::test]
async fn a_webhook_that_rests_goes_on_now_and_what_waited_arrives() {
    let bell = Bell::start_on_file(OPEN).await;
    let answers = json!({"answers": [{"status": 429, "headers": {"Retry-After": "600"}}, {"status": 204}]});
    let inbox = bell.post("/v2/inboxes", answers).await;
    let (webhook, _) = bell.webhook("rests", &inbox.at("/url"), &["booking"]).await;
    let path = format!("/v2/webhooks/{webhook}");
    let event = bell.post("/v2/events", json!({"type": "booking.scheduled", "data": {}})).await.at("/id");
    let rests = |answer: &Answer| answer.json()["resting_until"].is_string();
    bell.until(&path, rests).await;
    let owed = format!("/v2/deliveries?event={event}");
    assert_eq!(bell.get(&owed).await.at("/data/0/held_by"), "rest");

    let (_, stranger) = bell.account("stranger@bell.example").await;
    let resume = format!("{path}/resume");
    assert_eq!(bell.call_as(&stranger, "POST", &resume, Some(json!({}))).await.status, 404);
    let resumed = bell.post(&resume, json!({})).await;
    assert_eq!((resumed.status, resumed.at("/id")), (200, webhook));
    bell.until(&owed, |answer| answer.at("/data/0/status") == "delivered").await;
    bell.until(&path, |answer| !rests(answer)).await;

    let again = bell.post(&resume, json!({})).await;
    assert_eq!((again.status, rests(&again)), (200, false), "there is no rest to end");
    bell.call("PATCH", &path, Some(json!({"status": false}))).await;
    assert_eq!(bell.post(&resume, json!({})).await.refusal(), (409, "id".into(), "webhook_disabled".into()));
    assert_eq!(bell.get(&path).await.at("/status"), "false", "it turns nothing on");
}
