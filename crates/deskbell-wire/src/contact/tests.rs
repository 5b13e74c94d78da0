//! A contact is printed in an answer as it is in a payload, and as the document says.

use super::Contact;
use deskbell_core::door::SeededRandom;
use deskbell_core::id::AccountId;
use deskbell_core::sandbox::Sandbox;
use deskbell_core::sandbox::payload::ContactData;
use std::collections::BTreeSet;
use utoipa::PartialSchema as _;

#[test]
fn an_answer_has_the_bytes_of_a_payload() {
    let account = AccountId::from_text("ACC-1");
    let sandbox = Sandbox::new(&account, &SeededRandom::new(1), jiff::Timestamp::UNIX_EPOCH);
    let mut contact = sandbox.contacts[0].clone();
    for custom_fields in [Vec::new(), vec![("crm_id".to_owned(), serde_json::json!({"b": 1, "a": u64::MAX}))]]
    {
        contact.custom_fields = custom_fields;
        let payload = serde_json::to_string(&ContactData::new(&contact)).unwrap();
        assert_eq!(serde_json::to_string(&Contact::from(contact.clone())).unwrap(), payload);
    }
}

#[test]
fn the_document_has_the_keys_that_are_printed() {
    let account = AccountId::from_text("ACC-1");
    let sandbox = Sandbox::new(&account, &SeededRandom::new(1), jiff::Timestamp::UNIX_EPOCH);
    let printed = serde_json::to_value(Contact::from(sandbox.contacts[0].clone())).unwrap();
    let document = serde_json::to_value(Contact::schema()).unwrap();
    let keys =
        |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(keys(&printed), keys(&document["properties"]));
    assert_eq!(document["required"].as_array().unwrap().len(), keys(&printed).len(), "every key always");
}
