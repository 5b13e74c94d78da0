//! Sessions against the API: what they may do, what proves that a page of ours calls, and how they end.

use crate::bell::{Bell, CLOSED, OPEN, now};
use deskbell_core::member::Role;
use serde_json::{Value, json};
use std::time::Duration;

const PASSWORD: &str = "correct horse battery";

/// Calls that change something, each with a body that would do.
fn unsafe_calls(webhook: &str, inbox: &str, key: &str) -> Vec<(&'static str, String, Value)> {
    vec![
        (
            "POST",
            "/v2/webhooks".into(),
            json!({"name": "n", "url": "https://a.example/", "events": ["booking"]}),
        ),
        ("PATCH", format!("/v2/webhooks/{webhook}"), json!({"name": "renamed"})),
        ("DELETE", format!("/v2/webhooks/{webhook}"), Value::Null),
        ("POST", format!("/v2/webhooks/{webhook}/test"), json!({})),
        ("POST", format!("/v2/webhooks/{webhook}/reveal"), json!({})),
        ("POST", "/v2/events".into(), json!({"type": "booking.scheduled", "data": {}})),
        ("PATCH", "/v2/account".into(), json!({"payload_style": "expanded"})),
        ("POST", "/v2/inboxes".into(), json!({})),
        ("PATCH", format!("/v2/inboxes/{inbox}"), json!({"name": "renamed"})),
        ("DELETE", format!("/v2/inboxes/{inbox}/requests"), Value::Null),
        ("DELETE", format!("/v2/inboxes/{inbox}"), Value::Null),
        ("POST", "/v2/users".into(), json!({"first_name": "M", "email": "m@mail.example"})),
        ("POST", "/v2/contacts".into(), json!({"email": "m@mail.example"})),
        ("POST", "/v2/booking-calendars".into(), json!({"name": "n"})),
        ("POST", "/v2/conversations".into(), json!({})),
        ("POST", "/v2/keys".into(), json!({"name": "n"})),
        ("DELETE", format!("/v2/keys/{key}"), Value::Null),
        ("PATCH", "/v2/session".into(), json!({"email": "m@mail.example", "password": PASSWORD})),
        ("DELETE", "/v2/session".into(), Value::Null),
        ("POST", "/v2/coach".into(), json!({"status": 200})),
    ]
}

#[tokio::test]
async fn no_other_page_can_make_a_signed_in_browser_change_anything() {
    let bell = Bell::start_on_file(OPEN).await;
    let session = bell.session(&bell.account).await;
    let (inbox, url) = bell.inbox(&[]).await;
    let (webhook, _) = bell.webhook("kept", &url, &["booking"]).await;
    let key = bell.new_key(&bell.account).await;
    let snapshot = async || {
        let mut all = Vec::new();
        for list in [
            "webhooks",
            "events",
            "inboxes",
            "users",
            "contacts",
            "booking-calendars",
            "conversations",
            "keys",
        ] {
            all.push(bell.call_as(&session, "GET", &format!("/v2/{list}?limit=100"), None).await.json());
        }
        let named = bell.call_as(&session, "GET", "/v2/session", None).await;
        all.push(bell.get("/v2/account").await.json());
        all.push(json!([named.status, named.at("/email")]));
        all
    };
    let before = snapshot().await;
    let ours = bell.origin();
    let (port, dotted) = (format!("{ours}1"), format!("http://127.0.0.1.:{}", bell.address.port()));
    let (mark, origin) = (("X-Deskbell", "1"), ("Origin", ours.as_str()));
    let proofs: Vec<(&str, Vec<(&str, &str)>)> = vec![
        ("an image, or a form of an old browser", vec![]),
        (
            "a form, or text/plain that is JSON",
            vec![("Origin", "http://evil.example"), ("Content-Type", "text/plain")],
        ),
        ("no header of ours", vec![origin]),
        ("another value of it", vec![origin, ("X-Deskbell", "0")]),
        ("no origin", vec![mark]),
        ("a sandboxed page", vec![mark, ("Origin", "null")]),
        ("another site", vec![mark, ("Origin", "http://evil.example")]),
        ("another port", vec![mark, ("Origin", &port)]),
        ("another scheme", vec![mark, ("Origin", "https://127.0.0.1")]),
        ("a dot at the end", vec![mark, ("Origin", &dotted)]),
        ("two origins", vec![mark, origin, ("Origin", "http://evil.example")]),
    ];
    let calls = unsafe_calls(&webhook, &inbox, key.id().as_str());
    assert_eq!(calls.len(), 20);
    for (method, path, body) in &calls {
        for (page, proof) in &proofs {
            let mut headers = vec![("Cookie", session.as_str())];
            headers.extend(proof);
            let body = Some(body.to_string()).filter(|_| !body.is_null());
            let refused = bell.send(method, path, &headers, body).await.refusal();
            assert_eq!(
                (refused.0, refused.2.as_str()),
                (403, "origin_unproven"),
                "H-13, A-122: {method} {path}: {page}"
            );
        }
    }
    assert_eq!(snapshot().await, before, "H-13, T-19: 0 effects");
    for (page, proof) in &proofs[5..] {
        let mut headers = vec![("Cookie", session.as_str())];
        headers.extend(proof);
        let refused = bell.send("GET", "/v2/webhooks", &headers, None).await;
        assert_eq!(refused.status, 403, "H-09, A-122: {page} reads nothing either");
        assert_eq!(refused.header("access-control-allow-origin"), None, "H-10");
    }
}

