//! Counters: the calls of each of many callers, in bounded memory. Whoever is counted stays counted until their time ends, and
//! whoever comes when every place is taken shares a bucket with others: nobody goes uncounted.

use super::Allowance;
use deskbell_wire::problem::Problem;
use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::StateStore;
use governor::state::keyed::ShrinkableKeyedStateStore;
use governor::{Quota, RateLimiter};
use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Callers that have a place of their own at once.
pub(super) const PLACES: usize = 100_000;
/// What all further callers share. The hash is under a key of this process, so that nobody chooses whom to share with.
const BUCKETS: usize = 1 << 16;
/// When every place is taken, one call in so many looks who is at rest.
pub(super) const SWEEP: u32 = 1_024;

/// Counts the calls of each of many callers.
pub(crate) struct Counters<K: Hash + Eq + Clone, C: Clock> {
    limiter: RateLimiter<K, Places<K>, C, NoOpMiddleware<C::Instant>>,
    clock: C,
    crowded: AtomicU32,
}

impl<K: Hash + Eq + Clone, C: Clock + Clone> Counters<K, C> {
    pub(crate) fn new(allowance: Allowance, clock: &C) -> Self {
        let one = NonZeroU32::MIN;
        let period = allowance.span / NonZeroU32::new(allowance.calls).unwrap_or(one).get();
        let burst = NonZeroU32::new(allowance.burst).unwrap_or(one);
        let quota = Quota::with_period(period).unwrap_or_else(|| Quota::per_second(one)).allow_burst(burst);
        Self {
            limiter: RateLimiter::new(quota, Places::default(), clock.clone()),
            clock: clock.clone(),
            crowded: AtomicU32::new(0),
        }
    }

    /// Counts a call of `key`.
    ///
    /// # Errors
    /// 429 that says how long to wait.
    pub(crate) fn count(&self, key: &K) -> Result<(), Problem> {
        // The look at all of them is shared by many calls.
        if self.limiter.len() >= PLACES && self.crowded.fetch_add(1, Ordering::Relaxed).is_multiple_of(SWEEP)
        {
            self.limiter.retain_recent();
        }
        self.limiter.check_key(key).map_err(|early| {
            let wait = early.wait_time_from(self.clock.now());
            Problem::rate_limited(wait.as_secs() + u64::from(wait.subsec_nanos() > 0))
        })
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.limiter.len()
    }
}

/// Until when each caller has used up what it earns, as the rate limiter reckons it.
struct Places<K> {
    table: Mutex<Table<K>>,
    hasher: RandomState,
}

struct Table<K> {
    own: HashMap<K, Nanos>,
    /// None until every place is taken for the first time.
    shared: Vec<Nanos>,
}

impl<K> Default for Places<K> {
    fn default() -> Self {
        let table = Table { own: HashMap::new(), shared: Vec::new() };
        Self { table: Mutex::new(table), hasher: RandomState::new() }
    }
}

impl<K> Places<K> {
    fn lock(&self) -> MutexGuard<'_, Table<K>> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Hash + Eq + Clone> StateStore for Places<K> {
    type Key = K;

    fn measure_and_replace<T, F, E>(&self, key: &K, measure: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let Table { own, shared } = &mut *self.lock();
        if let Some(place) = own.get_mut(key) {
            let (verdict, until) = measure(Some(*place))?;
            *place = until;
            return Ok(verdict);
        }
        let is_full = own.len() >= PLACES;
        if is_full {
            shared.resize(BUCKETS, Nanos::default());
        }
        // The remainder is less than the number of buckets.
        let bucket = shared.get_mut((self.hasher.hash_one(key) % BUCKETS as u64) as usize);
        // Whoever gets a place begins with what they may have used up of the bucket: a crowd forgets nobody's calls.
        let (verdict, until) = measure(bucket.as_deref().copied())?;
        match bucket {
            Some(bucket) if is_full => *bucket = until,
            _ => {
                own.insert(key.clone(), until);
            }
        }
        Ok(verdict)
    }
}

impl<K: Hash + Eq + Clone> ShrinkableKeyedStateStore<K> for Places<K> {
    fn retain_recent(&self, drop_below: Nanos) {
        self.lock().own.retain(|_, until| *until > drop_below);
    }

    fn len(&self) -> usize {
        self.lock().own.len()
    }

    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
