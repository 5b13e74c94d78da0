//! How webhooks and the whole instance do, kept and counted.

use super::Result;
use crate::Timestamp;
use crate::id::{AccountId, WebhookId};
use crate::throughput::Throughput;
use crate::webhook::{Quarter, Record, Webhook};
use async_trait::async_trait;
use std::time::Duration;

/// Quarters of an hour are kept this long at least; older ones go when a new one begins.
pub const QUARTERS_KEPT: Duration = Duration::from_secs(25 * 3600);

/// The state of a store as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Condition {
    /// Deliveries in the queue, leased ones too.
    pub queued: u64,
    /// The due time of the delivery that should have left first. Webhooks that rest, or are probed after a rest, are
    /// apart, and so are retries by hand.
    pub oldest_due: Option<Timestamp>,
    /// Accounts.
    pub accounts: u64,
    /// Webhooks that are rung.
    pub webhooks: u64,
    /// Those of them that rest.
    pub resting: u64,
    /// Bytes of everything but the tester's captures.
    pub database_bytes: u64,
    /// Bytes of the tester's captures.
    pub tester_bytes: u64,
    /// As [`Pause::paused`](super::Pause::paused).
    pub paused: Option<Timestamp>,
}

/// Why a store can take no work. What the log says of it, this leaves out: it is told to strangers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unready {
    /// There is no room.
    #[error("the disk is full")]
    Full,
    /// As [`Error::Displaced`](super::Error::Displaced) says.
    #[error("{0}")]
    Displaced(&'static str),
    /// Another process does not let go of the lock.
    #[error("another process keeps the database locked")]
    Locked,
    /// The system refuses to write, or to bring what was written to the disk.
    #[error("the disk cannot be written")]
    Unwritable,
    /// What is read makes no sense.
    #[error("the database is damaged")]
    Damaged,
    /// What is due cannot be handed out.
    #[error("what is due cannot be read")]
    Queue,
    /// A write has begun and has not come to an end for seconds.
    #[error("a write does not come to an end")]
    Silent,
    /// Anything else.
    #[error("nothing can be written; the log says why")]
    Failing,
}

/// An account, as an operator tells it from others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// Which one.
    pub account: AccountId,
    /// Its e-mail address.
    pub email: String,
    /// Webhooks of it that are rung.
    pub webhooks: u64,
}

/// What only the operator may see, and the evidence of each webhook's health.
#[async_trait]
pub trait Statistics: Send + Sync {
    /// The account's webhooks' records, in the order of `webhooks`, with the quarters that began at `since` or later. A
    /// webhook that is unknown has an empty one.
    ///
    /// Quarters are kept in the step that [finishes](super::Queue::finish) attempts, by the time given there.
    async fn records(
        &self,
        account: &AccountId,
        webhooks: &[WebhookId],
        since: Timestamp,
    ) -> Result<Vec<Record>>;

    /// Webhooks of all accounts, at most `limit`, that something was recorded of in a quarter that began at `since` or
    /// later, that rest, or that were disabled, not by their owner, at `disabled_since` or later. Each with its quarters
    /// since `since`, oldest first; in the order in which they were made.
    async fn watched_webhooks(
        &self,
        since: Timestamp,
        disabled_since: Timestamp,
        limit: u32,
    ) -> Result<Vec<(Webhook, Vec<Quarter>)>>;

    /// Those of `accounts` that are known, in the same order.
    async fn tenants(&self, accounts: &[AccountId]) -> Result<Vec<Tenant>>;

    /// Why the store can take no work now, if so; known a few seconds after it is true. However often it is asked, it writes at most
    /// once in a few seconds, and only when nothing else was written meanwhile.
    async fn unready(&self) -> Option<Unready>;

    /// Adds what a process did in a quarter of an hour, at whose start it begins, to what is kept of that for all processes; drops some of
    /// what is older than [`KEPT`](crate::throughput::KEPT).
    async fn add_throughput(&self, more: &Throughput) -> Result<()>;

    /// What all processes did since then, in spans of that length, whole quarters of an hour that begin with the epoch; oldest first. Spans in
    /// which no process said anything are left out.
    async fn throughput(&self, since: Timestamp, span: Duration) -> Result<Vec<Throughput>>;

    /// The state of the whole store.
    async fn condition(&self, now: Timestamp) -> Result<Condition>;
}