#[tokio::test]
async fn a_session_does_what_a_key_does_and_never_beside_one() {
    let bell = Bell::start(CLOSED).await;
    let session = bell.session(&bell.account).await;
    let by_session = bell.call_as(&session, "GET", "/v2/users", None).await;
    assert_eq!(by_session.json(), bell.get("/v2/users").await.json());
    let inbox = bell.call_as(&session, "POST", "/v2/inboxes", Some(json!({}))).await;
    assert_eq!(inbox.status, 201, "{}", inbox.text());
    let (key, cookie) = (("API-Key", bell.key.as_str()), ("Cookie", session.as_str()));
    let both = bell.send("GET", "/v2/users", &[key, cookie], None).await;
    assert_eq!(both.refusal(), (400, String::new(), "credentials_ambiguous".into()));
    let stranger = ("Cookie", "colour=red");
    assert_eq!(
        bell.send("GET", "/v2/users", &[key, stranger], None).await.status,
        200,
        "other cookies are none"
    );
    let unknown = format!("deskbell={}", "A".repeat(43));
    for none in [unknown.as_str(), "deskbell=", "deskbell=x", &format!("{session}; {unknown}")] {
        let refused = bell.call_as(none, "GET", "/v2/users", None).await;
        assert_eq!(refused.refusal(), (401, String::new(), "invalid_api_key".into()), "A-113: {none}");
    }
}

#[tokio::test]
async fn the_page_learns_what_it_must_know() {
    let bell = Bell::start(OPEN).await;
    let session = bell.session(&bell.account).await;
    let shown = bell.call_as(&session, "GET", "/v2/session", None).await;
    assert_eq!(shown.at("/object"), "session");
    assert_eq!(
        (shown.at("/settings/allow_http"), shown.at("/settings/sign_up")),
        ("true".into(), "true".into())
    );
    assert_eq!(shown.at("/settings/public_url"), bell.origin());
    assert_eq!(shown.json()["settings"]["allow_addresses"], json!(["127.0.0.0/8"]));
    assert_eq!(bell.get("/v2/session").await.refusal().2, "session_required", "a key is no session");
}

#[tokio::test]
async fn an_owner_who_came_by_the_link_chooses_how_to_sign_in() {
    let bell = Bell::start(CLOSED).await;
    let (mine, other) = (bell.session(&bell.account).await, bell.session(&bell.account).await);
    let change =
        async |cookie: &str, body: Value| bell.call_as(cookie, "PATCH", "/v2/session", Some(body)).await;
    for (body, refusal) in [
        (json!({"password": PASSWORD}), (400, "email", "email_required")),
        (json!({"email": "ana@mail.example"}), (400, "password", "field_required")),
        (
            json!({"email": "ana@mail.example", "password": PASSWORD, "role": "owner"}),
            (400, "role", "unknown_field"),
        ),
        (json!({"email": "ana", "password": PASSWORD}), (422, "email", "email_invalid")),
        (
            json!({"email": "ana@mail.example", "password": "ninechars"}),
            (422, "password", "password_invalid"),
        ),
    ] {
        let refused = change(&mine, body).await.refusal();
        assert_eq!((refused.0, refused.1.as_str(), refused.2.as_str()), refusal);
    }
    let changed = change(&mine, json!({"email": "ana@mail.example", "password": PASSWORD})).await;
    assert_eq!(
        (changed.status, changed.at("/email")),
        (200, "ana@mail.example".into()),
        "{}",
        changed.text()
    );
    assert_eq!(bell.call_as(&mine, "GET", "/v2/session", None).await.at("/email"), "ana@mail.example");
    assert_eq!(bell.call_as(&other, "GET", "/v2/session", None).await.status, 401, "other sessions end");
    let fields = [("email", "Ana@mail.example"), ("password", PASSWORD)];
    assert_eq!(bell.form("/sign-in", &[("Origin", &bell.origin())], &fields).await.status, 303);
    let (stranger, _) = bell.account("other@bell.example").await;
    let stranger = bell.session(&stranger).await;
    let taken = change(&stranger, json!({"email": "ANA@mail.example", "password": PASSWORD})).await;
    assert_eq!(taken.refusal(), (409, "email".into(), "email_taken".into()));
    let ago = now().saturating_sub(Duration::from_secs(600)).unwrap();
    let old = bell.session_since(&bell.account, Role::Owner, ago).await;
    let late = change(&old, json!({"email": "ana@mail.example", "password": PASSWORD})).await;
    assert_eq!(late.refusal(), (403, String::new(), "session_too_old".into()));
}

#[tokio::test]
async fn deleting_the_session_signs_out() {
    let bell = Bell::start(CLOSED).await;
    let session = bell.session(&bell.account).await;
    let ended = bell.call_as(&session, "DELETE", "/v2/session", None).await;
    assert_eq!((ended.status, ended.at("/deleted")), (200, "true".into()));
    assert!(ended.header("set-cookie").unwrap().contains("Max-Age=0"));
    assert_eq!(bell.call_as(&session, "GET", "/v2/session", None).await.status, 401);
}
