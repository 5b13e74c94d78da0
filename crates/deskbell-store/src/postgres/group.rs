//! Group commit: what is accepted at the same time is stored in one transaction. While one is under way the next ones gather, so that
//! nobody waits for a timer, and the more callers there are, the more of them share a commit.

use super::Database;
use super::accept::{self, Item, Verdict};
use super::connections::Side;
use super::fault::{Fault, Result};
use super::machine::Joined;
use super::transaction::{Tx, write};
use deskbell_core::id::AccountId;
use deskbell_core::policy::concurrency::Crowd;
use deskbell_core::store::{self, Accepted, Error};
use deskbell_core::usage::Resource;
use futures::FutureExt as _;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

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
        tokio::spawn(run(Arc::clone(database), Arc::clone(joined), jobs));
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

async fn run(database: Arc<Database>, joined: Arc<Joined>, mut jobs: mpsc::UnboundedReceiver<Job>) {
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
        let (mut batch, mut count) = (Vec::new(), 0);
        while count < EVENTS
            && let Some(job) = left.pop_front()
        {
            count += job.events.len() - job.from;
            batch.push(job);
        }
        for job in commit(&database, &joined, batch).await.into_iter().rev() {
            left.push_front(job);
        }
    }
}

/// Stores what a batch has, and answers; gives those of which nothing was.
async fn commit(database: &Arc<Database>, joined: &Arc<Joined>, batch: Vec<Job>) -> Vec<Job> {
    match store(database, joined, &batch).await {
        Ok(verdicts) => answer(batch, verdicts),
        // One account's rows make no sense: the others are stored by themselves.
        Err(Error::Damaged(_)) if batch.len() > 1 => {
            let mut left = Vec::new();
            for job in batch {
                let one = vec![job];
                match store(database, joined, &one).await {
                    Ok(verdicts) => left.extend(answer(one, verdicts)),
                    Err(error) => refuse(one, &error),
                }
            }
            left
        }
        Err(error) => {
            refuse(batch, &error);
            Vec::new()
        }
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

async fn store(database: &Arc<Database>, joined: &Arc<Joined>, batch: &[Job]) -> store::Result<Verdicts> {
    let calls: Calls =
        batch.iter().map(|job| (job.account.clone(), Arc::clone(&job.events), job.from)).collect();
    let turn = (Side::Main, None);
    let stored = write(database, joined, turn, calls, |tx, calls| step(tx, calls).boxed()).await?;
    let noted = stored.into_iter().map(|(account, took, verdicts)| {
        database.meter.usage().note_time(Resource::Writer, Some(&account), took);
        (account, verdicts.into())
    });
    Ok(noted.collect())
}

/// Gives for each account how long it took, and the verdicts on its first events.
async fn step(tx: &Tx<'_>, calls: &Calls) -> Result<Vec<(AccountId, Duration, Vec<Verdict>)>> {
    let mut of_account: HashMap<&AccountId, Vec<&Item>> = HashMap::new();
    for (account, events, from) in calls {
        of_account.entry(account).or_default().extend(events.iter().skip(*from));
    }
    let machine = tx.fenced().await?;
    let ids: Vec<&str> = of_account.keys().map(|account| account.as_str()).collect();
    let numbers = tx.lock_ids(&ids).await?;
    let mut stored = Vec::new();
    for (account, events) in of_account {
        let unknown = || Fault::damaged(format_args!("there is no account {account}"));
        let number = *numbers.get(account.as_str()).ok_or_else(unknown)?;
        let began = Instant::now();
        let verdicts = accept::step(tx, machine, number, &events).await?;
        stored.push((account.clone(), began.elapsed(), verdicts));
    }
    Ok(stored)
}
