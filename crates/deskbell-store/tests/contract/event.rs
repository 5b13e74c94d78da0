//! Events: accepted with their deliveries, repeated, and listed.

use crate::given::{
    Given, HEAVY, Shared, at, first, heavy_pages_hold, pages_hold, stranger, strangers_page_holds,
};
use bytes::Bytes;
use deskbell_core::delivery::{Delivery, Status};
use deskbell_core::event::{Event, Idempotency, NewEvent, Origin};
use deskbell_core::id::{DeliveryId, EventId, WebhookId};
use deskbell_core::store::{Accepted, DeliveryFilter, EventFilter, Page, Span};
use deskbell_core::trigger::{Subscription, Trigger};
use deskbell_core::webhook::{DisableReason, Status as WebhookStatus, Webhook};

async fn accept(given: &Given, event: &NewEvent) -> Accepted {
    given.store.accept(vec![event.clone()], at(0)).await.unwrap().remove(0)
}

fn keyed(given: &Given, key: &str, content: u8) -> NewEvent {
    let idempotency = Some(Idempotency { key: key.into(), digest: [content; 32] });
    NewEvent { idempotency, ..given.event(Trigger::BookingScheduled) }
}

async fn count(given: &Given) -> (usize, usize) {
    let events = given.store.events(&given.account, &EventFilter::default(), &first(100)).await.unwrap();
    let filter = DeliveryFilter::default();
    let deliveries = given.store.deliveries(&given.account, &filter, &first(100)).await.unwrap();
    (events.items.len(), deliveries.items.len())
}

pub(crate) async fn a_page_of_events_is_one_look(store: Shared) {
    let given = Given::on(store).await;
    let mut ids = given.accept(3, 0).await;
    ids.insert(1, EventId::from_text("EVNT-1"));
    ids.reverse();
    let found = async |account| {
        let found = given.store.events_of(account, &ids).await.unwrap();
        found.into_iter().map(|event| event.map(|event| event.id)).collect::<Vec<_>>()
    };
    let [last, second, _, first] = [0, 1, 2, 3].map(|at| Some(ids[at].clone()));
    assert_eq!(found(&given.account).await, [last, second, None, first], "in the order asked for");
    assert_eq!(found(&stranger()).await, vec![None; 4], "A-099");
    assert!(given.store.events_of(&given.account, &[]).await.unwrap().is_empty());
}

/// A list is read up to a number of bytes, however large its events are.
pub(crate) async fn a_page_ends_at_a_number_of_bytes(store: Shared) {
    let given = Given::on(store).await;
    let mut ids = Vec::new();
    for nth in 0..5u8 {
        let mut new = given.event(Trigger::BookingScheduled);
        new.event.body = vec![nth; HEAVY].into();
        ids.insert(0, new.event.id.clone());
        accept(&given, &new).await;
    }
    let newest_first: Vec<String> = ids.iter().map(ToString::to_string).collect();
    heavy_pages_hold(
        &newest_first,
        |event: &Event| event.id.to_string(),
        async |page| given.store.events(&given.account, &EventFilter::default(), &page).await,
    )
    .await;
    let found = given.store.events_of(&given.account, &ids).await.unwrap();
    assert_eq!(found.len(), 3, "with the one that fills a page");
}

pub(crate) async fn an_event_reads_back_and_is_owed_to_those_who_want_it(store: Shared) {
    let given = Given::on(store).await;
    let wanting = |name: &str, events| Webhook { events, ..given.webhook(name) };
    let exact = wanting("exact", vec![Subscription::One(Trigger::BookingNoShow), Subscription::Bookings]);
    let composite = wanting("composite", vec![Subscription::Bookings]);
    let other = wanting("other", vec![Subscription::Conversations]);
    let off = WebhookStatus::Disabled { reason: DisableReason::ByOwner, at: at(0) };
    let disabled = Webhook { status: off, ..given.webhook("disabled") };
    let theirs = Webhook { account: stranger(), ..given.webhook("theirs") };
    for webhook in [&exact, &composite, &other, &disabled, &theirs] {
        given.store.create_webhook(webhook.clone(), 100).await.unwrap();
    }
    let deleted = given.add_webhook("deleted").await;
    given.store.delete_webhook(&given.account, &deleted, at(0)).await.unwrap();

    let mut new = given.event(Trigger::BookingNoShow);
    new.event.subject = Some("BKNG-1".into());
    new.event.origin = Origin::Sandbox;
    new.event.body = Bytes::from_static(b"{\"z\": 1e-7}\xff\0");
    let verdict = given.store.accept(vec![new.clone()], at(40)).await.unwrap();
    assert_eq!(verdict, [Accepted::New { deliveries: 2 }]);
    let read = given.store.event(&given.account, &new.event.id).await.unwrap();
    assert_eq!(read, Some(new.event.clone()));
    for webhook in [&exact, &composite] {
        let id = DeliveryId::of(&new.event.id, &webhook.id);
        let delivery = given.store.delivery(&given.account, &id).await.unwrap().unwrap();
        assert_eq!(delivery, Delivery::new(&new.event, &webhook.id, at(40)), "A-166: one for each");
        assert_eq!(delivery.status, Status::Pending);
    }
    assert_eq!(count(&given).await, (1, 2));
}

