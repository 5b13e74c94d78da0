//! Pool: connections that may serve again, each for one webhook and one target only (B-109).

use crate::link::Link;
use deskbell_core::id::WebhookId;
use deskbell_core::policy::limit;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tokio::time::Instant;

/// A connection that nobody used for this long is closed (catalogue 6.1).
const IDLE: Duration = Duration::from_secs(15);
/// No connection is used past this age: its name is looked up and judged anew (T-03, B-017).
const LIFE: Duration = Duration::from_secs(60);
/// How often the idle ones are looked through.
const SWEEP: Duration = Duration::from_secs(1);
/// Idle connections in all: as many as attempts may be in flight.
const MAX: usize = limit::IN_FLIGHT as usize;
/// Idle connections of one target: as many as one webhook's attempts in flight.
const MAX_PER_TARGET: usize = limit::IN_FLIGHT_PER_WEBHOOK as usize;

/// Who may use a connection, and where it leads.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) webhook: WebhookId,
    pub(crate) secure: bool,
    pub(crate) host: String,
    pub(crate) port: u16,
    /// The listener of one of our own inboxes.
    pub(crate) own: Option<SocketAddr>,
}

struct Idle {
    link: Link,
    since: Instant,
}

impl Idle {
    fn is_fresh(&self, now: Instant) -> bool {
        now.duration_since(self.since) < IDLE && now.duration_since(self.link.opened) < LIFE
    }
}

#[derive(Default)]
struct Shelf {
    idle: HashMap<Key, Vec<Idle>>,
    count: usize,
    swept: bool,
}

impl Shelf {
    fn sweep(&mut self, now: Instant) {
        self.idle.retain(|_, links| {
            links.retain(|idle| idle.is_fresh(now));
            !links.is_empty()
        });
        self.count = self.idle.values().map(Vec::len).sum();
    }
}

/// The idle connections.
#[derive(Default)]
pub(crate) struct Pool {
    shelf: Mutex<Shelf>,
}

impl Pool {
    /// A connection for `key` that is still good, the latest used first.
    pub(crate) async fn take(&self, key: &Key) -> Option<Link> {
        while let Some(mut link) = self.pop(key) {
            if link.is_good().await {
                return Some(link);
            }
        }
        None
    }

    fn pop(&self, key: &Key) -> Option<Link> {
        let mut shelf = self.lock();
        let now = Instant::now();
        let links = shelf.idle.get_mut(key)?;
        let before = links.len();
        links.retain(|idle| idle.is_fresh(now));
        let link = links.pop();
        let (after, empty) = (links.len(), links.is_empty());
        if empty {
            shelf.idle.remove(key);
        }
        shelf.count -= before - after;
        link.map(|idle| idle.link)
    }

    /// Keeps `link` for the next attempt, if there is room.
    pub(crate) fn put(self: &Arc<Self>, key: Key, link: Link) {
        let mut shelf = self.lock();
        if shelf.count >= MAX {
            return;
        }
        let links = shelf.idle.entry(key).or_default();
        if links.len() >= MAX_PER_TARGET {
            return;
        }
        links.push(Idle { link, since: Instant::now() });
        shelf.count += 1;
        if !std::mem::replace(&mut shelf.swept, true) {
            tokio::spawn(sweep(Arc::downgrade(self)));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Shelf> {
        // The shelf is whole between any two statements: a panic elsewhere does not spoil it.
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes what is idle for too long, until nothing is idle or the pool is gone.
async fn sweep(pool: Weak<Pool>) {
    loop {
        tokio::time::sleep(SWEEP).await;
        let Some(pool) = pool.upgrade() else { return };
        let mut shelf = pool.lock();
        shelf.sweep(Instant::now());
        if shelf.count == 0 {
            shelf.swept = false;
            return;
        }
    }
}
