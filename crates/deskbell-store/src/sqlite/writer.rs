//! The one writer of a file: a thread that takes the jobs that wait, does them, brings them to disk in one commit, and only
//! then answers. Group commit without a timer: one sync of the disk serves everybody who came during the one before, so every
//! verb that writes gets it for free. What was accepted goes into the machine's hands after the commit.
//!
//! A commit is bounded in rows. What did not find place in it waits for the next one, and is served [by account](RoundRobin), in turn
//! with what is no account's (ends of attempts, claims, keys, sessions).
//!
//! A commit is an append to the redo log, when all jobs of the batch were steps of the hot path, or a transaction of SQLite's.

use super::fault::{Fault, Result};
use super::file::Rule;
use super::identity::Identity;
use super::pending::Pending;
use super::readiness::Readiness;
use super::transaction::{Memory, Outbox, Transaction};
use deskbell_core::Alarm;
use deskbell_core::id::AccountId;
use deskbell_core::meter::Meter;
use deskbell_core::policy::round_robin::RoundRobin;
use deskbell_core::store::{self, Error};
use deskbell_core::usage::{Resource, Usage};
use rusqlite::Connection;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::Instant;

/// Jobs of one commit. Past a few hundred a larger one gains little and everybody waits longer.
const BATCH: usize = 1_000;
/// Deliveries that one commit makes or changes, or pages that it captures, and at most those of one more job: a few milliseconds of
/// the writer's.
const ROWS: usize = 512;
/// Those of accounts alone, while accounts share the writer: each waits for what was begun before it came, and a large commit gains
/// nothing for it.
const SHARED_ROWS: usize = 128;
/// Accounts share the writer until so many commits were one account's alone.
const SHARED: u32 = 64;
/// Jobs of accounts that may wait, and so many of the machine's own; further callers wait for room.
pub(super) const QUEUE: usize = 4_096;

pub(super) struct Writer {
    jobs: Option<mpsc::Sender<Ticket>>,
    /// For jobs of accounts, and for the machine's own: these wait for none of those.
    room: [Arc<Semaphore>; 2],
    behind: Arc<AtomicBool>,
    readiness: Arc<Readiness>,
    thread: Option<JoinHandle<()>>,
}

/// A job, and the account that it is for; `None` for the machine's own.
struct Ticket {
    account: Option<AccountId>,
    job: Box<dyn Job>,
}

