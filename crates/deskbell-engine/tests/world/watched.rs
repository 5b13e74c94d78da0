//! A machine's queue, on a memory store, that can refuse, be cut off, or commit and lose the answer. All machines of a world
//! keep one [ledger](Ledger).

use super::ledger::{Lease, Ledger};
use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::delivery::{Delivery, Epoch};
use deskbell_core::event::NewEvent;
use deskbell_core::id::DeliveryId;
use deskbell_core::meter::Meter;
use deskbell_core::place::Place;
use deskbell_core::policy::retry::Rules;
use deskbell_core::store::{
    Accepted, Claim, Claimed, Error, Finished, Handed, Hands, Queue, Recorded, Result, SetBack,
};
use deskbell_store::MemoryStore;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What becomes of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Work,
    /// It fails and changes nothing.
    Refuse,
    /// It is done, and the answer is lost.
    Forget,
    /// It fails for one row that cannot be read, and changes nothing.
    Damaged,
    Panic,
    /// It never ends.
    Hang,
}

/// Makes a machine's queue of its view of the store: one that keeps its contract, or one that breaks it.
pub(crate) type Make = fn(MemoryStore) -> Arc<dyn Queue>;

pub(crate) struct Watched {
    /// The store as nobody sees it who has joined.
    pub(crate) inner: MemoryStore,
    /// The machine's queue without any watching.
    pub(crate) queue: Arc<dyn Queue>,
    make: Make,
    ledger: Arc<Ledger>,
    /// As what the machine has joined, as far as the store knows.
    epoch: Mutex<Option<Epoch>>,
    cut_off: AtomicBool,
}

impl Watched {
    pub(crate) fn new(make: Make) -> Self {
        Self::over(MemoryStore::new(), make, Arc::default())
    }

    /// The queue of another machine.
    pub(crate) fn machine(&self) -> Self {
        Self::over(self.inner.machine(), self.make, self.ledger.clone())
    }

    fn over(store: MemoryStore, make: Make, ledger: Arc<Ledger>) -> Self {
        let inner = store.machine();
        Self {
            inner,
            queue: make(store),
            make,
            ledger,
            epoch: Mutex::default(),
            cut_off: AtomicBool::default(),
        }
    }

