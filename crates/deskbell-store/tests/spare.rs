//! Room that deletions left goes back to the file system, and some of it stays for what comes.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use bytes::Bytes;
use deskbell_core::account::{Account, PayloadStyle};
use deskbell_core::door::SeededRandom;
use deskbell_core::event::{Event, NewEvent, Origin};
use deskbell_core::id::{AccountId, EventId};
use deskbell_core::retention::Keep;
use deskbell_core::sandbox::Sandbox;
use deskbell_core::store::{Accounts as _, Expire, Queue as _, Retention as _};
use deskbell_core::time::from_millis;
use deskbell_core::trigger::Trigger;
use deskbell_core::{Random as _, Timestamp};
use deskbell_store::SqliteStore;
use rusqlite::Connection;
use std::path::Path;
use std::time::Duration;

const EVENTS: usize = 200;
const EVENT_BYTES: usize = 200 << 10;
/// What stays free: 1,024 pages, and what little is in use.
const STAYS: u64 = 10 << 20;

fn at(millis: i64) -> Timestamp {
    from_millis(1_800_000_000_000 + millis)
}

/// Adds many events and deletes them.
async fn come_and_go(store: &SqliteStore) {
    let (random, account) = (SeededRandom::new(1), AccountId::from_text("ACC-1"));
    let owner = Account {
        id: account.clone(),
        email: "owner@bell.example".into(),
        created: at(0),
        payload_style: PayloadStyle::Current,
        operator: true,
    };
    store.create_account(owner, Sandbox::new(&account, &random, at(0))).await.unwrap();
    for _ in 0..EVENTS {
        let mut body = vec![0; EVENT_BYTES];
        random.fill(&mut body);
        let event = Event {
            id: EventId::new(&random),
            account: account.clone(),
            trigger: Trigger::BookingScheduled,
            subject: None,
            created: at(0),
            body: Bytes::from(body),
            origin: Origin::Platform,
            payload_deleted: false,
        };
        let new = NewEvent { event, idempotency: None, only: None, trace: None };
        store.accept(vec![new], at(0)).await.unwrap();
    }
    let keep = Keep::all(Duration::from_secs(1));
    let (mut next, mut gone) = (Some(Expire { now: at(2_000), keep, rows: 512, from: None }), 0);
    while let Some(part) = next {
        let done = store.expire(part).await.unwrap();
        gone += done.events;
        next = done.next.map(|from| Expire { from: Some(from), ..part });
    }
    assert_eq!(gone, EVENTS as u64);
}

/// Everything that is to be given back, a MiB at a time.
async fn give_back(store: &SqliteStore) -> u64 {
    let mut sum = 0;
    loop {
        match store.give_back(1 << 20).await.unwrap() {
            0 => return sum,
            given => {
                assert!(given <= 1 << 20, "a little at a time");
                sum += given;
            }
        }
    }
}

fn size(path: &Path) -> u64 {
    std::fs::metadata(path).unwrap().len()
}

#[tokio::test]
async fn what_is_free_goes_back_but_for_a_part() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deskbell.db");
    let store = SqliteStore::open(&path).unwrap();
    come_and_go(&store).await;
    let given = give_back(&store).await;
    assert!(given > (EVENTS * EVENT_BYTES) as u64 / 2, "{given} bytes");
    drop(store);
    assert!(size(&path) < STAYS, "{} bytes are left", size(&path));
    let check: String =
        Connection::open(&path).unwrap().query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(check, "ok");
}

#[tokio::test]
async fn a_file_of_before_gives_nothing_back_until_it_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deskbell.db");
    // As an earlier release would have begun it.
    Connection::open(&path)
        .unwrap()
        .execute_batch("PRAGMA page_size = 8192; CREATE TABLE before (n INTEGER)")
        .unwrap();
    let store = SqliteStore::open(&path).unwrap();
    come_and_go(&store).await;
    assert_eq!(give_back(&store).await, 0);
    drop(store);
    let full = size(&path);
    assert!(full > (EVENTS * EVENT_BYTES) as u64, "it keeps its room for what comes");
    // What docs/operating.md prints.
    Connection::open(&path).unwrap().execute_batch("PRAGMA auto_vacuum = INCREMENTAL; VACUUM;").unwrap();
    assert!(size(&path) < STAYS, "{} bytes are left of {full}", size(&path));
    let store = SqliteStore::open(&path).unwrap();
    let mode: i64 =
        Connection::open(&path).unwrap().pragma_query_value(None, "auto_vacuum", |row| row.get(0)).unwrap();
    assert_eq!((give_back(&store).await, mode), (0, 2), "from now on it can");
}
