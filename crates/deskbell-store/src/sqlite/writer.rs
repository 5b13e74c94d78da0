//! The one writer of a file: a thread that takes what waits, does all of it in one transaction, commits, and only then
//! answers. Group commit without a timer: one sync of the disk serves everybody who came during the one before, so
//! every verb that writes gets it for free. What was accepted goes into the machine's hands after the commit.

use super::cache::{Cache, Known};
use super::due::Due;
use super::fault::{Fault, Result};
use super::places::Numbering;
use super::queue;
use deskbell_core::Timestamp;
use deskbell_core::delivery::Epoch;
use deskbell_core::meter::{Meter, Tally};
use deskbell_core::policy::concurrency::Permit;
use deskbell_core::store::{self, Error, Handed, Hands};
use rusqlite::Connection;
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

/// Jobs of one transaction. Past a few hundred a larger one gains little and everybody waits longer.
const BATCH: usize = 1_000;
/// Jobs that may wait; further callers wait for room.
const QUEUE: usize = 4_096;

/// This machine, since it joined.
#[derive(Clone)]
pub(super) struct Machine {
    pub(super) epoch: Epoch,
    /// When its epoch ends without another beat. Kept in memory alone: the next start ends every epoch.
    pub(super) until: Timestamp,
    pub(super) hands: Arc<Hands>,
}

/// What the writer remembers from one transaction to the next.
#[derive(Default)]
struct Memory {
    webhooks: Cache,
    due: Due,
    places: Numbering,
    machine: Option<Machine>,
}

/// What goes out when the transaction is on disk.
#[derive(Default)]
pub(super) struct Outbox {
    /// New deliveries of this machine.
    pub(super) handed: Vec<Handed>,
    /// Something became due that was not handed over.
    pub(super) wake: bool,
}

/// What a job works with.
pub(super) struct Transaction<'c> {
    pub(super) conn: &'c Connection,
    /// Accounts and webhooks as they are inside this transaction.
    pub(super) webhooks: &'c mut Cache,
    /// Who is due when.
    pub(super) due: &'c mut Due,
    /// The places of new rows.
    pub(super) places: &'c mut Numbering,
    /// This machine, if it has joined.
    pub(super) machine: &'c mut Option<Machine>,
    pub(super) outbox: &'c mut Outbox,
    /// What the transaction does that is counted.
    pub(super) tally: &'c mut Tally,
}

impl Transaction<'_> {
    /// A place in this machine's hands for a new delivery to the webhook: none while something of it is due, which goes first.
    pub(super) fn permit(
        &mut self,
        webhook: i64,
        known: &Known,
        bytes: usize,
        now: Timestamp,
    ) -> Result<Option<Permit>> {
        match self.machine.as_ref().filter(|machine| machine.until > now) {
            Some(machine) if !self.due.is_waiting(self.conn, webhook, now)? => {
                Ok(machine.hands.concurrency.take(&known.webhook.id, &known.health, bytes, now))
            }
            _ => Ok(None),
        }
    }

    /// Whether the epoch goes on at `now`.
    pub(super) fn lasts(&self, epoch: Epoch, now: Timestamp) -> bool {
        self.machine.as_ref().is_some_and(|machine| machine.epoch == epoch && machine.until > now)
    }

    /// Does `work` wholly or, where `keep` does not hold of what it gives, not at all.
    pub(super) fn wholly<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T>,
        keep: impl FnOnce(&T) -> bool,
    ) -> Result<T> {
        self.conn.prepare_cached("SAVEPOINT whole")?.execute([])?;
        let (handed, mark) = (self.outbox.handed.len(), self.tally.mark());
        let given = work(self)?;
        if !keep(&given) {
            self.conn.prepare_cached("ROLLBACK TO whole")?.execute([])?;
            self.outbox.handed.truncate(handed);
            self.tally.undo(mark);
        }
        self.conn.prepare_cached("RELEASE whole")?.execute([])?;
        Ok(given)
    }
}

pub(super) struct Writer {
    jobs: Option<mpsc::Sender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
}

