//! From each form of the tables to the next: what becomes of rows, and of a process that is killed on the way.

use super::*;
use rusqlite::fallible_iterator::FallibleIterator as _;

/// What a release had before the migration `number`.
fn before(number: i64) -> &'static [Migration] {
    MAIN.split_at(MAIN.partition_point(|one| one.number < number)).0
}

/// From a file whose leases had no time of their own.
#[test]
fn what_was_leased_keeps_about_the_time_at_which_it_was() {
    let mut conn = Connection::open_in_memory().unwrap();
    migrate(&mut conn, before(6)).unwrap();
    let insert = "INSERT INTO deliveries (account, event, webhook, created, status, attempts, tries, lost, manual, scheduled,
                  due, leased, epoch, leases) VALUES (1, ?1, 1, 3, 0, 0, 0, 0, 0, ?2, ?3, ?4, 1, 1)";
    // Claimed, handed over, by hand, and nobody's.
    let rows = [(Some(7), Some(45_000), 1), (Some(8), None, 1), (None, None, 1), (Some(9), Some(9), 0)];
    for (event, (scheduled, due, leased)) in (1..).zip(rows) {
        let row: (i64, Option<i64>, Option<i64>, i64) = (event, scheduled, due, leased);
        conn.execute(insert, row).unwrap();
    }
    migrate(&mut conn, MAIN).unwrap();
    let mut select = conn.prepare("SELECT leased FROM deliveries ORDER BY event").unwrap();
    let leased: Vec<i64> = select.query_map([], |row| row.get(0)).unwrap().flatten().collect();
    assert_eq!(leased, [20_000, 8, 3, 0]);
}

