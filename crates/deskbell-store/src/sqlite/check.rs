//! A look through the files of a store, which changes nothing in them.

use super::file::{OpenError, Rule};
use super::tester;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::Instant;

/// Pages, or steps of SQLite's machine, between two looks at the clock: a look costs little beside them.
const STEPS: i32 = 200;
/// Longer than any other process holds the lock.
const BUSY: Duration = Duration::from_secs(5);

/// What a look through a file came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checked {
    /// Every page and every row is as it should be.
    Sound,
    /// Something is not; the first finding.
    Damaged(String),
    /// The time was up; nothing was found until then.
    Unfinished,
}

/// Looks through the file of the store at `path`, and the tester's beside it, for as long as `within` each. Others read and write
/// meanwhile; the log grows by what they write. Blocks.
///
/// # Errors
/// When a file cannot be opened.
pub fn check(path: &Path, within: Duration) -> Result<Vec<(PathBuf, Checked)>, OpenError> {
    let look = |path: PathBuf| {
        let checked = look(&path, within);
        checked.map(|checked| (path.clone(), checked)).map_err(|rule| OpenError { path, rule })
    };
    [path.to_owned(), tester(path)].into_iter().map(look).collect()
}

pub(super) fn look(path: &Path, within: Duration) -> Result<Checked, Rule> {
    let end = Instant::now() + within;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut conn = Connection::open_with_flags(path, flags)?;
    conn.busy_timeout(BUSY)?;
    conn.progress_handler(STEPS, Some(move || Instant::now() >= end))?;
    Ok(match finding(&conn) {
        Ok(None) => Checked::Sound,
        Ok(Some(found)) => Checked::Damaged(found),
        Err(error) => match error.sqlite_error_code() {
            Some(ErrorCode::OperationInterrupted) => Checked::Unfinished,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Checked::Damaged(error.to_string()),
            _ => return Err(error.into()),
        },
    })
}

/// The first thing that `quick_check` finds to be wrong, if any.
pub(super) fn finding(conn: &Connection) -> rusqlite::Result<Option<String>> {
    let found: String = conn.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    Ok((found != "ok").then_some(found))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SqliteStore;
    use std::fs::OpenOptions;
    use std::os::unix::fs::FileExt as _;

    const LONG: Duration = Duration::from_secs(3_600);

    /// A store of many pages in a folder of its own, closed.
    fn store() -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deskbell.db");
        drop(SqliteStore::open(&path).unwrap());
        let conn = Connection::open(&path).unwrap();
        conn.execute_batch(
            "CREATE TABLE filler (id INTEGER PRIMARY KEY, text TEXT);
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
             INSERT INTO filler SELECT i, hex(randomblob(200)) FROM n;",
        )
        .unwrap();
        (dir, path)
    }

    #[test]
    fn a_sound_store_is_told_from_a_damaged_one() {
        let (_dir, path) = store();
        let both = check(&path, LONG).unwrap();
        let found: Vec<&Checked> = both.iter().map(|(_, checked)| checked).collect();
        assert_eq!(found, [&Checked::Sound, &Checked::Sound]);
        let file = OpenOptions::new().write(true).open(&path).unwrap();
        let middle = file.metadata().unwrap().len() / 2 / 8_192 * 8_192;
        file.write_all_at(&[0xa5; 8_192], middle).unwrap();
        let Checked::Damaged(why) = &check(&path, LONG).unwrap()[0].1 else { panic!("it is damaged") };
        assert!(!why.is_empty());
        file.write_all_at(b"no database at all", 0).unwrap();
        assert!(matches!(check(&path, LONG).unwrap()[0].1, Checked::Damaged(_)));
    }

    #[test]
    fn a_look_ends_when_its_time_is_up_and_names_a_file_that_is_not_there() {
        let (_dir, path) = store();
        assert_eq!(check(&path, Duration::ZERO).unwrap()[0].1, Checked::Unfinished);
        std::fs::remove_file(tester(&path)).unwrap();
        let missing = check(&path, LONG).unwrap_err().to_string();
        assert!(missing.contains("deskbell-tester.db"), "{missing}");
    }
}
