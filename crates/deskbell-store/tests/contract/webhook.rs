//! Webhooks.

use crate::given::{
    Given, REST_MILLIS, Shared, at, first, pages_hold, recorded, stranger, strangers_page_holds,
};
use deskbell_core::attempt::Outcome;
use deskbell_core::delivery::{Leased, Status as Delivered};
use deskbell_core::id::{AccountId, WebhookId};
use deskbell_core::store::{Claim, Cursor, DeliveryFilter, Error, Page, Retried, WebhookSaved};
use deskbell_core::trigger::{Subscription, Trigger};
use deskbell_core::webhook::{DisableReason, Health, Status, Webhook, WebhookChange};

fn saved(verdict: WebhookSaved) -> Webhook {
    match verdict {
        WebhookSaved::Saved(webhook) => *webhook,
        other => panic!("not saved: {other:?}"),
    }
}

fn enabled(enabled: bool) -> WebhookChange {
    WebhookChange { enabled: Some(enabled), ..WebhookChange::default() }
}

fn named(name: &str) -> WebhookChange {
    WebhookChange { name: Some(name.into()), ..WebhookChange::default() }
}

pub(crate) async fn a_webhook_reads_back_as_it_was_saved(store: Shared) {
    let given = Given::on(store).await;
    let webhook = Webhook {
        events: vec![Subscription::One(Trigger::BookingNoShow), Subscription::ReachedOut],
        status: Status::Disabled { reason: DisableReason::Gone, at: at(5) },
        health: Health {
            last_success: Some(at(1)),
            failures_in_a_row: 2,
            rest_until: Some(at(3)),
            rests_in_a_row: 4,
            overloads: 5 << 29,
        },
        ..given.webhook("Zoë's \"hook\"")
    };
    let verdict = given.store.create_webhook(webhook.clone(), 100).await.unwrap();
    assert_eq!(saved(verdict), webhook);
    assert_eq!(given.store.webhook(&given.account, &webhook.id).await.unwrap(), Some(webhook));
    assert_eq!(given.store.webhook(&given.account, &WebhookId::from_text("WHK-1")).await.unwrap(), None);
}

pub(crate) async fn a_name_is_taken_once_in_an_account(store: Shared) {
    let given = Given::on(store).await;
    given.add_webhook("one").await;
    let again = given.store.create_webhook(given.webhook("one"), 100).await.unwrap();
    assert_eq!(again, WebhookSaved::NameTaken);
    given.add_webhook("One").await;
    let theirs = Webhook { account: stranger(), ..given.webhook("one") };
    saved(given.store.create_webhook(theirs, 100).await.unwrap());
    assert_eq!(given.store.webhooks(&given.account, &first(100)).await.unwrap().items.len(), 2);
}

pub(crate) async fn the_limit_counts_webhooks_that_are_not_deleted(store: Shared) {
    let given = Given::on(store).await;
    let (one, _) = (given.add_webhook("one").await, given.add_webhook("two").await);
    let third = || given.store.create_webhook(given.webhook("three"), 2);
    assert_eq!(third().await.unwrap(), WebhookSaved::TooMany);
    let theirs = Webhook { account: stranger(), ..given.webhook("three") };
    saved(given.store.create_webhook(theirs, 2).await.unwrap());
    assert!(given.store.delete_webhook(&given.account, &one, at(1)).await.unwrap());
    saved(third().await.unwrap());
}

///
pub(crate) async fn of_two_callers_with_one_name_one_wins(store: Shared) {
    let given = Given::on(store).await;
    let call = |name: String| {
        let (store, webhook) = (given.store.clone(), given.webhook(&name));
        tokio::spawn(async move { store.create_webhook(webhook, 10_000).await.unwrap() })
    };
    let pairs: Vec<_> = (0..1000).map(|n| [call(format!("n{n}")), call(format!("n{n}"))]).collect();
    for [one, other] in pairs {
        let verdicts = [one.await.unwrap(), other.await.unwrap()];
        let won = verdicts.iter().filter(|verdict| matches!(verdict, WebhookSaved::Saved(_))).count();
        let lost = verdicts.iter().filter(|verdict| **verdict == WebhookSaved::NameTaken).count();
        assert_eq!((won, lost), (1, 1), "A-160");
    }
}

