//! Readiness: when writing last worked, and what failed since. Whoever asks reads what was found anyway; a write of its own is made only
//! when there was none for a few seconds, one for all who ask.

use super::PostgresStore;
use super::fault::{Fault, Result};
use super::sql::{self, params};
use super::transaction::Tx;
use deskbell_core::store::{self, Error, Unready};
use futures::FutureExt as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

/// How long what was found is good for.
const FRESH: Duration = Duration::from_secs(3);
/// How long whoever asks waits for a write.
const PATIENCE: Duration = Duration::from_secs(3);

/// What transactions and the queue found.
#[derive(Debug, Default)]
pub(super) struct Readiness {
    found: watch::Sender<Found>,
    /// Whether a write of our own is under way.
    asking: AtomicBool,
}

#[derive(Debug, Clone, Copy, Default)]
struct Found {
    /// When anything was last committed.
    committed: Option<Instant>,
    /// What failed since, and when.
    failed: Option<(Instant, Unready)>,
    /// What keeps the queue from handing out.
    queue: Option<Unready>,
}

impl Found {
    fn verdict(&self) -> Option<Unready> {
        self.failed.map(|(_, why)| why).or(self.queue)
    }

    /// When it was found.
    fn at(&self) -> Option<Instant> {
        self.failed.map(|(at, _)| at).or(self.committed)
    }
}

impl Readiness {
    /// Something was committed.
    pub(super) fn committed(&self) {
        let mut again = false;
        self.found.send_modify(|found| {
            again = found.failed.is_some();
            *found = Found { committed: Some(Instant::now()), failed: None, ..*found };
        });
        if again {
            tracing::info!("writing works again");
        }
    }

    /// A write failed: for a reason that is not its own, if that is news.
    pub(super) fn failed(&self, fault: &Fault) {
        let Some(why) = fault.unready() else { return };
        let mut news = false;
        self.found.send_modify(|found| {
            news = found.failed.is_none();
            found.failed = Some((Instant::now(), why));
        });
        if news {
            tracing::error!(%why, %fault, "writing does not work: not ready");
        }
    }

    /// What a call of the queue came to. That it met somebody who was busy says nothing of the next one.
    pub(super) fn queue<T>(&self, result: &store::Result<T>) {
        let fails = matches!(result, Err(error) if !matches!(error, Error::Busy { .. }));
        let why = fails.then_some(Unready::Queue);
        self.found.send_if_modified(|found| std::mem::replace(&mut found.queue, why) != why);
    }
}

impl PostgresStore {
    /// Why nothing can be written, if so.
    pub(super) async fn why_unready(&self) -> Option<Unready> {
        let readiness = &self.database.readiness;
        let (mut found, began) = (readiness.found.subscribe(), Instant::now());
        let before = *found.borrow_and_update();
        if before.at().is_some_and(|at| began.saturating_duration_since(at) < FRESH) {
            return before.verdict();
        }
        let asked = async {
            if let Some(asking) = Asking::begin(readiness)
                && self.write(asking, |tx, _| write(tx).boxed()).await.is_err()
            {
                return found.borrow().verdict().or(Some(Unready::Failing));
            }
            let since = found.wait_for(|found| found.at().is_some_and(|at| at >= began)).await;
            since.map_or(Some(Unready::Failing), |found| found.verdict())
        };
        timeout(PATIENCE, asked).await.unwrap_or(Some(Unready::Silent))
    }
}

/// A write of our own, until it was done or given up, also when whoever asked has gone away.
struct Asking(Arc<Readiness>);

impl Asking {
    /// `None` when there is one already.
    fn begin(readiness: &Arc<Readiness>) -> Option<Self> {
        (!readiness.asking.swap(true, Ordering::AcqRel)).then(|| Self(Arc::clone(readiness)))
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        self.0.asking.store(false, Ordering::Release);
    }
}

/// Changes a number that nobody reads, so that something has to come to disk.
async fn write(tx: &Tx<'_>) -> Result<()> {
    sql::execute(tx.conn, "UPDATE pulse SET writes = writes + 1", params![]).await.map(drop)
}
