//! What tests with many of everything start from.

use bytes::Bytes;
use deskbell_core::Timestamp;
use deskbell_core::account::{Account, PayloadStyle};
use deskbell_core::attempt::{Attempt, Outcome, Timings};
use deskbell_core::delivery::{Delivery, Epoch, Leased, Status as DeliveryStatus};
use deskbell_core::door::SeededRandom;
use deskbell_core::event::{Event, NewEvent, Origin};
use deskbell_core::id::{AccountId, AttemptId, DeliveryId, EventId, WebhookId};
use deskbell_core::policy::concurrency::{Bounds, Concurrency};
use deskbell_core::policy::retry::Rules;
use deskbell_core::retention::Keep;
use deskbell_core::sandbox::Sandbox;
use deskbell_core::store::{
    AttemptFilter, Claim, DeliveryFilter, EventFilter, Expire, Finished, Hands, Page, Position,
    Retention as _, Store,
};
use deskbell_core::time::from_millis;
use deskbell_core::trigger::{Subscription, Trigger};
use deskbell_core::vault::Sealed;
use deskbell_core::webhook::{Health, Status, Webhook};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use std::ops::Deref;
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub(crate) fn at(millis: i64) -> Timestamp {
    from_millis(1_800_000_000_000 + millis)
}

/// An hour: within the vendor's schedule a failed delivery sleeps at least half a minute.
pub(crate) const LATER: i64 = 3_600_000;

/// Room for whatever is due.
pub(crate) fn wide() -> Bounds {
    Bounds { all: 100_000, start: 1_000, ceiling: 1_000, line: 0, ..Bounds::default() }
}

/// A store that a machine has joined, with an account.
pub(crate) struct World<S> {
    pub(crate) store: S,
    pub(crate) random: SeededRandom,
    pub(crate) account: AccountId,
    pub(crate) epoch: Epoch,
    pub(crate) concurrency: Arc<Concurrency>,
    pub(crate) handed: Arc<Mutex<Vec<Leased>>>,
}

impl<S: Store> World<S> {
    pub(crate) async fn on(store: S, bounds: Bounds) -> Self {
        let random = SeededRandom::new(1);
        let account = AccountId::new(&random);
        let world = Self::join(store, bounds, random, account).await;
        world.add_account(&world.account.clone()).await;
        world
    }

    /// Another machine of that account.
    pub(crate) async fn join(store: S, bounds: Bounds, random: SeededRandom, account: AccountId) -> Self {
        let concurrency = Arc::new(Concurrency::new(bounds, Arc::default()));
        let handed: Arc<Mutex<Vec<Leased>>> = Arc::default();
        let into = Arc::clone(&handed);
        // The permit goes at once: no test here is about room.
        let take = move |all: Vec<deskbell_core::store::Handed>| {
            into.lock().unwrap().extend(all.into_iter().map(|one| one.leased));
        };
        let hands = Hands { concurrency: concurrency.clone(), take: Box::new(take), wake: Box::new(|| {}) };
        let epoch = store.join(Arc::new(hands), at(0), at(1_000 * LATER)).await.unwrap();
        Self { store, random, account, epoch, concurrency, handed }
    }

    pub(crate) async fn add_account(&self, id: &AccountId) {
        let account = Account {
            id: id.clone(),
            email: format!("{id}@mail.example"),
            created: at(0),
            payload_style: PayloadStyle::Current,
            operator: false,
        };
        let sandbox = Sandbox::new(id, &self.random, at(0));
        self.store.create_account(account, sandbox).await.unwrap();
    }

    pub(crate) async fn add_webhook(&self) -> WebhookId {
        self.add_webhook_of(&self.account).await
    }

