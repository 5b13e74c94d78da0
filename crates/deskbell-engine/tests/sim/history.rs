//! One history: what is done to the machines, the store and the receivers, and what is left at the end.

use crate::world::{Fate, Lease, Reply, Seen, World};
use deskbell_core::Clock;
use deskbell_core::attempt::{Attempt, Outcome};
use deskbell_core::delivery::{Delivery, Status};
use deskbell_core::door::{SeededRandom, fraction};
use deskbell_core::id::{DeliveryId, EventId, WebhookId};
use deskbell_core::policy::retry::Rules;
use deskbell_core::store::{Accepted, Deliveries, Queue};
use deskbell_core::time::whole;
use deskbell_core::vault::Secret;
use deskbell_core::webhook::Status as WebhookStatus;
use deskbell_engine::Engine;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How far the machines' clocks are apart at most.
pub(crate) const SKEW: Duration = Duration::from_secs(2);
const MACHINES: usize = 3;
const WEBHOOKS: usize = 4;
const STEPS: usize = 50;

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
    pub(crate) async fn live(seed: u64) -> Self {
        let mut world = World::seeded(seed);
        let seconds = |list: &[u64]| list.iter().copied().map(Duration::from_secs).collect();
        world.settings.rules = Rules {
            schedule: seconds(&[5, 20, 60, 120, 120, 120]),
            window: Duration::from_secs(1_200),
            rest_floor: Duration::from_secs(10),
            rest_ceiling: Duration::from_secs(60),
            retry_after_cap: Duration::from_secs(90),
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
        };
        history.look(&webhooks).await;
        history.trouble(seed).await;
        faulty.store(false, Ordering::Relaxed);
        history.peace().await;
        history.look(&webhooks).await;
        history
    }

    /// Two minutes of faults.
    async fn trouble(&mut self, seed: u64) {
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
        let mut machines: Vec<Engine> = (0..MACHINES).map(|_| self.machine(&randomness)).collect();
        for _ in 0..STEPS {
            tokio::time::sleep(randomness.millis(5_000)).await;
            let chosen = randomness.of(MACHINES as u64) as usize;
            match randomness.of(20) {
                // Dropped: killed at whatever await it was.
                0 | 1 => machines[chosen] = self.machine(&randomness),
                2 => {
                    let machine = std::mem::replace(&mut machines[chosen], self.machine(&randomness));
                    machine.drain(randomness.millis(25_000)).await;
                }
                3 => self.by_hand(&randomness, &machines[chosen]).await,
                _ => self.accept(&randomness, &machines[chosen]).await,
            }
        }
    }

    fn machine(&self, randomness: &Randomness) -> Engine {
        self.world.skewed_engine(randomness.millis(SKEW.as_millis() as u64))
    }

    /// Accepts a few events. Only those of an acknowledged call are promised anything.
    async fn accept(&mut self, randomness: &Randomness, machine: &Engine) {
        let events: Vec<_> = (0..1 + randomness.of(3)).map(|_| self.world.event()).collect();
        let told: Vec<_> = events.iter().map(|new| (new.event.id.clone(), new.event.body.clone())).collect();
        if let Ok(verdicts) = self.world.store.accept(events, whole(self.world.clock.now())).await {
            for ((id, body), verdict) in told.into_iter().zip(verdicts) {
                let Accepted::New { deliveries } = verdict else { panic!("{verdict:?}") };
                self.accepted.insert(id, (body, deliveries as usize));
            }
        }
        machine.waker().wake();
    }

    async fn by_hand(&self, randomness: &Randomness, machine: &Engine) {
        let Some((event, _)) = self.accepted.iter().nth(randomness.of(self.accepted.len() as u64) as usize)
        else {
            return;
        };
        let webhook = self.webhooks.keys().nth(randomness.of(WEBHOOKS as u64) as usize).unwrap();
        let (id, now) = (DeliveryId::of(event, webhook), self.world.clock.now());
        self.world.store.inner.retry_delivery(&self.world.account, &id, now).await.unwrap();
        machine.waker().wake();
    }

    /// Half an hour without faults: longer than a lease, a rest and the schedule.
    async fn peace(&self) {
        self.world.store.heal();
        let machine = self.world.skewed_engine(SKEW);
        tokio::time::sleep(Duration::from_secs(1_800)).await;
        drop(machine);
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
        self.leases = self.world.store.leases.lock().unwrap().clone();
    }

    /// Whether the same happened in the same order: it does for equal seeds.
    pub(crate) fn is_same_as(&self, other: &Self) -> bool {
        self.seen == other.seen && self.leases == other.leases && self.deliveries == other.deliveries
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
    }

    pub(crate) fn is_eventful(&self) -> bool {
        let Self { delivered, failed_attempts, lost, manual, cancelled, quarantined, released } = self;
        [delivered, failed_attempts, lost, manual, cancelled, quarantined, released]
            .iter()
            .all(|count| **count > 0)
    }
}
