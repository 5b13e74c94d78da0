//! Rows: what the account's events, attempts and captures tell one reader, each kind read for itself.

use super::cursor::RowCursor;
use super::filter::Filter;
use super::lane::{Batch, Line};
use super::message::{self, Message};
use crate::inbox::capture::Captures;
use deskbell_core::Timestamp;
use deskbell_core::account::Account;
use deskbell_core::store::{self, ChangeFeed, Position};
use deskbell_core::time::later;
use deskbell_wire::problem::Problem;
use std::sync::Arc;
use std::time::Duration;

/// Where a reader's rows come from, and what the reader wants of them.
#[derive(Clone)]
pub(super) struct Rows {
    pub store: Arc<dyn ChangeFeed>,
    /// Tells which delivery a captured request is.
    pub captures: Arc<Captures>,
    pub account: Arc<Account>,
    pub filter: Arc<Filter>,
}

impl Rows {
    /// The end of the account's rows.
    pub(super) async fn end(self) -> store::Result<Position> {
        self.store.position(&self.account.id).await
    }

    /// At most `limit` events behind `from`.
    pub(super) async fn events(self, from: RowCursor, limit: u32) -> Result<Batch, Problem> {
        let found = self.store.events_between(&self.account.id, from.done(), u64::MAX, limit).await?;
        let told = |news| (message::of_event(&news, &self.filter), news.seq, news.event.created);
        Ok(batch(from, limit, found.into_iter().map(told).collect()))
    }

    /// At most `limit` attempts behind `from`, up to `upto`.
    pub(super) async fn attempts(self, from: RowCursor, upto: u64, limit: u32) -> Result<Batch, Problem> {
        let found = self.store.attempts_between(&self.account.id, from.done(), upto, limit).await?;
        let told = |news: store::AttemptNews| {
            let took = Duration::from_micros(news.attempt.timings.total_us);
            let (seq, made) = (news.seq, later(news.attempt.started, took));
            (message::of_attempt(news, &self.filter), seq, made)
        };
        Ok(batch(from, limit, found.into_iter().map(told).collect()))
    }

    /// At most `limit` captures behind `from`.
    pub(super) async fn captures(self, from: RowCursor, limit: u32) -> Result<Batch, Problem> {
        let found = self.store.captures_between(&self.account.id, from.done(), u64::MAX, limit).await?;
        let mut rows = Vec::with_capacity(found.len());
        for news in found {
            let object = match self.filter.wants_inbox(&news.inbox.id) {
                true => Some(self.captures.object(&self.account, &news.inbox, &news.capture).await?),
                false => None,
            };
            rows.push((message::of_capture(object), news.seq, news.capture.received));
        }
        Ok(batch(from, limit, rows))
    }
}

/// The messages of rows (each with its number, and when it was made) in their places, less those before `from`.
fn batch(from: RowCursor, limit: u32, rows: Vec<(Vec<Message>, u64, Timestamp)>) -> Batch {
    let full = rows.len() >= limit as usize;
    let made = rows.last().map(|(_, _, made)| *made);
    let lines = rows.into_iter().flat_map(|(messages, seq, _)| {
        let all = messages.len();
        let line = move |(at, message)| Line { place: RowCursor::within(seq, at + 1, all), message };
        messages.into_iter().enumerate().skip(from.sent_of(seq)).map(line)
    });
    Batch { lines: lines.collect(), full, made }
}
