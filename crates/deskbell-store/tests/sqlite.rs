//! What only SQLite has to keep: its files, over restarts and between processes.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "contract/crash.rs"]
mod crash;

use bytes::Bytes;
use deskbell_core::account::{Account, ApiKey, KeyHash, PayloadStyle};
use deskbell_core::attempt::Outcome;
use deskbell_core::delivery::{self, Epoch};
use deskbell_core::door::SeededRandom;
use deskbell_core::event::{Event, Idempotency, NewEvent, Origin};
use deskbell_core::id::{AccountId, EventId, InboxId, KeyId, WebhookId};
use deskbell_core::inbox::{Inbox, Script};
use deskbell_core::policy::concurrency::{Bounds, Concurrency};
use deskbell_core::policy::retry::Rules;
use deskbell_core::sandbox::Sandbox;
use deskbell_core::store::{
    Accepted, Accounts, Claim, Deliveries, DeliveryFilter, Error, EventFilter, Events, Handed, Hands,
    Inboxes, KeyCreated, Page, Queue, WebhookSaved, Webhooks,
};
use deskbell_core::time::from_millis;
use deskbell_core::trigger::{Subscription, Trigger};
use deskbell_core::vault::Sealed;
use deskbell_core::webhook::{Health, Status, Webhook, WebhookChange};
use deskbell_core::{Random as _, Store};
use deskbell_store::{Rule, SqliteStore};
use futures::future::join_all;
use futures::poll;
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::{Instant, timeout};

fn place() -> (TempDir, PathBuf) {
    let place = TempDir::new().unwrap();
    let path = place.path().join("deskbell.db");
    (place, path)
}

fn account(n: u32) -> Account {
    Account {
        id: AccountId::from_text(format!("ACC-{n}")),
        email: format!("n{n}@mail.example"),
        created: from_millis(0),
        payload_style: PayloadStyle::Current,
        operator: n == 1,
    }
}

fn sandbox() -> Sandbox {
    Sandbox::new(&account(1).id, &SeededRandom::new(1), from_millis(0))
}

fn key(n: u32) -> ApiKey {
    ApiKey {
        id: KeyId::from_text(format!("KEY-{n}")),
        account: account(1).id,
        name: "a".into(),
        hash: KeyHash([1; 32]),
        created: from_millis(0),
        expires: None,
        revoked: None,
        last_used: None,
    }
}

fn webhook(name: &str) -> Webhook {
    Webhook {
        id: WebhookId::from_text(format!("WHK-{name}")),
        account: account(1).id,
        name: name.into(),
        url: "https://a.example/".into(),
        events: vec![Subscription::Bookings],
        created: from_millis(0),
        secret: Sealed(b"sealed canary".to_vec()),
        status: Status::Enabled,
        health: Health::default(),
    }
}

/// Bytes that do not compress.
fn noise() -> Bytes {
    let mut noise = vec![0; 1_500];
    SeededRandom::new(1).fill(&mut noise);
    noise.into()
}

fn event(n: u32) -> NewEvent {
    let event = Event {
        id: EventId::from_text(format!("EVNT-{n}")),
        account: account(1).id,
        trigger: Trigger::BookingScheduled,
        subject: None,
        created: from_millis(0),
        body: noise(),
        origin: Origin::Platform,
        payload_deleted: false,
    };
    NewEvent { event, idempotency: None, only: None, trace: None }
}

fn inbox() -> Inbox {
    Inbox {
        id: InboxId::from_text("INB-1"),
        account: account(1).id,
        token: "t".into(),
        name: "n".into(),
        script: Script::default(),
        relay: false,
        secret: None,
        created: from_millis(0),
        expires: from_millis(1),
        captured: 0,
        script_from: 0,
        minute: Default::default(),
    }
}

