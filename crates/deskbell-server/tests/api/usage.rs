//! Who slows whom, as the operator sees it, and nobody else.

use crate::bell::{Bell, OPEN};
use serde_json::{Value, json};

const COLUMNS: [&str; 4] = ["writer_percent", "in_flight_percent", "readers_percent", "bytes_out_percent"];

async fn rows(bell: &Bell) -> Vec<Value> {
    let answer = bell.get("/v2/operator").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["usage"]["rows"].as_array().unwrap().clone()
}

/// Posts one event of the key's account to an inbox that answers after so long, and waits until it is delivered.
async fn ring(bell: &Bell, key: &str, delay_ms: u64) {
    let call = async |path: &str, body: Value| bell.call_as(key, "POST", path, Some(body)).await;
    let inbox = call("/v2/inboxes", json!({"answers": [{"status": 200, "delay_ms": delay_ms}]})).await;
    let webhook =
        call("/v2/webhooks", json!({"name": "one", "url": inbox.at("/url"), "events": ["booking"]})).await;
    assert_eq!(webhook.status, 200, "{}", webhook.text());
    let sent = call("/v2/events", json!({"type": "booking.scheduled", "data": {}})).await;
    let path = format!("/v2/deliveries?event={}", sent.at("/id"));
    bell.until_as(key, &path, |answer| answer.at("/data/0/status") == "delivered").await;
}

#[tokio::test]
async fn the_operator_sees_who_takes_what_of_what_all_share() {
    let bell = Bell::start_on_file(OPEN).await;
    ring(&bell, &bell.key, 0).await;
    let alone = rows(&bell).await;
    assert_eq!(
        (&alone[0]["account"], &alone[0]["standing"]),
        (&json!(bell.account), &json!("alone")),
        "{alone:?}"
    );
    assert_eq!(alone[0]["sentence"], "No other account is at work: nobody waits for it.");
    assert_eq!((alone.len(), &alone[1]["of"]), (2, &json!("instance")), "there are no others");

    let (slow, key) = bell.account("slow@bell.example").await;
    ring(&bell, &key, 1_100).await;
    bell.account("idle@bell.example").await;
    let seen = rows(&bell).await;
    let named = |row: &Value| (row["of"].clone(), row["email"].clone(), row["accounts"].clone());
    let row = |email: &str| seen.iter().find(|row| row["email"] == email).unwrap();
    assert_eq!(named(row("owner@bell.example")), (json!("account"), json!("owner@bell.example"), json!(1)));
    let last = seen.last().unwrap();
    assert_eq!(named(last), (json!("others"), Value::Null, json!(1)), "who did nothing is there too");
    assert_eq!(
        (&last["account"], &last["standing"], &last["about"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    let found = row("slow@bell.example");
    assert_eq!(
        (&found["account"], &found["webhooks"], &found["slow"]),
        (&json!(slow), &json!(1), &json!(1)),
        "{found}"
    );
    assert_eq!((&found["standing"], &found["about"]), (&json!("held_back"), &json!("in_flight")), "{found}");
    let sentence = found["sentence"].as_str().unwrap();
    assert!(sentence.starts_with("Its receivers take "), "{sentence}");
    for column in COLUMNS {
        let sum: f64 = seen.iter().map(|row| row[column].as_f64().unwrap()).sum();
        assert!((sum - 100.0).abs() < 0.5, "{column}: {seen:?}");
        assert!(found[column].as_f64().unwrap() > 0.0, "{column}: {found}");
    }
}

#[tokio::test]
async fn no_account_learns_what_another_one_takes() {
    let bell = Bell::start(OPEN).await;
    let (_, key) = bell.account("other@bell.example").await;
    ring(&bell, &key, 0).await;
    assert!(rows(&bell).await.iter().any(|row| row["email"] == "other@bell.example"));
    let refused = bell.call_as(&key, "GET", "/v2/operator", None).await;
    assert_eq!(refused.status, 403);
    for ours in [bell.account.as_str(), "owner@bell.example", "percent"] {
        assert!(!refused.text().contains(ours), "{}", refused.text());
    }
}

#[tokio::test]
async fn of_many_accounts_a_few_have_a_row_and_the_others_one() {
    let bell = Bell::start(OPEN).await;
    for number in 0..12 {
        let (_, key) = bell.account(&format!("guest-{number}@bell.example")).await;
        assert_eq!(bell.call_as(&key, "GET", "/v2/webhooks", None).await.status, 200);
    }
    let seen = rows(&bell).await;
    let count = |of: &str| seen.iter().filter(|row| row["of"] == of).count();
    assert_eq!((count("account"), count("instance"), count("others"), seen.len()), (8, 1, 1, 10));
    assert_eq!(seen[9]["accounts"], 5, "13 in all: {seen:?}");
    let bytes: f64 = seen.iter().map(|row| row["bytes_out_percent"].as_f64().unwrap()).sum();
    assert!((bytes - 100.0).abs() < 0.6, "{seen:?}");
}
