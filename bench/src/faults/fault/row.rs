//! Rows that cannot be read: one of each table, written from outside.

use super::Fault;
use crate::faults::befallen::Befallen;
use crate::faults::scene::Scene;
use anyhow::{Context as _, ensure};
use async_trait::async_trait;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};
use std::path::Path;
use std::time::Duration;
use tokio::time::sleep;

/// How long the row is there before the program is started anew, and after.
const LASTS: Duration = Duration::from_secs(4);
/// How long another process's lock is waited for.
const BUSY: Duration = Duration::from_secs(10);

const MAIN: &str = "deskbell.db";
const TESTER: &str = "deskbell-tester.db";

/// A table, and how a row of it becomes unreadable.
#[derive(Debug, Clone, Copy)]
struct Table {
    file: &'static str,
    name: &'static str,
    /// Its key.
    key: &'static str,
    /// Which rows are meant: the newest of them is befallen.
    of: &'static str,
    /// What becomes of it.
    set: &'static str,
    /// Whether a start is asked for with the row as it is. One that says whose file it is, or how far it is, is the instance's own: without
    /// it no start can be.
    starts: bool,
}

/// The befallen account's number and its id: the last that a load was not made for; whoever signed up came after it.
const ACCOUNT: &str = "(SELECT account FROM idempotency WHERE key = 'once')";
const ACCOUNT_ID: &str =
    "(SELECT id FROM accounts WHERE seq = (SELECT account FROM idempotency WHERE key = 'once'))";

const fn main(name: &'static str, key: &'static str, of: &'static str, set: &'static str) -> Table {
    Table { file: MAIN, name, key, of, set, starts: true }
}

const fn tester(name: &'static str, set: &'static str) -> Table {
    Table { file: TESTER, name, key: "seq", of: "true", set, starts: true }
}

const TABLES: [Table; 21] = [
    main("deliveries", "account, event, webhook", "account = $account AND due IS NOT NULL", "status = 99"),
    main("events", "place", "account = $account", "trigger = 99"),
    main("webhooks", "seq", "account = $id", "status = 'paused'"),
    main("attempts", "account, place", "account = $account", "record = x'09'"),
    main(
        "targets",
        "seq",
        "webhook = (SELECT seq FROM webhooks WHERE account = $id)",
        "url = CAST(x'ff' AS TEXT)",
    ),
    main(
        "quarters",
        "webhook, start",
        "webhook = (SELECT seq FROM webhooks WHERE account = $id)",
        "latencies = x'ff'",
    ),
    main("idempotency", "account, key", "account = $account", "digest = x'00'"),
    main("accounts", "seq", "id = $id", "email = CAST(x'ff' AS TEXT)"),
    main("keys", "seq", "account = $id", "hash = x'00'"),
    main("changes", "kind", "true", "generation = 9223372036854775807"),
    main("members", "seq", "true", "role = 'emperor'"),
    main("sessions", "seq", "true", "created = 9223372036854775807"),
    main("sandbox", "seq", "account = $id AND kind = 'user'", "document = '{'"),
    main("bookings", "seq", "account = $id", "document = '{', completes = 1"),
    main("conversations", "seq", "account = $id", "document = '{', last_interacted = 1"),
    main("epochs", "number", "true", "began = 9223372036854775807"),
    Table { starts: false, ..main("redo", "one", "true", "lineage = x'00'") },
    Table { starts: false, ..main("master", "one", "true", "fingerprint = x'00'") },
    tester("inboxes", "script = '{'"),
    tester("captures", "headers = x'09'"),
    tester("shares", "hash = x'00'"),
];

pub(super) fn all() -> Vec<Box<dyn Fault>> {
    let row = |table| Box::new(Row { table, befallen: None, mend: String::new() }) as Box<dyn Fault>;
    TABLES.map(row).into()
}

/// A row of one table.
struct Row {
    table: Table,
    befallen: Option<Befallen>,
    /// The statement that makes the row what it was.
    mend: String,
}

#[async_trait]
impl Fault for Row {
    fn name(&self) -> String {
        format!("row of {}", self.table.name)
    }

