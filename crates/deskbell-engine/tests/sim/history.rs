//! One history: what is done to the machines, the store and the receivers, and what is left at the end.

use crate::world::{Fate, Lease, Machine, Make, Reply, Seen, Term, World};
use deskbell_core::Clock;
use deskbell_core::attempt::{Attempt, Outcome};
use deskbell_core::delivery::{Delivery, Status};
use deskbell_core::door::{SeededRandom, fraction};
use deskbell_core::id::{DeliveryId, EventId, WebhookId};
use deskbell_core::policy::limit;
use deskbell_core::policy::retry::Rules;
use deskbell_core::store::{Accepted, Deliveries, Events, Queue};
use deskbell_core::time::whole;
use deskbell_core::vault::Secret;
use deskbell_core::webhook::Status as WebhookStatus;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How far the machines' clocks are apart at most.
pub(crate) const SKEW: Duration = Duration::from_secs(2);
pub(crate) const MACHINES: usize = 3;
const WEBHOOKS: usize = 4;
const STEPS: usize = 50;
/// The most attempts that a machine makes at once to one webhook, however quick it is.
pub(crate) const CEILING: u32 = 12;

/// What is left of a history.
pub(crate) struct History {
    pub(crate) world: World,
    /// Acknowledged events: their bytes, and how many deliveries were promised.
    pub(crate) accepted: BTreeMap<EventId, (bytes::Bytes, usize)>,
    /// Every delivery of them, with its attempts from first to last.
    pub(crate) deliveries: Vec<(Delivery, Vec<Attempt>)>,
    pub(crate) webhooks: BTreeMap<WebhookId, (WebhookStatus, Secret)>,
    pub(crate) seen: Vec<Seen>,
    pub(crate) leases: Vec<Lease>,
    pub(crate) terms: Vec<Term>,
    /// Results that were recorded though they came too late.
    pub(crate) late: Vec<String>,
    /// Events that something was sent of and that the store does not know.
    pub(crate) unknown: BTreeSet<EventId>,
    /// For how many deliveries each machine has room at the end.
    pub(crate) left: Vec<usize>,
}

/// Randomness with faces.
struct Randomness(SeededRandom);

impl Randomness {
    /// Of `n` numbers from 0, one.
    fn of(&self, n: u64) -> u64 {
        (fraction(&self.0) * n as f64) as u64
    }

    fn millis(&self, most: u64) -> Duration {
        Duration::from_millis(self.of(most))
    }
}

impl History {
    /// The machines' queues are made with `make`.
    pub(crate) async fn live(seed: u64, make: Make) -> Self {
        let mut world = World::on(seed, make);
        world.settings.in_flight_per_webhook = CEILING;
        let seconds = |list: &[u64]| list.iter().copied().map(Duration::from_secs).collect();
        world.settings.rules = Rules {
            schedule: seconds(&[5, 20, 60, 120, 120, 120]),
            window: Duration::from_secs(1_200),
            rest_floor: Duration::from_secs(10),
            rest_ceiling: Duration::from_secs(60),
            retry_after_cap: Duration::from_secs(90),
            // Three machines in a row seldom die over one delivery; two do.
            lost_limit: 2,
            ..Rules::default()
        };
        let faulty = Arc::new(AtomicBool::new(true));
        let mut webhooks = Vec::new();
        for place in 0..WEBHOOKS {
            let (randomness, faulty) =
                (Randomness(SeededRandom::new(seed * 100 + place as u64)), faulty.clone());
            webhooks.push(world.webhook(move |seen| mood(&randomness, &faulty, place, seen)).await);
        }
        let mut history = Self {
            world,
            accepted: BTreeMap::new(),
            deliveries: Vec::new(),
            webhooks: BTreeMap::new(),
            seen: Vec::new(),
            leases: Vec::new(),
            terms: Vec::new(),
            late: Vec::new(),
            unknown: BTreeSet::new(),
            left: Vec::new(),
        };
        history.look(&webhooks).await;
        let machines = history.trouble(seed).await;
        faulty.store(false, Ordering::Relaxed);
        history.peace(machines).await;
        history.look(&webhooks).await;
        history
    }