    pub(crate) async fn add_webhook_of(&self, account: &AccountId) -> WebhookId {
        let id = WebhookId::new(&self.random);
        let webhook = Webhook {
            id: id.clone(),
            account: account.clone(),
            name: id.to_string(),
            url: "https://one.example/hook".into(),
            events: vec![Subscription::Conversations],
            created: at(0),
            secret: Sealed(vec![7; 40]),
            status: Status::Enabled,
            health: Health::default(),
        };
        self.store.create_webhook(webhook, 1_000_000).await.unwrap();
        id
    }

    pub(crate) fn event(&self, only: Option<&WebhookId>) -> NewEvent {
        let event = Event {
            id: EventId::new(&self.random),
            account: self.account.clone(),
            trigger: Trigger::BookingScheduled,
            subject: Some("BKNG-000000000001".into()),
            created: at(0),
            body: Bytes::from_static(b"{}"),
            origin: Origin::Platform,
            payload_deleted: false,
        };
        NewEvent { event, idempotency: None, only: only.cloned(), trace: None }
    }

    pub(crate) async fn accept(&self, webhooks: &[WebhookId], millis: i64) {
        for some in webhooks.chunks(500) {
            let events = some.iter().map(|webhook| self.event(Some(webhook))).collect();
            self.store.accept(events, at(millis)).await.unwrap();
        }
    }

    pub(crate) async fn finish(&self, leased: Vec<Leased>, outcome: Outcome, millis: i64) {
        let finished: Vec<_> = leased.iter().map(|leased| ended(leased, outcome, millis)).collect();
        for some in finished.chunks(500) {
            self.store.finish(some.to_vec(), &Rules::default(), at(millis)).await.unwrap();
        }
    }

    /// What was handed over since the last look ends like this.
    pub(crate) async fn end_all(&self, outcome: Outcome, millis: i64) {
        let leased = std::mem::take(&mut *self.handed.lock().unwrap());
        self.finish(leased, outcome, millis).await;
    }

    pub(crate) fn asking(&self, millis: i64) -> Claim {
        Claim {
            epoch: self.epoch,
            now: at(millis),
            limit: 256,
            concurrency: self.concurrency.clone(),
            resume: None,
        }
    }

    pub(crate) async fn claim(&self, millis: i64) -> Vec<Leased> {
        let claimed = self.store.claim(self.asking(millis), &Rules::default()).await.unwrap();
        claimed.handed.into_iter().map(|one| one.leased).collect()
    }

    /// Delivers so many events of one webhook, behind a few of another: what is then asked for lies behind all the rest.
    pub(crate) async fn deliver(&self, rows: usize) -> Delivered {
        let (one, other) = (self.add_webhook().await, self.add_webhook().await);
        self.accept(&vec![other.clone(); 20], 0).await;
        self.end_all(Outcome::Delivered, 1).await;
        self.accept(&vec![one; rows], 2).await;
        self.end_all(Outcome::Delivered, 3).await;
        let page = Page { limit: 20, cursor: None };
        let newest = self.store.deliveries(&self.account, &DeliveryFilter::default(), &page).await.unwrap();
        let filter = DeliveryFilter { webhook: Some(other.clone()), ..DeliveryFilter::default() };
        let oldest = self.store.deliveries(&self.account, &filter, &page).await.unwrap().items.remove(0);
        let newest = newest.items.into_iter().map(|one| one.id).collect();
        Delivered { other, newest, oldest, position: self.store.position(&self.account).await.unwrap() }
    }

