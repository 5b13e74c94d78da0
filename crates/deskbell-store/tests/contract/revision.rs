//! What was changed of a webhook, and when.

use crate::given::{Given, Shared, at, stranger};
use deskbell_core::id::WebhookId;
use deskbell_core::store::{Retried, WebhookSaved};
use deskbell_core::trigger::{Subscription, Trigger};
use deskbell_core::webhook::history::KEPT;
use deskbell_core::webhook::{Change, DisableReason, Revision, WebhookChange};

async fn change(given: &Given, id: &WebhookId, change: WebhookChange, millis: i64) -> WebhookSaved {
    given.store.change_webhook(&given.account, id, &change, at(millis)).await.unwrap()
}

fn named(name: &str) -> WebhookChange {
    WebhookChange { name: Some(name.into()), ..WebhookChange::default() }
}

fn enabled(enabled: bool) -> WebhookChange {
    WebhookChange { enabled: Some(enabled), ..WebhookChange::default() }
}

async fn history(given: &Given, id: &WebhookId) -> Vec<Revision> {
    given.store.history(&given.account, id).await.unwrap()
}

fn one(millis: i64, change: Change) -> Revision {
    Revision { at: at(millis), changes: vec![change] }
}

pub(crate) async fn what_was_changed_of_a_webhook_reads_back_the_newest_first(store: Shared) {
    let given = Given::on(store).await;
    let (id, other) = (given.add_webhook("one").await, given.add_webhook("other").await);
    assert_eq!(history(&given, &id).await, [], "it was made, and never changed");
    let before = given.store.webhook(&given.account, &id).await.unwrap().unwrap();
    let (url, events) = (String::from("https://elsewhere.example/é?a=%00"), Trigger::BookingNoShow);
    let moved = WebhookChange {
        url: Some(url.clone()),
        events: Some(vec![Subscription::One(events), Subscription::ReachedOut]),
        ..WebhookChange::default()
    };
    change(&given, &id, moved, 5).await;
    change(&given, &id, named("Zoë's \"hook\""), 6).await;
    change(&given, &id, enabled(false), 7).await;
    change(&given, &id, enabled(true), 7).await;
    change(&given, &id, enabled(true), 8).await;
    assert_eq!(change(&given, &id, named("other"), 9).await, WebhookSaved::NameTaken);
    let moved = Revision {
        at: at(5),
        changes: vec![
            Change::Url { from: before.url, to: url },
            Change::Events {
                from: before.events,
                to: vec![Subscription::One(events), Subscription::ReachedOut],
            },
        ],
    };
    let expected = [
        one(7, Change::Enabled { reason: DisableReason::ByOwner, since: at(7) }),
        one(7, Change::Disabled { reason: DisableReason::ByOwner }),
        one(6, Change::Name { from: "one".into(), to: "Zoë's \"hook\"".into() }),
        moved,
    ];
    assert_eq!(history(&given, &id).await, expected, "what changed nothing is not told");
    assert_eq!(history(&given, &other).await, []);
    change(&given, &id, named("three"), 2).await;
    assert_eq!(history(&given, &id).await[0].at, at(7), "the clock was set back, and the order stays");
    assert_eq!(given.store.history(&stranger(), &id).await.unwrap(), []);
    assert!(given.store.delete_webhook(&given.account, &id, at(9)).await.unwrap());
    assert_eq!(history(&given, &id).await, []);
}

pub(crate) async fn what_turned_a_webhook_off_by_itself_is_told_and_how_it_does_is_not(store: Shared) {
    let given = Given::on(store).await;
    let id = given.add_webhook("one").await;
    given.accept(2, 0).await;
    let leased = given.claim(0).await.leased;
    given.answer(&leased[0], 503, 1).await;
    assert_eq!(history(&given, &id).await, []);
    let retried = given.store.retry_delivery(&given.account, &leased[0].delivery.id, at(1)).await.unwrap();
    assert!(matches!(retried, Retried::Queued(_)));
    assert_eq!(history(&given, &id).await, [], "a rest that ended is how it does");
    given.answer(&leased[1], 410, 2).await;
    assert_eq!(history(&given, &id).await, [one(2, Change::Disabled { reason: DisableReason::Gone })]);
}

pub(crate) async fn the_last_revisions_of_each_webhook_are_kept(store: Shared) {
    let given = Given::on(store).await;
    let (id, other) = (given.add_webhook("one").await, given.add_webhook("other").await);
    change(&given, &other, named("another"), 1).await;
    for n in 0..KEPT as i64 + 7 {
        change(&given, &id, named(&format!("n{n}")), n).await;
    }
    let kept: Vec<_> = history(&given, &id).await.into_iter().map(|revision| revision.at).collect();
    let expected: Vec<_> = (7..KEPT as i64 + 7).rev().map(at).collect();
    assert_eq!(kept, expected);
    assert_eq!(history(&given, &other).await.len(), 1);
}
