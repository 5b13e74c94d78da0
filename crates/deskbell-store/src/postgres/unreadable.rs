//! Unreadable: a row that makes no sense, be it one of a newer release, a damaged one, or one that names another which is gone. It
//! stops nothing but itself: whoever reads many rows leaves it out, names it to the operator and goes on. Who asks for that very row is
//! told [`Error::Damaged`].

use super::fault::{Fault, Result};
use deskbell_core::store::{Error, page_of_bytes};
use std::fmt::Display;
use std::time::Duration;
use tokio_postgres::Row;
use tokio_postgres::types::Type;

/// Rows that one line of the log names. Of the others it says how many there are.
const NAMED: usize = 10;
/// When what cannot be read now is looked at again: an operator may have put another release in its place.
pub(super) const PUT_OFF: Duration = Duration::from_secs(3_600);

/// A table, and the columns that tell its rows apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Table(pub(super) &'static str, pub(super) &'static [&'static str]);

impl Table {
    /// What tells this row from the others.
    fn key(&self, row: &Row) -> String {
        self.1.iter().map(|column| text(row, column)).collect::<Vec<_>>().join("/")
    }
}

fn text(row: &Row, name: &str) -> String {
    let found = match row.columns().iter().find(|column| column.name() == name).map(|column| column.type_()) {
        Some(kind) if *kind == Type::INT8 => row.try_get::<_, i64>(name).map(|number| number.to_string()),
        Some(_) => row.try_get::<_, String>(name),
        None => return "?".into(),
    };
    found.unwrap_or_else(|_| "?".into())
}

/// The rows of a table that one step leaves out. The log tells of them in one line when the step is over, however many
/// there are.
pub(super) struct LeftOut {
    table: Table,
    named: Vec<String>,
    count: usize,
    /// Of the first.
    why: String,
}

impl LeftOut {
    pub(super) fn of(table: Table) -> Self {
        Self { table, named: Vec::new(), count: 0, why: String::new() }
    }

    /// What was read of the row of that key; `None` when it cannot be read.
    ///
    /// # Errors
    /// Those that are not about this row; the database's own among them, with which it ends the transaction.
    pub(super) fn sift<T>(&mut self, key: impl Display, read: Result<T>) -> Result<Option<T>> {
        match read {
            Ok(read) => Ok(Some(read)),
            Err(Fault::Store(Error::Damaged(why))) => {
                self.note(key, why);
                Ok(None)
            }
            Err(fault) => Err(fault),
        }
    }

    /// The same for a row that a statement gave.
    pub(super) fn row<T>(&mut self, row: &Row, read: impl FnOnce(&Row) -> Result<T>) -> Result<Option<T>> {
        let read = read(row);
        if read.is_ok() { read.map(Some) } else { self.sift(self.table.key(row), read) }
    }

    fn note(&mut self, key: impl Display, why: String) {
        self.count += 1;
        if self.named.is_empty() {
            self.why = why;
        }
        if self.named.len() < NAMED {
            self.named.push(key.to_string());
        }
    }
}

impl Drop for LeftOut {
    fn drop(&mut self) {
        if self.count > 0 {
            let (rows, why) = (self.named.join(" "), self.why.as_str());
            tracing::error!(
                table = self.table.0,
                count = self.count,
                rows,
                why,
                "unreadable rows are left out"
            );
        }
    }
}

/// All rows that can be read.
pub(super) fn all<T>(rows: &[Row], table: Table, read: impl FnMut(&Row) -> Result<T>) -> Result<Vec<T>> {
    first(rows, u32::MAX, table, read, |_| 0)
}

/// The first `limit` rows that can be read, or as many as [fill a page](page_of_bytes) with their `bytes`: fewer are all. Those
/// that cannot be read take no other's place.
pub(super) fn first<T>(
    rows: &[Row],
    limit: u32,
    table: Table,
    mut read: impl FnMut(&Row) -> Result<T>,
    bytes: impl Fn(&T) -> usize,
) -> Result<Vec<T>> {
    let mut left_out = LeftOut::of(table);
    let readable = rows.iter().filter_map(|row| left_out.row(row, &mut read).transpose());
    page_of_bytes(readable.take(limit as usize), bytes)
}
