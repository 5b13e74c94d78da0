//! Machines, in memory: their epochs, what they hold, and what is handed over to them.

use super::{MemoryStore, State};
use deskbell_core::Timestamp;
use deskbell_core::delivery::{Delivery, Epoch};
use deskbell_core::id::WebhookId;
use deskbell_core::policy::concurrency::Permit;
use deskbell_core::store::{Handed, Hands};
use deskbell_core::webhook::Webhook;
use std::sync::{Arc, MutexGuard, PoisonError};

/// What a machine has joined as.
#[derive(Debug, Clone)]
pub(super) struct Joined {
    epoch: Epoch,
    hands: Arc<Hands>,
}

/// What a step has for the hands of the machine that takes it.
#[derive(Debug)]
pub(super) struct HandOver {
    joined: Option<Joined>,
    /// An epoch that has ended takes nothing more.
    lasts: bool,
    handed: Vec<Handed>,
    /// Something became due instead.
    left: bool,
}

impl MemoryStore {
    /// A step that accepts events. What is the machine's goes into its hands after the step, with the store's lock
    /// released. The machine's own lock is kept until then, so that the hands get everything in the order of the steps.
    pub(super) fn accepting<R>(&self, step: impl FnOnce(&mut State, &mut HandOver) -> R) -> R {
        let joined = self.joined();
        let mut state = self.lock();
        let lasts = joined.as_ref().is_some_and(|joined| state.lasts(joined.epoch));
        let mut over = HandOver { joined: joined.clone(), lasts, handed: Vec::new(), left: false };
        let result = step(&mut state, &mut over);
        drop(state);
        over.give();
        result
    }

    /// A machine has one epoch at a time: the one before, if it has not ended, ends.
    pub(super) fn join(&self, hands: Arc<Hands>, now: Timestamp, until: Timestamp) -> Epoch {
        let mut joined = self.joined();
        let mut state = self.lock();
        state.be_there(now);
        if let Some(before) = joined.take() {
            state.end(before.epoch, now);
        }
        let epoch = state.begin(until);
        *joined = Some(Joined { epoch, hands });
        epoch
    }

    pub(super) fn leave(&self, epoch: Epoch, now: Timestamp) {
        let mut joined = self.joined();
        self.lock().end(epoch, now);
        joined.take_if(|joined| joined.epoch == epoch);
    }

    /// The webhook was changed: what was handed over of it, and has not begun, goes back.
    pub(super) fn withdraw(&self, webhook: &WebhookId) {
        if let Some(joined) = &*self.joined() {
            joined.hands.concurrency.withdraw(webhook);
        }
    }

    fn joined(&self) -> MutexGuard<'_, Option<Joined>> {
        self.joined.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HandOver {
    /// A place in the machine's hands for a delivery of the event.
    pub(super) fn permit(
        &self,
        webhook: &Webhook,
        delivery: &Delivery,
        bytes: usize,
        now: Timestamp,
    ) -> Option<Permit> {
        let joined = self.joined.as_ref().filter(|_| self.lasts)?;
        let health = delivery.health(&webhook.health);
        joined.hands.concurrency.take(&webhook.account, &webhook.id, &health, bytes, now)
    }

    /// The epoch of the machine; nobody's when there is none.
    pub(super) fn epoch(&self) -> Epoch {
        self.joined.as_ref().map(|joined| joined.epoch).unwrap_or_default()
    }

    /// This is the machine's.
    pub(super) fn hand(&mut self, handed: Handed) {
        self.handed.push(handed);
    }

    /// Something is due that was not handed over.
    pub(super) fn leave(&mut self) {
        self.left = true;
    }

    fn give(self) {
        let Some(Joined { hands, .. }) = self.joined else { return };
        hands.follow(&[], self.handed, self.left);
    }
}

impl State {
    fn begin(&mut self, until: Timestamp) -> Epoch {
        self.last_epoch = Epoch(self.last_epoch.0 + 1);
        self.epochs.insert(self.last_epoch, until);
        self.last_epoch
    }

    /// Whether the epoch goes on.
    pub(super) fn lasts(&self, epoch: Epoch) -> bool {
        self.epochs.contains_key(&epoch)
    }

    /// Since when there has been a machine without a pause. Without a beat until `now`, nobody was there.
    pub(super) fn there_since(&self, now: Timestamp) -> Timestamp {
        if self.epochs.values().any(|until| *until > now) { self.since } else { now }
    }

    fn be_there(&mut self, now: Timestamp) {
        self.since = self.there_since(now);
    }

    /// Lets the epoch last until then; `false` when it has ended, and then for ever.
    pub(super) fn beat(&mut self, epoch: Epoch, now: Timestamp, until: Timestamp) -> bool {
        let lasts = self.lasts(epoch);
        if lasts {
            self.be_there(now);
            self.epochs.insert(epoch, until);
        }
        lasts
    }

    /// Ends the epoch; what its machine held is due.
    fn end(&mut self, epoch: Epoch, now: Timestamp) {
        self.epochs.remove(&epoch);
        for place in self.held.get(&epoch).cloned().unwrap_or_default() {
            self.change(place, |delivery| delivery.end_epoch(now));
        }
    }

    /// Ends the epochs of others whose beats are overdue, and makes due what is held in epochs that have ended, at most `limit`;
    /// gives how many there were.
    pub(super) fn take_over(&mut self, own: Epoch, now: Timestamp, limit: usize) -> usize {
        self.epochs.retain(|epoch, until| *epoch == own || *until > now);
        let ended = self.held.iter().filter(|(epoch, _)| !self.epochs.contains_key(epoch));
        let places: Vec<i64> = ended.flat_map(|(_, places)| places).copied().take(limit).collect();
        for place in &places {
            self.change(*place, |delivery| delivery.end_epoch(now));
        }
        places.len()
    }

    /// What machines own without a due time.
    pub(super) fn owned(&self) -> impl Iterator<Item = &Delivery> {
        let held = self.held.values().flatten().filter_map(|place| self.deliveries.at(*place));
        held.filter(|delivery| delivery.due.is_none())
    }
}
