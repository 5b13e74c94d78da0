//! The signature doctor, over a real delivery to an inbox.

use crate::bell::{Bell, CLOSED};
use crate::client::Answer;
use deskbell_core::id::EventId;
use deskbell_core::policy::sign;
use deskbell_core::vault::Secret;
use serde_json::{Value, json};

/// A delivery that came: where to ask, its secret, its time, its bytes.
struct Came {
    bell: Bell,
    path: String,
    secret: Secret,
    other: (String, Secret),
    time: i64,
    body: String,
}

impl Came {
    async fn new() -> Self {
        let bell = Bell::start(CLOSED).await;
        let (inbox, url) = bell.inbox(&[]).await;
        let (webhook, secret) = bell.webhook("to the inbox", &url, &["booking"]).await;
        let (_, elsewhere) = bell.inbox(&[]).await;
        let (other, others) = bell.webhook("another one", &elsewhere, &["booking"]).await;
        bell.post(&format!("/v2/webhooks/{webhook}/test"), json!({})).await;
        let capture = &bell.captured(&inbox, 1).await[0];
        let signed = capture["headers"].as_array().unwrap().iter();
        let header = signed.clone().find(|header| header["name"] == sign::HEADER).unwrap();
        let (time, _) = sign::parse(header["value"].as_str().unwrap()).unwrap();
        let path = format!("/v2/inboxes/{inbox}/requests/{}/doctor", capture["id"].as_str().unwrap());
        let body = capture["body"].as_str().unwrap().to_owned();
        let other = (other, Secret::new(others));
        Self { path, secret: Secret::new(secret), other, time, body, bell }
    }

    async fn ask(&self, body: Value) -> Value {
        let answer = self.bell.post(&self.path, body).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }
}

fn shape(found: &Value) -> (Option<&str>, bool, &str) {
    (found["finding"].as_str(), found["valid"].as_bool().unwrap(), found["sentence"].as_str().unwrap())
}

#[tokio::test]
async fn a_genuine_request_and_its_own_value_are_valid() {
    let came = Came::new().await;
    let found = came.ask(json!({})).await;
    assert_eq!(shape(&found), (None, true, "The signature verifies: secret, time and bytes fit."));
    assert_eq!((&found["object"], &found["fix"]), (&json!("diagnosis"), &Value::Null));
    let right = sign::vendor(&came.secret, came.time, came.body.as_bytes());
    let found = came.ask(json!({"value": right})).await;
    assert!(shape(&found).1 && shape(&found).2.starts_with("This is the right value."), "{found}");
    let seen =
        format!("POST / HTTP/1.1\r\nOncehub-Signature: t={},s={right}\r\n\r\n{}", came.time, came.body);
    let found = came.ask(json!({"request": seen})).await;
    assert!(
        shape(&found).1 && shape(&found).2.starts_with("The request verifies as your code sees it"),
        "{found}"
    );
}

#[tokio::test]
async fn the_mistake_behind_a_value_is_named_with_evidence_and_a_fix() {
    let came = Came::new().await;
    let spaced = came.body.replacen(':', ": ", 1);
    let rebuilt: Value = serde_json::from_str(&came.body).unwrap();
    let indented = serde_json::to_string_pretty(&rebuilt).unwrap();
    let found = came.ask(json!({"value": sign::vendor(&came.secret, came.time, indented.as_bytes())})).await;
    assert_eq!(shape(&found), (Some("rebuilt"), false, "The JSON was parsed and rebuilt before hashing."));
    let evidence = found["evidence"].to_string();
    assert!(evidence.contains("Differs at byte 1: a line feed was added after the bracket."), "{evidence}");
    assert!(found["fix"]["python"].as_str().unwrap().contains("get_data()"), "{found}");
    for language in ["python", "node", "go", "php"] {
        assert!(found["fix"][language].is_string(), "{language}");
    }
    let tried = found["tried"].as_array().unwrap();
    let matching: Vec<_> = tried.iter().filter(|tried| tried["matches"] == true).collect();
    assert_eq!((tried.len(), matching.len(), &matching[0]["name"]), (21, 1, &json!("rebuilt")));

    let other =
        came.ask(json!({"value": sign::vendor(&came.other.1, came.time, came.body.as_bytes())})).await;
    assert_eq!(shape(&other).0, Some("other_secret"));
    assert!(other["evidence"].to_string().contains(&came.other.0), "the evidence names it: {other}");
    let skewed =
        came.ask(json!({"value": sign::vendor(&came.secret, came.time - 30, came.body.as_bytes())})).await;
    assert_eq!(shape(&skewed).0, Some("own_clock"));
    assert!(skewed["evidence"].to_string().contains("30 s before the t of the header"), "{skewed}");
    let nothing = came
        .ask(json!({"value": sign::vendor(&came.secret, came.time, spaced.replace('a', "b").as_bytes())}))
        .await;
    assert_eq!(
        shape(&nothing),
        (
            None,
            false,
            "None of 21 known mistakes gives your value: the secret may be none of this account's webhooks, or the bytes others. Paste the whole request, and we compare the bytes."
        )
    );
    let id = EventId::from_text("EVNT-ELSEWHERE");
    let standard =
        came.ask(json!({"value": sign::standard(&came.secret, &id, came.time, came.body.as_bytes())})).await;
    assert_eq!(shape(&standard).0, None, "another event's id explains nothing");
}

