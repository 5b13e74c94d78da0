//! Inboxes and what they captured, kept.

use super::{Listing, Page, Result};
use crate::Timestamp;
use crate::id::{AccountId, CaptureId, EventId, InboxId};
use crate::inbox::{Capture, Captured, Inbox, InboxChange};
use async_trait::async_trait;

/// What became of a new inbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InboxCreated {
    /// It is there.
    Created,
    /// The account has as many live inboxes as it may have.
    TooMany,
}

/// What is kept of what inboxes capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// Requests of one inbox: the newest.
    pub requests: u32,
    /// Bytes ([`Weight`](super::Weight)) of the requests of all inboxes of one account: past them, the inbox that keeps the most
    /// gives up its oldest, so that no inbox loses what it keeps to a flood that comes to another.
    pub account_bytes: u64,
}

impl Keep {
    /// Requests that are given up for one that comes: with more, the room is made by those that come after it.
    pub const GIVEN_UP_AT_ONCE: u32 = 100;
}

/// Inboxes and what they captured.
#[async_trait]
pub trait Inboxes: Send + Sync {
    /// Adds an inbox unless the account already has `max` that have not expired.
    async fn create_inbox(&self, inbox: Inbox, max: u32) -> Result<InboxCreated>;

    /// The account's inbox of that id, expired or not.
    async fn inbox(&self, account: &AccountId, id: &InboxId) -> Result<Option<Inbox>>;

    /// The inbox, of whatever account, whose address has this token.
    async fn inbox_of_token(&self, token: &str) -> Result<Option<Inbox>>;

    /// A page of the account's inboxes.
    async fn inboxes(&self, account: &AccountId, page: &Page) -> Result<Listing<Inbox>>;

    /// [Changes](Inbox::change) an inbox. `None` when there is none.
    async fn change_inbox(
        &self,
        account: &AccountId,
        id: &InboxId,
        change: InboxChange,
    ) -> Result<Option<Inbox>>;

    /// Deletes an inbox and all it captured. `false` when there is none.
    async fn delete_inbox(&self, account: &AccountId, id: &InboxId) -> Result<bool>;

    /// Stores a request that came to the address of `token`, which is the account's: gives it its number and answer, and drops
    /// the oldest past `keep`. The capture's `inbox`, `number` and `answered` are filled in here. `per_minute` bounds the requests
    /// of one [`Minute`](crate::inbox::Minute); 0 is no bound.
    async fn capture(
        &self,
        account: &AccountId,
        token: &str,
        capture: Capture,
        keep: Keep,
        per_minute: u32,
    ) -> Result<Captured>;

    /// Records the status that a held request was answered with; nothing happens when it is gone.
    async fn answer_capture(&self, inbox: &InboxId, id: &CaptureId, status: u16) -> Result<()>;

    /// Sets or takes away the note on a captured request, whose bytes count like its own: what is past the account's bytes then goes with
    /// the next request that comes. `None` when there is no such request.
    async fn note_capture(
        &self,
        account: &AccountId,
        inbox: &InboxId,
        id: &CaptureId,
        note: Option<&str>,
    ) -> Result<Option<Capture>>;

    /// The inbox's captured request of that id.
    async fn captured(&self, account: &AccountId, inbox: &InboxId, id: &CaptureId)
    -> Result<Option<Capture>>;

    /// A page of what the inbox captured; `None` when there is no such inbox.
    async fn captures(
        &self,
        account: &AccountId,
        inbox: &InboxId,
        page: &Page,
    ) -> Result<Option<Listing<Capture>>>;

    /// The same of those alone that claim to be deliveries of that event.
    async fn captures_of(
        &self,
        account: &AccountId,
        inbox: &InboxId,
        event: &EventId,
        page: &Page,
    ) -> Result<Option<Listing<Capture>>>;

    /// Deletes one captured request, or all of them; gives how many, `None` when there is no such inbox.
    async fn delete_captures(
        &self,
        account: &AccountId,
        inbox: &InboxId,
        id: Option<&CaptureId>,
    ) -> Result<Option<u64>>;

    /// Deletes the inboxes that expired before `before`, with all they captured; gives how many.
    async fn sweep_inboxes(&self, before: Timestamp) -> Result<u64>;
}
