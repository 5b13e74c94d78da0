//! Room: how many attempts are in flight, in all and for each webhook.

use deskbell_core::id::WebhookId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Counts the attempts that are claimed and not yet recorded.
#[derive(Default)]
pub(crate) struct Room(Mutex<HashMap<WebhookId, u32>>);

/// One attempt's place. Dropping it makes room, whatever became of the attempt.
pub(crate) struct Seat {
    room: Arc<Room>,
    webhook: WebhookId,
}

impl Room {
    /// Takes a place for an attempt to `webhook`.
    pub(crate) fn take(self: &Arc<Self>, webhook: &WebhookId) -> Seat {
        *self.counts().entry(webhook.clone()).or_default() += 1;
        Seat { room: self.clone(), webhook: webhook.clone() }
    }

    /// Attempts in flight by webhook; webhooks without any are not listed.
    pub(crate) fn in_flight(&self) -> HashMap<WebhookId, u32> {
        self.counts().clone()
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<WebhookId, u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut counts = self.room.counts();
        if let Some(count) = counts.get_mut(&self.webhook) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.webhook);
            }
        }
    }
}
