//! What is old goes.

use crate::given::{Given, Shared, add_account, at, first, stranger};
use deskbell_core::attempt::Outcome;
use deskbell_core::event::{Idempotency, NewEvent};
use deskbell_core::id::{AccountId, DeliveryId, EventId, WebhookId};
use deskbell_core::retention::{FOR_EVER, Keep, OwnKeep};
use deskbell_core::store::{
    Accepted, AttemptFilter, Cut, DeliveryFilter, EventFilter, Expire, Expired, Position, Retried,
};
use deskbell_core::trigger::Trigger;
use std::time::Duration;

/// Everything is kept for this long in these cases, in milliseconds.
pub(crate) const KEPT: i64 = 1_000_000;

fn part(millis: i64, rows: usize) -> Expire {
    let keep = Keep::all(Duration::from_millis(KEPT.unsigned_abs()));
    Expire { now: at(millis), keep, rows, from: None }
}

/// All parts at that time, each of about so many rows; gives them.
pub(crate) async fn expire(given: &Given, millis: i64, rows: usize) -> Vec<Expired> {
    expire_bytes(given, millis, KEPT, rows).await
}

/// As [`expire`], with a time of its own for bytes.
async fn expire_bytes(given: &Given, millis: i64, kept_bytes: i64, rows: usize) -> Vec<Expired> {
    let (mut parts, mut next) = (Vec::new(), part(millis, rows));
    next.keep.payloads = Duration::from_millis(kept_bytes.unsigned_abs());
    loop {
        let done = given.store.expire(next).await.unwrap();
        parts.push(done);
        assert!(parts.len() < 1_000, "it comes to an end");
        match done.next {
            Some(from) => next.from = Some(from),
            None => return parts,
        }
    }
}

fn counts(parts: &[Expired]) -> [u64; 3] {
    let sum = |count: fn(&Expired) -> u64| parts.iter().map(count).sum();
    [sum(|part| part.events), sum(|part| part.deliveries), sum(|part| part.attempts)]
}

/// Whatever is due ends well, at that time.
pub(crate) async fn deliver(given: &Given, millis: i64) {
    loop {
        let leased = given.claim(millis).await.leased;
        if leased.is_empty() {
            return;
        }
        for leased in leased {
            given.finish(&leased, Outcome::Delivered, millis).await;
        }
    }
}

/// How many events, deliveries and attempts the account sees.
async fn seen(given: &Given, account: &AccountId) -> [usize; 3] {
    let (store, page) = (&given.store, first(100));
    [
        store.events(account, &EventFilter::default(), &page).await.unwrap().items.len(),
        store.deliveries(account, &DeliveryFilter::default(), &page).await.unwrap().items.len(),
        store.attempts(account, &AttemptFilter::default(), &page).await.unwrap().items.len(),
    ]
}

pub(crate) async fn what_is_over_and_old_goes_with_all_that_hangs_on_it(store: Shared) {
    let given = Given::on(store).await;
    let (store, account) = (&given.store, &given.account);
    let webhook = given.add_webhook("one").await;
    given.add_webhook("two").await;
    let old = given.accept(3, 0).await;
    deliver(&given, 10).await;
    let young = given.accept(2, 20).await;
    deliver(&given, 30).await;
    let record = store.records(account, std::slice::from_ref(&webhook), at(-3_600_000)).await.unwrap();
    assert_eq!(store.cut(account).await.unwrap(), Cut::default());

    assert_eq!(
        counts(&expire(&given, KEPT, 100).await),
        [0, 0, 0],
        "each is as old as it is kept, and no older"
    );
    assert_eq!(counts(&expire(&given, KEPT + 11, 100).await), [3, 6, 6]);
    assert_eq!(seen(&given, account).await, [2, 4, 4]);
    assert_eq!(store.cut(account).await.unwrap().events, Some(at(1)));
    assert_eq!(store.cut(&stranger()).await.unwrap(), Cut::default());
    for (ids, kept) in [(&old, false), (&young, true)] {
        for id in ids {
            let delivery = DeliveryId::of(id, &webhook);
            assert_eq!(store.event(account, id).await.unwrap().is_some(), kept);
            assert_eq!(store.delivery(account, &delivery).await.unwrap().is_some(), kept);
            let attempts = store.attempts_of(account, &[delivery], 9).await.unwrap();
            assert_eq!(attempts[0].len(), usize::from(kept));
        }
    }
    assert_eq!(
        store.records(account, &[webhook], at(-3_600_000)).await.unwrap(),
        record,
        "what was counted stays"
    );
    assert_eq!(counts(&expire(&given, KEPT + 11, 100).await), [0, 0, 0]);
    let for_ever = Expire { keep: Keep::all(FOR_EVER), ..part(1_000 * KEPT, 100) };
    assert_eq!(counts(&[given.store.expire(for_ever).await.unwrap()]), [0, 0, 0]);
}

