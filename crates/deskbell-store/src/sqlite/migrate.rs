//! Migrations: numbered, forward only, each in a transaction of its own; `migrations` remembers which were applied.

use rusqlite::{Connection, TransactionBehavior};

/// Number, name, statements.
pub(super) type Migration = (i64, &'static str, &'static str);

/// Of the main file. Number 1 was that of the time before the first release, whose files cannot be read any more.
pub(super) const MAIN: &[Migration] = &[
    (2, "start", include_str!("../migrations/sqlite/0002_start.sql")),
    (3, "redo", include_str!("../migrations/sqlite/0003_redo.sql")),
];

/// Of the tester's file.
pub(super) const TESTER: &[Migration] =
    &[(1, "start", include_str!("../migrations/sqlite-tester/0001_start.sql"))];

/// Whether the file stands before the first migration that is known.
pub(super) fn is_before(conn: &Connection, migrations: &[Migration]) -> rusqlite::Result<bool> {
    if !conn.table_exists(None, "migrations")? {
        return Ok(false);
    }
    let newest = "SELECT coalesce(max(number), 0) FROM migrations";
    let newest: i64 = conn.query_row(newest, [], |row| row.get(0))?;
    Ok(newest > 0 && migrations.first().is_some_and(|(first, ..)| newest < *first))
}

/// Applies what is missing. Gives the newest number that the file has afterwards: one that is not in `migrations` is of
/// a newer release. Another process may be doing the same: who comes second finds it done.
pub(super) fn migrate(conn: &mut Connection, migrations: &[Migration]) -> rusqlite::Result<i64> {
    let known =
        "CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT";
    let newest = "SELECT coalesce(max(number), 0) FROM migrations";
    let first = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    first.execute_batch(known)?;
    first.commit()?;
    for (number, name, statements) in migrations {
        let step = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let applied: i64 = step.query_row(newest, [], |row| row.get(0))?;
        if applied < *number {
            step.execute_batch(statements)?;
            step.execute("INSERT INTO migrations (number, name) VALUES (?1, ?2)", (number, name))?;
            step.commit()?;
        }
    }
    conn.query_row(newest, [], |row| row.get(0))
}
