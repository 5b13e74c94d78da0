//! The queue: who is handed out, when, and to whom.

use crate::given::{Given, REST_MILLIS, Shared, Taken, at, first, room, rules, unspent};
use deskbell_core::delivery::Leased;
use deskbell_core::id::WebhookId;
use deskbell_core::policy::concurrency::{Bounds, Concurrency};
use deskbell_core::store::{Claim, DeliveryFilter};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

fn shares(leased: &[Leased]) -> HashMap<WebhookId, usize> {
    let mut shares = HashMap::new();
    for lease in leased {
        *shares.entry(lease.webhook.id.clone()).or_default() += 1;
    }
    shares
}

pub(crate) async fn the_oldest_are_handed_out_first_with_all_they_need(store: Shared) {
    let given = Given::on(store).await;
    let webhook = given.add_webhook("one").await;
    let later = given.accept(1, 20).await.remove(0);
    let sooner = given.accept(2, 10).await;
    assert!(given.claim(9).await.leased.is_empty(), "nothing is due yet");
    let claimed = given.take(Claim { limit: 2, ..given.asking(20) }).await;
    let events: Vec<_> = claimed.leased.iter().map(|leased| leased.delivery.event.clone()).collect();
    assert_eq!(events, sooner, "by the time they are due, then by age");
    assert_eq!(claimed.last, Some(webhook.clone()));
    let last = given.claim_one(20).await;
    assert_eq!(last.delivery.event, later);
    assert_eq!(last.body, given.store.event(&given.account, &later).await.unwrap().unwrap().body);
    assert_eq!(*last.webhook, given.store.webhook(&given.account, &webhook).await.unwrap().unwrap());
    assert_eq!((last.number(), last.is_manual()), (1, false));
    assert_eq!(*last.delivery, given.delivery(&last).await, "as it is stored");
    assert_eq!(given.claim(20).await.last, None);
}

pub(crate) async fn two_claimers_never_share_a_delivery(store: Shared) {
    let given = Given::on(store).await;
    for n in 0..4 {
        given.add_webhook(&format!("n{n}")).await;
    }
    given.accept(100, 0).await;
    let claimers: Vec<_> = (0..8)
        .map(|_| {
            let (store, claim) = (given.store.clone(), Claim { limit: 7, ..given.asking_for(50, 0) });
            tokio::spawn(async move {
                let mut got = Vec::new();
                loop {
                    let handed = store.claim(claim.clone(), &rules()).await.unwrap().handed;
                    if handed.is_empty() {
                        return got;
                    }
                    got.extend(handed.into_iter().map(|handed| handed.leased.delivery.id));
                }
            })
        })
        .collect();
    let (mut total, mut distinct) = (0, HashSet::new());
    for claimer in claimers {
        let got = claimer.await.unwrap();
        total += got.len();
        distinct.extend(got);
    }
    assert_eq!((total, distinct.len()), (400, 400), "C-33: exactly one claim each");
}

pub(crate) async fn what_is_in_flight_takes_room(store: Shared) {
    let given = Given::on(store).await;
    given.add_webhook("one").await;
    given.accept(10, 0).await;
    let claim = async |limit| {
        let claim = Claim { limit, ..given.asking(0) };
        given.store.claim(claim, &rules()).await.unwrap()
    };
    assert_eq!((claim(0).await.handed.len(), claim(0).await.left), (0, true), "nothing was asked for");
    let mut held = claim(100).await.handed;
    assert_eq!(held.len(), 5);
    let none = claim(100).await;
    assert_eq!((none.handed.len(), none.left), (0, true));
    held.truncate(3);
    held.extend(claim(100).await.handed);
    assert_eq!(held.len(), 5, "two had been given back");
    drop(held);
    let last = claim(100).await;
    assert_eq!((last.handed.len(), last.left), (3, false));
    assert_eq!(given.concurrency.left(), 100_000 - 3, "a permit for each");
}

