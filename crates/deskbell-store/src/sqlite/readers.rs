//! A few connections that can only read, each used by one blocking task at a time, and for a bounded time: while somebody reads
//! an older state, the write-ahead log cannot begin again.

use super::fault::Result;
use super::file::{Rule, connect};
use super::identity::Files;
use crate::turns::Turns;
use deskbell_core::id::AccountId;
use deskbell_core::store;
use deskbell_core::usage::{Resource, Usage};
use rusqlite::Connection;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Reads at the same time; more wait for their [turn](Turns).
const READERS: usize = 4;
/// Reads of one account among them.
const OF_ACCOUNT: usize = READERS / 2;
/// Reads of one account that may wait: more than its streams make together.
const WAITING_OF_ACCOUNT: usize = 1_024;
/// How long one of them may take: many times what the largest page of a list needs.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// Steps of SQLite's between two looks at the clock: a millisecond or less.
const STEPS: i32 = 10_000;

pub(super) struct Readers {
    turns: Turns,
    idle: Arc<Idle>,
    /// What a thread does before it reads.
    pub(super) before: fn(),
}

struct Idle {
    files: Files,
    patience: Duration,
    usage: Arc<Usage>,
    connections: Mutex<Vec<Connection>>,
}

impl Readers {
    /// Reads that take longer than `patience` fail. How long each took is noted in `usage`.
    pub(super) fn open(
        files: Files,
        patience: Duration,
        usage: Arc<Usage>,
    ) -> std::result::Result<Self, Rule> {
        let idle = Idle { files, patience, usage, connections: Mutex::default() };
        let first = idle.take()?;
        idle.put(first);
        Ok(Self {
            turns: Turns::new(READERS, OF_ACCOUNT, WAITING_OF_ACCOUNT),
            idle: Arc::new(idle),
            before: || (),
        })
    }

    /// Runs `work` in one read transaction, when it is the turn of the account that it is for: all of its statements see the same
    /// state. A caller who goes away gives up the turn, or else the answer.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        account: Option<&AccountId>,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> store::Result<T> {
        let turn = self.turns.take(account).await?;
        let (idle, before) = (Arc::clone(&self.idle), self.before);
        let reading = tokio::task::spawn_blocking(move || {
            before();
            let (began, patience) = (Instant::now(), idle.patience);
            let mut conn = idle.take()?;
            conn.progress_handler(STEPS, Some(move || began.elapsed() > patience))?;
            let read = conn.unchecked_transaction()?;
            let result = work(&read);
            drop(read);
            idle.usage.note_time(Resource::Readers, turn.account(), began.elapsed());
            conn.progress_handler(0, None::<fn() -> bool>)?;
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
        // Another file that stands there now is not ours to read, nor is one to be made.
        self.files.look().map_err(Rule::Store)?;
        let conn = connect(self.files.path())?;
        conn.pragma_update(None, "query_only", true)?;
        Ok(conn)
    }

    fn put(&self, conn: Connection) {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner).push(conn);
    }
}
