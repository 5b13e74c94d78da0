//! Contacts: made, changed and deleted as the vendor does it.

use super::{keys, patch, told};
use crate::bell::{Bell, CLOSED};
use crate::booking::guest::slots;
use serde_json::{Value, json};

/// A contact beside that of a fresh sandbox; its path.
pub(super) async fn made(bell: &Bell, email: &str) -> String {
    let body = json!({"first_name": "Tomás", "last_name": "Healy", "email": email});
    let made = bell.post("/v2/contacts", body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    format!("/v2/contacts/{}", made.at("/id"))
}

/// Every documented field.
fn full(owner: &str) -> Value {
    json!({"owner": owner, "status": "Sales qualified", "email": "tomas.healy@corrib.example", "first_name": "Tomás",
        "last_name": "Healy", "salutation": "Dr", "job_title": "Operations lead", "company": "Corrib Instruments",
        "company_size": "11-50", "employees": 34, "street_address": "40 Harbor Road", "city": "Galway",
        "state": "Connacht", "post_code": "H91 X2Y3", "country": "Ireland", "phone": "+35391555010",
        "mobile_phone": "+353851234567", "has_consent": true, "terms_of_sevice": true, "timezone": "Europe/Dublin",
        "custom_fields": [{"name": "crm_id", "value": "L-20418"},
            {"name": "tier", "value": [{"fileName": "a.pdf", "link": "https://files.example.test/a"}]}]})
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

    let small = json!({"first_name": "Ann", "last_name": "Ray", "mobile_phone": "+353851234568"});
    let small = bell.post("/v2/contacts", small).await;
    assert_eq!(small.status, 201, "{}", small.text());
    assert_eq!(keys(&small.json()), keys(&expected), "every key always");
    let first =
        bell.get("/v2/users?limit=100").await.json()["data"].as_array().unwrap().last().unwrap()["id"]
            .clone();
    assert_eq!(
        (&small.json()["owner"], &small.json()["email"], &small.json()["has_consent"]),
        (&first, &Value::Null, &json!(false))
    );
    // What only we set is ignored: a contact that was read can be sent again.
    let mut again = made.json();
    again["email"] = json!("another@corrib.example");
    again["mobile_phone"] = Value::Null;
    again.as_object_mut().unwrap().retain(|name, _| !["bot", "form"].contains(&name.as_str()));
    let again = bell.post("/v2/contacts", again).await;
    assert_eq!(again.status, 201, "{}", again.text());
    assert_ne!(again.at("/id"), id);
}

#[tokio::test]
async fn a_phone_number_is_kept_in_the_form_of_e_164() {
    let bell = Bell::start(CLOSED).await;
    let body = json!({"first_name": "Ann", "last_name": "Ray", "mobile_phone": "+1-202-555-0143", "phone": "+353 (91) 555.010"});
    let made = bell.post("/v2/contacts", body).await;
    assert_eq!((made.at("/mobile_phone"), made.at("/phone")), ("+12025550143".into(), "+35391555010".into()));
    let body = json!({"first_name": "Ann", "last_name": "Ray", "mobile_phone": "+1 202 555 0143"});
    let again = bell.post("/v2/contacts", body).await;
    assert_eq!(
        again.refusal(),
        (409, "mobile_phone".into(), "contact_exists".into()),
        "the same, written otherwise"
    );
}

#[tokio::test]
async fn a_contact_changes_in_what_is_given() {
    let bell = Bell::start_on_file(CLOSED).await;
    let users = bell.get("/v2/users").await;
    let made = bell.post("/v2/contacts", full(&users.at("/data/0/id"))).await;
    let path = format!("/v2/contacts/{}", made.at("/id"));
    let given = json!({"city": "Cork", "salutation": null, "state": "", "status": "Hot lead", "has_consent": false,
        "first_name": null, "owner": users.at("/data/1/id"), "custom_fields": [{"name": "crm_id", "value": 7}]});
    let changed = patch(&bell, &path, given).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let mut expected = made.json();
    for (field, value) in [
        ("city", json!("Cork")),
        ("salutation", Value::Null),
        ("state", Value::Null),
        ("status", Value::Null),
        ("has_consent", json!(false)),
        ("first_name", Value::Null),
        ("owner", json!(users.at("/data/1/id"))),
        ("last_updated_time", changed.json()["last_updated_time"].clone()),
    ] {
        expected[field] = value;
    }
    expected["custom_fields"][0]["value"] = json!(7);
    assert_eq!(changed.json(), expected, "null and the empty string clear, an unknown status is none");
    assert!(changed.at("/last_updated_time") > made.at("/last_updated_time"), "a change is dated");
    assert_eq!(bell.get(&path).await.json(), expected);
}

#[tokio::test]
async fn custom_fields_are_merged() {
    let bell = Bell::start_on_file(CLOSED).await;
    let path = made(&bell, "t@corrib.example").await;
    for (given, expected) in [
        (json!([{"name": "crm_id", "value": "L-1"}]), json!([["crm_id", "L-1"]])),
        (json!({"tier": {"level": 2}}), json!([["crm_id", "L-1"], ["tier", {"level": 2}]])),
        (json!([{"name": "crm_id", "value": null}]), json!([["crm_id", null], ["tier", {"level": 2}]])),
        (json!([]), json!([["crm_id", null], ["tier", {"level": 2}]])),
        (Value::Null, json!([["crm_id", null], ["tier", {"level": 2}]])),
    ] {
        let changed = patch(&bell, &path, json!({"custom_fields": given})).await;
        assert_eq!(changed.status, 200, "{given}: {}", changed.text());
        let fields = changed.json()["custom_fields"].as_array().unwrap().clone();
        let pairs: Vec<Value> = fields.iter().map(|field| json!([field["name"], field["value"]])).collect();
        assert_eq!(json!(pairs), expected, "{given}");
    }
    // What many changes put together is bounded as one is.
    let half = "x".repeat(33 << 10);
    assert_eq!(patch(&bell, &path, json!({"custom_fields": {"crm_id": half}})).await.status, 200);
    let more = patch(&bell, &path, json!({"custom_fields": {"tier": half}})).await;
    assert_eq!(more.refusal(), (400, "custom_fields".into(), "fields_too_many".into()));
}

#[tokio::test]
async fn no_change_to_a_contact_is_lost_in_a_race() {
    let bell = Bell::start_on_file(CLOSED).await;
    let path = made(&bell, "t@corrib.example").await;
    let fields = ["city", "state", "country", "company", "job_title", "salutation"];
    let calls = fields.map(|field| patch(&bell, &path, json!({ field: field })));
    for answer in futures::future::join_all(calls).await {
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    let contact = bell.get(&path).await.json();
    assert!(fields.iter().all(|field| contact[field] == *field), "{contact}");
}

#[tokio::test]
async fn of_two_contacts_with_one_address_at_once_one_is_made() {
    let bell = Bell::start_on_file(CLOSED).await;
    let calls = ["bo@corrib.example", "BO@corrib.example", "Bo@Corrib.example"].map(|email| {
        bell.post("/v2/contacts", json!({"first_name": "Bo", "last_name": "Li", "email": email}))
    });
    let mut answers = futures::future::join_all(calls).await;
    answers.sort_by_key(|answer| answer.status);
    assert_eq!(answers.iter().map(|answer| answer.status).collect::<Vec<_>>(), [201, 409, 409]);
}

#[tokio::test]
async fn guests_who_book_at_once_with_one_address_are_one_contact() {
    let bell = Bell::start_on_file(CLOSED).await;
    let calendar = bell.get("/v2/booking-calendars").await.at("/data/0/id");
    let slots = slots(&bell, &calendar).await;
    let path = format!("/v2/booking-calendars/{calendar}/schedule");
    let calls = (0..4).map(|n| {
        let form = json!({"name": "Bo Li", "email": if n % 2 == 0 { "bo@corrib.example" } else { "BO@corrib.example" }});
        let body = json!({"start_time": slots[n * 4], "guest_time_zone": "Europe/Dublin", "booking_form": form});
        bell.post(&path, body)
    });
    for answer in futures::future::join_all(calls).await {
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    let contacts = bell.get("/v2/contacts").await.json();
    assert_eq!(contacts["data"].as_array().unwrap().len(), 2, "and the one who was there: {contacts}");
}

#[tokio::test]
async fn of_a_deleted_contact_the_id_answers() {
    for bell in [Bell::start(CLOSED).await, Bell::start_on_file(CLOSED).await] {
        let path = made(&bell, "tomas@corrib.example").await;
        let id = path.rsplit('/').next().unwrap();
        let gone = bell.call("DELETE", &path, None).await;
        assert_eq!((gone.status, gone.json()), (200, json!({"id": id, "deleted": true})));
        let read = bell.get(&path).await;
        assert_eq!(
            (read.status, read.json()),
            (200, json!({"id": id, "object": "contact", "deleted": true})),
            "A-100"
        );
        assert!(!bell.get("/v2/contacts?limit=100").await.text().contains(id), "never listed");
        let unknown = (404, format!("No such contact: '{id}'"), "id".to_owned());
        assert_eq!(told(&bell.call("DELETE", &path, None).await), unknown, "A-172: the second delete");
        assert_eq!(told(&patch(&bell, &path, json!({"city": "Cork"})).await), unknown, "A-100");
        let cursor = bell.get(&format!("/v2/contacts?after={id}")).await;
        assert_eq!(cursor.refusal(), (400, "after".into(), "cursor_invalid".into()), "A-175: deleted");
        let (_, other) = bell.account("other@bell.example").await;
        let theirs = bell.call_as(&other, "GET", &path, None).await;
        assert_eq!(told(&theirs), unknown, "A-099: of another account not even that");
        made(&bell, "tomas@corrib.example").await;
    }
}
