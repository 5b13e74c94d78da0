//! The queue: who is handed out, when, and to whom.

use crate::given::{Given, LEASE_MILLIS, Shared, at, claim, first, rules};
use deskbell_core::delivery::Leased;
use deskbell_core::id::WebhookId;
use deskbell_core::store::{Claim, Claimed, DeliveryFilter};
use std::collections::{HashMap, HashSet};
use std::time::Duration;

async fn take(given: &Given, claim: Claim) -> Claimed {
    given.store.claim(claim, &rules()).await.unwrap()
}

fn shares(leased: &[Leased]) -> HashMap<WebhookId, usize> {
    let mut shares = HashMap::new();
    for lease in leased {
        *shares.entry(lease.webhook.id.clone()).or_default() += 1;
    }
    shares
}

pub(crate) async fn the_oldest_are_handed_out_first_with_all_they_need(store: Shared) {
    let given = Given::on(store);
    let webhook = given.add_webhook("one").await;
    let later = given.accept(1, 20).await.remove(0);
    let sooner = given.accept(2, 10).await;
    assert!(given.claim(9).await.leased.is_empty(), "nothing is due yet");
    let claimed = take(&given, Claim { limit: 2, ..claim(20) }).await;
    let events: Vec<_> = claimed.leased.iter().map(|leased| leased.event.clone()).collect();
    assert_eq!(events, sooner, "by the time they are due, then by age");
    assert_eq!(claimed.last, Some(webhook.clone()));
    let last = given.claim_one(20).await;
    assert_eq!(last.event, later);
    assert_eq!(last.body, given.store.event(&given.account, &later).await.unwrap().unwrap().body);
    assert_eq!(*last.webhook, given.store.webhook(&given.account, &webhook).await.unwrap().unwrap());
    assert_eq!((last.number, last.manual), (1, false));
    assert_eq!(given.claim(20).await.last, None);
}

