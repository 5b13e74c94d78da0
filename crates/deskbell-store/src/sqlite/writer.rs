//! The one writer of a file: a thread that takes the jobs that wait, does them, brings them to disk in one commit, and only
//! then answers. Group commit without a timer: one sync of the disk serves everybody who came during the one before, so every
//! verb that writes gets it for free. What was accepted goes into the machine's hands after the commit.
//!
//! A commit is bounded in rows. What did not find place in it waits for the next one, and is served [by account](Waiting), in turn
//! with what is no account's (ends of attempts, claims, keys, sessions).
//!
//! A commit is an append to the redo log, when all jobs of the batch were steps of the hot path, or a transaction of SQLite's. The
//! tables take in what is in the log on a [thread of their own](super::settler): meanwhile steps go on, and whatever else waits for
//! the tables. Who reads has no job: he [waits](Reading) until the tables have what was answered before, and keeps nobody waiting.

pub(super) mod batch;
mod job;
mod reading;
pub(super) mod waiting;

use super::fault::Result;
use super::file::Rule;
use super::identity::Identity;
use super::pending::{Pace, Pending};
use super::readiness::Readiness;
use super::settler::Settler;
use super::tables::{Connections, Tables};
use super::transaction::{Memory, Outbox, Transaction};
use batch::commit;
use deskbell_core::Alarm;
use deskbell_core::id::AccountId;
use deskbell_core::meter::Meter;
use deskbell_core::store::{self, Error};
use job::{Ticket, Work};
use reading::Reading;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::{Semaphore, oneshot};
use waiting::Waiting;

/// Jobs of one commit. Past a few hundred a larger one gains little and everybody waits longer.
const BATCH: usize = 1_000;
/// Deliveries that one commit makes or changes, or pages that it captures, and at most those of one more job: a few milliseconds of
/// the writer's.
const ROWS: usize = 512;
/// Those of accounts alone, while accounts share the writer, and as many of the machine's own: each waits for what was begun before it came, and
/// a large commit gains nothing for it.
const SHARED_ROWS: usize = 128;
/// Accounts share the writer until so many commits were one account's alone.
const SHARED: u32 = 64;
/// Jobs of accounts that may wait, and so many of the machine's own; further callers wait for room.
pub(super) const QUEUE: usize = 4_096;

/// Pending rows that an account may bring after the tables were lent. Where they fall behind, whoever has brought as many waits until they
/// are back, and other accounts and the machine's own jobs go on.
const MUCH: usize = 256;
/// Nobody waits for them any more when they have been lent for so long: then not what comes is too much, but the disk is slow or another process
/// has the file, and the log goes on taking in what it has room for.
const HELD: Duration = Duration::from_millis(100);

pub(super) struct Writer {
    calls: mpsc::Sender<Call>,
    /// For jobs of accounts, and for the machine's own: these wait for none of those.
    room: [Arc<Semaphore>; 2],
    behind: Arc<AtomicBool>,
    readiness: Arc<Readiness>,
    thread: Option<JoinHandle<()>>,
}

/// What wakes the writer.
enum Call {
    Job(Ticket),
    /// To be answered when the tables have what is on disk now.
    Read(oneshot::Sender<()>),
    /// The settler gives something back.
    Back,
    /// No job comes any more.
    End,
}

impl Writer {
    /// Takes into the tables what a redo log at `redo` holds, and starts the thread, which writes with one of the connections. What
    /// it commits is counted on `meter`.
    pub(super) fn start(
        connections: Connections,
        redo: Option<(PathBuf, Pace)>,
        identity: Identity,
        readiness: Arc<Readiness>,
        meter: Arc<Meter>,
        alarm: &Alarm,
    ) -> std::result::Result<Self, Rule> {
        let (pending, identity) = (Pending::new(redo), Some(identity));
        let mut memory = Memory { pending, identity, readiness, ..Memory::default() };
        let (calls, called) = mpsc::channel();
        let (wake, settles) = (calls.clone(), Arc::clone(&memory.readiness));
        let wake = move || drop(wake.send(Call::Back));
        let mover = connections.mover.clone();
        let settler = Settler::start(wake, mover, settles, Arc::clone(&meter), alarm)?;
        let tables = Tables::new(connections, settler);
        let open = |memory: &mut Memory| {
            memory.pending.open(tables.conn())?;
            memory.learn(tables.conn())?;
            commit(&tables, memory, &mut Waiting::default(), &mut Vec::new(), false, &meter).map(drop)
        };
        open(&mut memory).map_err(Rule::of_redo)?;
        let room = [(); 2].map(|()| Arc::new(Semaphore::new(QUEUE)));
        let behind = memory.pending.behind();
        let readiness = Arc::clone(&memory.readiness);
        let guard = alarm.guard("the writer");
        let writing = move || {
            let _guard = guard;
            run(tables, memory, &called, &meter);
        };
        let thread = std::thread::Builder::new().name("writer".into()).spawn(writing)?;
        Ok(Self { calls, room, behind, readiness, thread: Some(thread) })
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
        self.calls.send(Call::Job(Ticket { account: account.cloned(), job })).map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }

