//! Group commit: what is accepted at the same time is stored in one transaction. While one is under way the next ones gather, so that
//! nobody waits for a timer, and the more callers there are, the more of them share a commit.
//!
//! **Nobody waits for another account.** The common transaction takes the locks that are free. An account that somebody else is
//! writing has a line of its own for as long as any of its calls wait: there the same is done for it alone, and only it waits.

use super::Database;
use super::accept::{self, Item, Verdict};
use super::connections::Side;
use super::fault::Result;
use super::machine::Joined;
use super::transaction::{Tx, write};
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
            let batch = self.without_lines(next(&mut left));
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
        match self.store(&batch, None).await {
            Ok(verdicts) => {
                let (free, busy) = batch.into_iter().partition(|job| verdicts.contains_key(&job.account));
                self.line_up(busy);
                answer(free, verdicts)
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
            let batch = {
                let mut lines = self.lines();
                let batch = lines.get_mut(&account).map(next).unwrap_or_default();
                if batch.is_empty() {
                    lines.remove(&account);
                    return;
                }
                batch
            };
            let left = match self.store(&batch, Some(&account)).await {
                Ok(verdicts) => answer(batch, verdicts),
                Err(error) => {
                    refuse(batch, &error);
                    continue;
                }
            };
            let mut lines = self.lines();
            let line = lines.entry(account.clone()).or_default();
            left.into_iter().rev().for_each(|job| line.push_front(job));
        }
    }

    /// The verdicts on the first events of each account of the batch whose lock was free; where all are of `one` account, its lock is
    /// waited for, as is its turn.
    async fn store(&self, batch: &[Job], one: Option<&AccountId>) -> store::Result<Verdicts> {
        let calls: Calls =
            batch.iter().map(|job| (job.account.clone(), Arc::clone(&job.events), job.from)).collect();
        let (turn, input) = ((Side::Main, one.cloned()), (calls, one.cloned()));
        write(&self.database, &self.joined, turn, input, |tx, (calls, one)| {
            step(tx, calls, one.as_ref()).boxed()
        })
        .await
    }

    fn lines(&self) -> MutexGuard<'_, HashMap<AccountId, VecDeque<Job>>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The calls of the next transaction.
fn next(left: &mut VecDeque<Job>) -> Vec<Job> {
    let (mut batch, mut count) = (Vec::new(), 0);
    while count < EVENTS
        && let Some(job) = left.pop_front()
    {
        count += job.events.len() - job.from;
        batch.push(job);
    }
    batch
}

fn refuse(batch: Vec<Job>, error: &Error) {
    for job in batch {
        // A caller who has gone away hears nothing.
        let _ = job.answer.send(Err(error.again()));
    }
}

/// The verdicts of each account, in the order of its jobs.
type Verdicts = HashMap<AccountId, VecDeque<Verdict>>;

fn answer(batch: Vec<Job>, mut verdicts: Verdicts) -> Vec<Job> {
    let mut left = Vec::new();
    for job in batch {
        let own = verdicts.entry(job.account.clone()).or_default();
        let count = own.len().min(job.events.len() - job.from);
        if count == 0 {
            left.push(job);
            continue;
        }
        let (mut accepted, mut last) = (Vec::with_capacity(count), None);
        for Verdict { accepted: one, crowd } in own.drain(..count) {
            accepted.push(one);
            last = crowd.or(last);
        }
        let _ = job.answer.send(Ok((accepted, last)));
    }
    left
}

/// The events of some calls.
type Calls = Vec<(AccountId, Arc<[Item]>, usize)>;

/// Stores the first events of each account whose lock is free, or of the `one` that all are of.
async fn step(tx: &Tx<'_>, calls: &Calls, one: Option<&AccountId>) -> Result<Verdicts> {
    let mut of_account: HashMap<&AccountId, Vec<&Item>> = HashMap::new();
    for (account, events, from) in calls {
        of_account.entry(account).or_default().extend(events.iter().skip(*from));
    }
    let lock = async {
        match one {
            Some(account) => Ok(HashMap::from([(account.clone(), tx.lock_id(account).await?)])),
            None => tx.lock_free(of_account.keys().copied()).await,
        }
    };
    let (machine, numbers) = try_join!(tx.fenced(), lock)?;
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
