//! Pool: the webhooks that were rung lately, each with its destination and its connections, and a bound on what is kept
//! idle for all of them.

mod connections;

pub(crate) use connections::{Connections, Way};

use crate::connection::Connection;
use crate::destination::Destination;
use crate::failure::Failure;
use connections::Idle;
use deskbell_core::Alarm;
use deskbell_core::door::Request;
use deskbell_core::id::WebhookId;
use deskbell_core::policy::limit;
use deskbell_core::policy::ssrf_guard::SsrfGuard;
use lru::LruCache;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// How often the idle connections are looked through.
const SWEEP: Duration = Duration::from_secs(1);
const MAX: NonZeroUsize = NonZeroUsize::new(limit::READY_WEBHOOKS).unwrap();

/// The webhooks that were rung last.
pub(crate) struct Pool {
    webhooks: Mutex<LruCache<WebhookId, Arc<Connections>>>,
    /// A seat for each connection that may be idle.
    seats: Arc<Semaphore>,
    seats_max: usize,
    swept: AtomicBool,
    alarm: Alarm,
}

impl Pool {
    /// Keeps up to `idle_max` connections that nobody uses.
    pub(crate) fn new(idle_max: usize, alarm: Alarm) -> Self {
        // Allocated as they come: most instances have few webhooks.
        let mut webhooks = LruCache::unbounded();
        webhooks.resize(MAX);
        Self {
            webhooks: Mutex::new(webhooks),
            seats: Arc::new(Semaphore::new(idle_max)),
            seats_max: idle_max,
            swept: AtomicBool::new(false),
            alarm,
        }
    }

    /// The connections of the request's webhook. They serve this webhook alone (B-109), and only as long as its URL is the
    /// same: a new one is judged by `guard`, and has none yet.
    pub(crate) fn of(&self, request: &Request, guard: &SsrfGuard) -> Result<Arc<Connections>, Failure> {
        let mut webhooks = self.lock();
        if let Some(known) = webhooks.get(&request.webhook)
            && known.destination.url == request.url
        {
            return Ok(Arc::clone(known));
        }
        let fresh = Arc::new(Connections::new(Destination::new(guard, &request.url)?));
        let replaced = webhooks.push(request.webhook.clone(), Arc::clone(&fresh));
        // Its connections are closed when nobody is held up.
        drop(webhooks);
        drop(replaced);
        Ok(fresh)
    }

    /// Keeps `connection` for the next attempt. There are never more of them than were in flight at once a moment ago, for
    /// one is opened only when none is idle, and closed when it was idle for long.
    pub(crate) fn keep(self: &Arc<Self>, connections: &Connections, connection: Connection) {
        let Some(seat) = self.seat() else { return };
        connections.put(Idle::new(connection, seat));
        if !self.swept.swap(true, Ordering::SeqCst) {
            tokio::spawn(self.alarm.clone().over("the sweep of connections", sweep(Arc::downgrade(self))));
        }
    }

    /// A seat, if need be that of one who has been idle for longer.
    fn seat(&self) -> Option<OwnedSemaphorePermit> {
        let free = || Arc::clone(&self.seats).try_acquire_owned().ok();
        free().or_else(|| {
            self.make_room();
            free()
        })
    }

    /// Closes the quarter that was idle longest: so many that the look through all of them is seldom.
    fn make_room(&self) {
        let all = self.all();
        let mut since: Vec<Instant> = all.iter().flat_map(|connections| connections.idle_since()).collect();
        since.sort_unstable();
        if let Some(last) = since.get(since.len() / 4) {
            all.iter().for_each(|connections| connections.close_if(|idle| idle.since <= *last));
        }
    }

    fn all(&self) -> Vec<Arc<Connections>> {
        self.lock().iter().map(|(_, connections)| Arc::clone(connections)).collect()
    }

    fn idle(&self) -> usize {
        self.seats_max - self.seats.available_permits()
    }

    fn lock(&self) -> MutexGuard<'_, LruCache<WebhookId, Arc<Connections>>> {
        // The cache is whole between any two calls of it.
        self.webhooks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes what is idle for too long or was closed by its receiver, until nothing is idle or the pool is gone.
async fn sweep(pool: Weak<Pool>) {
    loop {
        tokio::time::sleep(SWEEP).await;
        let Some(pool) = pool.upgrade() else { return };
        let now = Instant::now();
        // Looking at many sockets at once is no reason to believe that the last of them have nothing to say.
        tokio::task::coop::unconstrained(async {
            pool.all().iter().for_each(|connections| connections.close_if(|idle| !idle.is_usable(now)));
        })
        .await;
        pool.swept.store(false, Ordering::SeqCst);
        if pool.idle() == 0 || pool.swept.swap(true, Ordering::SeqCst) {
            return;
        }
    }
}

#[cfg(test)]
mod tests;
