//! What only a session can do with secrets: make, list and revoke keys, and see a signing secret again.

use crate::bell::{Bell, CLOSED, OPEN, now};
use deskbell_core::member::Role;
use deskbell_core::policy::sign;
use deskbell_core::vault::Secret;
use serde_json::{Value, json};
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[tokio::test]
async fn a_key_is_shown_once_known_by_its_hint_and_revoked_at_once() {
    let bell = Bell::start(CLOSED).await;
    let session = bell.session(&bell.account).await;
    let as_owner = async |method: &str, path: &str, body: Option<Value>| {
        bell.call_as(&session, method, path, body).await
    };
    let made = as_owner("POST", "/v2/keys", Some(json!({"name": " CI ", "expires_in_days": 90}))).await;
    assert_eq!((made.status, made.at("/name")), (201, "CI".into()), "{}", made.text());
    let (id, text) = (made.at("/id"), made.at("/text"));
    assert!(text.starts_with(made.at("/hint").trim_end_matches('…')), "H-29: the hint is how it begins");
    assert!(made.at("/hint").len() < 20, "{}", made.at("/hint"));
    assert_eq!((made.at("/last_used_time"), made.at("/expiry_time").len()), ("null".into(), 24));
    assert_eq!(bell.call_as(&text, "GET", "/v2/test", None).await.status, 200);
    let listed = as_owner("GET", "/v2/keys", None).await;
    assert_eq!(listed.at("/data/0/id"), id, "newest first");
    assert!(!listed.text().contains(&text) && !listed.text().contains("\"text\""), "H-29: shown once");
    assert_ne!(listed.at("/data/0/last_used_time"), "null", "it was used");
    let (_, stranger) = bell.account("other@bell.example").await;
    let other =
        bell.session(&bell.store.account_by_email("other@bell.example").await.unwrap().unwrap().id).await;
    assert_eq!(bell.call_as(&other, "DELETE", &format!("/v2/keys/{id}"), None).await.status, 404);
    assert!(!bell.call_as(&other, "GET", "/v2/keys", None).await.text().contains(&id));
    let revoked = as_owner("DELETE", &format!("/v2/keys/{id}"), None).await;
    assert_eq!((revoked.status, revoked.at("/deleted")), (200, "true".into()));
    assert_eq!(bell.call_as(&text, "GET", "/v2/test", None).await.status, 401, "A-117: at once");
    assert!(
        !as_owner("GET", "/v2/keys", None).await.text().contains(&id),
        "what opens nothing is not listed"
    );
    assert_eq!(as_owner("DELETE", &format!("/v2/keys/{id}"), None).await.status, 404);
    assert_eq!(bell.call_as(&stranger, "GET", "/v2/test", None).await.status, 200);
}

#[tokio::test]
async fn a_key_makes_no_keys_and_shows_no_secrets() {
    let bell = Bell::start(OPEN).await;
    let (webhook, _) = bell.webhook("kept", "https://a.example/", &["booking"]).await;
    let reveal = format!("/v2/webhooks/{webhook}/reveal");
    let key = bell.new_key(&bell.account).await;
    let revoke = format!("/v2/keys/{}", key.id());
    for (method, path, body) in [
        ("GET", "/v2/keys", None),
        ("POST", "/v2/keys", Some(json!({"name": "more"}))),
        ("DELETE", revoke.as_str(), None),
        ("POST", reveal.as_str(), Some(json!({}))),
    ] {
        let refused = bell.call(method, path, body).await;
        assert_eq!(refused.refusal(), (403, String::new(), "session_required".into()), "{method} {path}");
    }
    assert_eq!(bell.call_as(key.text().expose(), "GET", "/v2/test", None).await.status, 200);
}

