//! How the object of an imported event is read: strict in what a sandbox needs, open to whatever else stands in it, and with
//! null, an empty text and a missing member as one (wire contract, 5.4).

use crate::body;
use crate::broken::Broken;
use crate::contact::OrEmpty;
use crate::id::Noun;
use crate::json::Object;
use crate::problem::{Problem, cut};
use crate::text::Text;
use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, StringDeserializer};
use serde::de::{DeserializeOwned, Deserializer, Error, IntoDeserializer as _, MapAccess, Visitor};
use std::fmt;

/// Longest text of an imported object, in characters.
const CHARS: usize = 2_000;

/// A text, for which empty is as good as none.
pub(super) type Said = Option<OrEmpty<Text<0, CHARS>>>;
/// Something that is written as a text, for which empty is as good as none.
pub(super) type Maybe<T> = Option<OrEmpty<T>>;

/// What was said, if anything was.
pub(super) fn said(given: &Said) -> Option<String> {
    given.as_ref().and_then(|given| given.0.as_ref()).map(|text| text.0.clone())
}

/// What was given, if anything was.
pub(super) fn given<T: Clone>(given: &Maybe<T>) -> Option<T> {
    given.as_ref().and_then(|given| given.0.clone())
}

/// What is named, if anything is.
pub(super) fn named(given: &Option<Named>) -> Option<&Named> {
    given.as_ref().filter(|given| !matches!(given, Named::Id(id) if id.is_empty()))
}

/// Reads the object that stands at `place`.
pub(super) fn object<T: DeserializeOwned>(object: &Object, place: &str) -> Result<T, Problem> {
    body::within(object).map_err(|problem: Problem| problem.within(place))
}

/// An id as the vendor gives them: a prefix, and capital letters and digits, as many as it likes.
#[derive(Debug, Clone)]
pub(super) struct Their<I>(pub I);

impl<'de, I: Noun> Deserialize<'de> for Their<I> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let (prefix, _) = I::EXAMPLE.split_once('-').unwrap_or_default();
        let tail = text.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('-')).unwrap_or_default();
        let fits = (1..=32).contains(&tail.len())
            && tail.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        if fits {
            return Ok(Self(I::from_text(text)));
        }
        let message = format!("Invalid string: {}. Give it as in {}.", cut(&text), I::EXAMPLE);
        Err(D::Error::custom(Broken::new("value_invalid", message)))
    }
}

/// Another object: by its id, or in full.
#[derive(Debug, Clone)]
pub(super) enum Named {
    Id(String),
    Object(Object),
}

impl Named {
    /// It in full: of an id, an object that has no more than that.
    pub(super) fn read<T: DeserializeOwned>(&self, place: &str) -> Result<T, Problem> {
        match self {
            Self::Object(given) => object(given, place),
            Self::Id(id) => {
                let alone = serde_json::json!({"id": id}).to_string();
                let alone: Object = serde_json::from_str(&alone).unwrap_or_default();
                // Whoever gave no more than an id looks for its mistake there.
                body::within(&alone).map_err(|problem: Problem| problem.param(place))
            }
        }
    }

    /// Its id, where that is one of the noun's.
    pub(super) fn id<I: Noun>(&self) -> Option<I> {
        let text = match self {
            Self::Id(id) => id.clone(),
            Self::Object(object) => serde_json::from_str(object.get("id")?.get()).ok()?,
        };
        let text: StringDeserializer<Problem> = text.into_deserializer();
        Their::deserialize(text).ok().map(|id| id.0)
    }

    /// Whether it stands there in full.
    pub(super) fn is_object(&self) -> bool {
        matches!(self, Self::Object(_))
    }
}

impl<'de> Deserialize<'de> for Named {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Named;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an id or an object")
            }

            fn visit_unit<E: Error>(self) -> Result<Named, E> {
                Err(E::custom(Broken::new("field_required", "Required fields are missing.")))
            }

            fn visit_str<E: Error>(self, id: &str) -> Result<Named, E> {
                Ok(Named::Id(id.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Named, A::Error> {
                Object::deserialize(MapAccessDeserializer::new(map)).map(Named::Object)
            }
        }
        deserializer.deserialize_any(Either)
    }
}