    /// Two minutes of faults. Gives the machines that have come through.
    async fn trouble(&mut self, seed: u64) -> Vec<Machine> {
        let randomness = Randomness(SeededRandom::new(seed ^ 0xC0FFEE));
        let (fates, delays) =
            (Randomness(SeededRandom::new(seed ^ 0xFA7E)), Randomness(SeededRandom::new(seed ^ 0xDE1A)));
        self.world.store.fate(move |_, _| match fates.of(20) {
            0 | 1 => Fate::Refuse,
            2 => Fate::Forget,
            _ => Fate::Work,
        });
        self.world.store.delay(move |_| match delays.of(50) {
            0 => delays.millis(10_000),
            1..=10 => delays.millis(300),
            _ => Duration::ZERO,
        });
        let mut machines: Vec<Machine> = (0..MACHINES).map(|_| self.machine(&randomness)).collect();
        for _ in 0..STEPS {
            tokio::time::sleep(randomness.millis(5_000)).await;
            let chosen = randomness.of(MACHINES as u64) as usize;
            match randomness.of(20) {
                // Dropped: killed at whatever await it was.
                0 | 1 => machines[chosen] = self.machine(&randomness),
                2 => {
                    let machine = std::mem::replace(&mut machines[chosen], self.machine(&randomness));
                    // Some of it may be on its way into the machine's hands at the stop.
                    self.accept(1 + randomness.of(3), &machine).await;
                    machine.drain(randomness.millis(25_000)).await;
                }
                3 => self.by_hand(&randomness, &machines[chosen]).await,
                // Nothing of it reaches the store: for a few beats, or for longer than its epoch lasts.
                4 => machines[chosen].store.cut_off(true),
                5 | 6 => machines.iter().for_each(|machine| machine.store.cut_off(false)),
                8 => self.accept(20 + randomness.of(20), &machines[chosen]).await,
                _ => self.accept(1 + randomness.of(3), &machines[chosen]).await,
            }
        }
        machines
    }

    fn machine(&self, randomness: &Randomness) -> Machine {
        self.world.skewed_engine(randomness.millis(SKEW.as_millis() as u64))
    }

    /// Accepts a few events. Only those of an acknowledged call are promised anything.
    async fn accept(&mut self, events: u64, machine: &Machine) {
        let events: Vec<_> = (0..events).map(|_| self.world.event()).collect();
        let told: Vec<_> = events.iter().map(|new| (new.event.id.clone(), new.event.body.clone())).collect();
        if let Ok(verdicts) = machine.store.accept(events, whole(self.world.clock.now())).await {
            for ((id, body), verdict) in told.into_iter().zip(verdicts) {
                let Accepted::New { deliveries } = verdict else { panic!("{verdict:?}") };
                self.accepted.insert(id, (body, deliveries as usize));
            }
        }
    }

    async fn by_hand(&self, randomness: &Randomness, machine: &Machine) {
        let Some((event, _)) = self.accepted.iter().nth(randomness.of(self.accepted.len() as u64) as usize)
        else {
            return;
        };
        let webhook = self.webhooks.keys().nth(randomness.of(WEBHOOKS as u64) as usize).unwrap();
        let (id, now) = (DeliveryId::of(event, webhook), self.world.clock.now());
        self.world.store.inner.retry_delivery(&self.world.account, &id, now).await.unwrap();
        machine.waker().wake();
    }

    /// Half an hour without faults: longer than an epoch, a rest and the schedule.
    async fn peace(&mut self, machines: Vec<Machine>) {
        self.world.store.heal();
        machines.iter().for_each(|machine| machine.store.cut_off(false));
        tokio::time::sleep(Duration::from_secs(1_800)).await;
        self.left = machines.iter().map(|machine| machine.concurrency().left()).collect();
    }