pub(crate) async fn what_is_not_over_stays(store: Shared) {
    let given = Given::on(store).await;
    let webhook = given.add_webhook("one").await;
    // One that waits for its next try, one in flight, one retried by hand, and one that is over.
    let [waits, flies, by_hand, over] = [0, 1, 2, 3].map(|_| given.event(Trigger::BookingScheduled));
    let ids = [&waits, &flies, &by_hand, &over].map(|new| new.event.id.clone());
    given.store.accept(vec![waits, by_hand, over], at(0)).await.unwrap();
    for leased in given.claim(0).await.leased {
        let outcome = if leased.delivery.event == ids[0] { Outcome::HeadTimeout } else { Outcome::Delivered };
        given.finish(&leased, outcome, 0).await;
    }
    let retried = given.store.retry_delivery(&given.account, &DeliveryId::of(&ids[2], &webhook), at(0)).await;
    assert!(matches!(retried.unwrap(), Retried::Queued(_)));
    given.store.accept(vec![flies], at(0)).await.unwrap();
    let asked = given.claim(0).await.leased;
    let flying = asked.iter().find(|leased| leased.delivery.event == ids[1]).unwrap();
    for leased in &asked {
        if leased.delivery.event == ids[2] {
            given.store.release(vec![crate::given::unspent(leased)], at(0)).await.unwrap();
        }
    }

    assert_eq!(counts(&expire(&given, 2 * KEPT, 100).await), [1, 1, 1], "E-24: only what is over");
    for (id, kept) in ids.iter().zip([true, true, true, false]) {
        assert_eq!(given.store.event(&given.account, id).await.unwrap().is_some(), kept, "E-24");
    }
    // What is recorded as late as this has happened now.
    given.finish(flying, Outcome::Delivered, 2 * KEPT).await;
    assert_eq!(counts(&expire(&given, 2 * KEPT, 100).await), [0, 0, 0]);
    assert_eq!(counts(&expire(&given, 3 * KEPT + 1, 100).await), [1, 1, 1]);
}

pub(crate) async fn what_happened_lately_keeps_its_event(store: Shared) {
    let given = Given::on(store).await;
    let webhook = given.add_webhook("one").await;
    let [id]: [EventId; 1] = given.accept(1, 0).await.try_into().unwrap();
    deliver(&given, 0).await;
    given.store.retry_delivery(&given.account, &DeliveryId::of(&id, &webhook), at(KEPT)).await.unwrap();
    deliver(&given, KEPT).await;
    assert_eq!(counts(&expire(&given, 2 * KEPT, 100).await), [0, 0, 0]);
    assert_eq!(counts(&expire(&given, 2 * KEPT + 1, 100).await), [1, 1, 2]);
}

pub(crate) async fn parts_go_on_where_the_last_one_ended(store: Shared) {
    let given = Given::on(store).await;
    given.add_webhook("one").await;
    for n in 0..5 {
        let id = AccountId::from_text(format!("ACC-{n}"));
        add_account(&*given.store, id.clone(), &format!("{n}@mail.example")).await;
        let of = |mut new: NewEvent| {
            new.event.account = id.clone();
            new
        };
        let events = (0..n).map(|_| of(given.event(Trigger::BookingScheduled))).collect();
        given.store.accept(events, at(n)).await.unwrap();
    }
    given.accept(7, 0).await;
    deliver(&given, 10).await;
    // One in the midst of them is not over.
    given.accept(1, 11).await;
    given.accept(7, 12).await;
    let due = given.claim(13).await.leased;
    for leased in &due[1..] {
        given.finish(leased, Outcome::Delivered, 13).await;
    }
    deliver(&given, 13).await;

    let parts = expire(&given, KEPT + 100, 4).await;
    assert_eq!(counts(&parts), [24, 14, 14]);
    let rows = |part: &Expired| part.events + part.deliveries + part.attempts;
    assert!(parts.iter().all(|part| rows(part) <= 4 + 2), "about 4 rows a part: {parts:?}");
    assert_eq!(seen(&given, &given.account).await, [1, 1, 0]);
    for n in 0..5 {
        assert_eq!(seen(&given, &AccountId::from_text(format!("ACC-{n}"))).await, [0, 0, 0]);
    }
}

