//! A page of a list: conditions with bound values, the cursor as a place, newest first.

use super::fault::Result;
use deskbell_core::store::{Cursor, Error, Listing, Page, Span};
use deskbell_core::time::{millis, whole};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, params_from_iter};

/// A statement in the making. Text comes from this crate only; every value is bound.
pub(super) struct List {
    select: &'static str,
    conditions: Vec<(&'static str, Value)>,
}

impl List {
    /// `select` ends before its `WHERE`. Each condition ends before its value, as in `d.account =`.
    pub(super) fn of(select: &'static str, condition: &'static str, value: impl Into<Value>) -> Self {
        Self { select, conditions: vec![(condition, value.into())] }
    }

    /// Only rows for which the condition holds, if there is a value.
    pub(super) fn only(mut self, condition: &'static str, value: Option<impl Into<Value>>) -> Self {
        self.conditions.extend(value.map(|value| (condition, value.into())));
        self
    }

    /// Only rows whose time, named by the beginnings of the two conditions, lies in the span.
    pub(super) fn within(self, after: &'static str, before: &'static str, span: &Span) -> Self {
        // A stored time is a whole millisecond: it is later than `after` when it is later than its millisecond, but
        // earlier than `before` up to that one's last fraction.
        let before_millis = span.before.map(|at| millis(at) + i64::from(at > whole(at)));
        self.only(after, span.after.map(millis)).only(before, before_millis)
    }

    /// Reads the page. `place` is the column of the order; `cursor` finds the place of an id among the rows that a
    /// cursor may name, by the id (`?1`) and the first condition's value (`?2`).
    pub(super) fn page<T>(
        mut self,
        conn: &Connection,
        page: &Page,
        cursor: &str,
        place: &str,
        read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Listing<T>> {
        let find = |id: &str| -> Result<i64> {
            let mut statement = conn.prepare_cached(cursor)?;
            let found = statement.query_row((id, &self.conditions[0].1), |row| row.get(0)).optional()?;
            Ok(found.ok_or(Error::UnknownCursor)?)
        };
        let (bound, order) = match &page.cursor {
            None => (None, "DESC"),
            Some(Cursor::After(id)) => (Some(("<", find(id)?)), "DESC"),
            Some(Cursor::Before(id)) => (Some((">", find(id)?)), "ASC"),
        };
        let mut sql = String::from(self.select);
        for (at, (condition, _)) in self.conditions.iter().enumerate() {
            let joint = if at == 0 { "WHERE" } else { "AND" };
            // A condition with a bracket in it is a sub-select that the value ends.
            let close = if condition.contains('(') { ")" } else { "" };
            sql.push_str(&format!(" {joint} {condition} ?{close}"));
        }
        if let Some((sign, _)) = bound {
            sql.push_str(&format!(" AND {place} {sign} ?"));
        }
        sql.push_str(&format!(" ORDER BY {place} {order} LIMIT ?"));
        let mut values: Vec<Value> = self.conditions.drain(..).map(|(_, value)| value).collect();
        values.extend(bound.map(|(_, seq)| seq.into()));
        values.push((i64::from(page.limit) + 1).into());
        let mut statement = conn.prepare_cached(&sql)?;
        let rows = statement.query_map(params_from_iter(values), read)?;
        Ok(Listing::of(page, rows.collect::<rusqlite::Result<_>>()?))
    }
}
