//! Sessions looked up a moment ago, so that a busy page costs no look-up a request.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How long it is believed. An ended session stops working within this time.
const BELIEVED: Duration = Duration::from_millis(500);
/// Callers remembered at once; past it the memory starts afresh.
const REMEMBERED: usize = 10_000;

/// Callers looked up a moment ago.
pub(super) struct Cache<K, V>(Mutex<HashMap<K, (Instant, V)>>);

impl<K, V> Default for Cache<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Hash + Eq, V: Clone> Cache<K, V> {
    /// What was looked up, if that was a moment ago.
    pub(super) fn recent(&self, key: &K) -> Option<V> {
        let known = self.lock();
        let (at, value) = known.get(key)?;
        (at.elapsed() < BELIEVED).then(|| value.clone())
    }

    /// Remembers what was looked up now.
    pub(super) fn remember(&self, key: K, value: V) {
        let mut known = self.lock();
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(key, (Instant::now(), value));
    }

    /// Looks these up again: something about them has changed.
    pub(super) fn forget(&self, changed: impl Fn(&K, &V) -> bool) {
        self.lock().retain(|key, (_, value)| !changed(key, value));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, (Instant, V)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
