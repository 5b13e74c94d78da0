//! How webhooks and the whole store do, in memory.

use super::{MemoryStore, State};
use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::account::Account;
use deskbell_core::delivery::Status::Pending;
use deskbell_core::delivery::{AT_ONCE, Delivery};
use deskbell_core::id::{AccountId, WebhookId};
use deskbell_core::policy::limit::WAITING_COUNTED;
use deskbell_core::store::{Condition, QUARTERS_KEPT, Result, Statistics, Tenant, Unready};
use deskbell_core::throughput::{KEPT, Throughput};
use deskbell_core::time::{from_millis, later, millis};
use deskbell_core::webhook::{DisableReason, Quarter, Record, Status, Waiting, Webhook};
use std::collections::BTreeMap;
use std::time::Duration;

impl State {
    /// Adds what a quarter has to the webhook's own; when a new one begins, old ones go.
    pub(super) fn add_quarter(&mut self, webhook: i64, more: &Quarter) {
        if !self.quarters.contains_key(&(webhook, more.start)) {
            self.quarters.retain(|(_, start), _| later(*start, QUARTERS_KEPT) >= more.start);
        }
        self.quarters.entry((webhook, more.start)).or_insert_with(|| Quarter::of(more.start)).add(more);
    }

    fn quarters_since(&self, webhook: i64, since: Timestamp) -> Vec<Quarter> {
        let own = self.quarters.range((webhook, since)..=(webhook, Timestamp::MAX));
        own.map(|(_, quarter)| quarter.clone()).collect()
    }

    fn waiting(&self, webhook: i64) -> Waiting {
        let mut waiting = Waiting::default();
        let queued = self.queue.get(&webhook).into_iter().flatten().map(|(_, place)| *place);
        let ours = |delivery: &&Delivery| self.webhooks.place(delivery.webhook.as_str()) == Some(webhook);
        let all = self.owned().filter(ours).chain(queued.filter_map(|place| self.deliveries.at(place)));
        let owed = |delivery: &&Delivery| !delivery.is_sample() || delivery.status != Pending;
        for delivery in all.take(WAITING_COUNTED as usize).filter(owed) {
            waiting.count += 1;
            waiting.in_flight += u64::from(delivery.is_leased());
            if delivery.status == Pending {
                waiting.tried += u64::from(delivery.attempts > 0);
                waiting.most_attempts = waiting.most_attempts.max(delivery.attempts);
            } else {
                waiting.again += 1;
            }
            if !delivery.is_leased() {
                waiting.next = waiting.next.or(delivery.due);
            }
        }
        waiting
    }

    fn record(&self, account: &AccountId, id: &WebhookId, since: Timestamp) -> Record {
        let ours = self.webhook(account, id).and_then(|webhook| self.webhooks.place(webhook.id.as_str()));
        let Some(place) = ours else { return Record::default() };
        Record { quarters: self.quarters_since(place, since), waiting: self.waiting(place) }
    }
}

#[async_trait]
impl Statistics for MemoryStore {
    async fn records(
        &self,
        account: &AccountId,
        webhooks: &[WebhookId],
        since: Timestamp,
    ) -> Result<Vec<Record>> {
        let state = self.lock();
        Ok(webhooks.iter().map(|id| state.record(account, id, since)).collect())
    }

    async fn watched_webhooks(
        &self,
        since: Timestamp,
        disabled_since: Timestamp,
        limit: u32,
    ) -> Result<Vec<(Webhook, Vec<Quarter>)>> {
        let state = self.lock();
        let troubled = |webhook: &Webhook| match webhook.status {
            Status::Enabled => webhook.health.rest_until.is_some(),
            Status::Disabled { reason, at } => reason != DisableReason::ByOwner && at >= disabled_since,
            Status::Deleted { .. } => false,
        };
        let all = state.webhooks.iter().map(|(place, webhook)| (webhook, state.quarters_since(place, since)));
        let watched = all.filter(|(webhook, quarters)| !quarters.is_empty() || troubled(webhook));
        Ok(watched.take(limit as usize).map(|(webhook, quarters)| (webhook.clone(), quarters)).collect())
    }

    async fn tenants(&self, accounts: &[AccountId]) -> Result<Vec<Tenant>> {
        let state = self.lock();
        let rung = |account: &AccountId| {
            let of = |(_, webhook): &(i64, &Webhook)| webhook.account == *account && webhook.is_enabled();
            state.webhooks.iter().filter(of).count() as u64
        };
        let known = accounts.iter().filter_map(|id| state.accounts.get(id.as_str()));
        let tenant = |one: &Account| Tenant {
            account: one.id.clone(),
            email: one.email.clone(),
            webhooks: rung(&one.id),
        };
        Ok(known.map(tenant).collect())
    }

    async fn unready(&self) -> Option<Unready> {
        None
    }

    async fn add_throughput(&self, more: &Throughput) -> Result<()> {
        let mut state = self.lock();
        state.throughput.entry(more.start).or_insert_with(|| Throughput::new(more.start)).add(more);
        state.throughput.retain(|start, _| later(*start, KEPT) >= more.start);
        Ok(())
    }

    async fn throughput(&self, since: Timestamp, span: Duration) -> Result<Vec<Throughput>> {
        let mut spans: BTreeMap<i64, Throughput> = BTreeMap::new();
        let span = i64::try_from(span.as_millis()).unwrap_or(i64::MAX).max(1);
        for (start, more) in self.lock().throughput.range(since..) {
            let start = millis(*start) - millis(*start) % span;
            spans.entry(start).or_insert_with(|| Throughput::new(from_millis(start))).add(more);
        }
        Ok(spans.into_values().collect())
    }

    async fn condition(&self, now: Timestamp) -> Result<Condition> {
        let state = self.lock();
        let enabled = || state.webhooks.iter().filter(|(_, webhook)| webhook.is_enabled());
        let oldest = |(place, webhook): (i64, &Webhook)| {
            let rows = state.queue.get(&place).filter(|_| webhook.health.rest_until.is_none())?;
            rows.iter().map(|(due, _)| *due).find(|due| *due > AT_ONCE)
        };
        let rests = |webhook: &Webhook| webhook.health.rest_until.is_some_and(|end| end > now);
        Ok(Condition {
            queued: state.queue.values().map(|rows| rows.len() as u64).sum::<u64>()
                + state.owned().count() as u64,
            oldest_due: enabled().filter_map(oldest).min().filter(|due| *due <= now),
            accounts: state.accounts.all().count() as u64,
            webhooks: enabled().count() as u64,
            resting: enabled().filter(|(_, webhook)| rests(webhook)).count() as u64,
            database_bytes: 0,
            tester_bytes: 0,
            paused: None,
        })
    }
}