pub(crate) async fn two_claimers_never_share_a_delivery(store: Shared) {
    let given = Given::on(store);
    for n in 0..4 {
        given.add_webhook(&format!("n{n}")).await;
    }
    given.accept(100, 0).await;
    let claimers: Vec<_> = (0..8)
        .map(|_| {
            let store = given.store.clone();
            tokio::spawn(async move {
                let mut got = Vec::new();
                loop {
                    let claim = Claim { limit: 7, per_webhook: 50, ..claim(0) };
                    let leased = store.claim(claim, &rules()).await.unwrap().leased;
                    if leased.is_empty() {
                        return got;
                    }
                    got.extend(leased.into_iter().map(|leased| leased.delivery));
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
    let given = Given::on(store);
    let webhook = given.add_webhook("one").await;
    given.accept(10, 0).await;
    let with = |held| Claim { in_flight: HashMap::from([(webhook.clone(), held)]), ..claim(0) };
    assert_eq!(take(&given, with(9)).await.leased.len(), 0);
    assert_eq!(take(&given, with(5)).await.leased.len(), 0);
    assert_eq!(take(&given, with(3)).await.leased.len(), 2);
    assert_eq!(take(&given, with(0)).await.leased.len(), 5);
    assert_eq!(take(&given, Claim { limit: 0, ..claim(0) }).await.leased.len(), 0);
}

pub(crate) async fn a_webhook_that_rests_gets_none_and_then_one(store: Shared) {
    let given = Given::on(store);
    let leased = given.leased().await;
    given.accept(9, 0).await;
    let lost = given.claim(0).await.leased;
    assert_eq!(lost.len(), 5);
    given.answer(&leased, 429, 10).await;
    let end = 10 + rules().rest_floor.as_millis() as i64;
    for millis in [20, LEASE_MILLIS + 1, end - 1] {
        let claimed = given.claim(millis).await;
        assert!(claimed.leased.is_empty(), "it rests at {millis}, expired leases wait too");
        assert_eq!(claimed.next_due, Some(at(end)));
    }
    let probe = given.claim_one(end).await;
    let probing = Claim { in_flight: HashMap::from([(probe.webhook.id.clone(), 1)]), ..claim(end) };
    assert!(take(&given, probing).await.leased.is_empty(), "one at a time");
    given.answer(&probe, 200, end + 10).await;
    assert_eq!(given.claim(end + 10).await.leased.len(), 5, "a success ends the rest");
}

pub(crate) async fn a_retry_by_hand_ends_the_rest(store: Shared) {
    let given = Given::on(store);
    let leased = given.leased().await;
    given.accept(1, 0).await;
    given.answer(&leased, 503, 10).await;
    assert!(given.claim(20).await.leased.is_empty());
    given.store.retry_delivery(&given.account, &leased.delivery, at(20)).await.unwrap();
    let by_hand = given.claim_one(20).await;
    assert_eq!((&by_hand.delivery, by_hand.manual), (&leased.delivery, true), "before every other");
}

pub(crate) async fn a_thousand_due_leave_room_for_the_others(store: Shared) {
    let given = Given::on(store);
    let flood = given.add_webhook("flood").await;
    given.accept_for(&flood, 1000, 0).await;
    let mut others = Vec::new();
    for n in 0..9 {
        let other = given.add_webhook(&format!("n{n}")).await;
        given.accept_for(&other, 2, 50).await;
        others.push(other);
    }
    let wide = Claim { per_webhook: 1000, limit: 20, ..claim(100) };
    let leased = take(&given, wide.clone()).await.leased;
    let shared = shares(&leased);
    assert_eq!((leased.len(), shared[&flood]), (20, 2));
    assert!(others.iter().all(|other| shared[other] == 2), "each has its turn");
    let rest = take(&given, wide).await.leased;
    assert_eq!(shares(&rest), HashMap::from([(flood, 20)]), "nobody else has anything left");
}

pub(crate) async fn with_less_room_than_webhooks_all_get_their_turn(store: Shared) {
    let given = Given::on(store);
    let mut webhooks = Vec::new();
    for n in 0..5 {
        webhooks.push(given.add_webhook(&format!("n{n}")).await);
    }
    given.accept(4, 0).await;
    let mut resume = None;
    let mut served = Vec::new();
    for _ in 0..5 {
        let claimed = take(&given, Claim { limit: 2, resume, ..claim(0) }).await;
        assert_eq!(claimed.leased.last().map(|leased| leased.webhook.id.clone()), claimed.last);
        served.extend(claimed.leased.into_iter().map(|leased| leased.webhook.id.clone()));
        resume = claimed.last;
    }
    assert_eq!(served, [webhooks.clone(), webhooks].concat());
    let nobody = Some(WebhookId::from_text("WHK-1"));
    assert_eq!(take(&given, Claim { resume: nobody, ..claim(0) }).await.leased.len(), 10);
}

pub(crate) async fn a_quarantined_delivery_gives_its_place_to_another(store: Shared) {
    let given = Given::on(store);
    given.add_webhook("one").await;
    given.accept(1, 0).await;
    let limit = i64::from(rules().lost_limit);
    for n in 0..limit {
        given.claim_one(n * LEASE_MILLIS).await;
    }
    let end = limit * LEASE_MILLIS;
    given.accept(2, end).await;
    let claimed = take(&given, Claim { limit: 1, ..claim(end) }).await;
    assert_eq!(claimed.leased.len(), 1, "the first that was due ended at its last lost attempt");
    assert_eq!(given.claim(end).await.leased.len(), 1);
}

pub(crate) async fn next_due_is_the_first_that_waits_for_time(store: Shared) {
    let given = Given::on(store);
    assert_eq!(given.claim(0).await.next_due, None);
    let (one, two) = (given.add_webhook("one").await, given.add_webhook("two").await);
    given.accept_for(&one, 10, 0).await;
    let claimed = given.claim(0).await;
    assert_eq!((claimed.leased.len(), claimed.next_due), (5, None), "no room, but nothing to wait for");
    given.accept_for(&two, 1, 500).await;
    given.accept_for(&two, 1, 400).await;
    let full = HashMap::from([(one.clone(), 5)]);
    let claimed = take(&given, Claim { in_flight: full.clone(), ..claim(100) }).await;
    assert_eq!((claimed.leased.len(), claimed.next_due), (0, Some(at(400))));
    let claimed = take(&given, Claim { in_flight: full.clone(), ..claim(400) }).await;
    assert_eq!((claimed.leased.len(), claimed.next_due), (1, Some(at(500))));
    let lease = Duration::from_millis(LEASE_MILLIS as u64);
    let claimed = take(&given, Claim { in_flight: full, lease, ..claim(500) }).await;
    assert_eq!(claimed.next_due, Some(at(LEASE_MILLIS)), "leases that others hold may run out");
    let all = given.store.deliveries(&given.account, &DeliveryFilter::default(), &first(100)).await.unwrap();
    assert_eq!(all.items.len(), 12);
}
