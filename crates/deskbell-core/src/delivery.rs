//! One event owed to one webhook: its states, and every step between them.
//!
//! ```text
//!             accept                    2xx
//!   (none) ───────────▶ pending ─────────────────▶ delivered
//!                        │ ▲ │ window used up
//!          a try failed  └─┘ ├─────────────────▶ failed
//!                            │ lost too often
//!                            ├─────────────────▶ quarantined
//!                            │ webhook disabled or deleted
//!                            └─────────────────▶ cancelled
//! ```
//!
//! A retry by hand adds one attempt in any state. It can turn any state into *delivered*, and no other. A sample is a test and no
//! traffic: one attempt, as if asked for by hand, and then it is over; nothing that is known of the webhook changes by it.
//!
//! What waits in the queue has a `due` time. What a machine holds has none: it is *leased* to the machine, from its acceptance
//! or by a claim, until the attempt is recorded or the machine's *epoch* ends. No clock ends a lease: a machine whose clock is
//! set, or whose store does not answer for a minute, still holds what it holds. When an epoch ends, what was leased in it is
//! simply due again. The stores hold these rows and take these steps inside one transaction.

mod by_hand;
mod score;

pub use by_hand::{Cancellation, Retried};
pub use score::Standing;

use crate::Timestamp;
use crate::attempt::{Attempt, Blame, Outcome, Timings};
use crate::event::{Event, Origin};
use crate::id::{AccountId, AttemptId, DeliveryId, EventId, WebhookId};
use crate::place::Place;
use crate::policy::{circuit_breaker, retry};
use crate::time::{earlier, later, until, whole};
use crate::trace::TraceContext;
use crate::trigger::Trigger;
use crate::webhook::{DisableReason, Health, Webhook};
use bytes::Bytes;
use std::sync::Arc;
use std::time::Duration;

/// One event owed to one webhook.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// Its id, which follows from the pair.
    pub id: DeliveryId,
    /// Whose it is.
    pub account: AccountId,
    /// What is owed.
    pub event: EventId,
    /// The webhook it is owed to.
    pub webhook: WebhookId,
    /// The event's trigger.
    pub trigger: Trigger,
    /// The event's subject.
    pub subject: Option<String>,
    /// Where the event came from.
    pub origin: Origin,
    /// When the event was accepted.
    pub created: Timestamp,
    /// Where it stands.
    pub status: Status,
    /// Recorded attempts: scheduled, by hand and lost.
    pub attempts: u32,
    /// Attempts that used up the schedule.
    pub tries: u32,
    /// Attempts that no machine reported back, or that a fault of ours ended.
    pub lost: u32,
    /// Attempts asked for by hand that have not been made yet.
    pub manual: u32,
    /// When the first attempt started: the retry window opens here.
    pub first_attempt: Option<Timestamp>,
    /// How much later than they were due its tries were made because no machine was there: that is not the receiver's fault,
    /// and the window is as much longer.
    pub away: Duration,
    /// The outcome of the last recorded attempt.
    pub last_outcome: Option<Outcome>,
    /// The status of the last answer.
    pub last_status: Option<u16>,
    /// The schedule's next attempt; `None` once the delivery is settled.
    pub scheduled: Option<Timestamp>,
    /// When the queue may hand it out: the schedule's time, [`AT_ONCE`] for a retry by hand, or the end of the epoch in which
    /// it was leased; `None` when nothing is owed, and while a machine holds it.
    pub due: Option<Timestamp>,
    /// When the machine that holds it, or held it until its epoch ended, got it.
    pub leased: Option<Timestamp>,
    /// The epoch of the machine that held it last.
    pub epoch: Epoch,
    /// How often it was leased.
    pub leases: u64,
    /// When it came into its present state; `None` while it is pending.
    pub settled: Option<Timestamp>,
}

/// The due time of a retry by hand: before every other.
pub const AT_ONCE: Timestamp = Timestamp::UNIX_EPOCH;

/// The number of a machine's time in office: from when it joins the store until it leaves, dies or misses its beats. Never
/// given twice, so that a late result of an earlier time is told from one of today. 0 is nobody's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(pub u64);

