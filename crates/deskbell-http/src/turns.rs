//! Turns: work that keeps a processor busy is done a few at a time, off the threads that serve. Those who wait for it are served
//! [round-robin](RoundRobin) by whose work it is, so that one party with many calls waits behind itself alone.

use crate::background::give_way;
use axum::http::StatusCode;
use deskbell_core::policy::round_robin::RoundRobin;
use deskbell_wire::problem::Problem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::task::{JoinError, spawn_blocking};
use tokio::time::timeout;

/// How much of one kind of work there may be.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Done at a time.
    pub at_once: usize,
    /// Calls of one party that wait for their turn.
    pub waiting_of_party: usize,
    /// Calls that wait for their turn in all.
    pub waiting: usize,
    /// How long a call waits before it is refused.
    pub patience: Duration,
}

/// The turns of one kind of work, among parties that are told apart by `K`.
#[derive(Debug)]
pub struct Turns<K: Ord + Clone> {
    lines: Arc<Lines<K>>,
    bounds: Bounds,
    /// The answer to a call that found too many others, or waited too long.
    busy: fn() -> Problem,
}

impl<K: Ord + Clone> Turns<K> {
    /// Turns within `bounds`; who gets none in time is told that they are all `busy`.
    pub fn new(bounds: Bounds, busy: fn() -> Problem) -> Self {
        Self { lines: Arc::new(Lines::new(bounds.at_once)), bounds, busy }
    }

    /// The next turn of `party`.
    ///
    /// # Errors
    /// 429 when as many calls of the party wait as may, and 503 when too many of all do, or for too long.
    pub async fn take(&self, party: K) -> Result<Turn<K>, Problem> {
        let waiting = {
            let mut table = self.lines.lock();
            if let Some(free) = table.free.checked_sub(1) {
                table.free = free;
                return Ok(Turn(Arc::clone(&self.lines)));
            }
            table.forget_who_left();
            if table.waiting.len() >= self.bounds.waiting {
                return Err((self.busy)());
            }
            if table.waiting.len_of(&party) >= self.bounds.waiting_of_party {
                return Err(too_many(self.bounds.waiting_of_party));
            }
            let (turn, waiting) = oneshot::channel();
            table.waiting.push(party, turn);
            waiting
        };
        match timeout(self.bounds.patience, waiting).await {
            Ok(Ok(turn)) => Ok(turn),
            _ => Err((self.busy)()),
        }
    }
}

/// Somebody's turn; the next one's begins when it is dropped.
#[derive(Debug)]
pub struct Turn<K: Ord + Clone>(Arc<Lines<K>>);

impl<K: Ord + Clone + Send + 'static> Turn<K> {
    /// Does `work` on a thread that serves nobody and gives way to those that do. The turn lasts until it is done, even when whoever asked has gone.
    ///
    /// # Errors
    /// When `work` panics.
    pub async fn work<T: Send + 'static>(
        self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, JoinError> {
        spawn_blocking(move || {
            let _turn = self;
            give_way();
            work()
        })
        .await
    }
}

impl<K: Ord + Clone> Drop for Turn<K> {
    fn drop(&mut self) {
        let next = {
            let mut table = self.0.lock();
            let next = table.next();
            table.free += usize::from(next.is_none());
            next
        };
        if let Some(next) = next {
            // Whoever has just left drops it, and with that hands it on.
            drop(next.send(Turn(Arc::clone(&self.0))));
        }
    }
}

#[derive(Debug)]
struct Lines<K: Ord + Clone>(Mutex<Table<K>>);

#[derive(Debug)]
struct Table<K: Ord + Clone> {
    /// Turns that nobody has; nobody waits while there is one.
    free: usize,
    waiting: RoundRobin<K, oneshot::Sender<Turn<K>>>,
}

impl<K: Ord + Clone> Lines<K> {
    fn new(free: usize) -> Self {
        Self(Mutex::new(Table { free, waiting: RoundRobin::default() }))
    }

    fn lock(&self) -> MutexGuard<'_, Table<K>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Ord + Clone> Table<K> {
    fn next(&mut self) -> Option<oneshot::Sender<Turn<K>>> {
        self.forget_who_left();
        Some(self.waiting.next(|_, _| true)?.1)
    }

    fn forget_who_left(&mut self) {
        self.waiting.retain(|waiting| !waiting.is_closed());
    }
}

fn too_many(most: usize) -> Problem {
    let message = format!(
        "{most} calls of yours wait for their turn already, which is the limit. Try again in a moment."
    );
    let refusal = Problem::new(StatusCode::TOO_MANY_REQUESTS, "turns_too_many", message);
    Problem { retry_after: Some(1), ..refusal }
}

#[cfg(test)]
mod tests;
