//! Attempts.

use crate::given::{
    Given, HEAVY, Shared, answered, at, attempt, finished, first, heavy_pages_hold, pages_hold, rules,
    stranger, strangers_page_holds,
};
use bytes::Bytes;
use deskbell_core::attempt::{Attempt, Outcome, Response, Timings};
use deskbell_core::delivery::Leased;
use deskbell_core::id::{AttemptId, DeliveryId};
use deskbell_core::store::{AttemptFilter, Page, Span};

async fn store_one(given: &Given, leased: &Leased, attempt: &Attempt, millis: i64) {
    let finished = vec![finished(leased, attempt.clone())];
    given.store.finish(finished, &rules(), at(millis)).await.unwrap();
}

pub(crate) async fn an_attempt_reads_back_to_the_last_header(store: Shared) {
    let given = Given::on(store).await;
    let leased = given.leased().await;
    let full = Attempt {
        detail: "It said \"no\".".into(),
        possibly_received: true,
        timings: Timings {
            name_us: Some(1),
            connect_us: Some(2),
            tls_us: None,
            head_us: Some(u64::from(u32::MAX) + 1),
            body_us: Some(0),
            total_us: 9,
            reused: true,
        },
        address: Some("[2001:db8::1]:443".parse().unwrap()),
        request_headers: vec![("Content-Type".into(), "application/json".into()), ("a".into(), "ü".into())],
        response: Some(Response {
            status: 500,
            headers: vec![("X-A".into(), "1".into()), ("x-a".into(), String::new())],
            body: Bytes::from_static(b"\0\xff<b>"),
            truncated: true,
            incomplete: false,
        }),
        ..attempt(&leased, Outcome::HttpStatus, 10)
    };
    store_one(&given, &leased, &full, 20).await;
    assert_eq!(given.store.attempt(&given.account, &full.id).await.unwrap(), Some(full.clone()));
    assert_eq!(given.attempts(&leased).await, [full]);

    let again = given.claim_one(35_020).await;
    let bare = attempt(&again, Outcome::ConnectRefused, 35_021);
    store_one(&given, &again, &bare, 35_022).await;
    assert_eq!(given.store.attempt(&given.account, &bare.id).await.unwrap(), Some(bare));
    assert_eq!(given.store.attempt(&given.account, &AttemptId::from_text("ATT-1")).await.unwrap(), None);
}

/// One look for a page of deliveries: each has its own, the last ones, in its place.
pub(crate) async fn a_page_of_deliveries_has_its_attempts_in_one_look(store: Shared) {
    let given = Given::on(store).await;
    given.add_webhook("one").await;
    given.accept(3, 0).await;
    let leased = given.claim(0).await.leased;
    let mut again = Vec::new();
    for one in &leased[..2] {
        given.answer(one, 404, 10).await;
    }
    for millis in [300_000, 3_000_000] {
        again = given.claim(millis).await.leased;
        for one in again.iter().filter(|one| one.delivery.id == leased[0].delivery.id) {
            given.answer(one, 404, millis).await;
        }
    }
    assert!(!again.is_empty());
    let [first, second, third] = [0, 1, 2].map(|nth| leased[nth].delivery.id.clone());
    let nobody = DeliveryId::from_text("DLV-1");
    let asked = [third.clone(), nobody, first.clone(), second, first];
    let numbers = async |account, each| -> Vec<Vec<u32>> {
        let found = given.store.attempts_of(account, &asked, each).await.unwrap();
        for (id, attempts) in asked.iter().zip(&found) {
            assert!(attempts.iter().all(|attempt| attempt.delivery == *id));
        }
        found.iter().map(|attempts| attempts.iter().map(|attempt| attempt.number).collect()).collect()
    };
    let all = numbers(&given.account, 100).await;
    assert_eq!(all[1], [0; 0], "what is not there has none");
    assert!(all[2].len() > 1 && all[2].is_sorted() && all[2][0] == 1, "oldest first: {all:?}");
    assert_eq!(all[4], all[2], "asked twice, told twice");
    let last = numbers(&given.account, 1).await;
    assert_eq!(last[2], all[2][all[2].len() - 1..], "the last ones");
    assert_eq!(numbers(&stranger(), 100).await, vec![Vec::<u32>::new(); 5], "A-099");
}

/// Lists, and attempts beside their deliveries, are read up to a number of bytes, however large the answers were.
pub(crate) async fn a_page_ends_at_a_number_of_bytes(store: Shared) {
    let given = Given::on(store).await;
    given.add_webhook("one").await;
    given.accept(2, 0).await;
    let mut newest_first = Vec::new();
    let leased = given.claim(0).await.leased;
    let [light, heavy] = [0, 1].map(|nth| leased[nth].delivery.id.clone());
    given.answer(&leased[0], 500, 1).await;
    let mut next = leased[1].clone();
    for millis in 2..7 {
        if millis > 2 {
            given.store.retry_delivery(&given.account, &heavy, at(millis)).await.unwrap();
            let due = given.claim(millis).await.leased;
            next = due.into_iter().find(|one| one.delivery.id == heavy).unwrap();
        }
        let mut attempt = answered(&next, 500, millis);
        attempt.response.as_mut().unwrap().body = vec![7; HEAVY].into();
        newest_first.insert(0, attempt.id.to_string());
        given.finish_with(&next, attempt, millis).await;
    }
    let of_heavy = AttemptFilter { delivery: Some(heavy.clone()), ..AttemptFilter::default() };
    heavy_pages_hold(
        &newest_first,
        |attempt: &Attempt| attempt.id.to_string(),
        async |page| given.store.attempts(&given.account, &of_heavy, &page).await,
    )
    .await;
    let numbers = async |asked: &[&DeliveryId]| -> Vec<Vec<u32>> {
        let asked: Vec<DeliveryId> = asked.iter().map(|id| (*id).clone()).collect();
        let found = given.store.attempts_of(&given.account, &asked, 100).await.unwrap();
        found.iter().map(|attempts| attempts.iter().map(|attempt| attempt.number).collect()).collect()
    };
    assert_eq!(numbers(&[&light, &heavy, &light]).await.len(), 1, "it ends before what is too much");
    assert_eq!(numbers(&[&heavy, &light]).await, [vec![4, 5], vec![1]], "the newest of the first");
}