    /// Waits until the tables have what was answered before this call, where it can be read; or until they refuse: then it will be seen
    /// later, and what they have can be read meanwhile.
    pub(super) async fn catch_up(&self) {
        if self.behind.load(Ordering::Acquire) {
            let (caller, answer) = oneshot::channel();
            let _ = self.calls.send(Call::Read(caller));
            // An error when the writer has ended.
            let _ = answer.await;
        }
    }
}

impl Drop for Writer {
    /// What was handed in is still written; then the file is closed.
    fn drop(&mut self) {
        let _ = self.calls.send(Call::End);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(mut tables: Tables, mut memory: Memory, calls: &Receiver<Call>, meter: &Meter) {
    let (mut waiting, mut batch, mut reading) = (Waiting::default(), Vec::new(), Reading::default());
    // Whether more jobs may come; whether all that wait need the tables, which are lent, or wait for them; and whether jobs that need them
    // had a turn since they were lent.
    let (mut open, mut stuck, mut served) = (true, false, true);
    loop {
        let wanted = memory.pending.is_ripe() || (!reading.is_empty() && memory.pending.is_whole());
        if !tables.is_lent() && wanted && (served || !waiting.needs_tables()) {
            hand_over(&mut tables, &mut memory, &mut waiting);
            reading.answer(&memory.pending);
            served = false;
        }
        let first = match memory.pending.left() {
            _ if !stuck && (!open || !waiting.is_empty()) => calls.recv_timeout(Duration::ZERO),
            Some(left) if !tables.is_lent() => calls.recv_timeout(left),
            _ => match tables.lent_for().filter(|lent| stuck && *lent < HELD) {
                Some(lent) => calls.recv_timeout(HELD - lent),
                None => calls.recv().map_err(RecvTimeoutError::from),
            },
        };
        if let Ok(first) = first {
            // Where the processors are busy, those who are about to come are let in first: one commit serves them all.
            std::thread::yield_now();
            for call in std::iter::once(first).chain(calls.try_iter()) {
                match call {
                    Call::Job(ticket) => waiting.push(ticket),
                    Call::Read(caller) => reading.push(caller, &memory.pending),
                    Call::Back => {}
                    Call::End => open = false,
                }
            }
        }
        let locked = take_home(&tables, &mut memory);
        reading.answer(&memory.pending);
        // Who waited for them until now has them now, with what little came meanwhile.
        if !tables.is_lent() && memory.pending.is_much() && (served && waiting.needs_tables()) {
            hand_over(&mut tables, &mut memory, &mut waiting);
            served = false;
        }
        let last = !open && waiting.is_empty();
        let stranded = memory.pending.is_stranded() || (!reading.is_empty() && !memory.pending.is_whole());
        if waiting.is_empty() && !last && !stranded {
            continue;
        }
        served |= !tables.is_lent();
        let done = commit(&tables, &mut memory, &mut waiting, &mut batch, locked, meter);
        stuck = batch.is_empty() && tables.is_lent();
        let (written, failed) = (matches!(done, Ok(true)), done.err().map(Error::from));
        if let Some(error) = failed.as_ref().filter(|_| batch.is_empty()) {
            memory.pending.refuse();
            tell(error);
        }
        for job in batch.drain(..) {
            job.answer(failed.as_ref());
        }
        reading.answer(&memory.pending);
        if written {
            tables.move_log();
        }
        if last {
            memory.pending.close();
            return;
        }
    }
}

/// Has the tables take in what there is, beside the writer.
fn hand_over(tables: &mut Tables, memory: &mut Memory, waiting: &mut Waiting) {
    waiting.lent();
    if let Err(fault) = memory.hand_over(tables) {
        memory.readiness.failed(&fault);
        memory.pending.refuse();
        tell(&fault.into());
    }
}

/// Takes notice of what the settler gave back; gives whether another process kept the tables locked.
fn take_home(tables: &Tables, memory: &mut Memory) -> bool {
    let mut outbox = Outbox::default();
    loop {
        match memory.transaction(tables, &mut outbox).bring_home(Some(Duration::ZERO)) {
            Ok(true) => {}
            Ok(false) => return outbox.locked,
            Err(fault) => tell(&fault.into()),
        }
    }
}

fn tell(error: &Error) {
    tracing::warn!(%error, "the tables cannot take in what is in the redo log yet");
}
