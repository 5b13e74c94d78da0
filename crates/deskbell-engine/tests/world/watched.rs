//! The queue of a memory store that can refuse, or commit and lose the answer, and that keeps a ledger of calls and leases.

use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::delivery::LeaseToken;
use deskbell_core::event::NewEvent;
use deskbell_core::id::DeliveryId;
use deskbell_core::meter::Meter;
use deskbell_core::policy::retry::Rules;
use deskbell_core::store::{Accepted, Claim, Claimed, Error, Finished, Queue, Recorded, Result};
use deskbell_core::time::later;
use deskbell_store::MemoryStore;
use std::collections::BTreeMap;
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

/// A lease as it was handed out.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Lease {
    pub(crate) delivery: DeliveryId,
    pub(crate) token: LeaseToken,
    pub(crate) number: u32,
    pub(crate) at: Timestamp,
    pub(crate) until: Timestamp,
    /// Set when it was recorded or given back: how many leases had been handed out by then.
    pub(crate) ended: Option<usize>,
}

type Delay = Box<dyn FnMut(&'static str) -> Duration + Send>;
type Oracle = Box<dyn FnMut(&'static str, &[DeliveryId]) -> Fate + Send>;

#[derive(Default)]
pub(crate) struct Watched {
    pub(crate) inner: MemoryStore,
    oracle: Mutex<Option<Oracle>>,
    delay: Mutex<Option<Delay>>,
    lies: AtomicBool,
    calls: Mutex<BTreeMap<&'static str, u64>>,
    pub(crate) leases: Mutex<Vec<Lease>>,
}

impl Watched {
    /// Every later call of a verb that the engine uses, or `accept`, asks `oracle` for its fate. It is given the verb
    /// and the deliveries the call is about.
    pub(crate) fn fate(&self, oracle: impl FnMut(&'static str, &[DeliveryId]) -> Fate + Send + 'static) {
        *self.oracle.lock().unwrap() = Some(Box::new(oracle));
    }

    /// Every later call's answer takes as long as `delay` says.
    pub(crate) fn delay(&self, delay: impl FnMut(&'static str) -> Duration + Send + 'static) {
        *self.delay.lock().unwrap() = Some(Box::new(delay));
    }

    /// No more faults.
    pub(crate) fn heal(&self) {
        *self.oracle.lock().unwrap() = None;
        *self.delay.lock().unwrap() = None;
    }

    /// How often `verb` was called.
    pub(crate) fn calls(&self, verb: &'static str) -> u64 {
        self.calls.lock().unwrap().get(verb).copied().unwrap_or_default()
    }

    /// All calls of the engine's verbs.
    pub(crate) fn all_calls(&self) -> BTreeMap<&'static str, u64> {
        self.calls.lock().unwrap().clone()
    }

    /// From now on claims give nothing and say that something is due.
    pub(crate) fn lie(&self) {
        self.lies.store(true, Ordering::Relaxed);
    }

    /// Enters the end of a lease in the ledger.
    fn end(&self, delivery: &DeliveryId, token: LeaseToken) {
        let mut leases = self.leases.lock().unwrap();
        let so_far = leases.len();
        let ours = |lease: &&mut Lease| lease.delivery == *delivery && lease.token == token;
        if let Some(lease) = leases.iter_mut().rev().find(ours) {
            lease.ended.get_or_insert(so_far);
        }
    }

    /// Does `call` as fate has it.
    async fn under<T>(
        &self,
        verb: &'static str,
        about: &[DeliveryId],
        call: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        *self.calls.lock().unwrap().entry(verb).or_default() += 1;
        let fate = self.oracle.lock().unwrap().as_mut().map_or(Fate::Work, |oracle| oracle(verb, about));
        let delay = self.delay.lock().unwrap().as_mut().map_or(Duration::ZERO, |delay| delay(verb));
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

#[async_trait]
impl Queue for Watched {
    async fn accept(&self, events: Vec<NewEvent>, now: Timestamp) -> Result<Vec<Accepted>> {
        self.under("accept", &[], self.inner.accept(events, now)).await
    }

    async fn claim(&self, claim: Claim, rules: &Rules) -> Result<Claimed> {
        let (at, until) = (claim.now, later(claim.now, claim.lease));
        self.under("claim", &[], async {
            if self.lies.load(Ordering::Relaxed) {
                return Ok(Claimed { next_due: Some(at), ..Claimed::default() });
            }
            let claimed = self.inner.claim(claim, rules).await?;
            let mut leases = self.leases.lock().unwrap();
            leases.extend(claimed.leased.iter().map(|leased| Lease {
                delivery: leased.delivery.clone(),
                token: leased.token,
                number: leased.number,
                at,
                until,
                ended: None,
            }));
            Ok(claimed)
        })
        .await
    }

    async fn finish(&self, finished: Vec<Finished>, rules: &Rules, now: Timestamp) -> Result<Vec<Recorded>> {
        let about: Vec<_> = finished.iter().map(|one| one.attempt.delivery.clone()).collect();
        let tokens: Vec<_> = finished.iter().map(|one| one.token).collect();
        self.under("finish", &about, async {
            let verdicts = self.inner.finish(finished, rules, now).await?;
            for ((delivery, token), verdict) in about.iter().zip(tokens).zip(&verdicts) {
                if *verdict != Recorded::Stale {
                    self.end(delivery, token);
                }
            }
            Ok(verdicts)
        })
        .await
    }

    async fn release(&self, leases: Vec<(DeliveryId, LeaseToken)>) -> Result<()> {
        let about: Vec<_> = leases.iter().map(|(delivery, _)| delivery.clone()).collect();
        self.under("release", &about, async {
            for (delivery, token) in &leases {
                self.end(delivery, *token);
            }
            self.inner.release(leases).await
        })
        .await
    }

    async fn end_leases(&self, now: Timestamp) -> Result<()> {
        self.inner.end_leases(now).await
    }

    fn meter(&self) -> Arc<Meter> {
        self.inner.meter()
    }
}
