//! Who is due when: for each webhook that has something in the queue, the time of the first of it. Kept in memory, so that a
//! claim costs what is due and not what sleeps.
//!
//! A time here is never later than the truth, and may be earlier: a claim that finds less than it was promised corrects it.
//! After a start or a rollback it is read again from the queue's index, one seek a webhook, some webhooks a claim.
//!
//! The queue itself stands in the tables, under what is [pending](Pending): a row of a delivery that is pending too says nothing.

use super::delivery::Spot;
use super::fault::Result;
use super::pending::Pending;
use deskbell_core::Timestamp;
use deskbell_core::place::Place;
use deskbell_core::time::{from_millis, millis};
use rusqlite::{Connection, OptionalExtension};
use std::collections::{BTreeSet, HashMap};

/// Webhooks that one claim reads from the index while this is rebuilt: some 10 ms.
const STEP: usize = 2_000;

/// Where a delivery stands in the queue, in the order of that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Turn {
    pub(super) webhook: i64,
    /// In milliseconds.
    pub(super) due: i64,
    pub(super) event: Place,
    pub(super) account: i64,
}

/// Who is due when.
#[derive(Debug, Default)]
pub(super) struct Due {
    /// When the first of each webhook's queue may leave, in milliseconds.
    first: HashMap<i64, i64>,
    /// The same for those that wait for time.
    later: BTreeSet<(i64, i64)>,
    /// Webhooks that something is due for.
    ready: BTreeSet<i64>,
    /// Up to where each webhook's queue was handed out: nothing up to there waits. Else each look would pass by all that was claimed before
    /// it and is not in the tables yet.
    handed: HashMap<i64, (i64, Place)>,
    /// Webhooks up to this number were read; `None` when all are known.
    read: Option<i64>,
    began: bool,
    /// The webhook that a look ended with before it had seen all: the next one begins behind it.
    pub(super) cut: Option<i64>,
    /// How many ready webhooks were visited for nothing since something was handed out.
    pub(super) barren: usize,
}

impl Due {
    /// Forgets all and reads it again: something was taken back.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// Something of the webhook is due at `due`, and may leave at `leaves`. Gives whether nothing of it could leave before that: then
    /// it is news.
    pub(super) fn sooner(&mut self, webhook: i64, due: Timestamp, leaves: Timestamp) -> bool {
        if self.handed.get(&webhook).is_some_and(|(upto, _)| millis(due) <= *upto) {
            self.handed.remove(&webhook);
        }
        let news = self.first.get(&webhook).is_none_or(|first| millis(leaves) < *first);
        if news {
            self.set(webhook, Some(leaves));
        }
        news
    }

    /// Up to where the webhook's queue was handed out.
    pub(super) fn behind(&self, webhook: i64) -> Turn {
        let (due, event) = self.handed.get(&webhook).copied().unwrap_or((i64::MIN, Place::MIN));
        Turn { webhook, due, event, account: i64::MAX }
    }

    /// The webhook's queue was handed out up to this turn.
    pub(super) fn hand_out(&mut self, turn: &Turn) {
        self.handed.insert(turn.webhook, (turn.due, turn.event));
    }

    /// Nothing is pending: the tables have all that was handed out.
    pub(super) fn settled(&mut self) {
        self.handed.clear();
    }

    /// The first of the webhook's queue may leave at `at`; `None` when it has nothing queued.
    pub(super) fn set(&mut self, webhook: i64, at: Option<Timestamp>) {
        if let Some(first) = self.first.remove(&webhook) {
            self.later.remove(&(first, webhook));
        }
        self.ready.remove(&webhook);
        if let Some(at) = at.map(millis) {
            self.first.insert(webhook, at);
            self.later.insert((at, webhook));
        }
    }

    /// Whether something of the webhook may be due at `now`: what is remembered may be earlier than the truth, as
    /// that of a retry which was cancelled is. [`Due::turns_of`] tells.
    pub(super) fn may_be(&self, webhook: i64, now: Timestamp) -> bool {
        // Of one that was not read yet, only what came since is known.
        let known = self.began && self.read.is_none_or(|read| webhook <= read);
        !known || self.first.get(&webhook).is_some_and(|first| *first <= millis(now))
    }

    /// The first of the webhook's queue that are due up to `until`, as many as there is `room` for.
    pub(super) fn turns_of(
        &self,
        conn: &Connection,
        pending: &Pending,
        webhook: i64,
        until: i64,
        room: usize,
    ) -> Result<Vec<Turn>> {
        let behind = self.behind(webhook);
        let select = "SELECT account, event, due FROM deliveries INDEXED BY deliveries_queue
                      WHERE due IS NOT NULL AND webhook = ?1 AND (due, event) > (?2, ?3) AND due <= ?4
                      ORDER BY due, event";
        let mut select = conn.prepare_cached(select)?;
        let mut rows = select.query((webhook, behind.due, behind.event, until))?;
        let mut turns = Vec::new();
        while turns.len() < room
            && let Some(row) = rows.next()?
        {
            let turn = Turn {
                webhook,
                due: row.get("due")?,
                event: row.get("event")?,
                account: row.get("account")?,
            };
            if pending.state(turn.spot()).is_none() {
                turns.push(turn);
            }
        }
        turns.extend(pending.turns_of(behind, until, room));
        turns.sort_unstable();
        turns.truncate(room);
        Ok(turns)
    }