pub(crate) async fn what_all_hold_takes_room(store: Shared) {
    let given = Given::on(store).await;
    for n in 0..3 {
        given.add_webhook(&format!("n{n}")).await;
    }
    given.accept(1, 0).await;
    let claim = async |bounds| {
        let concurrency = Arc::new(Concurrency::new(bounds, Arc::default()));
        given.store.claim(Claim { concurrency, ..given.asking(0) }, &rules()).await.unwrap()
    };
    let two = claim(Bounds { all: 2, ..room(5) }).await;
    assert_eq!((two.handed.len(), two.left), (2, true));
    let unspent = two.handed.iter().map(|handed| unspent(&handed.leased));
    given.store.release(unspent.collect(), at(0)).await.unwrap();
    let body = two.handed[0].leased.body.len();
    let one = claim(Bounds { bytes: 2 * body - 1, ..room(5) }).await;
    assert_eq!((one.handed.len(), one.left), (1, true), "by bytes");
}

pub(crate) async fn a_webhook_that_rests_gets_none_and_then_one(store: Shared) {
    let mut given = Given::on(store).await;
    let leased = given.leased().await;
    given.accept(9, 0).await;
    let lost = given.claim(0).await.leased;
    assert_eq!(lost.len(), 5);
    given.answer(&leased, 429, 10).await;
    given.start_again(15).await;
    let end = 10 + REST_MILLIS;
    for millis in [20, end - 1] {
        let claimed = given.claim(millis).await;
        assert!(claimed.leased.is_empty(), "it rests at {millis}, lost leases wait too");
        assert_eq!(claimed.next_due, Some(at(end)));
    }
    let held = given.store.claim(given.asking(end), &rules()).await.unwrap();
    let another = given.claim(end).await;
    assert_eq!((another.leased.len(), another.left), (0, true), "one at a time");
    let probe = Taken::from(held).leased.remove(0);
    given.answer(&probe, 200, end + 10).await;
    assert_eq!(given.claim(end + 10).await.leased.len(), 5, "a success ends the rest");
}

/// B-092.
pub(crate) async fn one_overload_rests_nothing_and_several_in_a_row_do(store: Shared) {
    let given = Given::on(store).await;
    let id = given.add_webhook("one").await;
    given.accept(5, 0).await;
    let leased = given.claim(0).await.leased;
    given.accept(1, 0).await;
    let health = async || given.store.webhook(&given.account, &id).await.unwrap().unwrap().health;
    given.answer(&leased[0], 503, 10).await;
    assert_eq!(given.claim(10).await.leased.len(), 1, "the others go on");
    for one in &leased[1..4] {
        given.answer(one, 503, 20).await;
    }
    let known = health().await;
    assert_eq!((known.overloads, known.rest_until), (0b1111, None), "what is known is kept");
    given.answer(&leased[4], 503, 30).await;
    given.accept(1, 30).await;
    let end = 30 + rules().rest_floor.as_millis() as i64;
    assert_eq!(health().await.rest_until, Some(at(end)));
    assert!(given.claim(end - 1).await.leased.is_empty());
    let probe = given.claim_one(end).await;
    given.answer(&probe, 200, end).await;
    let known = health().await;
    assert_eq!((known.overloads, known.rest_until, known.rests_in_a_row), (0, None, 0));
}

pub(crate) async fn a_retry_by_hand_ends_the_rest(store: Shared) {
    let given = Given::on(store).await;
    let leased = given.leased().await;
    given.accept(1, 0).await;
    given.answer(&leased, 429, 10).await;
    assert!(given.claim(20).await.leased.is_empty());
    given.store.retry_delivery(&given.account, &leased.delivery.id, at(20)).await.unwrap();
    let by_hand = given.claim_one(20).await;
    let told = (&by_hand.delivery.id, by_hand.is_manual());
    assert_eq!(told, (&leased.delivery.id, true), "before every other");
}

