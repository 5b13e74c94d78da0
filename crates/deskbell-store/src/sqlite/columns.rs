//! How values stand in columns: times as milliseconds, names as text or by their number, ids of events as numbers, the rest
//! as JSON.

use crate::encoding::body;
use crate::encoding::value::named;
use bytes::Bytes;
use deskbell_core::Timestamp;
use deskbell_core::id::EventId;
use deskbell_core::time::from_millis;
use rusqlite::types::{FromSql, Type, Value};
use rusqlite::{Error, Result, Row};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Characters of an event's id behind its prefix.
const EVENT_CHARS: usize = 10;

/// An event's id as it is kept: its ten characters are a number of base 36; any other text stays text.
pub(super) fn event_key(id: &EventId) -> Value {
    let number = id.as_str().strip_prefix(EventId::PREFIX).filter(|tail| tail.len() == EVENT_CHARS);
    let number = number.and_then(|tail| i64::from_str_radix(tail, 36).ok());
    match number {
        Some(number) if event_id(number) == id.as_str() => Value::Integer(number),
        _ => Value::Text(id.as_str().to_owned()),
    }
}

/// The same in a list that is bound as JSON.
pub(super) fn event_json(id: &EventId) -> serde_json::Value {
    match event_key(id) {
        Value::Integer(number) => number.into(),
        _ => id.as_str().into(),
    }
}

/// The id that is kept as this number.
pub(super) fn event_id(number: i64) -> String {
    let (mut text, mut left) = ([b'0'; EVENT_CHARS], number);
    for character in text.iter_mut().rev() {
        // A rest by 36 is one digit.
        let digit = u32::try_from(left.rem_euclid(36)).ok().and_then(|digit| char::from_digit(digit, 36));
        *character = digit.map_or(b'0', |digit| digit.to_ascii_uppercase() as u8);
        left /= 36;
    }
    format!("{}{}", EventId::PREFIX, String::from_utf8_lossy(&text))
}

/// JSON as it is kept.
pub(super) fn json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::ToSqlConversionFailure(Box::new(error)))
}

/// Reads a row's columns one after another, in the order of the statement that selected them.
pub(super) struct Columns<'r> {
    row: &'r Row<'r>,
    next: usize,
}

impl<'r> Columns<'r> {
    pub(super) fn of(row: &'r Row<'r>) -> Self {
        Self { row, next: 0 }
    }

    pub(super) fn get<T: FromSql>(&mut self) -> Result<T> {
        self.next += 1;
        self.row.get(self.next - 1)
    }

    pub(super) fn count(&mut self) -> Result<u64> {
        let number: i64 = self.get()?;
        Ok(u64::try_from(number).unwrap_or_default())
    }

    pub(super) fn time(&mut self) -> Result<Timestamp> {
        self.get().map(from_millis)
    }

    pub(super) fn maybe_time(&mut self) -> Result<Option<Timestamp>> {
        Ok(self.get::<Option<i64>>()?.map(from_millis))
    }

    /// A name of a closed list.
    pub(super) fn name<T>(&mut self, parse: impl Fn(&str) -> Option<T>) -> Result<T> {
        self.maybe_name(parse)?.ok_or_else(|| self.damaged("nothing".into()))
    }

    pub(super) fn maybe_name<T>(&mut self, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>> {
        let Some(text) = self.get::<Option<String>>()? else { return Ok(None) };
        parse(&text).map(Some).ok_or_else(|| self.damaged(format!("the unknown name {text}").into()))
    }

    /// A name of a closed list, kept by its number.
    pub(super) fn coded<T: Copy>(&mut self, list: &[T]) -> Result<T> {
        self.maybe_coded(list)?.ok_or_else(|| self.damaged("nothing".into()))
    }

    pub(super) fn maybe_coded<T: Copy>(&mut self, list: &[T]) -> Result<Option<T>> {
        let Some(number) = self.get::<Option<i64>>()? else { return Ok(None) };
        named(list, number).map(Some).ok_or_else(|| self.damaged(format!("the unknown name {number}").into()))
    }

    pub(super) fn event_id(&mut self) -> Result<EventId> {
        Ok(EventId::from_text(match self.get()? {
            Value::Integer(number) => event_id(number),
            Value::Text(text) => text,
            _ => return Err(self.damaged("an id of no known form".into())),
        }))
    }

    /// The bytes of an event.
    pub(super) fn body(&mut self) -> Result<Bytes> {
        self.maybe_body()?.ok_or_else(|| self.damaged("they were deleted".into()))
    }

    /// The same, unless they were deleted.
    pub(super) fn maybe_body(&mut self) -> Result<Option<Bytes>> {
        self.next += 1;
        let kept = self.row.get_ref(self.next - 1)?.as_blob()?;
        if kept == body::DELETED {
            return Ok(None);
        }
        body::restore(kept).map(Some).map_err(|why| self.damaged(why.into()))
    }

    pub(super) fn json<T: DeserializeOwned>(&mut self) -> Result<T> {
        let text: String = self.get()?;
        serde_json::from_str(&text).map_err(|error| self.damaged(error.into()))
    }

    /// The column just read makes no sense.
    pub(super) fn damaged(&self, error: Box<dyn std::error::Error + Send + Sync>) -> Error {
        Error::FromSqlConversionFailure(self.next - 1, Type::Text, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_events_are_numbers_and_read_back() {
        for (id, number) in
            [("EVNT-0000000000", 0), ("EVNT-000000000Z", 35), ("EVNT-ZZZZZZZZZZ", 3_656_158_440_062_975)]
        {
            assert_eq!(event_key(&EventId::from_text(id)), Value::Integer(number));
            assert_eq!(event_id(number), id);
        }
        for id in ["EVNT-1", "EVNT-00000000000", "EVNT-000000000z", "EVNT-+000000001", "", "WHK-0000000000"] {
            assert_eq!(event_key(&EventId::from_text(id)), Value::Text(id.into()));
        }
    }
}
