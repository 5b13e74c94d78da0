//! What is done and not in the tables yet: its entries, in their order, and what the writer has to find of them again. What is
//! on disk of it is in the redo log.
//!
//! The tables take it in beside the writer: what was [handed over](Pending::hand_over) is found until they have it, and comes
//! [back](Pending::give_back) when they could not take it in.

mod found;

use super::delivery::Spot;
use super::due::Turn;
use super::entry::{self, Entry};
use super::fault::{Fault, Result};
use super::quota::{self, Bytes};
use super::redo::{self, Position, Redo};
use super::targets::Targets;
use crate::encoding::state::State;
use deskbell_core::id::EventId;
use deskbell_core::place::Place;
use deskbell_core::store::Error;
pub(super) use found::Made;
use found::{Found, Used};
use rusqlite::Connection;
use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// Rows that the tables may be behind in all, a few MiB of memory: then the writer waits for them. Their bytes are bounded by the log.
const ROWS: usize = 16_384;

/// When the tables take in what is pending.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// Rows of which they take in many at a time: a transaction of a few milliseconds, beside the writer.
    pub(super) rows: usize,
    /// With more rows than this, whoever needs the tables waits for that; fewer are taken in with what is asked.
    pub(super) few: usize,
    /// How long they may stay behind, and how long it is before they are tried again that took in nothing, unless somebody reads.
    pub(super) behind: Duration,
}

#[cfg(feature = "memory")]
impl Pace {
    /// Each commit, at once.
    pub(super) const EAGER: Self = Self { rows: 0, few: 0, behind: Duration::from_millis(10) };
}

impl Default for Pace {
    fn default() -> Self {
        Self { rows: 2_048, few: 128, behind: Duration::from_secs(3) }
    }
}

/// Without a log, what is done is in the tables at once.
#[derive(Default)]
pub(super) struct Pending {
    path: Option<PathBuf>,
    pace: Pace,
    redo: Option<Redo>,
    /// What is not handed over.
    entries: Vec<Entry>,
    /// How many of them are in the log.
    logged: usize,
    /// Since when some are.
    since: Option<Instant>,
    found: Found,
    /// What is being taken in, and how many entries that are.
    taken: Option<(Found, usize)>,
    /// When the tables last could take nothing in, if they have not since.
    refused: Option<Instant>,
    /// How often they could not.
    refusals: u64,
    /// Whether the tables are behind, for those who read.
    behind: Arc<AtomicBool>,
}

/// Entries that the tables are to take in.
pub(super) struct Taken {
    entries: Vec<Entry>,
    /// The states that deliveries come into by the last of them.
    latest: HashMap<Spot, State>,
    /// The last record of the log that is in them; `None` when the tables have it.
    applied: Option<u64>,
}

impl Taken {
    /// Writes them into the tables, inside SQLite's transaction.
    pub(super) fn apply(&mut self, conn: &Connection, targets: &mut Targets) -> Result<()> {
        apply(&self.entries, std::mem::take(&mut self.latest), self.applied, conn, targets)
    }

    /// The last record of the log that is in them; `None` when the tables have it.
    pub(super) fn applied(&self) -> Option<u64> {
        self.applied
    }
}

fn apply(
    entries: &[Entry],
    mut latest: HashMap<Spot, State>,
    applied: Option<u64>,
    conn: &Connection,
    targets: &mut Targets,
) -> Result<()> {
    let mut more = Bytes::new();
    for entry in entries {
        entry.apply(conn, targets, &mut latest)?;
        if let Entry::Accepted(accepted) = entry {
            *more.entry(accepted.account).or_default() += accepted.body.len() as u64;
        }
    }
    quota::add(conn, &more)?;
    if let Some(applied) = applied {
        let update = "UPDATE redo SET applied = ?1 WHERE one = 1";
        conn.prepare_cached(update)?.execute([applied.cast_signed()])?;
    }
    Ok(())
}

