//! Migrations: numbered, forward only, each in a transaction of its own; `migrations` remembers which were applied.

use rusqlite::{Connection, TransactionBehavior};

/// Number, name, statements.
pub(super) type Migration = (i64, &'static str, &'static str);

/// Of the main file. Number 1 was that of the time before the first release, whose files cannot be read any more.
pub(super) const MAIN: &[Migration] = &[
    (2, "start", include_str!("../migrations/sqlite/0002_start.sql")),
    (3, "redo", include_str!("../migrations/sqlite/0003_redo.sql")),
    (4, "overloads", include_str!("../migrations/sqlite/0004_overloads.sql")),
    (5, "away", include_str!("../migrations/sqlite/0005_away.sql")),
    (6, "leases", include_str!("../migrations/sqlite/0006_leases.sql")),
    (7, "classic", include_str!("../migrations/sqlite/0007_classic.sql")),
    (8, "one_time_links", include_str!("../migrations/sqlite/0008_one_time_links.sql")),
    (9, "identifiers", include_str!("../migrations/sqlite/0009_identifiers.sql")),
];

/// Of the tester's file.
pub(super) const TESTER: &[Migration] = &[
    (1, "start", include_str!("../migrations/sqlite-tester/0001_start.sql")),
    (2, "kept_bytes", include_str!("../migrations/sqlite-tester/0002_kept_bytes.sql")),
    (3, "foreign_secret", include_str!("../migrations/sqlite-tester/0003_foreign_secret.sql")),
];

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

#[cfg(test)]
mod tests {
    use super::*;

    /// From a file whose leases had no time of their own.
    #[test]
    fn what_was_leased_keeps_about_the_time_at_which_it_was() {
        let mut conn = Connection::open_in_memory().unwrap();
        let before: Vec<Migration> = MAIN.iter().copied().filter(|(number, ..)| *number < 6).collect();
        migrate(&mut conn, &before).unwrap();
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
        let before: Vec<Migration> = MAIN.iter().copied().filter(|(number, ..)| *number < 9).collect();
        migrate(&mut conn, &before).unwrap();
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
}
