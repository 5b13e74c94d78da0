//! What cannot be imported is refused with the name of what is wrong, and nothing of it is stored.

use super::{IMPORT, empty_texts, import, rung, scheduled, talk};
use crate::bell::{Bell, CLOSED};
use deskbell_core::policy::limit;
use serde_json::{Value, json};

/// A way to spoil an event.
type Spoil = fn(&mut Value);

#[tokio::test]
async fn each_field_that_the_sandbox_needs_is_judged() {
    let bell = Bell::start(CLOSED).await;
    let spoils: [(&str, &str, Spoil); 16] = [
        ("id", "value_invalid", |event| event["id"] = json!("evnt_1")),
        ("object", "value_invalid", |event| event["object"] = json!("booking")),
        ("type", "event_type_unknown", |event| event["type"] = json!("booking.moved")),
        ("api_version", "value_invalid", |event| event["api_version"] = json!("v1")),
        ("creation_time", "timestamp_invalid", |event| event["creation_time"] = json!("yesterday")),
        ("delivery", "unknown_field", |event| event["delivery"] = json!(1)),
        ("data", "type_mismatch", |event| event["data"] = json!([])),
        ("data.object", "value_invalid", |event| event["data"]["object"] = json!("conversation")),
        ("data.id", "value_invalid", |event| event["data"]["id"] = json!("BKNG-")),
        ("data.status", "value_invalid", |event| event["data"]["status"] = json!("planned")),
        ("data.owner", "field_required", |event| event["data"]["owner"] = Value::Null),
        ("data.owner", "value_invalid", |event| event["data"]["owner"] = json!("Priya")),
        ("data.owner.id", "id_required", |event| event["data"]["owner"] = json!({"email": "a@b.example"})),
        ("data.duration_minutes", "integer_out_of_range", |event| {
            event["data"]["duration_minutes"] = json!(0)
        }),
        ("data.customer_timezone", "time_zone_unknown", |event| {
            event["data"]["customer_timezone"] = json!("Mars/Olympus");
        }),
        ("data.form_submission.name", "type_mismatch", |event| {
            event["data"]["form_submission"]["name"] = json!(5)
        }),
    ];
    for (param, code, spoil) in spoils {
        let mut event = scheduled();
        spoil(&mut event);
        let (status, named, found) = bell.post(IMPORT, event).await.refusal();
        assert_eq!((status, named.as_str()), (400, param), "{found}");
        assert!(found == code || code == "id_required" && found == "field_required", "{param}: {found}");
    }
    let mut no_bot = talk();
    no_bot["data"]["bot"] = json!({"name": "Helper"});
    assert_eq!(bell.post(IMPORT, no_bot).await.refusal().1, "data.bot.id");
}

#[tokio::test]
async fn an_import_is_bounded_and_whole() {
    let bell = Bell::start_on_file(CLOSED).await;
    let most = limit::EVENTS_PER_IMPORT;
    let many = bell.post(IMPORT, Value::from(vec![scheduled(); most + 1])).await.refusal();
    assert_eq!(many, (400, "body".into(), "events_too_many".into()));
    assert_eq!(bell.post(IMPORT, json!([])).await.refusal().2, "body_required");
    let mut large = scheduled();
    large["data"]["padding"] = json!("x".repeat(limit::IMPORTED_BYTES));
    assert_eq!(bell.post(IMPORT, large).await.refusal(), (400, "data".into(), "text_too_long".into()));
    let mut broken = empty_texts();
    broken["data"]["status"] = json!("planned");
    let refused = bell.post(IMPORT, json!([scheduled(), broken])).await.refusal();
    assert_eq!(refused, (400, "1.data.status".into(), "value_invalid".into()));
    let mut beside = scheduled();
    beside["data"]["id"] = json!("BKNG-SAMETIME0001");
    let refused = bell.post(IMPORT, json!([scheduled(), beside])).await.refusal();
    assert_eq!(refused, (409, "1.data.starting_time".into(), "slot_taken".into()));
    for path in ["/v2/bookings/BKNG-Q8T2ZC4M6RVA", "/v2/users/USR-4KD92MXQ7"] {
        assert_eq!(bell.get(path).await.status, 404, "nothing of it is there: {path}");
    }
    let both = import(&bell, json!([scheduled(), talk(), empty_texts()])).await.json();
    assert_eq!(both["data"].as_array().unwrap().len(), 3);
    assert!(rung(&bell).await.is_empty());
}

#[tokio::test]
async fn what_somebody_else_has_stays_theirs() {
    let bell = Bell::start_on_file(CLOSED).await;
    import(&bell, scheduled()).await;
    let (_, other) = bell.account("other@bell.example").await;
    let taken = bell.call_as(&other, "POST", IMPORT, Some(scheduled())).await.refusal();
    assert_eq!(taken, (409, "data.id".into(), "id_taken".into()), "A-099");
    let mut same_address = empty_texts();
    same_address["data"]["owner"]["email"] = json!("Priya.Raman@northwind.example");
    let taken = bell.post(IMPORT, same_address).await.refusal();
    assert_eq!(taken, (409, "data.owner".into(), "email_taken".into()));
    assert_eq!(bell.call_as("dbk_x", "POST", IMPORT, Some(scheduled())).await.status, 401);
}
