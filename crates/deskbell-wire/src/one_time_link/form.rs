//! `booking_form` of a one-time link: the fields of a booking form, none of which is needed.

use crate::body::others::{self, Others};
use crate::booking::form::{FormText, GuestName, Guests, custom_fields};
use crate::text::{Email, TextOrTexts};
use deskbell_core::booking::{FieldValue, Form};
use serde::Deserialize;
use serde::de::{Deserializer, Error};
use utoipa::ToSchema;

/// What a guest's form is filled in with. Any other field becomes a custom field, a string or a list of strings; at most 100
/// of them.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(remote = "Self")]
#[schema(example = json!({"name": "Tomas Healy", "email": "tomas.healy@corrib.example"}))]
pub struct LinkForm {
    /// 1 to 2,000 characters.
    name: Option<GuestName>,
    /// E-mail address.
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

impl<'de> Deserialize<'de> for LinkForm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut others: Others<Option<TextOrTexts>> = Vec::new();
        let form = Self::deserialize(others::Beside { deserializer, others: &mut others })?;
        Ok(Self { custom_fields: custom_fields(others).map_err(D::Error::custom)?, ..form })
    }
}

impl From<LinkForm> for Form {
    fn from(form: LinkForm) -> Self {
        let text = |text: Option<FormText>| text.map(|text| text.0);
        Self {
            name: form.name.map(|name| name.0).unwrap_or_default(),
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