pub(crate) async fn an_event_with_more_rows_than_a_part_is_gone_at_once(store: Shared) {
    let given = Given::on(store).await;
    let mut webhooks: Vec<WebhookId> = Vec::new();
    for n in 0..20 {
        webhooks.push(given.add_webhook(&format!("w{n}")).await);
    }
    let ids = given.accept(2, 0).await;
    deliver(&given, 0).await;
    let (store, account) = (&given.store, &given.account);
    let (mut sum, mut next) = (Vec::new(), part(KEPT + 1, 5));
    loop {
        let done = store.expire(next).await.unwrap();
        sum.push(done);
        // Of each event everything can be seen, or nothing.
        let page = first(100);
        for id in &ids {
            let whole = store.event(account, id).await.unwrap().map_or(0, |_| 20);
            let of_event = DeliveryFilter { event: Some(id.clone()), ..DeliveryFilter::default() };
            assert_eq!(store.deliveries(account, &of_event, &page).await.unwrap().items.len(), whole);
            let of_event = AttemptFilter { event: Some(id.clone()), ..AttemptFilter::default() };
            assert_eq!(store.attempts(account, &of_event, &page).await.unwrap().items.len(), whole);
            let delivery = DeliveryId::of(id, &webhooks[19]);
            assert_eq!(store.delivery(account, &delivery).await.unwrap().is_some(), whole > 0);
            if whole == 0 {
                let retried = store.retry_delivery(account, &delivery, at(KEPT + 1)).await.unwrap();
                assert_eq!(retried, Retried::Unknown, "C-55: refused");
            }
        }
        match done.next {
            Some(from) => next.from = Some(from),
            None => break,
        }
    }
    assert_eq!(counts(&sum), [2, 40, 40]);
}

pub(crate) async fn a_retry_by_hand_is_whole_or_refused(store: Shared) {
    let given = Given::on(store).await;
    let webhook = given.add_webhook("one").await;
    let mut ids = Vec::new();
    for _ in 0..10 {
        ids.extend(given.accept(10, 0).await);
    }
    deliver(&given, 0).await;
    let (store, account) = (given.store.clone(), given.account.clone());
    let asked = ids.clone();
    let retrying = tokio::spawn(async move {
        let mut answers = Vec::new();
        // The newest first: the two meet in the middle.
        for id in asked.iter().rev() {
            answers.push(
                store.retry_delivery(&account, &DeliveryId::of(id, &webhook), at(KEPT + 1)).await.unwrap(),
            );
        }
        answers
    });
    let parts = expire(&given, KEPT + 1, 6).await;
    let answers = retrying.await.unwrap();
    let queued = answers.iter().filter(|answer| matches!(answer, Retried::Queued(_))).count();
    assert_eq!(counts(&parts)[0] as usize + queued, ids.len(), "C-55");
    for (id, answer) in ids.iter().rev().zip(&answers) {
        let there = given.store.event(&given.account, id).await.unwrap().is_some();
        assert_eq!(there, *answer != Retried::Unknown, "C-55: {answer:?}");
    }
    let mut made = 0;
    loop {
        let leased = given.claim(KEPT + 2).await.leased;
        if leased.is_empty() {
            break;
        }
        made += leased.len();
        for leased in leased {
            assert!(!leased.body.is_empty());
            given.finish(&leased, Outcome::Delivered, KEPT + 2).await;
        }
    }
    assert_eq!(made, queued, "C-55: what was promised is made");
}