    /// Each first page, and what else is read of these.
    pub(crate) fn reads<'w>(&'w self, of: &'w Delivered) -> Vec<(&'static str, BoxFuture<'w, ()>)> {
        let (store, account) = (&self.store, &self.account);
        let deliveries = |filter: DeliveryFilter| {
            async move { drop(store.deliveries(account, &filter, &page()).await.unwrap()) }.boxed()
        };
        let attempts = |filter: AttemptFilter| {
            async move { drop(store.attempts(account, &filter, &page()).await.unwrap()) }.boxed()
        };
        let events = |filter: EventFilter| {
            async move { drop(store.events(account, &filter, &page()).await.unwrap()) }.boxed()
        };
        let (any, any_attempt, any_event) =
            (DeliveryFilter::default, AttemptFilter::default, EventFilter::default);
        let (webhook, event) = (Some(of.other.clone()), Some(of.oldest.event.clone()));
        let position = &of.position;
        vec![
            ("deliveries", deliveries(any())),
            ("deliveries of a webhook", deliveries(DeliveryFilter { webhook, ..any() })),
            ("deliveries of an event", deliveries(DeliveryFilter { event: event.clone(), ..any() })),
            (
                "deliveries that failed",
                deliveries(DeliveryFilter { status: Some(DeliveryStatus::Failed), ..any() }),
            ),
            ("attempts", attempts(any_attempt())),
            (
                "attempts of a delivery",
                attempts(AttemptFilter { delivery: Some(of.oldest.id.clone()), ..any_attempt() }),
            ),
            ("attempts of an event", attempts(AttemptFilter { event, ..any_attempt() })),
            (
                "attempts of a page",
                async { drop(store.attempts_of(account, &of.newest, 100).await.unwrap()) }.boxed(),
            ),
            ("events", events(any_event())),
            (
                "the end of the feed",
                async { assert_eq!(store.position(account).await.unwrap(), *position) }.boxed(),
            ),
            (
                "news",
                async {
                    let (attempt, event) = (position.attempt, position.event);
                    drop(store.attempts_between(account, attempt - 5, attempt, 32).await.unwrap());
                    drop(store.events_between(account, event - 5, event, 32).await.unwrap());
                }
                .boxed(),
            ),
        ]
    }
}

fn page() -> Page {
    Page { limit: 20, cursor: None }
}

/// What was delivered of an account.
pub(crate) struct Delivered {
    /// The webhook of the first few.
    pub(crate) other: WebhookId,
    /// The newest deliveries.
    pub(crate) newest: Vec<DeliveryId>,
    /// One of the oldest.
    pub(crate) oldest: Delivery,
    /// The end of the feed.
    pub(crate) position: Position,
}

/// The end of the attempt that the lease is for.
pub(crate) fn ended(leased: &Leased, outcome: Outcome, millis: i64) -> Finished {
    Finished {
        place: leased.place,
        randomness: 0.5,
        attempt: attempt(leased, outcome, millis).into(),
        delivery: leased.delivery.clone(),
    }
}

fn attempt(leased: &Leased, outcome: Outcome, millis: i64) -> Attempt {
    Attempt {
        id: AttemptId::of(&leased.delivery.id, leased.number()),
        delivery: leased.delivery.id.clone(),
        event: leased.delivery.event.clone(),
        webhook: leased.delivery.webhook.clone(),
        account: leased.delivery.account.clone(),
        number: leased.number(),
        manual: false,
        sample: false,
        started: at(millis),
        outcome,
        detail: String::new(),
        possibly_received: false,
        timings: Timings::default(),
        address: None,
        url: leased.webhook.url.clone(),
        request_headers: Vec::new(),
        response: None,
    }
}

/// A world whose work can be counted.
pub(crate) trait Counted: Deref<Target = World<Self::Store>> + Sized {
    type Store: Store;

    /// A new one, with so much room.
    async fn with(bounds: Bounds) -> Self;

    /// What is to be asked for is there.
    async fn filled(&self) {}

    /// What the work costs.
    async fn cost(&self, work: impl Future<Output = ()>) -> u64;
}

