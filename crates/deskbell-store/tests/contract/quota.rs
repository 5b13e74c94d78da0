//! How many bytes of events are kept, by account, and how many may be.

use crate::cluster::Cluster;
use crate::given::{Given, Shared, add_account, at, eager, postgres, sqlite, stranger};
use crate::{booking, conversation};
use bytes::Bytes;
use deskbell_core::Random as _;
use deskbell_core::account::{Account, PayloadStyle};
use deskbell_core::attempt::Outcome;
use deskbell_core::booking::Booking;
use deskbell_core::event::{Event, Idempotency, NewEvent, Origin};
use deskbell_core::id::AccountId;
use deskbell_core::quota::{Full, Keeper, Kept, UNBOUNDED};
use deskbell_core::retention::Keep;
use deskbell_core::sandbox::Sandbox;
use deskbell_core::store::{Accepted, BookingSaved, ConversationChange, ConversationsSaved, Error, Expire};
use deskbell_core::trigger::Trigger;
use std::time::Duration;

/// Bytes that are kept beside those of an event that does not compress: its form and its checksum.
const HEAD: usize = 5;

fn whole(bytes: usize) -> Kept {
    Kept { bytes: bytes as u64, own: None, is_partial: false }
}

/// An event that is kept as so many bytes.
fn event(given: &Given, account: &AccountId, bytes: usize) -> NewEvent {
    let mut new = given.event(Trigger::BookingScheduled);
    let mut noise = vec![0; bytes - HEAD];
    given.random.fill(&mut noise);
    (new.event.account, new.event.body) = (account.clone(), Bytes::from(noise));
    new
}

async fn kept(store: &Shared, account: &AccountId) -> usize {
    let kept = store.kept(account).await.unwrap();
    assert!(!kept.is_partial);
    usize::try_from(kept.bytes).unwrap()
}

/// What a day of sweeps leaves of what is older than so many milliseconds, and of bytes that are.
async fn expire(store: &Shared, events: u64, payloads: u64, millis: i64) {
    let [events, payloads] = [events, payloads].map(Duration::from_millis);
    let mut part = Expire { now: at(millis), keep: Keep { events, payloads }, rows: 7, from: None };
    while let Some(next) = store.expire(part).await.unwrap().next {
        part.from = Some(next);
    }
}

/// Each event in turn, with its account and what is kept of it.
async fn accept_many(given: &Given, accounts: &[AccountId], millis: i64) -> Vec<usize> {
    let mut sums = vec![0; accounts.len()];
    let mut batch = Vec::new();
    for n in 0..40 * accounts.len() {
        let at = n % accounts.len();
        // Each has other sizes, and most other sums.
        let bytes = HEAD + 10 + (n * 37 + at * 11) % 300;
        sums[at] += bytes;
        batch.push(event(given, &accounts[at], bytes));
        if batch.len() == 17 {
            given.store.accept(std::mem::take(&mut batch), self::at(millis)).await.unwrap();
        }
    }
    given.store.accept(batch, self::at(millis)).await.unwrap();
    sums
}

async fn accounts(store: &Shared, count: usize) -> Vec<AccountId> {
    let mut accounts = Vec::new();
    for n in 0..count {
        let id = AccountId::from_text(format!("ACC-MANY{n}"));
        add_account(&**store, id.clone(), &format!("many{n}@mail.example")).await;
        accounts.push(id);
    }
    accounts
}

