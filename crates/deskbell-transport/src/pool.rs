//! Pool: connections that may serve again, each for one webhook and one target only (B-109).

use crate::connection::Connection;
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

struct IdleConnection {
    connection: Connection,
    since: Instant,
}

impl IdleConnection {
    fn is_fresh(&self, now: Instant) -> bool {
        now.duration_since(self.since) < IDLE && now.duration_since(self.connection.opened) < LIFE
    }
}

#[derive(Default)]
struct IdleConnections {
    by_key: HashMap<Key, Vec<IdleConnection>>,
    count: usize,
    swept: bool,
}

impl IdleConnections {
    fn sweep(&mut self, now: Instant) {
        self.by_key.retain(|_, connections| {
            connections.retain(|idle| idle.is_fresh(now));
            !connections.is_empty()
        });
        self.count = self.by_key.values().map(Vec::len).sum();
    }
}

/// The idle connections.
#[derive(Default)]
pub(crate) struct Pool {
    idle: Mutex<IdleConnections>,
}

impl Pool {
    /// A connection for `key` that is still good, the latest used first.
    pub(crate) async fn take(&self, key: &Key) -> Option<Connection> {
        while let Some(mut connection) = self.pop(key) {
            if connection.is_good().await {
                return Some(connection);
            }
        }
        None
    }

    fn pop(&self, key: &Key) -> Option<Connection> {
        let mut idle = self.lock();
        let now = Instant::now();
        let connections = idle.by_key.get_mut(key)?;
        let before = connections.len();
        connections.retain(|idle| idle.is_fresh(now));
        let connection = connections.pop();
        let (after, empty) = (connections.len(), connections.is_empty());
        if empty {
            idle.by_key.remove(key);
        }
        idle.count -= before - after;
        connection.map(|idle| idle.connection)
    }

    /// Keeps `connection` for the next attempt, if there is room.
    pub(crate) fn put(self: &Arc<Self>, key: Key, connection: Connection) {
        let mut idle = self.lock();
        if idle.count >= MAX {
            return;
        }
        let connections = idle.by_key.entry(key).or_default();
        if connections.len() >= MAX_PER_TARGET {
            return;
        }
        connections.push(IdleConnection { connection, since: Instant::now() });
        idle.count += 1;
        if !std::mem::replace(&mut idle.swept, true) {
            tokio::spawn(sweep(Arc::downgrade(self)));
        }
    }

    fn lock(&self) -> MutexGuard<'_, IdleConnections> {
        // The map and the count agree between any two statements: a panic elsewhere does not spoil them.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes what is idle for too long, until nothing is idle or the pool is gone.
async fn sweep(pool: Weak<Pool>) {
    loop {
        tokio::time::sleep(SWEEP).await;
        let Some(pool) = pool.upgrade() else { return };
        let mut idle = pool.lock();
        idle.sweep(Instant::now());
        if idle.count == 0 {
            idle.swept = false;
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

    async fn connection() -> (Connection, DuplexStream) {
        let (ours, theirs) = tokio::io::duplex(64);
        (Connection::new(Box::new(ours), "192.0.2.1:443".parse().unwrap()).await.unwrap(), theirs)
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_is_idle_for_15_s_at_most_and_lives_60_s_at_most() {
        let pool = Arc::new(Pool::default());
        let key = key("WHK-1", "hook.example");
        let (first, _far) = connection().await;
        pool.put(key.clone(), first);
        tokio::time::advance(IDLE.saturating_sub(SWEEP)).await;
        let mut kept = pool.take(&key).await.expect("T-03: still fresh");
        pool.put(key.clone(), kept);
        tokio::time::advance(IDLE).await;
        assert!(pool.take(&key).await.is_none(), "idle for too long");

        let (young, _far) = connection().await;
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
        let (idle, mut far) = connection().await;
        pool.put(key("WHK-1", "hook.example"), idle);
        let mut byte = [0; 1];
        let closed = tokio::time::timeout(IDLE + 2 * SWEEP, far.read(&mut byte)).await;
        assert_eq!(closed.expect("closed in time").unwrap(), 0);
        assert_eq!(pool.lock().count, 0);
    }

    #[tokio::test]
    async fn a_connection_serves_only_its_webhook_and_target() {
        let pool = Arc::new(Pool::default());
        let (one, _far) = connection().await;
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
            let (connection, end) = connection().await;
            pool.put(key.clone(), connection);
            far.push(end);
        }
        assert_eq!(pool.lock().count, MAX_PER_TARGET);
        drop(far);
        assert!(pool.take(&key).await.is_none(), "B-104: closed meanwhile");
        assert_eq!(pool.lock().count, 0);
    }
}
