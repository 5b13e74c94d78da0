//! Deliveries: every step from accepted to settled, and retries by hand.

use crate::given::{
    FOR_EVER_MILLIS, Given, Shared, at, attempt, finished, first, pages_hold, recorded, rules, stranger,
    strangers_page_holds,
};
use deskbell_core::attempt::Outcome;
use deskbell_core::delivery::{Delivery, Leased, Status};
use deskbell_core::id::{DeliveryId, EventId, WebhookId};
use deskbell_core::store::{Claim, DeliveryFilter, EventFilter, Lost, Page, Recorded, Retried, Span};
use deskbell_core::trigger::Trigger;
use deskbell_core::webhook::{DisableReason, Status as WebhookStatus, WebhookChange};

async fn retry(given: &Given, id: &DeliveryId, millis: i64) -> Retried {
    given.store.retry_delivery(&given.account, id, at(millis)).await.unwrap()
}

fn queued(verdict: Retried) -> Delivery {
    match verdict {
        Retried::Queued(delivery) => *delivery,
        other => panic!("not queued: {other:?}"),
    }
}

async fn select(given: &Given, filter: DeliveryFilter) -> Vec<Delivery> {
    given.store.deliveries(&given.account, &filter, &first(100)).await.unwrap().items
}

async fn disable(given: &Given, webhook: &WebhookId, millis: i64) {
    let change = WebhookChange { enabled: Some(false), ..WebhookChange::default() };
    given.store.change_webhook(&given.account, webhook, &change, at(millis)).await.unwrap();
}

pub(crate) async fn a_delivery_starts_pending_and_ends_delivered(store: Shared) {
    let given = Given::on(store).await;
    let leased = given.leased().await;
    let held = given.delivery(&leased).await;
    assert_eq!((held.status, held.is_leased(), held.leases, held.attempts), (Status::Pending, true, 1, 0));
    assert_eq!(
        (held.leased, held.due),
        (Some(at(0)), None),
        "nothing but the end of its epoch takes it away"
    );
    assert!(given.claim(FOR_EVER_MILLIS).await.leased.is_empty());

    let failed = recorded(given.answer(&leased, 500, 10).await);
    assert_eq!(failed, given.delivery(&leased).await, "the verdict is what is stored");
    assert_eq!((failed.status, failed.is_leased(), failed.last_status), (Status::Pending, false, Some(500)));
    assert_eq!((failed.scheduled, failed.due), (Some(at(35_010)), Some(at(35_010))));
    assert!(given.claim(35_009).await.leased.is_empty(), "never early");

    let again = given.claim_one(35_010).await;
    assert_eq!((again.number(), again.token().number, again.is_manual()), (2, 2, false));
    let done = recorded(given.answer(&again, 200, 35_020).await);
    assert_eq!(done, given.delivery(&leased).await);
    assert_eq!((done.status, done.due, done.attempts, done.tries), (Status::Delivered, None, 2, 1));
    assert_eq!((done.settled, done.first_attempt), (Some(at(35_020)), Some(at(10))));
    assert_eq!((done.last_outcome, done.last_status), (Some(Outcome::Delivered), Some(200)));
    let webhook = given.store.webhook(&given.account, &leased.webhook.id).await.unwrap().unwrap();
    assert_eq!(webhook.health.last_success, Some(at(35_020)));
    assert!(given.claim(100_000_000).await.leased.is_empty());
}

