//! `/v2/webhooks`, as the vendor has it (wire contract, 3; ).

mod history;
mod resume;
mod sample;

use crate::bell::{Bell, CLOSED};
use serde_json::{Value, json};

const URL: &str = "https://hooks.northwind.example/in";

fn new(name: &str, events: Value) -> Value {
    json!({"name": name, "url": URL, "events": events})
}

#[tokio::test]
async fn create_get_list_and_delete_have_the_vendors_shapes() {
    let bell = Bell::start(CLOSED).await;
    let made = bell.post("/v2/webhooks", new("CRM sync", json!(["booking.scheduled", "conversation"]))).await;
    assert_eq!(made.status, 200, "200, not 201");
    assert_eq!(made.header("content-type"), Some("application/json"));
    assert!(
        made.header("request-id").is_some_and(|id| id.len() == 20 && id.starts_with("req_")),
        "{:?}",
        made.headers
    );
    let body = made.json();
    let keys: Vec<&String> = body.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        ["api_version", "creation_time", "events", "id", "name", "object", "secret", "status", "url"]
    );
    assert_eq!(
        (body["object"].as_str(), body["api_version"].as_str(), &body["status"]),
        (Some("webhook"), Some("v2"), &json!(true))
    );
    assert_eq!(
        body["events"],
        json!(["booking.scheduled", "conversation"]),
        "composites are echoed as given"
    );
    assert!(
        body["secret"].as_str().unwrap().bytes().all(|byte| byte.is_ascii_hexdigit())
            && body["secret"].as_str().unwrap().len() == 32
    );
    assert!(made.at("/creation_time").ends_with('Z') && made.at("/creation_time").len() == 24);

    let id = made.at("/id");
    let got = bell.get(&format!("/v2/webhooks/{id}")).await;
    let mut without = body.clone();
    without.as_object_mut().unwrap().remove("secret");
    assert_eq!(got.json(), without, "A-178: the secret is in no other answer");
    let list = bell.get("/v2/webhooks").await.json();
    assert_eq!(list, json!({"object": "list", "data": [without], "has_more": false}), "A-178");
    let path = format!("/v2/webhooks/{id}");
    let gone = bell.call("DELETE", &path, None).await;
    assert_eq!((gone.status, gone.json()), (200, json!({"id": id, "deleted": true})));
    let again = bell.call("DELETE", &path, None).await;
    let unknown = json!({"type": "invalid_request_error", "message": format!("No such webhook: '{id}'"), "param": "id", "code": "not_found"});
    assert_eq!((again.status, again.json()), (404, unknown), "A-172: the second delete");
    assert_eq!(bell.get(&path).await.status, 404, "A-100");
}

#[tokio::test]
async fn a_name_is_needed_unique_and_readable() {
    let bell = Bell::start(CLOSED).await;
    assert_eq!(bell.post("/v2/webhooks", new("New Bookings", json!(["booking"]))).await.status, 200);
    for same in ["New Bookings", "  New Bookings "] {
        let taken = bell.post("/v2/webhooks", new(same, json!(["booking"]))).await;
        let body = json!({"type": "invalid_request_error", "message": "A webhook subscription with this name already exists: 'New Bookings'", "param": "name", "code": "name_taken"});
        assert_eq!((taken.status, taken.json()), (409, body), "A-159: {same:?}");
    }
    assert_eq!(
        bell.post("/v2/webhooks", new("new bookings", json!(["booking"]))).await.status,
        200,
        "A-159: another case is another name"
    );
    let mut missing = new("", json!(["booking"]));
    missing.as_object_mut().unwrap().remove("name");
    let bad = [
        missing,
        new("", json!(["booking"])),
        new("   ", json!(["booking"])),
        new("!!!", json!(["booking"])),
    ];
    for body in bad {
        let answer = bell.post("/v2/webhooks", body.clone()).await;
        assert_eq!((answer.status, answer.at("/param")), (400, "name".into()), "A-158: {body}");
    }
    for name in ["x".repeat(256), "bell\u{0007}".into(), "bell\u{202e}gnp".into(), "bell\u{2066}".into()] {
        let answer = bell.post("/v2/webhooks", new(&name, json!(["booking"]))).await;
        assert_eq!((answer.status, answer.at("/param")), (400, "name".into()), "A-161: {name:?}");
    }
    assert_eq!(
        bell.post("/v2/webhooks", new(&"é".repeat(255), json!(["booking"]))).await.status,
        200,
        "A-161: control"
    );
}

