//! The target of a transfer: a database that nobody serves before all of it is there. Each batch is one transaction, together with how
//! far its table is: whoever is killed goes on behind the last batch that was committed.

mod closing;
mod insert;

use super::client::Client;
use super::client::Object;
use super::columns::{Columns, named};
use super::fault::{Fault, Result};
use super::sql::{Param, execute, exists, maybe_row, params, rows};
use super::{DatabaseError, connect, migrate};
use crate::sqlite::transfer::Origin;
use crate::transfer::batch::Batch;
use crate::transfer::tables::{TABLES, Table};
use crate::transfer::value::{Key, Kind, Sum, Value, words};
use deskbell_core::Timestamp;
use deskbell_core::store::Error;
use deskbell_core::time::{from_millis, millis};
use futures::TryStreamExt as _;
use std::collections::HashMap;
use std::pin::pin;
use tokio_postgres::Row;

/// Rows that are named of those which one table leaves out.
const NAMED: usize = 10;

/// Behind a crash of the database server, what it forgot of this is transferred again: the last transaction waits for its disk.
const BEGIN: &str = "BEGIN; SET LOCAL synchronous_commit = off; SET LOCAL lock_timeout = '10s'; SET LOCAL statement_timeout = '0';
    SET LOCAL idle_in_transaction_session_timeout = '60s'";
const BEGIN_LAST: &str = "BEGIN; SET LOCAL synchronous_commit = on; SET LOCAL lock_timeout = '10s'; SET LOCAL statement_timeout = '0'";
const BEGIN_READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = '0'";

/// A database that is transferred to.
pub(crate) struct Target {
    conn: Object,
}

/// How far a table is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Come {
    /// The key of the last row that was looked at.
    pub(crate) behind: Option<Key>,
    /// Rows that are here, and about how many bytes they have.
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
    /// Rows that cannot be kept here, and the first of them with why.
    pub(crate) left_out: u64,
    pub(crate) named: Vec<String>,
    /// Those of them that the database refused.
    pub(crate) refused: Sum,
    pub(crate) ended: bool,
    /// As it stands in the database.
    kept: Option<Vec<u8>>,
}

/// A transfer that has begun.
#[derive(Debug)]
pub(crate) struct Begun {
    /// When it began first.
    pub(crate) began: Timestamp,
    /// Since when all is here.
    pub(crate) ended: Option<Timestamp>,
    /// How far each table is, by its name.
    pub(crate) tables: HashMap<String, Come>,
}

/// Why the database is not one that this store can be transferred to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Taken {
    /// It is in use.
    #[error("it has accounts, and what is there is never mixed with what comes: name an empty database")]
    Accounts,
    /// A server waits for its first account.
    #[error("a server uses it: stop that first")]
    Served,
    /// It has a part of another store.
    #[error(
        "it has a part of another store, which was begun to be copied there: name an empty database, or go on with that one"
    )]
    Another,
    /// The store went on.
    #[error(
        "it has a part of this store as it was before somebody used it again (a server, or a command that changed accounts or keys): \
         begin anew with an empty database"
    )]
    Older,
}

/// Why a step of a transfer failed.
#[derive(Debug)]
pub(crate) enum Stopped {
    Taken(Taken),
    /// Another process transfers the same.
    Beside,
    Store(Error),
}

impl From<Fault> for Stopped {
    fn from(fault: Fault) -> Self {
        Self::Store(fault.into())
    }
}

impl From<tokio_postgres::Error> for Stopped {
    fn from(error: tokio_postgres::Error) -> Self {
        Fault::from(error).into()
    }
}

/// Whether all is here, if this store is one that was transferred.
pub(super) async fn check_whole(conn: &Client) -> std::result::Result<(), DatabaseError> {
    if exists(conn, "SELECT 1 FROM transfer WHERE ended IS NULL", params![]).await? {
        let part = "it has a part of a store: go on with `deskbell copy`, and start when that has ended";
        return Err(DatabaseError::Unfit(part.into()));
    }
    Ok(())
}

