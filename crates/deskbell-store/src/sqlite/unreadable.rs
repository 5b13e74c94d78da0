//! Unreadable: a row that makes no sense, be it one of a newer release, one in which a bit flipped, or one that names another
//! which is gone. It stops nothing but itself: whoever reads many rows leaves it out, names it to the operator and goes on.
//! Who asks for that very row is told [`Error::Damaged`].

use super::fault::{Fault, Result};
use deskbell_core::Timestamp;
use deskbell_core::store::{Error, page_of_bytes};
use deskbell_core::time::millis;
use rusqlite::{Connection, Row, Rows};
use std::fmt::Display;
use std::time::Duration;

/// Rows that one line of the log names. Of the others it says how many there are.
const NAMED: usize = 10;
/// When what cannot be read now is looked at again: an operator may have put another release in its place.
pub(super) const PUT_OFF: Duration = Duration::from_secs(3_600);

/// Rows that one sweep puts off at most: a transaction of a few milliseconds.
const PUT_OFF_AT_ONCE: usize = 1_000;

/// A table, and the columns that tell its rows apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Table(pub(super) &'static str, pub(super) &'static [&'static str]);

impl Table {
    /// What tells this row from the others.
    fn key(&self, row: &Row<'_>) -> String {
        let text = |column: &&str| match row.get_ref(*column) {
            Ok(value) => value.as_str().map_or_else(|_| integer(value), str::to_owned),
            Err(_) => "?".into(),
        };
        self.1.iter().map(text).collect::<Vec<_>>().join("/")
    }
}

fn integer(value: rusqlite::types::ValueRef<'_>) -> String {
    value.as_i64().map_or_else(|_| "?".into(), |number| number.to_string())
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
    /// Those that are not about this row.
    pub(super) fn sift<T>(&mut self, key: impl Display, read: Result<T>) -> Result<Option<T>> {
        match read.map_err(Error::from) {
            Ok(read) => Ok(Some(read)),
            Err(Error::Damaged(why)) => {
                self.note(key, why);
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The same for a row that a statement gave.
    pub(super) fn row<T, E: Into<Fault>>(
        &mut self,
        row: &Row<'_>,
        read: impl FnOnce(&Row<'_>) -> std::result::Result<T, E>,
    ) -> Result<Option<T>> {
        let read = read(row).map_err(Into::into);
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
pub(super) fn all<T, E: Into<Fault>>(
    rows: Rows<'_>,
    table: Table,
    read: impl FnMut(&Row<'_>) -> std::result::Result<T, E>,
) -> Result<Vec<T>> {
    first(rows, u32::MAX, table, read, |_| 0)
}

/// The first `limit` rows that can be read, or as many as [fill a page](page_of_bytes) with their `bytes`: fewer are all. Those
/// that cannot be read take no other's place.
pub(super) fn first<T, E: Into<Fault>>(
    mut rows: Rows<'_>,
    limit: u32,
    table: Table,
    mut read: impl FnMut(&Row<'_>) -> std::result::Result<T, E>,
    bytes: impl Fn(&T) -> usize,
) -> Result<Vec<T>> {
    let mut left_out = LeftOut::of(table);
    let readable = std::iter::from_fn(|| {
        loop {
            let sifted = match rows.next() {
                Ok(row) => left_out.row(row?, &mut read),
                Err(error) => Err(error.into()),
            };
            if let Some(one) = sifted.transpose() {
                return Some(one);
            }
        }
    });
    page_of_bytes(readable.take(limit as usize), bytes)
}

/// What a sweep comes upon.
pub(super) struct Swept<T> {
    pub(super) found: Vec<T>,
    /// The rows that cannot be read, by `seq`: to be put off, or every sweep would come upon them.
    pub(super) unreadable: Vec<i64>,
}

/// The first `limit` rows that can be read, and those before them that cannot.
pub(super) fn sweep<T>(
    mut rows: Rows<'_>,
    limit: u32,
    table: Table,
    read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Swept<T>> {
    let (mut found, mut unreadable, mut left_out) = (Vec::new(), Vec::new(), LeftOut::of(table));
    while found.len() < limit as usize
        && unreadable.len() < PUT_OFF_AT_ONCE
        && let Some(row) = rows.next()?
    {
        match left_out.row(row, &read)? {
            Some(one) => found.push(one),
            None => unreadable.push(row.get("seq")?),
        }
    }
    Ok(Swept { found, unreadable })
}

/// Puts the rows off until then, by an `update` of the time (`?2`) in the row of a `seq` (`?1`).
pub(super) fn put_off(conn: &Connection, update: &str, rows: &[i64], until: Timestamp) -> Result<()> {
    let mut update = conn.prepare_cached(update)?;
    for row in rows {
        update.execute((row, millis(until)))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// What the log says of the rows that this statement gives, and how many could be read.
    fn told(select: &str) -> (String, usize) {
        let conn = Connection::open_in_memory().unwrap();
        let log = Log::default();
        let writer = log.clone();
        let subscriber =
            tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
        let read = tracing::subscriber::with_default(subscriber, || {
            let mut select = conn.prepare(select).unwrap();
            let table = Table("numbers", &["kind", "n"]);
            all(select.query([]).unwrap(), table, |row| row.get::<_, u8>("n")).unwrap().len()
        });
        let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        (text, read)
    }

    #[test]
    fn any_number_of_rows_is_one_line_that_names_the_first() {
        let numbers = |upto: u32| {
            format!(
                "WITH RECURSIVE numbers (n) AS (SELECT 250 UNION ALL SELECT n + 1 FROM numbers WHERE n < {upto})
                 SELECT 'k' AS kind, n FROM numbers"
            )
        };
        assert_eq!(told(&numbers(255)), (String::new(), 6));
        let (text, read) = told(&numbers(1_255));
        assert_eq!((text.lines().count(), read), (1, 6));
        let named = "count=1000 rows=\"k/256 k/257 k/258 k/259 k/260 k/261 k/262 k/263 k/264 k/265\"";
        assert!(text.contains("table=\"numbers\"") && text.contains(named), "{text}");
    }
}
