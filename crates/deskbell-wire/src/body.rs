//! Bodies: an [`Object`] read into the type that documents it, with the first rule that is broken as the answer.
//!
//! Rules are tried in one order for all bodies: fields that only we set, fields that nobody knows, and then each field
//! as the type declares them, be it absent, of the wrong JSON type or out of its own bounds.

mod elements;
mod members;
pub(crate) mod others;
mod value;
mod vendor;

pub(crate) use value::ARRAY_OR_OBJECT;
pub use vendor::VendorWords;

use crate::json::Object;
use crate::problem::Problem;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;
use value::{FieldPath, Given, Value};

/// What a call takes as its body.
pub trait RequestBody: DeserializeOwned + ToSchema {
    /// Fields that only we set: a body that gives one is refused before all else.
    const READ_ONLY: &'static [&'static str] = &[];
    /// Fields that may take no more than so many bytes, as they came.
    const MOST_BYTES: &'static [(&'static str, usize)] = &[];
    /// Fields that are left out whatever they say, so that an answer of ours can be sent back.
    const IGNORED: &'static [&'static str] = &[];
    /// What the vendor says of a broken rule, where it has words of its own.
    const VENDOR: Option<VendorWords> = None;
    /// Whether a refusal names an element of an array by its number. The vendor's name the array.
    const NUMBERED: bool = true;
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
    let object = &object.without(T::IGNORED);
    let read = T::deserialize(Value { given: Given::Object(object), path: FieldPath::default() });
    let read = read.map_err(|problem| if T::NUMBERED { problem } else { unnumbered(problem) });
    match &T::VENDOR {
        Some(words) => words.judge(object, read),
        None => read,
    }
}

/// Reads an object that stands within a body, by the same order of rules and with its own names of fields; strangers are
/// ignored unless the type refuses them.
pub(crate) fn within<T: DeserializeOwned>(object: &Object) -> Result<T, Problem> {
    T::deserialize(Value { given: Given::Object(object), path: FieldPath::default() })
}

/// The refusal without the numbers of elements in `param`.
fn unnumbered(problem: Problem) -> Problem {
    // The first part is a name, whatever it looks like.
    let is_name = |(at, part): &(usize, &str)| *at == 0 || !part.bytes().all(|byte| byte.is_ascii_digit());
    let names = |param: String| {
        let parts = param.split('.').enumerate().filter(is_name).map(|(_, part)| part);
        parts.collect::<Vec<_>>().join(".")
    };
    Problem { param: problem.param.map(names), ..problem }
}

#[cfg(test)]
mod tests;
