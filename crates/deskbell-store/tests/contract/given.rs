//! What the cases start from: stores, objects, and the steps most of them take.

use bytes::Bytes;
use deskbell_core::Timestamp;
use deskbell_core::attempt::{Attempt, Outcome, Response, Timings};
use deskbell_core::delivery::{Delivery, Leased};
use deskbell_core::door::SeededRandom;
use deskbell_core::event::{Event, NewEvent, Origin};
use deskbell_core::id::{AccountId, AttemptId, EventId, WebhookId};
use deskbell_core::policy::retry::Rules;
use deskbell_core::store::{
    Accepted, AttemptFilter, Claim, Claimed, Cursor, Error, Finished, Listing, Page, Recorded, Result, Store,
    WebhookSaved,
};
use deskbell_core::time::from_millis;
use deskbell_core::trigger::{Subscription, Trigger};
use deskbell_core::vault::Sealed;
use deskbell_core::webhook::{Health, Status, Webhook};
use deskbell_store::{MemoryStore, SqliteStore};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

pub(crate) type Shared = Arc<dyn Store>;

pub(crate) fn memory() -> (Shared, ()) {
    (Arc::new(MemoryStore::new()), ())
}

pub(crate) fn sqlite() -> (Shared, TempDir) {
    let place = TempDir::new().unwrap();
    let store = SqliteStore::open(&place.path().join("deskbell.db")).unwrap();
    (Arc::new(store), place)
}

/// `millis` after the start of every case.
pub(crate) fn at(millis: i64) -> Timestamp {
    from_millis(1_800_000_000_000 + millis)
}

pub(crate) const LEASE_MILLIS: i64 = 30_000;

/// The vendor's rules without jitter.
pub(crate) fn rules() -> Rules {
    Rules { jitter: 0.0, ..Rules::default() }
}

/// A store with an account, and randomness.
pub(crate) struct Given {
    pub(crate) store: Shared,
    pub(crate) random: SeededRandom,
    pub(crate) account: AccountId,
}

impl Given {
    pub(crate) fn on(store: Shared) -> Self {
        Self { store, random: SeededRandom::new(1), account: AccountId::from_text("ACC-OURS") }
    }

    /// A webhook for everything.
    pub(crate) fn webhook(&self, name: &str) -> Webhook {
        Webhook {
            id: WebhookId::new(&self.random),
            account: self.account.clone(),
            name: name.into(),
            url: format!("https://{name}.example/hook"),
            events: vec![Subscription::Bookings, Subscription::Conversations],
            created: at(0),
            secret: Sealed(vec![7; 40]),
            status: Status::Enabled,
            health: Health::default(),
        }
    }

    pub(crate) async fn add_webhook(&self, name: &str) -> WebhookId {
        let webhook = self.webhook(name);
        let id = webhook.id.clone();
        assert!(matches!(self.store.create_webhook(webhook, 1000).await.unwrap(), WebhookSaved::Saved(_)));
        id
    }

    pub(crate) fn event(&self, trigger: Trigger) -> NewEvent {
        let id = EventId::new(&self.random);
        let body = Bytes::from(format!("{{\"id\":\"{id}\"}}"));
        let event = Event {
            id,
            account: self.account.clone(),
            trigger,
            subject: None,
            created: at(0),
            body,
            origin: Origin::Platform,
        };
        NewEvent { event, idempotency: None, only: None }
    }

    /// Accepts as many events, for all who want them, due at `millis`.
    pub(crate) async fn accept(&self, events: usize, millis: i64) -> Vec<EventId> {
        let events: Vec<_> = (0..events).map(|_| self.event(Trigger::BookingScheduled)).collect();
        let ids = events.iter().map(|new| new.event.id.clone()).collect();
        let verdicts = self.store.accept(events, at(millis)).await.unwrap();
        assert!(verdicts.iter().all(|verdict| matches!(verdict, Accepted::New { .. })));
        ids
    }

    /// Accepts as many events for one webhook alone.
    pub(crate) async fn accept_for(&self, webhook: &WebhookId, events: usize, millis: i64) {
        let event = || NewEvent { only: Some(webhook.clone()), ..self.event(Trigger::BookingScheduled) };
        let verdicts = self.store.accept((0..events).map(|_| event()).collect(), at(millis)).await.unwrap();
        assert_eq!(verdicts, vec![Accepted::New { deliveries: 1 }; events]);
    }

    /// A webhook with one event owed to it, leased at 0.
    pub(crate) async fn leased(&self) -> Leased {
        self.add_webhook("one").await;
        self.accept(1, 0).await;
        self.claim_one(0).await
    }

    pub(crate) async fn claim(&self, millis: i64) -> Claimed {
        self.store.claim(claim(millis), &rules()).await.unwrap()
    }

    pub(crate) async fn claim_one(&self, millis: i64) -> Leased {
        let mut claimed = self.claim(millis).await.leased;
        assert_eq!(claimed.len(), 1, "one delivery is due at {millis}");
        claimed.remove(0)
    }

    pub(crate) async fn finish(&self, leased: &Leased, outcome: Outcome, millis: i64) -> Recorded {
        self.finish_with(leased, attempt(leased, outcome, millis), millis).await
    }

