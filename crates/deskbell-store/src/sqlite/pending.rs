//! What is done and not in the tables yet: its entries, in their order, and what the writer has to find of them again. What is
//! on disk of it is in the redo log.

use super::cache::Cache;
use super::delivery::Spot;
use super::entry::{self, Entry};
use super::fault::{Fault, Result};
use super::redo::{self, Position, Redo};
use crate::encoding::state::State;
use deskbell_core::Timestamp;
use deskbell_core::id::EventId;
use deskbell_core::store::Error;
use deskbell_core::time::from_millis;
use rusqlite::Connection;
use std::collections::{HashMap, HashSet};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// Rows before the tables take them in: a transaction of a few milliseconds.
const ROWS: usize = 1_024;
/// How long the tables stay behind: until nobody comes for a moment after so long, and at most twice as long.
const BEHIND: Duration = Duration::from_secs(1);

/// An idempotency key that was used: the digest of what was asked, and the event.
type Used = ([u8; 32], EventId);

/// Without a log, what is done is in the tables at once.
#[derive(Default)]
pub(super) struct Pending {
    path: Option<PathBuf>,
    redo: Option<Redo>,
    entries: Vec<Entry>,
    /// How many of them are in the log.
    logged: usize,
    /// About how long the others are, in bytes.
    unlogged: usize,
    /// Since when the tables are behind.
    since: Option<Instant>,
    /// Whether they are, for those who read.
    behind: Arc<AtomicBool>,
    found: Found,
}

/// What the writer has to find again of entries that are in no table.
#[derive(Default)]
struct Found {
    /// The deliveries that were made or changed.
    states: HashMap<Spot, State>,
    /// When the first of each webhook's deliveries is due, in milliseconds.
    due: HashMap<i64, i64>,
    ids: HashSet<EventId>,
    keys: HashMap<(i64, String), Used>,
}

impl Pending {
    /// With a log at `path`; `None` for a file that has none.
    pub(super) fn new(path: Option<PathBuf>) -> Self {
        Self { path, ..Self::default() }
    }

    /// Opens the log, unless it is open, and takes up what the tables have not taken in. `false` when another process has it.
    pub(super) fn open(&mut self, conn: &Connection) -> Result<bool> {
        let Some(path) = self.path.as_ref().filter(|_| self.redo.is_none()) else { return Ok(true) };
        let Some(file) = redo::lock(path).map_err(told)? else { return Ok(false) };
        // Only now: whoever had the log may just have moved the tables on.
        let (redo, records) = Redo::open(file, position(conn)?).map_err(told)?;
        for record in records {
            let unknown = || Error::Damaged("the redo log has an entry of no known form".into());
            self.entries.extend(entry::decode(&record).ok_or_else(unknown)?);
        }
        self.redo = Some(redo);
        self.logged = self.entries.len();
        self.remember();
        Ok(true)
    }

    /// Sees whether a start would find the log. Of one that it would not find, the tables take in all, which is in memory too, and
    /// then a log is made anew.
    pub(super) fn look_at_log(&mut self) {
        let Some((path, redo)) = self.path.as_ref().zip(self.redo.as_mut()) else { return };
        if !redo.is_lost() && !redo.look(path) {
            tracing::error!(path = %path.display(), "the redo log was removed, replaced or cut: another one is made");
        }
    }

