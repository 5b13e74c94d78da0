//! A page of a list: conditions with bound values, the cursor as a key, newest first.
//!
//! An index leads to the rows of the list and to those that a condition *seeks*; a condition that no index serves is *looked
//! at* row by row. So that a filter which finds little does not walk a whole table, a page looks at a bounded number of rows
//! and then says where to go on; and rows are read one by one, so that no more of large ones are in memory than a page may weigh.

use super::fault::Result;
use super::unreadable::{LeftOut, Table};
use deskbell_core::store::{Cursor, Error, Filling, Listing, Page, Span, Weight};
use deskbell_core::time::{millis, whole};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, params_from_iter};

/// Rows that one page looks at: some 10 ms.
const LOOKED: usize = 5_000;

/// A statement in the making. Text comes from this crate only; every value is bound.
pub(super) struct List {
    table: Table,
    select: &'static str,
    sought: Vec<(&'static str, Value)>,
    looked_at: Vec<(&'static str, Value)>,
}

/// The place of a row in the order of its list: as many numbers as the order has columns.
pub(super) type Key = Vec<i64>;

/// How a list is ordered, and its rows found again.
pub(super) struct Order<'a, C, I> {
    /// The columns of the order, which an index has behind those that are sought.
    pub(super) columns: &'a [&'static str],
    /// The key of the row that a cursor names, if it names one of this list.
    pub(super) find: C,
    /// The id of an object, for whoever goes on behind it.
    pub(super) id: I,
}

impl List {
    /// `select` gives rows of `table` and ends before its `WHERE`. Each condition ends before its value, as in `d.account =`.
    pub(super) fn of(
        table: Table,
        select: &'static str,
        condition: &'static str,
        value: impl Into<Value>,
    ) -> Self {
        Self { table, select, sought: vec![(condition, value.into())], looked_at: Vec::new() }
    }

    /// Only rows for which the condition holds, if there is a value: an index leads to them.
    pub(super) fn seek(mut self, condition: &'static str, value: Option<impl Into<Value>>) -> Self {
        self.sought.extend(value.map(|value| (condition, value.into())));
        self
    }

    /// Only rows for which the condition holds, if there is a value: each row is looked at.
    pub(super) fn only(mut self, condition: &'static str, value: Option<impl Into<Value>>) -> Self {
        self.looked_at.extend(value.map(|value| (condition, value.into())));
        self
    }

    /// Only rows whose time, named by the beginnings of the two conditions, lies in the span.
    pub(super) fn within(self, after: &'static str, before: &'static str, span: &Span) -> Self {
        // A stored time is a whole millisecond: it is later than `after` when it is later than its millisecond, but
        // earlier than `before` up to that one's last fraction.
        let before_millis = span.before.map(|at| millis(at) + i64::from(at > whole(at)));
        self.only(after, span.after.map(millis)).only(before, before_millis)
    }

    /// Reads the page of a list that is ordered by one column. `cursor` finds its value of an id (`?1`) among the rows that a
    /// cursor may name, which have the first condition's value (`?2`).
    pub(super) fn page<T: Weight>(
        self,
        conn: &Connection,
        page: &Page,
        cursor: &str,
        column: &'static str,
        read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
        id: impl Fn(&T) -> &str,
    ) -> Result<Listing<T>> {
        let list = self.sought[0].1.clone();
        let find = |id: &str| -> Result<Option<Key>> {
            let mut statement = conn.prepare_cached(cursor)?;
            Ok(statement.query_row((id, &list), |row| row.get(0)).optional()?.map(|key| vec![key]))
        };
        self.page_by(conn, page, &Order { columns: &[column], find, id }, read)
    }

    /// Reads the page of a list in that order. Rows that cannot be read are left out.
    pub(super) fn page_by<T, C, I>(
        self,
        conn: &Connection,
        page: &Page,
        order: &Order<'_, C, I>,
        read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Listing<T>>
    where
        T: Weight,
        C: Fn(&str) -> Result<Option<Key>>,
        I: Fn(&T) -> &str,
    {
        self.page_where(conn, page, order, read, |_| true)
    }

    /// The same of what is `wanted`, where that does not stand in a column: each object is read to be looked at.
    pub(super) fn page_where<T, C, I>(
        self,
        conn: &Connection,
        page: &Page,
        order: &Order<'_, C, I>,
        read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
        wanted: impl Fn(&T) -> bool,
    ) -> Result<Listing<T>>
    where
        T: Weight,
        C: Fn(&str) -> Result<Option<Key>>,
        I: Fn(&T) -> &str,
    {
        let find = |id: &str| -> Result<Key> { Ok((order.find)(id)?.ok_or(Error::UnknownCursor)?) };
        let (bound, direction) = match &page.cursor {
            None => (None, "DESC"),
            Some(Cursor::After(id)) => (Some(("<", find(id)?)), "DESC"),
            Some(Cursor::Before(id)) => (Some((">", find(id)?)), "ASC"),
        };
        let sql = self.sql(order.columns, bound.as_ref().map(|(sign, _)| *sign), direction);
        let mut values: Vec<Value> =
            self.looked_at.into_iter().chain(self.sought).map(|(_, value)| value).collect();
        values.extend(bound.into_iter().flat_map(|(_, key)| key).map(Value::Integer));
        let mut statement = conn.prepare_cached(&sql)?;
        let mut rows = statement.query(params_from_iter(values))?;
        let (mut found, mut looked, mut stopped) = (Filling::of(page), 0, None);
        let mut left_out = LeftOut::of(self.table);
        while !found.is_full()
            && let Some(row) = rows.next()?
        {
            looked += 1;
            let fits: bool = row.get("fits")?;
            if !fits && looked < LOOKED {
                continue;
            }
            match left_out.row(row, &read)? {
                Some(one) if fits && wanted(&one) => found.push(one),
                Some(_) if looked < LOOKED => {}
                Some(last) => {
                    stopped = Some((order.id)(&last).to_owned());
                    break;
                }
                // Its id may be what cannot be read: the page ends behind the next one that can.
                None => {}
            }
        }
        Ok(found.listing(page).stopped_at(stopped))
    }

    fn sql(&self, order: &[&str], bound: Option<&str>, direction: &str) -> String {
        let (columns, rest) = self.select.split_once(" FROM ").unwrap_or((self.select, ""));
        let condition = |(condition, _): &(&'static str, Value)| {
            // A condition with an open bracket is a sub-select that the value ends.
            let close = if condition.contains('(') { ")" } else { "" };
            format!("{condition} ?{close}")
        };
        let all = |conditions: &[(&'static str, Value)]| {
            conditions.iter().map(condition).collect::<Vec<_>>().join(" AND ")
        };
        let fits = if self.looked_at.is_empty() {
            "1".into()
        } else {
            // A comparison with nothing is no fit.
            format!("coalesce({}, 0)", all(&self.looked_at))
        };
        let mut sql = format!("{columns}, {fits} AS fits FROM {rest} WHERE {}", all(&self.sought));
        if let Some(sign) = bound {
            let marks = vec!["?"; order.len()].join(", ");
            sql += &format!(" AND ({}) {sign} ({marks})", order.join(", "));
        }
        let columns: Vec<String> = order.iter().map(|column| format!("{column} {direction}")).collect();
        sql + " ORDER BY " + &columns.join(", ")
    }
}
