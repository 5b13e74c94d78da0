//! The places of new rows: made by the writer, behind all that are in the file.

use super::fault::Result;
use deskbell_core::Timestamp;
use deskbell_core::place::{Place, Places};
use rusqlite::Connection;
use std::collections::HashSet;

/// Accounts whose last attempt is known, before they are looked up again.
const KEPT: usize = 100_000;

/// Makes places. One process writes the file, as its writer 0.
#[derive(Default)]
pub(super) struct Numbering {
    places: Option<Places>,
    /// Accounts whose last attempt was looked at.
    seen: HashSet<i64>,
}

impl Numbering {
    /// Another process wrote: looks again what the last places are.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// The place of a new event.
    pub(super) fn next(&mut self, conn: &Connection, now: Timestamp) -> Result<Place> {
        Ok(self.behind_events(conn)?.next(now))
    }

    /// The place of a new attempt of the account: behind its last one, also where the clock went back meanwhile.
    pub(super) fn next_attempt(&mut self, conn: &Connection, account: i64, now: Timestamp) -> Result<Place> {
        if !self.seen.contains(&account) {
            // The newest may have been deleted.
            let last = "SELECT max(coalesce((SELECT max(place) FROM attempts WHERE account = ?1), 0),
                                   coalesce((SELECT attempt FROM cuts WHERE account = ?1), 0))";
            let last = conn.prepare_cached(last)?.query_row([account], |row| row.get(0))?;
            self.behind_events(conn)?.skip(last);
            if self.seen.len() > KEPT {
                self.seen.clear();
            }
            self.seen.insert(account);
        }
        self.next(conn, now)
    }

    fn behind_events(&mut self, conn: &Connection) -> Result<&mut Places> {
        if self.places.is_none() {
            let last = "SELECT max(coalesce((SELECT max(place) FROM events), 0),
                                   coalesce((SELECT max(event) FROM cuts), 0))";
            let last = conn.prepare_cached(last)?.query_row([], |row| row.get(0))?;
            self.places = Some(Places::behind(last, 0));
        }
        Ok(self.places.get_or_insert_with(|| Places::behind(0, 0)))
    }
}