pub(crate) async fn what_is_kept_is_counted_by_account_and_goes_with_what_is_deleted(store: Shared) {
    let given = Given::on(store.clone()).await;
    given.add_webhook("one").await;
    let mut accounts = accounts(&store, 20).await;
    // Ours has deliveries, one of which is not over: its event stays.
    accounts.push(given.account.clone());
    let nothing = Kept::default();
    assert_eq!(store.kept(&given.account).await.unwrap(), nothing);
    assert_eq!(store.kept(&AccountId::from_text("ACC-NOBODY")).await.unwrap(), nothing);
    let first = accept_many(&given, &accounts, 0).await;
    let second = accept_many(&given, &accounts, 5_000).await;
    for (at, account) in accounts.iter().enumerate() {
        assert_eq!(store.kept(account).await.unwrap(), whole(first[at] + second[at]), "{account}");
    }
    // The bytes of the first forty go, of all but ours: those have deliveries that wait.
    expire(&store, 100_000, 1_000, 5_500).await;
    for (at, account) in accounts.iter().enumerate().take(20) {
        assert_eq!(kept(&store, account).await, 40 + second[at], "a deleted body leaves one byte: {account}");
    }
    assert_eq!(kept(&store, &given.account).await, first[20] + second[20]);
    expire(&store, 100_000, 1_000, 5_500).await;
    assert_eq!(kept(&store, &accounts[3]).await, 40 + second[3], "once more changes nothing");
    expire(&store, 1_000, 1_000, 5_500).await;
    for (at, account) in accounts.iter().enumerate().take(20) {
        assert_eq!(kept(&store, account).await, second[at], "{account}");
    }
    expire(&store, 1, 1, 100_000).await;
    for account in &accounts[..20] {
        assert_eq!(kept(&store, account).await, 0, "{account}");
    }
    assert_eq!(kept(&store, &given.account).await, first[20] + second[20], "what is owed stays");
}

pub(crate) async fn past_its_quota_an_account_is_refused_and_no_other(store: Shared) {
    let given = Given::on(store.clone()).await;
    given.add_webhook("one").await;
    let (ours, theirs) = (given.account.clone(), stranger());
    let of = |account: &AccountId, bytes| event(&given, account, bytes);
    let new = |deliveries| Accepted::New { deliveries };
    let full = |kept, quota| Accepted::OverQuota(Full { kept, quota });
    let accept = |events: Vec<NewEvent>, millis| {
        let store = &store;
        async move { store.accept(events, at(millis)).await.unwrap() }
    };
    assert_eq!(accept(vec![of(&ours, 900)], 0).await, [new(1)], "there is no quota before one is set");
    store.set_quota(1_000).await.unwrap();
    let idempotency = Some(Idempotency { key: "k".into(), digest: [1; 32] });
    let keyed = NewEvent { idempotency: idempotency.clone(), ..of(&ours, 60) };
    let again = NewEvent { event: of(&ours, 60).event, ..keyed.clone() };
    let verdicts =
        accept(vec![keyed.clone(), of(&ours, 50), of(&theirs, 990), of(&ours, 40), of(&ours, 6), again], 1)
            .await;
    let repeat = Accepted::Duplicate { event: keyed.event.id.clone() };
    assert_eq!(verdicts, [new(1), full(960, 1_000), new(0), new(1), full(1_000, 1_000), repeat]);
    assert_eq!((kept(&store, &ours).await, kept(&store, &theirs).await), (1_000, 990));
    assert_eq!(accept(vec![of(&theirs, 10)], 2).await, [new(0)], "another account is another account");

    // Its own quota beats that of the instance, be it larger or smaller.
    assert!(store.set_own_quota(&ours, Some(1_100)).await.unwrap());
    assert!(!store.set_own_quota(&AccountId::from_text("ACC-NOBODY"), None).await.unwrap());
    assert_eq!(store.kept(&ours).await.unwrap().own, Some(1_100));
    assert_eq!(accept(vec![of(&ours, 100), of(&theirs, 6)], 3).await, [new(1), full(1_000, 1_000)]);
    assert!(store.set_own_quota(&ours, Some(10)).await.unwrap());
    assert_eq!(accept(vec![of(&ours, 6)], 4).await, [full(1_100, 10)]);
    assert!(store.set_own_quota(&ours, Some(UNBOUNDED)).await.unwrap());
    assert_eq!(accept(vec![of(&ours, 6)], 4).await, [new(1)]);
    assert!(store.set_own_quota(&ours, None).await.unwrap());
    assert_eq!(accept(vec![of(&ours, 6)], 4).await, [full(1_106, 1_000)]);

    // What was accepted is delivered all the same, and what retention gives back can be used again.
    loop {
        let leased = given.claim(5).await.leased;
        for one in &leased {
            given.finish(one, Outcome::Delivered, 5).await;
        }
        if leased.is_empty() {
            break;
        }
    }
    expire(&store, 1_000, 1_000, 2_000).await;
    assert_eq!(kept(&store, &ours).await, 0);
    assert_eq!(accept(vec![of(&ours, 990), of(&ours, 11)], 2_001).await, [new(1), full(990, 1_000)]);
    store.set_quota(UNBOUNDED).await.unwrap();
    assert_eq!(accept(vec![of(&ours, 11)], 2_002).await, [new(1)]);
}