pub(crate) async fn a_stale_token_changes_nothing(store: Shared) {
    let mut given = Given::on(store).await;
    let old = given.leased().await;
    given.start_again(30_000).await;
    let newer = given.claim_one(30_000).await;
    let before = (given.delivery(&old).await, given.attempts(&old).await);
    let webhook = given.store.webhook(&given.account, &old.webhook.id).await.unwrap();

    assert_eq!(given.answer(&old, 410, 40_000).await, Recorded::Stale, "E-07");
    given.release(&old, 0).await;
    let other = |change: &dyn Fn(&mut Leased)| {
        let mut other = newer.clone();
        change(&mut other);
        other
    };
    for other in [
        other(&|one| one.delivery.leases = 99),
        other(&|one| one.delivery.epoch.0 += 1),
        other(&|one| one.delivery.epoch.0 = 0),
        other(&|one| one.place += 1),
        other(&|one| one.place = -1),
    ] {
        assert_eq!(given.answer(&other, 200, 40_000).await, Recorded::Stale, "{other:?}");
        given.release(&other, 0).await;
    }
    assert_eq!((given.delivery(&old).await, given.attempts(&old).await), before);
    assert_eq!(given.store.webhook(&given.account, &old.webhook.id).await.unwrap(), webhook);

    // One stale finish does not keep another from being recorded, and a lease records once.
    let finish = |leased: &Leased| finished(leased, attempt(leased, Outcome::Delivered, 40_000));
    let batch = vec![finish(&old), finish(&newer), finish(&newer)];
    let verdicts = given.store.finish(batch, &rules(), at(40_000)).await.unwrap();
    assert!(matches!(
        verdicts.as_slice(),
        [Recorded::Stale, Recorded::Recorded { disabled: None, .. }, Recorded::Stale]
    ));
    assert_eq!(given.delivery(&old).await.status, Status::Delivered);
}

pub(crate) async fn a_released_lease_leaves_no_trace(store: Shared) {
    let given = Given::on(store).await;
    let leased = given.leased().await;
    given.release(&leased, 0).await;
    let delivery = given.delivery(&leased).await;
    assert_eq!((delivery.is_leased(), delivery.due, delivery.attempts), (false, Some(at(0)), 0));
    assert_eq!(given.answer(&leased, 200, 1).await, Recorded::Stale, "it was given back");
    assert!(given.attempts(&leased).await.is_empty());
    let again = given.claim_one(1).await;
    assert_eq!((again.number(), again.token().number), (1, 2));
}

pub(crate) async fn a_lease_whose_epoch_has_ended_is_recorded_as_lost(store: Shared) {
    let mut given = Given::on(store).await;
    let leased = given.leased().await;
    assert!(given.claim(29_999).await.leased.is_empty());
    given.start_again(30_000).await;
    let again = given.claim_one(30_000).await;
    assert_eq!((again.number(), again.token().number), (2, 2));
    let attempts = given.attempts(&leased).await;
    let [lost] = attempts.as_slice() else { panic!("one attempt, not {}", attempts.len()) };
    assert_eq!((lost.number, lost.outcome, lost.possibly_received), (1, Outcome::Lost, true));
    assert_eq!(lost.started, at(0), "when it was leased, not when that was found");
    let delivery = given.delivery(&leased).await;
    assert_eq!((delivery.attempts, delivery.tries, delivery.lost), (1, 0, 1));
}

pub(crate) async fn a_claim_tells_of_the_attempts_that_it_recorded_as_lost(store: Shared) {
    let mut given = Given::on(store).await;
    let leased = given.leased().await;
    let limit = i64::from(rules().lost_limit);
    for n in 1..=limit {
        given.start_again(n).await;
        let told = given.claim(n).await.lost;
        let attempt = given.attempts(&leased).await.remove(0);
        let became = if n < limit { Status::Pending } else { Status::Quarantined };
        assert_eq!(told, [Lost { attempt, became }]);
    }
    given.start_again(limit + 1).await;
    assert_eq!(given.claim(limit + 1).await.lost, []);
}

pub(crate) async fn too_many_lost_attempts_quarantine(store: Shared) {
    let mut given = Given::on(store).await;
    let leased = given.leased().await;
    let limit = i64::from(rules().lost_limit);
    for n in 1..limit {
        given.start_again(n).await;
        given.claim_one(n).await;
    }
    given.start_again(limit).await;
    let claimed = given.claim(limit).await;
    assert!(claimed.leased.is_empty());
    let delivery = given.delivery(&leased).await;
    assert_eq!((delivery.status, delivery.due, delivery.is_leased()), (Status::Quarantined, None, false));
    assert_eq!(i64::from(delivery.lost), limit);
    assert_eq!(given.attempts(&leased).await.len() as i64, limit);
    assert_eq!(given.claim(limit + 1).await.next_due, None);
}

