//! How webhooks and the whole instance do, kept and counted.

use super::Result;
use crate::Timestamp;
use crate::id::{AccountId, WebhookId};
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
    /// Webhooks that are rung.
    pub webhooks: u64,
    /// Those of them that rest.
    pub resting: u64,
    /// Bytes of everything but the tester's captures.
    pub database_bytes: u64,
    /// Bytes of the tester's captures.
    pub tester_bytes: u64,
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

    /// The state of the whole store.
    async fn condition(&self, now: Timestamp) -> Result<Condition>;
}