/// Proof of a lease, and the fence before what comes too late: only the newest lease of a delivery, in the epoch in which it
/// was given, can record anything (T-39, E-07).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LeaseToken {
    /// The epoch of the machine that it was given to.
    pub epoch: Epoch,
    /// Which lease of the delivery it is, from 1.
    pub number: u64,
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// There are attempts to come.
    Pending,
    /// A 2xx came back.
    Delivered,
    /// The schedule is used up.
    Failed,
    /// The webhook was disabled or deleted before it could be delivered.
    Cancelled,
    /// It was lost too often: sending it seems to bring machines down (C-42, C-43). Or its event's bytes are damaged.
    Quarantined,
}

impl Status {
    /// Every status: the one that waits, and the four that settle it.
    pub const ALL: [Self; 5] =
        [Self::Pending, Self::Delivered, Self::Failed, Self::Cancelled, Self::Quarantined];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Quarantined => "quarantined",
        }
    }

    /// The status of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

impl Delivery {
    /// `event` owed to `webhook`, due at `now`. A sample has no schedule.
    pub fn new(event: &Event, webhook: &WebhookId, now: Timestamp) -> Self {
        let sample = event.is_sample();
        Self {
            id: DeliveryId::of(&event.id, webhook),
            account: event.account.clone(),
            event: event.id.clone(),
            webhook: webhook.clone(),
            trigger: event.trigger,
            subject: event.subject.clone(),
            origin: event.origin,
            created: now,
            status: Status::Pending,
            attempts: 0,
            tries: 0,
            lost: 0,
            manual: u32::from(sample),
            first_attempt: None,
            away: Duration::ZERO,
            last_outcome: None,
            last_status: None,
            scheduled: (!sample).then_some(now),
            due: Some(if sample { AT_ONCE } else { now }),
            leased: None,
            epoch: Epoch::default(),
            leases: 0,
            settled: None,
        }
    }

    /// The token of the newest lease.
    pub fn token(&self) -> LeaseToken {
        LeaseToken { epoch: self.epoch, number: self.leases }
    }

    /// Whether `token` still may record: the lease is the newest one and was not given back.
    pub fn is_held_by(&self, token: LeaseToken) -> bool {
        self.is_leased() && self.token() == token
    }

    /// Whether a machine holds it, or nobody has recorded yet what became of it when the machine's epoch ended.
    pub fn is_leased(&self) -> bool {
        self.leased.is_some()
    }

    /// Whether it is a test: see [`Origin::Sample`].
    pub fn is_sample(&self) -> bool {
        self.origin == Origin::Sample
    }

    /// By which health room is looked for when it is new: a sample goes past a rest, and says nothing of what comes after it.
    pub fn health(&self, of_webhook: &Health) -> Health {
        if self.is_sample() { Health::default() } else { *of_webhook }
    }

    /// Whether no attempt is under way or to come: with time it may be deleted.
    pub fn is_over(&self) -> bool {
        self.status != Status::Pending && self.due.is_none() && !self.is_leased()
    }

    /// The delivery belongs to the machine of that epoch, for as long as the epoch lasts.
    pub fn hand_over(&mut self, epoch: Epoch, now: Timestamp) {
        self.leased = Some(whole(now));
        self.epoch = epoch;
        self.leases += 1;
        self.due = None;
    }

    /// The epoch of its machine has ended: it is simply due, and what the machine reports later changes nothing. The next claim
    /// records the attempt that may have been made as a lost one.
    pub fn end_epoch(&mut self, now: Timestamp) {
        if self.is_leased() {
            self.epoch = Epoch::default();
            self.due = Some(now);
        }
    }

    /// Hands the due delivery out to the machine of that epoch. There has been a machine `since` then.
    ///
    /// A lease whose epoch ended first becomes a recorded *lost* attempt, which may end the delivery: then nothing is
    /// handed out. The attempt to record, if any, comes back beside whether the delivery is now leased.
    pub fn lease(
        &mut self,
        webhook: &Webhook,
        rules: &retry::Rules,
        epoch: Epoch,
        since: Timestamp,
        now: Timestamp,
    ) -> (Option<Attempt>, bool) {
        let lost = self.leased.map(|leased| self.lapse(webhook, rules, leased, now));
        if !webhook.takes(self.is_sample()) {
            self.cancel(now);
        }
        if self.due.is_none() {
            return (lost, false);
        }
        self.catch_up(since.min(now));
        self.hand_over(epoch, now);
        (lost, true)
    }

