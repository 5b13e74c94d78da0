//! Concurrency: how many attempts are in flight, in all and for each webhook.

use deskbell_core::id::WebhookId;
use deskbell_core::meter::Meter;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Counts the attempts that are claimed and not yet recorded.
#[derive(Default)]
pub(crate) struct Concurrency {
    counts: Mutex<Counts>,
    meter: Arc<Meter>,
}

#[derive(Default)]
struct Counts {
    /// All of them.
    all: u32,
    /// Without those that were delivered: a webhook that says yes need not wait for the disk.
    by_webhook: HashMap<WebhookId, u32>,
}

/// One attempt's place. Dropping it makes room, whatever became of the attempt.
pub(crate) struct Permit {
    concurrency: Arc<Concurrency>,
    /// `None` once the webhook's place is free again.
    webhook: Option<WebhookId>,
}

impl Concurrency {
    /// Nothing in flight; leases are counted on `meter`.
    pub(crate) fn new(meter: Arc<Meter>) -> Self {
        Self { counts: Mutex::default(), meter }
    }

    /// Takes a place for an attempt to `webhook`.
    pub(crate) fn take(self: &Arc<Self>, webhook: &WebhookId) -> Permit {
        let mut counts = self.counts();
        counts.all += 1;
        self.meter.took();
        *counts.by_webhook.entry(webhook.clone()).or_default() += 1;
        Permit { concurrency: self.clone(), webhook: Some(webhook.clone()) }
    }

    /// Attempts that are not recorded yet.
    pub(crate) fn taken(&self) -> u32 {
        self.counts().all
    }

    /// Attempts in flight by webhook; webhooks without any are not listed.
    pub(crate) fn in_flight(&self) -> HashMap<WebhookId, u32> {
        self.counts().by_webhook.clone()
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit {
    /// The attempt succeeded: its webhook has room for another, while this one waits to be recorded.
    pub(crate) fn free_webhook(&mut self) {
        let Some(webhook) = self.webhook.take() else { return };
        let mut counts = self.concurrency.counts();
        if let Some(count) = counts.by_webhook.get_mut(&webhook) {
            *count -= 1;
            if *count == 0 {
                counts.by_webhook.remove(&webhook);
            }
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.free_webhook();
        self.concurrency.counts().all -= 1;
        self.concurrency.meter.gave_back();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_success_frees_its_webhook_at_once_and_its_place_when_it_is_recorded() {
        let concurrency = Arc::new(Concurrency::default());
        let webhook = WebhookId::from_text("WHK-1");
        let (mut delivered, failed) = (concurrency.take(&webhook), concurrency.take(&webhook));
        delivered.free_webhook();
        delivered.free_webhook();
        let leased = || concurrency.meter.read().leased;
        assert_eq!((concurrency.taken(), leased(), concurrency.in_flight().get(&webhook)), (2, 2, Some(&1)));
        drop((delivered, failed));
        assert_eq!((concurrency.taken(), leased(), concurrency.in_flight().len()), (0, 0, 0));
    }
}