pub(crate) async fn an_event_for_one_webhook_goes_to_no_other(store: Shared) {
    let given = Given::on(store).await;
    given.add_webhook("everything").await;
    let nothing = Webhook { events: vec![], ..given.webhook("nothing") };
    let off = WebhookStatus::Disabled { reason: DisableReason::ByOwner, at: at(0) };
    let disabled = Webhook { status: off, ..given.webhook("disabled") };
    let theirs = Webhook { account: stranger(), ..given.webhook("theirs") };
    for webhook in [&nothing, &disabled, &theirs] {
        given.store.create_webhook(webhook.clone(), 100).await.unwrap();
    }
    let deleted = given.add_webhook("deleted").await;
    given.store.delete_webhook(&given.account, &deleted, at(0)).await.unwrap();
    let only = |id: &WebhookId| NewEvent { only: Some(id.clone()), ..given.event(Trigger::BookingNoShow) };
    for id in [&disabled.id, &theirs.id, &deleted, &WebhookId::from_text("WHK-1")] {
        assert_eq!(accept(&given, &only(id)).await, Accepted::NoWebhook, "{id}");
    }
    assert_eq!(count(&given).await, (0, 0));
    assert_eq!(accept(&given, &only(&nothing.id)).await, Accepted::New { deliveries: 1 });
    assert_eq!(count(&given).await, (1, 1));
}

///
pub(crate) async fn a_repeat_changes_nothing_and_other_content_conflicts(store: Shared) {
    let given = Given::on(store).await;
    given.add_webhook("one").await;
    let original = keyed(&given, "k", 1);
    let event = original.event.id.clone();
    assert_eq!(accept(&given, &original).await, Accepted::New { deliveries: 1 });
    let duplicate = Accepted::Duplicate { event: event.clone() };
    assert_eq!(accept(&given, &keyed(&given, "k", 1)).await, duplicate, "A-112");
    assert_eq!(accept(&given, &original).await, duplicate, "A-112: the very same call");
    assert_eq!(accept(&given, &keyed(&given, "k", 2)).await, Accepted::Conflict { event }, "A-112");
    assert_eq!(count(&given).await, (1, 1));

    assert_eq!(accept(&given, &keyed(&given, "K", 2)).await, Accepted::New { deliveries: 1 });
    let mut theirs = keyed(&given, "k", 2);
    theirs.event.account = stranger();
    assert_eq!(accept(&given, &theirs).await, Accepted::New { deliveries: 0 }, "keys are the account's own");

    // A call that stored nothing has used no key.
    let missing = NewEvent { only: Some(WebhookId::from_text("WHK-1")), ..keyed(&given, "m", 1) };
    assert_eq!(accept(&given, &missing).await, Accepted::NoWebhook);
    assert_eq!(accept(&given, &keyed(&given, "m", 2)).await, Accepted::New { deliveries: 1 });
}

pub(crate) async fn a_taken_id_stores_nothing(store: Shared) {
    let given = Given::on(store).await;
    given.add_webhook("one").await;
    let original = given.event(Trigger::BookingScheduled);
    accept(&given, &original).await;
    let mut again = keyed(&given, "k", 1);
    again.event.id = original.event.id.clone();
    again.event.trigger = Trigger::BookingCanceled;
    assert_eq!(accept(&given, &again).await, Accepted::IdTaken);
    again.event.account = stranger();
    assert_eq!(accept(&given, &again).await, Accepted::IdTaken);
    let read = given.store.event(&given.account, &original.event.id).await.unwrap();
    assert_eq!(read, Some(original.event));
    assert_eq!(count(&given).await, (1, 1));
    assert_eq!(accept(&given, &keyed(&given, "k", 2)).await, Accepted::New { deliveries: 1 });
}

