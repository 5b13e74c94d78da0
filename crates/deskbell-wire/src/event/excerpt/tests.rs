//! Excerpts of both payload styles, of conversations, and of data of no form at all.

use super::*;
use bytes::Bytes;
use deskbell_core::event::Origin;
use deskbell_core::id::{AccountId, EventId};
use deskbell_core::time::from_millis;
use deskbell_core::trigger::Trigger;
use serde_json::{Value, json};

fn excerpt(trigger: Trigger, data: &Value) -> Value {
    let body = Bytes::from(json!({"id": "EVNT-1", "data": data}).to_string());
    let event = Event {
        id: EventId::from_text("EVNT-1"),
        account: AccountId::from_text("ACC-1"),
        trigger,
        subject: None,
        created: from_millis(0),
        body,
        origin: Origin::Platform,
        payload_deleted: false,
    };
    serde_json::to_value(Excerpt::new(&event)).unwrap()
}

#[test]
fn a_booking_shows_guest_start_hosts_and_reason_in_both_styles() {
    let mut data = json!({"starting_time": "2026-05-11T15:15:00.000Z", "owner": "USR-1",
        "form_submission": {"name": " Ines Carvalho ", "email": "ines@mail.example"},
        "cancel_reschedule_information": {"reason": "ill", "actioned_by": "customer"}});
    let start = "2026-05-11T15:15:00.000Z";
    let expected = json!({"guest": "Ines Carvalho", "start": start, "hosts": ["USR-1"], "reason": "ill"});
    assert_eq!(excerpt(Trigger::BookingCanceled, &data), expected);
    data["owner"] = json!({"id": "USR-1", "first_name": "Ana", "last_name": "Lopes"});
    data["cancel_reschedule_information"] = json!({"reason": "", "actioned_by": "", "user_id": ""});
    let expected = json!({"guest": "Ines Carvalho", "start": start, "hosts": ["Ana Lopes"]});
    assert_eq!(excerpt(Trigger::BookingReassigned, &data), expected, "empty texts say nothing");
}

#[test]
fn a_conversation_shows_contact_bot_and_answers() {
    let answers: Vec<Value> = (0..7).map(|at| json!({"id": "INT-1", "value": format!("a{at}")})).collect();
    let data = json!({"contact": {"first_name": null, "email": "g@mail.example"},
        "bot": {"id": "BOT-1", "name": "Front desk"}, "answers": answers});
    assert_eq!(
        excerpt(Trigger::ConversationClosed, &data),
        json!({"contact": "g@mail.example", "bot": "Front desk", "answers": 7})
    );
}

#[test]
fn strange_data_leaves_out_what_it_spoils_and_nothing_else() {
    for data in [json!([]), json!("text"), json!(null), json!({"owner": 7, "form_submission": [1]})] {
        assert_eq!(excerpt(Trigger::BookingScheduled, &data), json!({}), "{data}");
        assert_eq!(excerpt(Trigger::ConversationClosed, &data), json!({}), "{data}");
    }
    let data =
        json!({"starting_time": 5, "owner": {"id": "USR-1"}, "form_submission": {"name": "é".repeat(500)}});
    let expected = json!({"guest": format!("{}…", "é".repeat(120)), "hosts": ["USR-1"]});
    assert_eq!(excerpt(Trigger::BookingScheduled, &data), expected);
}
