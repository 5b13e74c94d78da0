//! The same keys for every reader; objects in events, ids in answers.

use super::*;
use crate::reference::Target;
use deskbell_core::conversation::{Conversation, Parties, actions};
use deskbell_core::door::SeededRandom;
use deskbell_core::id::{AccountId, ConversationId};
use deskbell_core::sandbox::Sandbox;
use deskbell_core::time::from_millis;
use serde_json::{Value, json};

fn talk() -> Conversation {
    let account = AccountId::from_text("ACC-1");
    let sandbox = Sandbox::new(&account, &SeededRandom::new(1), from_millis(0));
    let parties = Parties {
        contact: sandbox.contacts[0].clone(),
        owner: sandbox.users[0].clone(),
        bot: sandbox.bots[0].clone(),
        website: sandbox.websites[0].clone(),
    };
    Conversation::begin(ConversationId::from_text("CVR-1"), account, parties, from_millis(0))
}

#[test]
fn events_carry_objects_and_answers_ids() {
    let talk = talk();
    let shown = |expanded| serde_json::to_value(super::Conversation::new(&talk, expanded)).unwrap();
    let event: Value = serde_json::from_str(payload(&talk).get()).unwrap();
    let plain = shown(Expanded::default());
    for name in ["contact", "owner", "bot", "website"] {
        assert_eq!(event[name]["object"], if name == "owner" { "user" } else { name });
        assert_eq!(plain[name], event[name]["id"], "{name}");
    }
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&event), keys(&plain), "the same keys in both forms");
    let one = shown(Expanded { bot: Target::when(true), ..Expanded::default() });
    assert_eq!((&one["bot"], &one["contact"]), (&event["bot"], &plain["contact"]));
    let gone = shown(Expanded { contact: Target::Deleted, ..Expanded::ALL });
    let left = json!({"id": talk.contact.id, "object": "contact", "deleted": true});
    assert_eq!((&gone["contact"], &gone["bot"]), (&left, &event["bot"]));
}

#[test]
fn people_have_the_bytes_in_events_that_they_have_in_answers() {
    let mut talk = talk();
    for custom_fields in [Vec::new(), vec![("crm_id".to_owned(), json!({"b": 1, "a": u64::MAX}))]] {
        talk.contact.custom_fields = custom_fields;
        let event = payload(&talk);
        let contact = serde_json::to_string(&Contact::from(talk.contact.clone())).unwrap();
        let owner = serde_json::to_string(&User::from(talk.owner.clone())).unwrap();
        let both = format!(r#""contact":{contact},"owner":{owner},"#);
        assert!(event.get().contains(&both), "{}", event.get());
    }
}

#[test]
fn what_can_be_done_is_told_to_those_who_ask() {
    let mut talk = talk();
    talk.close(from_millis(1)).unwrap();
    let shown =
        super::Conversation::new(&talk, Expanded::default()).with_actions(actions(&talk, from_millis(2)));
    let refused = json!({"name": "abandon", "allowed": false, "rings": [],
        "reason": "Only an open conversation can be abandoned. This one is closed."});
    assert_eq!(serde_json::to_value(shown).unwrap()["actions"][2], refused);
}
