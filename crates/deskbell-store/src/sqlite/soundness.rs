//! Whether a file is sound, as far as a start can see in a moment. Whoever makes a backup looks through all of it.
//!
//! What has to be right for anything to work is looked at whatever the size: the schema, and the first and the last row of every table
//! and index, which leads through their inner pages to where new rows go. A file that fails there is refused. Beside the start, which does
//! not wait for it, SQLite's `quick_check` goes on for a moment, which is all of a small file. What that finds stops only those who come
//! upon it, so it is told.

use super::check::{self, Checked};
use super::file::Rule;
use rusqlite::Connection;
use std::io;
use std::path::PathBuf;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

/// How long a file is looked through: its log keeps what is written meanwhile.
const MOMENT: Duration = Duration::from_millis(250);

/// Enters every table and index of the file that `conn` has open, at both ends.
///
/// # Errors
/// [`Rule::Damaged`] when nothing of the file can be relied on.
pub(super) fn enter(conn: &Connection) -> Result<(), Rule> {
    for edge in edges(conn)? {
        let mut edge = conn.prepare(&edge)?;
        let mut rows = edge.query([])?;
        while rows.next()?.is_some() {}
    }
    Ok(())
}

/// Looks through the file at `path` for a moment, on a thread of its own, and tells the log of what it finds. Nobody has to wait for the
/// thread; it gives what it found, or `None` when the file could not be opened.
///
/// # Errors
/// When there can be no thread.
pub(super) fn look_through(path: PathBuf) -> io::Result<JoinHandle<Option<Checked>>> {
    Builder::new().name("soundness".into()).spawn(move || {
        let checked = check::look(&path, MOMENT).ok();
        if let Some(Checked::Damaged(finding)) = &checked {
            tracing::error!(
                path = %path.display(), finding,
                "the file is damaged: what can be read of it is served; restore a backup"
            );
        }
        checked
    })
}

/// Statements that read the first and the last row of every table and index. Each is one way down a tree.
fn edges(conn: &Connection) -> rusqlite::Result<Vec<String>> {
    let tables = "SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'";
    let mut tables = conn.prepare(tables)?;
    let tables = tables.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, bool>(1)?)))?;
    let mut edges = Vec::new();
    for (table, without_rowid) in tables.collect::<rusqlite::Result<Vec<_>>>()? {
        let key = match without_rowid {
            false => "rowid".to_owned(),
            true => {
                let first = "SELECT name FROM pragma_table_info(?1) WHERE pk = 1";
                conn.query_row(first, [&table], |row| row.get(0))?
            }
        };
        let ends = ["ASC", "DESC"];
        edges.extend(
            ends.map(|end| format!("SELECT * FROM \"{table}\" NOT INDEXED ORDER BY \"{key}\" {end} LIMIT 1")),
        );
        let indices = "SELECT l.name, i.name, s.sql FROM pragma_index_list(?1) l
                       JOIN pragma_index_info(l.name) i ON i.seqno = 0 JOIN sqlite_schema s ON s.name = l.name";
        let mut indices = conn.prepare(indices)?;
        let mut rows = indices.query([&table])?;
        while let Some(row) = rows.next()? {
            let (index, column, sql) =
                (row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, Option<String>>(2)?);
            // Of an index of some rows, only who asks for these may use it.
            let some = sql
                .as_deref()
                .and_then(|sql| sql.split_once(" WHERE "))
                .map(|(_, some)| format!(" WHERE {some}"));
            let some = some.unwrap_or_default();
            edges.extend(ends.map(|end| {
                format!("SELECT 1 FROM \"{table}\" INDEXED BY \"{index}\"{some} ORDER BY \"{column}\" {end} LIMIT 1")
            }));
        }
    }
    Ok(edges)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::file::{connect, make};
    use crate::sqlite::migrate::{MAIN, TESTER, migrate};
    use std::collections::BTreeSet;
    use std::fs::OpenOptions;
    use std::os::unix::fs::FileExt as _;
    use tempfile::TempDir;

    fn places() -> (TempDir, [PathBuf; 2]) {
        let place = TempDir::new().unwrap();
        let paths = ["a.db", "b.db"].map(|name| place.path().join(name));
        for (path, migrations) in paths.iter().zip([MAIN, TESTER]) {
            make(path);
            migrate(&mut connect(path).unwrap(), migrations).unwrap();
        }
        (place, paths)
    }

    /// With ten million rows as with none.
    #[test]
    fn every_tree_is_entered_at_both_ends_and_none_is_walked() {
        let (_place, paths) = places();
        for path in paths {
            let conn = connect(&path).unwrap();
            let edges = edges(&conn).unwrap();
            let trees = "SELECT name FROM sqlite_schema WHERE rootpage > 0 AND name NOT LIKE 'sqlite_s%'";
            let mut trees = conn.prepare(trees).unwrap();
            let trees: BTreeSet<String> =
                trees.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
            for tree in &trees {
                let of = |edge: &&String| {
                    let table = edge.starts_with(&format!("SELECT * FROM \"{tree}\" "));
                    table || edge.contains(&format!("INDEXED BY \"{tree}\""))
                };
                assert_eq!(edges.iter().filter(of).count(), 2, "{tree}");
            }
            assert_eq!(edges.len(), 2 * trees.len());
            for edge in edges {
                let mut plan = conn.prepare(&format!("EXPLAIN QUERY PLAN {edge}")).unwrap();
                let steps = plan.query_map([], |row| row.get::<_, String>(3)).unwrap().map(Result::unwrap);
                assert!(
                    !steps.into_iter().any(|step| step.contains("TEMP")),
                    "it would sort all rows: {edge}"
                );
            }
        }
    }

    #[test]
    fn a_sound_file_passes() {
        let (_place, paths) = places();
        for path in paths {
            enter(&connect(&path).unwrap()).unwrap();
            assert_eq!(look_through(path).unwrap().join().unwrap(), Some(Checked::Sound));
        }
    }

    #[test]
    fn what_is_wrong_between_the_ends_is_found_beside_the_start() {
        let (_place, [path, _]) = places();
        let conn = connect(&path).unwrap();
        conn.execute_batch(
            "CREATE TABLE filler (id INTEGER PRIMARY KEY, text TEXT);
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
             INSERT INTO filler SELECT i, hex(randomblob(200)) FROM n;
             PRAGMA wal_checkpoint(TRUNCATE);",
        )
        .unwrap();
        drop(conn);
        let file = OpenOptions::new().write(true).open(&path).unwrap();
        let middle = file.metadata().unwrap().len() / 2 / 8_192 * 8_192;
        file.write_all_at(&[0xa5; 8_192], middle).unwrap();
        enter(&connect(&path).unwrap()).unwrap();
        let found = look_through(path).unwrap().join().unwrap();
        assert!(matches!(found, Some(Checked::Damaged(_))), "{found:?}");
    }
}
