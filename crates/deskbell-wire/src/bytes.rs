//! Bytes of strangers in JSON: as text when they are text, as base 64 when they are not, and never anything else.

use crate::word::{Word, Words};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use utoipa::ToSchema;

/// A body.
#[derive(Debug, Serialize, ToSchema)]
#[schema(examples(json!({"body_encoding": "utf8"})))]
pub struct BodyText {
    /// The body, in the form that `body_encoding` names.
    #[schema(example = "thanks")]
    body: String,
    /// `utf8`, or `base64` when the bytes are not UTF-8.
    body_encoding: BodyEncoding,
}

type BodyEncoding = Word<Encoding>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Utf8,
    Base64,
}

impl Words for Encoding {
    fn all() -> Vec<Self> {
        vec![Self::Utf8, Self::Base64]
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Utf8 => "utf8",
            Self::Base64 => "base64",
        }
    }
}

impl BodyText {
    /// `bytes` as text if they are UTF-8.
    pub fn new(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self { body: text.to_owned(), body_encoding: Word(Encoding::Utf8) },
            Err(_) => Self { body: STANDARD.encode(bytes), body_encoding: Word(Encoding::Base64) },
        }
    }
}

/// A header as it came.
#[derive(Serialize, ToSchema)]
pub struct HeaderText {
    #[schema(example = "Content-Type")]
    name: String,
    #[schema(example = "application/json")]
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
