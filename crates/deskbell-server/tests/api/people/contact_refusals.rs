//! What the vendor refuses of contacts, by the numbers of its texts (E18, E42, E48, E52, E62 to E73).

use super::contact::made;
use super::{patch, refused, vendors};
use crate::bell::{Bell, CLOSED};
use serde_json::{Value, json};

/// A body with which a contact is made, but for `field`.
fn with(field: &str, value: Value) -> Value {
    let mut body = json!({"first_name": "Ann", "last_name": "Ray", "email": "ann@corrib.example"});
    body[field] = value;
    body
}

#[tokio::test]
async fn e18_an_unknown_contact() {
    let bell = Bell::start(CLOSED).await;
    for (method, body) in [("GET", None), ("PATCH", Some(json!({"colour": 1}))), ("DELETE", None)] {
        let answer = bell.call(method, "/v2/contacts/123", body).await;
        assert_eq!(
            vendors(&answer),
            refused(404, "No such contact: '123'", "id"),
            "{method}: before its body"
        );
    }
}

#[tokio::test]
async fn e42_and_e52_a_field_that_the_call_does_not_have() {
    let bell = Bell::start(CLOSED).await;
    let path = made(&bell, "t@corrib.example").await;
    for field in ["colour", "bot", "form", "terms_of_service"] {
        let answer = bell.post("/v2/contacts", json!({ field: "x" })).await;
        assert_eq!(vendors(&answer), refused(400, "Unsupported fields", field), "before what is missing");
    }
    for field in
        ["colour", "id", "object", "creation_time", "last_updated_time", "last_interacted_time", "bot"]
    {
        let answer = patch(&bell, &path, json!({"email": "nobody", field: "x"})).await;
        assert_eq!(vendors(&answer), refused(400, "Unsupported field", field), "before any form");
    }
}

#[tokio::test]
async fn e48_a_change_of_nothing() {
    let bell = Bell::start(CLOSED).await;
    let path = made(&bell, "t@corrib.example").await;
    let answer = patch(&bell, &path, json!({})).await;
    assert_eq!(vendors(&answer), refused(400, "At least one field must be provided to update.", "body"));
}

#[tokio::test]
async fn e62_to_e64_what_a_contact_needs() {
    let bell = Bell::start(CLOSED).await;
    let reachable = "At least one of 'email' or 'mobile_phone' is required.";
    for nothing in [Value::Null, json!("")] {
        for (field, message) in [
            ("first_name", "first_name is required"),
            ("last_name", "last_name is required"),
            ("email", reachable),
        ] {
            let mut body = with(field, nothing.clone());
            body["timezone"] = json!("Mars/Olympus");
            let answer = bell.post("/v2/contacts", body).await;
            assert_eq!(vendors(&answer), refused(400, message, field), "before any form");
        }
    }
    let mut landline = with("phone", json!("+35391555010"));
    landline.as_object_mut().unwrap().remove("email");
    let answer = bell.post("/v2/contacts", landline).await;
    assert_eq!(vendors(&answer), refused(400, reachable, "email"), "a phone is no mobile phone");
    let answer = bell.post("/v2/contacts", json!({})).await;
    assert_eq!(vendors(&answer), refused(400, "first_name is required", "first_name"));
}

#[tokio::test]
async fn e65_an_address_that_is_none() {
    let bell = Bell::start(CLOSED).await;
    let path = made(&bell, "t@corrib.example").await;
    for email in
        [json!("invalid-email"), json!("ann@invalid"), json!("ann@.example"), json!("@b.example"), json!(5)]
    {
        let shown = email.as_str().map_or_else(|| email.to_string(), str::to_owned);
        let expected = refused(400, format!("Invalid email format: '{shown}'"), "email");
        let answer = bell.post("/v2/contacts", with("email", email.clone())).await;
        assert_eq!(vendors(&answer), expected);
        assert_eq!(vendors(&patch(&bell, &path, json!({"email": email})).await), expected, "before E70");
    }
}

#[tokio::test]
async fn e66_and_e67_a_phone_number_that_is_none() {
    let bell = Bell::start(CLOSED).await;
    let path = made(&bell, "t@corrib.example").await;
    for number in ["+91999999", "1-2025550195", "+0351234567", "+3531234567890123", "call me"] {
        let message = format!("Invalid phone format: '{number}'");
        for field in ["mobile_phone", "phone"] {
            let answer = bell.post("/v2/contacts", with(field, json!(number))).await;
            assert_eq!(vendors(&answer), refused(400, message.as_str(), field));
        }
        let answer = patch(&bell, &path, json!({"phone": number})).await;
        assert_eq!(vendors(&answer), refused(400, message, "phone"));
    }
}

#[tokio::test]
async fn e68_and_e69_a_contact_who_is_there() {
    let bell = Bell::start_on_file(CLOSED).await;
    let mut ann = with("mobile_phone", json!("+353851234567"));
    assert_eq!(bell.post("/v2/contacts", ann.clone()).await.status, 201);
    ann["email"] = json!("ANN@corrib.example");
    let email = bell.post("/v2/contacts", ann.clone()).await;
    assert_eq!(vendors(&email), refused(409, "Contact already exists: 'ANN@corrib.example'", "email"));
    ann["email"] = json!("ray@corrib.example");
    let phone = bell.post("/v2/contacts", ann.clone()).await;
    assert_eq!(vendors(&phone), refused(409, "Contact already exists: '+353851234567'", "mobile_phone"));
    ann["mobile_phone"] = Value::Null;
    ann["phone"] = json!("+353851234567");
    assert_eq!(bell.post("/v2/contacts", ann.clone()).await.status, 201, "a phone identifies nobody");
    let (_, other) = bell.account("other@bell.example").await;
    let elsewhere = bell.call_as(&other, "POST", "/v2/contacts", Some(ann)).await;
    assert_eq!(elsewhere.status, 201, "A-099: of another account: {}", elsewhere.text());
}