pub(crate) async fn ended_leases_are_lost_at_the_next_claim(store: Shared) {
    let mut given = Given::on(store).await;
    let leased = given.leased().await;
    given.accept(1, 0).await;
    given.start_again(5).await;
    let delivery = given.delivery(&leased).await;
    assert_eq!((delivery.is_leased(), delivery.due), (true, Some(at(5))));
    let numbers: Vec<_> = given.claim(5).await.leased.iter().map(Leased::number).collect();
    assert_eq!(numbers, [1, 2], "the one never leased lost nothing");
    assert_eq!(given.attempts(&leased).await[0].outcome, Outcome::Lost);
    assert_eq!(given.answer(&leased, 200, 6).await, Recorded::Stale);
}

/// E-26.
pub(crate) async fn a_retry_by_hand_adds_one_attempt_each_time(store: Shared) {
    let given = Given::on(store).await;
    let leased = given.leased().await;
    given.answer(&leased, 200, 10).await;
    for _ in 0..2 {
        queued(retry(&given, &leased.delivery.id, 20).await);
    }
    let waiting = given.delivery(&leased).await;
    assert_eq!((waiting.manual, waiting.status, waiting.attempts), (2, Status::Delivered, 1));
    for number in [2, 3] {
        let by_hand = given.claim_one(30).await;
        assert_eq!((by_hand.number(), by_hand.is_manual()), (number, true), "E-26");
        given.answer(&by_hand, 500, 40).await;
    }
    assert!(given.claim(100_000_000).await.leased.is_empty(), "E-26: exactly one each");
    let after = given.delivery(&leased).await;
    assert_eq!((after.status, after.manual, after.attempts), (Status::Delivered, 0, 3));
    let manual: Vec<_> = given.attempts(&leased).await.iter().map(|attempt| attempt.manual).collect();
    assert_eq!(manual, [true, true, false]);
}

pub(crate) async fn a_retry_by_hand_during_an_attempt_comes_right_after_it(store: Shared) {
    let given = Given::on(store).await;
    let leased = given.leased().await;
    let asked = queued(retry(&given, &leased.delivery.id, 5).await);
    assert_eq!(asked, given.delivery(&leased).await);
    assert!(given.claim(6).await.leased.is_empty(), "the lease holds");
    given.answer(&leased, 500, 10).await;
    let by_hand = given.claim_one(10).await;
    assert_eq!((by_hand.number(), by_hand.is_manual()), (2, true));
    given.answer(&by_hand, 500, 20).await;
    let delivery = given.delivery(&leased).await;
    assert_eq!(delivery.due, Some(at(35_010)), "the schedule goes on as if nothing had been");
}

pub(crate) async fn a_retry_by_hand_needs_a_delivery_and_an_enabled_webhook(store: Shared) {
    let given = Given::on(store).await;
    let leased = given.leased().await;
    given.answer(&leased, 200, 10).await;
    assert_eq!(retry(&given, &DeliveryId::from_text("DLV-1"), 20).await, Retried::Unknown);
    let theirs = given.store.retry_delivery(&stranger(), &leased.delivery.id, at(20)).await.unwrap();
    assert_eq!(theirs, Retried::Unknown, "A-099");
    disable(&given, &leased.webhook.id, 20).await;
    assert_eq!(retry(&given, &leased.delivery.id, 20).await, Retried::WebhookDisabled);
    given.store.delete_webhook(&given.account, &leased.webhook.id, at(30)).await.unwrap();
    assert_eq!(retry(&given, &leased.delivery.id, 40).await, Retried::WebhookDeleted);
    assert_eq!(given.delivery(&leased).await.manual, 0);
}

