//! Numbers: which webhook has which number, and its account. They never change, so that what needs them need not wait for the rows
//! which are locked in the same round trip.

use deskbell_core::id::WebhookId;
use lru::LruCache;
use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

/// Webhooks that are known: a few hundred bytes each.
const KEPT: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();

/// The numbers of webhooks: that of the account, and its own.
pub(super) type Numbers = HashMap<WebhookId, (i64, i64)>;

/// Those that this process saw last.
#[derive(Debug)]
pub(super) struct KnownNumbers(Mutex<LruCache<WebhookId, (i64, i64)>>);

impl Default for KnownNumbers {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(KEPT)))
    }
}

impl KnownNumbers {
    /// Those of all these webhooks, or nothing.
    pub(super) fn of<'w>(&self, ids: impl Iterator<Item = &'w WebhookId>) -> Option<Numbers> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ids.map(|id| Some((id.clone(), *known.get(id)?))).collect()
    }

    /// They were seen.
    pub(super) fn note(&self, numbers: &Numbers) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (id, number) in numbers {
            if known.get(id) != Some(number) {
                known.put(id.clone(), *number);
            }
        }
    }
}