    /// When the first of the webhook's queue is due.
    pub(super) fn first_of(
        &self,
        conn: &Connection,
        pending: &Pending,
        webhook: i64,
    ) -> Result<Option<Timestamp>> {
        let first = self.turns_of(conn, pending, webhook, i64::MAX, 1)?;
        Ok(first.first().map(|turn| from_millis(turn.due)))
    }

    /// Reads on after a start. Gives whether all is known now.
    pub(super) fn read_on(&mut self, conn: &Connection) -> Result<bool> {
        if !std::mem::replace(&mut self.began, true) {
            self.read = Some(0);
        }
        let Some(mut behind) = self.read else { return Ok(true) };
        let mut next = conn.prepare_cached(
            "SELECT webhook, due FROM deliveries INDEXED BY deliveries_queue
             WHERE due IS NOT NULL AND webhook > ?1 ORDER BY webhook, due LIMIT 1",
        )?;
        for _ in 0..STEP {
            let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1).map(from_millis)?));
            let Some((webhook, due)) = next.query_row([behind], row).optional()? else {
                self.read = None;
                return Ok(true);
            };
            self.sooner(webhook, due, due);
            behind = webhook;
        }
        self.read = Some(behind);
        Ok(false)
    }

    /// Moves those whose time has come among the ready ones.
    pub(super) fn ripen(&mut self, now: Timestamp) {
        while let Some((at, webhook)) = self.later.first().copied().filter(|(at, _)| *at <= millis(now)) {
            self.later.remove(&(at, webhook));
            self.ready.insert(webhook);
        }
    }

    /// How many webhooks something is due for.
    pub(super) fn ready(&self) -> usize {
        self.ready.len()
    }

    /// The ready webhooks, those behind that number first, each once.
    pub(super) fn turns(&self, behind: Option<i64>) -> impl Iterator<Item = i64> {
        let from = behind.map_or(i64::MIN, |behind| behind.saturating_add(1));
        self.ready.range(from..).chain(self.ready.range(..from)).copied()
    }

    /// When the next of those that wait for time may leave.
    pub(super) fn next(&self) -> Option<Timestamp> {
        self.later.first().map(|(at, _)| from_millis(*at))
    }
}

impl Turn {
    pub(super) fn of(spot: Spot, due: i64) -> Self {
        Self { webhook: spot.webhook, due, event: spot.event, account: spot.account }
    }

    pub(super) fn spot(&self) -> Spot {
        Spot { account: self.account, event: self.event, webhook: self.webhook }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(all: &[(i64, i64)]) -> Due {
        let mut due = Due { began: true, ..Due::default() };
        for (webhook, at) in all {
            due.sooner(*webhook, from_millis(*at), from_millis(*at));
        }
        due
    }

    #[test]
    fn only_what_is_earlier_than_all_before_is_news() {
        let mut due = due(&[(1, 50)]);
        assert!(
            !due.sooner(1, from_millis(50), from_millis(50))
                && due.sooner(1, from_millis(49), from_millis(49))
                && due.sooner(2, from_millis(99), from_millis(99))
        );
        due.ripen(from_millis(60));
        assert!(!due.sooner(1, from_millis(60), from_millis(60)), "it is ready, and who claims knows");
    }

    #[test]
    fn what_was_forgotten_may_be_due_whatever_came_since() {
        let mut due = due(&[(1, 20)]);
        assert!(
            due.may_be(1, from_millis(20))
                && !due.may_be(1, from_millis(19))
                && !due.may_be(2, from_millis(99))
        );
        due.forget();
        due.sooner(1, from_millis(90), from_millis(90));
        assert!(due.may_be(1, from_millis(50)) && due.may_be(2, from_millis(50)));
    }

    #[test]
    fn the_earliest_counts_until_it_is_corrected() {
        let mut due = due(&[(1, 50), (1, 20), (1, 90)]);
        assert_eq!(due.next(), Some(from_millis(20)));
        due.set(1, Some(from_millis(70)));
        assert_eq!(due.next(), Some(from_millis(70)));
        due.set(1, None);
        assert!(due.next().is_none() && due.first.is_empty() && due.later.is_empty());
    }

    #[test]
    fn turns_begin_behind_the_last_one_served_and_end_with_it() {
        let mut due = due(&[(1, 5), (4, 5), (6, 5), (9, 99)]);
        due.ripen(from_millis(5));
        let turns = |behind| due.turns(behind).collect::<Vec<_>>();
        assert_eq!(turns(None), [1, 4, 6]);
        assert_eq!(turns(Some(1)), [4, 6, 1]);
        assert_eq!(turns(Some(5)), [6, 1, 4]);
        assert_eq!(turns(Some(i64::MAX)), [1, 4, 6]);
        assert_eq!(due.next(), Some(from_millis(99)), "who is ready does not wait for time");
    }
}
