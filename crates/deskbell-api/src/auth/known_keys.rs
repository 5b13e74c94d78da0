//! KnownKeys: the keys that call, with their accounts, in memory. What is kept is right at every moment: each call asks the store
//! whether anything changed since it was read, and that costs next to nothing ([`generation`](store::Accounts::generation)).

use deskbell_core::account::{Account, ApiKey};
use deskbell_core::id::KeyId;
use deskbell_core::{Store, Timestamp, store};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Semaphore;

/// Keys kept at once. Only keys that exist are: whoever guesses fills nothing.
const KEPT: usize = 20_000;
/// Keys looked up at the same time. Whoever guesses costs a read by the key's id, and leaves the store's readers to others.
const LOOK_UPS: usize = 2;

/// A key that was found, and whom it speaks for.
#[derive(Debug)]
pub struct KnownKey {
    /// The key; it may be revoked or expired.
    pub key: ApiKey,
    /// Its account.
    pub account: Arc<Account>,
    /// The store's generation before it was read; `None` when the store could not say, and then it is not kept.
    generation: Option<i64>,
}

/// Finds keys.
pub(super) struct KnownKeys {
    store: Arc<dyn Store>,
    kept: Mutex<Kept>,
    look_ups: Semaphore,
}

/// Keys in two halves. When the younger one is full, the older one goes, with all that was not asked for meanwhile.
#[derive(Default)]
struct Kept {
    young: HashMap<KeyId, Arc<KnownKey>>,
    old: HashMap<KeyId, Arc<KnownKey>>,
}

impl KnownKeys {
    /// Keys of `store`, of which none is known yet.
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        Self { store, kept: Mutex::default(), look_ups: Semaphore::new(LOOK_UPS) }
    }

    /// The key of that id as it is now.
    ///
    /// # Errors
    /// When the store does not know.
    pub(super) async fn find(&self, id: &KeyId) -> store::Result<Option<Arc<KnownKey>>> {
        // Asked first: a change while the key is read makes what was read old at once.
        let generation = self.store.generation();
        if let Some(known) =
            self.kept().get(id).filter(|known| generation.is_some() && known.generation == generation)
        {
            return Ok(Some(known));
        }
        // The semaphore is never closed.
        let _turn = self.look_ups.acquire().await.ok();
        let Some(key) = self.store.key(id).await? else { return Ok(None) };
        let Some(account) = self.store.account(&key.account).await? else { return Ok(None) };
        let known = Arc::new(KnownKey { key, account: Arc::new(account), generation });
        self.keep(Arc::clone(&known));
        Ok(Some(known))
    }

    /// Notes that the key was used at `now`, unless a use was noted a moment ago: a busy key costs no write a call.
    pub(super) async fn note(&self, known: &KnownKey, now: Timestamp) {
        if !known.key.is_to_be_noted(now) {
            return;
        }
        let key = ApiKey { last_used: Some(now), ..known.key.clone() };
        self.keep(Arc::new(KnownKey { key, account: known.account.clone(), generation: known.generation }));
        if let Err(error) = self.store.note_key(&known.key.id, now).await {
            // The call itself may still go well.
            tracing::debug!(%error, "a key's use could not be noted");
        }
    }

    fn keep(&self, known: Arc<KnownKey>) {
        if known.generation.is_some() {
            self.kept().put(known);
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn get(&mut self, id: &KeyId) -> Option<Arc<KnownKey>> {
        if let Some(known) = self.young.get(id) {
            return Some(Arc::clone(known));
        }
        let known = self.old.remove(id)?;
        self.put(Arc::clone(&known));
        Some(known)
    }

    fn put(&mut self, known: Arc<KnownKey>) {
        if self.young.len() >= KEPT / 2 {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(known.key.id.clone(), known);
    }
}

#[cfg(test)]
mod tests;