    async fn look(&mut self, webhooks: &[WebhookId]) {
        let mut attempts: HashMap<DeliveryId, Vec<Attempt>> = HashMap::new();
        for attempt in self.world.all_attempts().await {
            attempts.entry(attempt.delivery.clone()).or_default().push(attempt);
        }
        for delivery in self.world.all_deliveries().await {
            if self.accepted.contains_key(&delivery.event) {
                let attempts = attempts.remove(&delivery.id).unwrap_or_default();
                self.deliveries.push((delivery, attempts));
            }
        }
        for webhook in webhooks {
            let state = (self.world.health(webhook).await.0, self.world.secret(webhook).await);
            self.webhooks.insert(webhook.clone(), state);
        }
        self.seen = self.world.receiver.seen();
        let ledger = self.world.store.ledger();
        (self.leases, self.terms, self.late) = (ledger.leases(), ledger.terms(), ledger.late());
        self.unknown.clear();
        for seen in &self.seen {
            let event = self.world.store.inner.event(&self.world.account, &seen.event).await.unwrap();
            if event.is_none() {
                self.unknown.insert(seen.event.clone());
            }
        }
    }

    /// Whether the same happened in the same order: it does for equal seeds.
    pub(crate) fn is_same_as(&self, other: &Self) -> bool {
        self.seen == other.seen
            && self.leases == other.leases
            && self.terms == other.terms
            && self.deliveries == other.deliveries
    }
}

/// What the webhook in this place answers. One of them is gone for good after a while.
fn mood(randomness: &Randomness, faulty: &AtomicBool, place: usize, seen: &Seen) -> Reply {
    if !faulty.load(Ordering::Relaxed) {
        return Reply::Status(200);
    }
    if place == 0 && seen.nth >= 25 {
        return Reply::Status(410);
    }
    // Some receivers are worse than others.
    match randomness.of(12 + 6 * place as u64) {
        0 => Reply::Status(500),
        1 => Reply::Reset,
        2 => Reply::Slow(randomness.millis(30_000), 200),
        3 => Reply::Slow(randomness.millis(2_000), 404),
        4 => Reply::With(429, vec![("Retry-After", randomness.of(120).to_string())]),
        5 => Reply::Deaf,
        6 => Reply::LocalExhausted,
        _ => Reply::Status(200),
    }
}

/// What happened in all histories together.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    delivered: usize,
    failed_attempts: usize,
    lost: usize,
    manual: usize,
    cancelled: usize,
    quarantined: usize,
    released: usize,
    handed_over: usize,
    claimed: usize,
    /// Machines that lost their epoch, by death or by missed beats, with something in their hands.
    taken_over: usize,
    /// Machines that came back after their epoch had ended.
    joined_again: usize,
    /// The most attempts to one webhook that were on the wire at once: more than there was room for at first.
    grown: usize,
}

impl Totals {
    pub(crate) fn add(&mut self, history: &History) {
        let status = |status| history.deliveries.iter().filter(|(one, _)| one.status == status).count();
        let attempts = || history.deliveries.iter().flat_map(|(_, attempts)| attempts);
        self.delivered += status(Status::Delivered);
        self.cancelled += status(Status::Cancelled);
        self.quarantined += status(Status::Quarantined);
        self.lost += attempts().filter(|one| one.outcome == Outcome::Lost).count();
        self.failed_attempts += attempts().filter(|one| one.outcome != Outcome::Delivered).count();
        self.manual += attempts().filter(|one| one.manual).count();
        self.released += history.world.store.calls("release") as usize;
        self.handed_over += history.leases.iter().filter(|lease| !lease.claimed).count();
        self.claimed += history.leases.iter().filter(|lease| lease.claimed).count();
        self.taken_over += history.world.store.ledger().taken_over();
        self.joined_again += history.world.store.ledger().joined_again();
        let most = history.world.receiver.most_open_to_one() as usize;
        self.grown += most.saturating_sub(limit::IN_FLIGHT_START as usize);
    }

    pub(crate) fn is_eventful(&self) -> bool {
        let Self { delivered, failed_attempts, lost, manual, cancelled, quarantined, released, .. } = self;
        let Self { handed_over, claimed, taken_over, joined_again, grown, .. } = self;
        let deliveries = [delivered, failed_attempts, lost, manual, cancelled, quarantined, released];
        let machines = [handed_over, claimed, taken_over, joined_again, grown];
        deliveries.iter().chain(&machines).all(|count| **count > 0)
    }
}