pub(crate) async fn the_operators_account_has_no_quota_until_it_is_given_one(store: Shared) {
    let given = Given::on(store.clone()).await;
    let id = AccountId::from_text("ACC-OPERATOR");
    let operator = Account {
        id: id.clone(),
        email: "operator@mail.example".into(),
        created: at(0),
        payload_style: PayloadStyle::Current,
        operator: true,
    };
    store.create_account(operator, Sandbox::default()).await.unwrap();
    store.set_quota(100).await.unwrap();
    assert_eq!(store.kept(&id).await.unwrap(), Kept { own: Some(UNBOUNDED), ..Kept::default() });
    let verdicts = store.accept(vec![event(&given, &id, 5_000)], at(0)).await.unwrap();
    assert_eq!(verdicts, [Accepted::New { deliveries: 0 }]);
    assert!(store.set_own_quota(&id, None).await.unwrap());
    let verdicts = store.accept(vec![event(&given, &id, 6)], at(0)).await.unwrap();
    assert_eq!(verdicts, [Accepted::OverQuota(Full { kept: 5_000, quota: 100 })]);
}

pub(crate) async fn what_cannot_ring_is_not_booked_and_what_ends_in_time_does(store: Shared) {
    let given = Given::on(store.clone()).await;
    let ours = given.account.clone();
    let sized = |trigger, bytes: usize| {
        let mut new = event(&given, &ours, bytes);
        (new.event.trigger, new.event.origin) = (trigger, Origin::Sandbox);
        new
    };
    store.set_quota(100).await.unwrap();
    let first = booking::booking(&given, 0);
    let saved =
        store.save_bookings(vec![booking::change(&first, sized(Trigger::BookingScheduled, 60))], at(0)).await;
    assert_eq!(saved.unwrap(), BookingSaved::Saved);
    let full = Full { kept: 60, quota: 100 };
    let [second, third] = [60, 120].map(|minutes| booking::booking(&given, minutes));
    let changes = [&second, &third].map(|one| booking::change(one, sized(Trigger::BookingScheduled, 25)));
    let refused = store.save_bookings(changes.to_vec(), at(1)).await;
    let kept_then = Full { kept: 85, quota: 100 };
    assert!(
        matches!(refused, Err(Error::OverQuota(told)) if told == full || told == kept_then),
        "both or none: {refused:?}"
    );
    for one in [&second, &third] {
        assert_eq!(store.booking(&ours, &one.id).await.unwrap(), None);
    }
    let talk = conversation::conversation(&given, 1, 1, 0);
    let change = |new| vec![ConversationChange { conversation: talk.clone(), event: Some(new) }];
    let refused = store.save_conversations(change(sized(Trigger::ConversationStarted, 41)), at(2)).await;
    assert!(matches!(refused, Err(Error::OverQuota(told)) if told == full), "{refused:?}");
    assert_eq!(store.conversation(&ours, &talk.id).await.unwrap(), None);
    assert_eq!(kept(&store, &ours).await, 60, "what was refused left nothing");

    let saved = store.save_conversations(change(sized(Trigger::ConversationStarted, 40)), at(3)).await;
    assert_eq!(saved.unwrap(), ConversationsSaved::Saved);
    // It is full. Time goes on, and what it ends is told.
    let ended = Booking { revision: 1, ..first };
    let rings = booking::change(&ended, sized(Trigger::BookingCompleted, 30));
    assert_eq!(store.save_bookings(vec![rings], at(4)).await.unwrap(), BookingSaved::Saved);
    assert_eq!(kept(&store, &ours).await, 130);
    let told = sized(Trigger::BookingCompleted, 30);
    let posted = NewEvent { event: Event { origin: Origin::Platform, ..told.event }, ..told };
    let verdicts = store.accept(vec![posted], at(5)).await.unwrap();
    assert_eq!(verdicts, [Accepted::OverQuota(Full { kept: 130, quota: 100 })], "a platform says so itself");
}

