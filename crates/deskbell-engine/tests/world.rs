//! Everything the engine needs, virtual.

mod clock;
mod ledger;
mod machine;
mod receiver;
mod watched;

pub(crate) use clock::VirtualClock;
pub(crate) use ledger::{Lease, Term};
pub(crate) use machine::Machine;
pub(crate) use receiver::{Receiver, Reply, Seen};
pub(crate) use watched::{Fate, Make, Watched};

use bytes::Bytes;
use deskbell_core::attempt::Attempt;
use deskbell_core::delivery::Delivery;
use deskbell_core::door::SeededRandom;
use deskbell_core::event::{Event, NewEvent, Origin};
use deskbell_core::id::{AccountId, DeliveryId, EventId, WebhookId};
use deskbell_core::policy::retry::Rules;
use deskbell_core::store::{
    Accepted, AttemptFilter, Cursor, Deliveries, DeliveryFilter, Listing, Page, Queue, Retried, WebhookSaved,
    Webhooks,
};
use deskbell_core::time::{millis, whole};
use deskbell_core::trigger::{Subscription, Trigger};
use deskbell_core::vault::{Secret, Vault};
use deskbell_core::webhook::{Health, Status, Webhook, new_secret};
use deskbell_core::{Alarm, Clock, Timestamp};
use deskbell_engine::{Doors, Engine, Settings};
use deskbell_store::MemoryStore;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

pub(crate) struct World {
    pub(crate) clock: Arc<VirtualClock>,
    pub(crate) random: Arc<SeededRandom>,
    /// The store, as a machine sees it that has not joined.
    pub(crate) store: Arc<Watched>,
    pub(crate) receiver: Arc<Receiver>,
    pub(crate) vault: Arc<Vault>,
    pub(crate) account: AccountId,
    pub(crate) settings: Settings,
    pub(crate) began: Timestamp,
    /// Changes whenever attempts were recorded.
    pub(crate) recorded: watch::Sender<u64>,
    /// Rung by a panic of any machine's loop.
    pub(crate) alarm: Alarm,
}

impl World {
    /// A world without webhooks, without jitter.
    pub(crate) fn new() -> Self {
        Self::seeded(1)
    }

    pub(crate) fn seeded(seed: u64) -> Self {
        Self::on(seed, |store: MemoryStore| Arc::new(store))
    }

    /// A world whose machines have such queues.
    pub(crate) fn on(seed: u64, make: Make) -> Self {
        let clock = Arc::new(VirtualClock::new(Duration::ZERO));
        let random = Arc::new(SeededRandom::new(seed));
        Self {
            began: clock.now(),
            store: Arc::new(Watched::new(make)),
            receiver: Arc::new(Receiver::new(clock.clone())),
            vault: Arc::new(Vault::new(&[7; 32])),
            account: AccountId::new(&*random),
            settings: Settings {
                rules: Rules { jitter: 0.0, ..Rules::default() },
                user_agent: "Deskbell-webhooks/test".into(),
                ..Settings::default()
            },
            recorded: watch::channel(0).0,
            alarm: Alarm::default(),
            clock,
            random,
        }
    }

    /// A machine with an engine. It joins soon.
    pub(crate) fn engine(&self) -> Machine {
        self.skewed_engine(Duration::ZERO)
    }

    /// A machine that has joined.
    pub(crate) async fn joined_engine(&self) -> Machine {
        let machine = self.engine();
        machine.joined().await;
        machine
    }

    /// A machine whose clock is `skew` ahead.
    pub(crate) fn skewed_engine(&self, skew: Duration) -> Machine {
        self.engine_by(Arc::new(self.clock.skewed(skew)))
    }

    /// A machine with that clock.
    pub(crate) fn engine_by(&self, clock: Arc<dyn Clock>) -> Machine {
        let (store, recorded) = (Arc::new(self.store.machine()), self.recorded.clone());
        let doors = Doors {
            clock,
            random: self.random.clone(),
            queue: store.clone(),
            transport: self.receiver.clone(),
            recorded: Arc::new(move |_| recorded.send_modify(|count| *count += 1)),
            alarm: self.alarm.clone(),
        };
        Machine::new(Engine::start(doors, self.vault.clone(), self.settings.clone()), store)
    }

