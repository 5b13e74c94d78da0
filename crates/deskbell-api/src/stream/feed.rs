//! The feed of one stream: reads each kind of news for itself, tells what was read, and waits for more.

mod tell;

use super::cursor::{FeedCursor, RowCursor};
use super::in_flight::InFlight;
use super::lag::Lag;
use super::lane::{Batch, Lane};
use super::message;
use super::rows::Rows;
use super::tie::{PATIENCE, Tie};
use crate::auth::{Callers, Credential};
use crate::signals::News;
use crate::signals::bells::Bell;
use bytes::Bytes;
use deskbell_core::Clock;
use deskbell_core::id::{AccountId, DeliveryId};
use deskbell_core::store::{self, Position};
use deskbell_wire::problem::Problem;
use deskbell_wire::stream::NewsKind;
use futures::Stream;
use std::collections::HashSet;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// How often the key or session is looked up, and, by one stream for all of an account, the store for what no signal told of: lost
/// attempts, and what other processes wrote. A little less than the second within which a revoked key or a sign-out ends the
/// stream (A-117, H-11).
const LOOK: Duration = Duration::from_millis(900);
/// Events or attempts of one read: an event has at most 256 KiB, an attempt about 100.
const ROWS: u32 = 32;
/// Captures of one read: each has up to 1 MiB.
const CAPTURES: u32 = 8;

/// Who follows, and who knows whether they still may.
#[derive(Clone)]
pub(super) struct Pass {
    pub callers: Arc<Callers>,
    pub credential: Credential,
}

/// A feed, and what it needs to go on.
pub(super) struct Feed {
    rows: Rows,
    pass: Pass,
    clock: Arc<dyn Clock>,
    bell: Bell<AccountId, News>,
    heard: News,
    stopping: watch::Receiver<bool>,
    cursor: FeedCursor,
    events: Lane,
    attempts: Lane,
    captures: Lane,
    tie: Tie,
    /// Deliveries that attempts told of since the events in hand were read: their word is the newer one.
    newer: HashSet<DeliveryId>,
    /// The look by the clock.
    look: InFlight<store::Result<Position>>,
    check: InFlight<store::Result<bool>>,
    ticked: Instant,
    lag: Lag,
    /// The greeting, until it is told.
    greeting: Option<Bytes>,
    began: Instant,
    told: Instant,
}

/// Of which kinds there may be news.
#[derive(Default)]
struct Which {
    events: bool,
    attempts: bool,
    captures: bool,
}

/// What ended the wait.
enum Woken {
    Rung,
    Events(Result<Batch, Problem>),
    Attempts(Result<Batch, Problem>),
    Captures(Result<Batch, Problem>),
    Tied(Position),
    Looked(store::Result<Position>),
    Checked(bool),
    Alarm,
    Stopped,
}

impl Feed {
    /// A feed of `rows` from `cursor` on, for as long as the `pass` is good.
    pub(super) fn new(
        rows: Rows,
        pass: Pass,
        mut bell: Bell<AccountId, News>,
        stopping: watch::Receiver<bool>,
        clock: Arc<dyn Clock>,
        cursor: FeedCursor,
    ) -> Self {
        let now = Instant::now();
        let mut feed = Self {
            rows,
            pass,
            clock,
            heard: bell.heard(),
            bell,
            stopping,
            cursor,
            events: Lane::new(ROWS),
            attempts: Lane::new(ROWS),
            captures: Lane::new(CAPTURES),
            tie: Tie::NONE,
            newer: HashSet::new(),
            look: InFlight::NONE,
            check: InFlight::NONE,
            ticked: now,
            lag: Lag::default(),
            greeting: Some(message::greeting(&cursor).into()),
            began: now,
            told: now,
        };
        // What came before the bell hung, or before the reader came back.
        feed.ring(Which { events: true, attempts: true, captures: true });
        feed
    }

    /// The feed as a body. It is asked for more only when its reader has room: nothing piles up here.
    pub(super) fn into_stream(self) -> impl Stream<Item = Result<Bytes, Infallible>> {
        futures::stream::unfold(self, |mut feed| async move {
            let chunk = feed.next().await?;
            Some((Ok(chunk), feed))
        })
    }

    /// The next messages, or the end.
    async fn next(&mut self) -> Option<Bytes> {
        if let Some(greeting) = self.greeting.take() {
            return Some(greeting);
        }
        loop {
            if *self.stopping.borrow() {
                return None;
            }
            self.hear();
            self.look_by_the_clock();
            self.read();
            let chunk = self.tell();
            if !chunk.is_empty() {
                self.told = Instant::now();
                return Some(chunk);
            }
            match self.wait().await {
                Woken::Rung | Woken::Alarm => {}
                Woken::Events(found) => self.events.take(found),
                Woken::Attempts(found) => self.take_attempts(found),
                Woken::Captures(found) => self.captures.take(found),
                Woken::Tied(end) => {
                    self.ring(Which { events: end.event > self.cursor.events.done(), ..Which::default() });
                }
                Woken::Looked(found) => self.share(found),
                Woken::Checked(true) => {}
                Woken::Checked(false) | Woken::Stopped => return None,
            }
        }
    }

