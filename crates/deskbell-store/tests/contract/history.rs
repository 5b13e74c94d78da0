//! F-16: the same random history gives the same answers on every store.

mod sandbox;

use crate::given::{
    FOR_EVER_MILLIS, Shared, add_account, at, eager, finished, first, memory, room, rules, sqlite, unspent,
};
use bytes::Bytes;
use deskbell_core::attempt::{Attempt, Outcome, Response, Timings};
use deskbell_core::delivery::{Epoch, Leased};
use deskbell_core::event::{Event, Idempotency, NewEvent, Origin};
use deskbell_core::id::{AccountId, AttemptId, DeliveryId, EventId, WebhookId};
use deskbell_core::policy::concurrency::{Bounds, Concurrency, Permit};
use deskbell_core::retention::Keep;
use deskbell_core::store::{
    Accepted, AttemptFilter, Claim, Claimed, Cursor, DeliveryFilter, EventFilter, Expire, Expired, Finished,
    Handed, Hands, Page, SetBack,
};
use deskbell_core::trigger::{Subscription, Trigger};
use deskbell_core::vault::Sealed;
use deskbell_core::webhook::{Health, Status, Webhook, WebhookChange};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

const WEBHOOKS: u8 = 4;
const STEPS: usize = 120;
/// With as many cases, more than the 10,000 steps that the row asks for.
const CASES: u32 = 90;

/// What the histories must come to at least once: one in which nothing happens proves nothing.
const WORDS: [&str; 9] = [
    "Conflict",
    "Cancelled",
    "Stale",
    "manual: true",
    "handed over",
    "Ok(false)",
    "2 parts",
    "some were tried",
    "bytes alone",
];

/// One call. Small numbers name things, so that calls meet.
#[derive(Debug, Clone)]
enum Action {
    Wait(i64),
    Create {
        webhook: u8,
        name: u8,
        account: u8,
    },
    Change {
        webhook: u8,
        name: Option<u8>,
        enabled: Option<bool>,
        subscribed: Option<bool>,
    },
    Delete {
        webhook: u8,
    },
    Accept {
        id: u8,
        account: u8,
        key: Option<(u8, u8)>,
        only: Option<u8>,
        closed: bool,
    },
    Claim {
        limit: usize,
        per_webhook: u32,
        busy: Option<(u8, u32)>,
    },
    Finish {
        lease: usize,
        status: Option<u16>,
        randomness: f64,
    },
    Release {
        lease: usize,
    },
    /// A machine with so much room for each webhook and for all, for so many milliseconds; it ends the one before.
    Join {
        room: u32,
        all: u32,
        lasts: i64,
    },
    Beat {
        lasts: i64,
    },
    Leave,
    TakeOver,
    SetBack {
        by: i64,
        limit: usize,
    },
    Retry {
        delivery: usize,
    },
    /// Deletes what is older than so many milliseconds, and bytes that are older than this part of it in percent, in parts of so many
    /// rows.
    Expire {
        kept: u32,
        bytes: u32,
        rows: usize,
    },
    Page {
        limit: u32,
        cursor: usize,
        before: bool,
    },
}