#[tokio::test]
async fn a_whole_request_is_compared_byte_for_byte() {
    let came = Came::new().await;
    let spaced = came.body.replacen(':', ": ", 1);
    let at = came.body.find(':').unwrap() + 1;
    let found = came.ask(json!({"request": format!("Content-Type: application/json\n\n{spaced}")})).await;
    let evidence = found["evidence"].to_string();
    assert!(
        evidence.contains(&format!("Differs at byte {at}: a space was added after the colon.")),
        "{evidence}"
    );
    assert_eq!(shape(&found).0, Some("rebuilt"), "{found}");
    let bent = came.ask(json!({"request": came.body.replacen("booking", "b00king", 1)})).await;
    assert_eq!(
        shape(&bent),
        (Some("changed"), false, "The body that your code sees is not the one that came.")
    );
    let ended = came.ask(json!({"request": format!("{}\n", came.body)})).await;
    assert_eq!(shape(&ended).0, Some("line_end"), "without header lines all of it is the body: {ended}");
    let right = sign::vendor(&came.other.1, came.time, came.body.as_bytes());
    let seen = format!("oncehub-signature: t={},s={right}\n\n{}", came.time, came.body);
    let foreign = came.ask(json!({"request": seen})).await;
    assert_eq!(shape(&foreign).0, Some("other_secret"), "{foreign}");
}

#[tokio::test]
async fn a_request_that_nobody_signed_says_so() {
    let bell = Bell::start(CLOSED).await;
    let (inbox, url) = bell.inbox(&[]).await;
    let path = url[url.find("/in/").unwrap()..].to_owned();
    bell.send("POST", &path, &[("Oncehub-Signature", "t=1,s=2")], Some("{}".into())).await;
    let id = bell.captured(&inbox, 1).await[0]["id"].as_str().unwrap().to_owned();
    let ask = format!("/v2/inboxes/{inbox}/requests/{id}/doctor");
    let sentence = async || bell.post(&ask, json!({})).await.at("/sentence");
    assert!(sentence().await.starts_with("No webhook of this account points to this inbox"));
    bell.webhook("here", &url, &["booking"]).await;
    assert!(sentence().await.starts_with("The header is not t="), "a header that cannot be read");
    bell.send("POST", &path, &[], Some("{}".into())).await;
    let id = bell.captured(&inbox, 2).await[0]["id"].as_str().unwrap().to_owned();
    let answer =
        bell.post(&format!("/v2/inboxes/{inbox}/requests/{id}/doctor"), json!({"value": "00"})).await;
    assert!(
        answer.at("/sentence").starts_with("The request carries no Oncehub-Signature"),
        "{}",
        answer.text()
    );
    let both = bell.post(&ask, json!({"value": "a", "request": "b"})).await.refusal();
    assert_eq!(both, (400, "request".into(), "value_invalid".into()));
    assert_eq!(bell.post(&ask, json!({"values": "a"})).await.refusal().2, "unknown_field", "A-065");
    let (_, stranger) = bell.account("other@bell.example").await;
    let foreign = bell.call_as(&stranger, "POST", &ask, Some(json!({}))).await;
    let unknown = bell.post("/v2/inboxes/INB-0/requests/CAP-0/doctor", json!({})).await;
    assert_eq!((foreign.status, unknown.status), (404, 404), "A-146");
}

#[tokio::test]
async fn what_an_attempt_sent_elsewhere_is_examined_by_its_bytes_and_its_webhooks_secret() {
    let bell = Bell::start(CLOSED).await;
    let (_, url) = bell.inbox(&[401]).await;
    let (webhook, secret) = bell.webhook("to a handler", &url, &["booking"]).await;
    let event = json!({"type": "booking.scheduled", "data": {"price": 12.5}});
    let event = bell.post("/v2/events", event).await.at("/id");
    let tried = |answer: &Answer| answer.json()["data"][0]["outcome"] == "http_status";
    let attempt =
        bell.until(&format!("/v2/attempts?webhook={webhook}"), tried).await.json()["data"][0].clone();
    let path = format!("/v2/attempts/{}/doctor", attempt["id"].as_str().unwrap());
    let headers = attempt["request"]["headers"].as_array().unwrap();
    let header = headers.iter().find(|header| header[0] == sign::HEADER).unwrap();
    let (time, _) = sign::parse(header[1].as_str().unwrap()).unwrap();
    let sent = bell.get(&format!("/v2/events/{event}")).await.at("/payload_text");
    let (sent, secret) = (sent.as_str(), Secret::new(secret));
    let ask = async |body: Value| bell.post(&path, body).await.json();

    assert_eq!(
        shape(&ask(json!({})).await),
        (None, true, "The signature verifies: secret, time and bytes fit.")
    );
    let spaced = sent.replacen(':', ": ", 1);
    let found = ask(json!({"value": sign::vendor(&secret, time, sent.as_bytes())})).await;
    assert!(shape(&found).1 && found["evidence"].to_string().contains("signed as it was sent"), "{found}");
    let found = ask(json!({"request": spaced})).await;
    let evidence = found["evidence"].to_string();
    assert_eq!(shape(&found).0, Some("rebuilt"), "{found}");
    assert!(
        evidence.contains(&format!("{} bytes were sent, {} were hashed.", sent.len(), spaced.len())),
        "{evidence}"
    );
    assert!(!evidence.contains("came"), "nobody knows what came there: {evidence}");

    let both = bell.post(&path, json!({"value": "a", "request": "b"})).await.refusal();
    assert_eq!(both, (400, "request".into(), "value_invalid".into()));
    let (_, stranger) = bell.account("other@bell.example").await;
    assert_eq!(bell.call_as(&stranger, "POST", &path, Some(json!({}))).await.status, 404, "A-146");
    bell.call("DELETE", &format!("/v2/webhooks/{webhook}"), None).await;
    assert_eq!(bell.post(&path, json!({})).await.refusal(), (409, "id".into(), "webhook_deleted".into()));
}
