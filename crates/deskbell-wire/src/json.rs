//! JSON in, read strictly: one document, one object, nothing that two readers could take for two things.

mod batch;
mod raw;
pub(crate) mod scan;
mod strict;

pub use batch::batch;
pub(crate) use raw::RAW_OBJECT;
pub use raw::RawObject;

use crate::problem::{Problem, cut};
use http::{HeaderMap, header::CONTENT_TYPE};
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// An object whose values are kept as their exact bytes, in the order they came. No key stands twice.
#[derive(Debug, Clone, Default)]
pub struct Object(Vec<(String, Box<RawValue>)>);

impl Object {
    /// The value of `key`, as it came.
    pub fn get(&self, key: &str) -> Option<&RawValue> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_ref())
    }

    /// The same without the fields of those names.
    pub(crate) fn without(&self, names: &[&str]) -> Cow<'_, Self> {
        if names.is_empty() {
            return Cow::Borrowed(self);
        }
        let others = self.0.iter().filter(|(name, _)| !names.contains(&name.as_str()));
        Cow::Owned(Self(others.cloned().collect()))
    }

    /// Names and values in the order they came.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &RawValue)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_ref()))
    }
}

impl<'de> serde::Deserialize<'de> for Object {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Object(pairs))
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}

/// Reads a body. Refuses what is empty, cut off, doubled or otherwise not JSON, not UTF-8
/// a number no reader can hold, nested deeper than 64, a key that stands twice at any level
/// more keys than [`JSON_KEYS`](deskbell_core::policy::limit::JSON_KEYS), U+0000 in any string, and
/// anything but an object at the top.
pub fn parse(bytes: &[u8]) -> Result<Object, Problem> {
    if bytes.is_empty() {
        return Err(Problem::bad_request("body_required", "The call needs a JSON object as its body."));
    }
    strict::check(bytes)?;
    serde_json::from_slice(bytes).map_err(|_| {
        Problem::invalid("body", "type_mismatch", "The body must be a JSON object, in curly brackets.")
    })
}

/// `raw` without insignificant white space; numbers, strings and the order of keys stay byte for byte.
pub fn minify(raw: &RawValue) -> Box<RawValue> {
    RawValue::from_string(minified(raw.get())).unwrap_or_else(|_| raw.to_owned())
}

/// The same of a text that is JSON.
pub(crate) fn minified(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let (mut from, mut in_string, mut escaped) = (0, false, false);
    for (at, byte) in text.bytes().enumerate() {
        if in_string {
            in_string = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
        } else if matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
            kept.push_str(&text[from..at]);
            from = at + 1;
        } else {
            in_string = byte == b'"';
        }
    }
    kept.push_str(&text[from..]);
    kept
}

/// Refuses a Content-Type that is absent or anything but JSON in UTF-8 (A-067; 400 by the wire contract, 9.1).
pub fn content_type(headers: &HeaderMap) -> Result<(), Problem> {
    let refuse = |message: String| Err(Problem::bad_request("content_type_unsupported", message));
    let mut given = headers.get_all(CONTENT_TYPE).iter();
    let (Some(value), None) = (given.next(), given.next()) else {
        return refuse("Send one Content-Type header, application/json.".to_owned());
    };
    let text = String::from_utf8_lossy(value.as_bytes());
    let mut parts = text.split(';').map(str::trim);
    let json = parts.next().is_some_and(|media| media.eq_ignore_ascii_case("application/json"));
    let utf8 = parts.filter(|parameter| !parameter.is_empty()).all(|parameter| {
        parameter.split_once('=').is_none_or(|(name, value)| {
            !name.trim().eq_ignore_ascii_case("charset")
                || value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        })
    });
    if json && utf8 {
        return Ok(());
    }
    refuse(format!("Content-Type must be application/json in UTF-8, not {}.", cut(&text)))
}

#[cfg(test)]
mod tests;
