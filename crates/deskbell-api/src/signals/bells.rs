//! Bells: one for each key that somebody waits for. To ring for a key that nobody waits for is a look into a table, and
//! the table holds no more than who waits now.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// The bells that hang. `T` is what a bell tells: those who wait compare it with what they heard last.
pub(crate) struct Bells<K, T>(Mutex<HashMap<K, Hung<T>>>);

struct Hung<T> {
    waiters: usize,
    tells: watch::Sender<T>,
}

impl<K, T> Default for Bells<K, T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash + Clone, T: Default> Bells<K, T> {
    /// The bell of `key`, for one who waits. It hangs until the last of them lets go.
    pub(crate) fn hang(self: &Arc<Self>, key: &K) -> Bell<K, T> {
        let mut table = self.lock();
        let hung = table
            .entry(key.clone())
            .or_insert_with(|| Hung { waiters: 0, tells: watch::Sender::new(T::default()) });
        hung.waiters += 1;
        Bell { bells: Arc::clone(self), key: key.clone(), tells: hung.tells.subscribe() }
    }

    /// Changes what the bell of `key` tells, and wakes those who wait for it.
    pub(crate) fn ring(&self, key: &K, change: impl FnOnce(&mut T)) {
        if let Some(hung) = self.lock().get(key) {
            hung.tells.send_modify(change);
        }
    }

    /// The same for every bell that hangs.
    pub(crate) fn ring_all(&self, change: impl Fn(&mut T)) {
        self.lock().values().for_each(|hung| hung.tells.send_modify(&change));
    }
}

impl<K, T> Bells<K, T> {
    fn lock(&self) -> MutexGuard<'_, HashMap<K, Hung<T>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(crate) fn count(&self) -> usize {
        self.lock().len()
    }
}

/// A bell in the hands of one who waits.
pub(crate) struct Bell<K: Eq + Hash, T> {
    bells: Arc<Bells<K, T>>,
    key: K,
    tells: watch::Receiver<T>,
}

impl<K: Eq + Hash, T: Copy> Bell<K, T> {
    /// What it tells by now. Only what changes after this rings.
    pub(crate) fn heard(&mut self) -> T {
        *self.tells.borrow_and_update()
    }

    /// Waits until it rings.
    pub(crate) async fn rings(&mut self) {
        // It cannot be gone: it hangs for as long as we wait.
        let _ = self.tells.changed().await;
    }

    /// Waits until what it tells is `news`.
    pub(crate) async fn tells(&mut self, news: impl FnMut(&T) -> bool) {
        let _ = self.tells.wait_for(news).await;
    }

    /// Changes what it tells; it rings if `change` says so.
    pub(crate) fn change(&self, change: impl FnOnce(&mut T) -> bool) {
        if let Some(hung) = self.bells.lock().get(&self.key) {
            hung.tells.send_if_modified(change);
        }
    }
}

impl<K: Eq + Hash, T> Drop for Bell<K, T> {
    fn drop(&mut self) {
        let mut table = self.bells.lock();
        if let Some(hung) = table.get_mut(&self.key) {
            hung.waiters -= 1;
            if hung.waiters == 0 {
                table.remove(&self.key);
            }
        }
    }
}
