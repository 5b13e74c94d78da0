//! A few connections that can only read, each used by one blocking task at a time.

use super::fault::Result;
use super::file::{Rule, connect};
use deskbell_core::store;
use rusqlite::Connection;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;

/// Reads at the same time; more wait for their turn.
const READERS: usize = 4;

pub(super) struct Readers {
    turns: Arc<Semaphore>,
    idle: Arc<Idle>,
}

struct Idle {
    path: PathBuf,
    connections: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(super) fn open(path: PathBuf) -> std::result::Result<Self, Rule> {
        let idle = Idle { path, connections: Mutex::default() };
        let first = idle.take()?;
        idle.put(first);
        Ok(Self { turns: Arc::new(Semaphore::new(READERS)), idle: Arc::new(idle) })
    }

    /// Runs `work` in one read transaction: all of its statements see the same state.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> store::Result<T> {
        let ended = |_| store::Error::Unavailable("the store is closed".into());
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(ended)?;
        let idle = Arc::clone(&self.idle);
        let reading = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let conn = idle.take()?;
            let read = conn.unchecked_transaction()?;
            let result = work(&read);
            drop(read);
            idle.put(conn);
            result
        });
        let result = reading.await.map_err(|error| store::Error::Unavailable(error.to_string()))?;
        result.map_err(Into::into)
    }
}

#[cfg(feature = "memory")]
impl Readers {
    /// Runs `work` on every connection that is idle.
    pub(super) async fn all<T: Send + 'static>(
        &self,
        work: impl Fn(&Connection) -> Result<T> + Send + 'static,
    ) -> store::Result<Vec<T>> {
        let idle = Arc::clone(&self.idle);
        let all = move || {
            let connections = idle.connections.lock().unwrap_or_else(PoisonError::into_inner);
            connections.iter().map(work).collect::<Result<Vec<T>>>()
        };
        let read = tokio::task::spawn_blocking(all).await;
        read.map_err(|error| store::Error::Unavailable(error.to_string()))?.map_err(Into::into)
    }
}

impl Idle {
    fn take(&self) -> std::result::Result<Connection, Rule> {
        let idle = self.connections.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(conn) = idle {
            return Ok(conn);
        }
        let conn = connect(&self.path)?;
        conn.pragma_update(None, "query_only", true)?;
        Ok(conn)
    }

    fn put(&self, conn: Connection) {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner).push(conn);
    }
}
