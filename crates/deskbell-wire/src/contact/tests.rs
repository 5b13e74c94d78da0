//! A contact is printed as the document says.

use super::Contact;
use deskbell_core::door::SeededRandom;
use deskbell_core::id::AccountId;
use deskbell_core::sandbox::Sandbox;
use std::collections::BTreeSet;
use utoipa::PartialSchema as _;

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
