//! A contact as answers show it: what payloads show, with its document.

use crate::pagination;
use deskbell_core::sandbox::Contact;
use deskbell_core::sandbox::payload::ContactData;
use serde::{Serialize, Serializer};
use std::borrow::Cow;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// A contact (wire contract, 11.1).
pub struct ContactObject(Contact);

impl ContactObject {
    /// The contact as it is now.
    pub fn new(contact: &Contact) -> Self {
        Self(contact.clone())
    }

    /// The contact as it is now.
    pub fn of(contact: Contact) -> Self {
        Self(contact)
    }
}

impl pagination::Identified for ContactObject {
    fn id(&self) -> &str {
        self.0.id.as_str()
    }
}

impl Serialize for ContactObject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        ContactData::new(&self.0).serialize(serializer)
    }
}

impl PartialSchema for ContactObject {
    fn schema() -> RefOr<Schema> {
        Shape::schema()
    }
}

impl ToSchema for ContactObject {
    fn name() -> Cow<'static, str> {
        Shape::name()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        Shape::schemas(schemas);
    }
}

/// A contact.
#[derive(ToSchema)]
#[schema(as = Contact)]
#[expect(dead_code, reason = "the document of what ContactData prints")]
struct Shape {
    /// Always `contact`.
    #[schema(example = "contact")]
    object: String,
    #[schema(example = "CTC-7W3PLX90DK")]
    id: String,
    #[schema(example = "2026-05-04T08:11:09.512Z")]
    creation_time: String,
    #[schema(example = "2026-05-06T13:02:48.101Z")]
    last_updated_time: String,
    /// The guest's last conversation.
    #[schema(example = "2026-05-06T13:02:48.101Z", required)]
    last_interacted_time: Option<String>,
    /// The user who owns it.
    #[schema(example = "USR-4KD92MXQ7T")]
    owner: String,
    /// `Qualified`, `Sales qualified`, `Marketing qualified` or `Disqualified`.
    #[schema(example = "Qualified", required)]
    status: Option<String>,
    #[schema(example = "Galway", required)]
    city: Option<String>,
    #[schema(example = "11-50", required)]
    company_size: Option<String>,
    #[schema(example = "Corrib Instruments", required)]
    company: Option<String>,
    #[schema(example = "Ireland", required)]
    country: Option<String>,
    /// Null only where there is a mobile phone.
    #[schema(example = "tomas.healy@corrib.example", required)]
    email: Option<String>,
    #[schema(example = 34, required)]
    employees: Option<u32>,
    #[schema(example = "Tomás", required)]
    first_name: Option<String>,
    has_consent: bool,
    #[schema(example = "Operations lead", required)]
    job_title: Option<String>,
    #[schema(example = "Healy", required)]
    last_name: Option<String>,
    /// E.164.
    #[schema(example = "+353851234567", required)]
    mobile_phone: Option<String>,
    /// E.164.
    #[schema(required)]
    phone: Option<String>,
    #[schema(example = "H91 X2Y3", required)]
    post_code: Option<String>,
    #[schema(required)]
    salutation: Option<String>,
    #[schema(required)]
    state: Option<String>,
    #[schema(required)]
    street_address: Option<String>,
    /// The vendor's spelling.
    terms_of_sevice: bool,
    /// IANA time zone.
    #[schema(example = "Europe/Dublin", required)]
    timezone: Option<String>,
    /// The chatbot it came from.
    #[schema(example = "BOT-19AF03C77E", required)]
    bot: Option<String>,
    /// The form it came from.
    #[schema(required)]
    form: Option<String>,
    custom_fields: Vec<CustomField>,
}

/// A field of the account's own.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the document of what ContactData prints")]
pub struct CustomField {
    #[schema(example = "crm_id")]
    name: String,
    /// Anything.
    #[schema(value_type = Value, example = "L-20418")]
    value: serde_json::Value,
}

/// What is left of a deleted contact (wire contract, 1).
#[derive(Serialize, ToSchema)]
pub struct DeletedContact {
    #[schema(example = "CTC-7W3PLX90DK")]
    id: String,
    /// Always `contact`.
    object: &'static str,
    /// Always `true`.
    deleted: bool,
}

impl DeletedContact {
    /// What is left of the contact that had this id.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), object: "contact", deleted: true }
    }
}

/// A contact, or what is left of it.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub enum ContactOrDeleted {
    /// A contact.
    Contact(Box<ContactObject>),
    /// What is left of it.
    Deleted(DeletedContact),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_has_the_keys_that_are_printed() {
        let random = deskbell_core::door::SeededRandom::new(1);
        let account = deskbell_core::id::AccountId::from_text("ACC-1");
        let sandbox = deskbell_core::sandbox::Sandbox::new(&account, &random, jiff::Timestamp::UNIX_EPOCH);
        let printed = serde_json::to_value(ContactObject::new(&sandbox.contacts[0])).unwrap();
        let document = serde_json::to_value(Shape::schema()).unwrap();
        let keys = |value: &serde_json::Value| {
            value.as_object().unwrap().keys().cloned().collect::<std::collections::BTreeSet<_>>()
        };
        assert_eq!(keys(&printed), keys(&document["properties"]));
        assert_eq!(document["required"].as_array().unwrap().len(), keys(&printed).len(), "every key always");
    }
}
