//! `/readyz`: ready means that a call which writes would be answered.

use crate::bell::{Bell, CLOSED};
use serde_json::json;

#[tokio::test]
async fn a_server_whose_file_is_not_under_its_name_is_not_ready_and_acknowledges_nothing() {
    let mut bell = Bell::start_on_file(CLOSED).await;
    bell.until_status("GET", "/readyz", 200).await;
    let (path, away) = (bell.file(), bell.file().with_extension("away"));
    std::fs::rename(&path, &away).unwrap();
    bell.until_status("GET", "/readyz", 503).await;
    let answer = bell.send("GET", "/readyz", &[], None).await;
    assert_eq!(answer.json()["code"], "not_ready");
    let message = answer.json()["message"].as_str().unwrap().to_owned();
    assert!(message.contains("removed, moved or replaced"), "{message}");
    assert!(!message.contains('/'), "a path is nobody's business: {message}");
    assert_eq!(bell.send("GET", "/healthz", &[], None).await.status, 200, "it lives");
    let inbox = json!({"name": "b", "url": "https://receiver.example/", "events": ["booking"]});
    let answer = bell.post("/v2/webhooks", inbox.clone()).await;
    assert_eq!((answer.status, &answer.json()["code"]), (503, &json!("storage_displaced")));
    std::fs::rename(&away, &path).unwrap();
    bell.until_status("GET", "/readyz", 200).await;
    assert_eq!(bell.post("/v2/webhooks", inbox).await.status, 200);
    bell.stop().await;
}

#[tokio::test]
async fn a_panic_of_a_part_that_has_to_run_ends_the_server_at_once() {
    let mut bell = Bell::start_on_file(CLOSED).await;
    bell.until_status("GET", "/readyz", 200).await;
    bell.alarm.ring("the writer");
    let ended = bell.ended().await.unwrap_err().to_string();
    assert!(ended.starts_with("the writer has panicked"), "{ended}");
    assert!(tokio::net::TcpStream::connect(bell.address).await.is_err(), "nobody listens");
}
