//! What things cost with many of everything: the same work takes the same number of SQLite's steps beside few rows and beside
//! many. Steps are counted, not times, so that it holds on any machine.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "many/world.rs"]
mod world;

use deskbell_core::id::AccountId;
use deskbell_core::policy::concurrency::{Bounds, Concurrency};
use deskbell_core::policy::retry::Rules;
use deskbell_core::store::{Claim, Cursor, Deliveries as _, DeliveryFilter, Page, Queue as _};
use deskbell_core::trigger::Trigger;
use deskbell_core::webhook::Health;
use deskbell_store::SqliteStore;
use std::ops::Deref;
use std::sync::Arc;
use tempfile::TempDir;
use world::{Counted, World, at, behind_history, beside_sleepers, expiring, from_queues, pages, wide};

const FEW: usize = 50;
const MANY: usize = 3_000;
/// How much more the same work may cost beside many than beside few.
const FLAT: f64 = 1.3;

/// A store of SQLite's, with its folder.
struct Kept {
    world: World<SqliteStore>,
    _place: TempDir,
}

impl Deref for Kept {
    type Target = World<SqliteStore>;

    fn deref(&self) -> &Self::Target {
        &self.world
    }
}

impl Counted for Kept {
    type Store = SqliteStore;

    async fn with(bounds: Bounds) -> Self {
        let place = TempDir::new().unwrap();
        let store = SqliteStore::open(&place.path().join("deskbell.db")).unwrap();
        Self { world: World::on(store, bounds).await, _place: place }
    }

    /// SQLite's steps for the work.
    async fn cost(&self, work: impl Future<Output = ()>) -> u64 {
        let before = self.store.steps().await.unwrap();
        work.await;
        self.store.steps().await.unwrap() - before
    }
}

fn assert_flat(what: &str, few: u64, many: u64) {
    assert!(few > 0, "{what} costs something");
    assert!(many as f64 <= few as f64 * FLAT, "{what}: {few} steps beside few rows, {many} beside many");
}

#[tokio::test]
async fn a_delivery_costs_the_same_beside_many_webhooks_that_sleep() {
    let [few, many] = [beside_sleepers::<Kept>(FEW).await, beside_sleepers::<Kept>(MANY).await];
    for (at, what) in ["accepting", "finishing", "claiming"].iter().enumerate() {
        assert_flat(what, few[at], many[at]);
    }
}

#[tokio::test]
async fn a_delivery_costs_the_same_behind_many_of_its_webhook() {
    let [few, many] = [behind_history::<Kept>(FEW).await, behind_history::<Kept>(MANY).await];
    for (at, what) in ["accepting", "failing", "claiming", "delivering"].iter().enumerate() {
        assert_flat(what, few[at], many[at]);
    }
}

#[tokio::test]
async fn a_claim_costs_what_it_hands_out_however_much_waits_for_each_webhook() {
    assert_flat("a full claim", from_queues::<Kept>(5).await, from_queues::<Kept>(50).await);
}

#[tokio::test]
async fn a_page_costs_the_same_with_many_rows() {
    let (few, many) = (pages::<Kept>(FEW).await, pages::<Kept>(MANY).await);
    for ((what, few), (_, many)) in few.into_iter().zip(many) {
        assert_flat(what, few, many);
    }
}

#[tokio::test]
async fn what_is_old_is_found_without_a_walk_over_what_is_kept() {
    let ([few, none], [many, none_of_many]) = (expiring::<Kept>(FEW).await, expiring::<Kept>(MANY).await);
    // An account that has nothing old costs a look into its index.
    let looks = (MANY / 10) as u64 * 40;
    assert!(many <= few + looks, "{few} steps beside few events, {many} beside many");
    assert!(none_of_many <= none + looks, "for nothing: {none} steps beside few, {none_of_many} beside many");
}

#[tokio::test]
async fn a_filter_that_finds_nothing_looks_at_a_bounded_part_and_goes_on_from_there() {
    let world = Kept::with(wide()).await;
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
            Some(id) => cursor = Some(Cursor::After(id)),
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
    let world = Kept::with(wide()).await;
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
    let world = Kept::with(Bounds { all: 0, ..Bounds::default() }).await;
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
