//! The machine's epoch: joins the store, prolongs the epoch with beats, joins again when it was lost, and makes due what
//! machines held whose epochs have ended.

use crate::backoff::{Backoff, call_store};
use crate::{Settings, Waker};
use deskbell_core::delivery::Epoch;
use deskbell_core::store::Hands;
use deskbell_core::time::later;
use deskbell_core::{Clock, Queue};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

/// Between two beats. An epoch outlives a few that fail.
const BEAT: Duration = Duration::from_secs(3);
/// Deliveries of the dead that one call makes due at most.
const TAKEN_OVER: usize = 1_000;

/// An epoch, as far as this machine may rely on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Term {
    pub(crate) epoch: Epoch,
    /// It lasts at least until then.
    pub(crate) ends: Instant,
}

/// Keeps the epoch.
pub(crate) struct Keeper {
    pub(crate) queue: Arc<dyn Queue>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) settings: Settings,
    pub(crate) waker: Waker,
    pub(crate) hands: Arc<Hands>,
    pub(crate) term: watch::Sender<Option<Term>>,
    pub(crate) left: watch::Receiver<bool>,
}

impl Keeper {
    /// Runs until it is told to leave.
    pub(crate) async fn run(mut self) {
        while let Some(epoch) = self.join().await {
            self.waker.wake();
            if self.keep(epoch).await {
                if let Err(error) = call_store(self.queue.leave(epoch, self.clock.now())).await {
                    tracing::warn!(%error, "the store was not told of the end; it will find out");
                }
                return;
            }
            tracing::warn!("this machine's epoch has ended before its time; joining again");
        }
    }

    /// Joins, however long it takes; `None` when it is time to leave.
    async fn join(&mut self) -> Option<Epoch> {
        let mut backoff = Backoff::default();
        loop {
            let (asked, now) = (Instant::now(), self.clock.now());
            let until = later(now, self.settings.epoch());
            match call_store(self.queue.join(self.hands.clone(), now, until)).await {
                Ok(epoch) => {
                    self.publish(epoch, asked);
                    return Some(epoch);
                }
                Err(error) => {
                    let pause = backoff.pause();
                    tracing::warn!(%error, pause_ms = pause.as_millis(), "the store cannot be joined");
                    if self.pause(pause).await {
                        return None;
                    }
                }
            }
        }
    }

    /// Beats while the epoch lasts; gives whether it is time to leave.
    async fn keep(&mut self, epoch: Epoch) -> bool {
        let mut failed = false;
        loop {
            self.take_over().await;
            if self.pause(BEAT).await {
                return true;
            }
            let (asked, now) = (Instant::now(), self.clock.now());
            match call_store(self.queue.beat(epoch, now, later(now, self.settings.epoch()))).await {
                Ok(true) => {
                    self.publish(epoch, asked);
                    if std::mem::take(&mut failed) {
                        // Attempts may have waited for more of the epoch.
                        self.waker.wake();
                    }
                }
                Ok(false) => return false,
                // The epoch is as long as it was: the next beat may come in time.
                Err(error) => {
                    tracing::warn!(%error, "a beat failed");
                    failed = true;
                }
            }
        }
    }

    async fn take_over(&self) {
        loop {
            match call_store(self.queue.take_over(self.clock.now(), TAKEN_OVER)).await {
                Ok(0) => return,
                Ok(taken) => {
                    tracing::info!(deliveries = taken, "taken over from a machine that is gone");
                    self.waker.wake();
                    if taken < TAKEN_OVER {
                        return;
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "nothing can be taken over yet");
                    return;
                }
            }
        }
    }

    fn publish(&self, epoch: Epoch, asked: Instant) {
        self.term.send_replace(Some(Term { epoch, ends: asked + self.settings.epoch() }));
    }

    /// Waits; gives whether it is time to leave.
    async fn pause(&mut self, pause: Duration) -> bool {
        tokio::select! {
            biased;
            left = self.left.wait_for(|left| *left) => left.is_ok(),
            () = sleep(pause) => false,
        }
    }
}