    /// Nothing that was due before `since` could be tried in time.
    fn catch_up(&mut self, since: Timestamp) {
        let since = whole(since);
        let due = self.scheduled.zip(self.first_attempt).map(|(due, first)| due.max(first));
        if let Some(due) = due.filter(|due| *due < since) {
            self.away = self.away.saturating_add(until(due, since));
            self.scheduled = Some(since);
        }
    }

    /// The wall clock was set back. A try that was `planned` by the time before is made after as long as it was meant to wait, and
    /// what a dead machine held is due at once. Whether anything changed.
    ///
    /// `by` is the step, to `now`; before it the clock was set back by `earlier_by` in all.
    pub fn set_back(
        &mut self,
        planned: Timestamp,
        by: Duration,
        earlier_by: Duration,
        now: Timestamp,
    ) -> bool {
        // One that was sent by the time before and planned by today's is left. What an earlier step moved counts as it was.
        let by_time_before = |scheduled| planned > now && later(scheduled, earlier_by) >= planned;
        match (self.due, self.scheduled) {
            (Some(due), _) if due > now && self.is_leased() => self.due = Some(now),
            (Some(due), Some(scheduled)) if due > now && by_time_before(scheduled) => {
                self.scheduled = Some(whole(earlier(scheduled, by)));
                self.queue();
            }
            _ => return false,
        }
        true
    }

    /// The machine that held the lease is gone: its try is recorded as lost, at the time at which it was leased.
    fn lapse(
        &mut self,
        webhook: &Webhook,
        rules: &retry::Rules,
        leased: Timestamp,
        now: Timestamp,
    ) -> Attempt {
        let started = leased.max(self.created).min(now);
        let attempt = Attempt {
            id: AttemptId::of(&self.id, self.attempts + 1),
            delivery: self.id.clone(),
            event: self.event.clone(),
            webhook: self.webhook.clone(),
            account: self.account.clone(),
            number: self.attempts + 1,
            manual: self.manual > 0,
            sample: self.is_sample(),
            started,
            outcome: Outcome::Lost,
            detail: "The machine that held this attempt never reported back; the request may have been sent."
                .into(),
            possibly_received: true,
            timings: Timings::default(),
            address: None,
            url: webhook.url.clone(),
            request_headers: Vec::new(),
            response: None,
        };
        self.note(&attempt);
        self.charge_lost(rules, now);
        self.end_sample(now);
        self.queue();
        attempt
    }

    /// Takes what `attempt` says into the delivery and into its webhook's health. The caller has checked the lease's token
    /// and stores both together. A reason comes back when the webhook has to be disabled for it: the caller then does so,
    /// and cancels the others. `taken` says whether the webhook still [takes](Webhook::takes) it.
    pub fn conclude(
        &mut self,
        taken: bool,
        health: &mut Health,
        attempt: &Attempt,
        rules: &retry::Rules,
        randomness: f64,
        now: Timestamp,
    ) -> Option<DisableReason> {
        self.note(attempt);
        circuit_breaker::after(health, attempt, rules, now);
        match attempt.outcome.blame() {
            Blame::Nobody => self.settle(Status::Delivered, now),
            Blame::Us => {
                if attempt.outcome != Outcome::LocalExhausted {
                    self.charge_lost(rules, now);
                }
                // A retry by hand leaves the schedule as it stands: pulling it forward would be an early try (E-05).
                if !attempt.manual {
                    self.reschedule(later(now, rules.local_pause));
                }
            }
            Blame::Receiver if attempt.manual => {}
            Blame::Receiver => {
                self.tries += 1;
                let first = self.window_opened().unwrap_or(attempt.started);
                let not_before = circuit_breaker::not_before(health, attempt, rules, now);
                match rules.next(self.tries, first, now, not_before, randomness) {
                    Some(next) => self.reschedule(next),
                    None if self.status == Status::Pending => self.settle(Status::Failed, now),
                    None => {}
                }
            }
        }
        self.end_sample(now);
        let reason = if taken { self.disables(health, attempt) } else { None };
        if !taken || reason.is_some() {
            self.cancel(now);
        }
        self.queue();
        reason
    }

