//! Webhooks, in memory.

use super::{MemoryStore, State, id_taken};
use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::id::{AccountId, WebhookId};
use deskbell_core::store::{Listing, Page, Result, WebhookSaved, Webhooks};
use deskbell_core::webhook::history::KEPT;
use deskbell_core::webhook::{Revision, Webhook, WebhookChange};

fn is_there(webhook: &Webhook, account: &AccountId) -> bool {
    webhook.account == *account && !webhook.is_deleted()
}

impl State {
    pub(super) fn webhook(&self, account: &AccountId, id: &WebhookId) -> Option<&Webhook> {
        self.webhooks.get(id.as_str()).filter(|webhook| is_there(webhook, account))
    }

    /// The account's webhooks.
    fn webhooks_of<'a>(&'a self, account: &'a AccountId) -> impl Iterator<Item = &'a Webhook> + Clone {
        self.webhooks.all().filter(move |webhook| is_there(webhook, account))
    }

    /// Stores how a webhook does.
    pub(super) fn save_health(&mut self, webhook: &Webhook) {
        if let Some(known) = self.webhooks.get_mut(webhook.id.as_str()) {
            known.health = webhook.health;
        }
    }

    /// What waits for a time up to the `end` of the webhook's rest is due now.
    fn bring_forward(&mut self, id: &WebhookId, end: Timestamp, now: Timestamp) {
        let rows = self.webhooks.place(id.as_str()).and_then(|place| self.queue.get(&place));
        let due =
            rows.into_iter().flatten().filter(|(due, _)| now < *due && *due <= end).map(|(_, place)| *place);
        for place in due.collect::<Vec<_>>() {
            self.change(place, |delivery| {
                if !delivery.is_leased() {
                    delivery.come_forward(now);
                }
            });
        }
    }

    /// Puts a changed webhook back, and tells what changed; when it is no longer rung, its queue is cancelled.
    pub(super) fn save_webhook(&mut self, webhook: Webhook, now: Timestamp) {
        let Some(place) = self.webhooks.place(webhook.id.as_str()) else { return };
        let revision = self.webhooks.at(place).and_then(|before| Revision::between(before, &webhook, now));
        if let Some(mut revision) = revision {
            let history = self.history.entry(place).or_default();
            // No earlier than the one before, wherever the clock was set.
            revision.at = history.back().map_or(revision.at, |last| last.at.max(revision.at));
            history.push_back(revision);
            while history.len() > KEPT {
                history.pop_front();
            }
        } else if webhook.is_deleted() {
            self.history.remove(&place);
        }
        let enabled = webhook.is_enabled();
        self.webhooks.replace(webhook.id.clone().as_str(), webhook);
        if !enabled {
            self.cancel_queue(place, now);
        }
    }
}

#[async_trait]
impl Webhooks for MemoryStore {
    async fn create_webhook(&self, webhook: Webhook, max: u32) -> Result<WebhookSaved> {
        let mut state = self.lock();
        if let Some(objection) = webhook.objection(state.webhooks_of(&webhook.account), max) {
            return Ok(objection);
        }
        let id = webhook.id.clone();
        state.webhooks.add(id.as_str(), webhook.clone()).ok_or_else(|| id_taken(id.as_str()))?;
        Ok(WebhookSaved::Saved(Box::new(webhook)))
    }

    async fn webhook(&self, account: &AccountId, id: &WebhookId) -> Result<Option<Webhook>> {
        Ok(self.lock().webhook(account, id).cloned())
    }

    async fn webhooks_of(&self, account: &AccountId, ids: &[WebhookId]) -> Result<Vec<Option<Webhook>>> {
        let state = self.lock();
        Ok(ids.iter().map(|id| state.webhook(account, id).cloned()).collect())
    }

    async fn webhooks(&self, account: &AccountId, page: &Page) -> Result<Listing<Webhook>> {
        self.lock().webhooks.page(page, |webhook| is_there(webhook, account), |_| true)
    }

    async fn history(&self, account: &AccountId, id: &WebhookId) -> Result<Vec<Revision>> {
        let state = self.lock();
        let there = state.webhook(account, id).and_then(|_| state.webhooks.place(id.as_str()));
        let history = there.and_then(|place| state.history.get(&place));
        Ok(history.into_iter().flatten().rev().cloned().collect())
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
        let (before, ended) = (webhook.clone(), change.ends_rest(&webhook, now));
        change.apply(&mut webhook, now);
        if webhook == before {
            return Ok(WebhookSaved::Saved(Box::new(webhook)));
        }
        if webhook.is_name_taken(state.webhooks_of(account)) {
            return Ok(WebhookSaved::NameTaken);
        }
        if let Some(end) = ended {
            state.bring_forward(id, end, now);
        }
        state.save_webhook(webhook.clone(), now);
        drop(state);
        self.withdraw(id);
        Ok(WebhookSaved::Saved(Box::new(webhook)))
    }

    async fn delete_webhook(&self, account: &AccountId, id: &WebhookId, now: Timestamp) -> Result<bool> {
        let mut state = self.lock();
        let Some(mut webhook) = state.webhook(account, id).cloned() else {
            return Ok(false);
        };
        webhook.delete(now);
        state.save_webhook(webhook, now);
        drop(state);
        self.withdraw(id);
        Ok(true)
    }
}
