//! Bytes of strangers in JSON: as text when they are text, as base 64 when they are not, and never anything else.

use crate::schema::value;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Type};

/// A body.
#[derive(Serialize, ToSchema)]
pub struct BodyText {
    /// The body, in the form that `body_encoding` names.
    body: String,
    /// `utf8`, or `base64` when the bytes are not UTF-8.
    body_encoding: &'static str,
}

impl BodyText {
    /// `bytes` as text if they are UTF-8.
    pub fn new(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self { body: text.to_owned(), body_encoding: "utf8" },
            Err(_) => Self { body: STANDARD.encode(bytes), body_encoding: "base64" },
        }
    }
}

/// A name and its value, as an array of the two. A tuple would be documented with `items: false`, over which generators of
/// clients stop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pair(pub String, pub String);

value!(Pair, {
    let text = ObjectBuilder::new().schema_type(Type::String);
    ArrayBuilder::new().items(text).min_items(Some(2)).max_items(Some(2))
});

/// A header as it came.
#[derive(Serialize, ToSchema)]
pub struct HeaderText {
    name: String,
    value: String,
    /// The value is not UTF-8 and stands in base 64.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    base64: bool,
}

impl HeaderText {
    /// `name: value`.
    pub fn new(name: &[u8], value: &[u8]) -> Self {
        let name = String::from_utf8_lossy(name).into_owned();
        match std::str::from_utf8(value) {
            Ok(value) => Self { name, value: value.to_owned(), base64: false },
            Err(_) => Self { name, value: STANDARD.encode(value), base64: true },
        }
    }
}
