//! Migrations: numbered, forward only, each in a transaction of its own; `migrations` remembers which were applied.

use super::file::{OpenError, Rule, connect};
use super::tester;
use rusqlite::{Connection, TransactionBehavior};
use std::path::{Path, PathBuf};

/// The table that remembers.
const APPLIED: &str =
    "CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT";

/// A migration that a file does not have yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The file, of a store that has any.
    pub file: Option<PathBuf>,
    /// Which one it is.
    pub number: i64,
    /// What it is about.
    pub name: &'static str,
    /// Whether it takes the same moment however much there is; otherwise it goes through rows.
    pub quick: bool,
}

/// What a start would do to the files of the store at `path`: nothing, where there is none. With `apply` it is done, as a start does it.
/// Blocks.
///
/// # Errors
/// [`OpenError`] names the file and the rule that it breaks.
pub fn migrations(path: &Path, apply: bool) -> Result<Vec<Missing>, OpenError> {
    let mut all = Vec::new();
    for (file, migrations) in [(path.to_owned(), MAIN), (tester(path), TESTER)] {
        if !file.exists() {
            continue;
        }
        let of_file = || {
            let mut conn = connect(&file)?;
            let missing = missing(&conn, migrations)?;
            if apply {
                migrate(&mut conn, migrations)?;
            }
            Ok(missing)
        };
        let missing = of_file().map_err(|rule| OpenError { path: file.clone(), rule })?;
        let told = |one: &Migration| Missing {
            file: Some(file.clone()),
            number: one.number,
            name: one.name,
            quick: one.quick,
        };
        all.extend(missing.iter().map(told));
    }
    Ok(all)
}

/// Makes an empty store as releases left it that had the main file's migrations up to `number`. For tests.
///
/// # Errors
/// As [`migrations`].
#[cfg(feature = "memory")]
pub fn make_older(path: &Path, number: i64) -> Result<(), OpenError> {
    super::file::make(path);
    let make = || {
        let at = MAIN.partition_point(|one| one.number <= number);
        migrate(&mut connect(path)?, &MAIN[..at])
    };
    make().map_err(|rule| OpenError { path: path.to_owned(), rule })
}

/// A step from one form of the tables to the next.
#[derive(Debug, Clone, Copy)]
pub(super) struct Migration {
    number: i64,
    name: &'static str,
    statements: &'static str,
    quick: bool,
}

pub(super) const fn quick(number: i64, name: &'static str, statements: &'static str) -> Migration {
    Migration { number, name, statements, quick: true }
}

const fn long(number: i64, name: &'static str, statements: &'static str) -> Migration {
    Migration { number, name, statements, quick: false }
}

/// Of the main file. Number 1 was that of the time before the first release, whose files cannot be read any more.
pub(super) const MAIN: &[Migration] = &[
    quick(2, "start", include_str!("../migrations/sqlite/0002_start.sql")),
    quick(3, "redo", include_str!("../migrations/sqlite/0003_redo.sql")),
    quick(4, "overloads", include_str!("../migrations/sqlite/0004_overloads.sql")),
    quick(5, "away", include_str!("../migrations/sqlite/0005_away.sql")),
    long(6, "leases", include_str!("../migrations/sqlite/0006_leases.sql")),
    quick(7, "classic", include_str!("../migrations/sqlite/0007_classic.sql")),
    quick(8, "one_time_links", include_str!("../migrations/sqlite/0008_one_time_links.sql")),
    long(9, "identifiers", include_str!("../migrations/sqlite/0009_identifiers.sql")),
    quick(10, "pause", include_str!("../migrations/sqlite/0010_pause.sql")),
    long(11, "retention", include_str!("../migrations/sqlite/0011_retention.sql")),
    quick(12, "segments", include_str!("../migrations/sqlite/0012_segments.sql")),
    quick(13, "throughput", include_str!("../migrations/sqlite/0013_throughput.sql")),
    quick(14, "history", include_str!("../migrations/sqlite/0014_history.sql")),
    quick(15, "traces", include_str!("../migrations/sqlite/0015_traces.sql")),
    quick(16, "quota", include_str!("../migrations/sqlite/0016_quota.sql")),
];

/// Of the tester's file.
pub(super) const TESTER: &[Migration] = &[
    quick(1, "start", include_str!("../migrations/sqlite-tester/0001_start.sql")),
    long(2, "kept_bytes", include_str!("../migrations/sqlite-tester/0002_kept_bytes.sql")),
    quick(3, "foreign_secret", include_str!("../migrations/sqlite-tester/0003_foreign_secret.sql")),
    quick(4, "notes", include_str!("../migrations/sqlite-tester/0004_notes.sql")),
];

/// The newest migration that the file has; 0 for a new one.
pub(super) fn newest(conn: &Connection) -> rusqlite::Result<i64> {
    if !conn.table_exists(None, "migrations")? {
        return Ok(0);
    }
    conn.query_row("SELECT coalesce(max(number), 0) FROM migrations", [], |row| row.get(0))
}

/// Those of `migrations` that the file does not have yet, in their order.
///
/// # Errors
/// [`Rule::BeforeRelease`] and [`Rule::Newer`] for a file that no migration makes one of this release.
pub(super) fn missing(
    conn: &Connection,
    migrations: &'static [Migration],
) -> Result<&'static [Migration], Rule> {
    let newest = newest(conn)?;
    let [first, last] = [migrations.first(), migrations.last()].map(|one| one.map_or(0, |one| one.number));
    match newest {
        0 => Ok(migrations),
        newest if newest < first => Err(Rule::BeforeRelease),
        newest if newest > last => Err(Rule::Newer(newest)),
        newest => {
            Ok(migrations.iter().position(|one| one.number > newest).map_or(&[], |at| &migrations[at..]))
        }
    }
}

/// Applies what is missing. Another process may be doing the same: who comes second finds it done.
///
/// # Errors
/// As [`missing`].
pub(super) fn migrate(conn: &mut Connection, migrations: &'static [Migration]) -> Result<(), Rule> {
    for Migration { number, name, statements, .. } in missing(conn, migrations)? {
        let step = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if newest(&step)? < *number {
            step.execute_batch(APPLIED)?;
            step.execute_batch(statements)?;
            step.execute("INSERT INTO migrations (number, name) VALUES (?1, ?2)", (number, name))?;
            step.commit()?;
        }
    }
    // A newer release may have come in between.
    missing(conn, migrations).map(drop)
}

#[cfg(test)]
mod tests;
