//! Webhooks, kept.

use super::{Listing, Page, Result};
use crate::Timestamp;
use crate::id::{AccountId, WebhookId};
use crate::webhook::{Revision, Webhook, WebhookChange, WebhookSaved};
use async_trait::async_trait;

/// Webhooks. Deleted ones are tombstones: only [`Deliveries`](super::Deliveries) still know them.
#[async_trait]
pub trait Webhooks: Send + Sync {
    /// Adds a webhook, if its name is free and the account has fewer than `max`. One step, so that of two callers with
    /// one name exactly one wins.
    async fn create_webhook(&self, webhook: Webhook, max: u32) -> Result<WebhookSaved>;

    /// The account's webhook of that id.
    async fn webhook(&self, account: &AccountId, id: &WebhookId) -> Result<Option<Webhook>>;

    /// The account's webhooks of those ids, in their order: `None` for one that is deleted or not there. One look for a page of
    /// deliveries; ask for no more than a page has.
    async fn webhooks_of(&self, account: &AccountId, ids: &[WebhookId]) -> Result<Vec<Option<Webhook>>>;

    /// A page of the account's webhooks.
    async fn webhooks(&self, account: &AccountId, page: &Page) -> Result<Listing<Webhook>>;

    /// What was changed of the account's webhook of that id, the newest first: the last [`KEPT`](crate::webhook::history::KEPT)
    /// revisions. Nothing for one that is deleted or not there.
    async fn history(&self, account: &AccountId, id: &WebhookId) -> Result<Vec<Revision>>;

    /// Changes a webhook, and adds what changed to its history. Disabling cancels its pending deliveries that no machine holds, in the same step (E-15).
    async fn change_webhook(
        &self,
        account: &AccountId,
        id: &WebhookId,
        change: &WebhookChange,
        now: Timestamp,
    ) -> Result<WebhookSaved>;

    /// Deletes a webhook: wipes its secret and its history, frees its name, cancels its pending deliveries. `false` when there is none.
    async fn delete_webhook(&self, account: &AccountId, id: &WebhookId, now: Timestamp) -> Result<bool>;
}
