//! The ledger of a world: what its machines asked of the store, and what the store gave them: epochs and leases.

use super::watched::Fate;
use deskbell_core::Timestamp;
use deskbell_core::delivery::{Epoch, LeaseToken};
use deskbell_core::id::DeliveryId;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A lease as it was handed out.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Lease {
    pub(crate) delivery: DeliveryId,
    pub(crate) token: LeaseToken,
    pub(crate) number: u32,
    pub(crate) at: Timestamp,
    /// Or handed over.
    pub(crate) claimed: bool,
    /// Set when it was recorded or given back: how many leases had been handed out by then.
    pub(crate) ended: Option<usize>,
}

/// A machine's time in office.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Term {
    pub(crate) epoch: Epoch,
    pub(crate) until: Timestamp,
    /// Set when the machine left or joined again: how many leases had been handed out by then.
    pub(crate) ended: Option<usize>,
    /// When the machine left, by its clock.
    pub(crate) left: Option<Timestamp>,
}

type Delay = Box<dyn FnMut(&'static str) -> Duration + Send>;
type Oracle = Box<dyn FnMut(&'static str, &[DeliveryId]) -> Fate + Send>;

#[derive(Default)]
pub(crate) struct Ledger {
    pub(super) oracle: Mutex<Option<Oracle>>,
    pub(super) delay: Mutex<Option<Delay>>,
    lies: AtomicBool,
    calls: Mutex<BTreeMap<&'static str, u64>>,
    leases: Mutex<Vec<Lease>>,
    terms: Mutex<Vec<Term>>,
    /// Results that were recorded though their lease or their epoch was over.
    late: Mutex<Vec<String>>,
    taken_over: Mutex<usize>,
    joined_again: Mutex<usize>,
}

impl Ledger {
    /// Enters a call; gives its fate and how long its answer takes.
    pub(super) fn call(&self, verb: &'static str, about: &[DeliveryId]) -> (Fate, Duration) {
        *self.calls.lock().unwrap().entry(verb).or_default() += 1;
        let fate = self.oracle.lock().unwrap().as_mut().map_or(Fate::Work, |oracle| oracle(verb, about));
        (fate, self.delay_of(verb))
    }

    /// How long the answer to a call takes, or a commit before its deliveries are handed over.
    pub(super) fn delay_of(&self, verb: &'static str) -> Duration {
        self.delay.lock().unwrap().as_mut().map_or(Duration::ZERO, |delay| delay(verb))
    }

    /// All calls of the machines' verbs.
    pub(crate) fn calls(&self) -> BTreeMap<&'static str, u64> {
        self.calls.lock().unwrap().clone()
    }

    /// From now on claims give nothing and say that something is due.
    pub(crate) fn lie(&self) {
        self.lies.store(true, Ordering::Relaxed);
    }

    pub(super) fn lies(&self) -> bool {
        self.lies.load(Ordering::Relaxed)
    }

    pub(crate) fn leases(&self) -> Vec<Lease> {
        self.leases.lock().unwrap().clone()
    }

    pub(crate) fn terms(&self) -> Vec<Term> {
        self.terms.lock().unwrap().clone()
    }

    pub(crate) fn late(&self) -> Vec<String> {
        self.late.lock().unwrap().clone()
    }

    /// Deliveries that were made due because their machine's epoch had ended.
    pub(crate) fn taken_over(&self) -> usize {
        *self.taken_over.lock().unwrap()
    }

    /// How often a machine joined that had been one before.
    pub(crate) fn joined_again(&self) -> usize {
        *self.joined_again.lock().unwrap()
    }

    pub(super) fn take_over(&self, deliveries: usize) {
        *self.taken_over.lock().unwrap() += deliveries;
    }

    pub(super) fn lease(&self, leases: impl Iterator<Item = Lease>) {
        self.leases.lock().unwrap().extend(leases);
    }

    /// Enters the end of a lease.
    pub(super) fn end(&self, delivery: &DeliveryId, token: LeaseToken) {
        let mut leases = self.leases.lock().unwrap();
        let so_far = leases.len();
        let ours = |lease: &&mut Lease| lease.delivery == *delivery && lease.token == token;
        if let Some(lease) = leases.iter_mut().rev().find(ours) {
            lease.ended.get_or_insert(so_far);
        }
    }

    /// Enters that a result was recorded at `now`.
    pub(super) fn record(&self, delivery: &DeliveryId, token: LeaseToken, now: Timestamp) {
        let newest = self.leases().into_iter().rev().find(|lease| lease.delivery == *delivery);
        let term = self.terms().into_iter().rev().find(|term| term.epoch == token.epoch);
        let lasts = term.is_some_and(|term| term.ended.is_none());
        if !lasts || newest.as_ref().is_none_or(|lease| lease.token != token) {
            let found = format!("{delivery} by {token:?} at {now}; its newest lease is {newest:?}");
            self.late.lock().unwrap().push(found);
        }
        self.end(delivery, token);
    }

    pub(super) fn begin_epoch(&self, epoch: Epoch, until: Timestamp) {
        self.terms.lock().unwrap().push(Term { epoch, until, ended: None, left: None });
    }

    pub(super) fn prolong(&self, epoch: Epoch, until: Timestamp) {
        let mut terms = self.terms.lock().unwrap();
        if let Some(term) = terms.iter_mut().rev().find(|term| term.epoch == epoch) {
            term.until = until;
        }
    }

    pub(super) fn leave(&self, epoch: Epoch, now: Timestamp) {
        self.end_epoch(epoch);
        let mut terms = self.terms.lock().unwrap();
        if let Some(term) = terms.iter_mut().rev().find(|term| term.epoch == epoch) {
            term.left = Some(now);
        }
    }

    pub(super) fn join_again(&self, before: Epoch) {
        *self.joined_again.lock().unwrap() += 1;
        self.end_epoch(before);
    }

    fn end_epoch(&self, epoch: Epoch) {
        let so_far = self.leases.lock().unwrap().len();
        let mut terms = self.terms.lock().unwrap();
        if let Some(term) = terms.iter_mut().rev().find(|term| term.epoch == epoch) {
            term.ended.get_or_insert(so_far);
        }
    }
}
