//! What the vendor refuses of users, by the numbers of its texts (E16, E39 to E54).

use super::user::made;
use super::{patch, refused, refused_whole, vendors};
use crate::bell::{Bell, CLOSED};
use serde_json::{Value, json};

/// A body with which a user is made, but for `field`.
fn with(field: &str, value: Value) -> Value {
    let mut body = json!({"first_name": "Bo", "last_name": "Li", "email": "bo@northwind.example"});
    body[field] = value;
    body
}

async fn users(bell: &Bell) -> usize {
    bell.get("/v2/users?limit=100").await.json()["data"].as_array().unwrap().len()
}

#[tokio::test]
async fn e16_an_unknown_user() {
    let bell = Bell::start(CLOSED).await;
    for (method, body) in [("GET", None), ("PATCH", Some(json!({"colour": 1}))), ("DELETE", None)] {
        let answer = bell.call(method, "/v2/users/123", body).await;
        assert_eq!(vendors(&answer), refused(404, "No such user: '123'", "id"), "{method}: before its body");
    }
}

#[tokio::test]
async fn e39_a_field_that_is_missing() {
    let bell = Bell::start(CLOSED).await;
    for field in ["email", "first_name", "last_name"] {
        for body in [with(field, Value::Null), with(field, json!(""))] {
            let answer = bell.post("/v2/users", body).await;
            assert_eq!(vendors(&answer), refused(400, "Required fields are missing.", field));
        }
        let mut body = with("role_name", json!("wizard"));
        body.as_object_mut().unwrap().remove(field);
        let answer = bell.post("/v2/users", body).await;
        assert_eq!(vendors(&answer), refused(400, "Required fields are missing.", field), "before any form");
    }
    let answer = bell.post("/v2/users", json!({})).await;
    assert_eq!(vendors(&answer), refused(400, "Required fields are missing.", "email"));
}

#[tokio::test]
async fn e40_e41_and_e49_a_name_that_is_none() {
    let bell = Bell::start(CLOSED).await;
    let path = format!("/v2/users/{}", made(&bell, "kai@northwind.example").await);
    for (field, words, name) in [
        ("first_name", "first name", "fir[/*st_na*/]?me"),
        ("last_name", "last name", "la[/*st_na*/]?me"),
        ("first_name", "first name", "..."),
        ("last_name", "last name", "bell\u{202e}"),
        ("first_name", "first name", "<b>Bo</b>"),
    ] {
        let answer = bell.post("/v2/users", with(field, json!(name))).await;
        assert_eq!(vendors(&answer), refused(400, format!("Invalid {field}: '{name}'"), field));
        let answer = patch(&bell, &path, json!({ field: name })).await;
        assert_eq!(vendors(&answer), refused(400, format!("Invalid {words}: '{name}'"), field));
    }
    let empty = patch(&bell, &path, json!({"first_name": ""})).await;
    assert_eq!(vendors(&empty), refused(400, "Invalid first name: ''", "first_name"));
    let number = patch(&bell, &path, json!({"first_name": 5})).await;
    assert_eq!(vendors(&number), refused(400, "Invalid first name: '5'", "first_name"));
    let long = patch(&bell, &path, json!({"first_name": "x".repeat(256)})).await;
    assert_eq!(long.refusal(), (400, "first_name".into(), "text_too_long".into()), "a bound of ours");
}

#[tokio::test]
async fn e42_and_e52_a_field_that_the_call_does_not_have() {
    let bell = Bell::start(CLOSED).await;
    let path = format!("/v2/users/{}", made(&bell, "kai@northwind.example").await);
    for field in ["colour", "id", "object", "status", "timezone", "seat"] {
        let mut body = with(field, json!("x"));
        body["first_name"] = json!("");
        let answer = bell.post("/v2/users", body).await;
        assert_eq!(vendors(&answer), refused(400, "Unsupported fields", field), "before what is missing");
        let answer = patch(&bell, &path, json!({ field: "x" })).await;
        assert_eq!(vendors(&answer), refused(400, "Unsupported field", field));
    }
    let email = patch(&bell, &path, json!({"email": "x@northwind.example"})).await;
    assert_eq!(vendors(&email), refused(400, "Unsupported field", "email"));
    let two = bell.post("/v2/users", json!({"colour": 1, "shape": 2})).await;
    assert_eq!(two.at("/param"), "colour", "the first of two");
}

#[tokio::test]
async fn e43_an_address_that_another_user_has() {
    let bell = Bell::start_on_file(CLOSED).await;
    made(&bell, "bo@northwind.example").await;
    for email in ["bo@northwind.example", "BO@Northwind.example"] {
        let answer = bell.post("/v2/users", with("email", json!(email))).await;
        assert_eq!(vendors(&answer), refused(400, format!("Email already exists: '{email}'"), "email"));
    }
    let kai = made(&bell, "kai@northwind.example").await;
    let path = format!("/v2/sandbox/users/{kai}");
    let answer = patch(&bell, &path, json!({"email": "Bo@northwind.example"})).await;
    assert_eq!(
        vendors(&answer),
        refused(400, "Email already exists: 'Bo@northwind.example'", "email"),
        "nor can a tester set it"
    );
    assert_eq!(patch(&bell, &path, json!({"email": "KAI@northwind.example"})).await.status, 200, "its own");
    let (_, other) = bell.account("other@bell.example").await;
    let elsewhere = bell.call_as(&other, "POST", "/v2/users", Some(with("teams", json!([])))).await;
    assert_eq!(elsewhere.status, 200, "A-099: of another account: {}", elsewhere.text());
}

