//! Starts an attempt for each delivery that came into this machine's hands, and brings its end to the recorder.

use crate::attempt::Sender;
use crate::keeper::Term;
use crate::recorder::Ended;
use crate::{Settings, Waker};
use deskbell_core::door::fraction;
use deskbell_core::policy::concurrency::{Concurrency, Permit, SLOW, is_refusal};
use deskbell_core::store::Handed;
use deskbell_core::{Alarm, Random};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

/// Starts. Every attempt shares it.
pub(crate) struct Starter {
    pub(crate) sender: Sender,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) waker: Waker,
    pub(crate) settings: Settings,
    pub(crate) terms: watch::Receiver<Option<Term>>,
    pub(crate) stopped: watch::Receiver<bool>,
    pub(crate) concurrency: Arc<Concurrency>,
    pub(crate) ended: mpsc::UnboundedSender<Ended>,
    /// Rung when an attempt panics outside of its sending, which is contained: its delivery would be held for ever.
    pub(crate) alarm: Alarm,
}

impl Starter {
    /// Runs until this machine has stopped and holds nothing any more. What a commit hands over after the stop is given
    /// back: its attempts see the stop.
    pub(crate) async fn run(self: Arc<Self>, mut starts: mpsc::UnboundedReceiver<Vec<Handed>>) {
        let (mut attempts, mut waiting) = (JoinSet::new(), Vec::new());
        let (mut terms, mut stopped) = (self.terms.clone(), self.stopped.clone());
        loop {
            tokio::select! {
                biased;
                Some(handed) = starts.recv() => waiting.push(handed),
                Ok(()) = terms.changed(), if !waiting.is_empty() => {}
                Ok(()) = stopped.changed(), if !waiting.is_empty() => {}
                () = self.concurrency.ended() => break,
            }
            for handed in waiting.extract_if(.., |handed| !self.is_early(handed)).flatten() {
                // A large future in a box is moved once and not with each step of its task.
                attempts.spawn(Box::pin(Arc::clone(&self).attempt(handed)));
            }
            while attempts.try_join_next().is_some() {}
        }
    }

    /// Whether it was handed over before the answer to the join is here.
    fn is_early(&self, handed: &[Handed]) -> bool {
        let (first, term) = (handed.first(), *self.terms.borrow());
        let early =
            first.is_some_and(|handed| term.is_none_or(|term| term.epoch < handed.leased.delivery.epoch));
        early && !*self.stopped.borrow()
    }

    /// One attempt, from its turn in line to the recorder's door. An attempt that comes too late for its epoch, or after the
    /// stop, is not made: its delivery goes back unspent.
    async fn attempt(self: Arc<Self>, handed: Handed) {
        let _guard = self.alarm.guard("an attempt");
        let Handed { leased, mut permit } = handed;
        let turn = has_turn(&mut permit).await;
        let term = self.terms.borrow().filter(|term| term.epoch == leased.delivery.epoch);
        let start = turn
            && term.is_some_and(|term| term.ends >= Instant::now() + self.settings.needed())
            && !*self.stopped.borrow();
        let attempt = if start { Some(Arc::new(self.sender.make(&leased).await)) } else { None };
        if let Some(attempt) = &attempt {
            let took = Duration::from_micros(attempt.timings.total_us);
            let status = attempt.response.as_ref().map(|answer| answer.status);
            if attempt.sample {
                permit.end_sample(took);
            } else if is_refusal(attempt.outcome, status) {
                permit.end_refused(took);
            } else {
                permit.end(attempt.outcome, took);
            }
            self.waker.wake_if_waiting();
        }
        let (randomness, at) = (fraction(&*self.random), Instant::now());
        let ended = Ended { leased, attempt, randomness, at, _permit: permit };
        // A recorder that is gone means that the engine was dropped: what it held is due when its epoch ends.
        let _ = self.ended.send(ended);
    }
}

/// Waits for the turn in line, if there is a line, no longer than a quick receiver's line lasts.
async fn has_turn(permit: &mut Permit) -> bool {
    if let Ok(turn) = timeout(SLOW, permit.enter()).await {
        return turn;
    }
    permit.give_up();
    // Its turn may have come in this very moment.
    permit.enter().await
}
