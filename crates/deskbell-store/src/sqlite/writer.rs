//! The one writer of a file: a thread that takes the jobs that wait, does all of them, brings them to disk in one commit, and
//! only then answers. Group commit without a timer: one sync of the disk serves everybody who came during the one before, so
//! every verb that writes gets it for free. What was accepted goes into the machine's hands after the commit.
//!
//! A commit is an append to the redo log, when all jobs of the batch were steps of the hot path, or a transaction of SQLite's.

use super::fault::{Fault, Result};
use super::file::Rule;
use super::pending::Pending;
use super::transaction::{Memory, Outbox, Transaction};
use deskbell_core::meter::Meter;
use deskbell_core::store::{self, Error};
use rusqlite::Connection;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread::JoinHandle;
use tokio::sync::{Semaphore, oneshot};
use tokio::time::Instant;

/// Jobs of one commit. Past a few hundred a larger one gains little and everybody waits longer.
const BATCH: usize = 1_000;
/// Jobs that may wait; further callers wait for room.
const QUEUE: usize = 4_096;

pub(super) struct Writer {
    jobs: Option<mpsc::Sender<Box<dyn Job>>>,
    room: Arc<Semaphore>,
    behind: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

trait Job: Send {
    /// Does the work; `false` when it failed, and its changes must go.
    fn run(&mut self, tx: &mut Transaction<'_>) -> bool;
    /// Does not do it, for this reason.
    fn refuse(&mut self, fault: Fault);
    /// Whether it is a step of the hot path: it reads all it needs before it pushes, and settles by itself where it must.
    fn is_step(&self) -> bool;
    /// Tells the caller, after the commit; `failed` is why nothing of the batch was kept.
    fn answer(self: Box<Self>, failed: Option<&Error>);
}

struct Work<F, T> {
    work: Option<F>,
    step: bool,
    done: Option<Result<T>>,
    caller: oneshot::Sender<store::Result<T>>,
}

impl<T: Send, F: FnOnce(&mut Transaction<'_>) -> Result<T> + Send> Job for Work<F, T> {
    fn run(&mut self, tx: &mut Transaction<'_>) -> bool {
        self.done = self.work.take().map(|work| work(tx));
        matches!(self.done, Some(Ok(_)))
    }

    fn refuse(&mut self, fault: Fault) {
        self.done = Some(Err(fault));
    }

    fn is_step(&self) -> bool {
        self.step
    }

    fn answer(self: Box<Self>, failed: Option<&Error>) {
        let answer = match (self.done, failed) {
            (Some(Err(fault)), _) => Err(fault.into()),
            (_, Some(error)) => Err(error.again()),
            (Some(Ok(value)), None) => Ok(value),
            (None, None) => Err(Error::Unavailable("the job was not run".into())),
        };
        // A caller who went away loses the answer, not the work.
        let _ = self.caller.send(answer);
    }
}

impl Writer {
    /// Takes into the tables what a redo log at `redo` holds, and starts the thread. What it commits is counted on `meter`.
    pub(super) fn start(
        conn: Connection,
        redo: Option<PathBuf>,
        meter: Arc<Meter>,
    ) -> std::result::Result<Self, Rule> {
        let mut memory = Memory { pending: Pending::new(redo), ..Memory::default() };
        let open = |memory: &mut Memory| {
            memory.pending.open(&conn)?;
            memory.learn(&conn)?;
            commit(&conn, memory, &mut [], &meter)
        };
        open(&mut memory).map_err(Rule::of_redo)?;
        let (jobs, waiting) = mpsc::channel();
        let room = Arc::new(Semaphore::new(QUEUE));
        let (free, behind) = (Arc::clone(&room), memory.pending.behind());
        let writing = move || run(&conn, memory, &waiting, &free, &meter);
        let thread = std::thread::Builder::new().name("writer".into()).spawn(writing)?;
        Ok(Self { jobs: Some(jobs), room, behind, thread: Some(thread) })
    }

    /// Runs `work` in the next commit; a `step` settles by itself where it must.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        step: bool,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T> + Send + 'static,
    ) -> store::Result<T> {
        let closed = || Error::Unavailable("the store is closed".into());
        let (caller, answer) = oneshot::channel();
        let job = Box::new(Work { work: Some(work), step, done: None, caller });
        // The writer gives the room back when it takes the job.
        self.room.acquire().await.map_err(|_| closed())?.forget();
        self.jobs.as_ref().ok_or_else(closed)?.send(job).map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }

