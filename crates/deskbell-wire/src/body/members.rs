//! The members of an object of a body, in the order in which their rules are tried.

use super::value::{FieldPath, Given, Value};
use crate::json::Object;
use crate::problem::Problem;
use serde::de::value::StrDeserializer;
use serde::de::{DeserializeSeed, IntoDeserializer, MapAccess};
use std::borrow::Cow;

/// A name, and what was given under it.
type Member<'a> = (&'a str, Given<'a>);

/// The members still to be read, and the one whose value is next. Each comes with its value: to look strangers up by their
/// names would cost the square of their number, and a body may have thousands.
pub(super) struct Members<'a> {
    prefix: Cow<'static, str>,
    members: std::vec::IntoIter<Member<'a>>,
    current: Member<'a>,
}

impl<'a> Members<'a> {
    /// Strangers first, which the type refuses or ignores; then each of `fields`, whether it was given or not.
    pub(super) fn declared(object: &'a Object, fields: &'a [&'a str], prefix: Cow<'static, str>) -> Self {
        let strangers = all(object).filter(|(name, _)| !fields.contains(name));
        let declared = fields.iter().map(|name| (*name, object.get(name).into()));
        Self::new(strangers.chain(declared).collect(), prefix)
    }

    /// Whatever was given, as it came.
    pub(super) fn given(object: &'a Object, prefix: Cow<'static, str>) -> Self {
        Self::new(all(object).collect(), prefix)
    }

    fn new(members: Vec<Member<'a>>, prefix: Cow<'static, str>) -> Self {
        Self { prefix, members: members.into_iter(), current: ("", Given::Absent) }
    }

    fn param(&self) -> String {
        format!("{}{}", self.prefix, self.current.0)
    }
}

fn all(object: &Object) -> impl Iterator<Item = Member<'_>> {
    object.iter().map(|(name, raw)| (name, Some(raw).into()))
}

impl<'de> MapAccess<'de> for Members<'_> {
    type Error = Problem;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Problem> {
        let Some(member) = self.members.next() else { return Ok(None) };
        self.current = member;
        let key: StrDeserializer<'_, Problem> = member.0.into_deserializer();
        seed.deserialize(key).map(Some).map_err(|problem| problem.blame(&self.param()))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Problem> {
        let (field, given) = self.current;
        let path = FieldPath { prefix: Cow::Borrowed(&self.prefix), field, array: None };
        let value = Value { given, path };
        seed.deserialize(value).map_err(|problem| problem.blame(&self.param()))
    }
}
