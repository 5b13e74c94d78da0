//! The queue: the leaf of the store's door that carries events from acceptance to the end of each attempt. The engine
//! needs nothing else.
//!
//! A machine *joins* for an epoch. What it accepts goes into its own [`Hands`] as far as there is room: a first attempt is
//! never claimed. The rest, and what has to be tried again, waits in the queue until it is due and is claimed. When an epoch
//! ends, by a leave, a restart or missed beats, what its machine held is simply due.

use super::Result;
use crate::Timestamp;
use crate::attempt::Attempt;
use crate::delivery::{Delivery, Epoch, LeaseToken, Leased, Status};
use crate::event::{Accepted, NewEvent};
use crate::id::WebhookId;
use crate::meter::Meter;
use crate::place::Place;
use crate::policy::concurrency::{Concurrency, Permit};
use crate::policy::retry::Rules;
use crate::webhook::DisableReason;
use async_trait::async_trait;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// What a machine makes attempts with, as a store sees it.
pub struct Hands {
    /// How much room there is.
    pub concurrency: Arc<Concurrency>,
    /// Takes deliveries that were accepted and are on disk, in their order. Must not block.
    pub take: Box<dyn Fn(Vec<Handed>) + Send + Sync>,
    /// Told when something became due that was not handed over, unless something of the same webhook is due already and not
    /// later. May be told more often. Must not block.
    pub wake: Box<dyn Fn() + Send + Sync>,
}

impl fmt::Debug for Hands {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hands").finish_non_exhaustive()
    }
}

/// A delivery that is a machine's, with its place in the machine's hands.
#[derive(Debug)]
pub struct Handed {
    /// What to attempt.
    pub leased: Leased,
    /// Kept until its end is recorded.
    pub permit: Permit,
}

/// What a machine asks of the queue.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The machine's epoch.
    pub epoch: Epoch,
    /// The time by the machine's clock.
    pub now: Timestamp,
    /// How long the leases shall last.
    pub lease: Duration,
    /// At most this many deliveries.
    pub limit: usize,
    /// Where there is room, and for how many: a permit is taken for each.
    pub concurrency: Arc<Concurrency>,
    /// Serve webhooks behind this one first, so that with more due than `limit` all get their turn.
    pub resume: Option<WebhookId>,
}

/// What the queue gives.
#[derive(Debug, Default)]
pub struct Claimed {
    /// Leased to the caller.
    pub handed: Vec<Handed>,
    /// Recorded on the way; never more than what machines held.
    pub lost: Vec<Lost>,
    /// When time will make something due: the first of each webhook that has nothing due yet, not before the end of its rest.
    /// Leases count with their ends, those of this claim too. `None` when nothing is waiting for time.
    pub next_due: Option<Timestamp>,
    /// Something is due that was not handed out for lack of room: look again when there is some.
    pub left: bool,
    /// The last webhook served, for [`Claim::resume`] of the next claim.
    pub last: Option<WebhookId>,
}

/// An attempt that a claim recorded, because the machine that held it never reported back.
#[derive(Debug, Clone, PartialEq)]
pub struct Lost {
    /// The attempt.
    pub attempt: Attempt,
    /// Where its delivery stands with it.
    pub became: Status,
}

/// The end of an attempt.
#[derive(Debug, Clone)]
pub struct Finished {
    /// The delivery as it was leased: proves the lease.
    pub delivery: Box<Delivery>,
    /// Where the store keeps it.
    pub place: Place,
    /// The attempt as it went; shared, for who records it may have to try again.
    pub attempt: Arc<Attempt>,
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
    /// The lease was not the newest one, or of an earlier epoch: nothing was changed.
    Stale,
}

/// What is owed, from the moment it is accepted.
#[async_trait]
pub trait Queue: Send + Sync {
    /// Begins an epoch, which lasts until `until` unless it is prolonged by a [beat](Self::beat). From now on what is
    /// accepted through this store goes into `hands` as far as there is room. A store that can serve one machine only ends
    /// all earlier epochs with it.
    async fn join(&self, hands: Arc<Hands>, now: Timestamp, until: Timestamp) -> Result<Epoch>;

    /// Prolongs the epoch until `until`; `false` when it has ended: its machine has to join again.
    async fn beat(&self, epoch: Epoch, now: Timestamp, until: Timestamp) -> Result<bool>;

    /// Ends the epoch: nothing is handed over any more. What the machine still holds is due at once.
    async fn leave(&self, epoch: Epoch, now: Timestamp) -> Result<()>;

    /// Makes due what machines hold whose epoch has ended, at most `limit` deliveries; gives how many there were. Fewer than
    /// `limit` are all.
    async fn take_over(&self, now: Timestamp, limit: usize) -> Result<usize>;

    /// Stores events, each with a delivery for every enabled webhook of its account that
    /// [wants](crate::policy::matching::wants) it. All of a batch is one step; a verdict for each comes back in order.
    /// Within the batch an idempotency key counts as used by the event before.
    ///
    /// A delivery goes into this machine's hands, after the commit, if there is room and nothing of its webhook is due
    /// already; otherwise it is due at `now`.
    async fn accept(&self, events: Vec<NewEvent>, now: Timestamp) -> Result<Vec<Accepted>>;

    /// Leases what is due, oldest first within a webhook, a fair share for each webhook. A lease that ran out is
    /// recorded as a lost attempt on the way ([`Delivery::lease`]) and told of. The leases are on disk when the call returns. A machine
    /// whose epoch has ended gets nothing: it would be due again at once.
    async fn claim(&self, claim: Claim, rules: &Rules) -> Result<Claimed>;

    /// Records attempts: each with its delivery's new state and its webhook's health ([`Delivery::conclude`]), and, when
    /// the webhook was disabled by it, the cancelling of the webhook's other deliveries. A verdict for each in order.
    async fn finish(&self, finished: Vec<Finished>, rules: &Rules, now: Timestamp) -> Result<Vec<Recorded>>;

    /// Gives deliveries back unspent, by their place and what they were leased as; a stale one is passed over.
    async fn release(&self, unspent: Vec<(Place, Box<Delivery>)>) -> Result<()>;

    /// What is counted while this store works: accepted events, recorded attempts and commits, each once it is on disk.
    fn meter(&self) -> Arc<Meter>;
}

impl Finished {
    /// What proves the lease.
    pub fn token(&self) -> LeaseToken {
        self.delivery.token()
    }
}