#[tokio::test]
async fn e70_and_e71_what_a_contact_is_found_by_stays() {
    let bell = Bell::start(CLOSED).await;
    let path = made(&bell, "t@corrib.example").await;
    let message = "Identifier fields (email, mobile_phone) cannot be updated via this endpoint";
    for (field, value) in [
        ("email", json!("t@corrib.example")),
        ("email", json!("other@corrib.example")),
        ("email", Value::Null),
        ("mobile_phone", json!("+353851234567")),
        ("mobile_phone", json!("none at all")),
        ("mobile_phone", Value::Null),
    ] {
        let answer = patch(&bell, &path, json!({"city": "Cork", field: value})).await;
        assert_eq!(vendors(&answer), refused(400, message, field), "{value}");
    }
    assert_eq!(bell.get(&path).await.at("/city"), "null", "nothing was changed");
}

#[tokio::test]
async fn e72_a_time_zone_that_is_none() {
    let bell = Bell::start(CLOSED).await;
    let path = made(&bell, "t@corrib.example").await;
    for zone in ["Mars/Olympus", "EST5EDT4", "../../etc/passwd"] {
        let expected = refused(400, format!("Invalid timezone: '{zone}'"), "timezone");
        assert_eq!(vendors(&bell.post("/v2/contacts", with("timezone", json!(zone))).await), expected);
        assert_eq!(vendors(&patch(&bell, &path, json!({"timezone": zone})).await), expected);
    }
}

#[tokio::test]
async fn e73_a_custom_field_that_the_library_does_not_have() {
    let bell = Bell::start(CLOSED).await;
    let path = made(&bell, "t@corrib.example").await;
    let expected = refused(400, "Custom field 'colour' does not exist in field library", "custom_fields");
    for given in [json!([{"name": "tier", "value": 1}, {"name": "colour", "value": 1}]), json!({"colour": 1})]
    {
        assert_eq!(vendors(&bell.post("/v2/contacts", with("custom_fields", given.clone())).await), expected);
        assert_eq!(vendors(&patch(&bell, &path, json!({"custom_fields": given})).await), expected);
    }
    let library = json!({"custom_field_library": ["colour"]});
    assert_eq!(patch(&bell, "/v2/sandbox/settings", library).await.status, 200);
    let changed = patch(&bell, &path, json!({"custom_fields": {"colour": "red"}})).await;
    assert_eq!(changed.at("/custom_fields/0/value"), "red");
    // A contact of before keeps what the library does not have any more.
    let first = bell.get("/v2/contacts?limit=100").await.json()["data"][1].clone();
    let first =
        patch(&bell, &format!("/v2/contacts/{}", first["id"].as_str().unwrap()), json!({"city": "Cork"}))
            .await;
    assert_eq!(first.at("/custom_fields/0/name"), "crm_id", "{}", first.text());
}

#[tokio::test]
async fn an_unknown_owner_is_a_user_who_is_not_there() {
    let bell = Bell::start(CLOSED).await;
    let path = made(&bell, "t@corrib.example").await;
    let (_, other) = bell.account("other@bell.example").await;
    let theirs = bell.call_as(&other, "GET", "/v2/users", None).await.at("/data/0/id");
    for owner in [theirs.as_str(), "USR-0000000000"] {
        let expected = refused(404, format!("No such user: '{owner}'"), "owner");
        assert_eq!(vendors(&bell.post("/v2/contacts", with("owner", json!(owner))).await), expected, "A-099");
        assert_eq!(vendors(&patch(&bell, &path, json!({"owner": owner})).await), expected, "A-099");
    }
}

/// Rules that the vendor has no text for.
#[tokio::test]
async fn what_only_we_refuse_is_told_in_our_words() {
    let bell = Bell::start(CLOSED).await;
    let path = made(&bell, "t@corrib.example").await;
    let before = bell.get(&path).await.json();
    let many = json!(vec![json!({"name": "crm_id", "value": 1}); 101]);
    let strange = json!([{"name": "crm_id", "value": 1}, {"name": "tier", "value": 1, "size": 2}]);
    for (param, field, value, code) in [
        ("employees", "employees", json!(-1), "integer_out_of_range"),
        ("employees", "employees", json!("34"), "type_mismatch"),
        ("has_consent", "has_consent", json!("yes"), "type_mismatch"),
        ("has_consent", "has_consent", Value::Null, "field_required"),
        ("status", "status", json!(5), "type_mismatch"),
        ("city", "city", json!("x".repeat(256)), "text_too_long"),
        ("city", "city", json!("Gal\u{0007}way"), "text_invalid"),
        ("custom_fields", "custom_fields", json!("crm_id"), "type_mismatch"),
        ("custom_fields.0.name", "custom_fields", json!([{"value": "x"}]), "name_required"),
        ("custom_fields.0.value", "custom_fields", json!([{"name": "crm_id"}]), "field_required"),
        ("custom_fields.1.size", "custom_fields", strange, "unknown_field"),
        ("custom_fields", "custom_fields", many, "fields_too_many"),
        ("custom_fields", "custom_fields", json!({"crm_id": "x".repeat(64 << 10)}), "text_too_long"),
    ] {
        let expected = (400, param.to_owned(), code.to_owned());
        assert_eq!(
            bell.post("/v2/contacts", with(field, value.clone())).await.refusal(),
            expected,
            "{field}"
        );
        assert_eq!(patch(&bell, &path, json!({ field: value })).await.refusal(), expected, "{field}");
    }
    assert_eq!(bell.get(&path).await.json(), before, "nothing was changed");
}
