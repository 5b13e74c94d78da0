//! How values stand in columns: times as milliseconds, names as text or by their number, the rest as JSON.

use super::fault::{Fault, Result};
use crate::encoding::{body, value};
use bytes::Bytes;
use deskbell_core::Timestamp;
use deskbell_core::id::EventId;
use deskbell_core::time::from_millis;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Display;
use tokio_postgres::Row;
use tokio_postgres::types::FromSql;

/// JSON as it is kept.
pub(super) fn json(value: &impl Serialize) -> Result<String> {
    Ok(serde_json::to_string(value)?)
}

/// The column of that name.
///
/// # Errors
/// [`Error::Damaged`](deskbell_core::store::Error::Damaged) when it holds something else.
pub(super) fn named<'r, T: FromSql<'r>>(row: &'r Row, name: &str) -> Result<T> {
    row.try_get(name).map_err(Fault::damaged)
}

/// Reads a row's columns one after another, in the order of the statement that selected them.
pub(super) struct Columns<'r> {
    row: &'r Row,
    next: usize,
}

impl<'r> Columns<'r> {
    pub(super) fn of(row: &'r Row) -> Self {
        Self { row, next: 0 }
    }

    pub(super) fn get<T: FromSql<'r>>(&mut self) -> Result<T> {
        self.next += 1;
        self.row.try_get(self.next - 1).map_err(Fault::damaged)
    }

    /// A number of a smaller type than the column's.
    pub(super) fn number<T: TryFrom<i64>>(&mut self) -> Result<T> {
        let number: i64 = self.get()?;
        T::try_from(number).map_err(|_| self.damaged(format_args!("the number {number}")))
    }

    pub(super) fn maybe_number<T: TryFrom<i64>>(&mut self) -> Result<Option<T>> {
        let Some(number) = self.get::<Option<i64>>()? else { return Ok(None) };
        T::try_from(number).map(Some).map_err(|_| self.damaged(format_args!("the number {number}")))
    }

    /// Bytes of a length that is known.
    pub(super) fn array<const LENGTH: usize>(&mut self) -> Result<[u8; LENGTH]> {
        let bytes: &[u8] = self.get()?;
        bytes.try_into().map_err(|_| self.damaged(format_args!("{} bytes", bytes.len())))
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
        self.maybe_name(parse)?.ok_or_else(|| self.damaged("nothing"))
    }

    pub(super) fn maybe_name<T>(&mut self, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>> {
        let Some(text) = self.get::<Option<&str>>()? else { return Ok(None) };
        parse(text).map(Some).ok_or_else(|| self.damaged(format_args!("the unknown name {text}")))
    }

    /// A name of a closed list, kept by its number.
    pub(super) fn coded<T: Copy>(&mut self, list: &[T]) -> Result<T> {
        self.maybe_coded(list)?.ok_or_else(|| self.damaged("nothing"))
    }

    pub(super) fn maybe_coded<T: Copy>(&mut self, list: &[T]) -> Result<Option<T>> {
        let Some(number) = self.get::<Option<i64>>()? else { return Ok(None) };
        value::named(list, number)
            .map(Some)
            .ok_or_else(|| self.damaged(format_args!("the unknown name {number}")))
    }

    pub(super) fn event_id(&mut self) -> Result<EventId> {
        Ok(EventId::from_text(self.get::<&str>()?))
    }

    /// The bytes of an event.
    pub(super) fn body(&mut self) -> Result<Bytes> {
        self.maybe_body()?.ok_or_else(|| self.damaged("they were deleted"))
    }

    /// The same, unless they were deleted.
    pub(super) fn maybe_body(&mut self) -> Result<Option<Bytes>> {
        let kept: &[u8] = self.get()?;
        if kept == body::DELETED {
            return Ok(None);
        }
        body::restore(kept).map(Some).map_err(|why| self.damaged(why))
    }

    pub(super) fn json<T: DeserializeOwned>(&mut self) -> Result<T> {
        let text: &str = self.get()?;
        serde_json::from_str(text).map_err(|error| self.damaged(error))
    }

    /// The column just read makes no sense.
    pub(super) fn damaged(&self, why: impl Display) -> Fault {
        let name = self.row.columns().get(self.next.saturating_sub(1)).map_or("?", |column| column.name());
        Fault::damaged(format_args!("the column {name}: {why}"))
    }
}