pub(crate) async fn a_position_never_goes_back(store: Shared) {
    let given = Given::on(store).await;
    let (store, account) = (&given.store, &given.account);
    given.add_webhook("one").await;
    given.accept(3, 0).await;
    deliver(&given, 0).await;
    let end = store.position(account).await.unwrap();
    assert_eq!(counts(&expire(&given, KEPT + 1, 100).await), [3, 3, 3]);
    assert_eq!(store.position(account).await.unwrap(), end, "it is where it was, with nothing left");
    assert_eq!(store.cut(account).await.unwrap().last, end);
    assert!(store.events_between(account, 0, u64::MAX, 9).await.unwrap().is_empty());
    assert!(store.attempts_between(account, 0, u64::MAX, 9).await.unwrap().is_empty());
    assert_eq!(store.position(&stranger()).await.unwrap(), Position::default());
    // Also by a clock that was set back meanwhile.
    let [id]: [EventId; 1] = given.accept(1, -KEPT).await.try_into().unwrap();
    deliver(&given, -KEPT).await;
    let events = store.events_between(account, end.event, u64::MAX, 9).await.unwrap();
    assert_eq!(events.iter().map(|news| news.event.id.clone()).collect::<Vec<_>>(), [id]);
    assert_eq!(store.attempts_between(account, end.attempt, u64::MAX, 9).await.unwrap().len(), 1);
}

pub(crate) async fn an_idempotency_key_is_remembered_for_its_time(store: Shared) {
    let given = Given::on(store).await;
    let store = &given.store;
    let keyed = |key: &str| {
        let new = given.event(Trigger::BookingScheduled);
        NewEvent { idempotency: Some(Idempotency { key: key.into(), digest: [1; 32] }), ..new }
    };
    let (old, young) = (keyed("old"), keyed("young"));
    let ids = [&old, &young].map(|new| new.event.id.clone());
    store.accept(vec![old], at(0)).await.unwrap();
    store.accept(vec![young], at(5)).await.unwrap();
    let again = || async { store.accept(vec![keyed("old"), keyed("young")], at(6)).await.unwrap() };
    let duplicate = |id: &EventId| Accepted::Duplicate { event: id.clone() };
    assert_eq!(store.forget_keys(at(0), 9).await.unwrap(), 0);
    assert_eq!(again().await, [duplicate(&ids[0]), duplicate(&ids[1])]);
    assert_eq!(store.forget_keys(at(5), 9).await.unwrap(), 1);
    assert_eq!(again().await, [Accepted::New { deliveries: 0 }, duplicate(&ids[1])]);
    assert_eq!(store.forget_keys(at(7), 1).await.unwrap(), 1, "so many at a time");
    assert_eq!(store.forget_keys(at(7), 9).await.unwrap(), 1);
    // A key whose event is gone is as good as none.
    let third = keyed("third");
    store.accept(vec![third], at(10)).await.unwrap();
    assert_eq!(counts(&expire(&given, KEPT + 20, 100).await)[0], 4);
    assert_eq!(
        store.accept(vec![keyed("third")], at(KEPT + 20)).await.unwrap(),
        [Accepted::New { deliveries: 0 }]
    );
    let repeat = store.accept(vec![keyed("third")], at(KEPT + 20)).await.unwrap();
    assert!(matches!(repeat[..], [Accepted::Duplicate { .. }]));
    // Also where another event has its id.
    let last = keyed("last");
    let same_id = NewEvent { idempotency: None, ..last.clone() };
    store.accept(vec![last], at(KEPT + 20)).await.unwrap();
    expire(&given, 2 * KEPT + 30, 100).await;
    let accepted = [same_id, keyed("last")].map(|new| store.accept(vec![new], at(2 * KEPT + 30)));
    for accepted in futures::future::join_all(accepted).await {
        assert_eq!(accepted.unwrap(), [Accepted::New { deliveries: 0 }]);
    }
}