#[tokio::test]
async fn two_callers_with_one_name_make_one_webhook() {
    let bell = Bell::start_on_file(CLOSED).await;
    for pair in 0..50 {
        let body = new(&format!("race {pair}"), json!(["booking"]));
        let (first, second) =
            tokio::join!(bell.post("/v2/webhooks", body.clone()), bell.post("/v2/webhooks", body.clone()));
        let mut statuses = [first.status, second.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "A-160: pair {pair}");
    }
}

#[tokio::test]
async fn events_are_known_names() {
    let bell = Bell::start(CLOSED).await;
    let code = async |events: Value| {
        bell.post("/v2/webhooks", json!({"name": "x", "url": URL, "events": events})).await.refusal()
    };
    let refused = |code: &str| (400, "events".to_owned(), code.to_owned());
    assert_eq!(code(Value::Null).await, refused("events_required"), "A-080");
    assert_eq!(code(json!([])).await, refused("events_required"), "A-080, A-164");
    for (row, value) in [
        ("A-164", json!("booking")),
        ("A-164", json!([null])),
        ("A-164", json!([["booking"]])),
        ("A-164", json!({})),
    ] {
        assert_eq!(code(value.clone()).await, refused("type_mismatch"), "{row}: {value}");
    }
    for value in ["booking.exploded", "bookings", "conversation.begun"] {
        let answer = bell.post("/v2/webhooks", new("x", json!([value]))).await;
        assert_eq!(answer.refusal(), refused("event_type_unknown"), "A-081, A-165: {value}");
        assert!(
            answer.at("/message").starts_with(&format!("Invalid string: {value}")),
            "A-165 names the value"
        );
        assert!(answer.at("/message").contains("booking.no_show"), "A-081 lists what is known");
    }
    assert!(
        bell.post("/v2/webhooks", new("x", json!(["booking.completd"])))
            .await
            .at("/message")
            .contains("Did you mean booking.completed?"),
        "A-081"
    );
    for value in ["Booking.Scheduled", "booking scheduled", &"b".repeat(129)] {
        assert_eq!(code(json!([value])).await, refused("event_type_invalid"), "A-082: {value}");
    }
    for value in ["book*ing", "**", "*.canceled", "booking.*"] {
        assert_eq!(code(json!([value])).await, refused("event_wildcard_invalid"), "A-084: {value}");
    }
    assert_eq!(code(json!(vec!["booking.scheduled"; 101])).await, refused("events_too_many"), "A-083");
    let repeats = bell
        .post("/v2/webhooks", new("repeats", json!(["booking.canceled", "booking", "booking.canceled"])))
        .await;
    assert_eq!(
        repeats.json()["events"],
        json!(["booking.canceled", "booking"]),
        "A-083, A-166: repeats dropped, order kept"
    );
    let retired = bell.post("/v2/webhooks", new("retired", json!(["conversation.reached_out"]))).await;
    assert_eq!(retired.status, 200, "A-165: the retired trigger is taken from old clients");
}

#[tokio::test]
async fn the_vendors_call_ignores_what_it_does_not_know() {
    let bell = Bell::start(CLOSED).await;
    let body = json!({"name": "x", "url": URL, "events": ["booking"], "id": "WHK-MINE", "secret": "0".repeat(32), "api_version": "v1",
        "creation_time": "2001-01-01T00:00:00Z", "colour": "red"});
    let made = bell.post("/v2/webhooks", body).await;
    assert_eq!(made.status, 200, "A-167, A-168");
    assert_ne!(made.at("/id"), "WHK-MINE", "A-167");
    assert_ne!(made.at("/secret"), "0".repeat(32), "A-167: the secret is ours and fresh");
    assert_eq!(made.at("/api_version"), "v2", "A-167");
    assert!(!made.at("/creation_time").starts_with("2001"), "A-167");
}

