//! Machines: what they are handed over. [`super::epoch`] has how long it is theirs.

use crate::given::{FOR_EVER_MILLIS, Given, REST_MILLIS, Shared, answered, at, room, unspent};
use deskbell_core::Timestamp;
use deskbell_core::attempt::Outcome;
use deskbell_core::delivery::{AT_ONCE, Delivery, Epoch, Leased, Status};
use deskbell_core::event::{Idempotency, NewEvent};
use deskbell_core::id::{DeliveryId, EventId, WebhookId};
use deskbell_core::policy::concurrency::{Bounds, Concurrency};
use deskbell_core::store::{Accepted, Handed, Hands, Recorded, Retried, Store, WebhookSaved};
use deskbell_core::trigger::Trigger;
use deskbell_core::webhook::{Waiting, WebhookChange};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;

/// What a case waits for comes well within this.
const PATIENCE: Duration = Duration::from_secs(30);

/// A machine that has joined.
pub(crate) struct Machine {
    pub(crate) epoch: Epoch,
    pub(crate) concurrency: Arc<Concurrency>,
    handed: UnboundedReceiver<Handed>,
    woken: UnboundedReceiver<()>,
}

impl Machine {
    async fn join(store: &dyn Store, bounds: Bounds, millis: i64, until: i64) -> Self {
        let concurrency = Arc::new(Concurrency::new(bounds, Arc::default()));
        let ((taken, handed), (wake, woken)) = (unbounded_channel(), unbounded_channel());
        let hands = Hands {
            concurrency: concurrency.clone(),
            take: Box::new(move |handed| handed.into_iter().for_each(|one| _ = taken.send(one))),
            wake: Box::new(move || _ = wake.send(())),
        };
        let epoch = store.join(Arc::new(hands), at(millis), at(until)).await.unwrap();
        Self { epoch, concurrency, handed, woken }
    }

    /// The next deliveries that are handed over.
    pub(crate) async fn hand(&mut self, count: usize) -> Vec<Handed> {
        let mut handed = Vec::new();
        while handed.len() < count {
            let next = timeout(PATIENCE, self.handed.recv()).await;
            handed.push(next.expect("nothing is handed over").expect("the hands are gone"));
        }
        handed
    }

    /// The next delivery that is handed over, which makes room for another.
    pub(crate) async fn hand_one(&mut self) -> Leased {
        self.hand(1).await.remove(0).leased
    }

    async fn woken(&mut self) {
        timeout(PATIENCE, self.woken.recv()).await.expect("it is not woken");
    }
}

impl Given {
    /// Joins for what is accepted and claimed from now on.
    pub(crate) async fn join(&mut self, bounds: Bounds, millis: i64, until: i64) -> Machine {
        let machine = Machine::join(&*self.store, bounds, millis, until).await;
        self.epoch = machine.epoch;
        machine
    }

    /// A store with a machine that has room for so many attempts of each webhook.
    pub(crate) async fn with_machine(store: Shared, in_flight: u32) -> (Self, Machine) {
        let mut given = Self::unjoined(store).await;
        let machine = given.join(room(in_flight), 0, FOR_EVER_MILLIS).await;
        (given, machine)
    }

    /// The same store as another machine sees it, if it can serve two.
    pub(crate) fn beside(&self) -> Option<Self> {
        let concurrency = Arc::new(Concurrency::new(room(5), Arc::default()));
        let random = deskbell_core::door::SeededRandom::new(2);
        let (account, epoch) = (self.account.clone(), Epoch::default());
        self.store.machine().map(|store| Self { store, random, account, epoch, concurrency })
    }

    pub(crate) async fn take_over(&self, millis: i64, limit: usize) -> usize {
        self.store.take_over(self.epoch, at(millis), limit).await.unwrap()
    }

    async fn stored(&self, event: &EventId, webhook: &WebhookId) -> Delivery {
        self.store.delivery(&self.account, &DeliveryId::of(event, webhook)).await.unwrap().unwrap()
    }

    async fn disable(&self, webhook: &WebhookId, millis: i64) {
        let off = WebhookChange { enabled: Some(false), ..WebhookChange::default() };
        self.store.change_webhook(&self.account, webhook, &off, at(millis)).await.unwrap();
    }
}

