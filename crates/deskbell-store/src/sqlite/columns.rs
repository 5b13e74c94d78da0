//! How values stand in columns: times as milliseconds, names as text, the rest as JSON.

use deskbell_core::Timestamp;
use deskbell_core::time::{from_millis, millis};
use rusqlite::types::{FromSql, Type};
use rusqlite::{Error, Result, Row};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A time as it is kept.
pub(super) fn at(time: Option<Timestamp>) -> Option<i64> {
    time.map(millis)
}

/// A counter as it is kept.
pub(super) fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
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

    pub(super) fn json<T: DeserializeOwned>(&mut self) -> Result<T> {
        let text: String = self.get()?;
        serde_json::from_str(&text).map_err(|error| self.damaged(error.into()))
    }

    /// The column just read makes no sense.
    pub(super) fn damaged(&self, error: Box<dyn std::error::Error + Send + Sync>) -> Error {
        Error::FromSqlConversionFailure(self.next - 1, Type::Text, error)
    }
}