impl Pending {
    /// With a log at `path`; without one for `None`.
    pub(super) fn new(redo: Option<(PathBuf, Pace)>) -> Self {
        let (path, pace) = redo.unzip();
        Self { path, pace: pace.unwrap_or_default(), ..Self::default() }
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

    /// What is found again, the newest first.
    fn found(&self) -> impl Iterator<Item = &Found> {
        std::iter::once(&self.found).chain(self.taken.as_ref().map(|(found, _)| found))
    }

    /// The state of a delivery, if the tables have an older one or none.
    pub(super) fn state(&self, spot: Spot) -> Option<State> {
        self.found().find_map(|found| found.states.get(&spot)).copied()
    }

    /// What the tables do not know of a webhook's queue, behind that turn and up to that time: of each part at most `room`, in its order.
    pub(super) fn turns_of(&self, behind: Turn, until: i64, room: usize) -> impl Iterator<Item = Turn> {
        let older = self.taken.iter().flat_map(move |(found, _)| found.turns_of(behind, until));
        let older = older.filter(|turn| !self.found.states.contains_key(&turn.spot()));
        self.found.turns_of(behind, until).take(room).chain(older.take(room))
    }

    /// The event at that place, if it is here and anything is owed of it.
    pub(super) fn event(&self, place: Place) -> Option<&Made> {
        self.found().find_map(|found| found.events.get(&place))
    }

    /// Whether an event of that id is here.
    pub(super) fn has(&self, id: &EventId) -> bool {
        self.found().any(|found| found.ids.contains(id))
    }

    /// Bytes of the account's events of which the tables do not know.
    pub(super) fn bytes(&self, account: i64) -> u64 {
        self.found().filter_map(|found| found.bytes.get(&account)).sum()
    }

    /// What the account's idempotency key was used for.
    pub(super) fn used(&self, account: i64, key: &str) -> Option<&Used> {
        let mut with_keys = self.found().filter(|found| !found.keys.is_empty()).peekable();
        with_keys.peek()?;
        let key = (account, key.to_owned());
        with_keys.find_map(|found| found.keys.get(&key))
    }

    /// Takes an entry in.
    pub(super) fn push(&mut self, entry: Entry) {
        self.found.add(&entry);
        self.entries.push(entry);
    }

    /// How many entries are not in the log; to it [`Pending::undo`] can go back.
    pub(super) fn mark(&self) -> usize {
        self.entries.len() - self.logged
    }

    /// Takes back what was pushed since there were so many, and says whether anything was.
    pub(super) fn undo(&mut self, mark: usize) -> bool {
        let pushed = self.mark() > mark;
        if pushed {
            self.entries.truncate(self.logged + mark);
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
        self.found = Found::of(&self.entries);
        self.look();
    }

    /// Sees whether the tables are behind what is on disk.
    fn look(&mut self) {
        let waits = self.logged > 0;
        self.since = waits.then(|| self.since.unwrap_or_else(Instant::now));
        self.behind.store(waits || self.taken.is_some(), Ordering::Release);
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Whether anything is not on disk.
    pub(super) fn is_new(&self) -> bool {
        self.mark() > 0
    }

    /// About how many rows are not handed over.
    pub(super) fn rows(&self) -> usize {
        self.entries.len() + self.found.states.len()
    }

    /// About how many rows are being taken in.
    fn rows_taken(&self) -> usize {
        self.taken.as_ref().map_or(0, |(found, entries)| entries + found.states.len())
    }

    /// Puts what is new into the log, on disk. `false` when the tables have to take in more before there is room for it.
    pub(super) fn log(&mut self) -> Result<bool> {
        let has_room = self.rows() + self.rows_taken() <= ROWS;
        let Some(redo) = self.redo.as_mut().filter(|_| has_room) else { return Ok(false) };
        let new = self.entries.get(self.logged..).unwrap_or_default();
        let logged = redo.append(|record| entry::encode(new, record)).map_err(told)?;
        if logged {
            self.logged = self.entries.len();
            self.look();
        }
        Ok(logged)
    }

    /// How long it is until the tables are to take in what there is; `None` when there is nothing.
    pub(super) fn left(&self) -> Option<Duration> {
        let since = self.refused.max(self.since);
        self.since.and(since).map(|since| self.pace.behind.saturating_sub(since.elapsed()))
    }

    /// Whether the tables are to take in what there is, now that nothing else is to be done: there is enough, or it has waited.
    pub(super) fn is_ripe(&self) -> bool {
        let many = self.refused.is_none() && self.logged > 0 && self.rows() >= self.pace.rows;
        self.is_whole() && (many || self.left().is_some_and(|left| left.is_zero()))
    }

    /// Whether whoever needs the tables should wait until they have taken in what there is: it is much, or they may refuse.
    pub(super) fn is_much(&self) -> bool {
        self.is_whole() && (self.refused.is_some() || self.rows() > self.pace.few)
    }

    /// Whether it has waited, and the tables are to take it in with the next batch: a start would not find it in the log.
    pub(super) fn is_stranded(&self) -> bool {
        !self.is_whole() && self.left().is_some_and(|left| left.is_zero())
    }

    /// Whether more waits than the tables should take in at a time.
    pub(super) fn falls_behind(&self) -> bool {
        self.rows() > 2 * self.pace.rows
    }

    /// Whether all is on disk, in a log that a start would find.
    pub(super) fn is_whole(&self) -> bool {
        !self.is_new() && self.redo.as_ref().is_some_and(|redo| !redo.is_lost())
    }

    /// The last record of the log, if the tables do not know of it.
    pub(super) fn ahead(&self) -> Option<u64> {
        self.redo.as_ref().filter(|redo| redo.is_ahead()).map(Redo::last)
    }

    /// Whether the tables know of that record of the log.
    pub(super) fn have(&self, record: u64) -> bool {
        self.redo.as_ref().is_none_or(|redo| redo.in_tables() >= record)
    }

    /// Writes all entries into the tables, inside SQLite's transaction, and gives what bytes they have. From now on the tables know.
    pub(super) fn apply(&mut self, conn: &Connection, targets: &mut Targets) -> Result<Bytes> {
        // When this fails, all is as it was.
        apply(&self.entries, self.found.states.clone(), self.ahead(), conn, targets)?;
        Ok(std::mem::take(&mut self.found).bytes)
    }

    /// The tables are on disk.
    pub(super) fn committed(&mut self) {
        self.entries.clear();
        (self.logged, self.refused) = (0, None);
        self.redo.take_if(|redo| redo.is_lost());
        if let Some(redo) = &mut self.redo {
            redo.applied(redo.last());
        }
        self.look();
    }

    /// Gives everything to be taken in beside the writer. It is found here until then, and the log goes on.
    pub(super) fn hand_over(&mut self) -> Taken {
        // As much is likely to come again.
        let next = (Vec::with_capacity(self.entries.len()), self.found.with_room());
        let applied = self.ahead();
        let entries = std::mem::replace(&mut self.entries, next.0);
        let found = std::mem::replace(&mut self.found, next.1);
        let latest = found.states.clone();
        self.taken = Some((found, entries.len()));
        if let Some(redo) = &mut self.redo {
            redo.turn();
        }
        self.logged = 0;
        self.look();
        Taken { entries, latest, applied }
    }

    /// The tables have what was handed over, on disk; gives what bytes it has.
    pub(super) fn taken_in(&mut self, taken: &Taken) -> Bytes {
        let bytes = self.taken.take().map(|(found, _)| found.bytes);
        self.refused = None;
        if let Some((redo, applied)) = self.redo.as_mut().zip(taken.applied) {
            redo.applied(applied);
        }
        self.look();
        bytes.unwrap_or_default()
    }

    /// The tables do not have what was handed over: it is as if it had never been. It is tried again later.
    pub(super) fn give_back(&mut self, taken: Taken) {
        let newer = std::mem::replace(&mut self.entries, taken.entries);
        self.logged += self.entries.len();
        self.entries.extend(newer);
        self.taken = None;
        self.refuse();
        self.remember();
    }

    /// The tables took nothing in: it is tried again later.
    pub(super) fn refuse(&mut self) {
        self.refused = Some(Instant::now());
        self.refusals += 1;
    }

    /// How often the tables took nothing in.
    pub(super) fn refusals(&self) -> u64 {
        self.refusals
    }

    /// The process ends. When everything is in the tables, nothing needs to be kept.
    pub(super) fn close(&mut self) {
        let all = self.entries.is_empty() && self.taken.is_none();
        if let Some(redo) = self.redo.as_mut().filter(|_| all) {
            redo.clear();
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