impl Target {
    /// Opens the database at that URL, making and migrating what is not there yet.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub(crate) async fn open(url: &str) -> std::result::Result<Self, DatabaseError> {
        let conn = connect(url).await?;
        migrate::migrate(&conn).await?;
        Ok(Self { conn })
    }

    /// Begins the transfer of that store, or goes on with it.
    ///
    /// # Errors
    /// [`Stopped::Taken`] when the database has anything else.
    pub(crate) async fn begin(&self, origin: &Origin, now: Timestamp) -> std::result::Result<Begun, Stopped> {
        let conn = &*self.conn;
        conn.batch_execute(BEGIN_LAST).await?;
        // Two that begin at once see each other.
        conn.batch_execute("LOCK TABLE transfer IN EXCLUSIVE MODE").await?;
        let begun = match begun(conn, origin).await? {
            Some(begun) => begun,
            None => {
                check_empty(conn, now).await?;
                let insert = "INSERT INTO transfer (one, lineage, state, began) VALUES (1, $1, $2, $3)";
                execute(conn, insert, params![origin.lineage, origin.state, millis(now)]).await?;
                // Whoever looked at the database without an account left the fingerprint of a key.
                execute(conn, "DELETE FROM master", params![]).await?;
                let pause = "INSERT INTO pause (one, copied) VALUES (1, $1) ON CONFLICT (one) DO UPDATE SET copied = $1";
                execute(conn, pause, params![millis(origin.paused.unwrap_or(now))]).await?;
                let insert =
                    "INSERT INTO transfers (name, rows, bytes, left_out, named, refused, hashes, ended)
                              SELECT name, 0, 0, 0, '', 0, 0, false FROM unnest($1) AS u (name)";
                let names: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
                execute(conn, insert, params![names]).await?;
                Begun { began: now, ended: None, tables: tables(conn).await? }
            }
        };
        conn.batch_execute("COMMIT").await?;
        Ok(begun)
    }

    /// Takes a batch, in one transaction with how far the table then is; with none the table has ended.
    ///
    /// # Errors
    /// [`Stopped::Beside`] when another process has moved the table on.
    pub(crate) async fn take(
        &self,
        table: &Table,
        come: &Come,
        batch: Option<Batch>,
    ) -> std::result::Result<Come, Stopped> {
        let conn = &*self.conn;
        conn.batch_execute(BEGIN).await?;
        let mut next = Come { ended: batch.is_none(), ..come.clone() };
        if let Some(batch) = batch {
            let refused = insert::insert(conn, table, &batch.rows).await?;
            next.rows += (batch.rows.len() - refused.len()) as u64;
            next.bytes += batch.bytes as u64;
            for (at, why) in refused {
                if let Some((key, values)) = batch.rows.get(at) {
                    next.refused.add(values);
                    next.leave_out(key, &why);
                }
            }
            batch.left_out.iter().for_each(|(key, why)| next.leave_out(key, why));
            next.kept = Some(packed(&batch.last)?);
            next.behind = Some(batch.last);
        }
        let update = "UPDATE transfers SET behind = $2, rows = $3, bytes = $4, left_out = $5, named = $6, refused = $7, hashes = $8,
                      ended = $9 WHERE name = $1 AND behind IS NOT DISTINCT FROM $10 AND NOT ended";
        let [rows, bytes, left_out] = [next.rows, next.bytes, next.left_out].map(u64::cast_signed);
        let [refused, hashes] = [next.refused.rows, next.refused.hashes].map(u64::cast_signed);
        let named = next.named.join("\n");
        let row = params![
            table.name, next.kept, rows, bytes, left_out, named, refused, hashes, next.ended, come.kept
        ];
        if execute(conn, update, row).await? == 0 {
            return Err(Stopped::Beside);
        }
        conn.batch_execute("COMMIT").await?;
        Ok(next)
    }

    /// The rows of the table as they are here.
    ///
    /// # Errors
    /// Those of any read.
    pub(crate) async fn sum(
        &self,
        table: &Table,
        mut told: impl FnMut(u64),
    ) -> std::result::Result<Sum, Stopped> {
        self.conn.batch_execute(BEGIN_READ).await?;
        let columns: Vec<String> =
            table.columns.iter().map(|column| format!("\"{}\"", column.name)).collect();
        let select = format!("SELECT {} FROM {}", columns.join(", "), table.name);
        let mut sum = Sum::default();
        {
            let mut rows = pin!(self.conn.query_typed_raw(&select, Vec::<Param<'_>>::new()).await?);
            while let Some(row) = rows.try_next().await? {
                sum.add(&values(table, &row)?);
                told(sum.rows);
            }
        }
        self.conn.batch_execute("ROLLBACK").await?;
        Ok(sum)
    }

    /// All is here and was compared: from now on the store may be served.
    ///
    /// # Errors
    /// Those of any write.
    pub(crate) async fn end(&self, now: Timestamp) -> std::result::Result<(), Stopped> {
        self.conn.batch_execute(BEGIN_LAST).await?;
        execute(&self.conn, "UPDATE transfer SET ended = $1 WHERE ended IS NULL", params![millis(now)])
            .await?;
        self.conn.batch_execute("COMMIT").await?;
        Ok(())
    }
}

impl Come {
    fn leave_out(&mut self, key: &Key, why: &str) {
        self.left_out += 1;
        if self.named.len() < NAMED {
            let named = format!("{}: {why}", words(key));
            // A text of the database cannot have these, and a line is a row.
            self.named.push(named.replace(['\0', '\n'], " "));
        }
    }
}

/// The transfer that this database has begun, if any.
async fn begun(conn: &Client, origin: &Origin) -> std::result::Result<Option<Begun>, Stopped> {
    let select = "SELECT lineage, state, began, ended FROM transfer";
    let Some(row) = maybe_row(conn, select, params![]).await? else { return Ok(None) };
    let mut columns = Columns::of(&row);
    let (lineage, state): (Vec<u8>, String) = (columns.get()?, columns.get()?);
    let (began, ended) = (columns.time()?, columns.get::<Option<i64>>()?.map(from_millis));
    if lineage != origin.lineage {
        return Err(Stopped::Taken(if ended.is_some() { Taken::Accounts } else { Taken::Another }));
    }
    if ended.is_none() && state != origin.state {
        return Err(Stopped::Taken(Taken::Older));
    }
    Ok(Some(Begun { began, ended, tables: tables(conn).await? }))
}

async fn tables(conn: &Client) -> Result<HashMap<String, Come>> {
    let select = "SELECT name, behind, rows, bytes, left_out, named, refused, hashes, ended FROM transfers";
    let read = |row: &Row| {
        let mut columns = Columns::of(row);
        let name: String = columns.get()?;
        let kept: Option<Vec<u8>> = columns.get()?;
        let behind = kept.as_deref().map(postcard::from_bytes).transpose().map_err(Fault::damaged)?;
        let (rows, bytes, left_out) = (columns.count()?, columns.count()?, columns.count()?);
        let named: &str = columns.get()?;
        let named = named.lines().map(str::to_owned).collect();
        let refused = Sum { rows: columns.count()?, hashes: columns.get::<i64>()?.cast_unsigned() };
        Ok((name, Come { behind, rows, bytes, left_out, named, refused, ended: columns.get()?, kept }))
    };
    rows(conn, select, params![]).await?.iter().map(read).collect()
}

/// Whether nobody uses the database.
async fn check_empty(conn: &Client, now: Timestamp) -> std::result::Result<(), Stopped> {
    if exists(conn, "SELECT 1 FROM accounts LIMIT 1", params![]).await? {
        return Err(Stopped::Taken(Taken::Accounts));
    }
    let served = "SELECT 1 FROM machines WHERE ended IS NULL AND until > $1 LIMIT 1";
    if exists(conn, served, params![millis(now)]).await? {
        return Err(Stopped::Taken(Taken::Served));
    }
    Ok(())
}

fn packed(key: &Key) -> Result<Vec<u8>> {
    postcard::to_stdvec(key).map_err(|error| Error::Damaged(error.to_string()).into())
}

/// The row's values, as they were transferred.
fn values(table: &Table, row: &Row) -> Result<Vec<Value>> {
    let value = |column: &crate::transfer::tables::Column| {
        let name = column.name;
        Ok(match column.kind {
            Kind::Integer => named::<Option<i64>>(row, name)?.map(Value::Integer),
            Kind::Flag => named::<Option<bool>>(row, name)?.map(Value::Flag),
            Kind::Text | Kind::EventId => named::<Option<String>>(row, name)?.map(Value::Text),
            Kind::Bytes => named::<Option<Vec<u8>>>(row, name)?.map(Value::Bytes),
        }
        .unwrap_or(Value::Null))
    };
    table.columns.iter().map(value).collect()
}