trait Job: Send {
    /// Does the work; `false` when it failed, and its changes must go.
    fn run(&mut self, tx: &mut Transaction<'_>) -> bool;
    /// Whether it reads all it needs before it writes: when it fails, it has as good as never written anything.
    fn is_checked(&self) -> bool;
    /// Tells the caller, after the commit; `failed` is why nothing of the batch was kept.
    fn answer(self: Box<Self>, failed: Option<&Error>);
}

struct Work<F, T> {
    work: Option<F>,
    checked: bool,
    done: Option<Result<T>>,
    caller: oneshot::Sender<store::Result<T>>,
}

impl<T: Send, F: FnOnce(&mut Transaction<'_>) -> Result<T> + Send> Job for Work<F, T> {
    fn run(&mut self, tx: &mut Transaction<'_>) -> bool {
        self.done = self.work.take().map(|work| work(tx));
        matches!(self.done, Some(Ok(_)))
    }

    fn is_checked(&self) -> bool {
        self.checked
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
    /// Starts the thread. What it commits is counted on `meter`.
    pub(super) fn start(conn: Connection, meter: Arc<Meter>) -> std::io::Result<Self> {
        let (jobs, waiting) = mpsc::channel(QUEUE);
        let thread =
            std::thread::Builder::new().name("writer".into()).spawn(move || run(&conn, waiting, &meter))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Runs `work` in the next transaction; `checked` work reads all it needs before it writes.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        checked: bool,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T> + Send + 'static,
    ) -> store::Result<T> {
        let closed = || Error::Unavailable("the store is closed".into());
        let (caller, answer) = oneshot::channel();
        let job = Box::new(Work { work: Some(work), checked, done: None, caller });
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
    let (mut memory, mut batch) = (Memory::default(), Vec::new());
    while let Some(first) = waiting.blocking_recv() {
        batch.push(first);
        // Where the processors are busy, those who are about to come are let in first: one commit serves them all.
        std::thread::yield_now();
        while batch.len() < BATCH
            && let Ok(next) = waiting.try_recv()
        {
            batch.push(next);
        }
        let (mut tally, mut outbox, machine) = (Tally::default(), Outbox::default(), memory.machine.clone());
        let failed = commit(conn, &mut memory, &mut batch, &mut outbox, &mut tally, meter);
        let failed = failed.map_err(Error::from).err();
        match failed {
            Some(_) => memory.take_back(machine),
            None => {
                meter.add(&tally);
                outbox.send(memory.machine.as_ref());
            }
        }
        for job in batch.drain(..) {
            job.answer(failed.as_ref());
        }
    }
}

/// One transaction for the whole batch. An error means that nothing of it was kept.
fn commit(
    conn: &Connection,
    memory: &mut Memory,
    batch: &mut [Box<dyn Job>],
    outbox: &mut Outbox,
    tally: &mut Tally,
    meter: &Meter,
) -> Result<()> {
    conn.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    let result = jobs(conn, memory, batch, outbox, tally).and_then(|()| {
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

fn jobs(
    conn: &Connection,
    memory: &mut Memory,
    batch: &mut [Box<dyn Job>],
    outbox: &mut Outbox,
    tally: &mut Tally,
) -> Result<()> {
    memory.check(conn)?;
    for job in batch {
        if job.is_checked() {
            let before = conn.total_changes();
            let done = job.run(&mut memory.transaction(conn, outbox, tally));
            if !done && conn.total_changes() != before {
                // It failed in the midst of writing, which only a disk or a file that is broken brings about.
                return Err(Fault::Store(Error::Unavailable(
                    "another write of the same batch failed".into(),
                )));
            }
        } else {
            guarded(conn, memory, job, outbox, tally)?;
        }
    }
    memory.webhooks.write(conn)
}

/// A job in a savepoint of its own, so that one which fails cannot spoil the others.
fn guarded(
    conn: &Connection,
    memory: &mut Memory,
    job: &mut Box<dyn Job>,
    outbox: &mut Outbox,
    tally: &mut Tally,
) -> Result<()> {
    // What the jobs before it left to be written is theirs.
    memory.webhooks.write(conn)?;
    conn.prepare_cached("SAVEPOINT job")?.execute([])?;
    let (mark, machine, handed) = (tally.mark(), memory.machine.clone(), outbox.handed.len());
    if !job.run(&mut memory.transaction(conn, outbox, tally)) {
        memory.take_back(machine);
        tally.undo(mark);
        outbox.handed.truncate(handed);
        // Fails when the error was so grave that SQLite itself ended the transaction: then all is lost.
        conn.prepare_cached("ROLLBACK TO job")?.execute([])?;
    }
    conn.prepare_cached("RELEASE job")?.execute([])?;
    Ok(())
}

impl Memory {
    fn transaction<'c>(
        &'c mut self,
        conn: &'c Connection,
        outbox: &'c mut Outbox,
        tally: &'c mut Tally,
    ) -> Transaction<'c> {
        let Self { webhooks, due, places, machine } = self;
        Transaction { conn, webhooks, due, places, machine, outbox, tally }
    }

    /// Looks whether another process wrote: then nothing that is remembered is sure.
    fn check(&mut self, conn: &Connection) -> Result<()> {
        if self.webhooks.check(conn)? {
            self.due.forget();
            self.places.forget();
            if let Some(machine) = &self.machine
                && !queue::lasts(conn, machine.epoch)?
            {
                self.machine = None;
            }
        }
        Ok(())
    }

    /// Something was rolled back: what it left in memory is forgotten, and read again as needed.
    fn take_back(&mut self, machine: Option<Machine>) {
        self.webhooks.clear();
        self.due.forget();
        self.machine = machine;
    }
}

impl Outbox {
    fn send(self, machine: Option<&Machine>) {
        let Some(Machine { hands, .. }) = machine else { return };
        if !self.handed.is_empty() {
            (hands.take)(self.handed);
        }
        if self.wake {
            (hands.wake)();
        }
    }
}