fn steps() -> impl Strategy<Value = Vec<Action>> {
    let webhook = || 0..WEBHOOKS;
    let maybe = |strategy: std::ops::Range<u8>| proptest::option::weighted(0.3, strategy);
    let status = prop_oneof![
        3 => Just(Some(200)), 3 => Just(Some(500)), 1 => Just(Some(429)), 1 => Just(Some(410)), 1 => Just(None)
    ];
    let lasts = || prop_oneof![1 => 1_000..60_000i64, 5 => Just(FOR_EVER_MILLIS)];
    let wait = prop_oneof![4 => 0..2_000i64, 2 => 20_000..70_000i64, 1 => 1_000_000..30_000_000i64];
    let step = prop_oneof![
        6 => wait.prop_map(Action::Wait),
        3 => (webhook(), 0..3u8, 0..2u8).prop_map(|(webhook, name, account)| Action::Create { webhook, name, account }),
        2 => (webhook(), maybe(0..3), any::<Option<bool>>(), any::<Option<bool>>()).prop_map(
            |(webhook, name, enabled, subscribed)| Action::Change { webhook, name, enabled, subscribed }),
        1 => webhook().prop_map(|webhook| Action::Delete { webhook }),
        8 => (any::<u8>(), 0..2u8, proptest::option::weighted(0.2, (0..3u8, 0..2u8)), maybe(0..WEBHOOKS), any::<bool>())
            .prop_map(|(id, account, key, only, closed)| Action::Accept { id, account, key, only, closed }),
        10 => (0..7usize, 1..4u32, proptest::option::of((webhook(), 0..3u32))).prop_map(
            |(limit, per_webhook, busy)| Action::Claim { limit, per_webhook, busy }),
        12 => (any::<usize>(), status, 0.0..1.0).prop_map(|(lease, status, randomness)| Action::Finish { lease, status, randomness }),
        2 => any::<usize>().prop_map(|lease| Action::Release { lease }),
        2 => (0..4u32, 1..9u32, lasts()).prop_map(|(room, all, lasts)| Action::Join { room, all, lasts }),
        2 => lasts().prop_map(|lasts| Action::Beat { lasts }),
        1 => Just(Action::Leave),
        1 => Just(Action::TakeOver),
        1 => (1_000..400_000i64, 1..5usize).prop_map(|(by, limit)| Action::SetBack { by, limit }),
        3 => any::<usize>().prop_map(|delivery| Action::Retry { delivery }),
        2 => (0..100_000u32, 0..101u32, 1..9usize).prop_map(|(kept, bytes, rows)| Action::Expire { kept, bytes, rows }),
        3 => (1..5u32, any::<usize>(), any::<bool>()).prop_map(
            |(limit, cursor, before)| Action::Page { limit, cursor, before }),
    ];
    proptest::collection::vec(step, STEPS)
}

/// Walks a history on one store.
trait Walk {
    type Action: std::fmt::Debug;

    async fn new(store: Shared) -> Self;

    /// What the store answers, in words.
    async fn take(&mut self, step: &Self::Action) -> String;

    /// All that can be read of a store.
    async fn state(store: &Shared) -> Vec<String>;
}

