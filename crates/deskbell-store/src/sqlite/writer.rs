//! The one writer of a file: a thread that takes what waits, does all of it in one transaction, commits, and only then
//! answers. Group commit without a timer: one sync of the disk serves everybody who came during the one before, so
//! every verb that writes gets it for free.

use super::cache::Cache;
use super::fault::{Result, told};
use deskbell_core::meter::{Meter, Tally};
use deskbell_core::store::{self, Error};
use rusqlite::Connection;
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

/// Jobs of one transaction. Past a few hundred a larger one gains little and everybody waits longer.
const BATCH: usize = 1_000;
/// Jobs that may wait; further callers wait for room.
const QUEUE: usize = 4_096;

/// What a job works with.
pub(super) struct Transaction<'c> {
    pub(super) conn: &'c Connection,
    /// The webhooks as they are inside this transaction.
    pub(super) webhooks: &'c mut Cache,
    /// What the transaction does that is counted.
    pub(super) tally: &'c mut Tally,
}

pub(super) struct Writer {
    jobs: Option<mpsc::Sender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
}

trait Job: Send {
    /// Does the work; `false` when it failed, and its changes must go.
    fn run(&mut self, tx: &mut Transaction<'_>) -> bool;
    /// Tells the caller, after the commit; `failed` is why nothing of the batch was kept.
    fn answer(self: Box<Self>, failed: Option<&rusqlite::Error>);
}

struct Work<F, T> {
    work: Option<F>,
    done: Option<Result<T>>,
    caller: oneshot::Sender<store::Result<T>>,
}

impl<T: Send, F: FnOnce(&mut Transaction<'_>) -> Result<T> + Send> Job for Work<F, T> {
    fn run(&mut self, tx: &mut Transaction<'_>) -> bool {
        self.done = self.work.take().map(|work| work(tx));
        matches!(self.done, Some(Ok(_)))
    }

    fn answer(self: Box<Self>, failed: Option<&rusqlite::Error>) {
        let answer = match (self.done, failed) {
            (Some(Err(fault)), _) => Err(fault.into()),
            (_, Some(error)) => Err(told(error)),
            (Some(Ok(value)), None) => Ok(value),
            (None, None) => Err(Error::Unavailable("the job was not run".into())),
        };
        // A caller who went away loses the answer, not the work.
        let _ = self.caller.send(answer);
    }
}

impl Writer {
    /// Starts the thread. What it commits is counted on `meter`.
    pub(super) fn start(conn: Connection, meter: Arc<Meter>) -> std::io::Result<Self> {
        let (jobs, waiting) = mpsc::channel(QUEUE);
        let thread =
            std::thread::Builder::new().name("writer".into()).spawn(move || run(&conn, waiting, &meter))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T> + Send + 'static,
    ) -> store::Result<T> {
        let closed = || Error::Unavailable("the store is closed".into());
        let (caller, answer) = oneshot::channel();
        let job = Box::new(Work { work: Some(work), done: None, caller });
        self.jobs.as_ref().ok_or_else(closed)?.send(job).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }
}

impl Drop for Writer {
    /// What was handed in is still written; then the file is closed.
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(conn: &Connection, mut waiting: mpsc::Receiver<Box<dyn Job>>, meter: &Meter) {
    let mut webhooks = Cache::default();
    let mut batch = Vec::new();
    while let Some(first) = waiting.blocking_recv() {
        batch.push(first);
        while batch.len() < BATCH
            && let Ok(next) = waiting.try_recv()
        {
            batch.push(next);
        }
        let mut tally = Tally::default();
        let failed = commit(conn, &mut webhooks, &mut batch, &mut tally, meter).err();
        match failed {
            Some(_) => webhooks.clear(),
            None => meter.add(&tally),
        }
        for job in batch.drain(..) {
            job.answer(failed.as_ref());
        }
    }
}

/// One transaction for the whole batch. An error means that nothing of it was kept.
fn commit(
    conn: &Connection,
    webhooks: &mut Cache,
    batch: &mut [Box<dyn Job>],
    tally: &mut Tally,
    meter: &Meter,
) -> rusqlite::Result<()> {
    conn.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    let result = jobs(conn, webhooks, batch, tally).and_then(|()| {
        let began = Instant::now();
        conn.prepare_cached("COMMIT")?.execute([])?;
        meter.committed(began.elapsed());
        Ok(())
    });
    if result.is_err() && !conn.is_autocommit() {
        conn.prepare_cached("ROLLBACK")?.execute([])?;
    }
    result
}

/// Each job has a savepoint, so that one which fails cannot spoil the others.
fn jobs(
    conn: &Connection,
    webhooks: &mut Cache,
    batch: &mut [Box<dyn Job>],
    tally: &mut Tally,
) -> rusqlite::Result<()> {
    webhooks.check(conn)?;
    for job in batch {
        conn.prepare_cached("SAVEPOINT job")?.execute([])?;
        let mark = tally.mark();
        if !job.run(&mut Transaction { conn, webhooks: &mut *webhooks, tally: &mut *tally }) {
            webhooks.clear();
            tally.undo(mark);
            // Fails when the error was so grave that SQLite itself ended the transaction: then all is lost.
            conn.prepare_cached("ROLLBACK TO job")?.execute([])?;
        }
        conn.prepare_cached("RELEASE job")?.execute([])?;
    }
    Ok(())
}
