//! The machine's epoch: joins the store, prolongs the epoch with beats, joins again when it was lost, and makes due what
//! machines held whose epochs have ended. At each beat it looks whether the wall clock was set.

use crate::backoff::{Backoff, call_store};
use crate::wall_clock::{Set, WallClock};
use crate::{Settings, Waker};
use deskbell_core::delivery::Epoch;
use deskbell_core::store::{Hands, SetBack};
use deskbell_core::time::later;
use deskbell_core::{Clock, Queue};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

/// Between two beats. An epoch outlives a few that fail.
const BEAT: Duration = Duration::from_secs(2);
/// Deliveries of the dead that one call makes due at most.
const TAKEN_OVER: usize = 1_000;
/// Rows of the queue that one call looks at, at most, when the clock was set back.
const LOOKED_AT: usize = 1_000;

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
    pub(crate) wall: WallClock,
    /// What is still to follow the clock.
    pub(crate) behind: VecDeque<SetBack>,
    /// By how much the clock was set back since the start.
    pub(crate) set_back: Duration,
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
        loop {
            self.take_over(epoch).await;
            // Between two parts of what is long there is a beat too.
            let more = self.follow_the_clock().await;
            if self.pause(if more { Duration::ZERO } else { BEAT }).await {
                return true;
            }
            let (asked, now) = (Instant::now(), self.clock.now());
            match call_store(self.queue.beat(epoch, now, later(now, self.settings.epoch()))).await {
                Ok(true) => {
                    let needed = Instant::now() + self.settings.needed();
                    let waited = self.term.borrow().is_some_and(|term| term.ends < needed);
                    self.publish(epoch, asked);
                    if waited {
                        // Attempts may have waited for more of the epoch.
                        self.waker.wake();
                    }
                }
                Ok(false) => return false,
                // The epoch is as long as it was: the next beat may come in time.
                Err(error) => {
                    tracing::warn!(%error, "a beat failed");
                }
            }
        }
    }

    async fn take_over(&self, epoch: Epoch) {
        loop {
            match call_store(self.queue.take_over(epoch, self.clock.now(), TAKEN_OVER)).await {
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

    /// Looks whether the wall clock was set. Set back, it would hold up for as long what was planned by the time before: that
    /// follows it, a part with each call. Gives whether there is more to do at once.
    async fn follow_the_clock(&mut self) -> bool {
        let now = self.clock.now();
        match self.wall.look(now) {
            Some(Set::Forward(by)) => tracing::warn!(
                seconds = by.as_secs(),
                "the clock was set forward, or this machine slept: what was planned comes as much sooner"
            ),
            Some(Set::Back(by)) => {
                tracing::warn!(seconds = by.as_secs(), "the clock was set back: what was planned follows it");
                let earlier = self.set_back;
                self.set_back = earlier.saturating_add(by);
                self.behind.push_back(SetBack { by, earlier, now, limit: LOOKED_AT, behind: None });
            }
            None => {}
        }
        let Some(back) = self.behind.front().cloned().map(|back| SetBack { now, ..back }) else {
            return false;
        };
        match call_store(self.queue.set_back(back, &self.settings.rules)).await {
            Ok(Some(next)) => self.behind[0] = next,
            Ok(None) => {
                self.behind.pop_front();
                self.waker.wake();
            }
            Err(error) => {
                tracing::warn!(%error, "what was planned cannot follow the clock yet");
                return false;
            }
        }
        !self.behind.is_empty()
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
