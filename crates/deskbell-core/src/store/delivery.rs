//! Deliveries and attempts, kept: what became of each.

use super::{Listing, Page, Result, Span, Weight};
use crate::Timestamp;
use crate::attempt::{Attempt, Outcome};
use crate::delivery::{Cancellation, Delivery, Retried, Status};
use crate::id::{AccountId, AttemptId, DeliveryId, EventId, WebhookId};
use crate::policy::limit::PAGE_BYTES;
use crate::trigger::Trigger;
use async_trait::async_trait;
use std::collections::VecDeque;

/// Which deliveries to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    /// Only to this webhook.
    pub webhook: Option<WebhookId>,
    /// Only of this event.
    pub event: Option<EventId>,
    /// Only of this trigger.
    pub trigger: Option<Trigger>,
    /// Only in this state.
    pub status: Option<Status>,
    /// Only of this subject.
    pub subject: Option<String>,
    /// Only those whose last attempt had this outcome.
    pub outcome: Option<Outcome>,
    /// Only those whose last answer had this status code.
    pub last_status: Option<u16>,
    /// Only with at least as many recorded attempts.
    pub attempts_min: Option<u32>,
    /// Only with at most as many recorded attempts.
    pub attempts_max: Option<u32>,
    /// Only created in this span.
    pub created: Span,
}

/// Which attempts to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AttemptFilter {
    /// Only of this delivery.
    pub delivery: Option<DeliveryId>,
    /// Only to this webhook.
    pub webhook: Option<WebhookId>,
    /// Only of this event.
    pub event: Option<EventId>,
    /// Only with this outcome.
    pub outcome: Option<Outcome>,
    /// Only started in this span.
    pub started: Span,
}

/// Deliveries and their attempts.
#[async_trait]
pub trait Deliveries: Send + Sync {
    /// One more attempt of this delivery, at once ([`Delivery::retry_by_hand`]); ends the webhook's rest.
    async fn retry_delivery(&self, account: &AccountId, id: &DeliveryId, now: Timestamp) -> Result<Retried>;

    /// Nothing more is sent of this sample ([`Delivery::cancel_by_hand`]).
    async fn cancel_delivery(
        &self,
        account: &AccountId,
        id: &DeliveryId,
        now: Timestamp,
    ) -> Result<Cancellation>;

    /// The account's delivery of that id.
    async fn delivery(&self, account: &AccountId, id: &DeliveryId) -> Result<Option<Delivery>>;

    /// A page of the account's deliveries.
    async fn deliveries(
        &self,
        account: &AccountId,
        filter: &DeliveryFilter,
        page: &Page,
    ) -> Result<Listing<Delivery>>;

    /// The last attempts of the account's deliveries, at most `each` of one: one look for a page of them. In the order of
    /// `deliveries`, oldest first within each; a delivery that is not there has none. Ends before the delivery whose attempts would
    /// take it past the bytes of a page ([`PAGE_BYTES`]); of the first one there are the newest
    /// attempts that are no more, and one at least.
    async fn attempts_of(
        &self,
        account: &AccountId,
        deliveries: &[DeliveryId],
        each: u32,
    ) -> Result<Vec<Vec<Attempt>>>;

    /// The account's attempt of that id.
    async fn attempt(&self, account: &AccountId, id: &AttemptId) -> Result<Option<Attempt>>;

    /// A page of the account's attempts.
    async fn attempts(
        &self,
        account: &AccountId,
        filter: &AttemptFilter,
        page: &Page,
    ) -> Result<Listing<Attempt>>;
}

/// What [`attempts_of`](Deliveries::attempts_of) gives, while a store reads it: delivery by delivery, oldest first within each.
#[derive(Debug)]
pub struct AttemptsOf {
    found: Vec<VecDeque<Attempt>>,
    bytes: usize,
}

impl AttemptsOf {
    /// No attempt yet of so many deliveries.
    pub fn new(deliveries: usize) -> Self {
        Self { found: vec![VecDeque::new(); deliveries], bytes: 0 }
    }

    /// Adds the next attempt of the delivery at that place; `false` when it and those behind it are left out.
    pub fn push(&mut self, delivery: usize, attempt: Attempt) -> bool {
        self.bytes += attempt.bytes();
        if self.bytes > PAGE_BYTES && delivery > 0 {
            self.found.truncate(delivery);
            return false;
        }
        if let Some(attempts) = self.found.get_mut(delivery) {
            attempts.push_back(attempt);
            while self.bytes > PAGE_BYTES && attempts.len() > 1 {
                self.bytes -= attempts.pop_front().map_or(0, |oldest| oldest.bytes());
            }
        }
        true
    }

    /// The attempts of each delivery that is not left out.
    pub fn into_vec(self) -> Vec<Vec<Attempt>> {
        self.found.into_iter().map(Vec::from).collect()
    }
}
