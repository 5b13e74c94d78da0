//! A month, run fast: through the store's own verbs, by a clock that is ours, days of events come, are delivered, and go when they
//! are older than they are kept. What the file weighs each day, and what the same work costs beside the rows of that day.

use crate::figures::median;
use anyhow::{Context as _, ensure};
use bytes::Bytes;
use deskbell_core::Timestamp;
use deskbell_core::account::{Account, PayloadStyle};
use deskbell_core::attempt::{Attempt, Outcome, Response, Timings};
use deskbell_core::delivery::Leased;
use deskbell_core::door::SeededRandom;
use deskbell_core::event::{Data, Event, Idempotency, NewEvent, Origin, render};
use deskbell_core::id::{AccountId, AttemptId, EventIds, WebhookId};
use deskbell_core::policy::concurrency::{Bounds, Concurrency};
use deskbell_core::policy::limit::IDEMPOTENCY_LIFE;
use deskbell_core::policy::retry::Rules;
use deskbell_core::policy::sign;
use deskbell_core::retention::Keep;
use deskbell_core::sandbox::Sandbox;
use deskbell_core::store::{
    Accounts as _, Deliveries as _, DeliveryFilter, Expire, Finished, Handed, Hands, Page, Queue as _,
    Retention as _, Webhooks as _,
};
use deskbell_core::time::{earlier, from_millis, later};
use deskbell_core::trigger::{Subscription, Trigger};
use deskbell_core::vault::{Sealed, Secret};
use deskbell_core::webhook::{Health, Status, Webhook};
use deskbell_store::SqliteStore;
use serde_json::json;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

const DAY: Duration = Duration::from_secs(24 * 3_600);
/// When the month begins.
const BEGINNING: i64 = 1_790_000_000_000;
/// Events of one commit.
const BATCH: u32 = 100;
/// Looks at a list each day.
const LOOKS: u32 = 40;
/// Rows and bytes of a part, as the program has them.
const PART_ROWS: usize = 512;
const PART_BYTES: u64 = 1 << 20;

/// What a month is made of.
#[derive(Debug, Clone, Copy)]
pub struct Month {
    /// Events of a day, in hundreds.
    pub hundreds: u32,
    /// How many days there are.
    pub days: u32,
    /// For how many of them events are kept.
    pub kept: u32,
    /// Accounts that share the events.
    pub accounts: u32,
}

/// What a day came to.
#[derive(Debug, Clone, Copy)]
pub struct Day {
    /// The main file, in bytes, when all of its log is in it.
    pub bytes: u64,
    /// Of these, bytes that nothing stands in.
    pub spare: u64,
    /// Events in it.
    pub events: u64,
    /// Accepting a batch, in the middle of the day's, in microseconds.
    pub accept_us: f64,
    /// Recording a batch.
    pub finish_us: f64,
    /// A page of 100 deliveries.
    pub list_us: f64,
    /// One part of the deletion, in the middle of the day's; 0 when there was none.
    pub part_us: f64,
    /// The longest of them.
    pub longest_part_us: f64,
    /// Events that went.
    pub expired: u64,
}

struct World {
    store: SqliteStore,
    random: SeededRandom,
    ids: EventIds,
    accounts: Vec<AccountId>,
    handed: Arc<Mutex<Vec<Leased>>>,
    events: u64,
}

/// Lives the month in a file in `folder`, and tells of each day.
///
/// # Errors
/// When the store fails.
pub async fn live(folder: &Path, month: Month, mut tell: impl FnMut(u32, &Day)) -> anyhow::Result<Vec<Day>> {
    let path = folder.join("deskbell.db");
    let mut world = World::open(&path, month).await?;
    let mut days = Vec::new();
    for number in 1..=month.days {
        let day = world.day(&path, month, number).await?;
        tell(number, &day);
        days.push(day);
    }
    Ok(days)
}

