//! Readiness: when writing last worked, and what failed since. Whoever asks reads what the writer found anyway; a write of its own
//! is made only when there was none for a few seconds, one for all who ask.

use super::fault::{Fault, Result};
use super::file::BUSY;
use super::transaction::Transaction;
use super::writer::Writer;
use deskbell_core::store::{self, Unready};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

/// How long what was found is good for.
const FRESH: Duration = Duration::from_secs(3);
/// How long whoever asks waits for a write.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long that write waits for another process's lock; everybody's writes wait behind it.
const LOCKED: Duration = Duration::from_millis(500);

/// What the writer and the queue found.
#[derive(Debug, Default)]
pub(super) struct Readiness {
    found: watch::Sender<Found>,
    /// Whether a write of our own is under way.
    asking: AtomicBool,
}

#[derive(Debug, Clone, Copy, Default)]
struct Found {
    /// When anything last came to disk.
    written: Option<Instant>,
    /// When the tables did.
    committed: Option<Instant>,
    /// What failed since the tables did, and when.
    failed: Option<(Instant, Unready)>,
    /// What keeps the queue from handing out.
    queue: Option<Unready>,
}

impl Found {
    fn verdict(&self) -> Option<Unready> {
        self.failed.map(|(_, why)| why).or(self.queue)
    }

    fn is_fresh(&self, now: Instant) -> bool {
        let at = self.failed.map(|(at, _)| at).or(self.written);
        at.is_some_and(|at| now.saturating_duration_since(at) < FRESH)
    }

    fn is_since(&self, then: Instant) -> bool {
        [self.committed, self.failed.map(|(at, _)| at)].into_iter().flatten().any(|at| at >= then)
    }
}

impl Readiness {
    /// Something is in the redo log. It says nothing of the tables, which have to take it in.
    pub(super) fn logged(&self) {
        self.found.send_modify(|found| found.written = Some(Instant::now()));
    }

    /// The tables came to disk.
    pub(super) fn committed(&self) {
        let now = Some(Instant::now());
        let mut again = false;
        self.found.send_modify(|found| {
            again = found.failed.is_some();
            *found = Found { written: now, committed: now, failed: None, ..*found };
        });
        if again {
            tracing::info!("writing works again");
        }
    }

    /// A write failed, for a reason that is not its own.
    pub(super) fn failed(&self, fault: &Fault) {
        let Some(why) = fault.unready() else { return };
        let mut news = false;
        self.found.send_modify(|found| {
            news = found.failed.is_none();
            found.failed = Some((Instant::now(), why));
        });
        if news {
            tracing::error!(%why, ?fault, "writing does not work: not ready");
        }
    }

    /// Why nothing can be written or handed out, as far as is known.
    pub(super) fn verdict(&self) -> Option<Unready> {
        self.found.borrow().verdict()
    }

    /// What a call of the queue came to.
    pub(super) fn queue<T>(&self, result: &store::Result<T>) {
        let why = result.is_err().then_some(Unready::Queue);
        self.found.send_if_modified(|found| std::mem::replace(&mut found.queue, why) != why);
    }
}

/// Why nothing can be written through `writer`, if so.
pub(super) async fn unready(writer: &Writer) -> Option<Unready> {
    let readiness = writer.readiness();
    let (mut found, began) = (readiness.found.subscribe(), Instant::now());
    let before = *found.borrow_and_update();
    if before.is_fresh(began) {
        return before.verdict();
    }
    let asked = async {
        if let Some(asking) = Asking::begin(readiness)
            && writer.write(None, true, move |tx| asking.write(tx)).await.is_err()
        {
            return readiness.verdict().or(Some(Unready::Failing));
        }
        let since = found.wait_for(|found| found.is_since(began)).await;
        since.map_or(Some(Unready::Failing), |found| found.verdict())
    };
    timeout(PATIENCE, asked).await.unwrap_or(Some(Unready::Silent))
}

/// A write of our own, until it is on disk or given up.
struct Asking(Arc<Readiness>);

impl Asking {
    /// `None` when there is one already.
    fn begin(readiness: &Arc<Readiness>) -> Option<Self> {
        (!readiness.asking.swap(true, Ordering::AcqRel)).then(|| Self(Arc::clone(readiness)))
    }

    /// Changes a number in the head of the file that nobody reads, so that a page has to come to disk. Tables that do not come back
    /// soon are about to write some: what becomes of that will be told.
    fn write(self, tx: &mut Transaction<'_>) -> Result<Self> {
        tx.bring_home(Some(LOCKED))?;
        if tx.tables.is_lent() {
            return Ok(self);
        }
        tx.conn.busy_timeout(LOCKED)?;
        let settled = tx.settle();
        tx.conn.busy_timeout(BUSY)?;
        let written = settled.and_then(|()| {
            let number: i32 = tx.conn.pragma_query_value(None, "user_version", |row| row.get(0))?;
            Ok(tx.conn.pragma_update(None, "user_version", number.wrapping_add(1))?)
        });
        written.inspect_err(|fault| self.0.failed(fault)).map(|()| self)
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        self.0.asking.store(false, Ordering::Release);
    }
}
