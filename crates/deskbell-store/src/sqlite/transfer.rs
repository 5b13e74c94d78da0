//! The source of a transfer: a store that nobody serves, read table by table as it is at one moment.

use super::columns::event_id;
use super::copy::Why;
use super::file::connect;
use super::migrate::{self, MAIN, TESTER};
use super::{CopyError, SqliteStore, fault, pause, pending, tester};
use crate::transfer::batch::{Batch, Read};
use crate::transfer::tables::{File, Table};
use crate::transfer::value::{Key, KeyPart, Kind, Sum, Value};
use deskbell_core::{Alarm, Timestamp};
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, Row, Rows, params_from_iter};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use tokio::sync::mpsc::Sender;

/// A store that is transferred. While it lives no server gets the files.
pub(crate) struct Source {
    path: PathBuf,
    main: Mutex<Connection>,
    tester: Mutex<Connection>,
    store: SqliteStore,
}

/// What tells a store, and a state of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    /// Which store it is: copies of it have others.
    pub(crate) lineage: Vec<u8>,
    /// What moves whenever a server runs on it, or somebody changes accounts or keys.
    pub(crate) state: String,
    /// The fingerprint of its master key; none where none was ever used.
    pub(crate) fingerprint: Option<Vec<u8>>,
    /// Since when it is paused.
    pub(crate) paused: Option<Timestamp>,
    /// The last epoch that was given.
    pub(crate) epoch: i64,
    /// The number of the last capture, of any account.
    pub(crate) captured: i64,
}

impl Source {
    /// Opens the store at `path`, and has its tables take in its redo log. Blocks.
    ///
    /// # Errors
    /// [`CopyError`], also when a server has it.
    pub(crate) fn open(path: &Path) -> Result<Self, CopyError> {
        // Where the tester's was left out of a backup there is none before the first start: it is made empty.
        let there = |(file, _): &(PathBuf, _)| file == path || file.exists();
        for (file, migrations) in
            [(path.to_owned(), MAIN), (tester(path), TESTER)].iter().filter(|one| there(one))
        {
            fit(file, migrations).map_err(|why| CopyError { path: file.clone(), why })?;
        }
        let store = SqliteStore::open_alone(path, &Alarm::default())?;
        let of = |path: &Path| -> Result<Mutex<Connection>, Why> {
            let conn = connect(path)?;
            conn.pragma_update(None, "query_only", true)?;
            Ok(Mutex::new(conn))
        };
        let opened = |file: PathBuf| of(&file).map_err(|why| CopyError { path: file, why });
        let (main, tester) = (opened(path.to_owned())?, opened(tester(path))?);
        Ok(Self { path: path.to_owned(), main, tester, store })
    }

    /// Begins: from now on all is read as it is now. The tables take in what stood in the redo log alone.
    ///
    /// # Errors
    /// [`CopyError`].
    pub(crate) async fn begin(&self) -> Result<Origin, CopyError> {
        let settle = self.store.main.write(|tx| {
            tx.pending.check_ours()?;
            tx.settle()
        });
        settle.await.map_err(|error| self.wrong(Why::Rule(super::Rule::Store(error))))?;
        self.look().map_err(|why| self.wrong(why))
    }

    fn look(&self) -> Result<Origin, Why> {
        let [main, tester] =
            [&self.main, &self.tester].map(|conn| conn.lock().unwrap_or_else(PoisonError::into_inner));
        for conn in [&main, &tester] {
            conn.execute_batch("BEGIN")?;
        }
        let last = |conn: &Connection, table: &str| {
            let select = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = ?1";
            conn.query_row(select, [table], |row| row.get::<_, i64>(0))
        };
        let position = pending::position(&main)?;
        let generation: i64 =
            main.query_row("SELECT coalesce(sum(generation), 0) FROM changes", [], |row| row.get(0))?;
        let fingerprint = main
            .prepare("SELECT fingerprint FROM master")?
            .query_map([], |row| row.get(0))?
            .next()
            .transpose()?;
        let (epoch, captured) = (last(&main, "epochs")?, last(&tester, "captures")?);
        Ok(Origin {
            lineage: position.lineage.to_vec(),
            state: format!("{} {epoch} {generation} {captured}", position.applied),
            fingerprint,
            paused: pause::paused(&main)?,
            epoch,
            captured,
        })
    }

    /// How many rows the table has. Blocks.
    ///
    /// # Errors
    /// [`CopyError`].
    pub(crate) fn count(&self, table: &Table) -> Result<u64, CopyError> {
        let conn = self.conn(table.file).lock().unwrap_or_else(PoisonError::into_inner);
        let count =
            conn.query_row(&format!("SELECT count(*) FROM {}", table.name), [], |row| row.get::<_, i64>(0));
        count.map(i64::unsigned_abs).map_err(|error| self.unreadable(table, error))
    }

    /// Sends the table's rows behind that key, in batches of `most` rows, until nobody takes them. Blocks.
    ///
    /// # Errors
    /// [`CopyError`] when the file cannot be read any further.
    pub(crate) fn send(
        &self,
        table: &Table,
        behind: Option<&Key>,
        (began, most): (i64, usize),
        to: &Sender<Batch>,
    ) -> Result<(), CopyError> {
        let mut batch = Batch::default();
        let each = |key, read| {
            let full = batch.push(key, read, most);
            !full || to.blocking_send(std::mem::take(&mut batch)).is_ok()
        };
        self.walk(table, behind, began, each).map_err(|error| self.unreadable(table, error))?;
        if batch.len() > 0 {
            // Nobody takes it: then nobody asks for more either.
            let _ = to.blocking_send(batch);
        }
        Ok(())
    }

