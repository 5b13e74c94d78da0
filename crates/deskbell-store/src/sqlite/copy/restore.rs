//! What a backup is for: another store is made of it, which waits for a word before it sends.

use super::draft::{Draft, beside};
use super::{Copied, CopyError, Progress, Result, Told, Why, check, free, holds, open, part, to_one_file};
use crate::sqlite::migrate::{MAIN, Migration, TESTER, migrate, missing, newest};
use crate::sqlite::tester;
use deskbell_core::Timestamp;
use rusqlite::{Connection, OptionalExtension as _};
use std::fs::File;
use std::path::Path;
use std::thread::scope;

/// Without these a backup is not whole.
const LOGS: [&str; 3] = ["-journal", "-wal", "-redo"];

/// A store to be made of a backup.
#[derive(Debug, Clone, Copy)]
pub struct Restore<'p> {
    /// The backup. The tester's file is restored too if it lies beside.
    pub from: &'p Path,
    /// The store's main file, which must not be there.
    pub store: &'p Path,
    /// Of the master key that the store is to be used with.
    pub fingerprint: [u8; 32],
    /// Now: the time that a copy is of which was not made as a backup.
    pub now: Timestamp,
}

/// Makes the store, which is [paused](deskbell_core::store::Pause), with the tables of this release. Blocks.
///
/// # Errors
/// [`CopyError`]; then there is no store.
pub fn restore(plan: &Restore<'_>, told: Told<'_>) -> std::result::Result<Copied, CopyError> {
    let [from, to] = [plan.from, plan.store].map(tester);
    for path in [plan.store, &to] {
        free(path, false).map_err(|why| why.of(path))?;
    }
    let main = Restored::of(plan.from, plan.store, (MAIN, "master"), told)?;
    let mut bytes = main.draft.bytes().unwrap_or_default();
    let copied = main.go_its_own_way(plan).map_err(|why| why.of(plan.from))?;
    if from.exists() {
        let made = Restored::of(&from, &to, (TESTER, "inboxes"), told)?;
        bytes += made.draft.bytes().unwrap_or_default();
        made.keep()?;
    }
    main.keep()?;
    Ok(Copied { bytes, ..copied })
}

/// A file that is copied and looked through.
struct Restored {
    // The order matters: see `Draft::file`.
    conn: Connection,
    draft: Draft,
}

impl Restored {
    /// Of what is known by its table `mark`.
    fn of(
        from: &Path,
        to: &Path,
        (migrations, mark): (&'static [Migration], &str),
        told: Told<'_>,
    ) -> std::result::Result<Self, CopyError> {
        let log = |suffix: &&&str| std::fs::metadata(beside(from, suffix)).is_ok_and(|log| log.len() > 0);
        if let Some(suffix) = LOGS.iter().find(log) {
            return Err(Why::Log((*suffix).to_owned()).of(from));
        }
        let draft = Draft::begin(to).map_err(|why| why.of(to))?;
        let made = scope(|beside| {
            let syncing = draft.sync_beside(beside);
            // Nobody writes to it.
            draft.copy(&File::open(from)?, |bytes, of| {
                syncing.wake();
                told(Progress::Copied { bytes, of });
                Ok(())
            })?;
            let mut conn = open(draft.path())?;
            to_one_file(&conn)?;
            if newest(&conn)? == 0 || !conn.table_exists(None, mark)? {
                return Err(Why::NotAStore);
            }
            missing(&conn, migrations)?;
            told(Progress::Checking);
            check(&conn)?;
            migrate(&mut conn, migrations)?;
            syncing.end()?;
            Ok(conn)
        });
        let conn = made.map_err(|why| why.of(from))?;
        Ok(Self { conn, draft })
    }

    fn go_its_own_way(&self, plan: &Restore<'_>) -> Result<Copied> {
        let select = "SELECT fingerprint FROM master WHERE one = 1";
        let known = self.conn.query_row(select, [], |row| row.get::<_, [u8; 32]>(0)).optional()?;
        if known.is_some_and(|known| known != plan.fingerprint) {
            return Err(Why::WrongKey);
        }
        part(&self.conn, plan.now)?;
        holds(&self.conn, 0)
    }

    fn keep(self) -> std::result::Result<(), CopyError> {
        drop(self.conn);
        let named = self.draft.named().to_owned();
        self.draft.keep(false).map_err(|why| why.of(&named))
    }
}
