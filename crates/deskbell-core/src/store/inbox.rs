//! Inboxes and what they captured, kept.

use super::{Listing, Page, Result};
use crate::Timestamp;
use crate::id::{AccountId, CaptureId, InboxId};
use crate::inbox::{Capture, Captured, Inbox, Script};
use async_trait::async_trait;

/// What became of a new inbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InboxCreated {
    /// It is there.
    Created,
    /// The account has as many live inboxes as it may have.
    TooMany,
}

/// Inboxes and what they captured.
#[async_trait]
pub trait Inboxes: Send + Sync {
    /// Adds an inbox unless the account already has `max` that have not expired.
    async fn create_inbox(&self, inbox: Inbox, max: u32) -> Result<InboxCreated>;

    /// The account's inbox of that id, expired or not.
    async fn inbox(&self, account: &AccountId, id: &InboxId) -> Result<Option<Inbox>>;

    /// A page of the account's inboxes.
    async fn inboxes(&self, account: &AccountId, page: &Page) -> Result<Listing<Inbox>>;

    /// Sets the name and the script, each if given; a new script begins at its first answer. `None` when there is none.
    async fn change_inbox(
        &self,
        account: &AccountId,
        id: &InboxId,
        name: Option<String>,
        script: Option<Script>,
    ) -> Result<Option<Inbox>>;

    /// Deletes an inbox and all it captured. `false` when there is none.
    async fn delete_inbox(&self, account: &AccountId, id: &InboxId) -> Result<bool>;

    /// Stores a request that came to the address of `token`: gives it its number and answer, and drops the oldest past
    /// `keep`. The capture's `inbox`, `number` and `answered` are filled in here. `per_minute` bounds the requests of
    /// one [`Minute`](crate::inbox::Minute); 0 is no bound.
    async fn capture(&self, token: &str, capture: Capture, keep: u32, per_minute: u32) -> Result<Captured>;

    /// Records the status that a held request was answered with; nothing happens when it is gone.
    async fn answer_capture(&self, inbox: &InboxId, id: &CaptureId, status: u16) -> Result<()>;

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