pub(crate) async fn a_change_changes_what_it_names(store: Shared) {
    let given = Given::on(store).await;
    let id = given.add_webhook("one").await;
    let before = given.store.webhook(&given.account, &id).await.unwrap().unwrap();
    let change = WebhookChange {
        name: Some("two".into()),
        url: Some("https://elsewhere.example/".into()),
        events: Some(vec![Subscription::Conversations]),
        ..WebhookChange::default()
    };
    let change = given.store.change_webhook(&given.account, &id, &change, at(5)).await.unwrap();
    let after = Webhook {
        name: "two".into(),
        url: "https://elsewhere.example/".into(),
        events: vec![Subscription::Conversations],
        ..before
    };
    assert_eq!(saved(change), after);
    assert_eq!(given.store.webhook(&given.account, &id).await.unwrap(), Some(after.clone()));
    let off = given.store.change_webhook(&given.account, &id, &enabled(false), at(6)).await.unwrap();
    let disabled = Status::Disabled { reason: DisableReason::ByOwner, at: at(6) };
    assert_eq!(saved(off), Webhook { status: disabled, ..after });
}

pub(crate) async fn a_name_cannot_be_changed_to_a_taken_one(store: Shared) {
    let given = Given::on(store).await;
    let (one, _) = (given.add_webhook("one").await, given.add_webhook("two").await);
    let change = async |name: &str| {
        given.store.change_webhook(&given.account, &one, &named(name), at(1)).await.unwrap()
    };
    assert_eq!(change("two").await, WebhookSaved::NameTaken);
    assert_eq!(given.store.webhook(&given.account, &one).await.unwrap().unwrap().name, "one");
    saved(change("one").await);
}

pub(crate) async fn enabling_starts_afresh(store: Shared) {
    let given = Given::on(store).await;
    let leased = given.leased().await;
    given.answer(&leased, 429, 100).await;
    let id = &leased.webhook.id;
    let tired = given.store.webhook(&given.account, id).await.unwrap().unwrap();
    assert_eq!((tired.health.failures_in_a_row, tired.health.rest_until.is_some()), (1, true));
    given.store.change_webhook(&given.account, id, &enabled(false), at(200)).await.unwrap();
    let fresh = given.store.change_webhook(&given.account, id, &enabled(true), at(300)).await.unwrap();
    let fresh = saved(fresh);
    assert_eq!((fresh.status, fresh.health), (Status::Enabled, Health::default()));
    assert!(given.claim(LEASE_AFTER).await.leased.is_empty(), "what was cancelled stays so");
}

pub(crate) async fn a_rest_is_ended_by_hand_and_what_was_put_off_to_its_end_is_due(store: Shared) {
    let given = Given::on(store).await;
    let (ours, other) = (given.add_webhook("ours").await, given.add_webhook("other").await);
    let end = at(10 + REST_MILLIS);
    let mut put_off = Vec::new();
    for webhook in [&ours, &other] {
        given.accept_for(webhook, 1, 0).await;
        let busy = given.claim_one(0).await;
        given.answer(&busy, 429, 10).await;
        put_off.push(busy);
    }
    given.accept_for(&ours, 1, 20).await;
    assert!(given.claim(20).await.leased.is_empty(), "both rest");
    let resume = async |account: &AccountId, millis: i64| {
        let change = WebhookChange { end_rest: true, ..WebhookChange::default() };
        given.store.change_webhook(account, &ours, &change, at(millis)).await.unwrap()
    };
    assert_eq!(resume(&stranger(), 30).await, WebhookSaved::Unknown);
    let resumed = saved(resume(&given.account, 30).await);
    assert_eq!((resumed.health.rest_until, resumed.health.rests_in_a_row), (Some(at(30)), 0));
    assert_eq!(saved(resume(&given.account, 40).await), resumed, "there is no rest to end");
    assert_eq!(given.delivery(&put_off[0]).await.due, Some(at(30)));
    assert_eq!(given.delivery(&put_off[1]).await.due, Some(end), "another webhook's waits on");
    let probe = given.claim_one(40).await;
    assert_eq!(probe.webhook.id, ours);
    given.answer(&probe, 200, 41).await;
    let next = given.claim_one(41).await;
    assert_eq!(next.delivery.id, put_off[0].delivery.id);
}

