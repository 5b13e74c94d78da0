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

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, DuplexStream};

    fn key(webhook: &str, host: &str) -> Key {
        let webhook = WebhookId::from_text(webhook);
        Key { webhook, secure: true, host: host.to_owned(), port: 443, own: None }
    }

    async fn link() -> (Link, DuplexStream) {
        let (ours, theirs) = tokio::io::duplex(64);
        (Link::new(Box::new(ours), "192.0.2.1:443".parse().unwrap()).await.unwrap(), theirs)
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_is_idle_for_15_s_at_most_and_lives_60_s_at_most() {
        let pool = Arc::new(Pool::default());
        let key = key("WHK-1", "hook.example");
        let (first, _far) = link().await;
        pool.put(key.clone(), first);
        tokio::time::advance(IDLE.saturating_sub(SWEEP)).await;
        let mut kept = pool.take(&key).await.expect("T-03: still fresh");
        pool.put(key.clone(), kept);
        tokio::time::advance(IDLE).await;
        assert!(pool.take(&key).await.is_none(), "idle for too long");

        let (young, _far) = link().await;
        kept = young;
        for _ in 0..4 {
            pool.put(key.clone(), kept);
            tokio::time::advance(Duration::from_secs(14)).await;
            kept = pool.take(&key).await.expect("B-017: younger than a minute");
        }
        pool.put(key.clone(), kept);
        tokio::time::advance(Duration::from_secs(4)).await;
        assert!(pool.take(&key).await.is_none(), "B-017: a minute old, so its name is judged anew");
    }

    #[tokio::test(start_paused = true)]
    async fn idle_connections_are_closed_although_nobody_asks_for_them() {
        let pool = Arc::new(Pool::default());
        let (idle, mut far) = link().await;
        pool.put(key("WHK-1", "hook.example"), idle);
        let mut byte = [0; 1];
        let closed = tokio::time::timeout(IDLE + 2 * SWEEP, far.read(&mut byte)).await;
        assert_eq!(closed.expect("closed in time").unwrap(), 0);
        assert_eq!(pool.lock().count, 0);
    }

    #[tokio::test]
    async fn a_connection_serves_only_its_webhook_and_target() {
        let pool = Arc::new(Pool::default());
        let (one, _far) = link().await;
        pool.put(key("WHK-1", "hook.example"), one);
        assert!(pool.take(&key("WHK-2", "hook.example")).await.is_none(), "B-109");
        assert!(pool.take(&key("WHK-1", "other.example")).await.is_none());
        assert!(pool.take(&key("WHK-1", "hook.example")).await.is_some(), "control");
        assert_eq!(pool.lock().count, 0);
    }

    #[tokio::test]
    async fn the_pool_is_bounded_and_forgets_what_the_receiver_closed() {
        let pool = Arc::new(Pool::default());
        let key = key("WHK-1", "hook.example");
        let mut far = Vec::new();
        for _ in 0..MAX_PER_TARGET + 3 {
            let (link, end) = link().await;
            pool.put(key.clone(), link);
            far.push(end);
        }
        assert_eq!(pool.lock().count, MAX_PER_TARGET);
        drop(far);
        assert!(pool.take(&key).await.is_none(), "B-104: closed meanwhile");
        assert_eq!(pool.lock().count, 0);
    }
}
