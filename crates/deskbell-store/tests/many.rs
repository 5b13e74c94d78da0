//! What things cost with many of everything: the same work takes the same number of SQLite's steps beside few rows and beside
//! many. Steps are counted, not times, so that it holds on any machine.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use bytes::Bytes;
use deskbell_core::Timestamp;
use deskbell_core::account::{Account, PayloadStyle};
use deskbell_core::attempt::{Attempt, Outcome, Timings};
use deskbell_core::delivery::{Epoch, Leased, Status as DeliveryStatus};
use deskbell_core::door::SeededRandom;
use deskbell_core::event::{Event, NewEvent, Origin};
use deskbell_core::id::{AccountId, AttemptId, EventId, WebhookId};
use deskbell_core::policy::concurrency::{Bounds, Concurrency};
use deskbell_core::policy::retry::Rules;
use deskbell_core::retention::Keep;
use deskbell_core::sandbox::Sandbox;
use deskbell_core::store::{
    Accounts as _, AttemptFilter, ChangeFeed as _, Claim, Deliveries as _, DeliveryFilter, EventFilter,
    Events as _, Expire, Finished, Hands, Page, Queue as _, Retention as _, Webhooks as _,
};
use deskbell_core::time::from_millis;
use deskbell_core::trigger::{Subscription, Trigger};
use deskbell_core::vault::Sealed;
use deskbell_core::webhook::{Health, Status, Webhook};
use deskbell_store::SqliteStore;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;

const FEW: usize = 50;
const MANY: usize = 3_000;
/// How much more the same work may cost beside many than beside few.
const FLAT: f64 = 1.3;

fn at(millis: i64) -> Timestamp {
    from_millis(1_800_000_000_000 + millis)
}

/// An hour: within the vendor's schedule a failed delivery sleeps at least half a minute.
const LATER: i64 = 3_600_000;

struct World {
    store: SqliteStore,
    _place: TempDir,
    random: SeededRandom,
    account: AccountId,
    epoch: Epoch,
    concurrency: Arc<Concurrency>,
    handed: Arc<Mutex<Vec<Leased>>>,
}

impl World {
    async fn new() -> Self {
        Self::with(Bounds { all: 100_000, start: 1_000, ceiling: 1_000, line: 0, ..Bounds::default() }).await
    }

    async fn with(bounds: Bounds) -> Self {
        let place = TempDir::new().unwrap();
        let store = SqliteStore::open(&place.path().join("deskbell.db")).unwrap();
        let concurrency = Arc::new(Concurrency::new(bounds, Arc::default()));
        let handed: Arc<Mutex<Vec<Leased>>> = Arc::default();
        let into = Arc::clone(&handed);
        // The permit goes at once: no test here is about room.
        let take = move |all: Vec<deskbell_core::store::Handed>| {
            into.lock().unwrap().extend(all.into_iter().map(|one| one.leased));
        };
        let hands = Hands { concurrency: concurrency.clone(), take: Box::new(take), wake: Box::new(|| {}) };
        let epoch = store.join(Arc::new(hands), at(0), at(1_000 * LATER)).await.unwrap();
        let random = SeededRandom::new(1);
        let account = AccountId::new(&random);
        let world = Self { store, _place: place, random, account, epoch, concurrency, handed };
        world.add_account(&world.account.clone()).await;
        world
    }