fn events(leased: &[Leased]) -> Vec<EventId> {
    leased.iter().map(|leased| leased.delivery.event.clone()).collect()
}

async fn statuses(given: &Given, held: &[Handed]) -> Vec<Status> {
    let mut statuses = Vec::new();
    for handed in held {
        statuses.push(given.delivery(&handed.leased).await.status);
    }
    statuses
}

/// Where a delivery stands in the queue.
pub(crate) fn stands(delivery: &Delivery) -> (bool, Option<Timestamp>) {
    (delivery.is_leased(), delivery.due)
}

pub(crate) async fn what_is_accepted_goes_into_the_machines_hands(store: Shared) {
    let (given, mut machine) = Given::with_machine(store, 5).await;
    let webhooks = [given.add_webhook("one").await, given.add_webhook("two").await];
    let accepted = given.accept(2, 10).await;
    let handed = machine.hand(4).await;
    let pairs = accepted.iter().flat_map(|event| webhooks.iter().map(move |webhook| (event, webhook)));
    for (Handed { leased, .. }, (event, webhook)) in handed.iter().zip(pairs) {
        let stored = given.stored(event, webhook).await;
        assert_eq!(*leased.delivery, stored, "in their order, as they are stored");
        assert_eq!((stands(&stored), stored.epoch, stored.leases), ((true, None), machine.epoch, 1));
        assert_eq!((leased.number(), leased.is_manual()), (1, false));
        assert_eq!(leased.body, given.store.event(&given.account, event).await.unwrap().unwrap().body);
        assert_eq!(*leased.webhook, given.store.webhook(&given.account, webhook).await.unwrap().unwrap());
    }
    assert_eq!(machine.concurrency.left(), 100_000 - 4, "a permit for each");
    for handed in handed {
        let done = given.finish(&handed.leased, Outcome::Delivered, 20).await;
        assert!(matches!(done, Recorded::Recorded { .. }), "where it is stored is known");
        assert_eq!(given.delivery(&handed.leased).await.status, Status::Delivered);
    }
    assert_eq!(machine.concurrency.left(), 100_000);
}

pub(crate) async fn what_is_handed_over_is_in_no_claim(store: Shared) {
    let (given, mut machine) = Given::with_machine(store, 5).await;
    let webhook = given.add_webhook("one").await;
    given.accept(3, 0).await;
    machine.hand(3).await;
    for millis in [0, 30_000, FOR_EVER_MILLIS - 1] {
        let claimed = given.claim(millis).await;
        let told = (claimed.leased.len(), claimed.next_due, claimed.left);
        assert_eq!(told, (0, None, false), "while its epoch lasts, at {millis}");
        assert_eq!(given.take_over(millis, 9).await, 0);
    }
    let record = &given.store.records(&given.account, &[webhook], at(0)).await.unwrap()[0];
    assert_eq!(record.waiting, Waiting { count: 3, in_flight: 3, ..Waiting::default() });
    let condition = given.store.condition(at(5)).await.unwrap();
    assert_eq!((condition.queued, condition.oldest_due), (3, None), "it has left in time");
}

pub(crate) async fn what_is_refused_is_not_handed_over(store: Shared) {
    let (given, mut machine) = Given::with_machine(store, 50).await;
    given.add_webhook("one").await;
    let keyed = |content| {
        let idempotency = Some(Idempotency { key: "k".into(), digest: [content; 32] });
        NewEvent { idempotency, ..given.event(Trigger::BookingScheduled) }
    };
    let (first, plain) = (keyed(1), given.event(Trigger::BookingScheduled));
    let ids = [first.event.id.clone(), plain.event.id.clone()];
    let nowhere = Some(WebhookId::from_text("WHK-0000000001"));
    let again = NewEvent { idempotency: None, ..first.clone() };
    let batch =
        vec![first, keyed(1), keyed(2), NewEvent { only: nowhere, ..plain.clone() }, again, plain.clone()];
    let verdicts = given.store.accept(batch, at(0)).await.unwrap();
    let new = |verdict: &&Accepted| matches!(verdict, Accepted::New { .. });
    assert_eq!(verdicts.iter().filter(new).count(), 2);
    let refused = given.store.accept(vec![keyed(1), plain.clone(), plain], at(0)).await.unwrap();
    assert_eq!(refused.iter().filter(new).count(), 0);
    let last = given.accept(1, 0).await;
    // Everything comes in its order: what was handed over wrongly would stand before the last one.
    let handed = machine.hand(3).await.into_iter().map(|handed| handed.leased).collect::<Vec<_>>();
    assert_eq!(events(&handed), [&ids[..], &last].concat());
    assert_eq!(machine.concurrency.left(), 100_000, "and no room was kept for it");
}