pub(crate) async fn a_thousand_due_leave_room_for_the_others(store: Shared) {
    let given = Given::on(store).await;
    let flood = given.add_webhook("flood").await;
    given.accept_for(&flood, 1000, 0).await;
    let mut others = Vec::new();
    for n in 0..9 {
        let other = given.add_webhook(&format!("n{n}")).await;
        given.accept_for(&other, 2, 50).await;
        others.push(other);
    }
    let wide = Claim { limit: 20, ..given.asking_for(1000, 100) };
    let leased = given.take(wide.clone()).await.leased;
    let shared = shares(&leased);
    assert_eq!((leased.len(), shared[&flood]), (20, 2));
    assert!(others.iter().all(|other| shared[other] == 2), "each has its turn");
    let rest = given.take(wide).await.leased;
    assert_eq!(shares(&rest), HashMap::from([(flood, 20)]), "nobody else has anything left");
}

pub(crate) async fn with_less_room_than_webhooks_all_get_their_turn(store: Shared) {
    let given = Given::on(store).await;
    let mut webhooks = Vec::new();
    for n in 0..5 {
        webhooks.push(given.add_webhook(&format!("n{n}")).await);
    }
    given.accept(4, 0).await;
    let mut resume = None;
    let mut served = Vec::new();
    for _ in 0..5 {
        let claimed = given.take(Claim { limit: 2, resume, ..given.asking(0) }).await;
        assert_eq!(claimed.leased.last().map(|leased| leased.webhook.id.clone()), claimed.last);
        served.extend(claimed.leased.into_iter().map(|leased| leased.webhook.id.clone()));
        resume = claimed.last;
    }
    assert_eq!(served, [webhooks.clone(), webhooks].concat());
    let nobody = Some(WebhookId::from_text("WHK-1"));
    assert_eq!(given.take(Claim { resume: nobody, ..given.asking(0) }).await.leased.len(), 10);
}

pub(crate) async fn a_quarantined_delivery_gives_its_place_to_another(store: Shared) {
    let mut given = Given::on(store).await;
    given.add_webhook("one").await;
    given.accept(1, 0).await;
    let limit = i64::from(rules().lost_limit);
    for n in 0..limit {
        given.claim_one(n).await;
        given.start_again(n + 1).await;
    }
    let end = limit;
    given.accept(2, end).await;
    let claimed = given.take(Claim { limit: 1, ..given.asking(end) }).await;
    assert_eq!(claimed.leased.len(), 1, "the first that was due ended at its last lost attempt");
    assert_eq!(given.claim(end).await.leased.len(), 1);
}

pub(crate) async fn next_due_is_the_first_that_waits_for_time(store: Shared) {
    let given = Given::on(store).await;
    let nothing = given.claim(0).await;
    assert_eq!((nothing.next_due, nothing.left), (None, false));
    let (one, two) = (given.add_webhook("one").await, given.add_webhook("two").await);
    given.accept_for(&one, 10, 0).await;
    // What is held keeps its room, until the end of the case.
    let held = given.store.claim(given.asking(0), &rules()).await.unwrap();
    let told = (held.handed.len(), held.next_due, held.left);
    assert_eq!(told, (5, None, true), "no room, but nothing to wait for");
    given.accept_for(&two, 1, 500).await;
    given.accept_for(&two, 1, 400).await;
    let claimed = given.claim(100).await;
    assert_eq!((claimed.leased.len(), claimed.next_due, claimed.left), (0, Some(at(400)), true));
    let claimed = given.claim(400).await;
    assert_eq!((claimed.leased.len(), claimed.next_due, claimed.left), (1, Some(at(500)), true));
    let claimed = given.claim(500).await;
    assert_eq!((claimed.leased.len(), claimed.next_due), (1, None), "what is held waits for nothing");
    let all = given.store.deliveries(&given.account, &DeliveryFilter::default(), &first(100)).await.unwrap();
    assert_eq!(all.items.len(), 12);
}
