//! What serde finds wrong while it reads, as a refusal. The deserializer that knows the field adds it.

use super::{Problem, cut};
use crate::broken;
use deskbell_core::explain::nearest::nearest;
use serde::de::{Error, Expected, Unexpected};
use std::fmt::Display;

impl std::error::Error for Problem {}

impl Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Problem {
    /// The alternate form tells the code: see [`Broken`](crate::broken::Broken).
    fn custom<T: Display>(message: T) -> Self {
        broken::read(&format!("{message:#}"))
    }

    /// A number out of range. The message is no more than the range: how it is told depends on where it was given.
    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::bad_request("integer_out_of_range", expected.to_string())
    }

    /// One word of a closed list, in the vendor's form (wire contract, 9.1).
    fn unknown_variant(given: &str, known: &'static [&'static str]) -> Self {
        unknown_word(given, known).into()
    }

    /// Names the nearest field.
    fn unknown_field(given: &str, known: &'static [&'static str]) -> Self {
        let hint = match nearest(given, known) {
            Some(name) => format!("Did you mean '{name}'?"),
            None => format!("Known fields: {}.", known.join(", ")),
        };
        Self::bad_request("unknown_field", format!("There is no field '{}'. {hint}", cut(given)))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::required(field)
    }
}

/// The refusal of a word that is none of `known`.
pub(crate) fn unknown_word(given: &str, known: &[&str]) -> broken::Broken {
    broken::Broken::new("value_invalid", not_known(given, known))
}

/// What is said of a word that is none of `known` (wire contract, 9.1), with the one that was probably meant.
pub(crate) fn not_known(given: &str, known: &[&str]) -> String {
    let meant = nearest(given, known).map(|word| format!(" Did you mean {word}?")).unwrap_or_default();
    format!("Invalid string: {}.{meant} Known are: {}.", cut(given), known.join(", "))
}

impl Problem {
    /// The same refusal, blaming `param` unless it blames another; the subject that its message lacks is `param`.
    pub(crate) fn blame(self, param: &str) -> Self {
        if self.param.is_some() {
            return self;
        }
        // The code of a missing field has its name.
        if self.code == "field_required" {
            return Self::required(param);
        }
        let message = match self.message.starts_with(char::is_lowercase) {
            true => format!("{} {}", cut(param), self.message),
            false => self.message,
        };
        Self { message, ..self }.param(param)
    }

    /// The same refusal, of an object that stands at `place`.
    pub fn within(self, place: &str) -> Self {
        let param = match self.param.as_deref() {
            Some("body") | None => place.to_owned(),
            Some(param) => format!("{place}.{param}"),
        };
        self.param(param)
    }
}