pub(crate) async fn a_rest_that_a_retry_by_hand_prolonged_leaves_nothing_behind_when_it_is_ended(
    store: Shared,
) {
    let given = Given::on(store).await;
    let leased = given.leased().await;
    given.answer(&leased, 429, 10).await;
    let first_end = given.delivery(&leased).await.due;
    let delivery = &leased.delivery;
    assert!(matches!(
        given.store.retry_delivery(&given.account, &delivery.id, at(20)).await.unwrap(),
        Retried::Queued(_)
    ));
    let probe = given.claim_one(20).await;
    given.answer(&probe, 429, 30).await;
    let webhook = given.store.webhook(&given.account, &delivery.webhook).await.unwrap().unwrap();
    assert!(given.delivery(&leased).await.due == first_end && webhook.health.rest_until > first_end);
    let resume = WebhookChange { end_rest: true, ..WebhookChange::default() };
    saved(given.store.change_webhook(&given.account, &webhook.id, &resume, at(40)).await.unwrap());
    assert_eq!(given.delivery(&leased).await.due, Some(at(40)));
    assert_eq!(given.claim_one(40).await.delivery.id, delivery.id);
}

pub(crate) async fn a_webhook_that_is_off_has_no_rest_to_end(store: Shared) {
    let given = Given::on(store).await;
    let leased = given.leased().await;
    given.answer(&leased, 429, 10).await;
    let id = &leased.webhook.id;
    let off = given.store.change_webhook(&given.account, id, &enabled(false), at(20)).await.unwrap();
    let resume = WebhookChange { end_rest: true, ..WebhookChange::default() };
    let resumed = given.store.change_webhook(&given.account, id, &resume, at(30)).await.unwrap();
    assert_eq!(saved(resumed), saved(off));
}

const LEASE_AFTER: i64 = 10_000_000;