/// From a file whose users and contacts were found by their ids alone.
#[test]
fn what_a_user_or_contact_has_identifies_it_and_a_damaged_row_stays() {
    let mut conn = Connection::open_in_memory().unwrap();
    migrate(&mut conn, before(9)).unwrap();
    conn.pragma_update(None, "foreign_keys", false).unwrap();
    for (kind, deleted, document) in [
        ("contact", false, r#"{"email": "Noor@Guest.example", "mobile_phone": "+353851234567"}"#),
        ("contact", false, r#"{"email": null, "mobile_phone": null}"#),
        ("contact", false, "{"),
        ("contact", true, "{}"),
        ("user", false, r#"{"email": "noor@guest.example"}"#),
        ("team", false, r#"{"email": "strange"}"#),
    ] {
        let insert =
            "INSERT INTO sandbox (account, kind, id, deleted, document) VALUES ('ACC-1', ?1, ?2, ?3, ?2)";
        conn.execute(insert, (kind, document, deleted)).unwrap();
    }
    migrate(&mut conn, MAIN).unwrap();
    let mut select = conn.prepare("SELECT email, mobile_phone FROM sandbox ORDER BY seq").unwrap();
    let read = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    let found: Vec<(Option<String>, Option<String>)> = read.map(Result::unwrap).collect();
    let noor = || Some("noor@guest.example".to_owned());
    let none = (None, None);
    let expected = [(noor(), Some("+353851234567".into())), none.clone(), none.clone(), none.clone()];
    assert_eq!(found[..4], expected);
    assert_eq!(found[4..], [(noor(), None), none]);
}

fn open(path: &Path) -> Connection {
    crate::sqlite::file::make(path);
    let conn = connect(path).unwrap();
    // So that unfinished pages come to the log, as of a transaction that is larger than memory.
    conn.pragma_update(None, "cache_size", 1).unwrap();
    conn
}

fn schema(conn: &Connection) -> Vec<(String, Option<String>)> {
    let mut select = conn.prepare("SELECT name, sql FROM sqlite_schema ORDER BY name").unwrap();
    select
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .collect::<rusqlite::Result<_>>()
        .unwrap()
}

/// What a process that is killed now leaves of its files.
fn killed(folder: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(folder).unwrap().flatten() {
        // The index of the log is made anew from it.
        if !file.file_name().to_string_lossy().ends_with("-shm") {
            std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
        }
    }
    copy
}

#[test]
fn killed_at_any_statement_a_file_is_as_before_and_the_next_start_completes_it() {
    for all in [MAIN, TESTER] {
        let whole = tempfile::tempdir().unwrap();
        let mut conn = open(&whole.path().join("a.db"));
        migrate(&mut conn, all).unwrap();
        let last = schema(&conn);
        for (at, migration) in all.iter().enumerate() {
            let folder = tempfile::tempdir().unwrap();
            let mut conn = open(&folder.path().join("a.db"));
            migrate(&mut conn, &all[..at]).unwrap();
            fill(&conn);
            let before = schema(&conn);
            conn.execute_batch("BEGIN IMMEDIATE").unwrap();
            let mut statements = rusqlite::Batch::new(&conn, migration.statements);
            let mut done = 0;
            while let Some(mut statement) = statements.next().unwrap() {
                statement.execute([]).unwrap();
                done += 1;
                let left = killed(folder.path());
                let mut again = open(&left.path().join("a.db"));
                assert_eq!(schema(&again), before, "C-53: statement {done} of {}", migration.name);
                migrate(&mut again, all).unwrap();
                assert_eq!(schema(&again), last, "C-53: statement {done} of {}", migration.name);
                let check: String =
                    again.pragma_query_value(None, "integrity_check", |row| row.get(0)).unwrap();
                assert_eq!(check, "ok", "C-53: statement {done} of {}", migration.name);
            }
            assert!(done > 0);
        }
    }
}

/// Rows that migrations go through, of tables that are there.
fn fill(conn: &Connection) {
    let many = |insert: &str| {
        let numbers = "WITH RECURSIVE n (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n WHERE n < 500)";
        conn.execute(&format!("{numbers} {insert}"), []).unwrap()
    };
    if conn.table_exists(None, "deliveries").unwrap() {
        conn.pragma_update(None, "foreign_keys", false).unwrap();
        many(
            "INSERT INTO deliveries (account, event, webhook, created, status, attempts, tries, lost, manual, scheduled, due, leased,
                                     epoch, leases) SELECT 1, n, 1, 3, 0, 0, 0, 0, 0, n, n, n % 2, 1, 1 FROM n",
        );
        many(
            "INSERT INTO sandbox (account, kind, id, document)
             SELECT 'ACC-1', 'contact', 'CTC-' || n, json_object('email', n || '@guest.example', 'mobile_phone', NULL) FROM n",
        );
    }
    if conn.table_exists(None, "captures").unwrap() {
        many(
            "INSERT INTO inboxes (id, account, token, name, script, relay, created, expires, captured, script_from, minute_began,
                                  minute_taken) SELECT n, 'ACC-1', n, n, '', 0, 0, 0, 0, 0, 0, 0 FROM n",
        );
        many(
            "INSERT INTO captures (id, inbox, number, received, method, path, answered, headers, body)
             SELECT n, n, 1, 0, 'POST', '/', 200, zeroblob(9), zeroblob(900) FROM n",
        );
    }
}

/// From a file in which nobody counted.
#[test]
fn what_was_accepted_before_it_was_counted_waits_to_be() {
    let mut conn = Connection::open_in_memory().unwrap();
    migrate(&mut conn, before(16)).unwrap();
    for (account, operator) in [(1, true), (2, false), (3, false)] {
        let insert = "INSERT INTO accounts (seq, id, email, folded, created, payload_style, operator)
                      VALUES (?1, ?1, ?1, ?1, 0, 'current', ?2)";
        conn.execute(insert, (account, operator)).unwrap();
    }
    for (place, account) in [(7, 1), (8, 2), (9, 1)] {
        let insert = "INSERT INTO events (place, account, id, trigger, created, origin, body) VALUES (?1, ?2, ?1, 0, 0, 0, x'01')";
        conn.execute(insert, (place, account)).unwrap();
    }
    migrate(&mut conn, MAIN).unwrap();
    let select = "SELECT k.account, bytes, counted, upto, quota FROM kept k JOIN accounts a ON a.seq = k.account ORDER BY 1";
    let mut select = conn.prepare(select).unwrap();
    let read =
        |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?));
    let rows: Vec<(i64, i64, i64, i64, Option<i64>)> =
        select.query_map([], read).unwrap().map(Result::unwrap).collect();
    assert_eq!(rows, [(1, 0, 0, 9, Some(i64::MAX)), (2, 0, 0, 8, None), (3, 0, 0, 0, None)]);
}