/// One delivery beside so many webhooks that sleep: what its acceptance and its end cost, and its claim when it failed.
pub(crate) async fn beside_sleepers<C: Counted>(sleepers: usize) -> [u64; 3] {
    let world = C::with(wide()).await;
    let mut webhooks = Vec::new();
    for _ in 0..sleepers {
        webhooks.push(world.add_webhook().await);
    }
    world.accept(&webhooks, 0).await;
    world.end_all(Outcome::HttpStatus, 1).await;
    let awake = [world.add_webhook().await];
    // What is read once after a start is read now, some 2,000 webhooks a claim.
    for _ in 0..3 {
        world.claim(2).await;
    }
    world.accept(&awake, 3).await;
    world.end_all(Outcome::Delivered, 4).await;
    world.filled().await;
    let accepted = world.cost(world.accept(&awake, 5)).await;
    assert_eq!(world.handed.lock().unwrap().len(), 1, "handed over at once");
    let finished = world.cost(world.end_all(Outcome::Delivered, 6)).await;
    let mut claimed = Vec::new();
    let cost = world.cost(async { claimed = world.claim(7).await }).await;
    assert!(claimed.is_empty(), "all of them sleep");
    [accepted, finished, cost.max(1)]
}

/// Twenty deliveries of a webhook that was sent so many before: what their acceptance, the end of each, their claim and its end cost.
pub(crate) async fn behind_history<C: Counted>(rows: usize) -> [u64; 4] {
    let world = C::with(wide()).await;
    let webhook = world.add_webhook().await;
    world.accept(&vec![webhook.clone(); rows], 0).await;
    world.end_all(Outcome::Delivered, 1).await;
    world.filled().await;
    let accepted = world.cost(world.accept(&vec![webhook; 20], 2)).await;
    let failed = world.cost(world.end_all(Outcome::HttpStatus, 3)).await;
    let mut leased = Vec::new();
    let claimed = world.cost(async { leased = world.claim(LATER).await }).await;
    assert_eq!(leased.len(), 20, "all are due again");
    let delivered = world.cost(world.finish(leased, Outcome::Delivered, LATER + 1)).await;
    [accepted, failed, claimed, delivered]
}

/// A full claim from many webhooks, of each of which so many wait, with room for all: what it costs.
pub(crate) async fn from_queues<C: Counted>(waiting: usize) -> u64 {
    let world = C::with(wide()).await;
    let mut webhooks = Vec::new();
    for _ in 0..60 {
        webhooks.push(world.add_webhook().await);
    }
    for _ in 0..waiting {
        world.accept(&webhooks, 0).await;
    }
    world.end_all(Outcome::HttpStatus, 1).await;
    world.filled().await;
    let mut leased = Vec::new();
    let claimed = world.cost(async { leased = world.claim(LATER).await }).await;
    assert_eq!(leased.len(), 256, "as many as are asked for");
    claimed
}

/// What each first page costs with so many delivered rows of one account.
pub(crate) async fn pages<C: Counted>(rows: usize) -> Vec<(&'static str, u64)> {
    let world = C::with(wide()).await;
    let delivered = world.deliver(rows).await;
    world.filled().await;
    let mut costs = Vec::new();
    for (what, read) in world.reads(&delivered) {
        costs.push((what, world.cost(read).await));
    }
    costs
}

/// What it costs to delete the 20 oldest events beside so many that are kept, and to look once more for nothing.
pub(crate) async fn expiring<C: Counted>(kept: usize) -> [u64; 2] {
    let world = C::with(wide()).await;
    let webhook = world.add_webhook().await;
    for n in 0..kept.div_ceil(10) {
        world.add_account(&AccountId::from_text(format!("ACC-{n}"))).await;
    }
    world.accept(&vec![webhook.clone(); 20], 0).await;
    world.end_all(Outcome::Delivered, 1).await;
    world.accept(&vec![webhook; kept], 1_000).await;
    world.end_all(Outcome::Delivered, 1_001).await;
    world.filled().await;
    let keep = Keep::all(Duration::from_millis(500));
    let part = Expire { now: at(900), keep, rows: 1_000, from: None };
    let delete = world.cost(async { assert_eq!(world.store.expire(part).await.unwrap().events, 20) }).await;
    let nothing = world.cost(async { assert_eq!(world.store.expire(part).await.unwrap().events, 0) }).await;
    [delete, nothing]
}
