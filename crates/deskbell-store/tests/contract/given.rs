//! What the cases start from: stores, objects, and the steps most of them take.

use crate::cluster::{Cluster, Database};
use crate::crash::{copy, crash};
use bytes::Bytes;
use deskbell_core::Timestamp;
use deskbell_core::account::{Account, PayloadStyle};
use deskbell_core::attempt::{Attempt, Outcome, Response, Timings};
use deskbell_core::delivery::{Delivery, Epoch, Leased};
use deskbell_core::door::SeededRandom;
use deskbell_core::event::{Event, NewEvent, Origin};
use deskbell_core::id::{AccountId, AttemptId, EventId, WebhookId};
use deskbell_core::place::Place;
use deskbell_core::policy::concurrency::{Bounds, Concurrency};
use deskbell_core::policy::limit::PAGE_BYTES;
use deskbell_core::policy::retry::Rules;
use deskbell_core::sandbox::Sandbox;
use deskbell_core::store::{
    Accepted, AccountCreated, AttemptFilter, Claim, Claimed, Cursor, Error, Finished, Listing, Lost, Page,
    Recorded, Result, Store, WebhookSaved,
};
use deskbell_core::time::from_millis;
use deskbell_core::trigger::{Subscription, Trigger};
use deskbell_core::vault::Sealed;
use deskbell_core::webhook::{Health, Status, Webhook};
use deskbell_store::{MemoryStore, OpenError, PostgresStore, SqliteStore};
use rusqlite::Connection;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// A store of the suite.
pub(crate) trait Tested: Store {
    /// The same store as another machine sees it; `None` where a store serves one machine only.
    fn machine(&self) -> Option<Shared>;
}

impl Tested for MemoryStore {
    fn machine(&self) -> Option<Shared> {
        Some(Arc::new(Self::machine(self)))
    }
}

impl Tested for SqliteStore {
    fn machine(&self) -> Option<Shared> {
        None
    }
}

impl Tested for PostgresStore {
    fn machine(&self) -> Option<Shared> {
        Some(Arc::new(Self::machine(self)))
    }
}

pub(crate) type Shared = Arc<dyn Tested>;

pub(crate) async fn memory() -> (Shared, ()) {
    (Arc::new(MemoryStore::new()), ())
}

pub(crate) async fn sqlite() -> (Shared, Opened) {
    opened(SqliteStore::open)
}

/// SQLite whose tables take in each commit of the redo log at once, beside the next one.
pub(crate) async fn eager() -> (Shared, Opened) {
    opened(SqliteStore::open_eager)
}

fn opened(open: impl Fn(&Path) -> std::result::Result<SqliteStore, OpenError>) -> (Shared, Opened) {
    let place = TempDir::new().unwrap();
    let store = Arc::new(open(&place.path().join("deskbell.db")).unwrap());
    (store.clone(), Opened { store, place })
}

/// The database that those of all cases are copied from, with its tables made.
const TEMPLATE: &str = "template";

pub(crate) async fn postgres() -> (Shared, Database) {
    let database = database().await;
    (Arc::new(PostgresStore::open(&database.url).await.unwrap()), database)
}

/// A database with nothing but its tables.
pub(crate) async fn database() -> Database {
    static MADE: OnceCell<()> = OnceCell::const_new();
    let cluster = Cluster::shared();
    let make = || async {
        cluster.run("CREATE DATABASE template");
        drop(PostgresStore::open(&cluster.url(TEMPLATE)).await.unwrap());
    };
    MADE.get_or_init(make).await;
    cluster.database(TEMPLATE)
}

/// A store of SQLite's with its folder, for what is asked of it when a case is over.
pub(crate) struct Opened {
    pub(crate) store: Arc<SqliteStore>,
    place: TempDir,
}

impl Opened {
    /// The main file and the tester's, as somebody else writes them.
    pub(crate) fn files(&self) -> [Connection; 2] {
        ["deskbell.db", "deskbell-tester.db"]
            .map(|file| Connection::open(self.place.path().join(file)).unwrap())
    }

    /// The store as the next start finds it, had the process been killed now.
    pub(crate) fn crash(&self) -> (Shared, TempDir) {
        start(crash(self.place.path()))
    }

    /// The same while somebody else keeps the tables as they are.
    pub(crate) fn copy(&self) -> (Shared, TempDir) {
        start(copy(self.place.path()))
    }

    /// How long the redo log is.
    pub(crate) fn redo_bytes(&self) -> u64 {
        std::fs::metadata(self.place.path().join("deskbell.db-redo")).unwrap().len()
    }
}