/// E-08.
pub(crate) async fn numbers_have_no_gaps(store: Shared) {
    let mut given = Given::on(store).await;
    let mut leased = given.leased().await;
    let delivery = leased.delivery.id.clone();
    let mut now = 0;
    for step in 0..8 {
        now += 1_000;
        match step % 4 {
            // Failed; then retried by hand at once.
            0 | 1 => drop(given.answer(&leased, 500, now).await),
            // Given back: nothing is recorded.
            2 => given.release(&leased, 0).await,
            // Lost.
            _ => given.start_again(now).await,
        }
        given.store.retry_delivery(&given.account, &delivery, at(now)).await.unwrap();
        leased = given.claim_one(now).await;
    }
    let attempts = given.attempts(&leased).await;
    let numbers: Vec<_> = attempts.iter().rev().map(|attempt| attempt.number).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6], "E-08");
    for attempt in attempts {
        assert_eq!(attempt.id, AttemptId::of(&delivery, attempt.number));
    }
    assert_eq!(leased.number(), 7);
}

pub(crate) async fn filters_select_attempts(store: Shared) {
    let given = Given::on(store).await;
    let (one, _) = (given.add_webhook("one").await, given.add_webhook("two").await);
    let events = given.accept(2, 0).await;
    let leased = given.claim(0).await.leased;
    let mut ids = Vec::new();
    for (n, leased) in leased.iter().enumerate() {
        let status = if n == 0 { 200 } else { 500 };
        let attempt = answered(leased, status, n as i64);
        store_one(&given, leased, &attempt, 10).await;
        ids.push((attempt.id, leased));
    }
    let select = async |filter: AttemptFilter| {
        let page = given.store.attempts(&given.account, &filter, &first(100)).await.unwrap();
        page.items.into_iter().map(|attempt| attempt.id).collect::<Vec<_>>()
    };
    let expect = |wanted: &dyn Fn(usize, &Leased) -> bool| {
        let found = ids.iter().enumerate().filter(|(n, (_, leased))| wanted(*n, leased));
        let mut found: Vec<_> = found.map(|(_, (id, _))| id.clone()).collect();
        found.reverse();
        found
    };
    let any = AttemptFilter::default;
    assert_eq!(select(any()).await, expect(&|_, _| true));
    let delivery = leased[1].delivery.id.clone();
    let found = select(AttemptFilter { delivery: Some(delivery), ..any() }).await;
    assert_eq!(found, expect(&|n, _| n == 1));
    let found = select(AttemptFilter { webhook: Some(one.clone()), ..any() }).await;
    assert_eq!(found, expect(&|_, leased| leased.webhook.id == one));
    let found = select(AttemptFilter { event: Some(events[1].clone()), ..any() }).await;
    assert_eq!(found, expect(&|_, leased| leased.delivery.event == events[1]));
    let found = select(AttemptFilter { outcome: Some(Outcome::Delivered), ..any() }).await;
    assert_eq!(found, expect(&|n, _| n == 0));
    let started = Span { after: Some(at(0)), before: Some(at(3)) };
    assert_eq!(select(AttemptFilter { started, ..any() }).await, expect(&|n, _| n == 1 || n == 2));
    let lost = AttemptFilter { outcome: Some(Outcome::Lost), ..any() };
    assert!(select(lost).await.is_empty());
}

pub(crate) async fn pages_go_both_ways(store: Shared) {
    let given = Given::on(store).await;
    let mut leased = given.leased().await;
    let mut newest_first = Vec::new();
    for n in 0..6 {
        given.answer(&leased, 500, n).await;
        newest_first.insert(0, AttemptId::of(&leased.delivery.id, leased.number()).to_string());
        given.store.retry_delivery(&given.account, &leased.delivery.id, at(n)).await.unwrap();
        leased = given.claim_one(n).await;
    }
    let filter = &AttemptFilter::default();
    let read = |page: Page| {
        let given = &given;
        async move { given.store.attempts(&given.account, filter, &page).await }
    };
    pages_hold(&newest_first, |attempt: &Attempt| attempt.id.to_string(), read).await;
}

pub(crate) async fn another_accounts_attempt_is_not_found(store: Shared) {
    let given = Given::on(store).await;
    let leased = given.leased().await;
    given.answer(&leased, 200, 10).await;
    let (store, id) = (&given.store, AttemptId::of(&leased.delivery.id, 1));
    assert!(store.attempt(&given.account, &id).await.unwrap().is_some());
    assert_eq!(store.attempt(&stranger(), &id).await.unwrap(), None, "A-099");
    let filter = &AttemptFilter::default();
    let read = |page: Page| async move { store.attempts(&stranger(), filter, &page).await };
    strangers_page_holds(id.as_str(), read).await;
}
