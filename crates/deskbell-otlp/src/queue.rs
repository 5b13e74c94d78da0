//! Queue: the store's queue as the engine has it where spans are told: it does the same, and what is claimed and recorded is noted.

use crate::Spans;
use async_trait::async_trait;
use deskbell_core::delivery::{Delivery, Epoch};
use deskbell_core::event::{Accepted, NewEvent};
use deskbell_core::meter::Meter;
use deskbell_core::place::Place;
use deskbell_core::policy::retry::Rules;
use deskbell_core::store::{Claim, Claimed, Finished, Hands, Recorded, Result, SetBack};
use deskbell_core::{Clock, Queue, Timestamp};
use std::sync::Arc;

/// A queue whose claims and records are noted.
pub struct TracedQueue {
    queue: Arc<dyn Queue>,
    clock: Arc<dyn Clock>,
    spans: Spans,
}

impl TracedQueue {
    /// `queue`, of which `spans` take note by `clock`.
    pub fn new(queue: Arc<dyn Queue>, clock: Arc<dyn Clock>, spans: Spans) -> Self {
        Self { queue, clock, spans }
    }
}

#[async_trait]
impl Queue for TracedQueue {
    async fn join(&self, hands: Arc<Hands>, now: Timestamp, until: Timestamp) -> Result<Epoch> {
        self.queue.join(hands, now, until).await
    }

    async fn beat(&self, epoch: Epoch, now: Timestamp, until: Timestamp) -> Result<bool> {
        self.queue.beat(epoch, now, until).await
    }

    async fn leave(&self, epoch: Epoch, now: Timestamp) -> Result<()> {
        self.queue.leave(epoch, now).await
    }

    async fn take_over(&self, epoch: Epoch, now: Timestamp, limit: usize) -> Result<usize> {
        self.queue.take_over(epoch, now, limit).await
    }

    async fn accept(&self, events: Vec<NewEvent>, now: Timestamp) -> Result<Vec<Accepted>> {
        self.queue.accept(events, now).await
    }

    async fn claim(&self, claim: Claim, rules: &Rules) -> Result<Claimed> {
        let began = self.clock.now();
        let claimed = self.queue.claim(claim, rules).await?;
        if !claimed.handed.is_empty() {
            let ended = self.clock.now();
            claimed.handed.iter().for_each(|handed| self.spans.claimed(&handed.leased, began, ended));
        }
        Ok(claimed)
    }

    async fn finish(&self, finished: Vec<Finished>, rules: &Rules, now: Timestamp) -> Result<Vec<Recorded>> {
        let attempts: Vec<_> = finished.iter().map(|one| Arc::clone(&one.attempt)).collect();
        let began = self.clock.now();
        let recorded = self.queue.finish(finished, rules, now).await?;
        let ended = self.clock.now();
        for (attempt, recorded) in attempts.iter().zip(&recorded) {
            // A stale one is recorded as lost by whoever took it over.
            if matches!(recorded, Recorded::Recorded { .. }) {
                self.spans.attempted(attempt, began, ended);
            }
        }
        Ok(recorded)
    }

    async fn release(&self, unspent: Vec<(Place, Box<Delivery>)>, now: Timestamp) -> Result<()> {
        self.queue.release(unspent, now).await
    }

    async fn set_back(&self, back: SetBack, rules: &Rules) -> Result<Option<SetBack>> {
        self.queue.set_back(back, rules).await
    }

    fn meter(&self) -> Arc<Meter> {
        self.queue.meter()
    }
}