fn start(place: TempDir) -> (Shared, TempDir) {
    (Arc::new(SqliteStore::open(&place.path().join("deskbell.db")).unwrap()), place)
}

/// `millis` after the start of every case.
pub(crate) fn at(millis: i64) -> Timestamp {
    from_millis(1_800_000_000_000 + millis)
}

/// Later than any case.
pub(crate) const FOR_EVER_MILLIS: i64 = 1_000_000_000_000;

/// The vendor's rules without jitter.
pub(crate) fn rules() -> Rules {
    Rules { jitter: 0.0, ..Rules::default() }
}

/// Room for so many attempts of each webhook at once, and no more than that.
pub(crate) fn room(in_flight: u32) -> Bounds {
    let share = u32::MAX;
    let wide = Bounds { all: 100_000, lines: 0, bytes: 1 << 30, share, line: 0, ..Bounds::default() };
    Bounds { start: in_flight, ceiling: in_flight, ..wide }
}

/// A store with two accounts, one of them ours, and randomness.
pub(crate) struct Given {
    pub(crate) store: Shared,
    pub(crate) random: SeededRandom,
    pub(crate) account: AccountId,
    /// As what it claims.
    pub(crate) epoch: Epoch,
    /// Five attempts of each webhook at once.
    pub(crate) concurrency: Arc<Concurrency>,
}

impl Given {
    /// Joined for ever by a machine that has room for nothing, so that what is accepted is due and can be claimed.
    pub(crate) async fn on(store: Shared) -> Self {
        let mut given = Self::unjoined(store).await;
        given.join(room(0), 0, FOR_EVER_MILLIS).await;
        given
    }

    pub(crate) async fn unjoined(store: Shared) -> Self {
        let account = AccountId::from_text("ACC-OURS");
        for (id, email) in [(account.clone(), "ours@mail.example"), (stranger(), "theirs@mail.example")] {
            add_account(&*store, id, email).await;
        }
        let concurrency = Arc::new(Concurrency::new(room(5), Arc::default()));
        Self { store, random: SeededRandom::new(1), account, epoch: Epoch::default(), concurrency }
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
            payload_deleted: false,
        };
        NewEvent { event, idempotency: None, only: None, trace: None }
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

    /// A claim of up to 100, five for each webhook.
    pub(crate) fn asking(&self, millis: i64) -> Claim {
        Claim {
            epoch: self.epoch,
            now: at(millis),
            limit: 100,
            concurrency: self.concurrency.clone(),
            resume: None,
        }
    }

    /// As [`Self::asking`], with room for so many attempts of each webhook.
    pub(crate) fn asking_for(&self, in_flight: u32, millis: i64) -> Claim {
        let concurrency = Arc::new(Concurrency::new(room(in_flight), Arc::default()));
        Claim { concurrency, ..self.asking(millis) }
    }

    pub(crate) async fn take(&self, claim: Claim) -> Taken {
        self.store.claim(claim, &rules()).await.unwrap().into()
    }

    pub(crate) async fn claim(&self, millis: i64) -> Taken {
        self.take(self.asking(millis)).await
    }

    pub(crate) async fn claim_one(&self, millis: i64) -> Leased {
        let mut claimed = self.claim(millis).await.leased;
        assert_eq!(claimed.len(), 1, "one delivery is due at {millis}");
        claimed.remove(0)
    }

    pub(crate) async fn release(&self, leased: &Leased, millis: i64) {
        self.store.release(vec![unspent(leased)], at(millis)).await.unwrap();
    }

    /// The machine is gone, and another one comes: what was held is due.
    pub(crate) async fn start_again(&mut self, millis: i64) {
        self.join(room(0), millis, FOR_EVER_MILLIS).await;
    }

    pub(crate) async fn finish(&self, leased: &Leased, outcome: Outcome, millis: i64) -> Recorded {
        self.finish_with(leased, attempt(leased, outcome, millis), millis).await
    }

    pub(crate) async fn answer(&self, leased: &Leased, status: u16, millis: i64) -> Recorded {
        self.finish_with(leased, answered(leased, status, millis), millis).await
    }

    pub(crate) async fn finish_with(&self, leased: &Leased, attempt: Attempt, millis: i64) -> Recorded {
        self.store.finish(vec![finished(leased, attempt)], &rules(), at(millis)).await.unwrap().remove(0)
    }

    pub(crate) async fn delivery(&self, leased: &Leased) -> Delivery {
        self.store.delivery(&self.account, &leased.delivery.id).await.unwrap().unwrap()
    }

