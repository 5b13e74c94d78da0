//! Outlook: what decides when deliveries that wait are tried next: their webhooks as they are now, and whether the instance is paused.

use deskbell_core::explain::next::{NextTry, next_try};
use deskbell_core::id::{AccountId, WebhookId};
use deskbell_core::store;
use deskbell_core::webhook::Webhook;
use deskbell_core::{Store, Timestamp, delivery::Delivery};
use deskbell_wire::delivery as wire;
use std::collections::{BTreeSet, HashMap};

/// Of one account's deliveries, at one time.
#[derive(Debug)]
pub struct Outlook {
    now: Timestamp,
    paused: bool,
    webhooks: HashMap<WebhookId, Webhook>,
}

impl Outlook {
    /// Looks for those of `deliveries` that wait; one look, and none where nothing does.
    ///
    /// # Errors
    /// The store's.
    pub async fn of<'a>(
        store: &dyn Store,
        account: &AccountId,
        deliveries: impl Iterator<Item = &'a Delivery>,
        now: Timestamp,
    ) -> store::Result<Self> {
        let waits = |delivery: &&Delivery| delivery.due.is_some() && !delivery.is_leased();
        let wanted: BTreeSet<_> = deliveries.filter(waits).map(|one| one.webhook.clone()).collect();
        if wanted.is_empty() {
            return Ok(Self { now, paused: false, webhooks: HashMap::new() });
        }
        let wanted: Vec<_> = wanted.into_iter().collect();
        let paused = store.paused().await?.is_some();
        let found = store.webhooks_of(account, &wanted).await?;
        let webhooks = wanted.into_iter().zip(found).filter_map(|(id, found)| Some((id, found?))).collect();
        Ok(Self { now, paused, webhooks })
    }

    /// When the delivery is tried next.
    pub fn next(&self, delivery: &Delivery) -> Option<NextTry> {
        next_try(delivery, self.webhooks.get(&delivery.webhook), self.paused, self.now)
    }

    /// Whether the instance is paused; known where something waits.
    pub fn is_paused(&self) -> bool {
        self.paused
    }

    /// The delivery as it is shown.
    pub fn show(&self, delivery: &Delivery) -> wire::Delivery {
        wire::Delivery::new(delivery, self.next(delivery))
    }
}