    async fn add_account(&self, id: &AccountId) {
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

    async fn add_webhook(&self) -> WebhookId {
        self.add_webhook_of(&self.account).await
    }

    async fn add_webhook_of(&self, account: &AccountId) -> WebhookId {
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

    fn event(&self, only: Option<&WebhookId>) -> NewEvent {
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
        NewEvent { event, idempotency: None, only: only.cloned() }
    }

    async fn accept(&self, webhooks: &[WebhookId], millis: i64) {
        for some in webhooks.chunks(500) {
            let events = some.iter().map(|webhook| self.event(Some(webhook))).collect();
            self.store.accept(events, at(millis)).await.unwrap();
        }
    }

    async fn finish(&self, leased: Vec<Leased>, outcome: Outcome, millis: i64) {
        let finished = leased.into_iter().map(|leased| Finished {
            place: leased.place,
            randomness: 0.5,
            attempt: attempt(&leased, outcome, millis).into(),
            delivery: leased.delivery,
        });
        let finished: Vec<_> = finished.collect();
        for some in finished.chunks(500) {
            self.store.finish(some.to_vec(), &Rules::default(), at(millis)).await.unwrap();
        }
    }

    /// What was handed over since the last look ends like this.
    async fn end_all(&self, outcome: Outcome, millis: i64) {
        let leased = std::mem::take(&mut *self.handed.lock().unwrap());
        self.finish(leased, outcome, millis).await;
    }

    fn asking(&self, millis: i64) -> Claim {
        Claim {
            epoch: self.epoch,
            now: at(millis),
            limit: 256,
            concurrency: self.concurrency.clone(),
            resume: None,
        }
    }

    async fn claim(&self, millis: i64) -> Vec<Leased> {
        let claimed = self.store.claim(self.asking(millis), &Rules::default()).await.unwrap();
        claimed.handed.into_iter().map(|one| one.leased).collect()
    }

    /// SQLite's steps for the work.
    async fn cost(&self, work: impl Future<Output = ()>) -> u64 {
        let before = self.store.steps().await.unwrap();
        work.await;
        self.store.steps().await.unwrap() - before
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

fn assert_flat(what: &str, few: u64, many: u64) {
    assert!(few > 0, "{what} costs something");
    assert!(many as f64 <= few as f64 * FLAT, "{what}: {few} steps beside few rows, {many} beside many");
}

/// One delivery beside so many webhooks that sleep: what its acceptance and its end cost, and its claim when it failed.
async fn beside_sleepers(sleepers: usize) -> [u64; 3] {
    let world = World::new().await;
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
    let accepted = world.cost(world.accept(&awake, 5)).await;
    assert_eq!(world.handed.lock().unwrap().len(), 1, "handed over at once");
    let finished = world.cost(world.end_all(Outcome::Delivered, 6)).await;
    let mut claimed = Vec::new();
    let cost = world.cost(async { claimed = world.claim(7).await }).await;
    assert!(claimed.is_empty(), "all of them sleep");
    [accepted, finished, cost.max(1)]
}

#[tokio::test]
async fn a_delivery_costs_the_same_beside_many_webhooks_that_sleep() {
    let [few, many] = [beside_sleepers(FEW).await, beside_sleepers(MANY).await];
    for (at, what) in ["accepting", "finishing", "claiming"].iter().enumerate() {
        assert_flat(what, few[at], many[at]);
    }
}

/// What each first page costs with so many delivered rows of one account.
async fn pages(rows: usize) -> Vec<(&'static str, u64)> {
    let world = World::new().await;
    let (one, other) = (world.add_webhook().await, world.add_webhook().await);
    // The few that are asked for lie behind all the rest.
    world.accept(&vec![other.clone(); 20], 0).await;
    world.end_all(Outcome::Delivered, 1).await;
    world.accept(&vec![one.clone(); rows], 2).await;
    world.end_all(Outcome::Delivered, 3).await;
    let (store, account) = (&world.store, &world.account);
    let page = Page { limit: 20, cursor: None };
    let deliveries = |filter: DeliveryFilter| {
        let page = &page;
        async move { store.deliveries(account, &filter, page).await.unwrap().items }
    };
    let any = DeliveryFilter::default;
    let first = deliveries(any()).await;
    let oldest = deliveries(DeliveryFilter { webhook: Some(other.clone()), ..any() }).await;
    let ids: Vec<_> = first.iter().map(|one| one.id.clone()).collect();
    let event = oldest[0].event.clone();
    let mut costs = Vec::new();
    costs.push(("deliveries", world.cost(async { drop(deliveries(any()).await) }).await));
    let filter = DeliveryFilter { webhook: Some(other.clone()), ..any() };
    costs.push(("deliveries of a webhook", world.cost(async { drop(deliveries(filter).await) }).await));
    let filter = DeliveryFilter { event: Some(event.clone()), ..any() };
    costs.push(("deliveries of an event", world.cost(async { drop(deliveries(filter).await) }).await));
    let filter = DeliveryFilter { status: Some(DeliveryStatus::Failed), ..any() };
    costs.push(("deliveries that failed", world.cost(async { drop(deliveries(filter).await) }).await));
    let attempts = |filter: AttemptFilter| {
        let page = &page;
        async move { drop(store.attempts(account, &filter, page).await.unwrap()) }
    };
    costs.push(("attempts", world.cost(attempts(AttemptFilter::default())).await));
    let filter = AttemptFilter { delivery: Some(oldest[0].id.clone()), ..AttemptFilter::default() };
    costs.push(("attempts of a delivery", world.cost(attempts(filter)).await));
    let filter = AttemptFilter { event: Some(event), ..AttemptFilter::default() };
    costs.push(("attempts of an event", world.cost(attempts(filter)).await));
    let of = async { drop(store.attempts_of(account, &ids, 100).await.unwrap()) };
    costs.push(("attempts of a page", world.cost(of).await));
    let events = async { drop(store.events(account, &EventFilter::default(), &page).await.unwrap()) };
    costs.push(("events", world.cost(events).await));
    let position = store.position(account).await.unwrap();
    let look = async { assert_eq!(store.position(account).await.unwrap(), position) };
    costs.push(("the end of the feed", world.cost(look).await));
    let news = async {
        drop(store.attempts_between(account, position.attempt - 5, position.attempt, 32).await.unwrap());
        drop(store.events_between(account, position.event - 5, position.event, 32).await.unwrap());
    };
    costs.push(("news", world.cost(news).await));
    costs
}

#[tokio::test]
async fn a_page_costs_the_same_with_many_rows() {
    let (few, many) = (pages(FEW).await, pages(MANY).await);
    for ((what, few), (_, many)) in few.into_iter().zip(many) {
        assert_flat(what, few, many);
    }
}

/// What it costs to delete the 20 oldest events beside so many that are kept, and to look once more for nothing.
async fn expiring(kept: usize) -> [u64; 2] {
    let world = World::new().await;
    let webhook = world.add_webhook().await;
    for n in 0..kept.div_ceil(10) {
        world.add_account(&AccountId::from_text(format!("ACC-{n}"))).await;
    }
    world.accept(&vec![webhook.clone(); 20], 0).await;
    world.end_all(Outcome::Delivered, 1).await;
    world.accept(&vec![webhook; kept], 1_000).await;
    world.end_all(Outcome::Delivered, 1_001).await;
    let keep = Keep::all(Duration::from_millis(500));
    let part = Expire { now: at(900), keep, rows: 1_000, from: None };
    let delete = world.cost(async { assert_eq!(world.store.expire(part).await.unwrap().events, 20) }).await;
    let nothing = world.cost(async { assert_eq!(world.store.expire(part).await.unwrap().events, 0) }).await;
    [delete, nothing]
}

#[tokio::test]
async fn what_is_old_is_found_without_a_walk_over_what_is_kept() {
    let ([few, none], [many, none_of_many]) = (expiring(FEW).await, expiring(MANY).await);
    // An account that has nothing old costs a look into its index.
    let looks = (MANY / 10) as u64 * 40;
    assert!(many <= few + looks, "{few} steps beside few events, {many} beside many");
    assert!(none_of_many <= none + looks, "for nothing: {none} steps beside few, {none_of_many} beside many");
}

#[tokio::test]
async fn a_filter_that_finds_nothing_looks_at_a_bounded_part_and_goes_on_from_there() {
    let world = World::new().await;
    let webhook = world.add_webhook().await;
    world.accept(&vec![webhook; 12_000], 0).await;
    let filter = DeliveryFilter { attempts_min: Some(9), ..DeliveryFilter::default() };
    let (mut cursor, mut pages) = (None, 0);
    loop {
        let page = Page { limit: 20, cursor };
        let found = world.store.deliveries(&world.account, &filter, &page).await.unwrap();
        assert!(found.items.is_empty());
        pages += 1;
        match found.stopped {
            Some(id) => cursor = Some(deskbell_core::store::Cursor::After(id)),
            None => break,
        }
    }
    assert_eq!(pages, 3, "5,000 rows a page");
}

/// One call of a thousand events for many webhooks goes in steps: what others write comes in between.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_neighbour_is_served_while_a_large_call_goes_on() {
    const WEBHOOKS: usize = 20;
    const EVENTS: usize = 1_000;
    let world = World::new().await;
    for _ in 0..WEBHOOKS {
        world.add_webhook().await;
    }
    let neighbour = AccountId::new(&world.random);
    world.add_account(&neighbour).await;
    let event_of = |account: &AccountId| {
        let mut new = world.event(None);
        new.event.trigger = Trigger::ConversationClosed;
        new.event.account = account.clone();
        new
    };
    let events = (0..EVENTS).map(|_| event_of(&world.account)).collect();
    let quiet: Vec<_> = (0..50).map(|_| event_of(&neighbour)).collect();
    let world = Arc::new(world);
    let call = tokio::spawn({
        let world = Arc::clone(&world);
        async move { world.store.accept(events, at(0)).await.unwrap() }
    });
    let mut between = 0;
    for event in quiet {
        world.store.accept(vec![event], at(0)).await.unwrap();
        between += usize::from(!call.is_finished());
    }
    assert!(between >= 10, "{between} of the neighbour's calls came in between");
    assert_eq!(call.await.unwrap().len(), EVENTS);
}

/// With thousands of an account's webhooks due and no room for the account, another one's is found, a look at so many after another.
#[tokio::test]
async fn a_neighbour_is_found_behind_all_that_has_no_room() {
    let world = World::with(Bounds { all: 0, ..Bounds::default() }).await;
    let mut webhooks = Vec::new();
    for _ in 0..MANY {
        webhooks.push(world.add_webhook().await);
    }
    world.accept(&webhooks, 0).await;
    let neighbour = AccountId::new(&world.random);
    world.add_account(&neighbour).await;
    let theirs = world.add_webhook_of(&neighbour).await;
    let mut event = world.event(Some(&theirs));
    event.event.account = neighbour;
    world.store.accept(vec![event], at(0)).await.unwrap();

    let concurrency = Arc::new(Concurrency::new(Bounds { all: 40, ..Bounds::default() }, Arc::default()));
    let take = |webhook| concurrency.take(&world.account, webhook, &Health::default(), 1, at(0));
    let held: Vec<_> = webhooks.iter().map_while(take).collect();
    assert!(held.len() < 40, "its share is full");
    let claim = || Claim { concurrency: concurrency.clone(), ..world.asking(1) };
    let (mut found, mut told) = (Vec::new(), Vec::new());
    for _ in 0..2 * MANY / 1_000 {
        let claimed = world.store.claim(claim(), &Rules::default()).await.unwrap();
        told.push((claimed.next_due, claimed.left));
        found.extend(claimed.handed.into_iter().map(|one| one.leased.webhook.id.clone()));
    }
    assert_eq!(found, [theirs]);
    assert_eq!(told[0], (Some(at(1)), true), "not all were looked at: look again at once");
    assert!(told.contains(&(None, true)), "once around for nothing, and it waits for room: {told:?}");
}
