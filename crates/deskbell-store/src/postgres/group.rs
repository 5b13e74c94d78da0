//! Group commit: what is accepted at the same time is stored in one transaction. While one is under way the next ones gather, so that
//! nobody waits for a timer, and the more callers there are, the more of them share a commit.
//!
//! **Nobody waits for another account.** The common transaction takes the locks that are free. An account that somebody else is
//! writing has a line of its own for as long as any of its calls wait: there the same is done for it alone, and only it waits. Whoever comes
//! while its lock is waited for is stored with those who wait.

use super::Database;
use super::accept::{self, Item, Verdict};
use super::connections::Side;
use super::fault::Result;
use super::machine::Joined;
use super::transaction::{Durable, Tx, write_early};
use deskbell_core::id::AccountId;
use deskbell_core::policy::concurrency::Crowd;
use deskbell_core::store::{self, Accepted, Error};
use futures::future::try_join_all;
use futures::{FutureExt as _, try_join};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{mpsc, oneshot};

/// Events of one transaction, from which on no further call is taken into it.
const EVENTS: usize = 256;

/// What became of the first events of a call, and who stands before the last.
type Done = (Vec<Accepted>, Option<Crowd>);

/// Events of one account that are to be stored, from the first that is not yet.
struct Job {
    account: AccountId,
    events: Arc<[Item]>,
    from: usize,
    answer: oneshot::Sender<store::Result<Done>>,
}

impl Job {
    fn count(&self) -> usize {
        self.events.len() - self.from
    }

    fn call(&self) -> Call {
        (self.account.clone(), Arc::clone(&self.events), self.from)
    }
}

/// Where calls come in.
pub(super) struct Group(mpsc::UnboundedSender<Job>);

impl Group {
    /// Runs for as long as the store is there.
    pub(super) fn start(database: &Arc<Database>, joined: &Arc<Joined>) -> Self {
        let (sender, jobs) = mpsc::unbounded_channel();
        let lines = Mutex::default();
        tokio::spawn(
            Arc::new(Writing { database: Arc::clone(database), joined: Arc::clone(joined), lines }).run(jobs),
        );
        Self(sender)
    }

    /// Stores some of the account's events from that one on; more than none, unless it fails.
    pub(super) async fn accept(
        &self,
        account: &AccountId,
        events: &Arc<[Item]>,
        from: usize,
    ) -> store::Result<Done> {
        let (answer, answered) = oneshot::channel();
        let gone = || Error::Unavailable("the store is closed".into());
        let job = Job { account: account.clone(), events: Arc::clone(events), from, answer };
        self.0.send(job).map_err(|_| gone())?;
        answered.await.unwrap_or_else(|_| Err(gone()))
    }
}

/// Who writes what came in.
struct Writing {
    database: Arc<Database>,
    joined: Arc<Joined>,
    /// Calls of accounts that are written by themselves. A line ends when it is found empty.
    lines: Mutex<HashMap<AccountId, VecDeque<Job>>>,
}

impl Writing {
    async fn run(self: Arc<Self>, mut jobs: mpsc::UnboundedReceiver<Job>) {
        // What found no room in a transaction goes first into the next.
        let mut left: VecDeque<Job> = VecDeque::new();
        loop {
            if left.is_empty() {
                let Some(job) = jobs.recv().await else { return };
                left.push_back(job);
                // Those who are about to come.
                tokio::task::yield_now().await;
            }
            while let Ok(job) = jobs.try_recv() {
                left.push_back(job);
            }
            let mut batch = Vec::new();
            fill(&mut batch, &mut left);
            let batch = self.without_lines(batch);
            for job in self.commit(batch).await.into_iter().rev() {
                left.push_front(job);
            }
        }
    }

    /// Those of the batch whose account has no line; the others join theirs.
    fn without_lines(&self, batch: Vec<Job>) -> Vec<Job> {
        let mut lines = self.lines();
        let join = |job: Job| match lines.get_mut(&job.account) {
            Some(line) => {
                line.push_back(job);
                None
            }
            None => Some(job),
        };
        batch.into_iter().filter_map(join).collect()
    }

    /// Stores what a batch has, and answers; gives those of which nothing was stored yet.
    async fn commit(self: &Arc<Self>, batch: Vec<Job>) -> Vec<Job> {
        if batch.is_empty() {
            return batch;
        }
        let calls: Vec<Call> = batch.iter().map(Job::call).collect();
        let turn = (Side::Main, None);
        let stored =
            write_early(&self.database, &self.joined, turn, calls, |tx, calls| of_free(tx, calls).boxed());
        match stored.await {
            Ok((verdicts, durable)) => {
                let (free, busy) = batch.into_iter().partition(|job| verdicts.contains_key(&job.account));
                self.line_up(busy);
                answer(free, verdicts, durable)
            }
            // One account's rows make no sense: the others are stored.
            Err(Error::Damaged(_)) => {
                self.line_up(batch);
                Vec::new()
            }
            Err(error) => {
                refuse(batch, &error);
                Vec::new()
            }
        }
    }

