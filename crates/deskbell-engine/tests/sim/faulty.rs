//! Stores that break their contract in one way each: the simulation is shown to catch them.

use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::delivery::{Delivery, Epoch, Leased};
use deskbell_core::event::NewEvent;
use deskbell_core::meter::Meter;
use deskbell_core::place::Place;
use deskbell_core::policy::retry::Rules;
use deskbell_core::store::{
    Accepted, Claim, Claimed, Deliveries, Error, Finished, Handed, Hands, Page, Queue, Recorded, Result,
    SetBack, Webhooks,
};
use deskbell_core::time::later;
use deskbell_store::MemoryStore;
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// Hands over what it then fails to store.
    HandsOverBeforeTheCommit,
    GivesAnEpochTwice,
    /// Does not look at the lease.
    RecordsLateResults,
    /// Takes two places for one delivery.
    KeepsRoom,
    /// Takes over from machines that are alive, by a clock that is far ahead.
    TakesOverTooEarly,
}

struct Faulty {
    fault: Fault,
    store: MemoryStore,
    joined: Mutex<Option<(Epoch, Arc<Hands>)>>,
    calls: Mutex<u64>,
}

fn faulty(fault: Fault, store: MemoryStore) -> Arc<dyn Queue> {
    Arc::new(Faulty { fault, store, joined: Mutex::default(), calls: Mutex::default() })
}

pub(crate) fn hands_over_before_the_commit(store: MemoryStore) -> Arc<dyn Queue> {
    faulty(Fault::HandsOverBeforeTheCommit, store)
}

pub(crate) fn gives_an_epoch_twice(store: MemoryStore) -> Arc<dyn Queue> {
    faulty(Fault::GivesAnEpochTwice, store)
}

pub(crate) fn records_late_results(store: MemoryStore) -> Arc<dyn Queue> {
    faulty(Fault::RecordsLateResults, store)
}

pub(crate) fn keeps_room(store: MemoryStore) -> Arc<dyn Queue> {
    faulty(Fault::KeepsRoom, store)
}

pub(crate) fn takes_over_too_early(store: MemoryStore) -> Arc<dyn Queue> {
    faulty(Fault::TakesOverTooEarly, store)
}

impl Faulty {
    /// True every so many calls.
    fn is_turn(&self, every: u64) -> bool {
        let mut calls = self.calls.lock().unwrap();
        *calls += 1;
        calls.is_multiple_of(every)
    }

    /// What a clock says that is ahead by more than an epoch lasts.
    fn ahead(&self, now: Timestamp) -> Timestamp {
        let ahead = Duration::from_secs(if self.fault == Fault::TakesOverTooEarly { 40 } else { 0 });
        later(now, ahead)
    }

    /// Hands the event over to the first of its webhooks, without storing anything.
    async fn hand_over(&self, new: &NewEvent, now: Timestamp) -> Result<()> {
        let Some((epoch, hands)) = self.joined.lock().unwrap().clone() else { return Ok(()) };
        let webhooks = self.store.webhooks(&new.event.account, &Page { limit: 1, cursor: None }).await?;
        for webhook in webhooks.items {
            let mut delivery = Box::new(Delivery::new(&new.event, &webhook.id, now));
            delivery.hand_over(epoch, now);
            let body = new.event.body.clone();
            if let Some(permit) =
                hands.concurrency.take(&webhook.account, &webhook.id, &webhook.health, body.len(), now)
            {
                let leased = Leased { delivery, place: 0, body, trace: None, webhook: Arc::new(webhook) };
                (hands.take)(vec![Handed { leased, permit }]);
            }
        }
        Ok(())
    }

    /// The result as if it came from whoever holds the delivery.
    async fn renewed(&self, one: Finished) -> Result<Finished> {
        let held = self.store.delivery(&one.delivery.account, &one.delivery.id).await?;
        let held = held.filter(|delivery| delivery.is_leased()).map(Box::new);
        Ok(Finished { delivery: held.unwrap_or_else(|| one.delivery.clone()), ..one })
    }
}

/// Takes a second place beside each one, for ever.
fn greedy(hands: Arc<Hands>) -> Arc<Hands> {
    let own = hands.clone();
    Arc::new(Hands {
        concurrency: hands.concurrency.clone(),
        take: Box::new(move |handed: Vec<Handed>| {
            for Handed { leased, .. } in &handed {
                let (webhook, now) = (&leased.webhook, leased.delivery.created);
                let second = own.concurrency.take(
                    &webhook.account,
                    &webhook.id,
                    &webhook.health,
                    leased.body.len(),
                    now,
                );
                std::mem::forget(second);
            }
            (own.take)(handed);
        }),
        wake: Box::new(move || (hands.wake)()),
    })
}

#[async_trait]
impl Queue for Faulty {
    async fn join(&self, hands: Arc<Hands>, now: Timestamp, until: Timestamp) -> Result<Epoch> {
        let hands = if self.fault == Fault::KeepsRoom { greedy(hands) } else { hands };
        let epoch = self.store.join(hands.clone(), now, until).await?;
        *self.joined.lock().unwrap() = Some((epoch, hands));
        Ok(if self.fault == Fault::GivesAnEpochTwice { Epoch(1 + epoch.0 / 2) } else { epoch })
    }

    async fn beat(&self, epoch: Epoch, now: Timestamp, until: Timestamp) -> Result<bool> {
        self.store.beat(epoch, now, until).await
    }

    async fn leave(&self, epoch: Epoch, now: Timestamp) -> Result<()> {
        self.store.leave(epoch, now).await
    }

    async fn take_over(&self, epoch: Epoch, now: Timestamp, limit: usize) -> Result<usize> {
        let early = self.fault == Fault::TakesOverTooEarly && self.is_turn(2);
        let now = if early { self.ahead(now) } else { now };
        self.store.take_over(epoch, now, limit).await
    }

    async fn set_back(&self, back: SetBack, rules: &Rules) -> Result<Option<SetBack>> {
        self.store.set_back(back, rules).await
    }

    async fn accept(&self, events: Vec<NewEvent>, now: Timestamp) -> Result<Vec<Accepted>> {
        if self.fault == Fault::HandsOverBeforeTheCommit && self.is_turn(4) {
            self.hand_over(&events[0], now).await?;
            return Err(Error::Unavailable("the commit failed".into()));
        }
        self.store.accept(events, now).await
    }

    async fn claim(&self, claim: Claim, rules: &Rules) -> Result<Claimed> {
        self.store.claim(Claim { now: self.ahead(claim.now), ..claim }, rules).await
    }

    async fn finish(&self, finished: Vec<Finished>, rules: &Rules, now: Timestamp) -> Result<Vec<Recorded>> {
        if self.fault != Fault::RecordsLateResults {
            return self.store.finish(finished, rules, now).await;
        }
        let mut renewed = Vec::new();
        for one in finished {
            renewed.push(self.renewed(one).await?);
        }
        self.store.finish(renewed, rules, now).await
    }

    async fn release(&self, unspent: Vec<(Place, Box<Delivery>)>, now: Timestamp) -> Result<()> {
        self.store.release(unspent, now).await
    }

    fn meter(&self) -> Arc<Meter> {
        self.store.meter()
    }
}
