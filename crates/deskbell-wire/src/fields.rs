//! Fields: what a handler asks of a body, typed; the first rule that is broken is the answer.

mod query;
mod text;

pub use query::Query;
pub use text::{check_line, check_name, nearest, time_zone, timestamp};

use super::json::Object;
use crate::problem::{Problem, cut};
use deskbell_core::Timestamp;
use deskbell_core::account::is_email;
use deskbell_core::policy::limit;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::ops::RangeInclusive;

/// An object of the body and where it stands in it. `null` reads as absent everywhere but in [`Fields::has`].
#[derive(Debug, Clone)]
pub struct Fields<'a> {
    object: Cow<'a, Object>,
    /// Empty for the body itself, else dotted and with a dot at its end.
    prefix: String,
}

impl<'a> Fields<'a> {
    /// The fields of a body.
    pub fn new(object: &'a Object) -> Self {
        Self { object: Cow::Borrowed(object), prefix: String::new() }
    }

    /// The whole name of `field`, as `param` has it.
    pub fn param(&self, field: &str) -> String {
        format!("{}{field}", self.prefix)
    }

    /// Whether `field` stands in the object, be it null.
    pub fn has(&self, field: &str) -> bool {
        self.object.get(field).is_some()
    }

    /// Whether the object has no field at all.
    pub fn is_empty(&self) -> bool {
        self.object.iter().next().is_none()
    }

