//! The loop: claim what is due, send it, record what happened.
//!
//! The engine sees the four doors of the core, of the store its queue only, and tokio's time and sync, nothing else: it never reads a clock of its own
//! and names no database and no HTTP library. What is decided after an attempt, is decided in the core; the engine only
//! carries.
//!
//! - `claimer` claims what is due, as much as the limits of `concurrency` allow, and starts an attempt for each lease.
//! - `attempt` makes one attempt: signs, sends under a deadline, contains panics.
//! - `recorder` writes down what ended, in batches, and insists until it is written.
//!
//! An attempt holds its permit until it is recorded. So a store that does not answer slows the engine down
//! instead of filling its memory, and a webhook that just said "too much" is not rung again before that is known. Only a
//! success lets its webhook have the next one before it is recorded: then the disk's commits and the receiver's answers
//! overlap, and one commit serves many.

mod attempt;
mod backoff;
mod claimer;
mod concurrency;
mod recorder;
mod settings;
mod waker;

pub use settings::Settings;
pub use waker::Waker;

use attempt::Sender;
use claimer::Claimer;
use concurrency::Concurrency;
use deskbell_core::policy::sign::Signers;
use deskbell_core::vault::Vault;
use deskbell_core::{Clock, Queue, Random, Transport};
use recorder::Recorder;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

/// The four doors to the world.
#[derive(Clone)]
pub struct Doors {
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// The randomness, for jitter.
    pub random: Arc<dyn Random>,
    /// What is owed: the store, as far as the engine sees it.
    pub queue: Arc<dyn Queue>,
    /// What sends: one request, one outcome.
    pub transport: Arc<dyn Transport>,
}

/// A running engine. Dropped, it stops at once: attempts in flight are cut off and their leases run out.
/// [`Engine::drain`] is the orderly end.
pub struct Engine {
    waker: Waker,
    recorded: watch::Receiver<u64>,
    stop: watch::Sender<bool>,
    claimer: JoinHandle<()>,
    recorder: JoinHandle<()>,
}

impl Engine {
    /// Starts the loop on the current tokio runtime.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn start(doors: Doors, vault: Arc<Vault>, settings: Settings) -> Self {
        let waker = Waker::default();
        let concurrency = Arc::new(Concurrency::new(doors.queue.meter()));
        let (stop, stopped) = watch::channel(false);
        let (count, recorded) = watch::channel(0);
        let (ended, waiting) = mpsc::unbounded_channel();
        let recorder = Recorder {
            queue: doors.queue.clone(),
            clock: doors.clock.clone(),
            rules: settings.rules.clone(),
            waker: waker.clone(),
            recorded: count,
        };
        let sender = Sender {
            clock: doors.clock.clone(),
            transport: doors.transport,
            signers: Signers::new(vault),
            deadlines: settings.deadlines,
            user_agent: settings.user_agent.clone(),
        };
        let claimer = Claimer {
            queue: doors.queue,
            clock: doors.clock,
            random: doors.random,
            sender: Arc::new(sender),
            settings,
            concurrency,
            waker: waker.clone(),
            stopped,
            ended,
        };
        Self {
            waker,
            recorded,
            stop,
            claimer: tokio::spawn(claimer.run()),
            recorder: tokio::spawn(recorder.run(waiting)),
        }
    }

    /// What wakes the engine after something became due: an accepted event, a retry by hand.
    pub fn waker(&self) -> Waker {
        self.waker.clone()
    }

    /// Counts the attempts this engine recorded; changes whenever there is news in the store.
    pub fn recorded(&self) -> watch::Receiver<u64> {
        self.recorded.clone()
    }

    /// Ends in order: claims nothing more, gives unspent leases back, lets the attempts in flight end by their own
    /// deadlines and records them. What is not done after `limit` is cut off; its leases run out.
    pub async fn drain(mut self, limit: Duration) {
        self.stop.send_replace(true);
        // The claimer ends when its attempts have ended; the recorder when all of them are recorded.
        let orderly = async {
            let _ = (&mut self.claimer).await;
            let _ = (&mut self.recorder).await;
        };
        if tokio::time::timeout(limit, orderly).await.is_err() {
            tracing::warn!(limit_ms = limit.as_millis(), "drain cut off: attempts left will run again");
        }
        for task in [&mut self.claimer, &mut self.recorder] {
            if !task.is_finished() {
                task.abort();
                let _ = task.await;
            }
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // The attempts belong to the claimer's task and end with it.
        self.claimer.abort();
        self.recorder.abort();
    }
}
