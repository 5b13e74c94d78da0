//! Claims what is due, as much as there is room for: retries, and what could not be handed over when it was accepted.

use crate::backoff::{Backoff, call_store};
use crate::keeper::Term;
use crate::news::News;
use crate::{Settings, Waker};
use deskbell_core::id::WebhookId;
use deskbell_core::policy::concurrency::Concurrency;
use deskbell_core::store::{Claim, Claimed, Handed};
use deskbell_core::time::until;
use deskbell_core::{Clock, Queue};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep};

/// Deliveries of one claim at most: bounds the bytes that one claim brings into memory.
const CLAIM_BATCH: usize = 128;

/// Between a look that started nothing and the next one that only time causes. Whatever a store says is due next, it
/// cannot make the loop spin.
const BETWEEN_LOOKS: Duration = Duration::from_millis(10);

/// After a look that left something for lack of room, the next one waits so long for more room than the first place: a claim
/// is a commit, and serves many as well as one.
const GATHER: Duration = Duration::from_millis(2);

/// Claims.
pub(crate) struct Claimer {
    pub(crate) queue: Arc<dyn Queue>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) settings: Settings,
    pub(crate) concurrency: Arc<Concurrency>,
    pub(crate) waker: Waker,
    pub(crate) terms: watch::Receiver<Option<Term>>,
    pub(crate) stopped: watch::Receiver<bool>,
    pub(crate) news: News,
    pub(crate) starts: mpsc::UnboundedSender<Vec<Handed>>,
}

/// What to do after a look.
enum Next {
    /// Sleep until woken, at most this long.
    Sleep(Duration),
    /// The same, and then until more room has come together.
    Gather(Duration),
    /// The store did not answer: leave it alone for this long, whatever wakes us.
    Pause(Duration),
}

impl Claimer {
    /// Runs until it is stopped.
    pub(crate) async fn run(mut self) {
        let (mut backoff, mut resume) = (Backoff::default(), None);
        let mut stopped = self.stopped.clone();
        while !*stopped.borrow() {
            let next = self.look(&mut backoff, &mut resume).await;
            let (limit, gather, deaf) = match next {
                Next::Sleep(limit) => (limit, Duration::ZERO, false),
                Next::Gather(limit) => (limit, GATHER, false),
                Next::Pause(limit) => (limit, Duration::ZERO, true),
            };
            tokio::select! {
                biased;
                stop = stopped.changed() => if stop.is_err() {
                    // The engine was dropped without a drain.
                    return;
                },
                () = self.waker.woken(), if !deaf => if !gather.is_zero() {
                    sleep(gather).await;
                },
                () = sleep(limit) => {}
            }
        }
    }

    /// Claims until everything due is in flight or the room is full.
    async fn look(&mut self, backoff: &mut Backoff, resume: &mut Option<WebhookId>) -> Next {
        while !*self.stopped.borrow() {
            // Room that is made from now on, wakes: what this look finds no room for may fit into it.
            self.waker.wait_for_room(true);
            // With too little left of the epoch, what is claimed could not be started. The keeper wakes us when there is more.
            let enough = |term: &Term| term.ends >= Instant::now() + self.settings.needed();
            let Some(Term { epoch, .. }) = self.terms.borrow().filter(enough) else { break };
            let claim = Claim {
                epoch,
                now: self.clock.now(),
                limit: self.concurrency.left().min(CLAIM_BATCH),
                concurrency: self.concurrency.clone(),
                resume: resume.clone(),
            };
            if claim.limit == 0 {
                break;
            }
            let limit = claim.limit;
            let claimed = match call_store(self.queue.claim(claim, &self.settings.rules)).await {
                Ok(claimed) => claimed,
                Err(error) => {
                    let pause = backoff.pause();
                    tracing::warn!(%error, pause_ms = pause.as_millis(), "the queue cannot be read");
                    return Next::Pause(pause);
                }
            };
            backoff.renew();
            let Claimed { handed, lost, next_due, left, last } = claimed;
            *resume = last.or(resume.take());
            let all = handed.len() < limit;
            if !handed.is_empty() {
                // A starter that is gone means that the engine was dropped: its epoch will end.
                let _ = self.starts.send(handed);
            }
            self.news.tell(&lost);
            self.waker.wait_for_room(left);
            if all {
                let due = next_due.map_or(Duration::MAX, |due| until(self.clock.now(), due));
                let limit = due.max(BETWEEN_LOOKS).min(self.settings.poll);
                return if left { Next::Gather(limit) } else { Next::Sleep(limit) };
            }
        }
        Next::Sleep(self.settings.poll)
    }
}