    /// The table's rows that make sense, and how many do not; `told` hears of some at a time. Blocks.
    ///
    /// # Errors
    /// [`CopyError`] when the file cannot be read.
    pub(crate) fn sum(&self, table: &Table, began: i64) -> Result<(Sum, u64), CopyError> {
        let (mut sum, mut senseless) = (Sum::default(), 0);
        let each = |_, read: Read| {
            match read {
                Ok(values) => sum.add(&values),
                Err(_) => senseless += 1,
            }
            true
        };
        self.walk(table, None, began, each).map_err(|error| self.unreadable(table, error))?;
        Ok((sum, senseless))
    }

    /// Goes through the rows behind that key for as long as `each` says so.
    fn walk(
        &self,
        table: &Table,
        behind: Option<&Key>,
        began: i64,
        mut each: impl FnMut(Key, Read) -> bool,
    ) -> rusqlite::Result<()> {
        let conn = self.conn(table.file).lock().unwrap_or_else(PoisonError::into_inner);
        let mut select = conn.prepare(&statement(table, behind.is_some(), began))?;
        let mut rows: Rows<'_> = select.query(params_from_iter(behind.into_iter().flatten()))?;
        while let Some(row) = rows.next()? {
            if !each(key(table, row)?, values(table, row)) {
                break;
            }
        }
        Ok(())
    }

    fn conn(&self, file: File) -> &Mutex<Connection> {
        match file {
            File::Main => &self.main,
            File::Tester => &self.tester,
        }
    }

    fn wrong(&self, why: Why) -> CopyError {
        CopyError { path: self.path.clone(), why }
    }

    fn unreadable(&self, table: &Table, error: rusqlite::Error) -> CopyError {
        let why = match fault::told(&error) {
            deskbell_core::store::Error::Damaged(what) => {
                Why::Damaged(format!("the table {}: {what}", table.name))
            }
            _ => error.into(),
        };
        self.wrong(why)
    }
}

/// Whether the file is one of a store of this release.
fn fit(path: &Path, migrations: &'static [migrate::Migration]) -> Result<(), Why> {
    if !path.exists() {
        return Err(Why::Missing);
    }
    let conn = connect(path)?;
    match migrate::newest(&conn)? {
        0 => Err(Why::NotAStore),
        newest if !migrate::missing(&conn, migrations)?.is_empty() => Err(Why::Behind(newest)),
        _ => Ok(()),
    }
}

/// The key's columns, and behind them the table's, in the order of the key.
fn statement(table: &Table, behind: bool, began: i64) -> String {
    let keys: Vec<String> = table.key.iter().map(|column| format!("t.\"{column}\"")).collect();
    let columns = table.columns.iter().map(|column| match column.from {
        Some(from) => from.replace("BEGAN", &began.to_string()),
        None => format!("t.\"{}\"", column.name),
    });
    let selected: Vec<String> = keys.iter().cloned().chain(columns).collect();
    let (keys, bound) = (keys.join(", "), vec!["?"; keys.len()].join(", "));
    let from = if behind { format!("WHERE ({keys}) > ({bound})") } else { String::new() };
    format!("SELECT {} FROM {} t {from} ORDER BY {keys}", selected.join(", "), table.name)
}

fn key(table: &Table, row: &Row<'_>) -> rusqlite::Result<Key> {
    let part = |at| {
        Ok(match row.get_ref(at)? {
            ValueRef::Integer(number) => KeyPart::Integer(number),
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => KeyPart::Text(bytes.to_vec()),
            ValueRef::Null | ValueRef::Real(_) => KeyPart::Integer(0),
        })
    };
    (0..table.key.len()).map(part).collect()
}

fn values(table: &Table, row: &Row<'_>) -> Read {
    let value = |(at, column): (usize, &crate::transfer::tables::Column)| {
        let value = row.get_ref(table.key.len() + at).map_err(|error| error.to_string())?;
        taken(value, column.kind).map_err(|why| format!("{}: {why}", column.name))
    };
    table.columns.iter().enumerate().map(value).collect()
}

/// The value of a column, as PostgreSQL is to have it.
fn taken(value: ValueRef<'_>, kind: Kind) -> Result<Value, &'static str> {
    let text = |bytes: &[u8]| {
        String::from_utf8(bytes.to_vec()).map(Value::Text).map_err(|_| "text that is no UTF-8")
    };
    match (kind, value) {
        (_, ValueRef::Null) => Ok(Value::Null),
        (Kind::Integer, ValueRef::Integer(number)) => Ok(Value::Integer(number)),
        (Kind::Flag, ValueRef::Integer(number)) => Ok(Value::Flag(number != 0)),
        (Kind::EventId, ValueRef::Integer(number)) => Ok(Value::Text(event_id(number))),
        (Kind::Text | Kind::EventId, ValueRef::Text(bytes)) => text(bytes),
        (Kind::Bytes, ValueRef::Blob(bytes)) => Ok(Value::Bytes(bytes.to_vec())),
        _ => Err("a value of another type"),
    }
}

impl ToSql for KeyPart {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Text(bytes) => ValueRef::Text(bytes),
        }))
    }
}