/// E-15, by an answer of 410.
pub(crate) async fn gone_disables_and_cancels_all_and_only_its_own(store: Shared) {
    let given = Given::on(store).await;
    let (ours, other) = (given.add_webhook("ours").await, given.add_webhook("other").await);
    given.accept(8, 0).await;
    let leased = given.claim(0).await.leased;
    let held: Vec<_> = leased.iter().filter(|lease| lease.webhook.id == ours).collect();
    assert_eq!(held.len(), 5);
    let Recorded::Recorded { delivery, disabled } = given.answer(held[0], 410, 10).await else {
        panic!("the lease was stale")
    };
    assert_eq!((delivery.status, disabled), (Status::Cancelled, Some(DisableReason::Gone)));
    let webhook = given.store.webhook(&given.account, &ours).await.unwrap().unwrap();
    assert_eq!(webhook.status, WebhookStatus::Disabled { reason: DisableReason::Gone, at: at(10) });
    let count = async |webhook: &WebhookId, status| {
        let filter = DeliveryFilter {
            webhook: Some(webhook.clone()),
            status: Some(status),
            ..DeliveryFilter::default()
        };
        select(&given, filter).await.len()
    };
    assert_eq!(count(&ours, Status::Cancelled).await, 4, "E-15: the one answered and the three that waited");
    assert_eq!(count(&ours, Status::Pending).await, 4, "those on the wire");
    assert_eq!(count(&other, Status::Pending).await, 8, "E-15: only its own");
    // A success that was on the wire still counts; a second 410 disables nothing more.
    assert_eq!(recorded(given.answer(held[1], 200, 20).await).status, Status::Delivered);
    let verdict = given.answer(held[2], 410, 20).await;
    assert!(matches!(verdict, Recorded::Recorded { disabled: None, .. }));
    assert_eq!(count(&ours, Status::Cancelled).await, 5);
}

pub(crate) async fn a_lost_lease_of_a_disabled_webhook_ends_cancelled(store: Shared) {
    let mut given = Given::on(store).await;
    let leased = given.leased().await;
    disable(&given, &leased.webhook.id, 10).await;
    assert_eq!(given.delivery(&leased).await.status, Status::Pending);
    let claimed = given.claim(20).await;
    assert_eq!((claimed.leased.len(), claimed.next_due), (0, None));
    given.start_again(30).await;
    assert!(given.claim(30).await.leased.is_empty());
    let delivery = given.delivery(&leased).await;
    assert_eq!((delivery.status, delivery.due, delivery.attempts), (Status::Cancelled, None, 1));
    assert_eq!(given.attempts(&leased).await[0].outcome, Outcome::Lost);
}

/// E-27.
pub(crate) async fn of_n_pairs_k_that_fail_are_k_schedules(store: Shared) {
    let given = Given::on(store).await;
    for n in 0..10 {
        given.add_webhook(&format!("n{n}")).await;
    }
    given.accept(1, 0).await;
    let leased = given.claim(0).await.leased;
    assert_eq!(leased.len(), 10);
    for (n, leased) in leased.iter().enumerate() {
        given.answer(leased, if n < 3 { 500 } else { 200 }, 10).await;
    }
    let pending =
        select(&given, DeliveryFilter { status: Some(Status::Pending), ..Default::default() }).await;
    assert_eq!(pending.len(), 3, "E-27");
    let again = given.claim(35_010).await.leased;
    let failed: Vec<_> = leased[..3].iter().map(|leased| &leased.delivery.id).collect();
    assert_eq!(again.iter().map(|leased| &leased.delivery.id).collect::<Vec<_>>(), failed, "E-27");
}

/// More than a page looks at.
pub(crate) async fn a_filter_of_time_looks_at_nothing_older(store: Shared) {
    const THEN: i64 = 1_800_000_000_000;
    let given = Given::on(store).await;
    given.add_webhook("one").await;
    for _ in 0..6 {
        given.accept(1_000, THEN).await;
    }
    let created = Span { after: Some(at(THEN + 3_600_000)), before: None };
    let deliveries = DeliveryFilter { created, ..DeliveryFilter::default() };
    let deliveries = given.store.deliveries(&given.account, &deliveries, &first(9)).await.unwrap();
    assert_eq!((deliveries.items.len(), deliveries.stopped), (0, None));
    // The clock of who made it was ahead.
    let mut ahead = given.event(Trigger::BookingScheduled);
    ahead.event.created = at(THEN + 3_900_000);
    given.store.accept(vec![ahead], at(THEN + 3_540_000)).await.unwrap();
    let events = EventFilter { created, ..EventFilter::default() };
    let found = given.store.events(&given.account, &events, &first(9)).await.unwrap();
    assert_eq!(found.items.len(), 1);
    let created = Span { after: Some(at(THEN + 4_000_000)), before: None };
    let events = EventFilter { created, ..EventFilter::default() };
    let events = given.store.events(&given.account, &events, &first(9)).await.unwrap();
    assert_eq!((events.items.len(), events.stopped), (0, None));
}

