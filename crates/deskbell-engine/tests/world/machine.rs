//! A machine: an engine and its queue. Dropped, it is killed.

use super::Watched;
use deskbell_engine::Engine;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

pub(crate) struct Machine {
    engine: Engine,
    pub(crate) store: Arc<Watched>,
}

impl Machine {
    pub(crate) fn new(engine: Engine, store: Arc<Watched>) -> Self {
        Self { engine, store }
    }

    /// Waits until it has joined, and until its first look at the queue is over.
    pub(crate) async fn joined(&self) {
        while self.store.epoch().is_none() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }

    pub(crate) async fn drain(self, limit: Duration) {
        self.engine.drain(limit).await;
    }
}

impl Deref for Machine {
    type Target = Engine;

    fn deref(&self) -> &Engine {
        &self.engine
    }
}
