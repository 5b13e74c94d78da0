//! What a contact is found by: its e-mail address and its mobile phone. Whoever has them has the contact, so that they are
//! given once and not changed.

use crate::broken::Broken;
use crate::optional::Patch;
use crate::schema::{text, value};
use crate::text::{EMAIL_CHARS, Email};
use deskbell_core::sandbox::phone;
use serde::de::value::StringDeserializer;
use serde::de::{Deserializer, Error, IntoDeserializer as _};
use serde::{Deserialize, Serialize};
use std::marker::PhantomData;
use utoipa::openapi::schema::{KnownFormat, SchemaFormat};

/// An e-mail address whose host has a dot, as the vendor wants it of contacts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Email")]
pub struct ContactEmail(pub String);

impl TryFrom<Email> for ContactEmail {
    type Error = Broken;

    fn try_from(Email(text): Email) -> Result<Self, Broken> {
        let host = text.split_once('@').map_or("", |(_, host)| host);
        if host.split('.').count() > 1 && host.split('.').all(|label| !label.is_empty()) {
            return Ok(Self(text));
        }
        Err(Broken::new("email_invalid", "must have a host with a dot in its name."))
    }
}

/// A phone number, kept in the form of E.164.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Phone(pub String);

impl TryFrom<String> for Phone {
    type Error = Broken;

    fn try_from(text: String) -> Result<Self, Broken> {
        let message = "must be a phone number as in +353851234567: a plus and 9 to 15 digits.";
        phone(&text).map(Self).ok_or_else(|| Broken::new("phone_invalid", message))
    }
}

/// A text for which empty is as good as none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrEmpty<T>(pub Option<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OrEmpty<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.is_empty() {
            return Ok(Self(None));
        }
        let text: StringDeserializer<D::Error> = text.into_deserializer();
        T::deserialize(text).map(Some).map(Self)
    }
}

pub(super) type EmailOrEmpty = OrEmpty<ContactEmail>;
pub(super) type PhoneOrEmpty = OrEmpty<Phone>;

value!(
    EmailOrEmpty,
    text("tomas.healy@corrib.example")
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Email)))
        .max_length(Some(EMAIL_CHARS))
);
value!(
    PhoneOrEmpty,
    text("+353851234567").pattern(Some(r"^([ .()-]*\+[ .()-]*[1-9]([ .()-]*[0-9]){8,14}[ .()-]*)?$"))
);

/// What cannot be changed: a field that is not there. One that is has its form judged first, as the vendor does it.
#[derive(Debug)]
pub struct Unchangeable<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Unchangeable<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Patch::<T>::deserialize(deserializer)? {
            Patch::Absent => Ok(Self(PhantomData)),
            Patch::Null | Patch::Given(_) => {
                let message = "Identifier fields (email, mobile_phone) cannot be updated via this endpoint";
                Err(D::Error::custom(Broken::new("field_read_only", message)))
            }
        }
    }
}
