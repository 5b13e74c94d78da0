//! A change feed that counts its reads, and whose look-ups can be made to hang or to fail, kind by kind; and a clock on
//! virtual time.

use async_trait::async_trait;
use deskbell_core::id::AccountId;
use deskbell_core::store::{AttemptNews, CaptureNews, ChangeFeed, Error, EventNews, Position, Result};
use deskbell_core::time::{from_millis, later};
use deskbell_core::{Clock, Store, Timestamp};
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Position,
    Events,
    Attempts,
    Captures,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    /// Looks at once, and answers when it is well again: what it answers is old by then.
    Hangs,
    Fails,
}

pub(super) struct Probe {
    store: Arc<dyn Store>,
    reads: AtomicUsize,
    moods: Mutex<HashMap<Kind, Mood>>,
    changed: Notify,
}

impl Probe {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        Self { store, reads: AtomicUsize::new(0), moods: Mutex::default(), changed: Notify::new() }
    }

    pub(super) fn reads(&self) -> usize {
        self.reads.load(Ordering::Relaxed)
    }

    pub(super) fn set(&self, kind: Kind, mood: Option<Mood>) {
        let mut moods = self.moods.lock().unwrap();
        match mood {
            Some(mood) => moods.insert(kind, mood),
            None => moods.remove(&kind),
        };
        drop(moods);
        self.changed.notify_waiters();
    }

    fn mood(&self, kind: Kind) -> Option<Mood> {
        self.moods.lock().unwrap().get(&kind).copied()
    }

    async fn through<T>(&self, kind: Kind, found: impl Future<Output = Result<T>>) -> Result<T> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        if self.mood(kind) == Some(Mood::Fails) {
            return Err(Error::Unavailable("the probe fails".into()));
        }
        let found = found.await;
        loop {
            let changed = self.changed.notified();
            if self.mood(kind) != Some(Mood::Hangs) {
                return found;
            }
            changed.await;
        }
    }
}

#[async_trait]
impl ChangeFeed for Probe {
    async fn position(&self, account: &AccountId) -> Result<Position> {
        self.through(Kind::Position, self.store.position(account)).await
    }

    async fn events_between(
        &self,
        account: &AccountId,
        after: u64,
        upto: u64,
        limit: u32,
    ) -> Result<Vec<EventNews>> {
        self.through(Kind::Events, self.store.events_between(account, after, upto, limit)).await
    }

    async fn attempts_between(
        &self,
        account: &AccountId,
        after: u64,
        upto: u64,
        limit: u32,
    ) -> Result<Vec<AttemptNews>> {
        self.through(Kind::Attempts, self.store.attempts_between(account, after, upto, limit)).await
    }

    async fn captures_between(
        &self,
        account: &AccountId,
        after: u64,
        upto: u64,
        limit: u32,
    ) -> Result<Vec<CaptureNews>> {
        self.through(Kind::Captures, self.store.captures_between(account, after, upto, limit)).await
    }
}

/// Goes with the runtime's time.
pub(super) struct VirtualClock {
    from: Instant,
    ahead: Duration,
}

impl VirtualClock {
    /// A clock that is now so much further than the rows of a test.
    pub(super) fn ahead(ahead: Duration) -> Self {
        Self { from: Instant::now(), ahead }
    }
}

impl Default for VirtualClock {
    fn default() -> Self {
        Self::ahead(Duration::ZERO)
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        later(from_millis(1_778_072_561_300), self.ahead + self.from.elapsed())
    }
}