impl Ticket {
    /// Does the work, and notes how long its account had the writer for it.
    fn run(&mut self, tx: &mut Transaction<'_>, usage: &Usage) -> bool {
        let began = Instant::now();
        let done = self.job.run(tx);
        usage.note_time(Resource::Writer, self.account.as_ref(), began.elapsed());
        done
    }
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
    /// Its place among those that may wait, until it is answered.
    _room: OwnedSemaphorePermit,
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
        identity: Identity,
        readiness: Arc<Readiness>,
        meter: Arc<Meter>,
        alarm: &Alarm,
    ) -> std::result::Result<Self, Rule> {
        let (pending, identity) = (Pending::new(redo), Some(identity));
        let mut memory = Memory { pending, identity, readiness, ..Memory::default() };
        let open = |memory: &mut Memory| {
            memory.pending.open(&conn)?;
            memory.learn(&conn)?;
            commit(&conn, memory, &mut Waiting::default(), &mut Vec::new(), &meter)
        };
        open(&mut memory).map_err(Rule::of_redo)?;
        let (jobs, taken) = mpsc::channel();
        let room = [(); 2].map(|()| Arc::new(Semaphore::new(QUEUE)));
        let behind = memory.pending.behind();
        let readiness = Arc::clone(&memory.readiness);
        let guard = alarm.guard("the writer");
        let writing = move || {
            let _guard = guard;
            run(&conn, memory, &taken, &meter);
        };
        let thread = std::thread::Builder::new().name("writer".into()).spawn(writing)?;
        Ok(Self { jobs: Some(jobs), room, behind, readiness, thread: Some(thread) })
    }

    /// Whether writing works.
    pub(super) fn readiness(&self) -> &Arc<Readiness> {
        &self.readiness
    }

    /// Runs `work` in a commit, when it is the turn of the account that it is for; a `step` settles by itself where it must.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        account: Option<&AccountId>,
        step: bool,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T> + Send + 'static,
    ) -> store::Result<T> {
        let closed = || Error::Unavailable("the store is closed".into());
        let (caller, answer) = oneshot::channel();
        let [others, own] = &self.room;
        let room = Arc::clone(if account.is_some() { others } else { own });
        let room = room.acquire_owned().await.map_err(|_| closed())?;
        let job = Box::new(Work { work: Some(work), step, done: None, caller, _room: room });
        self.jobs
            .as_ref()
            .ok_or_else(closed)?
            .send(Ticket { account: account.cloned(), job })
            .map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }

    /// Brings what was answered before this call into the tables, where it can be read.
    pub(super) async fn catch_up(&self) {
        // Once more if another job of its batch failed.
        for _ in 0..2 {
            if !self.behind.load(Ordering::Acquire) {
                return;
            }
            if let Err(error) = self.write(None, false, |_| Ok(())).await {
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

/// What waits for the writer.
#[derive(Default)]
struct Waiting {
    /// The machine's own, which take turns with those of accounts.
    own: VecDeque<Box<dyn Job>>,
    others: RoundRobin<AccountId, Box<dyn Job>>,
    /// Whether the next turn is an account's.
    other: bool,
    /// Whose the last turn of an account was.
    last: Option<AccountId>,
    /// For how many commits accounts have shared the writer.
    shared: u32,
}

impl Waiting {
    fn push(&mut self, Ticket { account, job }: Ticket) {
        match account {
            Some(account) => self.others.push(account, job),
            None => self.own.push_back(job),
        }
    }

    fn next(&mut self) -> Option<Ticket> {
        if self.is_empty() {
            return None;
        }
        self.other = !self.other && !self.others.is_empty() || self.own.is_empty();
        if !self.other {
            return Some(Ticket { account: None, job: self.own.pop_front()? });
        }
        let (account, job) = self.others.next(|_, _| true)?;
        let last = self.last.replace(account.clone());
        if last.is_some() && last != self.last {
            self.shared = SHARED;
        }
        Some(Ticket { account: Some(account), job })
    }

    /// Rows of one commit that may be accounts'.
    fn rows(&self) -> usize {
        if self.shared > 0 { SHARED_ROWS } else { ROWS }
    }

    fn is_empty(&self) -> bool {
        self.own.is_empty() && self.others.is_empty()
    }
}

fn run(conn: &Connection, mut memory: Memory, jobs: &Receiver<Ticket>, meter: &Meter) {
    let (mut waiting, mut batch) = (Waiting::default(), Vec::new());
    loop {
        let first = match memory.pending.left() {
            _ if !waiting.is_empty() => jobs.recv_timeout(Duration::ZERO),
            Some(left) => jobs.recv_timeout(left),
            None => jobs.recv().map_err(RecvTimeoutError::from),
        };
        let open = !matches!(first, Err(RecvTimeoutError::Disconnected)) || !waiting.is_empty();
        if let Ok(first) = first {
            waiting.push(first);
            // Where the processors are busy, those who are about to come are let in first: one commit serves them all.
            std::thread::yield_now();
            jobs.try_iter().for_each(|job| waiting.push(job));
        }
        // Nobody came for a while, or will come any more: the tables catch up.
        let failed = commit(conn, &mut memory, &mut waiting, &mut batch, meter).map_err(Error::from).err();
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

/// Brings to disk what finds place in one commit, and leaves it in `batch`. An error means that nothing of it was kept.
fn commit(
    conn: &Connection,
    memory: &mut Memory,
    waiting: &mut Waiting,
    batch: &mut Vec<Box<dyn Job>>,
    meter: &Meter,
) -> Result<()> {
    let (mut outbox, machine) = (Outbox::default(), memory.machine.clone());
    let done = jobs(conn, memory, waiting, batch, &mut outbox, meter)
        .and_then(|()| sync(conn, memory, &mut outbox, meter));
    match done {
        Ok(()) => {
            outbox.send(memory.machine.as_ref(), meter);
            Ok(())
        }
        Err(fault) => {
            memory.readiness.failed(&fault);
            if batch.is_empty() {
                // It failed before the first: nobody is to wait for another try.
                batch.extend(std::iter::from_fn(|| Some(waiting.next()?.job)).take(BATCH));
            }
            memory.take_back(machine);
            memory.pending.take_back();
            if !conn.is_autocommit() {
                conn.prepare_cached("ROLLBACK")?.execute([])?;
            }
            if let Some(machine) = &memory.machine {
                // Who is due when is forgotten; the next claim reads it again.
                (machine.hands.wake)();
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
        memory.readiness.logged();
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
    waiting: &mut Waiting,
    batch: &mut Vec<Box<dyn Job>>,
    outbox: &mut Outbox,
    meter: &Meter,
) -> Result<()> {
    memory.look_at_files(conn)?;
    if !memory.pending.is_ours() && memory.pending.open(conn)? {
        memory.learn(conn)?;
    }
    if waiting.is_empty() || memory.webhooks.is_old(conn)? {
        memory.transaction(conn, outbox).settle()?;
    }
    waiting.shared = waiting.shared.saturating_sub(1);
    let mut of_accounts = 0;
    while batch.len() < BATCH && outbox.rows < ROWS && of_accounts < waiting.rows() {
        let before = outbox.rows;
        let Some(mut ticket) = waiting.next() else { break };
        let run = if ticket.job.is_step() { step } else { guarded };
        let done = run(conn, memory, &mut ticket, outbox, meter.usage());
        let is_theirs = ticket.account.is_some();
        batch.push(ticket.job);
        done?;
        let rows = outbox.rows - before;
        if is_theirs {
            of_accounts += rows;
        } else if rows == 0 {
            // It cost next to nothing: that was no turn.
            waiting.other = true;
        }
    }
    Ok(())
}

/// A job of the hot path.
fn step(
    conn: &Connection,
    memory: &mut Memory,
    ticket: &mut Ticket,
    outbox: &mut Outbox,
    usage: &Usage,
) -> Result<()> {
    let state = || (conn.total_changes(), conn.is_autocommit());
    let (before, entries) = (state(), memory.pending.mark());
    let (mark, machine) = (outbox.mark(), memory.machine.clone());
    if ticket.run(&mut memory.transaction(conn, outbox), usage) {
        return Ok(());
    }
    if state() != before {
        // It failed in the midst of writing, or SQLite has ended the transaction, which only a disk or a file that is broken
        // brings about.
        return Err(Fault::Spoiled);
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
    ticket: &mut Ticket,
    outbox: &mut Outbox,
    usage: &Usage,
) -> Result<()> {
    let before = conn.total_changes();
    if let Err(fault) = memory.transaction(conn, outbox).settle() {
        // Another process holds the file: steps can go on without it.
        let begun = !conn.is_autocommit() || conn.total_changes() != before;
        memory.readiness.failed(&fault);
        ticket.job.refuse(fault);
        return if begun { Err(Fault::Spoiled) } else { Ok(()) };
    }
    // What the jobs before it left to be written is theirs.
    memory.webhooks.write(conn)?;
    conn.prepare_cached("SAVEPOINT job")?.execute([])?;
    let (mark, machine) = (outbox.mark(), memory.machine.clone());
    if !ticket.run(&mut memory.transaction(conn, outbox), usage) {
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