pub(crate) async fn a_batch_has_a_verdict_for_each_in_order(store: Shared) {
    let given = Given::on(store).await;
    given.add_webhook("one").await;
    let first = keyed(&given, "k", 1);
    let event = first.event.id.clone();
    let batch = vec![
        first.clone(),
        keyed(&given, "k", 1),
        keyed(&given, "k", 2),
        NewEvent { only: Some(WebhookId::from_text("WHK-1")), ..given.event(Trigger::BookingNoShow) },
        NewEvent { event: first.event, idempotency: None, only: None, trace: None },
        given.event(Trigger::ConversationClosed),
    ];
    let verdicts = given.store.accept(batch, at(0)).await.unwrap();
    assert_eq!(
        verdicts,
        [
            Accepted::New { deliveries: 1 },
            Accepted::Duplicate { event: event.clone() },
            Accepted::Conflict { event },
            Accepted::NoWebhook,
            Accepted::IdTaken,
            Accepted::New { deliveries: 1 },
        ]
    );
    assert_eq!(count(&given).await, (2, 2));
    assert!(given.store.accept(Vec::new(), at(0)).await.unwrap().is_empty());
}

pub(crate) async fn filters_select_events(store: Shared) {
    let given = Given::on(store).await;
    let bookings = Webhook { events: vec![Subscription::Bookings], ..given.webhook("bookings") };
    let webhook = bookings.id.clone();
    given.store.create_webhook(bookings, 100).await.unwrap();
    let triggers = [Trigger::BookingScheduled, Trigger::ConversationClosed, Trigger::BookingScheduled];
    let mut ids = Vec::new();
    for (n, trigger) in triggers.into_iter().enumerate() {
        let mut new = given.event(trigger);
        new.event.created = at(n as i64 * 10);
        new.event.subject = (n < 2).then(|| "S".into());
        ids.push(new.event.id.clone());
        accept(&given, &new).await;
    }
    let select = async |filter: EventFilter| {
        let page = given.store.events(&given.account, &filter, &first(100)).await.unwrap();
        let found: Vec<_> =
            page.items.iter().map(|event| ids.iter().position(|id| *id == event.id)).collect();
        found.into_iter().flatten().collect::<Vec<_>>()
    };
    let any = EventFilter::default;
    assert_eq!(select(any()).await, [2, 1, 0]);
    assert_eq!(select(EventFilter { trigger: Some(triggers[0]), ..any() }).await, [2, 0]);
    assert_eq!(select(EventFilter { subject: Some("S".into()), ..any() }).await, [1, 0]);
    assert_eq!(select(EventFilter { subject: Some("s' OR 1=1 --".into()), ..any() }).await, [0; 0], "A-097");
    assert_eq!(select(EventFilter { webhook: Some(webhook.clone()), ..any() }).await, [2, 0]);
    let created = Span { after: Some(at(0)), before: Some(at(20)) };
    assert_eq!(select(EventFilter { created, ..any() }).await, [1], "both ends are excluded");
    let all = EventFilter {
        trigger: Some(triggers[0]),
        subject: Some("S".into()),
        webhook: Some(webhook),
        created: Span { after: None, before: Some(at(1)) },
    };
    assert_eq!(select(all).await, [0]);
}

pub(crate) async fn pages_go_both_ways(store: Shared) {
    let given = Given::on(store).await;
    let ids = given.accept(7, 0).await;
    let newest_first: Vec<String> = ids.iter().rev().map(ToString::to_string).collect();
    let read = |page: Page| {
        let given = &given;
        async move { given.store.events(&given.account, &EventFilter::default(), &page).await }
    };
    pages_hold(&newest_first, |event: &Event| event.id.to_string(), read).await;
}

pub(crate) async fn another_accounts_event_is_not_found(store: Shared) {
    let given = Given::on(store).await;
    let ids = given.accept(1, 0).await;
    let store = &given.store;
    assert_eq!(store.event(&stranger(), &ids[0]).await.unwrap(), None, "A-099");
    let read = |page: Page| async move { store.events(&stranger(), &EventFilter::default(), &page).await };
    strangers_page_holds(ids[0].as_str(), read).await;
}