    pub(crate) async fn attempts(&self, leased: &Leased) -> Vec<Attempt> {
        let filter = AttemptFilter { delivery: Some(leased.delivery.id.clone()), ..AttemptFilter::default() };
        self.store.attempts(&self.account, &filter, &first(100)).await.unwrap().items
    }
}

/// What a claim gave, with the room for it given back: most cases have no room in mind.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) leased: Vec<Leased>,
    pub(crate) lost: Vec<Lost>,
    pub(crate) next_due: Option<Timestamp>,
    pub(crate) left: bool,
    pub(crate) last: Option<WebhookId>,
}

impl From<Claimed> for Taken {
    fn from(Claimed { handed, lost, next_due, left, last }: Claimed) -> Self {
        let leased = handed.into_iter().map(|handed| handed.leased).collect();
        Self { leased, lost, next_due, left, last }
    }
}

/// An account of that id and address without a sandbox. SQLite keeps accounts by number: each is there before anything of it.
pub(crate) async fn add_account(store: &dyn Store, id: AccountId, email: &str) {
    let payload_style = PayloadStyle::Current;
    let account = Account { id, email: email.into(), created: at(0), payload_style, operator: false };
    let created = store.create_account(account, Sandbox::default()).await.unwrap();
    assert_eq!(created, AccountCreated::Created);
}

/// The lease as it is given back.
pub(crate) fn unspent(leased: &Leased) -> (Place, Box<Delivery>) {
    (leased.place, leased.delivery.clone())
}

/// The end of the lease's attempt.
pub(crate) fn finished(leased: &Leased, attempt: Attempt) -> Finished {
    Finished {
        delivery: leased.delivery.clone(),
        place: leased.place,
        attempt: attempt.into(),
        randomness: 0.5,
    }
}

/// The attempt that a lease is for, with no answer.
pub(crate) fn attempt(leased: &Leased, outcome: Outcome, millis: i64) -> Attempt {
    Attempt {
        id: AttemptId::of(&leased.delivery.id, leased.number()),
        delivery: leased.delivery.id.clone(),
        event: leased.delivery.event.clone(),
        webhook: leased.webhook.id.clone(),
        account: leased.webhook.account.clone(),
        number: leased.number(),
        manual: leased.is_manual(),
        sample: leased.delivery.is_sample(),
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

/// How long a 429 rests its webhook.
pub(crate) const REST_MILLIS: i64 = 60_000;

/// The attempt with an answer of that status. A 429 asks for a rest.
pub(crate) fn answered(leased: &Leased, status: u16, millis: i64) -> Attempt {
    let outcome = if status < 300 { Outcome::Delivered } else { Outcome::HttpStatus };
    let asks = (status == 429).then(|| ("Retry-After".to_owned(), (REST_MILLIS / 1_000).to_string()));
    let headers = asks.into_iter().collect();
    let response = Response { status, headers, body: Bytes::new(), truncated: false, incomplete: false };
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

/// More than a third of what a page may weigh: two fit.
pub(crate) const HEAVY: usize = PAGE_BYTES * 2 / 5;

/// Checks a list of [`HEAVY`] objects: whatever was asked for, a page has two, and the pages both ways miss none.
pub(crate) async fn heavy_pages_hold<T, F>(
    newest_first: &[String],
    id: impl Fn(&T) -> String,
    read: impl Fn(Page) -> F,
) where
    F: Future<Output = Result<Listing<T>>>,
{
    assert_eq!(newest_first.len(), 5);
    let ids = |listing: &Listing<T>| listing.items.iter().map(&id).collect::<Vec<_>>();
    let (mut cursor, mut pages) = (None, Vec::new());
    loop {
        let page = read(Page { limit: 100, cursor }).await.unwrap();
        pages.push(ids(&page));
        cursor = pages.last().unwrap().last().cloned().map(Cursor::After);
        if !page.older {
            break;
        }
    }
    assert_eq!(pages, newest_first.chunks(2).map(<[String]>::to_vec).collect::<Vec<_>>());
    let before = |at: usize| Some(Cursor::Before(newest_first[at].clone()));
    let page = read(Page { limit: 100, cursor: before(4) }).await.unwrap();
    assert_eq!((ids(&page), page.newer), (newest_first[2..4].to_vec(), true));
    let page = read(Page { limit: 100, cursor: before(2) }).await.unwrap();
    assert_eq!((ids(&page), page.newer), (newest_first[..2].to_vec(), false));
    let page = read(Page { limit: 1, cursor: None }).await.unwrap();
    assert_eq!((page.items.len(), page.older), (1, true), "and it has no more than was asked for");
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
