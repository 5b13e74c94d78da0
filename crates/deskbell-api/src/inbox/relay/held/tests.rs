//! Who waits, who takes, who answers.

use super::*;
use crate::parts::tests::StandingClock;
use deskbell_core::Clock as _;
use deskbell_core::door::SeededRandom;
use futures::FutureExt as _;
use tokio::sync::watch;

fn relay() -> Relay {
    Relay::new(Arc::new(Signals::new(watch::channel(false).1)))
}

fn capture(inbox: &InboxId, seed: u64) -> Capture {
    Capture {
        id: CaptureId::new(&SeededRandom::new(seed)),
        inbox: inbox.clone(),
        number: 1,
        received: StandingClock.now(),
        method: "POST".into(),
        path: String::new(),
        headers: Vec::new(),
        body: Bytes::new(),
        remote: None,
        answered: 0,
        event: None,
        note: None,
    }
}

fn reply(status: u16) -> Reply {
    Reply { status, headers: Vec::new(), body: Bytes::from_static(b"b") }
}

fn take(relay: &Relay, inbox: &InboxId, again: bool) -> Vec<Capture> {
    relay.take(inbox, again).captures
}

#[tokio::test]
async fn a_request_is_taken_once_and_answered_once() {
    let (relay, inbox) = (relay(), InboxId::from_text("INB-1"));
    let (first, second) = (capture(&inbox, 1), capture(&inbox, 2));
    let mut held = relay.hold(first.clone()).unwrap();
    let _second = relay.hold(second.clone()).unwrap();
    assert!(take(&relay, &InboxId::from_text("INB-2"), true).is_empty(), "another inbox's");
    assert_eq!(take(&relay, &inbox, false), [first.clone(), second.clone()], "oldest first");
    assert!(take(&relay, &inbox, false).is_empty(), "taken");
    assert_eq!(take(&relay, &inbox, true), [first.clone(), second.clone()], "again, by one who starts over");

    assert!(!relay.answer(&InboxId::from_text("INB-2"), &first.id, reply(200)), "another inbox's");
    assert!(relay.answer(&inbox, &first.id, reply(201)));
    assert!(!relay.answer(&inbox, &first.id, reply(202)), "answered");
    assert_eq!(held.reply().await, Some(reply(201)));
    assert_eq!(take(&relay, &inbox, true), [second]);
}

#[tokio::test]
async fn who_leaves_is_forgotten_and_who_comes_is_announced() {
    let (relay, inbox) = (relay(), InboxId::from_text("INB-1"));
    let (mut bell, mut other) = (relay.bells.hang(&inbox), relay.bells.hang(&InboxId::from_text("INB-2")));
    let gone = capture(&inbox, 3);
    let held = relay.hold(gone.clone()).unwrap();
    assert!(bell.rings().now_or_never().is_some());
    assert!(other.rings().now_or_never().is_none(), "another inbox's");
    drop(held);
    assert!(take(&relay, &inbox, true).is_empty());
    assert!(!relay.answer(&inbox, &gone.id, reply(200)));
    assert!(relay.lock().is_empty(), "nothing is kept of it");
}

#[tokio::test]
async fn an_inbox_holds_no_more_than_it_may() {
    let (relay, inbox) = (relay(), InboxId::from_text("INB-1"));
    let mut held: Vec<_> =
        (0..limit::HELD_PER_INBOX).map(|_| relay.hold(capture(&inbox, 4)).unwrap()).collect();
    assert!(relay.hold(capture(&inbox, 5)).is_none());
    assert!(relay.hold(capture(&InboxId::from_text("INB-2"), 7)).is_some(), "others have room");
    held.pop();
    assert!(relay.hold(capture(&inbox, 6)).is_some());
}

#[tokio::test]
async fn what_does_not_fit_into_one_answer_comes_with_the_next() {
    let (relay, inbox) = (relay(), InboxId::from_text("INB-1"));
    let large = |seed| Capture { body: vec![7; limit::PAGE_BYTES * 2 / 5].into(), ..capture(&inbox, seed) };
    let _held: Vec<_> = (0..5).map(|seed| relay.hold(large(seed)).unwrap()).collect();
    let take = |again| {
        let taken = relay.take(&inbox, again);
        (taken.captures.len(), taken.has_more)
    };
    assert_eq!([take(false), take(false)], [(2, true), (2, true)]);
    assert_eq!(
        [take(true), take(false), take(false)],
        [(2, true), (2, true), (1, false)],
        "from the first on"
    );
    assert_eq!(take(false), (0, false));
}
