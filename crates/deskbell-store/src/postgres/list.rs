//! A page of a list: conditions with bound values, the cursor as a key, newest first.
//!
//! An index leads to the rows of the list and to those that a condition *seeks*; a condition that no index serves is *looked
//! at* row by row. So that a filter which finds little does not walk a whole table, a page looks at a bounded number of rows
//! and then says where to go on. The rows come in parts, each a statement of its own, and are let go one by one, so that no more of large
//! ones are in memory than a page may weigh.

use super::client::Client;
use super::columns::{Columns, named};
use super::fault::{Fault, Result};
use super::sql::{Param, maybe_row, param};
use super::unreadable::{LeftOut, Table};
use deskbell_core::store::{Cursor, Error, Filling, Listing, Page, Span, Weight};
use deskbell_core::time::{millis, whole};
use futures::TryStreamExt as _;
use std::pin::pin;
use tokio_postgres::Row;

/// Rows that one page looks at: some 10 ms.
const LOOKED: usize = 5_000;
/// Rows of one part at most.
const PART: usize = 1_000;
/// How much larger each part is than the one before.
const GROWTH: usize = 4;

/// A value of a condition.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Number(i64),
    Text(String),
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl Value {
    fn param(&self) -> Param<'_> {
        match self {
            Self::Number(number) => param(number),
            Self::Text(text) => param(text),
        }
    }
}

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
pub(super) struct Order<'a, I> {
    /// The columns of the order, which an index has behind those that are sought.
    pub(super) columns: &'a [&'static str],
    /// The key of the row that the page's [`cursor`] names, if it names one of this list.
    pub(super) key: Option<Key>,
    /// The id of an object, for whoever goes on behind it.
    pub(super) id: I,
}

/// The id that the page begins at.
pub(super) fn cursor(page: &Page) -> Option<&str> {
    page.cursor.as_ref().map(|cursor| match cursor {
        Cursor::After(id) | Cursor::Before(id) => id.as_str(),
    })
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

    /// Reads the page of a list that is ordered by one column. `find` finds its value of an id (`$1`) among the rows that a
    /// cursor may name, which have the first condition's value (`$2`).
    pub(super) async fn page<T: Weight>(
        self,
        conn: &Client,
        page: &Page,
        find: &str,
        column: &'static str,
        read: impl Fn(&Row) -> Result<T>,
        id: impl Fn(&T) -> &str,
    ) -> Result<Listing<T>> {
        let key = match cursor(page) {
            Some(id) => {
                let row = maybe_row(conn, find, &[param(&id), self.sought[0].1.param()]).await?;
                row.map(|row| Ok::<_, Fault>(vec![Columns::of(&row).get()?])).transpose()?
            }
            None => None,
        };
        self.page_by(conn, page, Order { columns: &[column], key, id }, read).await
    }

    /// Reads the page of a list in that order. Rows that cannot be read are left out.
    pub(super) async fn page_by<T: Weight, I: Fn(&T) -> &str>(
        self,
        conn: &Client,
        page: &Page,
        order: Order<'_, I>,
        read: impl Fn(&Row) -> Result<T>,
    ) -> Result<Listing<T>> {
        self.page_where(conn, page, order, read, |_| true).await
    }

    /// The same of what is `wanted`, where that does not stand in a column: each object is read to be looked at.
    pub(super) async fn page_where<T: Weight, I: Fn(&T) -> &str>(
        self,
        conn: &Client,
        page: &Page,
        order: Order<'_, I>,
        read: impl Fn(&Row) -> Result<T>,
        wanted: impl Fn(&T) -> bool,
    ) -> Result<Listing<T>> {
        let mut key = order.key;
        if page.cursor.is_some() && key.is_none() {
            return Err(Error::UnknownCursor.into());
        }
        let (mut found, mut looked, mut stopped) = (Filling::of(page), 0, None);
        let mut left_out = LeftOut::of(self.table);
        let mut part = (page.limit as usize).saturating_add(1);
        loop {
            let sql = self.sql(order.columns, key.is_some(), page.is_backwards(), part);
            let values = self.looked_at.iter().chain(&self.sought).map(|(_, value)| value.param());
            let bound = key.clone().unwrap_or_default();
            let params: Vec<Param<'_>> = values.chain(bound.iter().map(param)).collect();
            let mut rows = pin!(conn.query_typed_raw(&sql, params).await?);
            let mut came = 0;
            while !found.is_full()
                && stopped.is_none()
                && let Some(row) = rows.try_next().await?
            {
                (came, looked) = (came + 1, looked + 1);
                key = Some(key_of(&row, order.columns.len())?);
                let fits: bool = named(&row, "fits")?;
                if !fits && looked < LOOKED {
                    continue;
                }
                match left_out.row(&row, &read)? {
                    Some(one) if fits && wanted(&one) => found.push(one),
                    Some(_) if looked < LOOKED => {}
                    Some(last) => stopped = Some((order.id)(&last).to_owned()),
                    // Its id may be what cannot be read: the page ends behind the next one that can.
                    None => {}
                }
            }
            if came < part || found.is_full() || stopped.is_some() {
                return Ok(found.listing(page).stopped_at(stopped));
            }
            part = (part * GROWTH).min(PART);
        }
    }

    fn sql(&self, order: &[&str], bound: bool, backwards: bool, part: usize) -> String {
        let (columns, rest) = self.select.split_once(" FROM ").unwrap_or((self.select, ""));
        let mut number = 0;
        let mut mark = || {
            number += 1;
            format!("${number}")
        };
        let mut all = |conditions: &[(&'static str, Value)]| {
            let condition = |(condition, _): &(&'static str, Value)| {
                // A condition with an open bracket is a sub-select that the value ends.
                let close = if condition.contains('(') { ")" } else { "" };
                format!("{condition} {}{close}", mark())
            };
            conditions.iter().map(condition).collect::<Vec<_>>().join(" AND ")
        };
        let fits = if self.looked_at.is_empty() {
            "true".into()
        } else {
            // A comparison with nothing is no fit.
            format!("coalesce({}, false)", all(&self.looked_at))
        };
        let sought = all(&self.sought);
        let keys: Vec<String> =
            order.iter().enumerate().map(|(at, column)| format!("{column} AS key_{at}")).collect();
        let mut sql = format!("{columns}, {}, {fits} AS fits FROM {rest} WHERE {sought}", keys.join(", "));
        let (sign, direction) = if backwards { (">", "ASC") } else { ("<", "DESC") };
        if bound {
            let marks: Vec<String> = order.iter().map(|_| mark()).collect();
            sql += &format!(" AND ({}) {sign} ({})", order.join(", "), marks.join(", "));
        }
        let columns: Vec<String> = order.iter().map(|column| format!("{column} {direction}")).collect();
        format!("{sql} ORDER BY {} LIMIT {part}", columns.join(", "))
    }
}

fn key_of(row: &Row, columns: usize) -> Result<Key> {
    (0..columns).map(|at| named(row, &format!("key_{at}"))).collect()
}
