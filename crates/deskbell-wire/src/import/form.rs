//! What the guest of an imported booking filled in, and whom that makes of the guest.

use super::reading::{Said, said};
use crate::contact::OrEmpty;
use crate::text::TimeZone;
use deskbell_core::Timestamp;
use deskbell_core::booking::{FieldValue, Form};
use deskbell_core::id::ContactId;
use deskbell_core::import::stand_in;
use deskbell_core::sandbox::{Contact, User};
use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, Deserialize)]
pub(super) struct ToldForm {
    name: Said,
    email: Said,
    phone: Said,
    mobile_phone: Said,
    note: Said,
    company: Said,
    guests: Option<Vec<String>>,
    custom_fields: Option<Vec<ToldAnswer>>,
}

#[derive(Debug, Deserialize)]
struct ToldAnswer {
    name: String,
    value: Option<Value>,
}

impl ToldForm {
    pub(super) fn form(&self) -> Form {
        let field = |answer: &ToldAnswer| Some((answer.name.clone(), value(answer.value.as_ref()?)));
        Form {
            name: said(&self.name).unwrap_or_default(),
            email: said(&self.email),
            phone: said(&self.phone),
            mobile_phone: said(&self.mobile_phone),
            note: said(&self.note),
            company: said(&self.company),
            guests: self.guests.iter().flatten().filter(|guest| !guest.is_empty()).cloned().collect(),
            custom_fields: self.custom_fields.iter().flatten().filter_map(field).collect(),
        }
    }

    /// The guest as a contact of that host, as of `at`; none where nobody could be reached by it. The id is made of the
    /// address, for a booking's event does not have it.
    pub(super) fn guest(
        &self,
        host: &User,
        zone: Option<&OrEmpty<TimeZone>>,
        at: Timestamp,
    ) -> Option<Contact> {
        let (email, mobile_phone) = (said(&self.email), said(&self.mobile_phone));
        let reach = email.clone().or_else(|| mobile_phone.clone())?;
        let id = format!("{}{}", ContactId::PREFIX, stand_in(&reach.to_lowercase()));
        let name = said(&self.name).unwrap_or_default();
        let (first, last) = name.split_once(' ').unwrap_or((&name, ""));
        let text = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        Some(Contact {
            email,
            mobile_phone,
            phone: said(&self.phone),
            first_name: text(first),
            last_name: text(last),
            company: said(&self.company),
            time_zone: zone.and_then(|zone| zone.0.clone()).map(String::from),
            last_interacted: Some(at),
            ..Contact::called(ContactId::from_text(id), host, at)
        })
    }
}

/// The answer to a question: of what is neither a text nor a list of texts, its JSON.
fn value(given: &Value) -> FieldValue {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match given {
        Value::Array(values) => FieldValue::Many(values.iter().map(text).collect()),
        one => FieldValue::One(text(one)),
    }
}
