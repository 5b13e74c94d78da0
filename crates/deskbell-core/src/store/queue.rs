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

impl Hands {
    /// What a commit left, once it is on disk: nothing begins any more to webhooks that were changed by what they were, then what was accepted is
    /// handed over, and who waits is woken. What was handed over in the commit that changed its webhook goes back with the others: it was let in
    /// before that.
    pub fn follow(&self, changed: &[WebhookId], handed: Vec<Handed>, wake: bool) {
        changed.iter().for_each(|webhook| self.concurrency.withdraw(webhook));
        if !handed.is_empty() {
            (self.take)(handed);
        }
        if wake {
            (self.wake)();
        }
    }
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
    /// `None` when nothing is waiting for time.
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

/// The wall clock was set back: what was planned by the time before follows it, a part with each call.
#[derive(Debug, Clone, PartialEq)]
pub struct SetBack {
    /// By so much.
    pub by: Duration,
    /// By so much it was set back before, by steps that this process saw.
    pub earlier: Duration,
    /// The time of this call. What is planned while the queue follows is planned by it, and stays.
    pub now: Timestamp,
    /// At most this many rows are looked at.
    pub limit: usize,
    /// Go on behind this row of the queue.
    pub behind: Option<Queued>,
}

/// Where something stands in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Queued {
    /// The number under which the store keeps its webhook.
    pub webhook: i64,
    /// When it is due.
    pub due: Timestamp,
    /// Where the store keeps it.
    pub place: Place,
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
    /// Begins an epoch. From now on what is accepted through this store goes into `hands` as far as there is room. The epoch
    /// lasts until its machine leaves or joins again, or [another one](Self::take_over) finds that no [beat](Self::beat) came
    /// by `until`. A store that can serve one machine only ends all earlier epochs with it.
    async fn join(&self, hands: Arc<Hands>, now: Timestamp, until: Timestamp) -> Result<Epoch>;

    /// Lets the epoch last until `until` without a further beat; `false` when it has ended: its machine has to join again.
    async fn beat(&self, epoch: Epoch, now: Timestamp, until: Timestamp) -> Result<bool>;

    /// Ends the epoch: nothing is handed over any more. What the machine still holds is due at once.
    async fn leave(&self, epoch: Epoch, now: Timestamp) -> Result<()>;

    /// Ends each epoch but the caller's own whose beats are overdue, and makes due what machines hold whose epochs have ended,
    /// at most `limit` deliveries; gives how many there were. Fewer than `limit` are all.
    async fn take_over(&self, epoch: Epoch, now: Timestamp, limit: usize) -> Result<usize>;

    /// Stores events, each with a delivery for every enabled webhook of its account that
    /// [wants](crate::policy::matching::wants) it. A verdict for each comes back in order. Within the batch an
    /// idempotency key counts as used by the event before.
    ///
    /// Each event is stored wholly or not at all; a large batch in several commits, so that others come in between: when it
    /// fails, the first of its events may be stored. It is never [`Busy`](super::Error::Busy) once one is.
    ///
    /// A delivery goes into this machine's hands, after the commit, if there is room and nothing of its webhook is due
    /// already; otherwise it is due at `now`.
    async fn accept(&self, events: Vec<NewEvent>, now: Timestamp) -> Result<Vec<Accepted>>;

    /// Leases what is due, oldest first within a webhook, a fair share for each webhook. A lease whose epoch has ended is
    /// recorded as a lost attempt on the way ([`Delivery::lease`]) and told of. The leases are on disk when the call returns. A machine
    /// whose epoch has ended gets nothing: it would be due again at once. A delivery that cannot be read is taken out of the queue.
    ///
    /// When it fails, nothing is leased: a store that is in doubt, for the answer to its commit was lost, finds out before it answers.
    async fn claim(&self, claim: Claim, rules: &Rules) -> Result<Claimed>;

    /// Records attempts: each with its delivery's new state and its webhook's health ([`Delivery::conclude`]), and, when
    /// the webhook was disabled by it, the cancelling of the webhook's other deliveries. A verdict for each in order; a
    /// delivery that cannot be read has no lease any more.
    async fn finish(&self, finished: Vec<Finished>, rules: &Rules, now: Timestamp) -> Result<Vec<Recorded>>;

    /// Gives deliveries back unspent, by their place and what they were leased as ([`Delivery::release`]); a stale one is passed
    /// over.
    async fn release(&self, unspent: Vec<(Place, Box<Delivery>)>, now: Timestamp) -> Result<()>;

    /// After the wall clock was set back: tries that were planned by the time before ([`Delivery::set_back`]), and rests
    /// ([`set_back`](crate::policy::circuit_breaker::set_back)), end when they were meant to. Gives the next call to make, `None` when all is done.
    async fn set_back(&self, back: SetBack, rules: &Rules) -> Result<Option<SetBack>>;

    /// What is counted while this store works: accepted events, recorded attempts and commits, each once it is on disk.
    fn meter(&self) -> Arc<Meter>;
}

impl Finished {
    /// What proves the lease.
    pub fn token(&self) -> LeaseToken {
        self.delivery.token()
    }
}
