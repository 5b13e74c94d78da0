//! Samples: a test is no traffic.

use crate::given::{FOR_EVER_MILLIS, Given, REST_MILLIS, Shared, at, first, room, stranger};
use deskbell_core::Timestamp;
use deskbell_core::attempt::Outcome;
use deskbell_core::delivery::{AT_ONCE, Cancellation, Status};
use deskbell_core::event::{Event, NewEvent, Origin};
use deskbell_core::id::{DeliveryId, WebhookId};
use deskbell_core::store::{Accepted, DeliveryFilter, Retried};
use deskbell_core::trigger::Trigger;
use deskbell_core::webhook::{DisableReason, Record, Status as WebhookStatus, Webhook, WebhookChange};

impl Given {
    /// Accepts a sample for that webhook; gives its delivery.
    async fn sample(&self, webhook: &WebhookId, millis: i64) -> DeliveryId {
        let new = self.event(Trigger::BookingScheduled);
        let event = Event { origin: Origin::Sample, ..new.event };
        let id = DeliveryId::of(&event.id, webhook);
        let new = NewEvent { event, only: Some(webhook.clone()), ..new };
        let accepted = self.store.accept(vec![new], at(millis)).await.unwrap();
        assert_eq!(accepted, [Accepted::New { deliveries: 1 }]);
        id
    }

    async fn knows(&self, webhook: &WebhookId) -> (Option<Webhook>, Record) {
        let ids = std::slice::from_ref(webhook);
        let record = self.store.records(&self.account, ids, Timestamp::UNIX_EPOCH).await.unwrap().remove(0);
        (self.store.webhook(&self.account, webhook).await.unwrap(), record)
    }

    async fn off(&self, name: &str) -> WebhookId {
        let status = WebhookStatus::Disabled { reason: DisableReason::ByOwner, at: at(0) };
        let webhook = Webhook { status, ..self.webhook(name) };
        let id = webhook.id.clone();
        self.store.create_webhook(webhook, 100).await.unwrap();
        id
    }

    async fn cancel(&self, id: &DeliveryId, millis: i64) -> Cancellation {
        self.store.cancel_delivery(&self.account, id, at(millis)).await.unwrap()
    }
}

pub(crate) async fn a_sample_is_tried_once_and_its_webhook_stays_as_it_was(store: Shared) {
    let given = Given::on(store).await;
    let webhook = given.add_webhook("one").await;
    // A history: one that arrived, one that failed and waits.
    given.accept(2, 0).await;
    let traffic = given.claim(0).await.leased;
    given.answer(&traffic[0], 200, 5).await;
    given.answer(&traffic[1], 500, 6).await;
    let before = given.knows(&webhook).await;
    for (n, status) in [(1, 200), (2, 500), (3, 410), (4, 429), (5, 503)] {
        let id = given.sample(&webhook, n * 10).await;
        assert_eq!(given.knows(&webhook).await, before, "one that waits is no traffic either");
        let leased = given.claim_one(n * 10).await;
        assert!(leased.delivery.id == id && leased.delivery.is_sample() && leased.is_manual());
        assert_eq!(given.knows(&webhook).await, before, "nor is one that is under way");
        given.answer(&leased, status, n * 10 + 1).await;
        let ended = given.delivery(&leased).await;
        let became = if status == 200 { Status::Delivered } else { Status::Failed };
        assert_eq!((ended.status, ended.attempts, ended.due, ended.manual), (became, 1, None, 0), "{status}");
        let attempt = given.attempts(&leased).await.remove(0);
        assert!(attempt.sample && attempt.manual);
        assert_eq!(
            given.store.attempt(&given.account, &attempt.id).await.unwrap().map(|one| one.sample),
            Some(true)
        );
        assert_eq!(given.knows(&webhook).await, before, "{status}");
    }
    let listed =
        given.store.deliveries(&given.account, &DeliveryFilter::default(), &first(100)).await.unwrap();
    assert_eq!(listed.items.iter().filter(|one| one.is_sample()).count(), 5);
}

pub(crate) async fn a_lost_sample_is_over(store: Shared) {
    let mut given = Given::on(store).await;
    let webhook = given.add_webhook("one").await;
    given.sample(&webhook, 0).await;
    let leased = given.claim_one(0).await;
    given.start_again(10).await;
    let taken = given.claim(20).await;
    assert_eq!((taken.leased.len(), taken.lost.len()), (0, 1));
    assert!(taken.lost[0].attempt.sample && taken.lost[0].became == Status::Failed);
    assert_eq!(given.delivery(&leased).await.status, Status::Failed);
}