    /// A sample has no schedule: without another attempt that is asked for, it is over.
    fn end_sample(&mut self, now: Timestamp) {
        if self.is_sample() && self.manual == 0 && self.status == Status::Pending {
            self.settle(Status::Failed, now);
        }
    }

    /// When its retry window opened, as if all machines had been there since.
    pub fn window_opened(&self) -> Option<Timestamp> {
        self.first_attempt.map(|first| later(first, self.away))
    }

    /// Why this attempt disables its webhook, if it does.
    fn disables(&self, health: &Health, attempt: &Attempt) -> Option<DisableReason> {
        if self.is_sample() {
            return None;
        }
        let gone = attempt.response.as_ref().is_some_and(|answer| answer.status == 410);
        let used_up = self.status == Status::Failed && !attempt.manual;
        let barren =
            health.last_success.is_none_or(|success| self.first_attempt.is_some_and(|first| success < first));
        match () {
            () if gone => Some(DisableReason::Gone),
            () if used_up && barren => Some(DisableReason::WindowExhausted),
            () => None,
        }
    }

    /// Gives an unspent lease back: due again at its own time, nothing recorded. What its webhook does not
    /// [take](Webhook::takes) any more is cancelled.
    pub fn release(&mut self, taken: bool, now: Timestamp) {
        self.leased = None;
        if taken {
            self.queue();
        } else {
            self.cancel(now);
        }
    }

    /// The webhook was disabled or deleted. A leased delivery keeps its lease, so that the attempt on the wire is still
    /// recorded; it is cancelled when that ends.
    pub fn cancel(&mut self, now: Timestamp) {
        if self.is_leased() {
            return;
        }
        self.manual = 0;
        self.scheduled = None;
        if self.status == Status::Pending {
            self.settle(Status::Cancelled, now);
        }
        self.queue();
    }

    fn note(&mut self, attempt: &Attempt) {
        self.leased = None;
        self.attempts = attempt.number;
        self.first_attempt.get_or_insert(attempt.started);
        self.last_outcome = Some(attempt.outcome);
        self.last_status = attempt.response.as_ref().map(|answer| answer.status);
        if attempt.manual {
            self.manual = self.manual.saturating_sub(1);
        }
    }

    fn charge_lost(&mut self, rules: &retry::Rules, now: Timestamp) {
        self.lost += 1;
        if self.lost >= rules.lost_limit && self.status == Status::Pending {
            self.settle(Status::Quarantined, now);
        }
    }

    fn reschedule(&mut self, at: Timestamp) {
        if self.status == Status::Pending {
            // Stores keep whole milliseconds; jitter has finer ones.
            self.scheduled = Some(whole(at));
        }
    }

    fn settle(&mut self, status: Status, now: Timestamp) {
        if self.status != status {
            self.status = status;
            self.settled = Some(now);
        }
        self.scheduled = None;
    }

    /// The queue's time follows from what is owed.
    fn queue(&mut self) {
        self.due = if self.manual > 0 { Some(AT_ONCE) } else { self.scheduled };
    }
}

/// A delivery in a machine's hands, with all that its attempt needs.
#[derive(Debug, Clone)]
pub struct Leased {
    /// The delivery as it was leased.
    pub delivery: Box<Delivery>,
    /// Where the store keeps it.
    pub place: Place,
    /// The event's bytes.
    pub body: Bytes,
    /// The event's trace, if it has one.
    pub trace: Option<Arc<TraceContext>>,
    /// The webhook. Its address and secret are those of today; its health may be older.
    pub webhook: Arc<Webhook>,
}

impl Leased {
    /// What proves the lease.
    pub fn token(&self) -> LeaseToken {
        self.delivery.token()
    }

    /// The number of the attempt to make.
    pub fn number(&self) -> u32 {
        self.delivery.attempts.saturating_add(1)
    }

    /// Whether it was asked for by hand.
    pub fn is_manual(&self) -> bool {
        self.delivery.manual > 0
    }
}

#[cfg(test)]
mod tests;