#[tokio::test]
async fn a_change_is_strict_and_applies_at_once() {
    let bell = Bell::start(CLOSED).await;
    let (id, _) = bell.webhook("one", URL, &["booking"]).await;
    bell.webhook("two", URL, &["booking"]).await;
    let path = format!("/v2/webhooks/{id}");
    let changed = bell
        .call("PATCH", &path, Some(json!({"name": "three", "events": ["conversation"], "status": false})))
        .await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    assert_eq!(
        (changed.at("/name"), changed.at("/status"), changed.at("/disabled_reason")),
        ("three".into(), "false".into(), "by_owner".into())
    );
    assert!(changed.json()["disabled_time"].is_string(), "since when: {}", changed.text());
    assert!(changed.json().get("secret").is_none(), "A-178");
    let refused = async |body: Value| bell.call("PATCH", &path, Some(body)).await.refusal();
    for field in ["id", "secret", "api_version", "creation_time", "disabled_time", "resting_until"] {
        let answer = refused(json!({ field: "x" })).await;
        assert_eq!(answer, (400, field.into(), "field_read_only".into()), "A-170, A-066");
    }
    assert_eq!(
        refused(json!({"ulr": URL})).await,
        (400, "ulr".into(), "unknown_field".into()),
        "A-168, A-065"
    );
    assert_eq!(refused(json!({"status": "yes"})).await, (400, "status".into(), "type_mismatch".into()));
    assert_eq!(refused(json!({"name": "two"})).await, (409, "name".into(), "name_taken".into()), "A-159");
    assert_eq!(refused(json!({})).await.0, 400);
    let put = bell.call("PUT", &path, Some(new("x", json!(["booking"])))).await;
    assert_eq!(put.status, 405, "A-170");
    assert!(
        put.header("allow").is_some_and(|allow| allow.contains("PATCH") && allow.contains("GET")),
        "A-170: {:?}",
        put.headers
    );
}

#[tokio::test]
async fn an_id_that_is_not_ours_is_not_found_whatever_it_is() {
    let bell = Bell::start(CLOSED).await;
    let (id, _) = bell.webhook("mine", URL, &["booking"]).await;
    let (_, other) = bell.account("other@bell.example").await;
    let shape = |answer: &crate::client::Answer, id: &str| (answer.status, answer.text().replace(id, "ID"));
    let unknown = bell.get("/v2/webhooks/WHK-0000000000").await;
    let wanted = shape(&unknown, "WHK-0000000000");
    assert_eq!(wanted.0, 404, "A-171");
    let lower = id.to_lowercase();
    for wrong in [lower.as_str(), "whk_0123456789abcdefghijklmn", "EVNT-0000000000", "x", "%00", "123"] {
        let answer = bell.get(&format!("/v2/webhooks/{wrong}")).await;
        assert_eq!(shape(&answer, &wrong.replace("%00", "\\u0000")), wanted, "A-098, A-101, A-171: {wrong}");
    }
    for method in ["GET", "PATCH", "DELETE"] {
        let foreign = bell
            .call_as(
                &other,
                method,
                &format!("/v2/webhooks/{id}"),
                (method == "PATCH").then(|| json!({"status": false})),
            )
            .await;
        assert_eq!(shape(&foreign, &id), wanted, "A-099, A-171: {method}");
    }
    for path in [
        format!("/v2/webhooks/{id}//"),
        "/v2/webhooks/..%2fevents".into(),
        "/v2//webhooks".into(),
        format!("/V2/webhooks/{id}"),
    ] {
        assert_eq!(bell.get(&path).await.status, 404, "A-101: {path}");
    }
    assert_eq!(bell.get(&format!("/v2/webhooks/{id}")).await.at("/status"), "true", "A-099: no side effect");
}

#[tokio::test]
async fn a_body_must_be_json() {
    let bell = Bell::start(CLOSED).await;
    let send = async |content_type: &str, body: &str| {
        let head = format!(
            "POST /v2/webhooks HTTP/1.1\r\nHost: {}\r\nAPI-Key: {}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            bell.address,
            bell.key,
            body.len()
        );
        crate::client::send_raw(bell.address, head.as_bytes()).await
    };
    for (row, content_type, body) in [
        ("A-169: malformed", "application/json", "{\"name\": "),
        ("A-169: wrong type", "text/plain", "{}"),
        ("A-169: empty", "application/json", ""),
    ] {
        let answer = send(content_type, body).await;
        assert_eq!((answer.status, answer.at("/type")), (400, "invalid_request_error".into()), "{row}");
    }
}