    pub(crate) async fn answer(&self, leased: &Leased, status: u16, millis: i64) -> Recorded {
        self.finish_with(leased, answered(leased, status, millis), millis).await
    }

    async fn finish_with(&self, leased: &Leased, attempt: Attempt, millis: i64) -> Recorded {
        let finished = Finished { token: leased.token, attempt, randomness: 0.5 };
        self.store.finish(vec![finished], &rules(), at(millis)).await.unwrap().remove(0)
    }

    pub(crate) async fn delivery(&self, leased: &Leased) -> Delivery {
        self.store.delivery(&self.account, &leased.delivery).await.unwrap().unwrap()
    }

    pub(crate) async fn attempts(&self, leased: &Leased) -> Vec<Attempt> {
        let filter = AttemptFilter { delivery: Some(leased.delivery.clone()), ..AttemptFilter::default() };
        self.store.attempts(&self.account, &filter, &first(100)).await.unwrap().items
    }
}

/// A claim of up to 100, five for each webhook.
pub(crate) fn claim(millis: i64) -> Claim {
    Claim {
        now: at(millis),
        lease: Duration::from_millis(LEASE_MILLIS as u64),
        limit: 100,
        per_webhook: 5,
        in_flight: HashMap::new(),
        resume: None,
    }
}

/// The attempt that a lease is for, with no answer.
pub(crate) fn attempt(leased: &Leased, outcome: Outcome, millis: i64) -> Attempt {
    Attempt {
        id: AttemptId::of(&leased.delivery, leased.number),
        delivery: leased.delivery.clone(),
        event: leased.event.clone(),
        webhook: leased.webhook.id.clone(),
        account: leased.webhook.account.clone(),
        number: leased.number,
        manual: leased.manual,
        started: at(millis),
        outcome,
        detail: String::new(),
        possibly_received: false,
        timings: Timings::default(),
        address: None,
        url: leased.webhook.url.clone(),
        request_headers: Vec::new(),
        response: None,
    }
}

/// The attempt with an answer of that status.
pub(crate) fn answered(leased: &Leased, status: u16, millis: i64) -> Attempt {
    let outcome = if status < 300 { Outcome::Delivered } else { Outcome::HttpStatus };
    let response =
        Response { status, headers: Vec::new(), body: Bytes::new(), truncated: false, incomplete: false };
    Attempt { response: Some(response), ..attempt(leased, outcome, millis) }
}

/// The token of a finish, unless it was stale.
pub(crate) fn recorded(verdict: Recorded) -> Delivery {
    match verdict {
        Recorded::Recorded { delivery, .. } => *delivery,
        Recorded::Stale => panic!("the lease was stale"),
    }
}

pub(crate) fn first(limit: u32) -> Page {
    Page { limit, cursor: None }
}

pub(crate) fn stranger() -> AccountId {
    AccountId::from_text("ACC-THEIRS")
}

/// Checks a list of at least five objects in both directions, from `newest_first`, its ids.
pub(crate) async fn pages_hold<T, F>(
    newest_first: &[String],
    id: impl Fn(&T) -> String,
    read: impl Fn(Page) -> F,
) where
    F: Future<Output = Result<Listing<T>>>,
{
    let all = newest_first;
    assert!(all.len() >= 5);
    let ids = |listing: &Listing<T>| listing.items.iter().map(&id).collect::<Vec<_>>();
    let read = |limit, cursor| read(Page { limit, cursor });
    let after = |at: usize| Some(Cursor::After(all[at].clone()));
    let before = |at: usize| Some(Cursor::Before(all[at].clone()));
    let last = all.len() - 1;
    let cases = [
        (2, None, 0..2, true, false),
        (100, None, 0..last + 1, false, false),
        (2, after(1), 2..4, true, true),
        (100, after(1), 2..last + 1, false, true),
        (2, after(last), last..last, false, true),
        (2, before(4), 2..4, true, true),
        (2, before(2), 0..2, true, false),
        (2, before(1), 0..1, true, false),
        (2, before(0), 0..0, true, false),
    ];
    for (limit, cursor, range, older, newer) in cases {
        let page = read(limit, cursor.clone()).await.unwrap();
        // The cursor's own object is on the other side of an empty last page.
        let expected = all[if range.is_empty() { 0..0 } else { range }].to_vec();
        assert_eq!(ids(&page), expected, "{limit} {cursor:?}");
        assert_eq!((page.older, page.newer), (older, newer), "{limit} {cursor:?}");
    }
    for cursor in [Cursor::After("NONE-1".into()), Cursor::Before("NONE-1".into())] {
        assert!(matches!(read(2, Some(cursor)).await, Err(Error::UnknownCursor)), "A-175: unknown");
    }
}

/// Checks that another account's list is empty and does not know this cursor.
pub(crate) async fn strangers_page_holds<T, F>(known: &str, read: impl Fn(Page) -> F)
where
    F: Future<Output = Result<Listing<T>>>,
{
    assert!(read(first(100)).await.unwrap().items.is_empty(), "A-099");
    for cursor in [Cursor::After(known.into()), Cursor::Before(known.into())] {
        let page = read(Page { limit: 2, cursor: Some(cursor) }).await;
        assert!(matches!(page, Err(Error::UnknownCursor)), "A-175: another account's");
    }
}
