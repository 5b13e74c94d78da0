//! What a guest fills in to book: the fields that are known, and custom ones (wire contract, 5.2 and 10.1).

use crate::body::others::{self, Others};
use crate::broken::Broken;
use crate::problem::cut;
use crate::schema::{text, value};
use crate::text::{Email, TextOrTexts};
use deskbell_core::booking::{FieldValue, Form};
use deskbell_core::sandbox::phone;
use serde::Deserialize;
use serde::de::{Deserializer, Error};
use utoipa::ToSchema;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Type};

/// Longest text of a booking form's field, in characters.
const FIELD_CHARS: usize = 2_000;
/// Most custom fields and guests of a booking form.
const FIELDS: usize = 100;

/// What a guest fills in: a name, and an e-mail address or a phone number. Any other field becomes a custom field, a string or a list of strings; at most 100 of them.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(remote = "Self")]
#[schema(example = json!({"name": "Tomas Healy", "email": "tomas.healy@corrib.example", "note": "Please call first."}))]
pub struct BookingForm {
    /// 1 to 2,000 characters.
    name: GuestName,
    /// E-mail address; a phone number is enough.
    email: Option<Email>,
    /// At most 2,000 characters.
    phone: Option<FormText>,
    /// At most 2,000 characters.
    mobile_phone: Option<FormText>,
    /// At most 2,000 characters.
    note: Option<FormText>,
    /// At most 2,000 characters.
    company: Option<FormText>,
    /// E-mail addresses of more guests, at most 100.
    guests: Option<Guests>,
    #[serde(skip)]
    #[schema(ignore)]
    custom_fields: Vec<(String, FieldValue)>,
}

impl<'de> Deserialize<'de> for BookingForm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut others: Others<Option<TextOrTexts>> = Vec::new();
        let form = Self::deserialize(others::Beside { deserializer, others: &mut others })?;
        form.must_be_reachable().map_err(D::Error::custom)?;
        let custom_fields = custom_fields(others).map_err(D::Error::custom)?;
        Ok(Self { custom_fields, ..form })
    }
}

impl BookingForm {
    /// A guest without an e-mail address gives a number by which they are known.
    fn must_be_reachable(&self) -> Result<(), Broken> {
        if self.email.is_some() {
            return Ok(());
        }
        let numbers =
            [("booking_form.mobile_phone", &self.mobile_phone), ("booking_form.phone", &self.phone)];
        let said = |(_, number): &(_, &Option<FormText>)| {
            number.as_ref().is_some_and(|number| !number.0.trim().is_empty())
        };
        match numbers.into_iter().find(said) {
            Some((param, Some(number))) if phone(&number.0).is_none() => {
                let message = format!("Invalid phone format: '{}'", cut(&number.0));
                Err(Broken::new("phone_invalid", message).blaming(param))
            }
            Some(_) => Ok(()),
            None => {
                Err(Broken::new("field_required", "Required fields are missing.").blaming("booking_form"))
            }
        }
    }
}

impl From<BookingForm> for Form {
    fn from(form: BookingForm) -> Self {
        let text = |text: Option<FormText>| text.map(|text| text.0);
        Self {
            name: form.name.0,
            email: form.email.map(|email| email.0),
            phone: text(form.phone),
            mobile_phone: text(form.mobile_phone),
            note: text(form.note),
            company: text(form.company),
            guests: form.guests.map(|guests| guests.0).unwrap_or_default(),
            custom_fields: form.custom_fields,
        }
    }
}

/// The fields of a form that are none of its own.
pub(crate) fn custom_fields(
    others: Others<Option<TextOrTexts>>,
) -> Result<Vec<(String, FieldValue)>, Broken> {
    let field = |(name, value)| match value? {
        TextOrTexts::One(text) => Some((name, FieldValue::One(text))),
        TextOrTexts::Many(texts) => Some((name, FieldValue::Many(texts))),
    };
    let fields: Vec<(String, FieldValue)> = others.into_iter().filter_map(field).collect();
    if fields.len() > FIELDS {
        let message = format!("At most {FIELDS} custom fields are allowed.");
        return Err(Broken::new("fields_too_many", message).blaming("booking_form"));
    }
    Ok(fields)
}

fn fits(text: &str) -> bool {
    text.chars().count() <= FIELD_CHARS
}

fn too_much() -> Broken {
    let message =
        format!("A field has at most {FIELD_CHARS} characters, and there are at most {FIELDS} guests.");
    Broken::new("text_too_long", message).blaming("booking_form")
}

/// The guest's name, trimmed.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct GuestName(pub(crate) String);

impl TryFrom<String> for GuestName {
    type Error = Broken;

    fn try_from(given: String) -> Result<Self, Broken> {
        match given.trim() {
            "" => Err(Broken::new("field_required", "Required fields are missing.")),
            name if fits(name) => Ok(Self(name.to_owned())),
            _ => Err(too_much()),
        }
    }
}

value!(GuestName, text("CRM sync").min_length(Some(1)).max_length(Some(FIELD_CHARS)));

/// A text of the form.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct FormText(pub(crate) String);

impl TryFrom<String> for FormText {
    type Error = Broken;

    fn try_from(given: String) -> Result<Self, Broken> {
        if fits(&given) { Ok(Self(given)) } else { Err(too_much()) }
    }
}

value!(FormText, ObjectBuilder::new().schema_type(Type::String).max_length(Some(FIELD_CHARS)));

/// More guests.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub(crate) struct Guests(pub(crate) Vec<String>);

impl TryFrom<Vec<String>> for Guests {
    type Error = Broken;

    fn try_from(given: Vec<String>) -> Result<Self, Broken> {
        let fit = given.len() <= FIELDS && given.iter().all(|guest| fits(guest));
        if fit { Ok(Self(given)) } else { Err(too_much()) }
    }
}

value!(Guests, {
    let guest = ObjectBuilder::new().schema_type(Type::String);
    ArrayBuilder::new().items(guest).max_items(Some(FIELDS))
});

#[cfg(test)]
mod tests;