#[tokio::test]
async fn a_key_has_a_name_a_life_and_company() {
    let bell = Bell::start(CLOSED).await;
    let session = bell.session(&bell.account).await;
    let make = async |body: Value| bell.call_as(&session, "POST", "/v2/keys", Some(body)).await;
    for (body, refusal) in [
        (json!({}), (400, "name", "name_required")),
        (json!({"name": "n", "expires_in_days": 0}), (400, "expires_in_days", "integer_out_of_range")),
        (json!({"name": "n", "expires_in_days": 3_651}), (400, "expires_in_days", "integer_out_of_range")),
        (json!({"name": "n", "text": "mine"}), (400, "text", "field_read_only")),
        (json!({"name": "n", "scopes": []}), (400, "scopes", "unknown_field")),
    ] {
        let refused = make(body).await.refusal();
        assert_eq!((refused.0, refused.1.as_str(), refused.2.as_str()), refusal);
    }
    // The account's first key is one of the 25.
    for n in 0..24 {
        assert_eq!(make(json!({"name": n.to_string()})).await.status, 201);
    }
    assert_eq!(
        make(json!({"name": "one more"})).await.refusal(),
        (409, "body".into(), "keys_too_many".into())
    );
    let page =
        async |query: &str| bell.call_as(&session, "GET", &format!("/v2/keys?{query}"), None).await.json();
    let first = page("limit=10").await;
    let (last, more) = (first["data"][9]["id"].as_str().unwrap(), &first["has_more"]);
    assert_eq!((first["data"][0]["name"].as_str(), more), (Some("23"), &json!(true)));
    let second = page(&format!("limit=20&after={last}")).await;
    assert_eq!((second["data"].as_array().unwrap().len(), &second["has_more"]), (15, &json!(false)));
    let back = page(&format!("limit=5&before={}", second["data"][0]["id"].as_str().unwrap())).await;
    assert_eq!(back["data"][4]["id"].as_str(), Some(last));
}

/// What is logged on this thread, for as long as the guard is held.
fn logged() -> (Arc<Mutex<Vec<u8>>>, tracing::subscriber::DefaultGuard) {
    #[derive(Clone)]
    struct Page(Arc<Mutex<Vec<u8>>>);
    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let page = Arc::new(Mutex::new(Vec::new()));
    let writer = Page(Arc::clone(&page));
    let log = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
    (page, tracing::subscriber::set_default(log))
}

#[tokio::test]
async fn a_secret_is_shown_again_to_an_owner_who_just_signed_in_and_the_log_tells_of_it() {
    let (log, _guard) = logged();
    let bell = Bell::start(OPEN).await;
    let (webhook, secret) = bell.webhook("kept", "https://a.example/", &["booking"]).await;
    let path = format!("/v2/webhooks/{webhook}/reveal");
    let reveal = async |cookie: &str| bell.call_as(cookie, "POST", &path, None).await;
    let ago = |seconds| now().saturating_sub(Duration::from_secs(seconds)).unwrap();
    // Asked for before there is an owner, so that this one is a mere member.
    let member = bell.session_since(&bell.account, Role::Member, now()).await;
    let refused = reveal(&member).await;
    assert_eq!(refused.refusal(), (403, String::new(), "role_insufficient".into()), "T-50");
    let old = bell.session_since(&bell.account, Role::Owner, ago(600)).await;
    assert_eq!(
        reveal(&old).await.refusal(),
        (403, String::new(), "session_too_old".into()),
        "A-178, H-29, T-50"
    );
    let shown = |log: &Arc<Mutex<Vec<u8>>>| String::from_utf8(log.lock().unwrap().clone()).unwrap();
    assert!(!shown(&log).contains("secret shown"));
    let owner = bell.session_since(&bell.account, Role::Owner, ago(500)).await;
    let answer = reveal(&owner).await;
    assert_eq!((answer.status, answer.at("/secret")), (200, secret.clone()), "{}", answer.text());
    let standard = sign::standard_secret(&Secret::new(secret.clone()));
    assert_eq!(answer.at("/standard_secret"), standard.expose());
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let told = shown(&log);
    let line = told.lines().find(|line| line.contains("secret shown")).unwrap();
    assert!(line.contains("audit") && line.contains(&webhook) && line.contains("MBR-"), "H-29, T-50: {line}");
    let token = owner.trim_start_matches("deskbell=");
    assert!(!told.contains(&secret) && !told.contains(token), "A-178: the log holds no secret");
    for list in ["/v2/webhooks".to_owned(), format!("/v2/webhooks/{webhook}")] {
        assert!(!bell.get(&list).await.text().contains(&secret), "A-178: {list}");
    }
    let (other, _) = bell.account("other@bell.example").await;
    let stranger = bell.session(&other).await;
    assert_eq!(reveal(&stranger).await.status, 404);
}