/// E-15, by its owner.
pub(crate) async fn disabling_cancels_all_and_only_its_own(store: Shared) {
    let given = Given::on(store).await;
    let (ours, other) = (given.add_webhook("ours").await, given.add_webhook("other").await);
    given.accept_for(&ours, 1, 0).await;
    let done = given.claim_one(0).await;
    given.answer(&done, 200, 10).await;
    let again = given.store.retry_delivery(&given.account, &done.delivery.id, at(15)).await.unwrap();
    assert!(matches!(again, Retried::Queued(_)));
    let waiting = given.store.delivery(&given.account, &done.delivery.id).await.unwrap().unwrap();
    assert_eq!((waiting.status, waiting.manual), (Delivered::Delivered, 1));

    given.accept(3, 20).await;
    let leased = given.take(Claim { limit: 4, ..given.asking_for(2, 20) }).await.leased;
    let by_hand = |lease: &&Leased| lease.delivery.id == done.delivery.id;
    let held = leased.iter().find(|lease| lease.webhook.id == ours && !by_hand(lease)).unwrap();
    given.release(leased.iter().find(by_hand).unwrap(), 0).await;
    given.store.change_webhook(&given.account, &ours, &enabled(false), at(30)).await.unwrap();

    let count = async |webhook: &WebhookId, status| {
        let filter = DeliveryFilter {
            webhook: Some(webhook.clone()),
            status: Some(status),
            ..DeliveryFilter::default()
        };
        given.store.deliveries(&given.account, &filter, &first(100)).await.unwrap().items.len()
    };
    assert_eq!(count(&ours, Delivered::Cancelled).await, 2, "E-15: all of them");
    assert_eq!(count(&ours, Delivered::Pending).await, 1, "the one that a machine holds goes on");
    assert_eq!(count(&other, Delivered::Pending).await, 3, "E-15: only its own");
    let kept = given.store.delivery(&given.account, &done.delivery.id).await.unwrap().unwrap();
    assert_eq!((kept.status, kept.manual, kept.due), (Delivered::Delivered, 0, None));
    assert_eq!(kept.settled, Some(at(10)));

    let ended = recorded(given.finish(held, Outcome::HeadTimeout, 40).await);
    assert_eq!((ended.status, ended.attempts, ended.due), (Delivered::Cancelled, 1, None));
    let events = given.accept(1, 50).await;
    let filter = DeliveryFilter { event: Some(events[0].clone()), ..DeliveryFilter::default() };
    let owed = given.store.deliveries(&given.account, &filter, &first(100)).await.unwrap().items;
    assert_eq!(owed.iter().map(|delivery| &delivery.webhook).collect::<Vec<_>>(), [&other]);
}

/// E-15: what a machine gives back after the webhook was turned off waits for nobody.
pub(crate) async fn what_is_given_back_after_it_was_turned_off_is_cancelled(store: Shared) {
    let given = Given::on(store).await;
    let webhook = given.add_webhook("one").await;
    given.accept(1, 0).await;
    let leased = given.claim_one(0).await;
    given.store.change_webhook(&given.account, &webhook, &enabled(false), at(10)).await.unwrap();
    given.release(&leased, 20).await;
    let ended = given.delivery(&leased).await;
    let end = (ended.status, ended.settled, ended.due, ended.is_leased(), ended.attempts);
    assert_eq!(end, (Delivered::Cancelled, Some(at(20)), None, false, 0));
    given.store.change_webhook(&given.account, &webhook, &enabled(true), at(30)).await.unwrap();
    assert!(given.claim(LEASE_AFTER).await.leased.is_empty(), "nor is it sent when it is on again");
}

pub(crate) async fn deleting_frees_the_name_and_cancels(store: Shared) {
    let given = Given::on(store).await;
    let id = given.add_webhook("one").await;
    given.accept(2, 0).await;
    assert!(given.store.delete_webhook(&given.account, &id, at(5)).await.unwrap());
    assert!(!given.store.delete_webhook(&given.account, &id, at(6)).await.unwrap());
    assert_eq!(given.store.webhook(&given.account, &id).await.unwrap(), None);
    let change = given.store.change_webhook(&given.account, &id, &enabled(true), at(6)).await.unwrap();
    assert_eq!(change, WebhookSaved::Unknown);
    let deliveries = given.store.deliveries(&given.account, &DeliveryFilter::default(), &first(100)).await;
    let deliveries = deliveries.unwrap().items;
    assert_eq!(deliveries.len(), 2);
    for delivery in deliveries {
        let end = (delivery.webhook, delivery.status, delivery.settled);
        assert_eq!(end, (id.clone(), Delivered::Cancelled, Some(at(5))), "E-15");
    }
    given.add_webhook("one").await;
}

pub(crate) async fn pages_leave_deleted_ones_out(store: Shared) {
    let given = Given::on(store).await;
    let mut ids = Vec::new();
    for n in 0..7 {
        ids.push(given.add_webhook(&format!("n{n}")).await);
    }
    let gone = ids.remove(3);
    given.store.delete_webhook(&given.account, &gone, at(1)).await.unwrap();
    let newest_first: Vec<String> = ids.iter().rev().map(ToString::to_string).collect();
    let read = |page: Page| {
        let given = &given;
        async move { given.store.webhooks(&given.account, &page).await }
    };
    pages_hold(&newest_first, |webhook: &Webhook| webhook.id.to_string(), read).await;
    let cursor = Some(Cursor::After(gone.to_string()));
    assert!(matches!(read(Page { limit: 2, cursor }).await, Err(Error::UnknownCursor)), "A-175: deleted");
}