/// F-16, C-31. Every answer of the two stores is compared as it comes, and everything that can be read at the end, also after
/// a crash. The histories must come to each of `words` at least once.
fn agree<W: Walk>(histories: impl Strategy<Value = Vec<W::Action>>, words: &[&'static str]) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let config = ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() };
    let seen: RefCell<HashMap<&str, u32>> = RefCell::default();
    let is_eager = Cell::new(false);
    let result = TestRunner::new(config).run(&histories, |steps| {
        // The tables take in what is in the redo log now and then, or all of it beside the next step.
        let is_eager = is_eager.replace(!is_eager.get());
        let stores = async { (memory().await, if is_eager { eager().await } else { sqlite().await }) };
        let ((one, ()), (two, place)) = runtime.block_on(stores);
        runtime.block_on(async {
            let (mut memory, mut sqlite) = (W::new(one.clone()).await, W::new(two.clone()).await);
            for step in &steps {
                let answer = memory.take(step).await;
                for word in words.iter().copied().filter(|word| answer.contains(word)) {
                    *seen.borrow_mut().entry(word).or_default() += 1;
                }
                prop_assert_eq!(&answer, &sqlite.take(step).await, "F-16: {:?}", step);
            }
            // Nobody has read since the last answer: what it tells of may be in the redo log alone.
            let (crashed, _place) = place.crash();
            let state = W::state(&one).await;
            prop_assert_eq!(&state, &W::state(&two).await, "F-16");
            prop_assert_eq!(
                &state,
                &W::state(&crashed).await,
                "C-31: what was answered is there after a crash"
            );
            Ok(())
        })
    });
    result.unwrap();
    for word in words {
        assert!(seen.borrow().contains_key(word), "no history came to {word}: {seen:?}");
    }
}

/// A store on its way through a history.
struct Walker {
    store: Shared,
    now: i64,
    epoch: Epoch,
    /// What the machine was handed over and has not been looked at.
    taken: UnboundedReceiver<Handed>,
    /// What it holds or held, with its room.
    leases: Vec<(Leased, Option<Permit>)>,
    deliveries: Vec<DeliveryId>,
    resume: Option<WebhookId>,
}

fn account(n: u8) -> AccountId {
    AccountId::from_text(format!("ACC-{n}"))
}

fn webhook_id(n: u8) -> WebhookId {
    WebhookId::from_text(format!("WHK-{n:010}"))
}

impl Walker {
    fn lease(&self, n: usize) -> Option<&Leased> {
        self.leases.get(n % self.leases.len().max(1)).map(|(leased, _)| leased)
    }

    fn make_room(&mut self, n: usize) {
        let all = self.leases.len().max(1);
        if let Some((_, permit)) = self.leases.get_mut(n % all) {
            *permit = None;
        }
    }

    async fn join(&mut self, bounds: Bounds, until: i64) {
        let (take, taken) = unbounded_channel();
        let hands = Hands {
            concurrency: Arc::new(Concurrency::new(bounds, Arc::default())),
            take: Box::new(move |handed| handed.into_iter().for_each(|one| drop(take.send(one)))),
            wake: Box::new(|| {}),
        };
        self.taken = taken;
        self.epoch = self.store.join(Arc::new(hands), at(self.now), at(until)).await.unwrap();
    }

    /// Keeps what a machine got, and tells of it all but its place, which is the store's own, and the webhook's health, which
    /// may be older.
    fn keep(&mut self, handed: Handed, how: &str) -> String {
        let Handed { leased, permit } = handed;
        let webhook = Webhook { health: Health::default(), ..Webhook::clone(&leased.webhook) };
        let (delivery, manual) = (&leased.delivery, leased.is_manual());
        let told = format!("{how}, manual: {manual}: {delivery:?} {:?} {webhook:?}\n", leased.body);
        self.leases.push((leased, Some(permit)));
        told
    }

    /// What the store handed over of that event.
    async fn handed(&mut self, event: &EventId) -> String {
        let filter = DeliveryFilter { event: Some(event.clone()), ..DeliveryFilter::default() };
        let mut told = String::new();
        for n in 0..2 {
            let deliveries = self.store.deliveries(&account(n), &filter, &first(100)).await.unwrap().items;
            for _ in deliveries.iter().filter(|delivery| delivery.is_leased()) {
                let handed = self.taken.recv().await.unwrap();
                told += &self.keep(handed, "handed over");
            }
        }
        told
    }
}

impl Walk for Walker {
    type Action = Action;

    async fn new(store: Shared) -> Self {
        for n in 0..2 {
            add_account(&*store, account(n), &format!("{n}@mail.example")).await;
        }
        let taken = unbounded_channel().1;
        let (leases, deliveries) = (Vec::new(), Vec::new());
        let mut walker =
            Self { store, now: 0, epoch: Epoch::default(), taken, leases, deliveries, resume: None };
        walker.join(room(1), FOR_EVER_MILLIS).await;
        walker
    }

    async fn take(&mut self, step: &Action) -> String {
        let (store, now) = (self.store.clone(), at(self.now));
        match step.clone() {
            Action::Wait(millis) => {
                self.now += millis;
                String::new()
            }
            Action::Create { webhook, name, account: owner } => {
                let webhook = Webhook {
                    id: webhook_id(webhook),
                    account: account(owner),
                    name: name.to_string(),
                    url: "https://a.example/".into(),
                    events: vec![Subscription::Bookings],
                    created: now,
                    secret: Sealed(vec![1]),
                    status: Status::Enabled,
                    health: Health::default(),
                };
                // An id that is taken is the caller's bad luck: stores word the error as they like.
                format!("{:?}", store.create_webhook(webhook, 3).await.ok())
            }
            Action::Change { webhook, name, enabled, subscribed } => {
                let events = subscribed.map(|all| {
                    if all { vec![Subscription::Conversations, Subscription::Bookings] } else { Vec::new() }
                });
                let change = WebhookChange {
                    name: name.map(|name| name.to_string()),
                    url: None,
                    events,
                    enabled,
                    end_rest: false,
                };
                let id = webhook_id(webhook);
                format!("{:?}", store.change_webhook(&account(0), &id, &change, now).await)
            }
            Action::Delete { webhook } => {
                format!("{:?}", store.delete_webhook(&account(0), &webhook_id(webhook), now).await)
            }
            Action::Accept { id, account: owner, key, only, closed } => {
                let event = Event {
                    id: EventId::from_text(format!("EVNT-{id:010}")),
                    account: account(owner),
                    trigger: if closed { Trigger::ConversationClosed } else { Trigger::BookingScheduled },
                    subject: (id % 2 == 0).then(|| id.to_string()),
                    created: now,
                    body: Bytes::from(vec![id]),
                    origin: Origin::Platform,
                    payload_deleted: false,
                };
                let idempotency =
                    key.map(|(key, content)| Idempotency { key: key.to_string(), digest: [content; 32] });
                for n in 0..WEBHOOKS {
                    self.deliveries.push(DeliveryId::of(&event.id, &webhook_id(n)));
                }
                let (id, new) = (
                    event.id.clone(),
                    NewEvent { event, idempotency, only: only.map(webhook_id), trace: None },
                );
                let accepted = store.accept(vec![new], now).await.unwrap();
                let new = matches!(accepted[0], Accepted::New { .. });
                let handed = if new { self.handed(&id).await } else { String::new() };
                format!("{accepted:?} {handed}")
            }
            Action::Claim { limit, per_webhook, busy } => {
                let concurrency = Arc::new(Concurrency::new(room(per_webhook), Arc::default()));
                let busy = busy.into_iter().flat_map(|(n, held)| (0..held).map(move |_| webhook_id(n)));
                let _held: Vec<_> =
                    busy.map(|id| concurrency.take(&account(0), &id, &Health::default(), 1, now)).collect();
                let (epoch, resume) = (self.epoch, self.resume.clone());
                let claim = Claim { epoch, now, limit, concurrency, resume };
                // What it says of the next look may be early or for nothing: that costs a look, no more.
                let Claimed { handed, lost, last, .. } = store.claim(claim, &rules()).await.unwrap();
                let mut told = format!("{last:?} {lost:?} ");
                self.resume = last;
                for handed in handed {
                    told += &self.keep(handed, "claimed");
                }
                told
            }
            Action::Finish { lease, status, randomness } => {
                let Some(leased) = self.lease(lease) else { return String::new() };
                let finished = Finished { randomness, ..finished(leased, ended(leased, status, self.now)) };
                let rules = deskbell_core::policy::retry::Rules::default();
                let recorded = store.finish(vec![finished], &rules, now).await;
                self.make_room(lease);
                format!("{recorded:?}")
            }
            Action::Release { lease } => {
                let Some(leased) = self.lease(lease) else { return String::new() };
                let released = store.release(vec![unspent(leased)], now).await;
                self.make_room(lease);
                format!("{released:?}")
            }
            Action::Join { room: each, all, lasts } => {
                self.join(Bounds { all, ..room(each) }, self.now + lasts).await;
                String::new()
            }
            Action::Beat { lasts } => {
                format!("{:?}", store.beat(self.epoch, now, at(self.now + lasts)).await)
            }
            Action::Leave => format!("{:?}", store.leave(self.epoch, now).await),
            Action::TakeOver => format!("{:?}", store.take_over(self.epoch, now, 1_000).await),
            Action::SetBack { by, limit } => {
                self.now -= by;
                let by = Duration::from_millis(by.unsigned_abs());
                let mut next =
                    Some(SetBack { by, earlier: Duration::ZERO, now: at(self.now), limit, behind: None });
                let mut parts = 0;
                while let Some(back) = next {
                    next = store.set_back(back, &rules()).await.unwrap();
                    parts += 1;
                }
                format!("{parts} parts")
            }
            Action::Retry { delivery } => {
                // Of what was held once, and of anything.
                let held =
                    self.lease(delivery).filter(|_| delivery % 2 == 0).map(|leased| &leased.delivery.id);
                let any = self.deliveries.get(delivery % self.deliveries.len().max(1));
                let Some(id) = held.or(any) else { return String::new() };
                format!("{:?}", store.retry_delivery(&account(0), id, now).await)
            }
            Action::Expire { kept, bytes, rows } => {
                let millis = |millis: u32| Duration::from_millis(millis.into());
                let keep = Keep { events: millis(kept), payloads: millis(kept / 100 * bytes) };
                let (mut sum, mut next) = ([0; 4], Some(Expire { now, keep, rows, from: None }));
                while let Some(part) = next {
                    let done = store.expire(part).await.unwrap();
                    let Expired { events, deliveries, attempts, payloads, .. } = done;
                    sum = [sum[0] + events, sum[1] + deliveries, sum[2] + attempts, sum[3] + payloads];
                    next = done.next.map(|from| Expire { from: Some(from), ..part });
                }
                let tried = if sum[2] > 0 { "some were tried" } else { "" };
                let bytes = if sum[3] > 0 { "bytes alone" } else { "" };
                format!("{sum:?} went, {tried} {bytes}")
            }
            Action::Page { limit, cursor, before } => {
                let id = self.deliveries.get(cursor % self.deliveries.len().max(1)).map(ToString::to_string);
                let cursor = id.map(|id| if before { Cursor::Before(id) } else { Cursor::After(id) });
                let page = Page { limit, cursor };
                format!("{:?}", store.deliveries(&account(0), &DeliveryFilter::default(), &page).await)
            }
        }
    }

    async fn state(store: &Shared) -> Vec<String> {
        let page = first(10_000);
        let webhooks: Vec<_> = (0..WEBHOOKS).map(webhook_id).collect();
        let mut state = Vec::new();
        for n in 0..2 {
            let account = account(n);
            state.push(format!("{:?}", store.webhooks(&account, &page).await));
            state.push(format!("{:?}", store.records(&account, &webhooks, at(0)).await));
            state.push(format!("{:?}", store.events(&account, &EventFilter::default(), &page).await));
            state.push(format!("{:?}", store.deliveries(&account, &DeliveryFilter::default(), &page).await));
            state.push(format!("{:?}", store.attempts(&account, &AttemptFilter::default(), &page).await));
            state.push(format!("{:?}", store.cut(&account).await.map(|cut| (cut.events, cut.payloads))));
        }
        state
    }
}

fn ended(leased: &Leased, status: Option<u16>, millis: i64) -> Attempt {
    let outcome = match status {
        Some(200) => Outcome::Delivered,
        Some(_) => Outcome::HttpStatus,
        None => Outcome::HeadTimeout,
    };
    let response = status.map(|status| Response {
        status,
        headers: vec![("retry-after".into(), "7".into())],
        body: Bytes::from_static(b"no"),
        truncated: false,
        incomplete: true,
    });
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
        response,
    }
}

/// F-16.
#[test]
fn the_same_history_gives_the_same_answers() {
    agree::<Walker>(steps(), &WORDS);
}
