//! The generation of accounts and keys: a number that each of their changes moves, in the same commit. What this process changes
//! moves it before the verb returns; what others change is seen by looking, several times a second.

use super::Database;
use super::columns::named;
use super::fault::Result;
use super::sql::{params, row};
use super::transaction::Tx;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use tokio::time::Instant;

/// How often it is looked whether another process changed something.
const LOOK: Duration = Duration::from_millis(250);
/// How long a look is good for: so long may a key be taken that another process revoked.
const GOOD: Duration = Duration::from_secs(1);

/// Moves the generation on. A part of whatever changes an account or a key.
pub(super) async fn advance(tx: &Tx<'_>) -> Result<()> {
    let update =
        "UPDATE changes SET generation = generation + 1 WHERE kind = 'accounts' RETURNING generation";
    let generation = named(&row(tx.conn, update, params![]).await?, "generation")?;
    tx.outbox().generation = Some(generation);
    Ok(())
}

/// The newest generation that was seen.
#[derive(Debug)]
pub(super) struct Generation {
    newest: AtomicI64,
    looked: Mutex<Option<Instant>>,
}

impl Generation {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self { newest: AtomicI64::new(0), looked: Mutex::new(None) })
    }

    /// The generation; `None` when nobody could look for too long.
    pub(super) fn read(&self) -> Option<i64> {
        let looked = *self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        looked.filter(|looked| looked.elapsed() < GOOD).map(|_| self.newest.load(Ordering::Acquire))
    }

    /// A change of this process is committed.
    pub(super) fn see(&self, generation: i64) {
        self.newest.fetch_max(generation, Ordering::AcqRel);
    }

    /// Looks for as long as the store is used.
    pub(super) async fn watch(self: Arc<Self>, database: Weak<Database>) {
        loop {
            tokio::time::sleep(LOOK).await;
            let Some(database) = database.upgrade() else { return };
            // Whoever asks is told nothing when this goes on failing.
            let _ = self.look(&database).await;
        }
    }

    /// Looks what it is now.
    pub(super) async fn look(&self, database: &Database) -> Result<()> {
        let begun = Instant::now();
        let conn = database.connection().await?;
        let select = "SELECT generation FROM changes WHERE kind = 'accounts'";
        self.see(named(&row(&conn, select, params![]).await?, "generation")?);
        *self.looked.lock().unwrap_or_else(PoisonError::into_inner) = Some(begun);
        Ok(())
    }
}
