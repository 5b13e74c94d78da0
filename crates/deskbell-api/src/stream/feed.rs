//! The feed of one stream: looks, tells, and waits for news.

use super::cursor::{FeedCursor, RowCursor};
use super::filter::Filter;
use super::message::{self, Message};

use crate::auth::{Callers, Credential};
use crate::inbox::capture::Captures;
use crate::signals::Signals;
use bytes::{Bytes, BytesMut};
use deskbell_core::Store;
use deskbell_core::account::Account;
use deskbell_core::store::Position;
use deskbell_wire::problem::Problem;
use deskbell_wire::stream::NewsKind;
use futures::Stream;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

/// How often the key or session is looked up, and the store for what no signal told of: lost attempts, and what other processes
/// wrote. A little less than the second within which a revoked key or a sign-out ends the stream (A-117, H-11).
const LOOK: Duration = Duration::from_millis(900);
/// A comment is sent when nothing else was for this long.
const QUIET: Duration = Duration::from_secs(15);
/// After a signal the feed waits this long for more of the same, so that a burst costs few looks.
const GATHER: Duration = Duration::from_millis(10);
/// Events or attempts of one read: an event has at most 256 KiB, an attempt about 100.
const ROWS: u32 = 32;
/// Captures of one read: each has up to 1 MiB.
const CAPTURES: u32 = 8;

/// Where the feeds of all accounts come from.
pub(super) struct Sources {
    /// Where events, attempts and captures are read.
    pub store: Arc<dyn Store>,
    /// Whose key or session is still good.
    pub callers: Arc<Callers>,
    /// Tell when there may be something new in the store.
    pub signals: Arc<Signals>,
    /// Tells which delivery a captured request is.
    pub captures: Arc<Captures>,
}

/// A feed, and what it needs to go on.
pub(super) struct Feed {
    store: Arc<dyn Store>,
    callers: Arc<Callers>,
    /// Tells which delivery a captured request is.
    captures: Arc<Captures>,
    account: Account,
    credential: Credential,
    filter: Filter,
    cursor: FeedCursor,
    /// Everything up to here is told before the next look at the end.
    upto: Position,
    greeted: bool,
    looked_up: Instant,
    told: Instant,
    accepted: watch::Receiver<u64>,
    recorded: watch::Receiver<u64>,
    captured: watch::Receiver<u64>,
    stopping: watch::Receiver<bool>,
}

impl Feed {
    /// A feed from `cursor` on, for as long as `credential` is good.
    pub(super) fn new(
        sources: Sources,
        account: Account,
        credential: Credential,
        filter: Filter,
        cursor: FeedCursor,
    ) -> Self {
        let Sources { store, callers, signals, captures } = sources;
        Self {
            store,
            callers,
            captures,
            account,
            credential,
            filter,
            cursor,
            upto: Position::default(),
            greeted: false,
            looked_up: Instant::now(),
            told: Instant::now(),
            accepted: signals.accepted(),
            recorded: signals.recorded(),
            captured: signals.captured(),
            stopping: signals.stopping(),
        }
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
        if !self.greeted {
            self.greeted = true;
            return Some(Bytes::from(message::greeting(&self.cursor)));
        }
        loop {
            if *self.stopping.borrow() || !self.may_go_on().await {
                return None;
            }
            // Marked as heard before the look: what comes after the look ends the wait.
            self.accepted.borrow_and_update();
            self.recorded.borrow_and_update();
            self.captured.borrow_and_update();
            match self.look().await {
                Ok(chunk) if !chunk.is_empty() => {
                    self.told = Instant::now();
                    return Some(chunk);
                }
                Ok(_) => {}
                Err(problem) => {
                    // The reader comes back with its cursor, and misses nothing.
                    tracing::warn!(error = %problem.message, "a stream was ended: the store does not answer");
                    return None;
                }
            }
            if self.told.elapsed() >= QUIET {
                self.told = Instant::now();
                return Some(Bytes::from_static(message::HEARTBEAT));
            }
            if !self.wait().await {
                return None;
            }
        }
    }

    /// Waits for news; `false` when the server stops.
    async fn wait(&mut self) -> bool {
        let look = self.looked_up + LOOK;
        tokio::select! {
            // An error means that who says so is gone, which is a stop too.
            _ = self.stopping.wait_for(|stopping| *stopping) => return false,
            () = sleep_until(look) => return true,
            // An error means that who signals is gone: then the looks by the clock remain.
            Ok(()) = self.accepted.changed() => {}
            Ok(()) = self.recorded.changed() => {}
            Ok(()) = self.captured.changed() => {}
        }
        sleep(GATHER).await;
        true
    }