    /// Puts calls into the lines of their accounts.
    fn line_up(self: &Arc<Self>, jobs: Vec<Job>) {
        let mut lines = self.lines();
        for job in jobs {
            match lines.entry(job.account.clone()) {
                Entry::Occupied(mut line) => line.get_mut().push_back(job),
                Entry::Vacant(entry) => {
                    let account = entry.key().clone();
                    entry.insert(VecDeque::from([job]));
                    tokio::spawn(Arc::clone(self).serve(account));
                }
            }
        }
    }

    /// Stores what the account's line has until it has nothing more.
    async fn serve(self: Arc<Self>, account: AccountId) {
        loop {
            let waiting = {
                let mut lines = self.lines();
                let waiting = lines.get(&account).map_or(0, VecDeque::len);
                if waiting == 0 {
                    lines.remove(&account);
                    return;
                }
                waiting
            };
            let batch = Arc::<Mutex<Vec<Job>>>::default();
            let turn = (Side::Main, Some(account.clone()));
            let input = (Arc::clone(&self), account.clone(), Arc::clone(&batch));
            let stored =
                write_early(&self.database, &self.joined, turn, input, |tx, (writing, account, batch)| {
                    writing.of_line(tx, account, batch).boxed()
                });
            let stored = stored.await;
            let mut batch = std::mem::take(&mut *batch.lock().unwrap_or_else(PoisonError::into_inner));
            let mut lines = self.lines();
            let line = lines.entry(account.clone()).or_default();
            match stored {
                Ok((verdicts, durable)) => {
                    answer(batch, verdicts, durable).into_iter().rev().for_each(|job| line.push_front(job))
                }
                Err(error) => {
                    // Those who stood there before it was tried waited for the same in vain.
                    let others = waiting.saturating_sub(batch.len()).min(line.len());
                    batch.extend(line.drain(..others));
                    refuse(batch, &error);
                }
            }
        }
    }

    /// Stores the first events of the account's line under its lock, which is waited for. What a try took goes again into the next one.
    async fn of_line(&self, tx: &Tx<'_>, account: &AccountId, batch: &Mutex<Vec<Job>>) -> Result<Verdicts> {
        let (machine, number) = try_join!(tx.fenced(), tx.lock_id(account))?;
        let calls: Vec<Call> = {
            let mut batch = batch.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(line) = self.lines().get_mut(account) {
                fill(&mut batch, line);
            }
            batch.iter().map(Job::call).collect()
        };
        let events: Vec<&Item> = calls.iter().flat_map(events_of).collect();
        let verdicts = accept::step(tx, machine, number, &events).await?;
        Ok(HashMap::from([(account.clone(), VecDeque::from(verdicts))]))
    }

    fn lines(&self) -> MutexGuard<'_, HashMap<AccountId, VecDeque<Job>>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes calls into a transaction, as many as it has.
fn fill(batch: &mut Vec<Job>, from: &mut VecDeque<Job>) {
    let mut count: usize = batch.iter().map(Job::count).sum();
    while count < EVENTS
        && let Some(job) = from.pop_front()
    {
        count += job.count();
        batch.push(job);
    }
}

fn refuse(batch: Vec<Job>, error: &Error) {
    for job in batch {
        // A caller who has gone away hears nothing.
        let _ = job.answer.send(Err(error.again()));
    }
}

/// The verdicts of each account, in the order of its jobs.
type Verdicts = HashMap<AccountId, VecDeque<Verdict>>;

/// Answers those of whom something was stored, when it is durable, and gives the others.
fn answer(batch: Vec<Job>, mut verdicts: Verdicts, durable: Durable) -> Vec<Job> {
    let (mut left, mut stored) = (Vec::new(), Vec::new());
    for job in batch {
        let own = verdicts.entry(job.account.clone()).or_default();
        let count = own.len().min(job.count());
        if count == 0 {
            left.push(job);
            continue;
        }
        let (mut accepted, mut last) = (Vec::with_capacity(count), None);
        for Verdict { accepted: one, crowd } in own.drain(..count) {
            accepted.push(one);
            last = crowd.or(last);
        }
        stored.push((job.answer, (accepted, last)));
    }
    tokio::spawn(async move {
        let durable = durable.wait().await;
        for (answer, done) in stored {
            let _ = answer.send(durable.as_ref().map(|()| done).map_err(Error::again));
        }
    });
    left
}

/// The events of a call, and which of them is the first that is not stored yet.
type Call = (AccountId, Arc<[Item]>, usize);

fn events_of((_, events, from): &Call) -> impl Iterator<Item = &Item> {
    events.iter().skip(*from)
}

/// Stores the first events of each account whose lock is free.
async fn of_free(tx: &Tx<'_>, calls: &[Call]) -> Result<Verdicts> {
    let mut of_account: HashMap<&AccountId, Vec<&Item>> = HashMap::new();
    for call in calls {
        of_account.entry(&call.0).or_default().extend(events_of(call));
    }
    let (machine, numbers) = try_join!(tx.fenced(), tx.lock_free(of_account.keys().copied()))?;
    let locked = of_account.into_iter().filter_map(|(account, events)| {
        let number = *numbers.get(account)?;
        Some(async move {
            let verdicts = accept::step(tx, machine, number, &events).await?;
            tx.share(account, verdicts.len());
            Result::Ok((account.clone(), VecDeque::from(verdicts)))
        })
    });
    Ok(try_join_all(locked).await?.into_iter().collect())
}