    /// Every later call of a verb that the engine uses, or `accept`, asks `oracle` for its fate. It is given the verb
    /// and the deliveries the call is about.
    pub(crate) fn fate(&self, oracle: impl FnMut(&'static str, &[DeliveryId]) -> Fate + Send + 'static) {
        *self.ledger.oracle.lock().unwrap() = Some(Box::new(oracle));
    }

    /// Every later call's answer takes as long as `delay` says, and so does every hand-over (`hand_over`).
    pub(crate) fn delay(&self, delay: impl FnMut(&'static str) -> Duration + Send + 'static) {
        *self.ledger.delay.lock().unwrap() = Some(Box::new(delay));
    }

    /// No more faults.
    pub(crate) fn heal(&self) {
        *self.ledger.oracle.lock().unwrap() = None;
        *self.ledger.delay.lock().unwrap() = None;
    }

    /// From now on nothing of this machine reaches the store, or all of it again.
    pub(crate) fn cut_off(&self, cut_off: bool) {
        self.cut_off.store(cut_off, Ordering::Relaxed);
    }

    /// The ledger of all machines.
    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// How often `verb` was called.
    pub(crate) fn calls(&self, verb: &'static str) -> u64 {
        self.ledger.calls().get(verb).copied().unwrap_or_default()
    }

    /// As what the machine has joined.
    pub(crate) fn epoch(&self) -> Option<Epoch> {
        *self.epoch.lock().unwrap()
    }

    /// Does `call` as fate has it.
    async fn under<T>(
        &self,
        verb: &'static str,
        about: &[DeliveryId],
        call: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let (fate, delay) = self.ledger.call(verb, about);
        // The contract: of a claim that fails, nothing is leased.
        let in_doubt = verb == "claim" && matches!(fate, Fate::Forget);
        let fate = if in_doubt || self.cut_off.load(Ordering::Relaxed) { Fate::Refuse } else { fate };
        match fate {
            Fate::Work => {
                let done = call.await;
                if !delay.is_zero() {
                    tokio::time::sleep(delay).await;
                }
                done
            }
            Fate::Refuse => Err(Error::Unavailable("refused".into())),
            Fate::Forget => {
                call.await?;
                Err(Error::Unavailable("the answer was lost".into()))
            }
            Fate::Damaged => Err(Error::Damaged("a row".into())),
            Fate::Panic => panic!("the store panics"),
            Fate::Hang => std::future::pending().await,
        }
    }
}

fn lease(Handed { leased, .. }: &Handed, at: Timestamp, claimed: bool) -> Lease {
    let (delivery, token) = (leased.delivery.id.clone(), leased.token());
    Lease { delivery, token, number: leased.number(), at, claimed, ended: None }
}

#[async_trait]
impl Queue for Watched {
    async fn join(&self, hands: Arc<Hands>, now: Timestamp, until: Timestamp) -> Result<Epoch> {
        self.under("join", &[], async {
            let (ledger, own) = (self.ledger.clone(), hands.clone());
            let take = move |handed: Vec<Handed>| {
                ledger.lease(handed.iter().map(|one| lease(one, one.leased.delivery.created, false)));
                let (own, delay) = (own.clone(), ledger.delay_of("hand_over"));
                if delay.is_zero() {
                    (own.take)(handed);
                } else {
                    tokio::spawn(async move {
                        tokio::time::sleep(delay).await;
                        (own.take)(handed);
                    });
                }
            };
            let watched = Hands {
                concurrency: hands.concurrency.clone(),
                take: Box::new(take),
                wake: Box::new(move || (hands.wake)()),
            };
            let epoch = self.queue.join(Arc::new(watched), now, until).await?;
            if let Some(before) = self.epoch.lock().unwrap().replace(epoch) {
                self.ledger.join_again(before);
            }
            self.ledger.begin_epoch(epoch, until);
            Ok(epoch)
        })
        .await
    }

    async fn beat(&self, epoch: Epoch, now: Timestamp, until: Timestamp) -> Result<bool> {
        self.under("beat", &[], async {
            let lasts = self.queue.beat(epoch, now, until).await?;
            if lasts {
                self.ledger.prolong(epoch, until);
            }
            Ok(lasts)
        })
        .await
    }

    async fn leave(&self, epoch: Epoch, now: Timestamp) -> Result<()> {
        self.under("leave", &[], async {
            self.queue.leave(epoch, now).await?;
            self.ledger.leave(epoch, now);
            Ok(())
        })
        .await
    }

    async fn take_over(&self, epoch: Epoch, now: Timestamp, limit: usize) -> Result<usize> {
        self.under("take_over", &[], async {
            let taken = self.queue.take_over(epoch, now, limit).await?;
            self.ledger.take_over(taken);
            Ok(taken)
        })
        .await
    }

    async fn set_back(&self, back: SetBack, rules: &Rules) -> Result<Option<SetBack>> {
        self.under("set_back", &[], self.queue.set_back(back, rules)).await
    }

    async fn accept(&self, events: Vec<NewEvent>, now: Timestamp) -> Result<Vec<Accepted>> {
        self.under("accept", &[], self.queue.accept(events, now)).await
    }

    async fn claim(&self, claim: Claim, rules: &Rules) -> Result<Claimed> {
        let at = claim.now;
        self.under("claim", &[], async {
            if self.ledger.lies() {
                return Ok(Claimed { next_due: Some(at), left: true, ..Claimed::default() });
            }
            let claimed = self.queue.claim(claim, rules).await?;
            self.ledger.lease(claimed.handed.iter().map(|one| lease(one, at, true)));
            Ok(claimed)
        })
        .await
    }

    async fn finish(&self, finished: Vec<Finished>, rules: &Rules, now: Timestamp) -> Result<Vec<Recorded>> {
        let about: Vec<_> = finished.iter().map(|one| one.attempt.delivery.clone()).collect();
        let tokens: Vec<_> = finished.iter().map(Finished::token).collect();
        self.under("finish", &about, async {
            let verdicts = self.queue.finish(finished, rules, now).await?;
            for ((delivery, token), verdict) in about.iter().zip(tokens).zip(&verdicts) {
                if *verdict != Recorded::Stale {
                    self.ledger.record(delivery, token, now);
                }
            }
            Ok(verdicts)
        })
        .await
    }

    async fn release(&self, unspent: Vec<(Place, Box<Delivery>)>, now: Timestamp) -> Result<()> {
        let about: Vec<_> = unspent.iter().map(|(_, delivery)| delivery.id.clone()).collect();
        self.under("release", &about, async {
            for (_, delivery) in &unspent {
                self.ledger.end(&delivery.id, delivery.token());
            }
            self.queue.release(unspent, now).await
        })
        .await
    }

    fn meter(&self) -> Arc<Meter> {
        self.queue.meter()
    }
}
