//! The loop: take what this machine accepted, claim what is due, send it, record what happened.
//!
//! The engine sees the four doors of the core, of the store its queue only, and tokio's time and sync, nothing else: it never reads a clock of its own
//! and names no database and no HTTP library. What is decided after an attempt, is decided in the core; the engine only
//! carries.
//!
//! - `keeper` joins the store for an epoch, keeps it alive with beats, and takes over what dead machines held.
//! - `starter` starts an attempt for each delivery that comes into this machine's hands, from acceptance or from a claim.
//! - `claimer` claims what is due: retries, and what there was no room for when it was accepted.
//! - `attempt` makes one attempt: signs, sends under a deadline, contains panics.
//! - `recorder` writes down what ended, in batches, and insists until it is written.
//! - `news` tells of what was recorded: of attempts that ended, and of lost ones that a claim found.
//!
//! An attempt holds its permit until it is recorded. So a store that does not answer slows the engine down
//! instead of filling its memory, and a webhook that just said "too much" is not rung again before that is known. Only a
//! success lets its webhook have the next one before it is recorded: then the disk's commits and the receiver's answers
//! overlap, and one commit serves many.

mod attempt;
mod backoff;
mod claimer;
mod gauge;
mod keeper;
mod news;
mod recorder;
mod settings;
mod starter;
mod waker;
mod wall_clock;

pub use gauge::Gauge;
pub use settings::Settings;
pub use waker::Waker;

use attempt::Sender;
use claimer::Claimer;
use deskbell_core::id::AccountId;
use deskbell_core::policy::concurrency::Concurrency;
use deskbell_core::policy::sign::Signers;
use deskbell_core::store::Hands;
use deskbell_core::vault::Vault;
use deskbell_core::{Alarm, Clock, Queue, Random, Transport};
use keeper::{Keeper, Term};
use news::News;
use recorder::Recorder;
use starter::Starter;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use wall_clock::WallClock;

/// The four doors to the world, and who is told of what came of it.
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
    /// Called after attempts of an account were recorded, once for the account, lost ones too. Must not block.
    pub recorded: Arc<dyn Fn(&AccountId) + Send + Sync>,
    /// Rung by a panic of the loop.
    pub alarm: Alarm,
}

/// A running engine. Dropped, it stops at once: attempts in flight are cut off, and what it held is due when its epoch ends.
/// [`Engine::drain`] is the orderly end.
pub struct Engine {
    waker: Waker,
    concurrency: Arc<Concurrency>,
    terms: watch::Receiver<Option<Term>>,
    stop: watch::Sender<bool>,
    /// In the order in which they end: claimer, starter, recorder, keeper.
    tasks: [JoinHandle<()>; 4],
    /// Ends the keeper, when there is nothing left to keep.
    leave: watch::Sender<bool>,
}

impl Engine {
    /// Starts the loop on the current tokio runtime.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn start(doors: Doors, vault: Arc<Vault>, settings: Settings) -> Self {
        let waker = Waker::default();
        let concurrency = Arc::new(Concurrency::new(settings.bounds(), doors.queue.meter()));
        let ((stop, stopped), (leave, left)) = (watch::channel(false), watch::channel(false));
        let (term, terms) = watch::channel(None);
        let ((starts, handed), (ended, waiting)) = (mpsc::unbounded_channel(), mpsc::unbounded_channel());
        let (into, overflow) = (starts.clone(), waker.clone());
        let hands = Arc::new(Hands {
            concurrency: concurrency.clone(),
            // A starter that is gone means that the engine was dropped: its epoch will end.
            take: Box::new(move |handed| drop(into.send(handed))),
            wake: Box::new(move || overflow.wake_for_room()),
        });
        let news = News { recorded: doors.recorded };
        let keeper = Keeper {
            queue: doors.queue.clone(),
            clock: doors.clock.clone(),
            settings: settings.clone(),
            waker: waker.clone(),
            hands,
            term,
            left,
            wall: WallClock::new(doors.clock.now()),
            behind: VecDeque::new(),
            set_back: Duration::ZERO,
        };
        let recorder = Recorder {
            queue: doors.queue.clone(),
            clock: doors.clock.clone(),
            rules: settings.rules.clone(),
            waker: waker.clone(),
            news: news.clone(),
        };
        let sender = Sender {
            clock: doors.clock.clone(),
            transport: doors.transport,
            signers: Signers::new(vault),
            deadlines: settings.deadlines,
            user_agent: settings.user_agent.clone(),
        };
        let starter = Starter {
            sender,
            random: doors.random,
            waker: waker.clone(),
            settings: settings.clone(),
            terms: terms.clone(),
            stopped: stopped.clone(),
            concurrency: concurrency.clone(),
            ended,
            alarm: doors.alarm.clone(),
        };
        let claimer = Claimer {
            queue: doors.queue,
            clock: doors.clock,
            settings,
            concurrency: concurrency.clone(),
            waker: waker.clone(),
            terms,
            stopped,
            news,
            starts,
        };
        let (alarm, terms) = (|| doors.alarm.clone(), starter.terms.clone());
        let tasks = [
            tokio::spawn(alarm().over("the claimer", claimer.run())),
            tokio::spawn(alarm().over("the starter", Arc::new(starter).run(handed))),
            tokio::spawn(alarm().over("the recorder", recorder.run(waiting))),
            tokio::spawn(alarm().over("the keeper", keeper.run())),
        ];
        Self { waker, concurrency, terms, stop, tasks, leave }
    }

    /// What wakes the engine after something became due by other means than its own store.
    pub fn waker(&self) -> Waker {
        self.waker.clone()
    }

    /// What this engine holds, and how much room it has.
    pub fn concurrency(&self) -> Arc<Concurrency> {
        self.concurrency.clone()
    }

    /// What tells how much it has in hand.
    pub fn gauge(&self) -> Gauge {
        Gauge { concurrency: self.concurrency.clone(), terms: self.terms.clone() }
    }

    /// Ends in order: takes and claims nothing more, gives what is unspent back, lets the attempts in flight end by their own
    /// deadlines, records them and leaves the store. What is not done after `limit` is cut off; it is due when the epoch
    /// ends.
    pub async fn drain(mut self, limit: Duration) {
        self.concurrency.close();
        self.stop.send_replace(true);
        let (leave, [claimer, starter, recorder, keeper]) = (&self.leave, &mut self.tasks);
        // The claimer ends at the stop; the starter when nothing is held any more; the recorder after it; the keeper last.
        let orderly = async {
            for task in [claimer, starter, recorder] {
                let _ = task.await;
            }
            leave.send_replace(true);
            let _ = keeper.await;
        };
        if tokio::time::timeout(limit, orderly).await.is_err() {
            tracing::warn!(limit_ms = limit.as_millis(), "drain cut off: attempts left will run again");
        }
        for task in &mut self.tasks {
            if !task.is_finished() {
                task.abort();
                let _ = task.await;
            }
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // The attempts belong to the starter's task and end with it.
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}