#[tokio::test]
async fn a_store_opened_again_has_everything() {
    let (_place, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    store.create_account(account(1), sandbox()).await.unwrap();
    store.create_webhook(webhook("a"), 9).await.unwrap();
    store.accept(vec![event(1)], from_millis(5)).await.unwrap();
    store.create_inbox(inbox(), 9).await.unwrap();
    drop(store);
    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(store.accounts().await.unwrap(), [account(1)]);
    assert_eq!(store.sandbox(&account(1).id).await.unwrap(), Some(sandbox()));
    let read = store.webhook(&account(1).id, &webhook("a").id).await.unwrap();
    assert_eq!(read, Some(webhook("a")));
    let read = store.event(&account(1).id, &event(1).event.id).await.unwrap();
    assert_eq!(read, Some(event(1).event));
    assert_eq!(store.inbox(&account(1).id, &inbox().id).await.unwrap(), Some(inbox()));
}

/// The store of that path after a crash.
fn crash(path: &Path) -> (TempDir, PathBuf) {
    let place = crash::crash(path.parent().unwrap());
    let copy = place.path().join(path.file_name().unwrap());
    (place, copy)
}

#[tokio::test]
async fn what_was_answered_is_there_after_a_crash_before_any_table_knows() {
    let (_place, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    store.create_account(account(1), sandbox()).await.unwrap();
    store.create_webhook(webhook("a"), 9).await.unwrap();
    let idempotency = Some(Idempotency { key: "k".into(), digest: [1; 32] });
    let once = NewEvent { idempotency, ..event(1) };
    let new = [Accepted::New { deliveries: 1 }];
    assert_eq!(store.accept(vec![once.clone()], from_millis(0)).await.unwrap(), new);
    let in_tables = |path: &Path| {
        let conn = Connection::open(path).unwrap();
        conn.query_row("SELECT count(*) FROM events", [], |row| row.get::<_, u32>(0)).unwrap()
    };
    assert_eq!(in_tables(&path), 0, "it is in the redo log alone");
    // Before it is in the tables, its id and its key are used.
    let again = NewEvent { event: event(2).event, ..once.clone() };
    let replayed = [Accepted::Duplicate { event: once.event.id.clone() }];
    assert_eq!(store.accept(vec![again.clone()], from_millis(0)).await.unwrap(), replayed);
    assert_eq!(store.accept(vec![event(1)], from_millis(0)).await.unwrap(), [Accepted::IdTaken]);

    let (_copy, crashed) = crash(&path);
    let after = SqliteStore::open(&crashed).unwrap();
    assert_eq!(in_tables(&crashed), 1, "a start takes it in");
    let read = after.event(&account(1).id, &once.event.id).await.unwrap();
    assert_eq!(read, Some(once.event));
    assert_eq!(after.accept(vec![again], from_millis(0)).await.unwrap(), replayed);

    // Who reads sees it; then it is in the tables, and a crash changes nothing.
    assert!(store.event(&account(1).id, &event(1).event.id).await.unwrap().is_some());
    assert_eq!(in_tables(&path), 1);
    let (_copy, crashed) = crash(&path);
    drop(SqliteStore::open(&crashed).unwrap());
    assert_eq!(in_tables(&crashed), 1);
}

#[tokio::test]
async fn the_tables_catch_up_by_themselves_and_an_end_leaves_an_empty_log() {
    let (_place, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    store.create_account(account(1), sandbox()).await.unwrap();
    let log = || std::fs::metadata(path.with_file_name("deskbell.db-redo")).unwrap().len();
    store.accept(vec![event(0)], from_millis(0)).await.unwrap();
    assert!(log() > 1_500);
    let conn = Connection::open(&path).unwrap();
    let events = |conn: &Connection| {
        conn.query_row("SELECT count(*) FROM events", [], |row| row.get::<_, u32>(0)).unwrap()
    };
    while events(&conn) == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // Many: the log has a bound, and nobody has to wait for a second.
    for n in 1..6_000 {
        store.accept(vec![event(n)], from_millis(0)).await.unwrap();
        assert!(log() <= 8 << 20);
    }
    assert!(events(&conn) > 3_900, "they take in 2,048 at a time");
    store.accept(vec![event(6_000)], from_millis(0)).await.unwrap();
    drop(store);
    assert_eq!((events(&conn), log()), (6_001, 0));
}

#[tokio::test]
async fn what_the_tables_refuse_stays_in_the_log() {
    let (_place, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    store.create_account(account(1), sandbox()).await.unwrap();
    let fault = "CREATE TRIGGER fault BEFORE INSERT ON events WHEN NEW.subject = 'bad'
                 BEGIN SELECT RAISE(ABORT, 'on purpose'); END";
    Connection::open(&path).unwrap().execute_batch(fault).unwrap();
    // The first batch after another process wrote goes into the tables.
    store.accept(vec![event(3)], from_millis(0)).await.unwrap();
    let mut bad = event(1);
    bad.event.subject = Some("bad".into());
    store.accept(vec![bad], from_millis(0)).await.unwrap();
    // A step that settles, and a read.
    assert!(store.take_over(Epoch(1), from_millis(0), 9).await.is_err());
    assert_eq!(store.event(&account(1).id, &event(1).event.id).await.unwrap(), None);
    store.accept(vec![event(2)], from_millis(0)).await.unwrap();
    assert_eq!(
        store.accept(vec![event(1)], from_millis(0)).await.unwrap(),
        [Accepted::IdTaken],
        "it is still known"
    );
    let (_copy, crashed) = crash(&path);
    Connection::open(&crashed).unwrap().execute_batch("DROP TRIGGER fault").unwrap();
    let after = SqliteStore::open(&crashed).unwrap();
    for n in [1, 2, 3] {
        assert!(after.event(&account(1).id, &event(n).event.id).await.unwrap().is_some(), "{n}");
    }
}

#[tokio::test]
async fn who_reads_waits_for_the_tables_and_who_publishes_does_not() {
    let (_place, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    store.create_account(account(1), sandbox()).await.unwrap();
    store.accept(vec![event(1)], from_millis(0)).await.unwrap();
    // So the tables take nothing in; whoever asks them to is told so after five seconds, and not before.
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (owner, first) = (account(1).id, event(1).event.id);
    let mut read = pin!(store.event(&owner, &first));
    assert!(poll!(&mut read).is_pending(), "it is in the log alone");
    let accepted = timeout(Duration::from_secs(4), store.accept(vec![event(2)], from_millis(0))).await;
    accepted.expect("it waits for the tables, as who reads does").unwrap();
    other.execute_batch("ROLLBACK").unwrap();
    assert!(read.await.unwrap().is_some());
}

#[tokio::test]
async fn a_thousand_who_read_at_once_are_answered_by_what_the_tables_take_in_once() {
    let (_place, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    store.create_account(account(1), sandbox()).await.unwrap();
    store.accept((0..100).map(event).collect(), from_millis(0)).await.unwrap();
    let commits = || store.meter().read().commit_time.buckets.count();
    let (before, owner) = (commits(), account(1).id);
    let ids: Vec<_> = (0..1_000).map(|n| event(n % 100).event.id).collect();
    let read = join_all(ids.iter().map(|id| store.event(&owner, id))).await;
    assert!(read.iter().all(|event| matches!(event, Ok(Some(_)))));
    // One may have gone on when they came.
    assert!(commits() - before <= 2, "{} commits", commits() - before);
}

#[tokio::test]
async fn one_process_at_a_time_accepts() {
    let (_place, path) = place();
    let (server, command) = (SqliteStore::open(&path).unwrap(), SqliteStore::open(&path).unwrap());
    server.create_account(account(1), sandbox()).await.unwrap();
    server.accept(vec![event(1)], from_millis(0)).await.unwrap();
    let refused = command.accept(vec![event(2)], from_millis(0)).await;
    assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
    drop(server);
    let accepted = command.accept(vec![event(2)], from_millis(0)).await.unwrap();
    assert_eq!(accepted, [Accepted::New { deliveries: 0 }], "its log is free");
}

/// Joins a machine with room for `start` attempts of a webhook, which may grow to two, and a line of twice as many. Who is
/// handed something keeps it.
async fn join(store: &SqliteStore, start: u32) -> Arc<Mutex<Vec<Handed>>> {
    let bounds = Bounds { start, ceiling: 2, line: 2, ..Bounds::default() };
    let kept = Arc::new(Mutex::new(Vec::new()));
    let keep = kept.clone();
    let hands = Hands {
        concurrency: Arc::new(Concurrency::new(bounds, Arc::default())),
        take: Box::new(move |handed| keep.lock().unwrap().extend(handed)),
        wake: Box::new(|| {}),
    };
    store.join(Arc::new(hands), from_millis(0), from_millis(1_000)).await.unwrap();
    kept
}

#[tokio::test(start_paused = true)]
async fn who_publishes_more_than_is_sent_to_a_willing_receiver_is_slowed_down() {
    // Two in flight, the first of a line of four, the others, and one that finds no place. Of a receiver that has room for one
    // at first, and has not answered yet, nothing is known.
    for (start, slowed) in [(2, &[0, 0, 0, 100, 100, 100, 5][..]), (1, &[0, 0, 0])] {
        let (_place, path) = place();
        let store = SqliteStore::open(&path).unwrap();
        store.create_account(account(1), sandbox()).await.unwrap();
        store.create_webhook(webhook("a"), 9).await.unwrap();
        let kept = join(&store, start).await;
        if start == 2 {
            store.accept(vec![event(99)], from_millis(0)).await.unwrap();
            kept.lock().unwrap().remove(0).permit.end(Outcome::Delivered, Duration::ZERO);
        }
        // Nothing else here waits for time.
        for (n, slowed) in (0..).zip(slowed) {
            let asked = Instant::now();
            store.accept(vec![event(n)], from_millis(0)).await.unwrap();
            assert_eq!(asked.elapsed(), Duration::from_millis(*slowed), "room for {start}, number {n}");
        }
    }
}

#[tokio::test]
async fn a_log_that_makes_no_sense_is_said_so() {
    let (_place, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    store.create_account(account(1), sandbox()).await.unwrap();
    store.accept(vec![event(1)], from_millis(0)).await.unwrap();
    let (_copy, crashed) = crash(&path);
    // The event is in the tables already, and the log says that it is not.
    let conn = Connection::open(&crashed).unwrap();
    conn.execute("INSERT INTO events SELECT 5, 1, 'EVNT-1', 0, NULL, 0, 0, x''", []).unwrap();
    let error = SqliteStore::open(&crashed).err().unwrap();
    assert!(matches!(error.rule, Rule::Redo(_)), "{error}");
}

#[tokio::test]
async fn the_tester_has_a_file_of_its_own() {
    let (place, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    store.create_inbox(inbox(), 9).await.unwrap();
    let count = |file: &str| {
        let conn = Connection::open(place.path().join(file)).unwrap();
        conn.query_row("SELECT count(*) FROM inboxes", [], |row| row.get::<_, u32>(0))
    };
    assert_eq!(count("deskbell-tester.db").unwrap(), 1);
    assert!(count("deskbell.db").is_err(), "the main file has no such table");
}

#[tokio::test]
async fn an_id_is_taken_wherever_its_event_stands_and_in_whatever_order_ids_come() {
    // The tables take in what there is with what is asked of them, or beside the writer.
    for open in [SqliteStore::open, SqliteStore::open_eager] {
        let (_place, path) = place();
        let mut store = open(&path).unwrap();
        store.create_account(account(1), sandbox()).await.unwrap();
        let accept = async |store: &SqliteStore, id: &str| {
            let mut new = event(0);
            new.event.id = EventId::from_text(id);
            store.accept(vec![new], from_millis(0)).await.unwrap().remove(0)
        };
        // Some are kept as numbers, and as texts some that stand elsewhere among these.
        let ids = ["0000000005", "0000000003", "1", "000000000Z", "0x", "0000000009"]
            .map(|id| format!("EVNT-{id}"));
        for (at, id) in ids.iter().enumerate() {
            let none_is_free = async |store: &SqliteStore, place: &str| {
                for id in &ids[..=at] {
                    assert_eq!(accept(store, id).await, Accepted::IdTaken, "{id}, {place}");
                }
            };
            assert_eq!(accept(&store, id).await, Accepted::New { deliveries: 0 }, "{id}");
            none_is_free(&store, "in the log alone or in the tables").await;
            store.event(&account(1).id, &EventId::from_text(id.clone())).await.unwrap();
            none_is_free(&store, "in the tables").await;
            drop(store);
            store = open(&path).unwrap();
            none_is_free(&store, "after a start").await;
        }
    }
}

#[tokio::test]
async fn what_another_process_writes_is_seen() {
    let (_place, path) = place();
    let (server, command) = (SqliteStore::open(&path).unwrap(), SqliteStore::open(&path).unwrap());
    command.create_account(account(1), sandbox()).await.unwrap();
    assert_eq!(server.account(&account(1).id).await.unwrap(), Some(account(1)));
    assert_eq!(command.create_key(key(1), 25).await.unwrap(), KeyCreated::Created);
    assert_eq!(server.key(&key(1).id).await.unwrap(), Some(key(1)));

    // What a server keeps of keys and accounts is over the moment that another process changes one, in the midst of its own writing.
    let read = server.generation();
    assert!(read.is_some());
    server.create_webhook(webhook("z"), 9).await.unwrap();
    assert_eq!(server.generation(), read, "other writing leaves it where it is");
    assert!(command.revoke_key(&key(1).id, from_millis(1)).await.unwrap());
    assert_ne!(server.generation(), read, "A-117: at once");
    assert_eq!(server.generation(), command.generation());
    server.delete_webhook(&account(1).id, &webhook("z").id, from_millis(1)).await.unwrap();

    // The writer's own memory of the webhooks must not outlive what another process does to them.
    server.create_webhook(webhook("a"), 9).await.unwrap();
    let accept = async |n| server.accept(vec![event(n)], from_millis(0)).await.unwrap();
    assert_eq!(accept(1).await, [Accepted::New { deliveries: 1 }]);
    command.create_webhook(webhook("b"), 9).await.unwrap();
    assert_eq!(accept(2).await, [Accepted::New { deliveries: 2 }]);
    let off = WebhookChange { enabled: Some(false), ..WebhookChange::default() };
    command.change_webhook(&account(1).id, &webhook("a").id, &off, from_millis(1)).await.unwrap();
    assert_eq!(accept(3).await, [Accepted::New { deliveries: 1 }]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_that_write_at_once_take_turns() {
    let (_place, path) = place();
    let stores = [0, 1].map(|_| Arc::new(SqliteStore::open(&path).unwrap()));
    stores[0].create_account(account(1), sandbox()).await.unwrap();
    let calls: Vec<_> = (0..200)
        .map(|n| {
            let store = stores[n as usize % 2].clone();
            tokio::spawn(async move { store.create_key(key(n), 150).await.unwrap() })
        })
        .collect();
    let mut created = 0;
    for call in calls {
        created += u32::from(call.await.unwrap() == KeyCreated::Created);
    }
    assert_eq!(created, 150, "counting and adding are one step, between processes too");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_fails_spoils_no_other() {
    let (_place, path) = place();
    let store = Arc::new(SqliteStore::open(&path).unwrap());
    store.create_account(account(1), sandbox()).await.unwrap();
    // Some ask for an id that is taken, which no verdict covers; they wait in line with the rest.
    let calls: Vec<_> = (0..300)
        .map(|n| {
            let store = store.clone();
            let key = if n % 3 == 0 { key(0) } else { key(n) };
            tokio::spawn(async move { store.create_key(key, 1000).await })
        })
        .collect();
    let (mut created, mut failed) = (0, 0);
    for call in calls {
        match call.await.unwrap() {
            Ok(KeyCreated::Created) => created += 1,
            Err(Error::Unavailable(_)) => failed += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((created, failed), (201, 99));
    assert_eq!(store.keys(&account(1).id).await.unwrap().len(), 201);
}

#[tokio::test]
async fn a_failed_job_leaves_no_memory_of_what_it_took_back() {
    let (_place, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    store.create_account(account(1), sandbox()).await.unwrap();
    store.create_webhook(webhook("a"), 9).await.unwrap();
    let taken = Webhook { name: "other".into(), ..webhook("a") };
    assert!(matches!(store.create_webhook(taken, 9).await, Err(Error::Unavailable(_))));
    let verdict = store.accept(vec![event(1)], from_millis(0)).await.unwrap();
    assert_eq!(verdict, [Accepted::New { deliveries: 1 }]);
    let free = Webhook { name: "other".into(), ..webhook("b") };
    assert!(matches!(store.create_webhook(free, 9).await.unwrap(), WebhookSaved::Saved(_)));
}

#[tokio::test]
async fn a_deleted_webhooks_secret_is_wiped() {
    let (_place, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    store.create_account(account(1), sandbox()).await.unwrap();
    store.create_webhook(webhook("a"), 9).await.unwrap();
    assert!(store.delete_webhook(&account(1).id, &webhook("a").id, from_millis(1)).await.unwrap());
    let conn = Connection::open(&path).unwrap();
    let secret: Vec<u8> = conn.query_row("SELECT secret FROM webhooks", [], |row| row.get(0)).unwrap();
    assert!(secret.is_empty());
}

#[test]
fn the_pages_and_the_log_are_as_promised() {
    let (place, path) = place();
    let _store = SqliteStore::open(&path).unwrap();
    for file in ["deskbell.db", "deskbell-tester.db"] {
        let conn = Connection::open(place.path().join(file)).unwrap();
        let text = |name: &str| {
            conn.pragma_query_value(None, name, |row| row.get::<_, rusqlite::types::Value>(0)).unwrap()
        };
        assert_eq!(text("page_size"), 8192i64.into(), "C-31: {file}");
        assert_eq!(text("journal_mode"), "wal".to_owned().into(), "C-31: {file}");
        let loose = "SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND type = 'table'
                     AND name NOT LIKE 'sqlite%' AND strict = 0";
        assert_eq!(conn.query_row(loose, [], |row| row.get::<_, u32>(0)).unwrap(), 0, "{file}");
    }
}

#[test]
fn a_file_that_cannot_serve_is_refused_by_name() {
    let (place, path) = place();
    std::fs::write(&path, [b'x'; 9_000]).unwrap();
    let error = SqliteStore::open(&path).err().unwrap();
    assert_eq!(error.path, path);
    assert!(error.to_string().starts_with(&format!("cannot open {}: ", path.display())), "{error}");

    let newer = place.path().join("newer.db");
    drop(SqliteStore::open(&newer).unwrap());
    let conn = Connection::open(&newer).unwrap();
    conn.execute("INSERT INTO migrations (number, name) VALUES (999, 'to come')", []).unwrap();
    let error = SqliteStore::open(&newer).err().unwrap();
    assert!(matches!(error.rule, Rule::Newer(999)), "{error}");

    let older = place.path().join("older.db");
    let conn = Connection::open(&older).unwrap();
    conn.execute_batch(
        "CREATE TABLE migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;
         INSERT INTO migrations VALUES (1, 'start')",
    )
    .unwrap();
    let error = SqliteStore::open(&older).err().unwrap();
    assert!(matches!(error.rule, Rule::BeforeRelease), "{error}");

    let nowhere = place.path().join("nowhere").join("a.db");
    assert_eq!(SqliteStore::open(&nowhere).err().unwrap().path, nowhere);
}

#[tokio::test]
async fn a_row_that_makes_no_sense_is_said_to_be_damaged_to_who_asks_for_it() {
    let (_place, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    store.create_account(account(1), sandbox()).await.unwrap();
    store.create_webhook(webhook("a"), 9).await.unwrap();
    let conn = Connection::open(&path).unwrap();
    conn.execute("UPDATE webhooks SET status = 'odd'", []).unwrap();
    let store: Arc<dyn Store> = Arc::new(store);
    let read = store.webhook(&account(1).id, &webhook("a").id).await;
    assert!(matches!(read, Err(Error::Damaged(_))), "{read:?}");
    let verdict = store.accept(vec![event(1)], from_millis(0)).await;
    assert_eq!(verdict.unwrap(), [Accepted::New { deliveries: 0 }], "its account goes on without it");
}

#[tokio::test]
async fn a_body_that_a_bit_flipped_in_is_not_sent_and_stops_no_other() {
    let (_place, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    store.create_account(account(1), sandbox()).await.unwrap();
    store.create_webhook(webhook("a"), 9).await.unwrap();
    let kept = join(&store, 0).await;
    store.accept(vec![event(1), event(2)], from_millis(0)).await.unwrap();
    assert!(kept.lock().unwrap().is_empty());
    let account = account(1).id;
    let all = Page { limit: 10, cursor: None };
    store.events(&account, &EventFilter::default(), &all).await.unwrap();
    let conn = Connection::open(&path).unwrap();
    let (place, mut body): (i64, Vec<u8>) =
        conn.query_row("SELECT place, body FROM events", [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    let last = body.len() - 1;
    body[last] ^= 1;
    conn.execute("UPDATE events SET body = ?2 WHERE place = ?1", (place, body)).unwrap();

    let (one, two) = (event(1).event, event(2).event);
    let claim = Claim {
        epoch: Epoch(1),
        now: from_millis(0),
        limit: 10,
        concurrency: Arc::new(Concurrency::new(Bounds::default(), Arc::default())),
        resume: None,
    };
    let claimed = store.claim(claim, &Rules::default()).await.unwrap();
    let bodies: Vec<_> = claimed.handed.iter().map(|handed| &handed.leased.body).collect();
    assert_eq!(bodies, [&two.body]);
    let filter = DeliveryFilter { status: Some(delivery::Status::Quarantined), ..DeliveryFilter::default() };
    let aside = store.deliveries(&account, &filter, &all).await.unwrap().items;
    let told: Vec<_> = aside.iter().map(|one| (&one.event, one.due, one.attempts)).collect();
    assert_eq!(told, [(&one.id, None, 0)]);
    // Whoever looks sees it without them, and the others whole.
    let one = Event { body: Bytes::new(), ..one };
    assert_eq!(store.event(&account, &one.id).await.unwrap().as_ref(), Some(&one));
    assert!(one.is_damaged() && !two.is_damaged());
    let listed = store.events(&account, &EventFilter::default(), &all).await.unwrap().items;
    assert_eq!(listed, [two, one]);
}

#[test]
fn the_files_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&dir.path().join("deskbell.db")).unwrap();
    let files: Vec<_> = std::fs::read_dir(dir.path()).unwrap().flatten().collect();
    assert!(files.len() >= 2, "both files are there: {files:?}");
    for file in files {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o077, 0, "{:?}", file.path());
    }
    drop(store);
}