impl World {
    async fn open(path: &Path, month: Month) -> anyhow::Result<Self> {
        let store = SqliteStore::open(path)?;
        let (random, began) = (SeededRandom::new(1), from_millis(BEGINNING));
        let handed: Arc<Mutex<Vec<Leased>>> = Arc::default();
        let into = Arc::clone(&handed);
        let take = move |all: Vec<Handed>| {
            into.lock().unwrap_or_else(PoisonError::into_inner).extend(all.into_iter().map(|one| one.leased));
        };
        let bounds = Bounds { all: 100_000, start: 100_000, ceiling: 100_000, ..Bounds::default() };
        let concurrency = Arc::new(Concurrency::new(bounds, Arc::default()));
        let hands = Hands { concurrency, take: Box::new(take), wake: Box::new(|| {}) };
        store.join(Arc::new(hands), began, later(began, 1_000 * DAY)).await?;
        let mut accounts = Vec::new();
        for _ in 0..month.accounts {
            let id = AccountId::new(&random);
            let account = Account {
                id: id.clone(),
                email: format!("{id}@mail.example"),
                created: began,
                payload_style: PayloadStyle::default(),
                operator: false,
            };
            store.create_account(account, Sandbox::new(&id, &random, began)).await?;
            let webhook = WebhookId::new(&random);
            let webhook = Webhook {
                id: webhook.clone(),
                account: id.clone(),
                name: webhook.to_string(),
                url: format!("https://receiver.example/{webhook}"),
                events: vec![Subscription::Bookings],
                created: began,
                secret: Sealed(vec![7; 40]),
                status: Status::Enabled,
                health: Health::default(),
            };
            store.create_webhook(webhook, 1).await?;
            accounts.push(id);
        }
        Ok(Self { store, random, ids: EventIds::default(), accounts, handed, events: 0 })
    }

    async fn day(&mut self, path: &Path, month: Month, number: u32) -> anyhow::Result<Day> {
        let (mut accepting, mut finishing) = (Vec::new(), Vec::new());
        let began = later(from_millis(BEGINNING), DAY * (number - 1));
        for hundred in 0..month.hundreds {
            let now = later(began, DAY * hundred / month.hundreds.max(1));
            let events = (0..BATCH).map(|_| self.event(now)).collect();
            let clock = Instant::now();
            self.store.accept(events, now).await?;
            accepting.push(micros(clock));
            let held = std::mem::take(&mut *self.handed.lock().unwrap_or_else(PoisonError::into_inner));
            ensure!(held.len() == usize::try_from(BATCH)?, "{} deliveries were handed over", held.len());
            let finished = held.into_iter().map(|leased| ended(leased, now)).collect();
            let clock = Instant::now();
            self.store.finish(finished, &Rules::default(), now).await?;
            finishing.push(micros(clock));
        }
        let now = later(began, DAY);
        let mut parts = Vec::new();
        let expired = self.expire(now, month, &mut parts).await?;
        self.store.forget_keys(earlier(now, IDEMPOTENCY_LIFE), u32::MAX).await?;
        while self.store.give_back(PART_BYTES).await? > 0 {}
        self.events += u64::from(month.hundreds * BATCH);
        self.events -= expired;
        let mut listing = Vec::new();
        for look in 0..LOOKS {
            let account = self.accounts.iter().cycle().nth(usize::try_from(look)?).context("no account")?;
            let clock = Instant::now();
            let page = Page { limit: 100, cursor: None };
            self.store.deliveries(account, &DeliveryFilter::default(), &page).await?;
            listing.push(micros(clock));
        }
        let (bytes, spare) = weigh(path)?;
        Ok(Day {
            bytes,
            spare,
            events: self.events,
            accept_us: median(accepting),
            finish_us: median(finishing),
            list_us: median(listing),
            longest_part_us: parts.iter().copied().fold(0.0, f64::max),
            part_us: median(parts),
            expired,
        })
    }

