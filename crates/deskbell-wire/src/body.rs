//! Bodies: an [`Object`] read into the type that documents it, with the first rule that is broken as the answer.
//!
//! Rules are tried in one order for all bodies: fields that only we set, fields that nobody knows, and then each field
//! as the type declares them, be it absent, of the wrong JSON type or out of its own bounds.

mod elements;
mod members;
pub(crate) mod others;
mod value;

use crate::json::Object;
use crate::problem::{Problem, cut};
use serde::de::DeserializeOwned;
use utoipa::ToSchema;
use value::{FieldPath, Given, Value};

/// What a call takes as its body.
pub trait RequestBody: DeserializeOwned + ToSchema {
    /// Fields that only we set: a body that gives one is refused before all else.
    const READ_ONLY: &'static [&'static str] = &[];
    /// Fields that may take no more than so many bytes, as they came.
    const MOST_BYTES: &'static [(&'static str, usize)] = &[];
    /// What is said of a field that the type does not have, where the vendor has words of its own.
    const UNKNOWN_FIELD: Option<&'static str> = None;
}

/// What a call takes that takes no field.
#[derive(Debug, serde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoFields {}

impl RequestBody for NoFields {}

/// What a call takes that ignores whatever fields it is given.
#[derive(Debug, serde::Deserialize, ToSchema)]
pub struct AnyFields {}

impl RequestBody for AnyFields {}

/// Reads a body.
pub fn read<T: RequestBody>(object: &Object) -> Result<T, Problem> {
    if let Some(field) = T::READ_ONLY.iter().find(|field| object.get(field).is_some()) {
        let message = format!("The field '{field}' is set by us and cannot be given.");
        return Err(Problem::invalid(field, "field_read_only", message));
    }
    for (field, most) in T::MOST_BYTES {
        let bytes = object.get(field).map_or(0, |raw| raw.get().len());
        if bytes > *most {
            let message = format!("{field} has {bytes} bytes; at most {most} are allowed.");
            return Err(Problem::invalid(*field, "text_too_long", message));
        }
    }
    let read = T::deserialize(Value { given: Given::Object(object), path: FieldPath::default() });
    // Within a nested object our own words stay.
    let own = |problem: &Problem| object.iter().any(|(name, _)| problem.param == Some(cut(name)));
    read.map_err(|problem| match T::UNKNOWN_FIELD {
        Some(words) if problem.code == "unknown_field" && own(&problem) => {
            Problem { message: words.to_owned(), ..problem }
        }
        _ => problem,
    })
}

#[cfg(test)]
mod tests;
