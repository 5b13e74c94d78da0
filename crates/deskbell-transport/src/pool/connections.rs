//! Connections: those of one webhook's destination. Some are idle; a few are being opened, each by an attempt whose turn it is.

use crate::connection::Connection;
use crate::destination::Destination;
use deskbell_core::policy::limit;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// A connection that nobody used for this long is closed (catalogue 6.1).
pub(crate) const IDLE: Duration = Duration::from_secs(15);
/// No connection is used past this age: its name is looked up and judged anew (T-03, B-017).
const LIFE: Duration = Duration::from_secs(60);

/// A connection that waits for the next attempt.
pub(crate) struct Idle {
    connection: Connection,
    pub(crate) since: Instant,
    _seat: OwnedSemaphorePermit,
}

impl Idle {
    pub(crate) fn new(connection: Connection, seat: OwnedSemaphorePermit) -> Self {
        Self { connection, since: Instant::now(), _seat: seat }
    }

    pub(crate) fn is_usable(&mut self, now: Instant) -> bool {
        now.duration_since(self.since) < IDLE
            && now.duration_since(self.connection.opened) < LIFE
            && self.connection.is_good()
    }
}

/// How an attempt comes to its connection.
pub(crate) enum Way {
    /// One that is kept.
    Kept(Connection),
    /// It may open one, and holds its turn until it is open.
    Turn(OwnedSemaphorePermit),
}

/// The connections of one webhook.
pub(crate) struct Connections {
    pub(crate) destination: Destination,
    /// The one that was used last stands last, and serves first: so those that are not needed grow old.
    idle: Mutex<Vec<Idle>>,
    kept: Notify,
    turns: Arc<Semaphore>,
}

impl Connections {
    pub(crate) fn new(destination: Destination) -> Self {
        Self {
            destination,
            idle: Mutex::default(),
            kept: Notify::new(),
            turns: Arc::new(Semaphore::new(limit::OPENING_PER_WEBHOOK)),
        }
    }

    /// An idle connection that is still good.
    pub(crate) fn take(&self, now: Instant) -> Option<Connection> {
        loop {
            let mut idle = self.lock().pop()?;
            if idle.is_usable(now) {
                return Some(idle.connection);
            }
        }
    }

    /// Waits for a connection that another attempt has done with, or for a turn to open one.
    pub(crate) async fn way(&self) -> Way {
        let mut turn = pin!(self.turn());
        loop {
            let mut kept = pin!(self.kept.notified());
            // Listens first and looks second, so that nothing is missed in between.
            kept.as_mut().enable();
            if let Some(connection) = self.take(Instant::now()) {
                return Way::Kept(connection);
            }
            tokio::select! {
                biased;
                turn = &mut turn => return Way::Turn(turn),
                () = kept => {}
            }
        }
    }

    /// Waits for a turn to open a connection.
    pub(crate) async fn turn(&self) -> OwnedSemaphorePermit {
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        turn.unwrap_or_else(|_| unreachable!("nobody closes the semaphore"))
    }

    pub(crate) fn put(&self, idle: Idle) {
        self.lock().push(idle);
        self.kept.notify_one();
    }

    pub(crate) fn idle_since(&self) -> Vec<Instant> {
        self.lock().iter().map(|idle| idle.since).collect()
    }

    pub(crate) fn close_if(&self, mut over: impl FnMut(&mut Idle) -> bool) {
        let closed: Vec<Idle> = self.lock().extract_if(.., |idle| over(idle)).collect();
        // Sockets are closed when nobody is held up.
        drop(closed);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Idle>> {
        // The list is whole between any two calls of it.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