    async fn expire(&self, now: Timestamp, month: Month, parts: &mut Vec<f64>) -> anyhow::Result<u64> {
        let keep = Keep::all(DAY * month.kept);
        let mut part = Expire { now, keep, rows: PART_ROWS, from: None };
        let mut expired = 0;
        loop {
            let clock = Instant::now();
            let done = self.store.expire(part).await?;
            expired += done.events;
            if done.events > 0 {
                parts.push(micros(clock));
            }
            part.from = done.next;
            if part.from.is_none() {
                return Ok(expired);
            }
        }
    }

    /// An event of some 1,500 bytes of one account after another, every tenth with an idempotency key.
    fn event(&mut self, now: Timestamp) -> NewEvent {
        let id = self.ids.next(now, &self.random);
        let number = self.random_number();
        let noise: String = (0..12).map(|_| format!("{:016x}", self.random_number())).collect();
        let data = json!({"object": "booking", "number": number, "subject": "An hour of advice",
            "booking_page": "BP-0000000001", "owner": "USR-0000000001", "noise": noise,
            "form_submission": {"name": "Noor van den Berg", "email": format!("noor{number}@guest.example"),
                "note": "lorem ipsum dolor sit amet ".repeat(36)}});
        let data = Data::new(Bytes::from(data.to_string()));
        let trigger = Trigger::BookingScheduled;
        let account = usize::try_from(number).unwrap_or_default() % self.accounts.len();
        let idempotency = number
            .is_multiple_of(10)
            .then(|| Idempotency::new(format!("key-{number}-{id}"), trigger, None, &data));
        let event = Event {
            body: render(&id, now, trigger, &data),
            id,
            account: self.accounts[account].clone(),
            trigger,
            subject: Some(format!("BKNG-{:012}", number % 1_000_000_000_000)),
            created: now,
            origin: Origin::Platform,
            payload_deleted: false,
        };
        NewEvent { event, idempotency, only: None, trace: None }
    }

    fn random_number(&self) -> u64 {
        use deskbell_core::Random as _;
        let mut bytes = [0; 8];
        self.random.fill(&mut bytes);
        u64::from_le_bytes(bytes) >> 1
    }
}

fn micros(clock: Instant) -> f64 {
    clock.elapsed().as_secs_f64() * 1e6
}

/// The attempt, answered 200 in a usual way.
fn ended(leased: Leased, now: Timestamp) -> Finished {
    let number = leased.number();
    let secret = Secret::new("00000000000000000000000000000000".into());
    let agent = "Deskbell-Webhooks/month";
    let signed = sign::request_headers(
        &secret,
        agent,
        &leased.delivery.event,
        leased.delivery.origin,
        now,
        &leased.body,
    );
    let attempt = Attempt {
        id: AttemptId::of(&leased.delivery.id, number),
        delivery: leased.delivery.id.clone(),
        event: leased.delivery.event.clone(),
        webhook: leased.webhook.id.clone(),
        account: leased.webhook.account.clone(),
        number,
        manual: false,
        sample: false,
        started: now,
        outcome: Outcome::Delivered,
        detail: String::new(),
        possibly_received: true,
        timings: Timings::default(),
        address: Some(([192, 0, 2, 1], 443).into()),
        url: leased.webhook.url.clone(),
        request_headers: signed,
        response: Some(Response {
            status: 200,
            headers: vec![
                ("content-type".into(), "application/json".into()),
                ("server".into(), "nginx".into()),
            ],
            body: Bytes::from_static(b"{\"ok\":true}"),
            truncated: false,
            incomplete: false,
        }),
    };
    Finished { place: leased.place, randomness: 0.5, attempt: attempt.into(), delivery: leased.delivery }
}

/// Bytes of the file when its log is in it, and those of them in which nothing stands.
fn weigh(path: &Path) -> anyhow::Result<(u64, u64)> {
    let conn = rusqlite::Connection::open(path)?;
    conn.busy_timeout(Duration::from_secs(30))?;
    let number = |name| conn.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let (page, pages, free) = (number("page_size")?, number("page_count")?, number("freelist_count")?);
    Ok(((page * pages).unsigned_abs(), (page * free).unsigned_abs()))
}