pub(crate) async fn without_room_it_is_due_and_the_machine_is_woken(store: Shared) {
    let (given, mut machine) = Given::with_machine(store, 2).await;
    let webhook = given.add_webhook("one").await;
    let mut accepted = given.accept(4, 10).await;
    let held = machine.hand(2).await;
    machine.woken().await;
    accepted.extend(given.accept(1, 5).await);
    machine.woken().await;
    for (event, millis) in accepted[2..].iter().zip([10, 10, 5]) {
        let delivery = given.stored(event, &webhook).await;
        assert_eq!((stands(&delivery), delivery.leases), ((false, Some(at(millis))), 0));
    }
    let leased: Vec<_> = held.into_iter().map(|handed| handed.leased).collect();
    assert_eq!(events(&leased), accepted[..2], "the oldest went first");
    let claimed = given.claim(10).await;
    assert_eq!(events(&claimed.leased), [&accepted[4..], &accepted[2..4]].concat());
    // With room again, and nothing due, the next goes straight.
    let next = given.accept(1, 20).await;
    assert_eq!(events(&[machine.hand_one().await]), next);
}

pub(crate) async fn the_bounds_of_all_hold_for_what_is_handed_over(store: Shared) {
    let mut given = Given::unjoined(store).await;
    let mut machine = given.join(Bounds { all: 3, ..room(5) }, 0, FOR_EVER_MILLIS).await;
    for n in 0..5 {
        given.add_webhook(&format!("n{n}")).await;
    }
    given.accept(1, 0).await;
    let held = machine.hand(3).await;
    machine.woken().await;
    assert_eq!((machine.concurrency.left(), given.claim(0).await.leased.len()), (0, 2));
    drop(held);
    assert_eq!(machine.concurrency.left(), 3);
}

pub(crate) async fn what_is_due_already_goes_first(store: Shared) {
    let (given, mut machine) = Given::with_machine(store, 2).await;
    let (full, free) = (given.add_webhook("full").await, given.add_webhook("free").await);
    given.accept_for(&full, 3, 0).await;
    drop(machine.hand(2).await);
    machine.woken().await;
    // There is room again. But who waits longer goes first, and others need not wait for it.
    let event = given.accept(1, 10).await.remove(0);
    let straight = machine.hand_one().await;
    assert_eq!((&straight.delivery.event, &straight.webhook.id), (&event, &free));
    assert_eq!(stands(&given.stored(&event, &full).await), (false, Some(at(10))));
    let claimed = given.claim(10).await.leased;
    assert_eq!((claimed.len(), &claimed[1].delivery.event), (2, &event));
    // What is claimed is due no more.
    given.accept_for(&full, 1, 20).await;
    assert_eq!(machine.hand_one().await.webhook.id, full);
    assert!(given.claim(FOR_EVER_MILLIS).await.leased.is_empty());
}

pub(crate) async fn a_webhook_that_rests_is_handed_nothing(store: Shared) {
    let (given, mut machine) = Given::with_machine(store, 5).await;
    let webhook = given.add_webhook("one").await;
    given.accept(1, 0).await;
    given.answer(&machine.hand_one().await, 429, 10).await;
    let resting = given.accept(1, 20).await.remove(0);
    machine.woken().await;
    assert_eq!(stands(&given.stored(&resting, &webhook).await), (false, Some(at(20))));
    let end = 10 + REST_MILLIS;
    let waits = given.claim(20).await;
    assert_eq!((waits.leased.len(), waits.next_due, waits.left), (0, Some(at(end)), false));
    // The first after the rest is the one that waits, not the one that comes.
    given.accept(1, end).await;
    let probe = given.claim_one(end).await;
    assert_eq!(probe.delivery.event, resting);
    given.answer(&probe, 200, end).await;
    assert_eq!(given.claim(end).await.leased.len(), 2);
    given.accept(1, end).await;
    machine.hand_one().await;
}

