//! The change feed: what was appended since a place, in the order in which it was committed.
//!
//! Events, attempts and captures are numbered as they are appended, and a store guarantees that **the order of the
//! numbers is the order of the commits**: once a row is readable, no row with a lower number becomes readable later.
//! SQLite has one writer a file, so it is so by itself; a store with many writers must take care of it. Numbers are
//! never used twice, also when the newest rows are deleted. They may have gaps.

use super::Result;
use crate::attempt::Attempt;
use crate::delivery::Delivery;
use crate::event::Event;
use crate::id::{AccountId, InboxId};
use crate::inbox::{Capture, Inbox};
use async_trait::async_trait;
use std::sync::Arc;

/// A place in what was appended: the numbers of the last event, attempt and capture before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Position {
    /// Of the last event.
    pub event: u64,
    /// Of the last attempt.
    pub attempt: u64,
    /// Of the last capture.
    pub capture: u64,
}

/// For whom another process wrote something that is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Elsewhere<'n> {
    /// For this account.
    Account(&'n AccountId),
    /// A request came to this inbox.
    Inbox(&'n InboxId),
    /// For accounts: nobody says for which.
    AnyAccount,
    /// Requests came to inboxes: nobody says to which.
    AnyInbox,
}

/// An event, and what it is owed to.
#[derive(Debug, Clone, PartialEq)]
pub struct EventNews {
    /// Its number: a place in the feed.
    pub seq: u64,
    /// The event as it was accepted.
    pub event: Event,
    /// Its deliveries as they are now, in the order in which they were made; always the same ones.
    pub deliveries: Vec<Delivery>,
}

/// An attempt, and what it made of its delivery.
#[derive(Debug, Clone, PartialEq)]
pub struct AttemptNews {
    /// Its number: a place in the feed.
    pub seq: u64,
    /// The attempt as it was recorded.
    pub attempt: Attempt,
    /// Its delivery as it is now.
    pub delivery: Delivery,
}

/// A captured request, and the inbox that took it.
#[derive(Debug, Clone, PartialEq)]
pub struct CaptureNews {
    /// Its number: a place in the feed.
    pub seq: u64,
    /// The request as it was captured.
    pub capture: Capture,
    /// The inbox as it is now.
    pub inbox: Inbox,
}

/// What is new. Each read ends at `limit` rows, or with the row whose bytes fill a page
/// ([`PAGE_BYTES`](crate::policy::limit::PAGE_BYTES)).
#[async_trait]
pub trait ChangeFeed: Send + Sync {
    /// From now on `told` is called when another process of the store may have written something that is followed here; the one
    /// given last. It must not block. It is a hint: some may be missed, and what they tell of is found by reading. A store that one
    /// process uses never calls it.
    fn tell_of_others(&self, told: Arc<dyn Fn(Elsewhere<'_>) + Send + Sync>) {
        let _ = told;
    }

    /// The end of what the account's rows are now. The event and the delivery behind every attempt and every capture of
    /// our own deliveries before this place are before it too.
    async fn position(&self, account: &AccountId) -> Result<Position>;

    /// The account's events behind number `after`, up to `upto`, at most `limit`, oldest first.
    async fn events_between(
        &self,
        account: &AccountId,
        after: u64,
        upto: u64,
        limit: u32,
    ) -> Result<Vec<EventNews>>;

    /// The account's attempts behind number `after`, up to `upto`, at most `limit`, oldest first.
    async fn attempts_between(
        &self,
        account: &AccountId,
        after: u64,
        upto: u64,
        limit: u32,
    ) -> Result<Vec<AttemptNews>>;

    /// What the account's inboxes captured behind number `after`, up to `upto`, at most `limit`, oldest first.
    async fn captures_between(
        &self,
        account: &AccountId,
        after: u64,
        upto: u64,
        limit: u32,
    ) -> Result<Vec<CaptureNews>>;
}