pub(crate) async fn another_accounts_webhook_is_not_found(store: Shared) {
    let given = Given::on(store).await;
    let id = given.add_webhook("one").await;
    let store = &given.store;
    assert_eq!(store.webhook(&stranger(), &id).await.unwrap(), None, "A-099");
    let change = store.change_webhook(&stranger(), &id, &enabled(false), at(1)).await.unwrap();
    assert_eq!(change, WebhookSaved::Unknown, "A-099");
    assert!(!store.delete_webhook(&stranger(), &id, at(1)).await.unwrap(), "A-099");
    assert!(store.webhook(&given.account, &id).await.unwrap().unwrap().is_enabled());
    let read = |page: Page| async move { store.webhooks(&stranger(), &page).await };
    strangers_page_holds(id.as_str(), read).await;
}

/// A queue is cancelled in steps of a bounded size, and none of it is sent, however soon the webhook is on again.
pub(crate) async fn a_long_queue_is_cancelled_whole(store: Shared) {
    let given = Given::on(store).await;
    let (short, long) = (given.add_webhook("short").await, given.add_webhook("long").await);
    for _ in 0..13 {
        given.accept_for(&long, 100, 0).await;
    }
    given.accept_for(&short, 1, 0).await;
    let turn =
        async |on| given.store.change_webhook(&given.account, &long, &enabled(on), at(1)).await.unwrap();
    let is_left = async || {
        let filter = DeliveryFilter {
            webhook: Some(long.clone()),
            status: Some(Delivered::Pending),
            ..DeliveryFilter::default()
        };
        !given.store.deliveries(&given.account, &filter, &first(1)).await.unwrap().items.is_empty()
    };
    saved(turn(false).await);
    let mut claims = 0;
    while is_left().await {
        claims += 1;
        assert!(claims < 10, "each goes on with it");
        let claimed = given.claim(1).await;
        assert!(claimed.leased.iter().all(|leased| leased.webhook.id == short));
    }
    saved(turn(true).await);
    for _ in 0..13 {
        given.accept_for(&long, 100, 2).await;
    }
    saved(turn(false).await);
    saved(turn(true).await);
    assert!(!is_left().await, "what waited before is cancelled before it is on again");
    let left = given.claim(3).await.leased;
    assert!(left.iter().all(|leased| leased.webhook.id == short));
}

pub(crate) async fn many_are_looked_up_at_once(store: Shared) {
    let given = Given::on(store).await;
    let (one, two, gone) =
        (given.add_webhook("one").await, given.add_webhook("two").await, given.add_webhook("gone").await);
    given.store.delete_webhook(&given.account, &gone, at(1)).await.unwrap();
    let ids = [two.clone(), WebhookId::from_text("WHK-NONE"), gone, one.clone(), two.clone()];
    let names = |found: Vec<Option<Webhook>>| -> Vec<Option<String>> {
        found.into_iter().map(|webhook| webhook.map(|webhook| webhook.name)).collect()
    };
    let ours = names(given.store.webhooks_of(&given.account, &ids).await.unwrap());
    assert_eq!(ours, [Some("two".into()), None, None, Some("one".into()), Some("two".into())]);
    assert_eq!(given.store.webhooks_of(&stranger(), &ids).await.unwrap(), [const { None }; 5]);
    let rested = given.store.webhook(&given.account, &one).await.unwrap();
    assert_eq!(given.store.webhooks_of(&given.account, &[one]).await.unwrap(), [rested]);
}