    fn does(&self) -> String {
        let Table { name, set, starts, .. } = self.table;
        let starts = if starts { " The program is stopped and started again with it." } else { "" };
        format!(
            "A row of `{name}` of a fourth account, which goes on asking for everything: `{set}`.{starts}"
        )
    }

    fn spares_others(&self) -> bool {
        true
    }

    async fn begin(&mut self, scene: &mut Scene) -> anyhow::Result<()> {
        self.befallen = Some(Befallen::found(&scene.plan, &scene.spare_key).await?);
        Ok(())
    }

    async fn put_in(&mut self, scene: &mut Scene) -> anyhow::Result<()> {
        self.mend = befall(&scene.plan.data().join(self.table.file), self.table)?;
        Ok(())
    }

    async fn meanwhile(&mut self, scene: &mut Scene) -> anyhow::Result<()> {
        sleep(LASTS).await;
        if self.table.starts {
            scene.stop().await?;
            scene.start().await?;
            sleep(LASTS).await;
        }
        Ok(())
    }

    async fn take_away(&mut self, scene: &mut Scene) -> anyhow::Result<()> {
        let connection = open(&scene.plan.data().join(self.table.file))?;
        // It may be gone by now, as what a sweep deletes is.
        connection.execute_batch(&self.mend)?;
        Ok(())
    }

    fn note(&self) -> Option<String> {
        Some(format!("the fourth account was answered: {}", self.befallen.as_ref()?.tally))
    }
}

fn open(path: &Path) -> anyhow::Result<Connection> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.busy_timeout(BUSY)?;
    Ok(connection)
}

/// Makes the newest row that is meant unreadable. Gives the statement that makes it what it was.
fn befall(path: &Path, table: Table) -> anyhow::Result<String> {
    let connection = open(path)?;
    let Table { name, key, set, .. } = table;
    let of = table.of.replace("$account", ACCOUNT).replace("$id", ACCOUNT_ID);
    let keys: Vec<&str> = key.split(", ").collect();
    let columns: Vec<&str> = set.split(", ").filter_map(|set| Some(set.split_once(" = ")?.0)).collect();
    let told = |columns: &[&str], between: &str| {
        let each = columns.iter().map(|column| format!("'{column} = ' || quote({column})"));
        each.collect::<Vec<_>>().join(&format!(" || '{between}' || "))
    };
    let newest = key.replace(", ", " DESC, ") + " DESC";
    let select = format!(
        "SELECT {}, {} FROM {name} WHERE {of} ORDER BY {newest} LIMIT 1",
        told(&keys, " AND "),
        told(&columns, ", ")
    );
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let row =
        connection.query_row(&select, [], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)));
    let (which, was) = row.optional()?.with_context(|| format!("{name} has no such row"))?;
    let befallen = connection.execute(&format!("UPDATE {name} SET {set} WHERE {which}"), [])?;
    ensure!(befallen == 1, "{befallen} rows of {name} were befallen");
    connection.execute_batch("COMMIT")?;
    // The program may have made another one in its place.
    Ok(format!("UPDATE OR IGNORE {name} SET {was} WHERE {which}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_row_is_befallen_and_mended() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.db");
        let connection = Connection::open(&path).unwrap();
        let make = "CREATE TABLE t (a INTEGER, b TEXT, c, d BLOB, PRIMARY KEY (a, b)) STRICT;";
        connection.execute_batch(&make.replace("c,", "c ANY,")).unwrap();
        connection.execute_batch("INSERT INTO t VALUES (1, 'it''s', 7, x'0aff'), (1, 'a', 8, x'')").unwrap();
        let all = || {
            let mut select =
                connection.prepare("SELECT quote(b) || quote(c) || quote(d) FROM t ORDER BY c").unwrap();
            let rows = select.query_map([], |row| row.get::<_, String>(0)).unwrap();
            rows.map(Result::unwrap).collect::<Vec<_>>()
        };
        let before = all();
        let mend = befall(&path, main("t", "a, b", "a = 1", "c = 99, d = x'00'")).unwrap();
        assert_eq!(all(), ["'a'8X''", "'it''s'99X'00'"]);
        connection.execute_batch(&mend).unwrap();
        assert_eq!(all(), before);
        assert!(befall(&path, main("t", "a, b", "a = 2", "c = 99")).is_err(), "there is none");
    }
}