pub(crate) async fn the_fullest_are_told_first(store: Shared) {
    let given = Given::on(store.clone()).await;
    let accounts = accounts(&store, 5).await;
    for (account, bytes) in accounts.iter().zip([500, 100, 300, 400]) {
        store.accept(vec![event(&given, account, bytes)], at(0)).await.unwrap();
    }
    store.set_own_quota(&accounts[1], Some(100)).await.unwrap();
    store.set_own_quota(&accounts[0], Some(UNBOUNDED)).await.unwrap();
    let told =
        |found: Vec<Keeper>| found.into_iter().map(|one| (one.email, one.kept.bytes)).collect::<Vec<_>>();
    let named = |order: &[usize]| -> Vec<(String, u64)> {
        let bytes = [500, 100, 300, 400];
        order.iter().map(|n| (format!("many{n}@mail.example"), bytes[*n])).collect()
    };
    store.set_quota(1_000).await.unwrap();
    assert_eq!(told(store.fullest(9).await.unwrap()), named(&[1, 3, 2, 0]), "who keeps nothing is left out");
    assert_eq!(told(store.fullest(2).await.unwrap()), named(&[1, 3]));
    store.set_quota(UNBOUNDED).await.unwrap();
    assert_eq!(told(store.fullest(9).await.unwrap()), named(&[1, 0, 3, 2]));
}

pub(crate) async fn two_machines_count_together(store: Shared) {
    let given = Given::on(store.clone()).await;
    let Some(other) = store.machine() else { return };
    let ours = given.account.clone();
    for machine in [&store, &other] {
        machine.set_quota(10_000).await.unwrap();
    }
    let events = |count: usize| (0..count).map(|_| event(&given, &ours, 100)).collect::<Vec<_>>();
    let batches: Vec<(Shared, Vec<NewEvent>)> =
        (0..20).map(|n| (if n % 2 == 0 { store.clone() } else { other.clone() }, events(10))).collect();
    let accepted = batches.into_iter().map(|(machine, batch)| async move {
        let verdicts = machine.accept(batch, at(0)).await.unwrap();
        verdicts.iter().filter(|one| matches!(one, Accepted::New { .. })).count()
    });
    let accepted: usize = futures::future::join_all(accepted).await.into_iter().sum();
    assert_eq!((accepted, kept(&store, &ours).await), (100, 10_000), "not one too many, and not one too few");
}

/// Each store of SQLite's: its tables may be behind by much or by little.
#[tokio::test]
async fn what_is_kept_is_exact_after_a_crash() {
    for (store, opened) in [sqlite().await, eager().await] {
        let given = Given::on(store.clone()).await;
        let accounts = accounts(&store, 5).await;
        store.set_quota(UNBOUNDED).await.unwrap();
        let mut sums = vec![0; 5];
        for round in 0..4 {
            let more = accept_many(&given, &accounts, round * 1_000).await;
            sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
            let (crashed, _place) = opened.crash();
            // The writer's own number, before anybody has read it.
            crashed.set_quota(sums[2] as u64).await.unwrap();
            let verdicts = crashed.accept(vec![event(&given, &accounts[2], 6)], at(9_000)).await.unwrap();
            let full = Full { kept: sums[2] as u64, quota: sums[2] as u64 };
            assert_eq!(verdicts, [Accepted::OverQuota(full)]);
            for (account, sum) in accounts.iter().zip(&sums) {
                assert_eq!(kept(&crashed, account).await, *sum, "{account}");
            }
        }
        for (account, sum) in accounts.iter().zip(&sums) {
            assert_eq!(kept(&store, account).await, *sum, "{account}");
        }
    }
}

/// The command line is a process of its own.
#[tokio::test]
async fn a_quota_that_another_process_sets_holds_with_the_next_event() {
    for (store, opened) in [sqlite().await, eager().await] {
        let given = Given::on(store.clone()).await;
        let ours = given.account.clone();
        let [file, _] = opened.files();
        store.set_quota(1_000).await.unwrap();
        let accept =
            async |bytes| store.accept(vec![event(&given, &ours, bytes)], at(0)).await.unwrap().remove(0);
        assert_eq!(accept(600).await, Accepted::New { deliveries: 0 });
        for quota in [700_i64, 1_300] {
            file.execute("UPDATE accounts SET quota = ?1 WHERE id = ?2", (quota, ours.as_str())).unwrap();
            let room = quota - 600;
            let full = Accepted::OverQuota(Full { kept: 600, quota: quota.unsigned_abs() });
            assert_eq!(accept(usize::try_from(room).unwrap() + 1).await, full);
        }
        assert_eq!(accept(700).await, Accepted::New { deliveries: 0 });
    }
}

