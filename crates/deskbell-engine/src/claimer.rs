//! The beginning of the loop: look what is due, claim as much as there is room for, start an attempt for each lease.

use crate::attempt::Sender;
use crate::backoff::{Backoff, call_store};
use crate::concurrency::{Concurrency, Permit};
use crate::recorder::Ended;
use crate::{Settings, Waker};
use deskbell_core::attempt::Outcome;
use deskbell_core::delivery::Leased;
use deskbell_core::door::fraction;
use deskbell_core::id::WebhookId;
use deskbell_core::policy::limit;
use deskbell_core::store::{Claim, Claimed};
use deskbell_core::time::until;
use deskbell_core::{Clock, Queue, Random};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

/// Deliveries of one claim at most: bounds the bytes that one claim brings into memory.
const CLAIM_BATCH: usize = 256;

/// Between a look that started nothing and the next one that only time causes. Whatever a store says is due next, it
/// cannot make the loop spin.
const BETWEEN_LOOKS: Duration = Duration::from_millis(10);

/// An attempt starts within this time after its lease was asked for, or not at all: then it ends, with its recording,
/// before the lease does.
const START_WITHIN: Duration = limit::LEASE_SLACK.checked_div(2).unwrap();

/// Claims and starts.
pub(crate) struct Claimer {
    pub(crate) queue: Arc<dyn Queue>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) sender: Arc<Sender>,
    pub(crate) settings: Settings,
    pub(crate) concurrency: Arc<Concurrency>,
    pub(crate) waker: Waker,
    pub(crate) stopped: watch::Receiver<bool>,
    pub(crate) ended: mpsc::UnboundedSender<Ended>,
}

/// What to do after a look.
enum Next {
    /// Sleep until woken, at most this long.
    Sleep(Duration),
    /// The store did not answer: leave it alone for this long, whatever wakes us.
    Pause(Duration),
}

impl Claimer {
    /// Runs until it is stopped, then until its attempts have ended.
    pub(crate) async fn run(mut self) {
        let (mut attempts, mut backoff, mut resume) = (JoinSet::new(), Backoff::default(), None);
        let mut stopped = self.stopped.clone();
        while !*stopped.borrow() {
            let next = self.look(&mut attempts, &mut backoff, &mut resume).await;
            while attempts.try_join_next().is_some() {}
            let (limit, deaf) = match next {
                Next::Sleep(limit) => (limit, false),
                Next::Pause(limit) => (limit, true),
            };
            tokio::select! {
                biased;
                stop = stopped.changed() => if stop.is_err() {
                    // The engine was dropped without a drain.
                    return;
                },
                () = self.waker.woken(), if !deaf => {}
                () = sleep(limit) => {}
            }
        }
        while attempts.join_next().await.is_some() {}
    }

    /// Claims and starts until everything due is in flight or the room is full.
    async fn look(
        &mut self,
        attempts: &mut JoinSet<()>,
        backoff: &mut Backoff,
        resume: &mut Option<WebhookId>,
    ) -> Next {
        while !*self.stopped.borrow() {
            let in_flight = self.concurrency.in_flight();
            let room = self.settings.in_flight.saturating_sub(self.concurrency.taken());
            let room = usize::try_from(room).unwrap_or(usize::MAX);
            if room == 0 {
                break;
            }
            let claim = Claim {
                now: self.clock.now(),
                lease: self.settings.lease(),
                limit: room.min(CLAIM_BATCH),
                per_webhook: self.settings.in_flight_per_webhook,
                in_flight,
                resume: resume.clone(),
            };
            let (limit, asked) = (claim.limit, Instant::now());
            let claimed = match call_store(self.queue.claim(claim, &self.settings.rules)).await {
                Ok(claimed) => claimed,
                Err(error) => {
                    let pause = backoff.pause();
                    tracing::warn!(%error, pause_ms = pause.as_millis(), "the queue cannot be read");
                    return Next::Pause(pause);
                }
            };
            backoff.renew();
            let Claimed { leased, next_due, last } = claimed;
            *resume = last.or(resume.take());
            let all = leased.len() < limit;
            for leased in leased {
                let permit = self.concurrency.take(&leased.webhook.id);
                attempts.spawn(self.attempt(leased, permit, asked));
            }
            if all {
                let due = next_due.map_or(Duration::MAX, |due| until(self.clock.now(), due));
                return Next::Sleep(due.max(BETWEEN_LOOKS).min(self.settings.poll));
            }
        }
        Next::Sleep(self.settings.poll)
    }

    /// One attempt from its start to the recorder's door. An attempt that comes too late for its lease, or after the
    /// stop, is not made: its lease goes back unspent.
    fn attempt(
        &self,
        leased: Leased,
        mut permit: Permit,
        asked: Instant,
    ) -> impl Future<Output = ()> + use<> {
        let (sender, random, waker) = (self.sender.clone(), self.random.clone(), self.waker.clone());
        let (stopped, ended) = (self.stopped.clone(), self.ended.clone());
        let lease_ends = asked + self.settings.lease();
        async move {
            let start = asked.elapsed() < START_WITHIN && !*stopped.borrow();
            let attempt = if start { Some(sender.make(&leased).await) } else { None };
            if attempt.as_ref().is_some_and(|attempt| attempt.outcome == Outcome::Delivered) {
                permit.free_webhook();
                waker.wake();
            }
            let randomness = fraction(&*random);
            // A recorder that is gone means that the engine was dropped: the lease will run out.
            let _ = ended.send(Ended {
                delivery: leased.delivery,
                token: leased.token,
                attempt,
                randomness,
                lease_ends,
                _permit: permit,
            });
        }
    }
}
