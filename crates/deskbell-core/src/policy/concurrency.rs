//! Concurrency: how many deliveries a machine holds, in all, for one account and for one webhook.
//!
//! Accounts come first (`load`): whatever one of them holds, the others find room.
//!
//! The `room` of a webhook follows its receiver: a quick one is soon sent as much as it takes, and a slow one holds almost
//! nothing of what all share. Before the room of a quick one a line waits, in memory: what comes quicker than it is sent
//! need not go through the store, which would cost more than the sending. At the first answer that is not quick the line goes
//! back.

mod crowd;
mod load;
mod room;

pub use crowd::Crowd;
pub use room::{QUICK, SLOW, is_refusal};

use crate::Timestamp;
use crate::attempt::Outcome;
use crate::id::{AccountId, WebhookId};
use crate::meter::Meter;
use crate::policy::{circuit_breaker, limit};
use crate::usage::Resource;
use crate::webhook::Health;
use futures_channel::oneshot;
use load::{Loads, more};
use lru::LruCache;
use room::{Learnt, Line, Marks, Room, Waiter};
use std::collections::HashMap;
use std::future::poll_fn;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

/// Webhooks that something was learnt of and that nothing is in flight to; the one rung longest ago is forgotten.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();

/// From this share of its ceiling on a room is grown: the ceiling moves a little with what others do.
const GROWN: f64 = 0.75;

/// How much a machine may hold.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Deliveries in flight, until their attempts are recorded.
    pub all: u32,
    /// Deliveries in line, of all webhooks.
    pub lines: u32,
    /// Bytes of the events of both.
    pub bytes: usize,
    /// What one account may hold of these three, as a multiple of what is free of them.
    pub share: u32,
    /// Attempts in flight to one webhook at first, and to a quick one at least.
    pub start: u32,
    /// Attempts in flight to one webhook at most.
    pub ceiling: u32,
    /// The processors that send.
    pub processors: u32,
    /// Deliveries that wait in line for one webhook at most, as a multiple of its room: so many rounds of answers
    /// that are only just quick. At most the same multiple of the ceiling.
    pub line: u32,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            all: limit::IN_FLIGHT,
            lines: limit::IN_LINE,
            bytes: limit::IN_FLIGHT_BYTES,
            share: limit::ACCOUNT_SHARE,
            start: limit::IN_FLIGHT_START,
            ceiling: limit::IN_FLIGHT_PER_WEBHOOK,
            processors: 2,
            line: limit::ROUNDS_IN_LINE,
        }
    }
}

/// Counts what a machine holds, and gives [permits](Permit).
#[derive(Debug)]
pub struct Concurrency {
    bounds: Bounds,
    meter: Arc<Meter>,
    held: Mutex<Held>,
}

#[derive(Debug)]
struct Held {
    closed: bool,
    /// Who waits for the [end](Concurrency::ended).
    waiter: Option<Waker>,
    loads: Loads,
    /// Of the webhooks that something is in flight to.
    rooms: HashMap<WebhookId, Room>,
    /// How many of these answer quickly.
    quick: u32,
    /// Of the others, without those that are as they began: a room is not learnt anew each time that it was empty.
    learnt: LruCache<WebhookId, Learnt>,
}

/// One delivery's place in a machine's hands: in flight to its webhook, or in line. Dropping it makes room, whatever became of
/// the delivery.
#[derive(Debug)]
pub struct Permit {
    concurrency: Arc<Concurrency>,
    account: AccountId,
    bytes: usize,
    /// `None` once the webhook's place is free again.
    webhook: Option<WebhookId>,
    /// While it stands in line: whether it may leave.
    turn: Option<oneshot::Receiver<bool>>,
    /// What its room had seen when it was let in.
    marks: Marks,
    crowd: Option<Crowd>,
}