#[tokio::test]
async fn e44_and_e50_a_role_that_cannot_be_given() {
    let bell = Bell::start(CLOSED).await;
    let path = format!("/v2/users/{}", made(&bell, "kai@northwind.example").await);
    let owner = "The 'Account Owner' role cannot be assigned directly via the API.";
    for (role, message) in [
        (json!("wizard"), "Invalid role name: 'wizard'"),
        (json!("Team manager"), "Invalid role name: 'Team manager'"),
        (json!(""), "Invalid role name: ''"),
        (json!(7), "Invalid role name: '7'"),
        (json!("Account Owner"), owner),
    ] {
        let answer = bell.post("/v2/users", with("role_name", role.clone())).await;
        assert_eq!(vendors(&answer), refused(400, message, "role_name"), "{role}");
        let answer = patch(&bell, &path, json!({"role_name": role})).await;
        assert_eq!(vendors(&answer), refused(400, message, "role_name"), "{role}");
    }
}

#[tokio::test]
async fn e45_and_e51_teams_that_are_none() {
    let bell = Bell::start(CLOSED).await;
    let path = format!("/v2/users/{}", made(&bell, "kai@northwind.example").await);
    let known = bell.get("/v2/teams").await.at("/data/0/id");
    let (_, other) = bell.account("other@bell.example").await;
    let theirs = bell.call_as(&other, "GET", "/v2/teams", None).await.at("/data/0/id");
    let strangers = format!("Invalid team(s): 'TM-INVALID1', '{theirs}'");
    for (teams, message) in [
        (json!(["TM-INVALID1", known, theirs]), strangers.as_str()),
        (json!("TM-INVALID1"), "Must be an array of strings."),
        (json!([1]), "Must be an array of strings."),
    ] {
        let answer = bell.post("/v2/users", with("teams", teams.clone())).await;
        assert_eq!(vendors(&answer), refused(400, message, "teams"), "{teams}");
        let answer = patch(&bell, &path, json!({"teams": teams})).await;
        assert_eq!(vendors(&answer), refused(400, message, "teams"), "{teams}");
    }
    let many = patch(&bell, &path, json!({"teams": vec!["TM-INVALID1"; 101]})).await;
    assert_eq!(many.refusal(), (400, "teams".into(), "fields_too_many".into()), "a bound of ours");
}

#[tokio::test]
async fn e46_more_users_than_the_account_may_have() {
    let bell = Bell::start_on_file(CLOSED).await;
    assert_eq!(patch(&bell, "/v2/sandbox/settings", json!({"user_limit": 3})).await.status, 200);
    made(&bell, "kai@northwind.example").await;
    let full = "You have reached the user limit for your current plan. To add more users, please upgrade your account.";
    let answer = bell.post("/v2/users", with("teams", json!([]))).await;
    assert_eq!(vendors(&answer), refused_whole(422, full));
    let known = bell.post("/v2/users", with("email", json!("kai@northwind.example"))).await;
    assert_eq!(known.status, 400, "a duplicate is told first");
    assert_eq!(users(&bell).await, 3);
    let last = bell.get("/v2/users").await.at("/data/0/id");
    assert_eq!(bell.call("DELETE", &format!("/v2/users/{last}"), None).await.status, 200);
    made(&bell, "bo@northwind.example").await;
}

#[tokio::test]
async fn e48_a_change_of_nothing() {
    let bell = Bell::start(CLOSED).await;
    let path = format!("/v2/users/{}", made(&bell, "kai@northwind.example").await);
    let answer = patch(&bell, &path, json!({})).await;
    assert_eq!(vendors(&answer), refused(400, "At least one field must be provided to update.", "body"));
}

#[tokio::test]
async fn e53_the_accounts_owner_is_neither_changed_nor_deleted() {
    let bell = Bell::start(CLOSED).await;
    let path = format!("/v2/users/{}", bell.get("/v2/users").await.at("/data/1/id"));
    let before = bell.get(&path).await;
    assert_eq!(before.at("/role_name"), "Account Owner");
    let changed = patch(&bell, &path, json!({"first_name": "Bo"})).await;
    assert_eq!(vendors(&changed), refused_whole(403, "Cannot update 'Account Owner' user."));
    let deleted = bell.call("DELETE", &path, None).await;
    assert_eq!(vendors(&deleted), refused_whole(403, "Cannot delete 'Account Owner' user."));
    assert_eq!(bell.get(&path).await.json(), before.json());
}

#[tokio::test]
async fn e54_a_change_of_a_deleted_user() {
    let bell = Bell::start(CLOSED).await;
    let id = made(&bell, "kai@northwind.example").await;
    let path = format!("/v2/users/{id}");
    bell.call("DELETE", &path, None).await;
    for body in [json!({"first_name": "Bo"}), json!({"colour": 1}), json!({})] {
        let answer = patch(&bell, &path, body).await;
        let message = format!("User cannot be modified as they have been deleted: '{id}'");
        assert_eq!(vendors(&answer), refused(410, message, "id"));
    }
}
