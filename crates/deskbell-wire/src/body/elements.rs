//! The elements of an array of a body, and what an array that is none should have held.

use super::value::{FieldPath, Given, JsonType, Value};
use crate::problem::Problem;
use serde::de::{DeserializeSeed, Deserializer, Error, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// The elements still to be read.
pub(super) struct Elements<'a> {
    items: &'a [Box<RawValue>],
    path: &'a FieldPath<'a>,
    next: usize,
}

impl<'a> Elements<'a> {
    pub(super) fn new(items: &'a [Box<RawValue>], path: &'a FieldPath<'a>) -> Self {
        Self { items, path, next: 0 }
    }
}

impl<'de> SeqAccess<'de> for Elements<'_> {
    type Error = Problem;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Problem> {
        let Some(item) = self.items.get(self.next) else { return Ok(None) };
        let path = FieldPath {
            prefix: Cow::Borrowed(&self.path.prefix),
            field: self.path.field,
            array: Some((self.items, self.next)),
        };
        self.next += 1;
        seed.deserialize(Value { given: Given::from(Some(item.as_ref())), path }).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len() - self.next)
    }
}

/// What `visitor` asks the elements of its array for, found by letting it ask.
pub(super) fn asked<'de, V: Visitor<'de>>(visitor: V) -> Option<JsonType> {
    visitor.visit_seq(Probe).err().and_then(|asked| asked.0)
}

/// An array of one element that is refused, whatever it is asked for.
struct Probe;

#[derive(Debug)]
struct Asked(Option<JsonType>);

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "asked for {:?}", self.0)
    }
}

impl std::error::Error for Asked {}

impl Error for Asked {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self(None)
    }
}

impl<'de> SeqAccess<'de> for Probe {
    type Error = Asked;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Asked> {
        seed.deserialize(Self).map(Some)
    }
}

macro_rules! asks {
    ($($method:ident => $kind:ident),*) => {$(
        fn $method<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Asked> {
            Err(Asked(Some(JsonType::$kind)))
        }
    )*};
}

impl<'de> Deserializer<'de> for Probe {
    type Error = Asked;

    asks! {
        deserialize_str => Text, deserialize_string => Text, deserialize_bool => Flag, deserialize_i64 => Whole,
        deserialize_u32 => Whole, deserialize_u64 => Whole, deserialize_f64 => Number, deserialize_seq => Array,
        deserialize_map => Object
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Asked> {
        Err(Asked(None))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Asked> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Asked> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Asked> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Asked> {
        match name {
            crate::json::RAW_OBJECT => self.deserialize_map(visitor),
            _ => visitor.visit_newtype_struct(self),
        }
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i128 u8 u16 u128 f32 char bytes byte_buf unit unit_struct tuple tuple_struct identifier ignored_any
    }
}
