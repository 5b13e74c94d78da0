//! A wall clock that was set back: what was planned by the time before follows it, and nothing else.

use crate::given::{Given, REST_MILLIS, Shared, at, rules};
use deskbell_core::Timestamp;
use deskbell_core::store::{DeliveryFilter, Page, SetBack};
use std::time::Duration;

const HOUR_MILLIS: i64 = 3_600_000;
const HOUR: Duration = Duration::from_secs(3_600);

impl Given {
    /// The clock was set back by an hour, to `millis`; gives how many calls it took.
    async fn set_back(&self, millis: i64, limit: usize) -> usize {
        let mut next =
            Some(SetBack { by: HOUR, earlier: Duration::ZERO, now: at(millis), limit, behind: None });
        let mut calls = 0;
        while let Some(back) = next {
            next = self.store.set_back(back, &rules()).await.unwrap();
            calls += 1;
        }
        calls
    }

    async fn due(&self, leased: &deskbell_core::delivery::Leased) -> Option<Timestamp> {
        self.delivery(leased).await.due
    }
}

pub(crate) async fn what_was_planned_ahead_follows_a_clock_that_was_set_back(store: Shared) {
    let (given, _machine) = Given::with_machine(store, 0).await;
    let webhook = given.add_webhook("one").await;
    // One fails while the clock is right, one while it is an hour ahead, and one is made then.
    given.accept(1, 0).await;
    let before = given.claim_one(0).await;
    given.answer(&before, 500, 10).await;
    given.accept(1, 20).await;
    let ahead = given.claim_one(20).await;
    given.answer(&ahead, 500, HOUR_MILLIS + 10).await;
    let made = given.accept(1, HOUR_MILLIS + 20).await.remove(0);
    let planned = given.due(&before).await;
    assert_eq!(given.due(&ahead).await, Some(at(HOUR_MILLIS + 10 + 35_000)));

    given.set_back(1_000, 100).await;
    assert_eq!(given.due(&before).await, planned);
    assert_eq!(given.due(&ahead).await, Some(at(10 + 35_000)));
    let claimed = given.claim(1_000).await;
    assert_eq!(
        claimed.leased.iter().map(|one| &one.delivery.event).collect::<Vec<_>>(),
        [&made],
        "it is due"
    );
    assert_eq!(claimed.next_due, planned.min(Some(at(35_010))), "nobody sleeps for an hour");
    assert!(given.store.webhook(&given.account, &webhook).await.unwrap().unwrap().is_enabled());
}

pub(crate) async fn a_rest_that_began_ahead_ends_when_it_was_meant_to(store: Shared) {
    let (given, _machine) = Given::with_machine(store, 0).await;
    let webhook = given.add_webhook("one").await;
    given.accept(1, HOUR_MILLIS).await;
    let leased = given.claim_one(HOUR_MILLIS).await;
    given.answer(&leased, 429, HOUR_MILLIS + 5).await;
    let rest = |health: deskbell_core::webhook::Health| health.rest_until.unwrap();
    let rests = rest(given.store.webhook(&given.account, &webhook).await.unwrap().unwrap().health);
    assert!(rests > at(HOUR_MILLIS));
    given.set_back(0, 100).await;
    let ends = rest(given.store.webhook(&given.account, &webhook).await.unwrap().unwrap().health);
    assert_eq!(ends, deskbell_core::time::earlier(rests, HOUR));
    assert!(given.claim(REST_MILLIS).await.leased.is_empty());
    assert_eq!(
        given.claim_one(REST_MILLIS + 5).await.delivery.event,
        leased.delivery.event,
        "then it is probed"
    );
}

/// With many rows that takes a while, in which others fail.
pub(crate) async fn what_is_planned_while_the_queue_follows_the_clock_stays(store: Shared) {
    let (given, _machine) = Given::with_machine(store, 0).await;
    for name in ["one", "two"] {
        given.add_webhook(name).await;
    }
    given.accept(1, HOUR_MILLIS).await;
    let back = SetBack { by: HOUR, earlier: Duration::ZERO, now: at(0), limit: 1, behind: None };
    let next = given.store.set_back(back, &rules()).await.unwrap().unwrap();
    let first = given.claim_one(0).await;
    given.accept(1, 60_000).await;
    let late = given.claim(60_000).await.leased.into_iter().find(|one| one.webhook.id != first.webhook.id);
    let late = late.unwrap();
    given.answer(&late, 500, 60_000).await;
    let planned = given.due(&late).await;
    assert_eq!(planned, Some(at(95_000)));
    let mut next = Some(next);
    while let Some(back) = next {
        next = given.store.set_back(SetBack { now: at(61_000), ..back }, &rules()).await.unwrap();
    }
    assert_eq!(given.due(&late).await, planned);
}

/// With many: each call looks at a bounded number of rows, and all of them get their turn.
pub(crate) async fn a_long_queue_follows_the_clock_in_parts(store: Shared) {
    let (given, _machine) = Given::with_machine(store, 0).await;
    for name in ["one", "two", "three"] {
        given.add_webhook(name).await;
    }
    given.accept(7, HOUR_MILLIS).await;
    // 21 rows, all of them made in one millisecond: four parts of five, and one of one.
    assert_eq!(given.set_back(0, 5).await, 5);
    let page = Page { limit: 100, cursor: None };
    let all = given.store.deliveries(&given.account, &DeliveryFilter::default(), &page).await.unwrap().items;
    assert_eq!(all.iter().filter(|delivery| delivery.due == Some(at(0))).count(), 21);
}
