//! The members of an object of a body, in the order in which their rules are tried.

use super::value::{FieldPath, Value};
use crate::json::Object;
use crate::problem::Problem;
use serde::de::value::StrDeserializer;
use serde::de::{DeserializeSeed, IntoDeserializer, MapAccess};
use std::borrow::Cow;

/// The names still to be read, and the one whose value is.
pub(super) struct Members<'a> {
    object: &'a Object,
    prefix: Cow<'static, str>,
    names: std::vec::IntoIter<&'a str>,
    name: &'a str,
}

impl<'a> Members<'a> {
    /// Strangers first, which the type refuses or ignores; then each of `fields`, whether it was given or not.
    pub(super) fn declared(object: &'a Object, fields: &'a [&'a str], prefix: Cow<'static, str>) -> Self {
        let strangers = object.iter().map(|(name, _)| name).filter(|name| !fields.contains(name));
        let names: Vec<&str> = strangers.chain(fields.iter().copied()).collect();
        Self { object, prefix, names: names.into_iter(), name: "" }
    }

    /// Whatever was given, as it came.
    pub(super) fn given(object: &'a Object, prefix: Cow<'static, str>) -> Self {
        let names: Vec<&str> = object.iter().map(|(name, _)| name).collect();
        Self { object, prefix, names: names.into_iter(), name: "" }
    }

    fn param(&self) -> String {
        format!("{}{}", self.prefix, self.name)
    }
}

impl<'de> MapAccess<'de> for Members<'_> {
    type Error = Problem;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Problem> {
        let Some(name) = self.names.next() else { return Ok(None) };
        self.name = name;
        let key: StrDeserializer<'_, Problem> = name.into_deserializer();
        seed.deserialize(key).map(Some).map_err(|problem| problem.blame(&self.param()))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Problem> {
        let path = FieldPath { prefix: Cow::Borrowed(&self.prefix), field: self.name, array: None };
        let value = Value { given: self.object.get(self.name).into(), path };
        seed.deserialize(value).map_err(|problem| problem.blame(&self.param()))
    }
}