pub(crate) async fn only_a_machine_that_has_joined_is_handed_anything(store: Shared) {
    let mut given = Given::unjoined(store).await;
    let webhook = given.add_webhook("one").await;
    let before = given.accept(1, 0).await.remove(0);
    let mut machine = given.join(room(5), 5, FOR_EVER_MILLIS).await;
    assert_eq!(stands(&given.stored(&before, &webhook).await), (false, Some(at(0))));
    assert_eq!(given.claim_one(5).await.delivery.event, before);
    let joined = given.accept(1, 10).await;
    assert_eq!(events(&[machine.hand_one().await]), joined);
    given.store.leave(machine.epoch, at(15)).await.unwrap();
    let after = given.accept(1, 20).await.remove(0);
    assert_eq!(stands(&given.stored(&after, &webhook).await), (false, Some(at(20))));
    assert!(machine.handed.is_empty());
}

pub(crate) async fn what_was_handed_over_and_is_given_back_is_due(store: Shared) {
    let (given, mut machine) = Given::with_machine(store, 5).await;
    given.add_webhook("one").await;
    let accepted = given.accept(2, 10).await;
    let held = machine.hand(2).await;
    given.store.release(held.iter().map(|handed| unspent(&handed.leased)).collect(), at(10)).await.unwrap();
    for handed in &held {
        assert_eq!(stands(&given.delivery(&handed.leased).await), (false, Some(at(10))));
        assert!(given.attempts(&handed.leased).await.is_empty());
        assert_eq!(given.answer(&handed.leased, 200, 11).await, Recorded::Stale, "it was given back");
    }
    let claimed = given.claim(11).await.leased;
    assert_eq!(events(&claimed), accepted);
    assert!(claimed.iter().all(|one| (one.number(), one.token().number) == (1, 2)));
}

/// A change, a deletion and the answer 410, each of them answered before the next attempt begins.
pub(crate) async fn nothing_begins_by_what_its_webhook_was(store: Shared) {
    let (given, mut machine) = Given::with_machine(store, 5).await;
    let mut webhooks = Vec::new();
    for name in ["changed", "deleted", "gone", "as it was"] {
        webhooks.push(given.add_webhook(name).await);
    }
    given.accept(2, 0).await;
    let mut held = machine.hand(8).await;
    let moved = WebhookChange { url: Some("https://moved.example/".into()), ..WebhookChange::default() };
    given.store.change_webhook(&given.account, &webhooks[0], &moved, at(10)).await.unwrap();
    given.store.delete_webhook(&given.account, &webhooks[1], at(10)).await.unwrap();
    given.answer(&held[2].leased, 410, 10).await;
    given.answer(&held[3].leased, 500, 10).await;
    for handed in &mut held {
        assert_eq!(handed.permit.enter().await, handed.leased.webhook.id == webhooks[3]);
    }
    given.release(&held[4].leased, 0).await;
    given.release(&held[5].leased, 0).await;
    let claimed = given.claim(10).await.leased;
    assert_eq!(events(&claimed), [held[4].leased.delivery.event.clone()], "the deleted one's is cancelled");
    assert_eq!(claimed[0].webhook.url, "https://moved.example/");
}

pub(crate) async fn a_change_that_changes_nothing_takes_nothing_back(store: Shared) {
    let (given, mut machine) = Given::with_machine(store, 5).await;
    let webhook = given.add_webhook("one").await;
    given.accept(1, 0).await;
    let mut held = machine.hand(1).await;
    let resume = WebhookChange { end_rest: true, ..WebhookChange::default() };
    let same = WebhookChange { name: Some("one".into()), enabled: Some(true), ..WebhookChange::default() };
    for change in [resume, same] {
        let saved = given.store.change_webhook(&given.account, &webhook, &change, at(10)).await.unwrap();
        assert_eq!(saved, WebhookSaved::Saved(Box::new((*held[0].leased.webhook).clone())));
    }
    assert!(held[0].permit.enter().await, "it begins by what the webhook is");
}

