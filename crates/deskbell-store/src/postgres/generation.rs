//! The generation of accounts and keys: a number that each of their changes moves, in the same commit. What this process changes
//! moves it before the verb returns; what others change is seen by looking, several times a
//! second, and sooner where a [notice](super::notice) tells of it. Such a look also tells the time.

use super::Database;
use super::columns::named;
use super::fault::Result;
use super::notice::{Notice, Which};
use super::sql::{params, row, rows};
use super::transaction::Tx;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use tokio::time::Instant;

/// How often it is looked whether another process changed something.
const LOOK: Duration = Duration::from_millis(250);
/// How long a look is good for: so long may a key be taken that another process revoked.
const GOOD: Duration = Duration::from_secs(1);
/// Where no notices arrive, all streams are woken after so many looks.
const LOOKS_OF_STREAMS: u32 = 4;

/// Moves the generation on. A part of whatever changes an account or a key. Nobody sees it before it is on disk: one that was seen and lost
/// would be another change's when it comes again.
pub(super) async fn advance(tx: &Tx<'_>) -> Result<()> {
    tx.wait_for_disk().await?;
    let update =
        "UPDATE changes SET generation = generation + 1 WHERE kind = 'accounts' RETURNING generation";
    let generation = named(&row(tx.conn, update, params![]).await?, "generation")?;
    let mut outbox = tx.outbox();
    outbox.generation = Some(generation);
    outbox.notice.keys = true;
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

    /// Looks for as long as the store is used; and where no notices arrive, for what they would tell. `before` is what the first look found,
    /// which was made before anybody could use the store: what changes from then on is seen.
    pub(super) async fn watch(self: Arc<Self>, database: Weak<Database>, mut before: [i64; 2]) {
        let mut looks = 0_u32;
        loop {
            tokio::time::sleep(LOOK).await;
            let Some(database) = database.upgrade() else { return };
            looks = looks.wrapping_add(1);
            // Whoever asks is told nothing when this goes on failing.
            let Ok(now) = self.look(&database).await else { continue };
            let [due, webhooks] = std::array::from_fn(|kind| now[kind] != before[kind]);
            before = now;
            if database.notices.hears() {
                continue;
            }
            let mut notice = Notice { due, ..Notice::default() };
            if webhooks {
                notice.webhooks = Which::Any;
            }
            if looks.is_multiple_of(LOOKS_OF_STREAMS) {
                (notice.accounts, notice.inboxes) = (Which::Any, Which::Any);
            }
            database.hear(&notice);
        }
    }

    /// Looks what it is now; gives the generations of what is due and of webhooks.
    pub(super) async fn look(&self, database: &Database) -> Result<[i64; 2]> {
        let begun = Instant::now();
        let conn = database.connection().await?;
        let select =
            "SELECT kind, generation, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS micros
                      FROM changes WHERE kind IN ('accounts', 'due', 'webhooks')";
        let mut others = [0; 2];
        let asked = Instant::now();
        let found = rows(&conn, select, params![]).await?;
        let answered = Instant::now();
        for row in found {
            database.clock.look(named(&row, "micros")?, asked, answered);
            let generation = named(&row, "generation")?;
            match named(&row, "kind")? {
                "accounts" => self.see(generation),
                "due" => others[0] = generation,
                _ => others[1] = generation,
            }
        }
        *self.looked.lock().unwrap_or_else(PoisonError::into_inner) = Some(begun);
        Ok(others)
    }
}
