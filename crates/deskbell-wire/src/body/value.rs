//! A value of a body, as serde asks for it. A value that is absent or null is required, unless an option is asked for.

use super::elements::{Elements, asked};
use super::members::Members;
use crate::json::{Object, RAW_OBJECT};
use crate::problem::Problem;
use crate::text::TEXT_OR_TEXTS;
use serde::de::value::StringDeserializer;
use serde::de::{Deserializer, Error as _, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// The name of a newtype that asks for an array or an object.
pub(crate) const ARRAY_OR_OBJECT: &str = "deskbell_wire::ArrayOrObject";

/// Where a value stands.
#[derive(Debug, Clone, Default)]
pub(super) struct FieldPath<'a> {
    /// The whole name of the object around it, with a dot at its end; empty for the body itself.
    pub prefix: Cow<'a, str>,
    pub field: &'a str,
    /// The array that it is an element of, and its number there.
    pub array: Option<(&'a [Box<RawValue>], usize)>,
}

impl FieldPath<'_> {
    /// The whole name, as `param` has it. An element goes by the name of its array.
    pub(super) fn param(&self) -> String {
        format!("{}{}", self.prefix, self.field)
    }

    /// The prefix of what stands within.
    fn within(&self) -> Cow<'static, str> {
        match (self.array, self.field) {
            (_, "") => Cow::Borrowed(""),
            (Some((_, index)), _) => Cow::Owned(format!("{}.{index}.", self.param())),
            (None, _) => Cow::Owned(format!("{}.", self.param())),
        }
    }

    fn mismatch(&self, kind: JsonType) -> Problem {
        let wanted = match self.array {
            Some(_) => kind.array(),
            None => kind.one(),
        };
        self.wanted(wanted)
    }

    fn wanted(&self, wanted: &str) -> Problem {
        Problem::invalid(self.param(), "type_mismatch", format!("{} must be {wanted}.", self.field))
    }
}

/// What a value can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum JsonType {
    Text,
    Flag,
    Whole,
    Number,
    Array,
    Object,
}

impl JsonType {
    fn one(self) -> &'static str {
        match self {
            Self::Text => "a string",
            Self::Flag => "true or false",
            Self::Whole => "a whole number",
            Self::Number => "a number",
            Self::Array => "an array",
            Self::Object => "an object",
        }
    }

    /// An array of them.
    fn array(self) -> &'static str {
        match self {
            Self::Text => "an array of strings",
            Self::Flag => "an array of true and false",
            Self::Whole => "an array of whole numbers",
            Self::Number => "an array of numbers",
            Self::Array => "an array of arrays",
            Self::Object => "an array of objects",
        }
    }

    /// The body was read strictly, so the first byte of a value tells what it is.
    fn is(self, raw: &RawValue) -> bool {
        let first = raw.get().as_bytes().first().copied().unwrap_or_default();
        match self {
            Self::Text => first == b'"',
            Self::Flag => matches!(first, b't' | b'f'),
            Self::Whole => serde_json::from_str::<i64>(raw.get()).is_ok(),
            Self::Number => first == b'-' || first.is_ascii_digit(),
            Self::Array => first == b'[',
            Self::Object => first == b'{',
        }
    }
}

/// What was given.
#[derive(Debug, Clone, Copy)]
pub(super) enum Given<'a> {
    Absent,
    Null,
    Raw(&'a RawValue),
    /// The body itself.
    Object(&'a Object),
}

impl<'a> From<Option<&'a RawValue>> for Given<'a> {
    fn from(raw: Option<&'a RawValue>) -> Self {
        match raw {
            None => Self::Absent,
            Some(raw) if raw.get() == "null" => Self::Null,
            Some(raw) => Self::Raw(raw),
        }
    }
}

/// A value and its path.
#[derive(Debug, Clone)]
pub(super) struct Value<'a> {
    pub given: Given<'a>,
    pub path: FieldPath<'a>,
}

impl<'a> Value<'a> {
    /// The bytes of a value of that kind. In an array all elements must be of it before one of them is read.
    fn raw(&self, kind: JsonType) -> Result<&'a RawValue, Problem> {
        let whole =
            self.path.array.is_none_or(|(array, index)| index > 0 || array.iter().all(|one| kind.is(one)));
        match self.given {
            Given::Raw(raw) if whole && kind.is(raw) => Ok(raw),
            Given::Absent | Given::Null if self.path.array.is_none() => {
                Err(Problem::required(self.path.param()))
            }
            _ => Err(self.path.mismatch(kind)),
        }
    }

    fn read<T: serde::de::DeserializeOwned>(&self, kind: JsonType) -> Result<T, Problem> {
        serde_json::from_str(self.raw(kind)?.get()).map_err(|_| self.path.mismatch(kind))
    }

    fn object(&self) -> Result<Cow<'a, Object>, Problem> {
        match self.given {
            Given::Object(object) => Ok(Cow::Borrowed(object)),
            _ => self.read(JsonType::Object).map(Cow::Owned),
        }
    }
}

impl<'de> Deserializer<'de> for Value<'_> {
    type Error = Problem;

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match self.given {
            Given::Absent => visitor.visit_none(),
            Given::Null => visitor.visit_unit(),
            Given::Raw(_) | Given::Object(_) => visitor.visit_some(self),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        let object = self.object()?;
        visitor.visit_map(Members::declared(&object, fields, self.path.within()))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        let object = self.object()?;
        visitor.visit_map(Members::given(&object, self.path.within()))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        if let (Given::Raw(raw), None) = (self.given, self.path.array)
            && !JsonType::Array.is(raw)
        {
            return Err(self.path.wanted(asked(visitor).map_or(JsonType::Array.one(), JsonType::array)));
        }
        let items: Vec<Box<RawValue>> = self.read(JsonType::Array)?;
        visitor.visit_seq(Elements::new(&items, &self.path))
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_string(self.read(JsonType::Text)?)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_bool(self.read(JsonType::Flag)?)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        let number: i64 = self.read(JsonType::Whole)?;
        visitor.visit_i64(number).map_err(|range: Problem| {
            let message = format!("{} must be {}, not {number}.", self.path.field, range.message);
            Problem { message, ..range }.param(self.path.param())
        })
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_f64(self.read(JsonType::Number)?)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        let text: StringDeserializer<Problem> = self.read::<String>(JsonType::Text)?.into_deserializer();
        visitor.visit_enum(text)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Problem> {
        match name {
            RAW_OBJECT => visitor.visit_str(self.raw(JsonType::Object)?.get()),
            TEXT_OR_TEXTS => match self.given {
                Given::Raw(raw) if JsonType::Array.is(raw) => self.deserialize_seq(visitor),
                _ => self.deserialize_str(visitor),
            },
            ARRAY_OR_OBJECT => match self.given {
                Given::Raw(raw) if JsonType::Object.is(raw) => self.deserialize_map(visitor),
                _ => self.deserialize_seq(visitor),
            },
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_unit()
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match self.given {
            Given::Absent => Err(Problem::required(self.path.param())),
            Given::Null => visitor.visit_unit(),
            Given::Object(_) => self.deserialize_map(visitor),
            // Whatever may be anything has no rules of ours within.
            Given::Raw(raw) => serde_json::Deserializer::from_reader(raw.get().as_bytes())
                .deserialize_any(visitor)
                .map_err(Problem::custom),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        self.deserialize_str(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Problem> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        self.deserialize_i64(visitor)
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i128 u8 u16 u128 f32 char bytes byte_buf unit unit_struct tuple_struct identifier
    }
}
