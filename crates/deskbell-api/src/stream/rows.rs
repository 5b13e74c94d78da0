//! Rows: what the account's events, attempts and captures tell one reader, each kind read for itself.

use super::cursor::RowCursor;
use super::filter::Filter;
use super::lane::{Batch, Line};
use super::message::{self, Message};
use crate::answers::Answers;
use crate::delivery::Outlook;
use crate::inbox::capture::Captures;
use deskbell_core::account::Account;
use deskbell_core::delivery::Delivery;
use deskbell_core::policy::limit::PAGE_BYTES;
use deskbell_core::store::{self, CaptureNews, ChangeFeed, Position, Weight};
use deskbell_core::time::later;
use deskbell_core::{Clock, Store, Timestamp};
use deskbell_wire::inbox::capture::CapturedRequest;
use deskbell_wire::problem::Problem;
use std::sync::Arc;
use std::time::Duration;

/// Where a reader's rows come from, and what the reader wants of them.
#[derive(Clone)]
pub(super) struct Rows {
    pub store: Arc<dyn ChangeFeed>,
    /// Says when what waits is tried next.
    pub ledger: Arc<dyn Store>,
    pub clock: Arc<dyn Clock>,
    /// Tells which delivery a captured request is.
    pub captures: Arc<Captures>,
    /// Writes what is large.
    pub answers: Arc<Answers>,
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
        let read = Read::of(limit, found.iter().map(|news| news.event.bytes()));
        let outlook = self.outlook(found.iter().flat_map(|news| &news.deliveries)).await?;
        let filter = self.filter;
        let told = move |news| (message::of_event(&news, &outlook, &filter), news.seq, news.event.created);
        let write = move || batch(from, read.full, found.into_iter().map(told).collect());
        self.answers.write(&self.account.id, read.bytes, write).await
    }

    /// At most `limit` attempts behind `from`, up to `upto`.
    pub(super) async fn attempts(self, from: RowCursor, upto: u64, limit: u32) -> Result<Batch, Problem> {
        let found = self.store.attempts_between(&self.account.id, from.done(), upto, limit).await?;
        let read = Read::of(limit, found.iter().map(|news| news.attempt.bytes()));
        let outlook = self.outlook(found.iter().map(|news| &news.delivery)).await?;
        let filter = self.filter;
        let told = move |news: store::AttemptNews| {
            let took = Duration::from_micros(news.attempt.timings.total_us);
            let (seq, made) = (news.seq, later(news.attempt.started, took));
            (message::of_attempt(news, &outlook, &filter), seq, made)
        };
        let write = move || batch(from, read.full, found.into_iter().map(told).collect());
        self.answers.write(&self.account.id, read.bytes, write).await
    }

    async fn outlook(&self, deliveries: impl Iterator<Item = &Delivery>) -> Result<Outlook, Problem> {
        Ok(Outlook::of(&*self.ledger, &self.account.id, deliveries, self.clock.now()).await?)
    }

    /// At most `limit` captures behind `from`.
    pub(super) async fn captures(self, from: RowCursor, limit: u32) -> Result<Batch, Problem> {
        let found = self.store.captures_between(&self.account.id, from.done(), u64::MAX, limit).await?;
        let read = Read::of(limit, found.iter().map(|news| news.capture.bytes()));
        let mut rows = Vec::with_capacity(found.len());
        for CaptureNews { seq, capture, inbox } in found {
            let received = capture.received;
            let messages = match self.filter.wants_inbox(&inbox.id) {
                true => {
                    let write = |mut objects: Vec<CapturedRequest>| message::of_capture(objects.pop());
                    self.captures.shown(&self.account, &inbox, vec![capture], write).await?
                }
                false => message::of_capture(None),
            };
            rows.push((messages, seq, received));
        }
        Ok(batch(from, read.full, rows))
    }
}

/// What was read.
struct Read {
    bytes: usize,
    /// There may be others behind it.
    full: bool,
}

impl Read {
    /// A read of at most `limit` rows, of so many bytes each.
    fn of(limit: u32, rows: impl ExactSizeIterator<Item = usize>) -> Self {
        let (count, bytes) = (rows.len(), rows.sum());
        Self { bytes, full: count >= limit as usize || bytes >= PAGE_BYTES }
    }
}

/// The messages of rows (each with its number, and when it was made) in their places, less those before `from`.
fn batch(from: RowCursor, full: bool, rows: Vec<(Vec<Message>, u64, Timestamp)>) -> Batch {
    let made = rows.last().map(|(_, _, made)| *made);
    let lines = rows.into_iter().flat_map(|(messages, seq, _)| {
        let all = messages.len();
        let line = move |(at, message)| Line { place: RowCursor::within(seq, at + 1, all), message };
        messages.into_iter().enumerate().skip(from.sent_of(seq)).map(line)
    });
    Batch { lines: lines.collect(), full, made }
}
