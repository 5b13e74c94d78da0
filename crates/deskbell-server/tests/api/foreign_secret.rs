//! An inbox that was given the secret of a webhook elsewhere judges what is sent from there, and never shows it.

use crate::bell::{Bell, CLOSED};
use crate::client::send_raw;
use deskbell_core::policy::sign;
use deskbell_core::vault::Secret;
use serde_json::{Value, json};

const SECRET: &str = "d7686b8c83f04913929079aeae40189e";
const BODY: &str = r#"{"id":"EVNT-3HZ7KQ51VD","object":"event","type":"booking.scheduled"}"#;

/// The id and the path of an inbox that has the secret.
async fn inbox(bell: &Bell) -> (String, String) {
    let made = bell.post("/v2/inboxes", json!({"name": "from the vendor", "secret": SECRET})).await;
    assert_eq!((made.status, made.at("/has_secret")), (201, "true".into()), "{}", made.text());
    assert!(!made.text().contains(SECRET), "not even here");
    let url = made.at("/url");
    (made.at("/id"), url[url.find("/in/").unwrap()..].to_owned())
}

/// Sends [`BODY`] as the vendor does, signed with `secret`.
async fn send(bell: &Bell, path: &str, secret: Option<&str>) {
    let time = deskbell_core::time::millis(crate::bell::now()) / 1_000;
    let signature = secret.map(|secret| {
        let digest = sign::vendor(&Secret::new(secret.into()), time, BODY.as_bytes());
        format!("{}: t={time},s={digest}\r\n", sign::HEADER)
    });
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: application/json\r\n{}Content-Length: {}\r\n\r\n{BODY}",
        bell.address,
        signature.unwrap_or_default(),
        BODY.len()
    );
    assert_eq!(send_raw(bell.address, request.as_bytes()).await.status, 200);
}

/// What the signatures are worth, the newest request first.
async fn worth(bell: &Bell, inbox: &str) -> Vec<Value> {
    let requests = bell.get(&format!("/v2/inboxes/{inbox}/requests")).await.json();
    let signature = |request: &Value| request["signature"].clone();
    requests["data"].as_array().unwrap().iter().map(signature).collect()
}

#[tokio::test]
async fn what_comes_is_judged_with_the_secret_that_was_given() {
    let bell = Bell::start_on_file(CLOSED).await;
    let (id, path) = inbox(&bell).await;
    send(&bell, &path, Some(SECRET)).await;
    send(&bell, &path, Some("another")).await;
    send(&bell, &path, None).await;
    assert_eq!(worth(&bell, &id).await, ["missing", "mismatch", "valid"]);
    let (plain, url) = bell.inbox(&[]).await;
    send(&bell, &url[url.find("/in/").unwrap()..], Some(SECRET)).await;
    assert_eq!(worth(&bell, &plain).await, [Value::Null], "an inbox without a secret does not judge");
    let patch = async |secret: Value| {
        let change = json!({"secret": secret});
        bell.call("PATCH", &format!("/v2/inboxes/{id}"), Some(change)).await
    };
    let changed = patch(json!("another")).await;
    assert_eq!((changed.status, changed.at("/has_secret")), (200, "true".into()), "{}", changed.text());
    assert_eq!(worth(&bell, &id).await, ["missing", "valid", "mismatch"], "judged when it is looked at");
    assert_eq!(patch(Value::Null).await.at("/has_secret"), "false");
    assert_eq!(worth(&bell, &id).await, [Value::Null, Value::Null, Value::Null]);
}

#[tokio::test]
async fn the_doctor_uses_it() {
    let bell = Bell::start(CLOSED).await;
    let (id, path) = inbox(&bell).await;
    send(&bell, &path, Some(SECRET)).await;
    send(&bell, &path, Some("another")).await;
    let requests = bell.get(&format!("/v2/inboxes/{id}/requests")).await.json();
    let examined = async |nth: usize| {
        let request = requests["data"][nth]["id"].as_str().unwrap();
        let found = bell.post(&format!("/v2/inboxes/{id}/requests/{request}/doctor"), json!({})).await;
        assert!(!found.text().contains(SECRET), "{}", found.text());
        found.json()
    };
    let genuine = examined(1).await;
    assert_eq!(genuine["valid"], true, "{genuine}");
    assert!(genuine["evidence"].to_string().contains("from the vendor"), "{genuine}");
    assert_eq!(examined(0).await["finding"], "wrong_secret");
}

#[tokio::test]
async fn it_is_never_shown_and_never_repeated() {
    let mut bell = Bell::start_on_file(CLOSED).await;
    let (id, path) = inbox(&bell).await;
    send(&bell, &path, Some(SECRET)).await;
    for shown in [
        format!("/v2/inboxes/{id}"),
        "/v2/inboxes".to_owned(),
        format!("/v2/inboxes/{id}/requests"),
        format!("/v2/inboxes/{id}/export?format=json"),
        format!("/v2/inboxes/{id}/export?format=har"),
        format!("/v2/inboxes/{id}/export?format=csv"),
    ] {
        let answer = bell.get(&shown).await;
        assert_eq!(answer.status, 200, "{shown}: {}", answer.text());
        assert!(!answer.text().contains(SECRET), "{shown}");
    }
    for bad in ["", "with a blank", "line\nfeed", "naïve-secret", &"x".repeat(256)] {
        let refused = bell.post("/v2/inboxes", json!({"secret": bad})).await;
        assert_eq!(refused.refusal(), (400, "secret".into(), "text_invalid".into()), "{bad}");
        assert!(bad.is_empty() || !refused.text().contains(bad), "{}", refused.text());
    }
    let given = bell.post("/v2/inboxes", json!({"has_secret": true})).await;
    assert_eq!(given.refusal(), (400, "has_secret".into(), "field_read_only".into()));
    let (_, other) = bell.account("other@bell.example").await;
    let theirs =
        bell.call_as(&other, "PATCH", &format!("/v2/inboxes/{id}"), Some(json!({"secret": "x"}))).await;
    assert_eq!(theirs.status, 404, "A-099");
    bell.stop().await;
    let folder = bell.file().parent().unwrap().to_owned();
    for file in std::fs::read_dir(folder).unwrap().flatten().filter(|file| file.path().is_file()) {
        let bytes = std::fs::read(file.path()).unwrap();
        let found = bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes());
        assert!(!found, "{} has it in the clear", file.path().display());
    }
}
