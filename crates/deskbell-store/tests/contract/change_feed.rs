//! The change feed.

use crate::given::{Given, HEAVY, Shared, answered, at, stranger};
use crate::inbox::{add, capture, heavy};
use deskbell_core::attempt::Outcome;
use deskbell_core::delivery::Status;
use deskbell_core::event::NewEvent;
use deskbell_core::store::{Accepted, Position};
use deskbell_core::trigger::Trigger;

const ALL: u64 = u64::MAX;

pub(crate) async fn what_is_appended_is_read_once_and_in_order(store: Shared) {
    let given = Given::on(store).await;
    let (store, account) = (&given.store, &given.account);
    assert_eq!(store.position(account).await.unwrap(), Position::default(), "nothing yet");
    let webhooks = [given.add_webhook("one").await, given.add_webhook("two").await];
    let ids = given.accept(5, 0).await;
    let inbox = add(&given).await;
    for millis in 0..5 {
        capture(&given, &inbox, millis).await;
    }
    for leased in given.claim(0).await.leased {
        given.finish(&leased, Outcome::HeadTimeout, 1).await;
    }

    let events = store.events_between(account, 0, ALL, 100).await.unwrap();
    assert_eq!(events.iter().map(|news| news.event.id.clone()).collect::<Vec<_>>(), ids);
    for news in &events {
        let to: Vec<_> = news.deliveries.iter().map(|delivery| delivery.webhook.clone()).collect();
        assert_eq!(to, webhooks, "all deliveries, in the order they were made");
    }
    let pages = [
        store.events_between(account, 0, ALL, 2).await.unwrap(),
        store.events_between(account, events[1].seq, events[2].seq, 2).await.unwrap(),
        store.events_between(account, events[2].seq, ALL, 2).await.unwrap(),
    ];
    assert_eq!(pages.concat(), events, "in pages: {pages:?}");

    let attempts = store.attempts_between(account, 0, ALL, 100).await.unwrap();
    assert_eq!(attempts.len(), 10, "five in flight for each webhook");
    assert!(attempts.windows(2).all(|two| two[0].seq < two[1].seq));
    for news in &attempts {
        assert_eq!((&news.delivery.id, news.delivery.attempts), (&news.attempt.delivery, 1), "as it is now");
        assert_eq!(news.delivery.status, Status::Pending);
    }
    let rest = store.attempts_between(account, attempts[3].seq, attempts[7].seq, 100).await.unwrap();
    assert_eq!(rest, attempts[4..8]);

    let captures = store.captures_between(account, 0, ALL, 100).await.unwrap();
    assert_eq!(captures.iter().map(|news| news.capture.number).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    assert!(captures.iter().all(|news| news.inbox.id == inbox.id && news.capture.inbox == inbox.id));
    let rest = store.captures_between(account, captures[0].seq, ALL, 2).await.unwrap();
    assert_eq!(rest, captures[1..3]);

    let end = store.position(account).await.unwrap();
    let last = Position { event: events[4].seq, attempt: attempts[9].seq, capture: captures[4].seq };
    assert_eq!(end, last);
    assert!(store.events_between(account, end.event, ALL, 9).await.unwrap().is_empty());
    assert!(store.attempts_between(account, end.attempt, ALL, 9).await.unwrap().is_empty());
    assert!(store.captures_between(account, end.capture, ALL, 9).await.unwrap().is_empty());
}

/// However many rows are asked for, what is read at once ends at a number of bytes.
pub(crate) async fn a_read_ends_at_a_number_of_bytes(store: Shared) {
    let given = Given::on(store).await;
    let (store, account) = (&given.store, &given.account);
    given.add_webhook("one").await;
    let inbox = add(&given).await;
    for millis in 0..5 {
        let mut new = given.event(Trigger::BookingScheduled);
        new.event.body = vec![b'0'; HEAVY].into();
        store.accept(vec![new], at(millis)).await.unwrap();
        heavy(&given, &inbox, millis).await;
    }
    for leased in given.claim(10).await.leased {
        let mut attempt = answered(&leased, 500, 10);
        attempt.response.as_mut().unwrap().body = vec![b'0'; HEAVY].into();
        given.finish_with(&leased, attempt, 10).await;
    }
    let events = store.events_between(account, 0, ALL, 100).await.unwrap();
    let attempts = store.attempts_between(account, 0, ALL, 100).await.unwrap();
    let captures = store.captures_between(account, 0, ALL, 100).await.unwrap();
    assert_eq!([events.len(), attempts.len(), captures.len()], [3; 3], "with the one that fills a page");
    let events = store.events_between(account, events[2].seq, ALL, 100).await.unwrap();
    let attempts = store.attempts_between(account, attempts[2].seq, ALL, 100).await.unwrap();
    let captures = store.captures_between(account, captures[2].seq, ALL, 100).await.unwrap();
    assert_eq!([events.len(), attempts.len(), captures.len()], [2; 3], "and the rest");
}

/// While others write, a look never sees an attempt whose event lies behind the place it looked at.
pub(crate) async fn a_position_holds_what_led_to_it(store: Shared) {
    let given = Given::on(store).await;
    given.add_webhook("one").await;
    let write = async {
        for _ in 0..40 {
            given.accept(1, 0).await;
            let leased = given.claim_one(0).await;
            given.finish(&leased, Outcome::Delivered, 1).await;
        }
    };
    let read = async {
        let (store, account) = (&given.store, &given.account);
        let (mut from, mut events, mut attempts) = (Position::default(), Vec::new(), Vec::new());
        while attempts.len() < 40 {
            let upto = store.position(account).await.unwrap();
            let news = store.events_between(account, from.event, upto.event, 100).await.unwrap();
            events.extend(news.into_iter().map(|news| news.event.id));
            for news in store.attempts_between(account, from.attempt, upto.attempt, 100).await.unwrap() {
                assert!(events.contains(&news.attempt.event), "an attempt before its event");
                attempts.push(news.attempt.id);
            }
            from = upto;
        }
        assert_eq!((events.len(), attempts.len()), (40, 40), "nothing twice, nothing missed");
    };
    tokio::join!(write, read);
}

pub(crate) async fn numbers_are_never_used_twice(store: Shared) {
    let given = Given::on(store).await;
    let (store, account) = (&given.store, &given.account);
    let inbox = add(&given).await;
    for millis in 0..3 {
        capture(&given, &inbox, millis).await;
    }
    let before = store.position(account).await.unwrap();
    store.delete_captures(account, &inbox.id, None).await.unwrap();
    assert!(store.captures_between(account, 0, ALL, 9).await.unwrap().is_empty(), "they are gone");
    capture(&given, &inbox, 4).await;
    let news = store.captures_between(account, before.capture, ALL, 9).await.unwrap();
    assert_eq!(news.iter().map(|news| news.capture.number).collect::<Vec<_>>(), [4]);
    store.delete_inbox(account, &inbox.id).await.unwrap();
    let other = add(&given).await;
    capture(&given, &other, 5).await;
    let news = store.captures_between(account, news[0].seq, ALL, 9).await.unwrap();
    assert_eq!(news.iter().map(|news| &news.inbox.id).collect::<Vec<_>>(), [&other.id]);
}

pub(crate) async fn another_accounts_tail_is_not_read(store: Shared) {
    let given = Given::on(store).await;
    given.leased().await;
    let inbox = add(&given).await;
    capture(&given, &inbox, 1).await;
    let (store, theirs) = (&given.store, stranger());
    assert_eq!(store.position(&theirs).await.unwrap(), Position::default(), "A-099");
    assert!(store.events_between(&theirs, 0, ALL, 9).await.unwrap().is_empty(), "A-099");
    assert!(store.attempts_between(&theirs, 0, ALL, 9).await.unwrap().is_empty(), "A-099");
    assert!(store.captures_between(&theirs, 0, ALL, 9).await.unwrap().is_empty(), "A-099");
    let before = store.position(&given.account).await.unwrap();
    let mut event = given.event(Trigger::BookingScheduled).event;
    event.account = theirs.clone();
    let new = NewEvent { event, idempotency: None, only: None, trace: None };
    let at = deskbell_core::time::from_millis(0);
    assert_eq!(store.accept(vec![new], at).await.unwrap(), [Accepted::New { deliveries: 0 }]);
    let theirs = store.events_between(&theirs, 0, ALL, 9).await.unwrap();
    assert_eq!(theirs.len(), 1);
    assert!(theirs[0].deliveries.is_empty(), "owed to nobody");
    assert_eq!(store.position(&given.account).await.unwrap(), before, "the end of one's own rows");
}
