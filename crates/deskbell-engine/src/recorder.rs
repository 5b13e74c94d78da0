//! Writes down what ended: everything that waits in one call, again and again until it is written.

use crate::Waker;
use crate::backoff::{Backoff, call_store};
use crate::news::{self, News};
use deskbell_core::attempt::Attempt;
use deskbell_core::delivery::Leased;
use deskbell_core::policy::concurrency::Permit;
use deskbell_core::policy::retry::Rules;
use deskbell_core::store::{Error, Finished, Recorded, Result};
use deskbell_core::{Clock, Queue};
use futures::future::join_all;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

/// Ends that are written together at most.
const BATCH: usize = 1_024;
/// Ends of one call of the store: a millisecond or two of its writer's, so that others come in between.
const STEP: usize = 128;

/// So long it is tried to record what its store takes for damaged. Then it stays leased, and counts as lost when the epoch ends.
const INSIST: Duration = Duration::from_secs(25);

/// The end of a lease in this machine's hands.
pub(crate) struct Ended {
    pub(crate) leased: Leased,
    /// The attempt as it went; `None` when none was made and the lease goes back unspent.
    pub(crate) attempt: Option<Arc<Attempt>>,
    /// For the jitter of the next try.
    pub(crate) randomness: f64,
    /// When it ended.
    pub(crate) at: Instant,
    /// Kept until the end is written.
    pub(crate) _permit: Permit,
}

impl Ended {
    fn finished(&self) -> Option<Finished> {
        Some(Finished {
            delivery: self.leased.delivery.clone(),
            place: self.leased.place,
            attempt: self.attempt.clone()?,
            randomness: self.randomness,
        })
    }
}

/// Records attempts and gives unspent leases back.
pub(crate) struct Recorder {
    pub(crate) queue: Arc<dyn Queue>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rules: Rules,
    pub(crate) waker: Waker,
    pub(crate) news: News,
}

impl Recorder {
    /// Runs until nothing more can end and all is written.
    pub(crate) async fn run(self, mut ended: mpsc::UnboundedReceiver<Ended>) {
        let (mut waiting, mut backoff) = (Vec::new(), Backoff::default());
        loop {
            if waiting.is_empty() && ended.recv_many(&mut waiting, BATCH).await == 0 {
                return;
            }
            while waiting.len() < BATCH
                && let Ok(one) = ended.try_recv()
            {
                waiting.push(one);
            }
            let all = waiting.len();
            let (made, unspent) = waiting.into_iter().partition(|ended: &Ended| ended.attempt.is_some());
            waiting =
                join_all(steps(made).map(|step| self.finish(step))).await.into_iter().flatten().collect();
            let given_back = !unspent.is_empty();
            waiting
                .extend(join_all(steps(unspent).map(|step| self.release(step))).await.into_iter().flatten());
            if given_back {
                self.waker.wake();
            } else if waiting.len() < all {
                self.waker.wake_if_waiting();
            }
            if waiting.is_empty() {
                backoff.renew();
            } else {
                sleep(backoff.pause()).await;
            }
        }
    }

    /// Records attempts; gives back those that have to be tried again.
    async fn finish(&self, made: Vec<Ended>) -> Vec<Ended> {
        let finished = made.iter().filter_map(Ended::finished).collect();
        match call_store(self.queue.finish(finished, &self.rules, self.clock.now())).await {
            Ok(verdicts) => {
                // A next try has a time that the last look at the queue did not know of.
                let again = |verdict: &Recorded| matches!(verdict, Recorded::Recorded { delivery, .. } if delivery.due.is_some());
                if verdicts.iter().any(again) {
                    self.waker.wake();
                }
                for (ended, verdict) in made.iter().zip(verdicts) {
                    tell(ended, verdict);
                }
                self.news.ring(made.iter().filter_map(|ended| ended.attempt.as_deref()));
                Vec::new()
            }
            // One row that cannot be read must not hold up the others.
            Err(Error::Damaged(_)) if made.len() > 1 => {
                let mut again = Vec::new();
                for one in made {
                    again.extend(Box::pin(self.finish(vec![one])).await);
                }
                again
            }
            Err(Error::Damaged(why)) if made.iter().all(|ended| ended.at.elapsed() >= INSIST) => {
                let delivery = made.first().map(|ended| ended.leased.delivery.id.as_str());
                tracing::error!(delivery, why, "attempt given up: its delivery cannot be read");
                Vec::new()
            }
            Err(error) => {
                tracing::warn!(%error, attempts = made.len(), "attempts cannot be recorded yet");
                made
            }
        }
    }

    /// Gives leases back; those that have to be given again come back.
    async fn release(&self, unspent: Vec<Ended>) -> Vec<Ended> {
        let leases =
            unspent.iter().map(|ended| (ended.leased.place, ended.leased.delivery.clone())).collect();
        let released: Result<()> = call_store(self.queue.release(leases, self.clock.now())).await;
        match released {
            Ok(()) => Vec::new(),
            Err(error) => {
                tracing::warn!(%error, leases = unspent.len(), "leases cannot be given back yet");
                unspent
            }
        }
    }
}

/// In their order, as many at a time as one call of the store has.
fn steps(ended: Vec<Ended>) -> impl Iterator<Item = Vec<Ended>> {
    let mut ended = ended.into_iter();
    std::iter::from_fn(move || {
        let step: Vec<Ended> = ended.by_ref().take(STEP).collect();
        (!step.is_empty()).then_some(step)
    })
}

/// Says in the log what became of an attempt.
fn tell(ended: &Ended, verdict: Recorded) {
    let Some(attempt) = &ended.attempt else { return };
    let Recorded::Recorded { delivery, disabled } = verdict else {
        tracing::warn!(
            delivery = %attempt.delivery, webhook = %attempt.webhook, number = attempt.number,
            outcome = attempt.outcome.as_str(),
            "attempt not recorded: its lease was no longer the newest, or an earlier call recorded it"
        );
        return;
    };
    news::log(attempt, delivery.status);
    if let Some(reason) = disabled {
        tracing::warn!(webhook = %attempt.webhook, reason = reason.as_str(), "webhook disabled");
    }
}