    /// The names of all fields, in the order they came.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.object.iter().map(|(name, _)| name)
    }

    /// The bytes of `field` as they came.
    pub fn raw(&self, field: &str) -> Option<&RawValue> {
        self.object.get(field).filter(|raw| raw.get() != "null")
    }

    /// A string.
    pub fn text(&self, field: &str) -> Result<Option<String>, Problem> {
        self.read(field, "a string")
    }

    /// A string that must be there.
    pub fn required_text(&self, field: &str) -> Result<String, Problem> {
        self.text(field)?.ok_or_else(|| self.missing(field))
    }

    /// A name that must be there: trimmed, 1 to 255 characters, a letter or digit among them, nothing invisible
    ///
    pub fn name(&self, field: &str) -> Result<String, Problem> {
        check_name(&self.param(field), &self.required_text(field)?, limit::NAME_CHARS)
    }

    /// A text of at most 255 characters, nothing invisible among them.
    pub fn line(&self, field: &str) -> Result<Option<String>, Problem> {
        let text = self.text(field)?;
        text.map(|text| check_line(&self.param(field), &text, limit::NAME_CHARS)).transpose()
    }

    /// An e-mail address.
    pub fn email(&self, field: &str) -> Result<Option<String>, Problem> {
        let refuse = |text: &str| {
            let message = format!("Invalid string: {}", cut(text));
            Problem::invalid(self.param(field), "email_invalid", message)
        };
        match self.text(field)? {
            Some(text) if !is_email(&text) => Err(refuse(&text)),
            text => Ok(text),
        }
    }

    /// An IANA time zone, under its proper name.
    pub fn time_zone(&self, field: &str) -> Result<Option<String>, Problem> {
        self.text(field)?.map(|text| time_zone(&self.param(field), &text)).transpose()
    }

    /// What `parse` makes of a word, one of `known`; the refusal has the vendor's form (wire contract, 9.1).
    pub fn choice<T>(
        &self,
        field: &str,
        parse: impl FnOnce(&str) -> Option<T>,
        known: &[&str],
    ) -> Result<Option<T>, Problem> {
        let Some(given) = self.text(field)? else { return Ok(None) };
        parse(&given).map(Some).ok_or_else(|| {
            let message = format!("Invalid string: {}. Known are: {}.", cut(&given), known.join(", "));
            Problem::invalid(self.param(field), "value_invalid", message)
        })
    }

    /// Refuses null: for changes in which a field can be left out, but not be emptied.
    pub fn no_nulls(&self) -> Result<(), Problem> {
        let empty = self.names().find(|name| self.raw(name).is_none());
        empty.map_or(Ok(()), |name| Err(self.missing(name)))
    }

    /// An array of strings.
    pub fn texts(&self, field: &str) -> Result<Option<Vec<String>>, Problem> {
        self.read(field, "an array of strings")
    }

    /// `true` or `false`.
    pub fn boolean(&self, field: &str) -> Result<Option<bool>, Problem> {
        self.read(field, "true or false")
    }

    /// `true` or `false` that must be there.
    pub fn required_boolean(&self, field: &str) -> Result<bool, Problem> {
        self.boolean(field)?.ok_or_else(|| self.missing(field))
    }

    /// A whole number in `range` (A-087: no string, no fraction).
    pub fn integer(&self, field: &str, range: RangeInclusive<i64>) -> Result<Option<i64>, Problem> {
        let number = self.read::<i64>(field, "a whole number")?;
        match number {
            Some(number) if !range.contains(&number) => Err(Problem::invalid(
                self.param(field),
                "integer_out_of_range",
                format!("{field} must be between {} and {}, not {number}.", range.start(), range.end()),
            )),
            number => Ok(number),
        }
    }

    /// A date, or a time with its zone.
    pub fn time(&self, field: &str) -> Result<Option<Timestamp>, Problem> {
        self.text(field)?.map(|text| timestamp(&self.param(field), &text)).transpose()
    }

    /// An object, as it came.
    pub fn object(&self, field: &str) -> Result<Option<&RawValue>, Problem> {
        match self.raw(field) {
            Some(raw) if !raw.get().starts_with('{') => Err(self.mismatch(field, "an object")),
            raw => Ok(raw),
        }
    }

    /// An object that must be there, as it came.
    pub fn required_object(&self, field: &str) -> Result<&RawValue, Problem> {
        self.object(field)?.ok_or_else(|| self.missing(field))
    }

    /// The fields of an object within this one.
    pub fn nested(&self, field: &str) -> Result<Option<Fields<'static>>, Problem> {
        let object = self.read(field, "an object")?;
        Ok(object.map(|object| Fields { object: Cow::Owned(object), prefix: self.param(field) + "." }))
    }

    /// The fields of each object in an array; the third of `events` is blamed as `events.2`.
    pub fn each(&self, field: &str) -> Result<Option<Vec<Fields<'static>>>, Problem> {
        let objects = self.read::<Vec<Object>>(field, "an array of objects")?;
        let fields = |(index, object)| Fields {
            object: Cow::Owned(object),
            prefix: format!("{}{field}.{index}.", self.prefix),
        };
        Ok(objects.map(|objects| objects.into_iter().enumerate().map(fields).collect()))
    }

    /// Refuses fields that are not `known`, and suggests the nearest. For our own paths; the vendor's ignore them.
    pub fn only(&self, known: &[&str]) -> Result<(), Problem> {
        let Some((stranger, _)) = self.object.iter().find(|(name, _)| !known.contains(name)) else {
            return Ok(());
        };
        let hint = match nearest(stranger, known) {
            Some(name) => format!("Did you mean '{name}'?"),
            None => format!("Known fields: {}.", known.join(", ")),
        };
        let message = format!("There is no field '{}'. {hint}", cut(stranger));
        Err(Problem::invalid(self.param(stranger), "unknown_field", message))
    }

    /// Refuses fields that only we set.
    pub fn read_only(&self, fields: &[&str]) -> Result<(), Problem> {
        fields.iter().find(|field| self.has(field)).map_or(Ok(()), |field| {
            let message = format!("The field '{field}' is set by us and cannot be given.");
            Err(Problem::invalid(self.param(field), "field_read_only", message))
        })
    }

    /// The refusal of a field that should have been there.
    pub fn missing(&self, field: &str) -> Problem {
        Problem::required(self.param(field))
    }

    fn read<T: DeserializeOwned>(&self, field: &str, wanted: &str) -> Result<Option<T>, Problem> {
        let read = |raw: &RawValue| serde_json::from_str(raw.get()).map_err(|_| self.mismatch(field, wanted));
        self.raw(field).map(read).transpose()
    }

    fn mismatch(&self, field: &str, wanted: &str) -> Problem {
        Problem::invalid(self.param(field), "type_mismatch", format!("{field} must be {wanted}."))
    }
}

#[cfg(test)]
mod tests;