pub(crate) async fn bytes_may_go_before_the_rest(store: Shared) {
    let given = Given::on(store).await;
    let (store, account) = (&given.store, &given.account);
    let webhook = given.add_webhook("one").await;
    let [waiting]: [EventId; 1] = given.accept(1, 0).await.try_into().unwrap();
    let old = given.accept(5, 1).await;
    for leased in given.claim(1).await.leased {
        let outcome =
            if leased.delivery.event == waiting { Outcome::HeadTimeout } else { Outcome::Delivered };
        given.finish(&leased, outcome, 1).await;
    }
    deliver(&given, 1).await;
    let young = given.accept(1, 300).await;
    deliver(&given, 300).await;
    let whole = store.event(account, &old[0]).await.unwrap().unwrap();
    assert!(!whole.payload_deleted && !whole.body.is_empty());
    let sum = |parts: Vec<Expired>| parts.iter().map(|part| part.payloads).sum::<u64>();

    assert_eq!(sum(expire_bytes(&given, 101, 100, 2).await), 0, "each is as old as it is kept, and no older");
    let parts = expire_bytes(&given, 250, 100, 2).await;
    assert_eq!((counts(&parts), sum(parts)), ([0, 0, 0], 5));
    assert_eq!(seen(&given, account).await, [7, 7, 7], "all is there but the bytes");
    for (id, kept) in [(&old[0], false), (&old[4], false), (&waiting, true), (&young[0], true)] {
        let event = store.event(account, id).await.unwrap().unwrap();
        assert_eq!((event.payload_deleted, event.body.is_empty()), (!kept, !kept), "{id}");
        assert!(!event.is_damaged());
    }
    assert_eq!(store.event(account, &old[0]).await.unwrap().unwrap().digest().len(), 64);
    assert_eq!(store.cut(account).await.unwrap().payloads, Some(at(2)));
    assert_eq!(store.cut(account).await.unwrap().events, None);
    let retried = store.retry_delivery(account, &DeliveryId::of(&old[0], &webhook), at(251)).await.unwrap();
    assert_eq!(retried, Retried::PayloadDeleted, "C-55: there is nothing to send");
    assert_eq!(sum(expire_bytes(&given, 250, 100, 2).await), 0, "once");

    // What was not over goes when it is, and as old.
    let last = given.claim(KEPT / 2).await.leased;
    assert_eq!(last.len(), 1);
    assert!(!last[0].body.is_empty(), "and is sent whole until then");
    given.finish(&last[0], Outcome::Delivered, KEPT / 2).await;
    assert_eq!(sum(expire_bytes(&given, KEPT / 2, 100, 2).await), 1, "the young one has come into its age");
    assert_eq!(sum(expire_bytes(&given, KEPT / 2 + 101, 100, 2).await), 1);
    assert!(store.event(account, &waiting).await.unwrap().unwrap().payload_deleted);
    let parts = expire_bytes(&given, KEPT + 301, 100, 2).await;
    assert_eq!((counts(&parts), sum(parts)), ([6, 6, 6], 0), "and in time the rest goes");
}

pub(crate) async fn an_account_may_keep_for_a_time_of_its_own(store: Shared) {
    let given = Given::on(store).await;
    let (store, account) = (&given.store, &given.account);
    let of = |mut new: NewEvent, account: &AccountId| {
        new.event.account = account.clone();
        new
    };
    for account in [account, &stranger()] {
        let events = (0..3).map(|_| of(given.event(Trigger::BookingScheduled), account)).collect();
        store.accept(events, at(0)).await.unwrap();
    }
    assert_eq!(store.own_keep(account).await.unwrap(), OwnKeep::default());
    let own = OwnKeep { events: Some(FOR_EVER), payloads: Some(Duration::from_millis(50)) };
    assert!(store.set_own_keep(account, own).await.unwrap());
    assert_eq!(store.own_keep(account).await.unwrap(), own);
    assert!(!store.set_own_keep(&AccountId::from_text("ACC-NOBODY"), own).await.unwrap());

    let parts = expire(&given, 2 * KEPT, 2).await;
    assert_eq!(counts(&parts), [3, 0, 0]);
    assert_eq!(parts.iter().map(|part| part.payloads).sum::<u64>(), 3);
    assert_eq!([seen(&given, account).await[0], seen(&given, &stranger()).await[0]], [3, 0]);
    assert!(store.set_own_keep(account, OwnKeep::default()).await.unwrap());
    assert_eq!(counts(&expire(&given, 2 * KEPT, 2).await), [3, 0, 0], "as the instance has it");
}
