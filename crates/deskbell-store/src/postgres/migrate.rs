//! Migrations: numbered, forward only, each in a transaction of its own; `migrations` remembers which were applied, and its lock lets one
//! process at a time apply any.

use super::client::Client;
use super::columns::{Columns, named};
use super::fault::{Fault, Result};
use super::sql::{execute, exists, maybe_row, params, row, rows};
use super::{DatabaseError, fault};
use tokio_postgres::error::SqlState;

/// The oldest release that is supported.
const OLDEST: i64 = 15;

/// The table that remembers.
const APPLIED: &str =
    "CREATE TABLE IF NOT EXISTS migrations (number bigint PRIMARY KEY, name text COLLATE \"C\" NOT NULL)";

/// How long a migration may wait for another transaction's lock, so that it does not hold up all that come behind it.
const BEGIN: &str = "BEGIN; SET LOCAL lock_timeout = '10s'; SET LOCAL statement_timeout = '0'";

/// A step from one form of the tables to the next.
#[derive(Debug, Clone, Copy)]
pub(super) struct Migration {
    pub(super) number: i64,
    pub(super) name: &'static str,
    statements: &'static str,
}

const fn step(number: i64, name: &'static str, statements: &'static str) -> Migration {
    Migration { number, name, statements }
}

const ALL: &[Migration] = &[
    step(1, "start", include_str!("../migrations/postgres/0001_start.sql")),
    step(2, "people", include_str!("../migrations/postgres/0002_people.sql")),
    step(3, "lists", include_str!("../migrations/postgres/0003_lists.sql")),
    step(4, "transfer", include_str!("../migrations/postgres/0004_transfer.sql")),
    step(5, "nodes", include_str!("../migrations/postgres/0005_nodes.sql")),
    step(6, "notices", include_str!("../migrations/postgres/0006_notices.sql")),
    step(7, "run", include_str!("../migrations/postgres/0007_run.sql")),
    step(8, "notes", include_str!("../migrations/postgres/0008_notes.sql")),
    step(9, "throughput", include_str!("../migrations/postgres/0009_throughput.sql")),
    step(10, "history", include_str!("../migrations/postgres/0010_history.sql")),
    step(11, "traces", include_str!("../migrations/postgres/0011_traces.sql")),
    step(12, "quota", include_str!("../migrations/postgres/0012_quota.sql")),
];

/// The newest migration that the database has; 0 for a new one.
async fn newest(conn: &Client) -> Result<i64> {
    let known = "SELECT 1 WHERE to_regclass('migrations') IS NOT NULL";
    if !exists(conn, known, params![]).await? {
        return Ok(0);
    }
    let newest = "SELECT coalesce(max(number), 0)::bigint AS newest FROM migrations";
    named(&row(conn, newest, params![]).await?, "newest")
}

/// Those that the database does not have yet, in their order.
///
/// # Errors
/// [`DatabaseError::Newer`] when it has one that this release does not know, and those of any read.
pub(super) async fn missing(conn: &Client) -> std::result::Result<&'static [Migration], DatabaseError> {
    let newest = newest(conn).await?;
    let known = ALL.partition_point(|one| one.number <= newest);
    if ALL.last().is_some_and(|last| newest > last.number) {
        return Err(DatabaseError::Newer(newest));
    }
    Ok(&ALL[known..])
}

/// Applies what is missing. Another process may be doing the same: who comes second finds it done.
///
/// # Errors
/// As [`missing`].
pub(super) async fn migrate(conn: &Client) -> std::result::Result<(), DatabaseError> {
    if missing(conn).await?.is_empty() {
        return Ok(());
    }
    make(conn).await?;
    for one in missing(conn).await? {
        apply(conn, one).await?;
    }
    // A newer release may have come in between.
    missing(conn).await.map(drop)
}

/// Makes the table that remembers. Of two processes that make it at once, one is told that its name is taken.
async fn make(conn: &Client) -> Result<()> {
    let taken = [SqlState::UNIQUE_VIOLATION, SqlState::DUPLICATE_TABLE, SqlState::DUPLICATE_OBJECT];
    match conn.batch_execute(APPLIED).await {
        Err(error) if error.code().is_some_and(|state| taken.contains(state)) => Ok(()),
        made => made.map_err(Fault::from),
    }
}

async fn apply(conn: &Client, one: &Migration) -> Result<()> {
    conn.batch_execute(BEGIN).await?;
    let done = async {
        conn.batch_execute("LOCK TABLE migrations IN EXCLUSIVE MODE").await?;
        if newest(conn).await? < one.number {
            conn.batch_execute(one.statements).await?;
            let insert = "INSERT INTO migrations (number, name) VALUES ($1, $2)";
            execute(conn, insert, params![one.number, one.name]).await?;
        }
        Ok(())
    };
    let done = done.await;
    conn.batch_execute(if done.is_ok() { "COMMIT" } else { "ROLLBACK" }).await?;
    done
}

/// Looks whether the database is one that keeps what it is told to.
///
/// # Errors
/// [`DatabaseError::Unfit`] says what is wrong with it.
pub(super) async fn check(conn: &Client) -> std::result::Result<(), DatabaseError> {
    let asked =
        "SELECT current_setting('server_version_num')::bigint / 10000, current_setting('server_version'),
                 current_setting('server_encoding'), current_setting('transaction_read_only')";
    let row = maybe_row(conn, asked, params![]).await?;
    let Some(row) = row else { return Err(DatabaseError::Unfit("it does not say what it is".into())) };
    let mut columns = Columns::of(&row);
    let (release, version): (i64, String) = (columns.get()?, columns.get()?);
    let (encoding, read_only): (String, String) = (columns.get()?, columns.get()?);
    let unfit = |why: String| Err(DatabaseError::Unfit(why));
    if release < OLDEST {
        return unfit(format!("it is PostgreSQL {version}; the oldest that is supported is {OLDEST}"));
    }
    if encoding != "UTF8" {
        return unfit(format!("its encoding is {encoding}; make the database with ENCODING 'UTF8'"));
    }
    if read_only == "on" {
        return unfit("it is read-only, as a standby is".into());
    }
    Ok(())
}

/// The database's release, and the settings under which what is committed may be lost.
pub(super) async fn settings(conn: &Client) -> Result<(String, Vec<String>)> {
    let asked = "SELECT current_setting('server_version'), s.name || '=' || s.setting AS found FROM
                 (SELECT name, setting FROM pg_settings WHERE (name IN ('fsync', 'full_page_writes', 'synchronous_commit')
                  AND setting = 'off')) s RIGHT JOIN (SELECT 1) one ON true ORDER BY s.name";
    let found = rows(conn, asked, params![]).await?;
    let version = found.first().map_or(Ok(String::new()), |row| Columns::of(row).get())?;
    let named = |row| named::<Option<String>>(row, "found").transpose();
    Ok((version, found.iter().filter_map(named).collect::<Result<_>>()?))
}

impl From<fault::Fault> for DatabaseError {
    fn from(fault: Fault) -> Self {
        Self::Silent(fault.to_string())
    }
}
