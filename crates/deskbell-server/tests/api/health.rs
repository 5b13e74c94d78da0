//! How a webhook does, as its `expand=health` says it.

use crate::bell::{Bell, OPEN};
use serde_json::{Value, json};

async fn health(bell: &Bell, webhook: &str) -> Value {
    let answer = bell.get(&format!("/v2/webhooks/{webhook}?expand=health")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["health"].clone()
}

#[tokio::test]
async fn a_webhook_says_how_it_does_in_a_word_a_sentence_and_quarters() {
    let bell = Bell::start_on_file(OPEN).await;
    let (_, url) = bell.inbox(&[200, 200, 200, 500]).await;
    let (webhook, _) = bell.webhook("crm", &url, &["booking.scheduled"]).await;
    let idle = health(&bell, &webhook).await;
    assert_eq!(
        (&idle["state"], &idle["success_share"], &idle["p95_ms"]),
        (&json!("idle"), &Value::Null, &Value::Null)
    );

    bell.ring(&webhook, "delivered").await;
    bell.ring(&webhook, "delivered").await;
    let well = health(&bell, &webhook).await;
    assert_eq!(well["state"], "healthy");
    assert_eq!(well["sentence"], "Healthy. All 2 deliveries of the last 24 hours arrived.");
    assert_eq!(
        (&well["delivered_24h"], &well["first_try_24h"], &well["failed_24h"]),
        (&json!(2), &json!(2), &json!(0))
    );
    assert_eq!((&well["success_share"], &well["pending"]), (&json!(1.0), &json!(0)));
    assert!(
        well["p95_ms"].as_u64() >= well["median_ms"].as_u64() && well["median_ms"].as_u64() >= Some(1),
        "{well}"
    );

    // What arrived once and is sent again by hand is the same delivery.
    let path = format!("/v2/deliveries?webhook={webhook}&limit=1");
    let delivery = bell.get(&path).await.at("/data/0/id");
    assert_eq!(bell.post(&format!("/v2/deliveries/{delivery}/retry"), json!({})).await.status, 202);
    bell.until(&path, |answer| answer.at("/data/0/attempts") == "2").await;
    let again = health(&bell, &webhook).await;
    assert_eq!(again["sentence"], well["sentence"]);
    assert_eq!((&again["delivered_24h"], &again["failed_24h"]), (&json!(2), &json!(0)));

    bell.ring(&webhook, "http_status").await;
    let ill = health(&bell, &webhook).await;
    assert_eq!(
        (&ill["state"], &ill["failed_24h"], &ill["pending"]),
        (&json!("retrying"), &json!(1), &json!(1))
    );
    let sentence = ill["sentence"].as_str().unwrap();
    assert!(
        sentence.starts_with("Retrying. The last try failed; one delivery waits, the next try is in "),
        "{sentence}"
    );
    assert!(ill["next_attempt_time"].is_string() && ill["since"].is_string(), "{ill}");
    assert_eq!(ill["success_share"], json!(0.6667));

    let quarters = ill["quarters"].as_array().unwrap();
    assert_eq!(quarters.len(), 96);
    let sum = |name: &str| quarters.iter().map(|quarter| quarter[name].as_u64().unwrap()).sum::<u64>();
    assert_eq!((sum("delivered"), sum("failed"), sum("attempts")), (2, 1, 3));
    let times: Vec<&str> = quarters.iter().map(|quarter| quarter["time"].as_str().unwrap()).collect();
    assert!(times.is_sorted(), "oldest first");

    bell.call("PATCH", &format!("/v2/webhooks/{webhook}"), Some(json!({"status": false}))).await;
    let paused = health(&bell, &webhook).await;
    assert_eq!((&paused["state"], &paused["pending"]), (&json!("paused"), &json!(0)));
}

#[tokio::test]
async fn only_who_asks_for_health_gets_it() {
    let bell = Bell::start(OPEN).await;
    let (_, url) = bell.inbox(&[200]).await;
    let (first, _) = bell.webhook("one", &url, &["booking.scheduled"]).await;
    let (second, _) = bell.webhook("two", &url, &["booking.canceled"]).await;
    bell.ring(&second, "delivered").await;
    let plain = bell.get("/v2/webhooks").await.json();
    assert!(plain["data"].as_array().unwrap().iter().all(|webhook| webhook.get("health").is_none()));
    assert_eq!(bell.get(&format!("/v2/webhooks/{first}")).await.json().get("health"), None);

    for expand in ["health", "data.health"] {
        let list = bell.get(&format!("/v2/webhooks?expand={expand}")).await;
        let list = list.json();
        let states: Vec<_> =
            list["data"].as_array().unwrap().iter().map(|webhook| &webhook["health"]["state"]).collect();
        assert_eq!(states, ["healthy", "idle"], "newest first, each its own");
    }
    for path in ["/v2/webhooks?expand=secret".to_owned(), format!("/v2/webhooks/{first}?expand=secret")] {
        let refusal = (400, "expand".to_owned(), "expand_invalid".to_owned());
        assert_eq!(bell.get(&path).await.refusal(), refusal, "{path}");
    }
    let unknown = bell.get(&format!("/v2/webhooks/{first}?limit=1")).await;
    assert_eq!(unknown.refusal(), (400, "limit".into(), "parameter_unknown".into()));
}
