//! Users, teams and contacts (wire contract, 1, 5.2, 9.1 and 11).

use crate::bell::{Bell, CLOSED};
use crate::client::Answer;
use serde_json::{Value, json};

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// Status, message and `param` of a refusal.
fn told(answer: &Answer) -> (u16, String, String) {
    (answer.status, answer.at("/message"), answer.at("/param"))
}

async fn patch(bell: &Bell, path: &str, body: Value) -> Answer {
    bell.call("PATCH", path, Some(body)).await
}

#[tokio::test]
async fn users_and_teams_have_the_vendors_shapes() {
    let bell = Bell::start_on_file(CLOSED).await;
    let users = bell.get("/v2/users").await;
    assert_eq!(
        (users.status, users.at("/object"), users.at("/has_more")),
        (200, "list".into(), "false".into())
    );
    let user = users.json()["data"][1].clone();
    assert_eq!(
        keys(&user),
        ["email", "first_name", "id", "last_name", "object", "role_name", "status", "teams", "timezone"]
    );
    assert_eq!(
        (&user["object"], &user["status"], &user["role_name"]),
        (&json!("user"), &json!("active"), &json!("Account Owner"))
    );
    assert_eq!(user["timezone"], "Europe/Lisbon");
    let id = user["id"].as_str().unwrap();
    assert_eq!(bell.get(&format!("/v2/users/{id}")).await.json(), user);
    let teams = bell.get("/v2/teams").await.json();
    let team = teams["data"][0].clone();
    assert_eq!(keys(&team), ["id", "name", "object"]);
    assert_eq!((&team["object"], &user["teams"][0]), (&json!("team"), &team["id"]));
    let id = team["id"].as_str().unwrap();
    assert_eq!(bell.get(&format!("/v2/teams/{id}")).await.json(), team);
    for (path, noun) in [
        ("/v2/users", "user"),
        ("/v2/teams", "team"),
        ("/v2/contacts", "contact"),
        ("/v2/booking-calendars", "booking calendar"),
    ] {
        let unknown = bell.get(&format!("{path}/123")).await;
        assert_eq!(told(&unknown), (404, format!("No such {noun}: '123'"), "id".into()));
    }
}