    /// A webhook for booking events that answers what `script` says.
    pub(crate) async fn webhook(&self, script: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> WebhookId {
        let id = WebhookId::new(&*self.random);
        let secret =
            self.vault.seal(&new_secret(&*self.random), &[self.account.as_str(), id.as_str()], &*self.random);
        let webhook = Webhook {
            id: id.clone(),
            account: self.account.clone(),
            name: id.to_string(),
            url: format!("https://receiver.example/{id}"),
            events: vec![Subscription::Bookings],
            created: self.clock.now(),
            secret,
            status: Status::Enabled,
            health: Health::default(),
        };
        self.receiver.script(&id, script);
        let saved = self.store.inner.create_webhook(webhook, 1_000).await.unwrap();
        assert!(matches!(saved, WebhookSaved::Saved(_)));
        id
    }

    pub(crate) fn event(&self) -> NewEvent {
        let id = EventId::new(&*self.random);
        let created = whole(self.clock.now());
        let body = Bytes::from(format!(r#"{{"id":"{id}","type":"booking.scheduled"}}"#));
        let event = Event {
            id,
            account: self.account.clone(),
            trigger: Trigger::BookingScheduled,
            subject: None,
            created,
            body,
            origin: Origin::Platform,
            payload_deleted: false,
        };
        NewEvent { event, idempotency: None, only: None, trace: None }
    }

    /// The machine accepts an event for all webhooks, or for one alone.
    pub(crate) async fn ring(&self, machine: &Machine, only: Option<&WebhookId>) -> EventId {
        self.accept(&*machine.store.queue, only).await
    }

    /// The machine accepts a sample for the webhook.
    pub(crate) async fn sample(&self, machine: &Machine, webhook: &WebhookId) -> EventId {
        let new = self.event();
        let event = Event { origin: Origin::Sample, ..new.event };
        let id = event.id.clone();
        let new = NewEvent { event, only: Some(webhook.clone()), ..new };
        let accepted = machine.store.queue.accept(vec![new], whole(self.clock.now())).await.unwrap();
        assert!(matches!(accepted[..], [Accepted::New { deliveries: 1 }]), "{accepted:?}");
        id
    }

    /// An event is due for all webhooks, or for one alone, that no machine was handed, and the machine is woken.
    pub(crate) async fn leave_due(&self, machine: &Machine, only: Option<&WebhookId>) -> EventId {
        let id = self.accept(&self.store.inner, only).await;
        machine.waker().wake();
        id
    }

    async fn accept(&self, queue: &dyn Queue, only: Option<&WebhookId>) -> EventId {
        let event = NewEvent { only: only.cloned(), ..self.event() };
        let id = event.event.id.clone();
        let accepted = queue.accept(vec![event], whole(self.clock.now())).await.unwrap();
        assert!(matches!(accepted[..], [Accepted::New { .. }]), "{accepted:?}");
        id
    }

    pub(crate) async fn retry_by_hand(&self, engine: &Machine, event: &EventId, webhook: &WebhookId) {
        let id = DeliveryId::of(event, webhook);
        let retried = self.store.inner.retry_delivery(&self.account, &id, self.clock.now()).await.unwrap();
        assert!(matches!(retried, Retried::Queued(_)), "{retried:?}");
        engine.waker().wake();
    }

    pub(crate) async fn delivery(&self, event: &EventId, webhook: &WebhookId) -> Delivery {
        let id = DeliveryId::of(event, webhook);
        self.store.inner.delivery(&self.account, &id).await.unwrap().unwrap()
    }

    pub(crate) async fn health(&self, id: &WebhookId) -> (Status, Health) {
        let webhook = self.store.inner.webhook(&self.account, id).await.unwrap().unwrap();
        (webhook.status, webhook.health)
    }

    pub(crate) async fn secret(&self, id: &WebhookId) -> Secret {
        let webhook = self.store.inner.webhook(&self.account, id).await.unwrap().unwrap();
        self.vault.open(&webhook.secret, &webhook.secret_ids()).unwrap()
    }

    /// The recorded attempts, first to last.
    pub(crate) async fn attempts(&self, event: &EventId, webhook: &WebhookId) -> Vec<Attempt> {
        let filter =
            AttemptFilter { delivery: Some(DeliveryId::of(event, webhook)), ..AttemptFilter::default() };
        let page = Page { limit: 100, cursor: None };
        let mut attempts = self.store.inner.attempts(&self.account, &filter, &page).await.unwrap().items;
        attempts.reverse();
        attempts
    }

    /// Every recorded attempt, first to last.
    pub(crate) async fn all_attempts(&self) -> Vec<Attempt> {
        let filter = AttemptFilter::default();
        all(
            async |page| self.store.inner.attempts(&self.account, &filter, &page).await.unwrap(),
            |one| one.id.as_str(),
        )
        .await
    }

    /// Every delivery, first to last.
    pub(crate) async fn all_deliveries(&self) -> Vec<Delivery> {
        let filter = DeliveryFilter::default();
        all(
            async |page| self.store.inner.deliveries(&self.account, &filter, &page).await.unwrap(),
            |one| one.id.as_str(),
        )
        .await
    }

    /// Seconds from the world's beginning at which each recorded attempt started.
    pub(crate) async fn starts(&self, event: &EventId, webhook: &WebhookId) -> Vec<f64> {
        self.attempts(event, webhook).await.iter().map(|attempt| self.since(attempt.started)).collect()
    }

    /// Seconds from the world's beginning to `at`.
    pub(crate) fn since(&self, at: Timestamp) -> f64 {
        (millis(at) - millis(self.began)) as f64 / 1_000.0
    }
}

/// A whole list, oldest first.
async fn all<T>(list: impl AsyncFn(Page) -> Listing<T>, id: impl Fn(&T) -> &str) -> Vec<T> {
    let (mut found, mut cursor) = (Vec::new(), None);
    loop {
        let page = list(Page { limit: 100, cursor }).await;
        found.extend(page.items);
        cursor = found.last().filter(|_| page.older).map(|last| Cursor::After(id(last).into()));
        if cursor.is_none() {
            found.reverse();
            return found;
        }
    }
}

/// Lets virtual time pass.
pub(crate) async fn pass(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

/// Answers one after another; the last one for ever.
pub(crate) fn script(statuses: &'static [u16]) -> impl Fn(&Seen) -> Reply + Send + Sync + 'static {
    move |seen| Reply::Status(statuses[seen.nth.min(statuses.len() - 1)])
}