/// What an older release accepted is counted a part at a time, in any order with what comes and goes meanwhile. `sql` changes what is
/// kept to what such a migration leaves, and gives what is there.
async fn older(store: Shared, sql: impl Fn(&str) -> String) {
    let given = Given::on(store.clone()).await;
    let accounts = accounts(&store, 6).await;
    store.set_quota(100_000).await.unwrap();
    let first = accept_many(&given, &accounts, 0).await;
    assert_eq!(kept(&store, &accounts[0]).await, first[0]);
    sql("forget");
    let partial = store.kept(&accounts[0]).await.unwrap();
    assert_eq!(partial, Kept { bytes: 0, own: None, is_partial: true });
    let second = accept_many(&given, &accounts, 5_000).await;
    assert_eq!(store.kept(&accounts[5]).await.unwrap().bytes, second[5] as u64);
    // Some are counted, of the first account; then the oldest go, of all: those that are, and those that are not.
    for _ in 0..3 {
        assert!(store.count_older(7).await.unwrap());
    }
    let mut part = Expire { now: at(3_000), keep: Keep::all(Duration::from_secs(1)), rows: 60, from: None };
    part.from = store.expire(part).await.unwrap().next;
    assert!(part.from.is_some(), "not all of them are gone");
    part.keep.payloads = Duration::from_secs(1);
    part.keep.events = Duration::from_secs(100);
    part.from = store.expire(part).await.unwrap().next;
    assert!(store.count_older(7).await.unwrap());
    part.keep = Keep::all(Duration::from_secs(1));
    store.expire(part).await.unwrap();
    let mut steps = 0;
    while store.count_older(7).await.unwrap() {
        steps += 1;
        assert!(steps < 100, "it comes to an end");
    }
    let bytes: Vec<String> = accounts.iter().map(|account| sql(account.as_str())).collect();
    let mut counted = Vec::new();
    for account in &accounts {
        counted.push(kept(&store, account).await.to_string());
    }
    assert_eq!(counted, bytes);
    // The writer knows, too.
    store.set_own_quota(&accounts[5], Some(counted[5].parse().unwrap())).await.unwrap();
    let verdicts = store.accept(vec![event(&given, &accounts[5], 6)], at(9_000)).await.unwrap();
    assert!(matches!(verdicts[..], [Accepted::OverQuota(_)]), "{verdicts:?}");
}

#[tokio::test]
async fn what_an_older_release_accepted_is_counted_in_sqlite() {
    for (store, opened) in [sqlite().await, eager().await] {
        let [file, _] = opened.files();
        let sql = move |what: &str| {
            if what == "forget" {
                let forget = "DELETE FROM kept; INSERT INTO kept SELECT seq, 0, 0, coalesce((SELECT max(place) FROM events
                              WHERE account = seq), 0) FROM accounts";
                file.execute_batch(forget).unwrap();
                return String::new();
            }
            let bytes = "SELECT coalesce(sum(length(body)), 0) FROM events
                         WHERE account = (SELECT seq FROM accounts WHERE id = ?1)";
            file.query_row(bytes, [what], |row| row.get::<_, i64>(0)).unwrap().to_string()
        };
        older(store, sql).await;
        crate::plans::hold(opened).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_older_release_accepted_is_counted_in_postgres() {
    let (store, database) = postgres().await;
    let name = database.name.clone();
    let sql = move |what: &str| {
        if what == "forget" {
            return Cluster::shared().ask(&name, "UPDATE places SET bytes = 0, upto = last");
        }
        let bytes = format!(
            "SELECT coalesce(sum(octet_length(body)), 0) FROM events
             WHERE account = (SELECT seq FROM accounts WHERE id = '{what}')"
        );
        Cluster::shared().ask(&name, &bytes)
    };
    older(store, sql).await;
    database.drop();
}