pub(crate) async fn a_first_attempt_that_fails_waits_for_its_time(store: Shared) {
    let (given, mut machine) = Given::with_machine(store, 5).await;
    given.add_webhook("one").await;
    given.accept(1, 0).await;
    let first = machine.hand_one().await;
    given.answer(&first, 500, 10).await;
    assert_eq!(stands(&given.delivery(&first).await), (false, Some(at(35_010))));
    let waits = given.claim(35_009).await;
    assert_eq!((waits.leased.len(), waits.next_due), (0, Some(at(35_010))));
    assert_eq!(given.claim_one(35_010).await.number(), 2);
}

/// E-26.
pub(crate) async fn a_retry_by_hand_comes_right_after_the_attempt_under_way(store: Shared) {
    let (given, mut machine) = Given::with_machine(store, 5).await;
    given.add_webhook("one").await;
    given.accept(1, 0).await;
    let held = machine.hand_one().await;
    let retried = given.store.retry_delivery(&given.account, &held.delivery.id, at(5)).await.unwrap();
    assert!(matches!(retried, Retried::Queued(_)));
    let asked = given.delivery(&held).await;
    assert_eq!((asked.manual, stands(&asked)), (1, (true, None)));
    assert!(given.claim(6).await.leased.is_empty(), "it is held");
    given.finish_with(&held, answered(&held, 200, 10), 10).await;
    assert_eq!(stands(&given.delivery(&held).await), (false, Some(AT_ONCE)));
    let by_hand = given.claim_one(10).await;
    assert_eq!((by_hand.number(), by_hand.is_manual()), (2, true));
}

/// E-11, E-15.
pub(crate) async fn of_a_webhook_that_is_turned_off_what_is_held_ends_by_itself(store: Shared) {
    let (mut given, mut machine) = Given::with_machine(store, 5).await;
    for (name, deletes) in [("off", false), ("gone", true)] {
        let webhook = given.add_webhook(name).await;
        given.accept_for(&webhook, 4, 0).await;
        let held = machine.hand(4).await;
        if deletes {
            given.store.delete_webhook(&given.account, &webhook, at(5)).await.unwrap();
        } else {
            given.disable(&webhook, 5).await;
        }
        assert_eq!(statuses(&given, &held).await, [Status::Pending; 4], "{name}: on the wire");
        given.answer(&held[0].leased, 500, 10).await;
        given.answer(&held[1].leased, 200, 10).await;
        given.release(&held[2].leased, 0).await;
        let ended = [Status::Cancelled, Status::Delivered];
        assert_eq!(statuses(&given, &held[..2]).await, ended, "{name}");
        let next = given.join(room(5), 20, FOR_EVER_MILLIS).await;
        assert!(given.claim(20).await.leased.is_empty(), "{name}: E-11");
        assert_eq!(statuses(&given, &held[2..]).await, [Status::Cancelled; 2], "{name}");
        let lost = given.attempts(&held[3].leased).await;
        assert_eq!(lost.iter().map(|one| one.outcome).collect::<Vec<_>>(), [Outcome::Lost], "{name}");
        machine = next;
    }
}

/// Where two machines can be on one store.
pub(crate) async fn each_of_two_machines_is_handed_what_it_accepts(store: Shared) {
    let (given, mut one) = Given::with_machine(store, 5).await;
    given.add_webhook("one").await;
    let Some(mut other) = given.beside() else { return };
    let mut two = other.join(room(5), 0, FOR_EVER_MILLIS).await;
    assert!(two.epoch > one.epoch);
    let (ours, theirs) = (given.accept(2, 0).await, other.accept(2, 0).await);
    for (machine, accepted) in [(&mut one, ours), (&mut two, theirs)] {
        let handed: Vec<_> = machine.hand(2).await.into_iter().map(|handed| handed.leased).collect();
        assert_eq!(events(&handed), accepted);
        assert!(handed.iter().all(|leased| leased.token().epoch == machine.epoch));
    }
    assert!(given.claim(0).await.leased.is_empty() && other.claim(0).await.leased.is_empty());
    other.store.leave(two.epoch, at(5)).await.unwrap();
    assert_eq!(given.claim(5).await.leased.len(), 2, "what the other held");
    given.accept(1, 5).await;
    one.hand_one().await;
}
