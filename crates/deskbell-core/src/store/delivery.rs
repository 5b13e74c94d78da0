//! Deliveries and attempts, kept: the queue.

use super::{Listing, Page, Result, Span};
use crate::Timestamp;
use crate::attempt::{Attempt, Outcome};
use crate::delivery::{Delivery, LeaseToken, Leased, Status};
use crate::id::{AccountId, AttemptId, DeliveryId, EventId, WebhookId};
use crate::policy::retry::Rules;
use crate::trigger::Trigger;
use async_trait::async_trait;
use std::collections::HashMap;
use std::time::Duration;

/// What a machine asks of the queue.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The time by the machine's clock.
    pub now: Timestamp,
    /// How long the leases shall last.
    pub lease: Duration,
    /// At most this many deliveries.
    pub limit: usize,
    /// At most this many in flight for one webhook. A webhook that rests gets none, one that is probed gets one
    /// (see [`circuit_breaker::room`](crate::policy::circuit_breaker::room)).
    pub per_webhook: u32,
    /// How many this machine has in flight already, by webhook.
    pub in_flight: HashMap<WebhookId, u32>,
    /// Serve webhooks behind this one first, so that with more due than `limit` all get their turn.
    pub resume: Option<WebhookId>,
}

/// What the queue gives.
#[derive(Debug, Default)]
pub struct Claimed {
    /// Leased to the caller.
    pub leased: Vec<Leased>,
    /// When the next delivery is due that was not handed out for its time or its webhook's rest; `None` when nothing is
    /// waiting for time. A delivery that was not handed out for lack of room does not count: room comes with a finish.
    pub next_due: Option<Timestamp>,
    /// The last webhook served, for [`Claim::resume`] of the next claim.
    pub last: Option<WebhookId>,
}

/// The end of an attempt.
#[derive(Debug, Clone)]
pub struct Finished {
    /// What proves the lease.
    pub token: LeaseToken,
    /// The attempt as it went.
    pub attempt: Attempt,
    /// A number in `[0, 1)` for the jitter of the next try.
    pub randomness: f64,
}

/// What became of a finish.
#[derive(Debug, Clone, PartialEq)]
pub enum Recorded {
    /// The attempt is stored; the delivery and webhook stand as given.
    Recorded {
        /// The delivery afterwards.
        delivery: Box<Delivery>,
        /// Set when this attempt disabled the webhook.
        disabled: Option<crate::webhook::DisableReason>,
    },
    /// The lease was not the newest one: nothing was changed.
    Stale,
}

/// What became of a retry by hand.
#[derive(Debug, Clone, PartialEq)]
pub enum Retried {
    /// One more attempt will be made.
    Queued(Box<Delivery>),
    /// There is no such delivery.
    Unknown,
    /// Its webhook is disabled.
    WebhookDisabled,
    /// Its webhook is deleted.
    WebhookDeleted,
}

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
    /// Leases what is due, oldest first within a webhook, a fair share for each webhook. A lease that ran out is
    /// recorded as a lost attempt on the way ([`Delivery::lease`]). The leases are on disk when the call returns.
    async fn claim(&self, claim: Claim, rules: &Rules) -> Result<Claimed>;

    /// Records attempts: each with its delivery's new state and its webhook's health ([`Delivery::conclude`]), and, when
    /// the webhook was disabled by it, the cancelling of the webhook's other deliveries. A verdict for each in order.
    async fn finish(&self, finished: Vec<Finished>, rules: &Rules, now: Timestamp) -> Result<Vec<Recorded>>;

    /// Gives leases back unspent; a stale one is passed over.
    async fn release(&self, leases: Vec<(DeliveryId, LeaseToken)>) -> Result<()>;

    /// Ends every lease at `now`: its holder is known to be gone. For a machine that starts up as the only one.
    async fn end_leases(&self, now: Timestamp) -> Result<()>;

    /// One more attempt of this delivery, at once ([`Delivery::retry_by_hand`]); ends the webhook's rest.
    async fn retry_delivery(&self, account: &AccountId, id: &DeliveryId, now: Timestamp) -> Result<Retried>;

    /// The account's delivery of that id.
    async fn delivery(&self, account: &AccountId, id: &DeliveryId) -> Result<Option<Delivery>>;

    /// A page of the account's deliveries.
    async fn deliveries(
        &self,
        account: &AccountId,
        filter: &DeliveryFilter,
        page: &Page,
    ) -> Result<Listing<Delivery>>;

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
