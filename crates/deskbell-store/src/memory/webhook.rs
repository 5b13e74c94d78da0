//! Webhooks, in memory.

use super::{MemoryStore, State, id_taken};
use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::id::{AccountId, WebhookId};
use deskbell_core::store::{Listing, Page, Result, WebhookSaved, Webhooks};
use deskbell_core::vault::Sealed;
use deskbell_core::webhook::{Status, Webhook, WebhookChange};

fn is_there(webhook: &Webhook, account: &AccountId) -> bool {
    webhook.account == *account && !matches!(webhook.status, Status::Deleted { .. })
}

impl State {
    pub(super) fn webhook(&self, account: &AccountId, id: &WebhookId) -> Option<&Webhook> {
        self.webhooks.get(id.as_str()).filter(|webhook| is_there(webhook, account))
    }

    /// Whether one of the account's webhooks, except the one that may have it, has this name.
    fn name_taken(&self, account: &AccountId, name: &str, except: Option<&WebhookId>) -> bool {
        let others = self.webhooks.all().filter(|other| is_there(other, account));
        others.filter(|other| Some(&other.id) != except).any(|other| other.name == name)
    }

    /// Puts a changed webhook back; when it is no longer rung, its queue is cancelled.
    pub(super) fn save_webhook(&mut self, webhook: Webhook, now: Timestamp) {
        let Some(place) = self.webhooks.place(webhook.id.as_str()) else { return };
        let enabled = webhook.is_enabled();
        if let Some(kept) = self.webhooks.at_mut(place) {
            *kept = webhook;
        }
        if !enabled {
            self.cancel_queue(place, now);
        }
    }
}

#[async_trait]
impl Webhooks for MemoryStore {
    async fn create_webhook(&self, webhook: Webhook, max: u32) -> Result<WebhookSaved> {
        let mut state = self.lock();
        if state.name_taken(&webhook.account, &webhook.name, None) {
            return Ok(WebhookSaved::NameTaken);
        }
        let count = state.webhooks.all().filter(|other| is_there(other, &webhook.account)).count();
        if count >= max as usize {
            return Ok(WebhookSaved::TooMany);
        }
        let id = webhook.id.clone();
        state.webhooks.add(id.as_str(), webhook.clone()).ok_or_else(|| id_taken(id.as_str()))?;
        Ok(WebhookSaved::Saved(Box::new(webhook)))
    }

    async fn webhook(&self, account: &AccountId, id: &WebhookId) -> Result<Option<Webhook>> {
        Ok(self.lock().webhook(account, id).cloned())
    }

    async fn webhooks(&self, account: &AccountId, page: &Page) -> Result<Listing<Webhook>> {
        self.lock().webhooks.page(page, |webhook| is_there(webhook, account), |_| true)
    }

    async fn change_webhook(
        &self,
        account: &AccountId,
        id: &WebhookId,
        change: &WebhookChange,
        now: Timestamp,
    ) -> Result<WebhookSaved> {
        let mut state = self.lock();
        let Some(mut webhook) = state.webhook(account, id).cloned() else {
            return Ok(WebhookSaved::Unknown);
        };
        change.apply(&mut webhook, now);
        if state.name_taken(account, &webhook.name, Some(id)) {
            return Ok(WebhookSaved::NameTaken);
        }
        state.save_webhook(webhook.clone(), now);
        Ok(WebhookSaved::Saved(Box::new(webhook)))
    }

    async fn delete_webhook(&self, account: &AccountId, id: &WebhookId, now: Timestamp) -> Result<bool> {
        let mut state = self.lock();
        let Some(mut webhook) = state.webhook(account, id).cloned() else {
            return Ok(false);
        };
        webhook.status = Status::Deleted { at: now };
        webhook.secret = Sealed(Vec::new());
        state.save_webhook(webhook, now);
        Ok(true)
    }
}
