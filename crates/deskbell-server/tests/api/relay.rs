//! The relay of an inbox: who sends waits, who relays answers, and nobody else can.

use crate::bell::{Bell, CLOSED};
use crate::client::Answer;
use serde_json::{Value, json};

/// An inbox with a relay: its id, and the path of its address.
async fn inbox(bell: &Bell) -> (String, String) {
    let made = bell.post("/v2/inboxes", json!({"name": "relayed", "relay": true})).await;
    assert_eq!((made.status, made.at("/relay")), (201, "true".into()), "{}", made.text());
    let url = made.at("/url");
    (made.at("/id"), url[url.find("/in/").unwrap()..].to_owned())
}

async fn taken(bell: &Bell, inbox: &str, query: &str) -> Vec<Value> {
    let answer = bell.get(&format!("/v2/inboxes/{inbox}/relay{query}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["data"].as_array().unwrap().clone()
}

/// Sends to `path` while `relay` goes on beside it.
async fn beside<T>(bell: &Bell, path: &str, relay: impl Future<Output = T>) -> (Answer, T) {
    tokio::join!(bell.send("PUT", path, &[("X-Twice", "1")], Some("{\"a\": 1}".into())), relay)
}

#[tokio::test]
async fn the_sender_gets_what_the_relay_answers() {
    let bell = Bell::start_on_file(CLOSED).await;
    let (inbox, path) = inbox(&bell).await;
    let relay = async {
        let request = taken(&bell, &inbox, "?wait=20").await.remove(0);
        assert_eq!(
            (request["method"].as_str(), request["path"].as_str(), request["body"].as_str()),
            (Some("PUT"), Some("/x?y=1"), Some("{\"a\": 1}")),
            "as it came"
        );
        assert_eq!(request["answered_status"], Value::Null);
        assert!(taken(&bell, &inbox, "").await.is_empty(), "handed out once");
        let again = taken(&bell, &inbox, "?again=true").await.remove(0);
        assert_eq!(again["id"], request["id"], "handed out to one who starts over");
        let answer = format!("/v2/inboxes/{inbox}/relay/{}", request["id"].as_str().unwrap());
        let said = json!({"status": 503, "headers": {"Retry-After": "2"}, "body": "l\u{e4}ter"});
        let answered = bell.post(&answer, said.clone()).await;
        assert_eq!((answered.status, answered.at("/answered_status")), (200, "503".into()));
        assert_eq!(bell.post(&answer, said).await.refusal(), (404, "id".into(), "not_found".into()), "once");
        request["id"].as_str().unwrap().to_owned()
    };
    let (got, request) = beside(&bell, &format!("{path}/x?y=1"), relay).await;
    assert_eq!((got.status, got.text(), got.header("retry-after")), (503, "läter".into(), Some("2")));
    assert!(got.header("content-security-policy").is_some(), "T-25: the headers of every answer of an inbox");
    let kept = format!("/v2/inboxes/{inbox}/requests/{request}");
    let kept = bell.until(&kept, |kept| kept.json()["answered_status"] == 503).await;
    assert_eq!(kept.at("/number"), "1", "kept like any other");
}

#[tokio::test]
async fn bytes_are_relayed_as_they_are() {
    let bell = Bell::start(CLOSED).await;
    let (inbox, path) = inbox(&bell).await;
    let relay = async {
        let request = taken(&bell, &inbox, "?wait=20").await.remove(0);
        let answer = format!("/v2/inboxes/{inbox}/relay/{}", request["id"].as_str().unwrap());
        assert_eq!(bell.post(&answer, json!({"status": 200, "body_base64": "/wA="})).await.status, 200);
    };
    let (got, ()) = beside(&bell, &path, relay).await;
    assert_eq!((got.status, got.body), (200, b"\xff\0".to_vec()));
}

#[tokio::test]
async fn a_sender_that_nobody_answers_is_told_to_come_again() {
    let bell = Bell::start(CLOSED).await;
    let (inbox, path) = inbox(&bell).await;
    let (got, request) = beside(&bell, &path, taken(&bell, &inbox, "?wait=20")).await;
    assert_eq!(got.refusal(), (504, String::new(), "relay_silent".into()), "after 15 s");
    let request = request[0]["id"].as_str().unwrap();
    let late = bell.post(&format!("/v2/inboxes/{inbox}/relay/{request}"), json!({"status": 200})).await;
    assert_eq!(late.status, 404, "too late");
    let kept = format!("/v2/inboxes/{inbox}/requests/{request}");
    bell.until(&kept, |kept| kept.json()["answered_status"] == 504).await;
}

#[tokio::test]
async fn an_answer_cannot_mislead() {
    let bell = Bell::start(CLOSED).await;
    let (inbox, _) = inbox(&bell).await;
    let path = format!("/v2/inboxes/{inbox}/relay/CAP-1");
    for (answer, param, code) in [
        (json!({}), "status", "field_required"),
        (json!({"status": 302}), "status", "response_status_invalid"),
        (json!({"status": "200"}), "status", "type_mismatch"),
        (json!({"status": 200, "headers": {"Location": "/"}}), "headers", "response_header_forbidden"),
        (json!({"status": 200, "headers": {"X-A": "1\r\nX-B: 2"}}), "headers", "header_value_invalid"),
        (json!({"status": 200, "body": "x".repeat(65_537)}), "body", "response_body_too_large"),
        (json!({"status": 200, "body": "", "body_base64": ""}), "body_base64", "value_invalid"),
        (json!({"status": 200, "body_base64": "%"}), "body_base64", "value_invalid"),
        (json!({"status": 200, "delay_ms": 1}), "delay_ms", "unknown_field"),
    ] {
        let refusal = bell.post(&path, answer.clone()).await.refusal();
        assert_eq!(refusal, (400, param.into(), code.into()), "A-136, A-137, A-138: {answer}");
    }
    let none = bell.post(&path, json!({"status": 200})).await.refusal();
    assert_eq!(none, (404, "id".into(), "not_found".into()));
}

#[tokio::test]
async fn only_the_owner_of_a_relaying_inbox_relays() {
    let bell = Bell::start(CLOSED).await;
    let (inbox, _) = inbox(&bell).await;
    let (plain, _) = bell.inbox(&[200]).await;
    let (_, theirs) = bell.account("other@bell.example").await;
    for (method, rest, body) in
        [("GET", "relay", None), ("POST", "relay/CAP-1", Some(json!({"status": 200})))]
    {
        let path = |id: &str| format!("/v2/inboxes/{id}/{rest}");
        let foreign = bell.call_as(&theirs, method, &path(&inbox), body.clone()).await;
        assert_eq!(foreign.refusal(), (404, "id".into(), "not_found".into()), "A-099: {method}");
        assert_eq!(bell.call_as("dbk_x", method, &path(&inbox), body.clone()).await.status, 401, "{method}");
        let off = bell.call(method, &path(&plain), body).await.refusal();
        assert_eq!(off, (409, "id".into(), "relay_off".into()), "{method}");
    }
    for query in ["?wait=61", "?wait=x", "?again=perhaps", "?limit=1"] {
        assert_eq!(
            bell.get(&format!("/v2/inboxes/{inbox}/relay{query}")).await.status,
            400,
            "A-106: {query}"
        );
    }
    let both = bell.post("/v2/inboxes", json!({"relay": true, "answers": [{"status": 200}]})).await;
    assert_eq!(both.refusal(), (400, "answers".into(), "value_invalid".into()));
    let change = bell.call("PATCH", &format!("/v2/inboxes/{plain}"), Some(json!({"relay": true}))).await;
    assert_eq!(change.refusal(), (400, "relay".into(), "field_read_only".into()));
}
