//! The store contract, a door of two leaves: [`Queue`] is what the engine and acceptance need, [`Ledger`] is all the rest, one
//! small trait a noun. [`Store`] is the whole.
//!
//! Each verb is one atomic step: it happened wholly and is on disk when the call returns `Ok`, or it did not happen at
//! all (an error of [`Error::Unavailable`] leaves open which). Verbs on the hot path take a batch. Every verb that needs
//! the time is given it. Every read names the account: what belongs to another account is not found.

mod account;
mod booking;
mod change_feed;
mod conversation;
mod delivery;
mod event;
mod import;
mod inbox;
mod member;
mod node;
mod one_time_link;
mod page;
mod pause;
mod queue;
mod quota;
mod retention;
mod sandbox;
mod share;
mod statistics;
mod webhook;
mod weight;

pub use account::{AccountCreated, Accounts, KeyCreated};
pub use booking::{BookingChange, BookingFilter, Bookings, Ended};
pub use change_feed::{AttemptNews, CaptureNews, ChangeFeed, Elsewhere, EventNews, Position};
pub use conversation::{ConversationChange, ConversationFilter, Conversations, ConversationsSaved};
pub use delivery::{AttemptFilter, AttemptsOf, Deliveries, DeliveryFilter};
pub use event::{EventFilter, Events};
pub use import::Imports;
pub use inbox::{InboxCreated, Inboxes, Keep};
pub use member::{LoginSet, Members};
pub use node::Nodes;
pub use one_time_link::OneTimeLinks;
pub use page::{Cursor, Filling, Listing, Page, Span};
pub use pause::Pause;
pub use queue::{Claim, Claimed, Finished, Handed, Hands, Lost, Queue, Queued, Recorded, SetBack};
pub use quota::Quotas;
pub use retention::{Cut, Expire, Expired, Reached, Retention};
pub use sandbox::{Found, ObjectAdded, ObjectChanged, ObjectFilter, Sandboxes};
pub use share::{ShareCreated, Shares};
pub use statistics::{Condition, QUARTERS_KEPT, Statistics, Tenant, Unready};
pub use webhook::Webhooks;
pub use weight::{Weight, page_of_bytes};

use crate::quota::Full;
use std::time::Duration;

// The verdicts that a noun's own rule gives; the store's verbs hand them on.
pub use crate::booking::BookingSaved;
pub use crate::delivery::{Cancellation, Retried};
pub use crate::event::Accepted;
pub use crate::inbox::Captured;
pub use crate::webhook::WebhookSaved;

/// The ledger: everything that is kept, shown and changed beside the queue.
pub trait Ledger:
    Accounts
    + Members
    + Sandboxes
    + Imports
    + Webhooks
    + Events
    + Deliveries
    + Retention
    + Quotas
    + Inboxes
    + Shares
    + Bookings
    + OneTimeLinks
    + Conversations
    + ChangeFeed
    + Statistics
    + Pause
    + Nodes
{
}

impl<
    T: Accounts
        + Members
        + Sandboxes
        + Imports
        + Webhooks
        + Events
        + Deliveries
        + Retention
        + Quotas
        + Inboxes
        + Shares
        + Bookings
        + OneTimeLinks
        + Conversations
        + ChangeFeed
        + Statistics
        + Pause
        + Nodes,
> Ledger for T
{
}

/// Everything Deskbell remembers: both leaves of the door.
pub trait Store: Queue + Ledger {}

impl<T: Queue + Ledger> Store for T {}

/// What can go wrong in a store; sorted by who must act.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller's cursor names nothing in this list.
    #[error("the cursor names nothing in this list")]
    UnknownCursor,
    /// The disk is full: nothing can be accepted until there is room (C-15).
    #[error("the storage is full")]
    Full,
    /// With what was to be taken the account would keep more bytes of events than it may: nothing was.
    #[error(transparent)]
    OverQuota(#[from] Full),
    /// More waits to be written or read than can be soon: nothing was taken, and the same call may be made again later.
    #[error("too much waits for the store; come again in {} s", retry_after.as_secs())]
    Busy {
        /// When there may be room.
        retry_after: Duration,
    },
    /// A file of the store is not what was opened any more: what would be written to it, the next start would not find.
    #[error("{0}")]
    Displaced(&'static str),
    /// The store cannot answer now; the same call may work later.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
    /// What was read back makes no sense: a damaged row, or one of a newer release.
    #[error("the store holds something unreadable: {0}")]
    Damaged(String),
}

impl Error {
    /// The same for another caller.
    #[must_use]
    pub fn again(&self) -> Self {
        match self {
            Self::UnknownCursor => Self::UnknownCursor,
            Self::Full => Self::Full,
            Self::OverQuota(full) => Self::OverQuota(*full),
            Self::Displaced(what) => Self::Displaced(what),
            Self::Unavailable(why) => Self::Unavailable(why.clone()),
            Self::Damaged(why) => Self::Damaged(why.clone()),
            Self::Busy { retry_after } => Self::Busy { retry_after: *retry_after },
        }
    }
}

/// What a store's verb gives.
pub type Result<T> = std::result::Result<T, Error>;