    /// What the bell told since it was heard last.
    fn hear(&mut self) {
        let news = self.bell.heard();
        let heard = std::mem::replace(&mut self.heard, news);
        // An end is compared once: its rows may be gone before they are read.
        let end = if news.end == heard.end { Position::default() } else { news.end };
        let (cursor, filter) = (&mut self.cursor, &self.rows.filter);
        if !filter.wants_events() && end.event > cursor.events.done() {
            cursor.events = RowCursor::behind(end.event);
        }
        if !filter.wants_attempts() && end.attempt > cursor.attempts.done() {
            cursor.attempts = RowCursor::behind(end.attempt);
        }
        if !filter.wants(NewsKind::Capture) && end.capture > cursor.captures.done() {
            cursor.captures = RowCursor::behind(end.capture);
        }
        let which = Which {
            events: news.events != heard.events || end.event > cursor.events.done(),
            attempts: news.attempts != heard.attempts || end.attempt > cursor.attempts.done(),
            captures: news.captures != heard.captures || end.capture > cursor.captures.done(),
        };
        self.ring(which);
    }

    /// Has the lanes read what is wanted.
    fn ring(&mut self, which: Which) {
        let (now, filter) = (self.clock.now(), &self.rows.filter);
        if which.events && filter.wants_events() {
            self.events.ring(now);
        }
        if which.attempts && filter.wants_attempts() {
            self.attempts.ring(now);
        }
        if which.captures && filter.wants(NewsKind::Capture) {
            self.captures.ring(now);
        }
    }

    /// Checks the key or session, and looks at the store if it is this stream's turn.
    fn look_by_the_clock(&mut self) {
        if self.ticked.elapsed() < LOOK {
            return;
        }
        self.ticked = Instant::now();
        if self.check.since().is_none() {
            let Pass { callers, credential } = self.pass.clone();
            self.check.begin(async move { callers.is_good(&credential).await });
        }
        let mut mine = false;
        self.bell.change(|news| {
            mine = news.looked.is_none_or(|looked| looked.elapsed() >= LOOK);
            if mine {
                news.looked = Some(self.ticked);
            }
            false
        });
        // A slow look is waited for: begun anew each time, it would never end.
        if mine && self.look.since().is_none() {
            self.look.begin(self.rows.clone().end());
        }
    }

    /// Tells all streams of the account what the look by the clock found.
    fn share(&self, found: store::Result<Position>) {
        if let Ok(end) = found {
            self.bell.change(|news| std::mem::replace(&mut news.end, end) != end);
        }
    }

    /// Begins the reads that are due.
    fn read(&mut self) {
        let (now, rows, from) = (Instant::now(), &self.rows, self.cursor);
        if self.events.may_read(now) && !self.is_cut() {
            self.newer.clear();
            self.events.read(|limit| rows.clone().events(from.events, limit));
        }
        if self.captures.may_read(now) && !self.is_cut() {
            self.captures.read(|limit| rows.clone().captures(from.captures, limit));
        }
        if self.attempts.may_read(now)
            && let Some(upto) = self.attempts_upto()
        {
            self.attempts.read(|limit| self.rows.clone().attempts(from.attempts, upto, limit));
        }
    }

    /// Up to where attempts may be read now.
    fn attempts_upto(&mut self) -> Option<u64> {
        if let Some(row) = self.cursor.attempts.begun() {
            return Some(row);
        }
        self.tie.ask(self.rows.clone().end());
        let told = if self.rows.filter.wants_events() { self.cursor.events.done() } else { u64::MAX };
        self.tie.upto(told, self.events.busy())
    }

    fn take_attempts(&mut self, found: Result<Batch, Problem>) {
        let through = found.as_ref().is_ok_and(|batch| !batch.full);
        let gone = through && found.as_ref().is_ok_and(|batch| batch.lines.is_empty());
        self.attempts.take(found);
        if !through {
            return;
        }
        self.tie.loosen();
        if let Some(row) = self.cursor.attempts.begun() {
            if gone {
                self.cursor.attempts = RowCursor::behind(row);
            }
            self.ring(Which { attempts: true, ..Which::default() });
        }
    }

    /// The last connection ended between an attempt and its delivery: nothing comes between them, unless that cannot be
    /// read.
    fn is_cut(&self) -> bool {
        self.cursor.attempts.begun().is_some()
            && self.rows.filter.wants_attempts()
            && self.began.elapsed() < PATIENCE
    }

    async fn wait(&mut self) -> Woken {
        let now = Instant::now();
        let lanes = [&self.events, &self.attempts, &self.captures];
        let alarm = lanes.into_iter().filter_map(|lane| lane.alarm(now)).min();
        let tick = self.ticked + LOOK;
        let alarm = alarm.map_or(tick, |alarm| alarm.min(tick));
        tokio::select! {
            // An error means that who says so is gone, which is a stop too.
            _ = self.stopping.wait_for(|stopping| *stopping) => Woken::Stopped,
            // When nobody knows, the next check finds out whether the store is back.
            good = self.check.answer() => Woken::Checked(good.unwrap_or(true)),
            found = self.events.answer() => Woken::Events(found),
            found = self.attempts.answer() => Woken::Attempts(found),
            found = self.captures.answer() => Woken::Captures(found),
            end = self.tie.answer() => Woken::Tied(end),
            end = self.look.answer() => Woken::Looked(end),
            () = self.bell.rings() => Woken::Rung,
            () = sleep_until(alarm) => Woken::Alarm,
        }
    }
}

#[cfg(test)]
mod tests;