pub(crate) async fn a_sample_goes_to_a_webhook_that_is_off(store: Shared) {
    let given = Given::on(store).await;
    let webhook = given.off("off").await;
    let id = given.sample(&webhook, 0).await;
    let leased = given.claim_one(1).await;
    given.release(&leased, 2).await;
    let leased = given.claim_one(3).await;
    given.answer(&leased, 500, 4).await;
    let retried = given.store.retry_delivery(&given.account, &id, at(5)).await.unwrap();
    assert!(matches!(retried, Retried::Queued(_)), "{retried:?}");
    let leased = given.claim_one(6).await;
    given.answer(&leased, 200, 7).await;
    assert_eq!(given.delivery(&leased).await.status, Status::Delivered);
    let (known, record) = given.knows(&webhook).await;
    assert!(!known.unwrap().is_enabled() && record == Record::default());
    // What was sent to it is not what waits for it: that a sample went through owes it nothing.
    let all = given.accept(1, 8).await;
    assert!(given.claim(9).await.leased.is_empty(), "{all:?}");
}

pub(crate) async fn a_sample_that_waits_goes_with_what_waits_when_its_webhook_is_turned_off(store: Shared) {
    let given = Given::on(store).await;
    let webhook = given.add_webhook("one").await;
    let id = given.sample(&webhook, 0).await;
    let off = WebhookChange { enabled: Some(false), ..WebhookChange::default() };
    given.store.change_webhook(&given.account, &webhook, &off, at(1)).await.unwrap();
    let stands = given.store.delivery(&given.account, &id).await.unwrap().unwrap();
    assert_eq!((stands.status, stands.due), (Status::Cancelled, None));
}

pub(crate) async fn a_sample_passes_a_rest_and_what_waits(store: Shared) {
    let (mut given, mut machine) = Given::with_machine(store, 5).await;
    let webhook = given.add_webhook("one").await;
    given.accept(1, 0).await;
    let rested = machine.hand_one().await;
    given.answer(&rested, 429, 1).await;
    let resting = given.knows(&webhook).await.0.unwrap();
    assert_eq!(resting.health.rest_until, Some(at(1 + REST_MILLIS)));
    given.accept(1, 2).await;
    let id = given.sample(&webhook, 3).await;
    let leased = machine.hand_one().await;
    assert_eq!(leased.delivery.id, id, "traffic waits, and a test goes past it");
    given.answer(&leased, 200, 4).await;
    assert_eq!(given.knows(&webhook).await.0.unwrap(), resting, "a test ends no rest");
    let retried = given.store.retry_delivery(&given.account, &id, at(5)).await.unwrap();
    assert!(matches!(retried, Retried::Queued(_)));
    assert_eq!(given.knows(&webhook).await.0.unwrap(), resting, "nor does its retry");
    // Without room it is due at once, as a retry by hand is.
    given.join(room(0), 10, FOR_EVER_MILLIS).await;
    let other = given.add_webhook("two").await;
    let id = given.sample(&other, 11).await;
    assert_eq!(given.store.delivery(&given.account, &id).await.unwrap().unwrap().due, Some(AT_ONCE));
}

pub(crate) async fn a_sample_is_cancelled_and_traffic_is_not(store: Shared) {
    let given = Given::on(store).await;
    let webhook = given.add_webhook("one").await;
    let id = given.sample(&webhook, 0).await;
    let theirs = given.store.cancel_delivery(&stranger(), &id, at(1)).await.unwrap();
    assert_eq!(theirs, Cancellation::Unknown);
    let Cancellation::Cancelled(cancelled) = given.cancel(&id, 2).await else { panic!("it waits") };
    assert_eq!(given.store.delivery(&given.account, &id).await.unwrap(), Some(*cancelled.clone()));
    assert_eq!((cancelled.status, cancelled.settled, cancelled.due), (Status::Cancelled, Some(at(2)), None));
    assert!(given.claim(3).await.leased.is_empty());
    assert_eq!(given.cancel(&id, 4).await, Cancellation::Over);
    given.sample(&webhook, 5).await;
    let leased = given.claim_one(6).await;
    assert_eq!(given.cancel(&leased.delivery.id, 7).await, Cancellation::UnderWay);
    given.finish(&leased, Outcome::ConnectRefused, 8).await;
    given.accept(1, 9).await;
    let traffic = given.claim_one(10).await;
    given.answer(&traffic, 500, 11).await;
    assert_eq!(given.cancel(&traffic.delivery.id, 12).await, Cancellation::NotSample);
    let none = given.cancel(&DeliveryId::from_text("DLV-0000000000000000"), 13).await;
    assert_eq!(none, Cancellation::Unknown);
}
