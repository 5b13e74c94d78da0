//! A disk with little room: inboxes take nothing, the ledger goes on, and whoever looks is told.

use crate::bell::{Bell, CLOSED};
use serde_json::json;

/// More than any disk has.
const LOW: &[(&str, &str)] =
    &[("DESKBELL_API__RATE_LIMIT", "off"), ("DESKBELL_DISK__LOW_WATER_MIB", "1000000")];

#[tokio::test]
async fn with_little_room_inboxes_take_nothing_and_events_are_taken() {
    let bell = Bell::start_on_file(LOW).await;
    let (_, url) = bell.inbox(&[200]).await;
    let path = &url[url.find("/in/").unwrap()..];
    let refused = bell.send("POST", path, &[], Some("{}".into())).await;
    assert_eq!((refused.status, refused.at("/code")), (507, "storage_low".into()), "{}", refused.text());
    assert_eq!(refused.header("retry-after"), Some("60"));
    let posted = bell.post("/v2/events", json!({"type": "booking.scheduled", "data": {}})).await;
    assert_eq!(posted.status, 202, "the ledger goes on");
    let ready = bell.get("/readyz").await;
    assert_eq!(ready.status, 200, "it can take work");
    assert_eq!(ready.at("/disk"), "low", "{}", ready.text());
    let headline = bell.get("/v2/operator").await.at("/headline");
    assert!(
        headline.starts_with("Little room is left on the disk, ") && headline.ends_with("No webhooks yet."),
        "{headline}"
    );

    let bell = Bell::start_on_file(CLOSED).await;
    assert_eq!(bell.get("/readyz").await.json(), json!({"status": "ready"}));
    let (_, url) = bell.inbox(&[200]).await;
    let taken = bell.send("POST", &url[url.find("/in/").unwrap()..], &[], Some("{}".into())).await;
    assert_eq!(taken.status, 200);
}