#[tokio::test]
async fn a_user_is_created_and_changed() {
    let bell = Bell::start_on_file(CLOSED).await;
    let team = bell.get("/v2/teams").await.at("/data/0/id");
    let body = json!({"first_name": " Priya ", "last_name": "Raman", "email": "priya@northwind.example",
        "role_name": "Team Manager", "timezone": "europe/dublin", "teams": [team], "status": "invited"});
    let made = bell.post("/v2/users", body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let id = made.at("/id");
    let expected = json!({"object": "user", "id": id, "first_name": "Priya", "last_name": "Raman",
        "email": "priya@northwind.example", "status": "invited", "role_name": "Team Manager",
        "timezone": "Europe/Dublin", "teams": [team]});
    assert_eq!(made.json(), expected, "the name of a zone is the database's");
    let path = format!("/v2/users/{id}");
    assert_eq!(bell.get(&path).await.json(), expected);
    assert_eq!(bell.get("/v2/users").await.at("/data/0/id"), id, "newest first");
    let changed =
        patch(&bell, &path, json!({"timezone": "Asia/Kolkata", "status": "active", "teams": []})).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let mut expected = expected;
    (expected["timezone"], expected["status"], expected["teams"]) =
        (json!("Asia/Kolkata"), json!("active"), json!([]));
    assert_eq!(changed.json(), expected);
    assert_eq!(bell.get(&path).await.json(), expected);
    let small = json!({"first_name": "Bo", "last_name": "Li", "email": "bo@northwind.example"});
    let small = bell.post("/v2/users", small).await;
    assert_eq!(
        (small.at("/status"), small.at("/role_name"), small.at("/timezone")),
        ("active".into(), "Member".into(), "UTC".into())
    );
}

#[tokio::test]
async fn a_bad_user_is_refused() {
    let bell = Bell::start(CLOSED).await;
    let (_, other) = bell.account("other@bell.example").await;
    let theirs = bell.call_as(&other, "GET", "/v2/teams", None).await.at("/data/0/id");
    let user = bell.get("/v2/users").await.at("/data/0/id");
    let path = format!("/v2/users/{user}");
    let before = bell.get(&path).await.json();
    for (field, value, status, code) in [
        ("first_name", json!(""), 400, "text_invalid"),
        ("first_name", Value::Null, 400, "field_required"),
        ("last_name", json!("x".repeat(256)), 400, "text_too_long"),
        ("last_name", json!("bell\u{202e}"), 400, "text_invalid"),
        ("email", json!("nobody"), 400, "email_invalid"),
        ("email", json!(5), 400, "type_mismatch"),
        ("status", json!("gone"), 400, "value_invalid"),
        ("role_name", json!("member"), 400, "value_invalid"),
        ("timezone", json!("Mars/Olympus"), 400, "time_zone_unknown"),
        ("timezone", json!("EST5EDT4"), 400, "time_zone_unknown"),
        ("timezone", json!("../../etc/passwd"), 400, "time_zone_unknown"),
        ("teams", json!(["TM-000000000000"]), 404, "not_found"),
        ("teams", json!([theirs]), 404, "not_found"),
        ("teams", json!("TM-000000000000"), 400, "type_mismatch"),
        ("id", json!("USR-MINE"), 400, "field_read_only"),
        ("frist_name", json!("x"), 400, "unknown_field"),
    ] {
        let refused = (status, field.to_owned(), code.to_owned());
        let changed = patch(&bell, &path, json!({ field: value })).await;
        assert_eq!(changed.refusal(), refused, "{value}");
        let mut body = json!({"first_name": "Bo", "last_name": "Li", "email": "bo@northwind.example"});
        body[field] = value.clone();
        assert_eq!(bell.post("/v2/users", body).await.refusal(), refused, "{value}");
    }
    for field in ["first_name", "last_name", "email"] {
        let mut body = json!({"first_name": "Bo", "last_name": "Li", "email": "bo@northwind.example"});
        body.as_object_mut().unwrap().remove(field);
        let answer = bell.post("/v2/users", body).await;
        assert_eq!(told(&answer), (400, "Required fields are missing.".into(), field.into()));
    }
    assert_eq!(patch(&bell, &path, json!({})).await.refusal(), (400, "body".into(), "body_required".into()));
    assert_eq!(bell.get(&path).await.json(), before, "nothing was changed");
    assert_eq!(bell.get("/v2/users").await.json()["data"].as_array().unwrap().len(), 2, "nothing was made");
}

/// Every documented field.
fn full(owner: &str) -> Value {
    json!({"owner": owner, "status": "Sales qualified", "email": "tomas.healy@corrib.example", "first_name": "Tomás",
        "last_name": "Healy", "salutation": "Dr", "job_title": "Operations lead", "company": "Corrib Instruments",
        "company_size": "11-50", "employees": 34, "street_address": "40 Harbor Road", "city": "Galway",
        "state": "Connacht", "post_code": "H91 X2Y3", "country": "Ireland", "phone": "+35391555010",
        "mobile_phone": "+353851234567", "has_consent": true, "terms_of_sevice": true, "timezone": "Europe/Dublin",
        "custom_fields": [{"name": "crm_id", "value": "L-20418"},
            {"name": "attachments", "value": [{"fileName": "a.pdf", "link": "https://files.example.test/a"}]},
            {"name": "empty", "value": null}]})
}

#[tokio::test]
async fn a_contact_has_every_documented_field() {
    let bell = Bell::start_on_file(CLOSED).await;
    let owner = bell.get("/v2/users").await.at("/data/0/id");
    let made = bell.post("/v2/contacts", full(&owner)).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let (id, created) = (made.at("/id"), made.at("/creation_time"));
    assert!(id.starts_with("CTC-") && created.len() == 24 && created.ends_with('Z'), "{}", made.text());
    let mut expected = full(&owner);
    for (field, value) in [
        ("object", json!("contact")),
        ("id", json!(id)),
        ("creation_time", json!(created)),
        ("last_updated_time", json!(created)),
        ("last_interacted_time", Value::Null),
        ("bot", Value::Null),
        ("form", Value::Null),
    ] {
        expected[field] = value;
    }
    assert_eq!(made.json(), expected);
    let path = format!("/v2/contacts/{id}");
    assert_eq!(bell.get(&path).await.json(), expected);
    let list = bell.get("/v2/contacts").await.json();
    assert_eq!((&list["data"][0], &list["has_more"]), (&expected, &json!(false)), "newest first");

    let small = bell.post("/v2/contacts", json!({"mobile_phone": "+353851234567"})).await;
    assert_eq!(small.status, 201, "{}", small.text());
    assert_eq!(keys(&small.json()), keys(&expected), "every key always");
    let first =
        bell.get("/v2/users?limit=100").await.json()["data"].as_array().unwrap().last().unwrap()["id"]
            .clone();
    assert_eq!(
        (&small.json()["owner"], &small.json()["email"], &small.json()["has_consent"]),
        (&first, &Value::Null, &json!(false))
    );
}

#[tokio::test]
async fn a_contact_changes_in_what_is_given() {
    let bell = Bell::start_on_file(CLOSED).await;
    let users = bell.get("/v2/users").await;
    let made = bell.post("/v2/contacts", full(&users.at("/data/0/id"))).await;
    let path = format!("/v2/contacts/{}", made.at("/id"));
    let given = json!({"city": "Cork", "salutation": null, "state": "", "status": null, "email": null, "has_consent": false,
        "owner": users.at("/data/1/id"), "custom_fields": [{"name": "crm_id", "value": 7}]});
    let changed = patch(&bell, &path, given.clone()).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let mut expected = made.json();
    for (field, value) in given.as_object().unwrap() {
        expected[field] = if field == "state" { Value::Null } else { value.clone() };
    }
    expected["last_updated_time"] = changed.json()["last_updated_time"].clone();
    assert_eq!(changed.json(), expected, "null and the empty string clear");
    assert!(changed.at("/last_updated_time") > made.at("/last_updated_time"), "a change is dated");
    assert_eq!(bell.get(&path).await.json(), expected);
    let last = patch(&bell, &path, json!({"mobile_phone": null})).await;
    assert_eq!(
        told(&last),
        (400, "Required fields are missing.".into(), "email".into()),
        "one way to reach it stays"
    );
    assert_eq!(
        patch(&bell, &path, json!({"mobile_phone": null, "email": "t@corrib.example"})).await.status,
        200
    );
}

#[tokio::test]
async fn no_change_to_a_contact_is_lost_in_a_race() {
    let bell = Bell::start_on_file(CLOSED).await;
    let id = bell.post("/v2/contacts", json!({"email": "t@corrib.example"})).await.at("/id");
    let path = format!("/v2/contacts/{id}");
    let fields = ["city", "state", "country", "company", "job_title", "salutation"];
    let calls = fields.map(|field| patch(&bell, &path, json!({ field: field })));
    for answer in futures::future::join_all(calls).await {
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    let contact = bell.get(&path).await.json();
    assert!(fields.iter().all(|field| contact[field] == *field), "{contact}");
}

#[tokio::test]
async fn a_bad_contact_is_refused_in_the_vendors_words() {
    let bell = Bell::start(CLOSED).await;
    for body in [
        json!({}),
        json!({"first_name": "Tomás", "phone": "+35391555010"}),
        json!({"email": null}),
        json!({"email": ""}),
    ] {
        let answer = bell.post("/v2/contacts", body.clone()).await;
        assert_eq!(told(&answer), (400, "Required fields are missing.".into(), "email".into()), "{body}");
    }
    let id = bell.post("/v2/contacts", json!({"email": "t@corrib.example"})).await.at("/id");
    let path = format!("/v2/contacts/{id}");
    let before = bell.get(&path).await.json();
    for field in [
        "colour",
        "id",
        "object",
        "creation_time",
        "last_updated_time",
        "last_interacted_time",
        "bot",
        "form",
        "terms_of_service",
    ] {
        let refused = (400, "Unsupported fields".to_owned(), field.to_owned());
        let body = json!({"email": "t@corrib.example", field: "x"});
        assert_eq!(told(&bell.post("/v2/contacts", body.clone()).await), refused);
        assert_eq!(told(&patch(&bell, &path, body).await), refused);
    }
    let empty = patch(&bell, &path, json!({})).await;
    assert_eq!(told(&empty), (400, "Required fields are missing.".into(), "body".into()));
    for (param, field, value, code) in [
        ("email", "email", json!("nobody"), "email_invalid"),
        ("status", "status", json!("qualified"), "value_invalid"),
        ("phone", "phone", json!("1-2025550195"), "phone_invalid"),
        ("mobile_phone", "mobile_phone", json!("+0351234567"), "phone_invalid"),
        ("mobile_phone", "mobile_phone", json!("+3531234567890123"), "phone_invalid"),
        ("timezone", "timezone", json!("Mars/Olympus"), "time_zone_unknown"),
        ("employees", "employees", json!(-1), "integer_out_of_range"),
        ("employees", "employees", json!("34"), "type_mismatch"),
        ("has_consent", "has_consent", json!("yes"), "type_mismatch"),
        ("has_consent", "has_consent", Value::Null, "field_required"),
        ("city", "city", json!("x".repeat(256)), "text_too_long"),
        ("city", "city", json!("Gal\u{0007}way"), "text_invalid"),
        ("city", "city", json!("Gal\u{0000}way"), "nul_character"),
        ("custom_fields", "custom_fields", json!({"crm_id": "x"}), "type_mismatch"),
        ("custom_fields.0.name", "custom_fields", json!([{"value": "x"}]), "name_required"),
        ("custom_fields.0.value", "custom_fields", json!([{"name": "x"}]), "field_required"),
        (
            "custom_fields.1.size",
            "custom_fields",
            json!([{"name": "x", "value": 1}, {"name": "y", "value": 1, "size": 2}]),
            "unknown_field",
        ),
        (
            "custom_fields",
            "custom_fields",
            json!(vec![json!({"name": "x", "value": 1}); 101]),
            "fields_too_many",
        ),
        (
            "custom_fields",
            "custom_fields",
            json!([{"name": "x", "value": "x".repeat(64 << 10)}]),
            "text_too_long",
        ),
    ] {
        let mut body = json!({"email": "t@corrib.example"});
        body[field] = value;
        let refused = (400, param.to_owned(), code.to_owned());
        let made = bell.post("/v2/contacts", body.clone()).await.refusal();
        assert_eq!((made.0, made.2.as_str()), (400, code), "{body}");
        if code != "nul_character" {
            assert_eq!(made, refused, "{body}");
            assert_eq!(patch(&bell, &path, body.clone()).await.refusal(), refused, "{body}");
        }
    }
    let (_, other) = bell.account("other@bell.example").await;
    let theirs = bell.call_as(&other, "GET", "/v2/users", None).await.at("/data/0/id");
    for owner in [theirs.as_str(), "USR-0000000000"] {
        let body = json!({"email": "t@corrib.example", "owner": owner});
        let refused = (404, format!("No such user: '{owner}'"), "owner".to_owned());
        assert_eq!(told(&bell.post("/v2/contacts", body.clone()).await), refused, "A-099");
        assert_eq!(told(&patch(&bell, &path, body).await), refused, "A-099");
    }
    assert_eq!(bell.get(&path).await.json(), before, "nothing was changed");
}

#[tokio::test]
async fn of_a_deleted_contact_the_id_answers() {
    for bell in [Bell::start(CLOSED).await, Bell::start_on_file(CLOSED).await] {
        let id = bell.post("/v2/contacts", json!({"email": "tomas@corrib.example"})).await.at("/id");
        let path = format!("/v2/contacts/{id}");
        let gone = bell.call("DELETE", &path, None).await;
        assert_eq!((gone.status, gone.json()), (200, json!({"id": id, "deleted": true})));
        let read = bell.get(&path).await;
        assert_eq!(
            (read.status, read.json()),
            (200, json!({"id": id, "object": "contact", "deleted": true})),
            "A-100"
        );
        assert!(!bell.get("/v2/contacts?limit=100").await.text().contains(&id), "never listed");
        let unknown = (404, format!("No such contact: '{id}'"), "id".to_owned());
        assert_eq!(told(&bell.call("DELETE", &path, None).await), unknown, "A-172: the second delete");
        assert_eq!(told(&patch(&bell, &path, json!({"city": "Cork"})).await), unknown, "A-100");
        let cursor = bell.get(&format!("/v2/contacts?after={id}")).await;
        assert_eq!(cursor.refusal(), (400, "after".into(), "cursor_invalid".into()), "A-175: deleted");
        let (_, other) = bell.account("other@bell.example").await;
        let theirs = bell.call_as(&other, "GET", &path, None).await;
        assert_eq!(told(&theirs), unknown, "A-099: of another account not even that");
    }
}
