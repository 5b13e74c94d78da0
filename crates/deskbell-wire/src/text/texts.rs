//! A text, or a list of them.

use serde::Deserialize;
use serde::de::{Deserializer, Error, SeqAccess, Visitor, value::SeqAccessDeserializer};
use std::fmt;

/// The name by which [`TextOrTexts`] asks the deserializer of bodies for one or the other.
pub(crate) const TEXT_OR_TEXTS: &str = "deskbell_wire::TextOrTexts";

/// A text, or a list of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextOrTexts {
    /// A text.
    One(String),
    /// A list of texts.
    Many(Vec<String>),
}

impl<'de> Deserialize<'de> for TextOrTexts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = TextOrTexts;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or an array of strings")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<TextOrTexts, E> {
                Ok(TextOrTexts::One(text.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, texts: A) -> Result<TextOrTexts, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(texts)).map(TextOrTexts::Many)
            }

            /// What other deserializers answer.
            fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<TextOrTexts, D::Error> {
                inner.deserialize_any(self)
            }
        }
        deserializer.deserialize_newtype_struct(TEXT_OR_TEXTS, Either)
    }
}