impl Concurrency {
    /// Nothing held yet. What is held is counted on `meter`.
    pub fn new(bounds: Bounds, meter: Arc<Meter>) -> Self {
        // What is learnt is allocated as it comes: most instances have few webhooks.
        let mut learnt = LruCache::unbounded();
        learnt.resize(REMEMBERED);
        let (loads, rooms) = (Loads::default(), HashMap::new());
        let held = Held { closed: false, waiter: None, loads, rooms, quick: 0, learnt };
        Self { bounds, meter, held: Mutex::new(held) }
    }

    /// Lets nothing more in: this machine is about to stop. What stands in line goes back.
    pub fn close(&self) {
        let mut held = self.held();
        held.closed = true;
        let waiter = held.ended();
        let lines: Vec<Line> = held.rooms.values_mut().map(Room::dissolve).collect();
        drop(held);
        lines.into_iter().for_each(give_back);
        if let Some(waiter) = waiter {
            waiter.wake();
        }
    }

    /// Waits until it is [closed](Self::close) and nothing is held any more: a place that was taken is given back when its
    /// delivery's end is recorded, or when it was not handed over after all. One may wait at a time.
    pub async fn ended(&self) {
        poll_fn(|context| {
            let mut held = self.held();
            held.waiter = Some(context.waker().clone());
            if held.ended().is_some() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// How many deliveries are in flight, or wait to be recorded; and how many these are with those that stand in line.
    pub fn in_hand(&self) -> (u32, u32) {
        let all = self.held().loads.all;
        (all.in_flight, all.in_flight.saturating_add(all.in_line))
    }

    /// How many deliveries there is room for in flight, to all webhooks and whatever their size.
    pub fn left(&self) -> usize {
        let held = self.held();
        let left = self.bounds.all.saturating_sub(held.loads.all.in_flight);
        if held.closed || held.loads.all.bytes >= self.bounds.bytes {
            0
        } else {
            usize::try_from(left).unwrap_or(usize::MAX)
        }
    }

    /// How many more of the account's webhook there is room for at `now`, in flight and in line: what its
    /// [circuit breaker](circuit_breaker::room) and the account's share let be, without what is. Bytes are not looked at.
    pub fn room(&self, account: &AccountId, webhook: &WebhookId, health: &Health, now: Timestamp) -> usize {
        let held = self.held();
        let (in_flight, in_line) = self.free(&held, webhook, health, now);
        let (most_in_flight, most_in_line) = self.most(&held, account);
        // Nothing waits in line while the webhook has a place and only the account has none.
        let in_line = if in_flight > most_in_flight { 0 } else { in_line.min(most_in_line) };
        let room = in_flight.min(most_in_flight) + in_line;
        usize::try_from(room).unwrap_or(usize::MAX)
    }

    /// The crowd that leaves no room for more, where the webhook answers so well that about as much is in flight as may be to
    /// it: then what comes waits for this machine, and not for the receiver.
    pub fn crowd(&self, webhook: &WebhookId) -> Option<Crowd> {
        let held = self.held();
        let is_crowded = |learnt: Learnt| learnt.is_quick() && self.is_grown(&held.demand(), learnt);
        held.rooms.get(webhook).filter(|room| is_crowded(room.learnt)).map(|_| Crowd::full())
    }

    /// A place for one more delivery to the account's webhook, of an event of so many bytes; `None` when there is no room.
    pub fn take(
        self: &Arc<Self>,
        account: &AccountId,
        webhook: &WebhookId,
        health: &Health,
        bytes: usize,
        now: Timestamp,
    ) -> Option<Permit> {
        let mut held = self.held();
        let (in_flight, in_line) = self.free(&held, webhook, health, now);
        let waits = in_flight == 0;
        let (most_in_flight, most_in_line) = self.most(&held, account);
        let full = if waits { in_line.min(most_in_line) == 0 } else { most_in_flight == 0 };
        if held.closed || full || self.is_heavy(&held.loads, account, bytes, waits) {
            return None;
        }
        held.loads.change(account, |load| {
            load.bytes += bytes;
            *(if waits { &mut load.in_line } else { &mut load.in_flight }) += 1;
        });
        // A quarter is taken, of all lines or of this one, which has `in_line` places left.
        let many = held.loads.all.in_line > self.bounds.lines / 4;
        let demand = held.demand();
        let room = held.room(webhook, self.nothing());
        let (turn, crowd) = if waits {
            let crowded = self.is_grown(&demand, room.learnt) && (many || room.in_line() >= in_line / 3);
            room.queue(crowded)
        } else {
            room.enter();
            (None, None)
        };
        let marks = room.marks();
        self.meter.took();
        let (concurrency, account) = (self.clone(), account.clone());
        Some(Permit { concurrency, account, bytes, webhook: Some(webhook.clone()), turn, marks, crowd })
    }

    /// Lets nothing [enter](Permit::enter) any more that was let in for the webhook before: it was changed, and no attempt
    /// must begin by what it was.
    pub fn withdraw(&self, webhook: &WebhookId) {
        let line = self.held().rooms.get_mut(webhook).map(Room::withdraw);
        line.into_iter().for_each(give_back);
    }

    /// The same for all webhooks: any may have been changed.
    pub fn withdraw_all(&self) {
        let lines: Vec<Line> = self.held().rooms.values_mut().map(Room::withdraw).collect();
        lines.into_iter().for_each(give_back);
    }

    /// A place at the webhook is another's. Those that left the line meanwhile are passed by.
    fn leave(&self, webhook: &WebhookId) {
        let free = || self.held().free(webhook, self.nothing());
        while free().is_some_and(|next| !next.tell(true)) {}
    }

    /// How many more of the account's may be in flight, and in line.
    fn most(&self, held: &Held, account: &AccountId) -> (u32, u32) {
        let (bounds, all, own) = (&self.bounds, held.loads.all, held.loads.of(account));
        let in_flight = more(bounds.all, all.in_flight, own.in_flight, bounds.share);
        (in_flight, more(bounds.lines, all.in_line, own.in_line, bounds.share))
    }

    /// Whether so many bytes more are too many. One event is always let in, however large, where nothing is held. Lines leave
    /// half of the bytes to what is sent to others.
    fn is_heavy(&self, loads: &Loads, account: &AccountId, bytes: usize, waits: bool) -> bool {
        let (all, own) = (loads.all.bytes, loads.of(account).bytes);
        let most = if waits { self.bounds.bytes / 2 } else { self.bounds.bytes };
        let share = self.bounds.share as usize;
        let fits = all.saturating_add(bytes) <= most && own <= share.saturating_mul(most.saturating_sub(all));
        !fits && all > 0
    }

    /// How many more may be in flight to the webhook, and then in line.
    fn free(&self, held: &Held, webhook: &WebhookId, health: &Health, now: Timestamp) -> (u32, u32) {
        let (learnt, in_flight, in_line) = held.of(webhook, self.nothing());
        let room = circuit_breaker::room(health, now, learnt.size());
        let waits = health.rest_until.is_none() && self.has_line(&held.demand(), learnt);
        let line = if waits { self.longest_line(learnt) } else { 0 };
        // Nothing passes those in line.
        let open = if in_line > 0 { 0 } else { room.saturating_sub(in_flight) };
        (open, line.saturating_sub(in_line))
    }

    /// To how many in flight the room of a webhook may grow. Once so much is in flight that no processor waits for the network, more would
    /// wait at the receiver for what this machine is busy with, and each connection that is in use costs all others a little: then
    /// so much is dealt among the webhooks that answer quickly, a few to each. By Little's law it is what the processors send in a
    /// second times how long an answer takes, and at least a few for each of them.
    fn ceiling(&self, demand: &Demand, learnt: Learnt) -> f64 {
        let Bounds { start, ceiling, processors, .. } = self.bounds;
        let busy = f64::from(limit::ATTEMPTS_PER_PROCESSOR) * learnt.unhurried().as_secs_f64();
        let all = f64::from(processors) * busy.max(limit::IN_FLIGHT_PER_PROCESSOR.into());
        if f64::from(demand.in_flight) <= all {
            return ceiling.into();
        }
        (all / f64::from(demand.quick.max(1))).clamp(start.min(ceiling).into(), ceiling.into())
    }

    /// Whether about as much is in flight to a webhook as may be.
    fn is_grown(&self, demand: &Demand, learnt: Learnt) -> bool {
        learnt.fills(GROWN, self.ceiling(demand, learnt))
    }

    /// Whether more may stand in line: while all answers are quick, in slow start and when the room is grown.
    fn has_line(&self, demand: &Demand, learnt: Learnt) -> bool {
        learnt.is_quick() && (learnt.setbacks == 0 || self.is_grown(demand, learnt))
    }

    /// How long it may be: as many rounds of answers as pass in the time of the bound's, if these take as long as of late.
    fn longest_line(&self, learnt: Learnt) -> u32 {
        let Bounds { line, ceiling, .. } = self.bounds;
        let rounds = f64::from(line) * QUICK.as_secs_f64() / learnt.usual().as_secs_f64();
        // No more than a product of two numbers that fit.
        (rounds * f64::from(learnt.size())).min(f64::from(line.saturating_mul(ceiling))) as u32
    }

    /// What is known of a webhook that nothing was learnt of.
    fn nothing(&self) -> Learnt {
        Learnt::nothing(self.bounds.start.min(self.bounds.ceiling))
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// They go back unspent.
fn give_back(line: Line) {
    for waiter in line {
        waiter.tell(false);
    }
}

/// Who wants how much of this machine.
struct Demand {
    /// Attempts in flight, or waiting to be recorded.
    in_flight: u32,
    /// Webhooks that answer quickly and that something is in flight to.
    quick: u32,
}

impl Held {
    fn demand(&self) -> Demand {
        Demand { in_flight: self.loads.all.in_flight, quick: self.quick }
    }

    /// Who waited for the end, when it has come.
    fn ended(&mut self) -> Option<Waker> {
        self.waiter.take_if(|_| self.closed && self.loads.all.is_empty())
    }

    /// What is known of the webhook, how many are in flight to it, and how many stand in line.
    fn of(&self, webhook: &WebhookId, nothing: Learnt) -> (Learnt, u32, u32) {
        match self.rooms.get(webhook) {
            Some(room) => (room.learnt, room.in_flight, room.in_line()),
            None => (self.learnt.peek(webhook).copied().unwrap_or(nothing), 0, 0),
        }
    }

    /// The room of the webhook, from what was learnt of it.
    fn room(&mut self, webhook: &WebhookId, nothing: Learnt) -> &mut Room {
        let Self { rooms, learnt, quick, .. } = self;
        rooms.entry(webhook.clone()).or_insert_with(|| {
            let learnt = learnt.peek(webhook).copied().unwrap_or(nothing);
            *quick += u32::from(learnt.is_quick());
            Room::new(learnt)
        })
    }

    /// One attempt less is in flight to the webhook, unless the first in line takes its place. What its room has learnt is
    /// kept when it is empty.
    fn free(&mut self, webhook: &WebhookId, nothing: Learnt) -> Option<Waiter> {
        let room = self.rooms.get_mut(webhook)?;
        if let Some(next) = room.next() {
            return Some(next);
        }
        room.in_flight = room.in_flight.saturating_sub(1);
        if room.in_flight > 0 {
            return None;
        }
        let learnt = room.learnt;
        self.rooms.remove(webhook);
        self.quick -= u32::from(learnt.is_quick());
        if learnt == nothing {
            self.learnt.pop(webhook);
        } else {
            self.learnt.put(webhook.clone(), learnt);
        }
        None
    }
}

impl Permit {
    /// The crowd in which it stands, unless it is in the first quarter of the line. Given once.
    pub fn crowd(&mut self) -> Option<Crowd> {
        self.crowd.take()
    }

    /// Waits for its turn in line. `false` when there will be none, for the receiver is not quick any more, or the webhook was
    /// [changed](Concurrency::withdraw), or this machine stops: then the delivery goes back unspent.
    pub async fn enter(&mut self) -> bool {
        if let Some(turn) = &mut self.turn {
            let enter = turn.await.unwrap_or(false);
            self.turn = None;
            self.concurrency.held().loads.change(&self.account, |load| {
                load.in_line = load.in_line.saturating_sub(1);
                load.in_flight += 1;
            });
            if !enter {
                self.webhook = None;
            }
        }
        let Some(webhook) = &self.webhook else { return false };
        self.concurrency
            .held()
            .rooms
            .get(webhook)
            .is_some_and(|room| room.marks().changes == self.marks.changes)
    }

    /// It has stood in line for longer than a quick receiver's line lasts. Without any answer meanwhile that is a setback, as a
    /// slow answer is.
    pub fn give_up(&mut self) {
        let Some(webhook) = self.webhook.as_ref().filter(|_| self.turn.is_some()) else { return };
        let mut held = self.concurrency.held();
        let line = held.rooms.get_mut(webhook).map(|room| {
            if room.marks().answers == self.marks.answers {
                room.set_back(self.marks);
            }
            room.dissolve()
        });
        drop(held);
        line.into_iter().for_each(give_back);
    }

    /// The attempt ended like this and `took` so long: its webhook's room learns from it, and its account has had a place for that
    /// time. After a success the webhook has room for another while this delivery waits to be recorded.
    pub fn end(&mut self, outcome: Outcome, took: Duration) {
        self.teach(took, |room, began, ceiling| room.learn(outcome, took, began, ceiling));
        if outcome == Outcome::Delivered {
            self.free_webhook();
        }
    }

    /// The attempt `took` so long and was [refused](is_refusal): the same for what is to be learnt of that.
    pub fn end_refused(&mut self, took: Duration) {
        self.teach(took, |room, began, _| room.learn_refusal(took, began));
    }

    fn teach(&mut self, took: Duration, learn: impl FnOnce(&mut Room, Marks, f64)) {
        self.concurrency.meter.usage().note_time(Resource::InFlight, Some(&self.account), took);
        let Some(webhook) = &self.webhook else { return };
        let all = &self.concurrency;
        let mut held = all.held();
        let demand = held.demand();
        let Held { rooms, quick, .. } = &mut *held;
        let told = rooms.get_mut(webhook).map(|room| {
            let was = room.learnt;
            learn(room, self.marks, all.ceiling(&demand, was));
            let learnt = room.learnt;
            *quick = *quick + u32::from(learnt.is_quick()) - u32::from(was.is_quick());
            let goes_on = learnt.is_quick() && learnt.setbacks == was.setbacks;
            if goes_on { (room.admit(), Line::new()) } else { (None, room.dissolve()) }
        });
        drop(held);
        let (entered, line) = told.unwrap_or_default();
        give_back(line);
        if entered.is_some_and(|next| !next.tell(true)) {
            all.leave(webhook);
        }
    }

    /// The attempt of a sample `took` so long: its account has had a place for that time, and the room learns nothing.
    pub fn end_sample(&mut self, took: Duration) {
        self.concurrency.meter.usage().note_time(Resource::InFlight, Some(&self.account), took);
        self.free_webhook();
    }

    /// Its place at the webhook is another's, if it had one.
    fn free_webhook(&mut self) {
        let Some(webhook) = self.webhook.take() else { return };
        if let Some(turn) = &mut self.turn {
            turn.close();
            if turn.try_recv() != Ok(Some(true)) {
                return;
            }
        }
        self.concurrency.leave(&webhook);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.free_webhook();
        let mut held = self.concurrency.held();
        held.loads.change(&self.account, |load| {
            let count = if self.turn.is_some() { &mut load.in_line } else { &mut load.in_flight };
            *count = count.saturating_sub(1);
            load.bytes = load.bytes.saturating_sub(self.bytes);
        });
        let waiter = held.ended();
        drop(held);
        self.concurrency.meter.gave_back();
        if let Some(waiter) = waiter {
            waiter.wake();
        }
    }
}

#[cfg(test)]
mod tests;