pub(crate) async fn filters_select_deliveries(store: Shared) {
    let given = Given::on(store).await;
    let (one, two) = (given.add_webhook("one").await, given.add_webhook("two").await);
    let mut ids: Vec<EventId> = Vec::new();
    for (n, trigger) in [Trigger::BookingScheduled, Trigger::ConversationClosed].into_iter().enumerate() {
        let mut new = given.event(trigger);
        new.event.subject = (n == 0).then(|| "S".into());
        ids.push(new.event.id.clone());
        given.store.accept(vec![new], at(n as i64 * 10)).await.unwrap();
    }
    let leased = given.take(Claim { limit: 1, ..given.asking(0) }).await.leased.remove(0);
    given.answer(&leased, 200, 20).await;

    let of = |event: usize, webhook| DeliveryId::of(&ids[event], webhook);
    let all = [of(1, &two), of(1, &one), of(0, &two), of(0, &one)];
    let find = async |filter| {
        let found = select(&given, filter).await;
        found.into_iter().map(|delivery| all.iter().position(|id| *id == delivery.id)).collect::<Vec<_>>()
    };
    let any = DeliveryFilter::default;
    let some = |places: &[usize]| places.iter().map(|place| Some(*place)).collect::<Vec<_>>();
    assert_eq!(find(any()).await, some(&[0, 1, 2, 3]));
    assert_eq!(find(DeliveryFilter { webhook: Some(one), ..any() }).await, some(&[1, 3]));
    assert_eq!(find(DeliveryFilter { event: Some(ids[0].clone()), ..any() }).await, some(&[2, 3]));
    let closed = Some(Trigger::ConversationClosed);
    assert_eq!(find(DeliveryFilter { trigger: closed, ..any() }).await, some(&[0, 1]));
    assert_eq!(find(DeliveryFilter { status: Some(Status::Delivered), ..any() }).await, some(&[3]));
    assert_eq!(find(DeliveryFilter { subject: Some("S".into()), ..any() }).await, some(&[2, 3]));
    assert_eq!(find(DeliveryFilter { outcome: Some(Outcome::Delivered), ..any() }).await, some(&[3]));
    assert_eq!(find(DeliveryFilter { outcome: Some(Outcome::HttpStatus), ..any() }).await, some(&[]));
    assert_eq!(find(DeliveryFilter { last_status: Some(200), ..any() }).await, some(&[3]));
    assert_eq!(find(DeliveryFilter { last_status: Some(201), ..any() }).await, some(&[]));
    assert_eq!(find(DeliveryFilter { attempts_min: Some(1), ..any() }).await, some(&[3]));
    assert_eq!(find(DeliveryFilter { attempts_max: Some(0), ..any() }).await, some(&[0, 1, 2]));
    let created = Span { after: Some(at(0)), before: Some(at(11)) };
    assert_eq!(find(DeliveryFilter { created, ..any() }).await, some(&[0, 1]));
    let both = DeliveryFilter { webhook: Some(two), subject: Some("S".into()), ..any() };
    assert_eq!(find(both).await, some(&[2]));
}

pub(crate) async fn pages_go_both_ways(store: Shared) {
    let given = Given::on(store).await;
    let webhook = given.add_webhook("one").await;
    let events = given.accept(7, 0).await;
    let newest_first: Vec<String> =
        events.iter().rev().map(|event| DeliveryId::of(event, &webhook).to_string()).collect();
    let filter = &DeliveryFilter { status: Some(Status::Pending), ..DeliveryFilter::default() };
    let read = |page: Page| {
        let given = &given;
        async move { given.store.deliveries(&given.account, filter, &page).await }
    };
    pages_hold(&newest_first, |delivery: &Delivery| delivery.id.to_string(), read).await;
}

pub(crate) async fn another_accounts_delivery_is_not_found(store: Shared) {
    let given = Given::on(store).await;
    let leased = given.leased().await;
    let store = &given.store;
    assert_eq!(store.delivery(&stranger(), &leased.delivery.id).await.unwrap(), None, "A-099");
    let filter = &DeliveryFilter::default();
    let read = |page: Page| async move { store.deliveries(&stranger(), filter, &page).await };
    strangers_page_holds(leased.delivery.id.as_str(), read).await;
}