    /// Brings what was answered before this call into the tables, where it can be read.
    pub(super) async fn catch_up(&self) {
        // Once more if another job of its batch failed.
        for _ in 0..2 {
            if !self.behind.load(Ordering::Acquire) {
                return;
            }
            if let Err(error) = self.write(false, |_| Ok(())).await {
                // It is on disk, and will be seen later: what the tables have can be read meanwhile.
                tracing::warn!(%error, "the tables cannot take in what is in the redo log yet");
            }
        }
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

fn run(
    conn: &Connection,
    mut memory: Memory,
    waiting: &Receiver<Box<dyn Job>>,
    room: &Semaphore,
    meter: &Meter,
) {
    let mut batch = Vec::new();
    loop {
        let first = match memory.pending.left() {
            Some(left) => waiting.recv_timeout(left),
            None => waiting.recv().map_err(RecvTimeoutError::from),
        };
        let open = !matches!(first, Err(RecvTimeoutError::Disconnected));
        if let Ok(first) = first {
            batch.push(first);
            // Where the processors are busy, those who are about to come are let in first: one commit serves them all.
            std::thread::yield_now();
            batch.extend(waiting.try_iter().take(BATCH - 1));
            room.add_permits(batch.len());
        }
        // Nobody came for a while, or will come any more: the tables catch up.
        let failed = commit(conn, &mut memory, &mut batch, meter).map_err(Error::from).err();
        if let Some(error) = failed.as_ref().filter(|_| batch.is_empty()) {
            tracing::warn!(%error, "the tables cannot take in what is in the redo log yet");
            memory.pending.wait();
        }
        for job in batch.drain(..) {
            job.answer(failed.as_ref());
        }
        if !open {
            memory.pending.close();
            return;
        }
    }
}

/// Brings the whole batch to disk. An error means that nothing of it was kept.
fn commit(conn: &Connection, memory: &mut Memory, batch: &mut [Box<dyn Job>], meter: &Meter) -> Result<()> {
    let (mut outbox, machine) = (Outbox::default(), memory.machine.clone());
    let done = jobs(conn, memory, batch, &mut outbox).and_then(|()| sync(conn, memory, &mut outbox, meter));
    match done {
        Ok(()) => {
            outbox.send(memory.machine.as_ref(), meter);
            Ok(())
        }
        Err(fault) => {
            memory.take_back(machine);
            memory.pending.take_back();
            if !conn.is_autocommit() {
                conn.prepare_cached("ROLLBACK")?.execute([])?;
            }
            memory.learn(conn).and(Err(fault))
        }
    }
}

/// The end of a batch: one sync of one file.
fn sync(conn: &Connection, memory: &mut Memory, outbox: &mut Outbox, meter: &Meter) -> Result<()> {
    if !memory.pending.is_for_the_log() {
        memory.transaction(conn, outbox).settle()?;
    }
    let began = Instant::now();
    if conn.is_autocommit() {
        if !memory.pending.is_new() {
            return Ok(());
        }
        memory.pending.log()?;
    } else {
        memory.webhooks.write(conn)?;
        conn.prepare_cached("COMMIT")?.execute([])?;
        memory.pending.committed();
    }
    meter.committed(began.elapsed());
    Ok(())
}

fn jobs(
    conn: &Connection,
    memory: &mut Memory,
    batch: &mut [Box<dyn Job>],
    outbox: &mut Outbox,
) -> Result<()> {
    if !memory.pending.is_ours() && memory.pending.open(conn)? {
        memory.learn(conn)?;
    }
    if batch.is_empty() || memory.webhooks.is_old(conn)? {
        memory.transaction(conn, outbox).settle()?;
    }
    for job in batch {
        if job.is_step() {
            step(conn, memory, job, outbox)?;
        } else {
            guarded(conn, memory, job, outbox)?;
        }
    }
    Ok(())
}

/// A job of the hot path.
fn step(conn: &Connection, memory: &mut Memory, job: &mut Box<dyn Job>, outbox: &mut Outbox) -> Result<()> {
    let state = || (conn.total_changes(), conn.is_autocommit());
    let (before, entries) = (state(), memory.pending.mark());
    let (mark, machine) = (outbox.mark(), memory.machine.clone());
    if job.run(&mut memory.transaction(conn, outbox)) {
        return Ok(());
    }
    if state() != before {
        // It failed in the midst of writing, or SQLite has ended the transaction, which only a disk or a file that is broken
        // brings about.
        return Err(Fault::Store(Error::Unavailable("another write of the same batch failed".into())));
    }
    outbox.undo(&mark);
    if memory.pending.undo(entries) {
        memory.take_back(machine);
        outbox.wake = true;
        memory.learn(conn)?;
    }
    Ok(())
}

/// Any other job, in a savepoint of its own, so that one which fails cannot spoil the others.
fn guarded(
    conn: &Connection,
    memory: &mut Memory,
    job: &mut Box<dyn Job>,
    outbox: &mut Outbox,
) -> Result<()> {
    let before = conn.total_changes();
    if let Err(fault) = memory.transaction(conn, outbox).settle() {
        // Another process holds the file: steps can go on without it.
        let begun = !conn.is_autocommit() || conn.total_changes() != before;
        job.refuse(fault);
        return if begun {
            Err(Error::Unavailable("the tables cannot be written".into()).into())
        } else {
            Ok(())
        };
    }
    // What the jobs before it left to be written is theirs.
    memory.webhooks.write(conn)?;
    conn.prepare_cached("SAVEPOINT job")?.execute([])?;
    let (mark, machine) = (outbox.mark(), memory.machine.clone());
    if !job.run(&mut memory.transaction(conn, outbox)) {
        memory.take_back(machine);
        outbox.undo(&mark);
        // The next claim reads again who is due when.
        outbox.wake = true;
        // Fails when the error was so grave that SQLite itself ended the transaction: then all is lost.
        conn.prepare_cached("ROLLBACK TO job")?.execute([])?;
    }
    conn.prepare_cached("RELEASE job")?.execute([])?;
    Ok(())
}