    /// Whether the key or the session is still good, as of less than a second ago.
    async fn may_go_on(&mut self) -> bool {
        if self.looked_up.elapsed() < LOOK {
            return true;
        }
        self.looked_up = Instant::now();
        // When nobody knows, the look that follows finds out whether the store is back.
        self.callers.is_good(&self.credential).await.unwrap_or(true)
    }

    /// Some of what is new; empty when nothing is.
    async fn look(&mut self) -> Result<Bytes, Problem> {
        let mut chunk = BytesMut::new();
        let mut fresh = false;
        while chunk.is_empty() {
            if let Some(cut) = self.cursor.attempts.begun() {
                // Nothing comes between an attempt and its delivery, also when the stream was cut there.
                self.tell_attempts(cut, &mut chunk).await?;
            } else if self.cursor.events.done() < self.upto.event {
                self.tell_events(&mut chunk).await?;
            } else if self.cursor.captures < self.upto.capture {
                self.tell_captures(&mut chunk).await?;
            } else if self.cursor.attempts.done() < self.upto.attempt {
                self.tell_attempts(self.upto.attempt, &mut chunk).await?;
            } else if fresh {
                break;
            } else {
                // One position for all: an attempt before it has its event before it.
                self.upto = self.store.position(&self.account.id).await?;
                fresh = true;
            }
        }
        Ok(chunk.freeze())
    }

    async fn tell_events(&mut self, chunk: &mut BytesMut) -> Result<(), Problem> {
        let (after, upto) = (self.cursor.events.done(), self.upto.event);
        let rows = match self.filter.wants_events() {
            true => self.store.events_between(&self.account.id, after, upto, ROWS).await?,
            false => Vec::new(),
        };
        for news in &rows {
            let messages = message::of_event(news, &self.filter);
            let sent = self.cursor.events.sent_of(news.seq);
            self.tell(chunk, messages, sent, |cursor, at, all| {
                cursor.events = RowCursor::within(news.seq, at, all);
            });
        }
        if rows.is_empty() {
            self.cursor.events = RowCursor::behind(upto);
        }
        Ok(())
    }

    async fn tell_attempts(&mut self, upto: u64, chunk: &mut BytesMut) -> Result<(), Problem> {
        let after = self.cursor.attempts.done();
        let rows = match self.filter.wants_attempts() {
            true => self.store.attempts_between(&self.account.id, after, upto, ROWS).await?,
            false => Vec::new(),
        };
        if rows.is_empty() {
            self.cursor.attempts = RowCursor::behind(upto);
        }
        for news in rows {
            let seq = news.seq;
            let messages = message::of_attempt(news, &self.filter);
            let sent = self.cursor.attempts.sent_of(seq);
            self.tell(chunk, messages, sent, |cursor, at, all| {
                cursor.attempts = RowCursor::within(seq, at, all);
            });
        }
        Ok(())
    }

    async fn tell_captures(&mut self, chunk: &mut BytesMut) -> Result<(), Problem> {
        let (after, upto) = (self.cursor.captures, self.upto.capture);
        let rows = match self.filter.wants(NewsKind::Capture) {
            true => self.store.captures_between(&self.account.id, after, upto, CAPTURES).await?,
            false => Vec::new(),
        };
        if rows.is_empty() {
            self.cursor.captures = upto;
        }
        for news in rows {
            let told = if self.filter.wants_inbox(&news.inbox.id) {
                let object = self.captures.object(&self.account, &news.inbox, &news.capture).await?;
                message::of_capture(&object)
            } else {
                None
            };
            self.tell(chunk, vec![told], 0, |cursor, _, _| cursor.captures = news.seq);
        }
        Ok(())
    }

    /// Writes the messages of a row, except the first `sent`; `advance` moves the cursor behind each.
    fn tell(
        &mut self,
        chunk: &mut BytesMut,
        messages: Vec<Message>,
        sent: usize,
        advance: impl Fn(&mut FeedCursor, usize, usize),
    ) {
        let all = messages.len();
        for (at, message) in messages.into_iter().enumerate() {
            advance(&mut self.cursor, at + 1, all);
            if let Some((kind, json)) = message.filter(|_| at >= sent) {
                message::write(chunk, kind, &json, &self.cursor);
            }
        }
    }
}

#[cfg(test)]
mod tests;
