//! The queue: the leaf of the store's door that carries events from acceptance to the end of each attempt. The engine
//! needs nothing else.

use super::Result;
use crate::Timestamp;
use crate::attempt::Attempt;
use crate::delivery::{Delivery, LeaseToken, Leased};
use crate::event::{Accepted, NewEvent};
use crate::id::{DeliveryId, WebhookId};
use crate::meter::Meter;
use crate::policy::retry::Rules;
use crate::webhook::DisableReason;
use async_trait::async_trait;
use std::collections::HashMap;
use std::sync::Arc;
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
        disabled: Option<DisableReason>,
    },
    /// The lease was not the newest one: nothing was changed.
    Stale,
}

/// What is owed, from the moment it is accepted.
#[async_trait]
pub trait Queue: Send + Sync {
    /// Stores events, each with a delivery, due at `now`, for every enabled webhook of its account that
    /// [wants](crate::policy::matching::wants) it. All of a batch is one step; a verdict for each comes back in order.
    /// Within the batch an idempotency key counts as used by the event before.
    async fn accept(&self, events: Vec<NewEvent>, now: Timestamp) -> Result<Vec<Accepted>>;

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

    /// What is counted while this store works: accepted events, recorded attempts and commits, each once it is on disk.
    fn meter(&self) -> Arc<Meter>;
}