    /// Whether the tables are behind, for those who read.
    pub(super) fn behind(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.behind)
    }

    /// Whether this process has the log: one at a time has.
    pub(super) fn is_ours(&self) -> bool {
        self.path.is_none() || self.redo.is_some()
    }

    /// Only who has the log may join and accept.
    pub(super) fn check_ours(&self) -> Result<()> {
        let other = || Error::Unavailable("another process has the redo log".into()).into();
        if self.is_ours() { Ok(()) } else { Err(other()) }
    }

    /// How long the tables may stay as they are: `None` when they are not behind.
    pub(super) fn left(&self) -> Option<Duration> {
        self.since.map(|since| BEHIND.saturating_sub(since.elapsed()))
    }

    /// The state of a delivery, if the tables have an older one or none.
    pub(super) fn state(&self, spot: Spot) -> Option<State> {
        self.found.states.get(&spot).copied()
    }

    /// When the first of the webhook's deliveries is due of which the tables do not know.
    pub(super) fn due(&self, webhook: i64) -> Option<Timestamp> {
        self.found.due.get(&webhook).copied().map(from_millis)
    }

    /// Whether an event of that id is here.
    pub(super) fn has(&self, id: &EventId) -> bool {
        self.found.ids.contains(id)
    }

    /// What the account's idempotency key was used for.
    pub(super) fn used(&self, account: i64, key: &str) -> Option<&Used> {
        if self.found.keys.is_empty() {
            return None;
        }
        self.found.keys.get(&(account, key.to_owned()))
    }

    /// Takes an entry in.
    pub(super) fn push(&mut self, entry: Entry) {
        self.unlogged += entry.size();
        self.found.add(&entry);
        self.entries.push(entry);
    }

    /// How many entries there are; to it [`Pending::undo`] can go back.
    pub(super) fn mark(&self) -> usize {
        self.entries.len()
    }

    /// Takes back what was pushed since there were so many entries, and says whether anything was.
    pub(super) fn undo(&mut self, mark: usize) -> bool {
        let pushed = self.entries.len() > mark;
        if pushed {
            self.entries.truncate(mark);
            self.remember();
        }
        pushed
    }

    /// Takes back what is not in the log: its commit failed.
    pub(super) fn take_back(&mut self) {
        self.entries.truncate(self.logged);
        self.remember();
    }

    /// Builds what is found again from the entries.
    fn remember(&mut self) {
        self.unlogged = self.entries.iter().skip(self.logged).map(Entry::size).sum();
        self.found = Found::default();
        self.entries.iter().for_each(|entry| self.found.add(entry));
        self.look();
    }

    /// Sees whether the tables are behind what is on disk.
    fn look(&mut self) {
        let behind = self.logged > 0;
        self.since = behind.then(|| self.since.unwrap_or_else(Instant::now));
        self.behind.store(behind, Ordering::Release);
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Writes all entries into the tables, inside SQLite's transaction. From now on the tables know.
    pub(super) fn apply(&mut self, conn: &Connection, webhooks: &mut Cache) -> Result<()> {
        // When this fails, all is as it was.
        let mut latest = self.found.states.clone();
        for entry in &self.entries {
            entry.apply(conn, webhooks, &mut latest)?;
        }
        if let Some(redo) = self.redo.as_ref().filter(|redo| redo.is_ahead()) {
            let update = "UPDATE redo SET applied = ?1 WHERE one = 1";
            conn.prepare_cached(update)?.execute([redo.last().cast_signed()])?;
        }
        self.found = Found::default();
        Ok(())
    }

    /// The tables are on disk.
    pub(super) fn committed(&mut self) {
        self.entries.clear();
        (self.logged, self.unlogged) = (0, 0);
        self.redo.take_if(|redo| redo.is_lost());
        if let Some(redo) = &mut self.redo {
            redo.restart();
        }
        self.look();
    }

    /// Whether anything is not on disk.
    pub(super) fn is_new(&self) -> bool {
        self.entries.len() > self.logged
    }

    /// About how many rows the tables are behind.
    fn rows(&self) -> usize {
        self.entries.len() + self.found.states.len()
    }

    /// Whether what is new goes into the log; otherwise the tables are to take in everything now.
    pub(super) fn is_for_the_log(&self) -> bool {
        // The size of entries is a guess.
        let room = self.redo.as_ref().is_some_and(|redo| redo.has_room(self.unlogged * 2));
        let soon = self.since.is_none_or(|since| since.elapsed() < 2 * BEHIND);
        room && soon && self.rows() <= ROWS
    }

    /// The tables could not take it in: it is tried again later.
    pub(super) fn wait(&mut self) {
        self.since = self.since.map(|_| Instant::now());
    }

    /// Puts what is new into the log, on disk.
    pub(super) fn log(&mut self) -> Result<()> {
        let new = self.entries.get(self.logged..).unwrap_or_default();
        if let Some(redo) = self.redo.as_mut().filter(|_| !new.is_empty()) {
            redo.append(|record| entry::encode(new, record)).map_err(told)?;
            (self.logged, self.unlogged) = (self.entries.len(), 0);
            self.look();
        }
        Ok(())
    }

    /// The process ends, and everything is in the tables.
    pub(super) fn close(&mut self) {
        if let Some(redo) = self.redo.as_mut().filter(|_| self.entries.is_empty()) {
            redo.clear();
        }
    }
}

impl Found {
    fn add(&mut self, entry: &Entry) {
        for (spot, state) in entry.states() {
            self.states.insert(spot, state);
            if let Some(at) = state.due {
                self.due.entry(spot.webhook).and_modify(|first| *first = at.min(*first)).or_insert(at);
            }
        }
        if let Entry::Accepted(accepted) = entry {
            self.ids.insert(accepted.id.clone());
            if let Some((key, digest)) = &accepted.key {
                self.keys.insert((accepted.account, key.clone()), (*digest, accepted.id.clone()));
            }
        }
    }
}

/// How far the tables are.
pub(super) fn position(conn: &Connection) -> rusqlite::Result<Position> {
    let select = "SELECT lineage, applied FROM redo WHERE one = 1";
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Position { lineage: row.get(0)?, applied: row.get::<_, i64>(1)?.cast_unsigned() })
    };
    conn.prepare_cached(select)?.query_row([], read)
}

fn told(error: io::Error) -> Fault {
    Fault::Store(match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Error::Full,
        _ => Error::Unavailable(format!("the redo log: {error}")),
    })
}
