//! What a tester sets of a user, and the vendor's calls cannot.

use super::{keys, patch, told};
use crate::bell::{Bell, CLOSED};
use serde_json::{Value, json};

#[tokio::test]
async fn a_tester_sets_what_the_vendors_calls_cannot() {
    let bell = Bell::start_on_file(CLOSED).await;
    let id = bell.get("/v2/users").await.at("/data/0/id");
    let path = format!("/v2/sandbox/users/{id}");
    let before = bell.get(&path).await;
    assert_eq!(before.status, 200, "{}", before.text());
    assert_eq!(
        keys(&before.json()),
        ["email", "external_calendar", "id", "object", "providers", "seat", "status", "timezone"],
        "{}",
        before.text()
    );
    assert_eq!((before.at("/seat"), before.at("/providers/0")), ("true".into(), "google_meet".into()));
    let given = json!({"status": "invited", "timezone": "asia/kolkata", "email": "New.Name@northwind.example", "seat": false,
        "providers": ["zoom", "microsoft_teams", "zoom"], "external_calendar": "none"});
    let set = patch(&bell, &path, given).await;
    let expected = json!({"object": "user", "id": id, "status": "invited", "timezone": "Asia/Kolkata",
        "email": "New.Name@northwind.example", "seat": false, "providers": ["microsoft_teams", "zoom"],
        "external_calendar": "none"});
    assert_eq!(
        (set.status, set.json()),
        (200, expected.clone()),
        "a provider stands once, in the vendor's order"
    );
    assert_eq!(bell.get(&path).await.json(), expected);
    let user = bell.get(&format!("/v2/users/{id}")).await.json();
    assert_eq!(
        (&user["status"], &user["timezone"], &user["email"]),
        (&expected["status"], &expected["timezone"], &expected["email"]),
        "it is the user that the vendor's calls show"
    );
    let none = patch(&bell, &path, json!({"providers": []})).await;
    assert_eq!(none.at("/providers"), "[]");
}

#[tokio::test]
async fn what_a_tester_may_not_set_is_refused() {
    let bell = Bell::start(CLOSED).await;
    let path = format!("/v2/sandbox/users/{}", bell.get("/v2/users").await.at("/data/0/id"));
    let before = bell.get(&path).await.json();
    for (field, value, code) in [
        ("status", json!("gone"), "value_invalid"),
        ("timezone", json!("Mars/Olympus"), "time_zone_unknown"),
        ("timezone", json!("../../etc/passwd"), "time_zone_unknown"),
        ("email", json!("nobody"), "email_invalid"),
        ("seat", json!("yes"), "type_mismatch"),
        ("seat", Value::Null, "field_required"),
        ("providers", json!(["carrier_pigeon"]), "value_invalid"),
        ("providers", json!("zoom"), "type_mismatch"),
        ("providers", json!(["zoom", "zoom", "zoom", "zoom", "zoom", "zoom"]), "fields_too_many"),
        ("external_calendar", json!("caldav"), "value_invalid"),
        ("id", json!("USR-MINE"), "field_read_only"),
        ("first_name", json!("Bo"), "unknown_field"),
    ] {
        let refused = patch(&bell, &path, json!({ field: value })).await;
        assert_eq!(refused.refusal(), (400, field.into(), code.into()), "{value}");
    }
    let empty = patch(&bell, &path, json!({})).await;
    assert_eq!(empty.refusal(), (400, "body".into(), "body_required".into()));
    let unknown = patch(&bell, "/v2/sandbox/users/123", json!({"seat": false})).await;
    assert_eq!(told(&unknown), (404, "No such user: '123'".into(), "id".into()));
    assert_eq!(bell.get(&path).await.json(), before, "nothing was changed");
}
