//! Ready means ready: what keeps a store from writing or handing out is said within seconds, and asking costs next to nothing.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use deskbell_core::account::{Account, PayloadStyle};
use deskbell_core::delivery::Epoch;
use deskbell_core::door::SeededRandom;
use deskbell_core::id::AccountId;
use deskbell_core::policy::concurrency::{Bounds, Concurrency};
use deskbell_core::policy::retry::Rules;
use deskbell_core::sandbox::Sandbox;
use deskbell_core::store::{Accounts as _, Claim, Hands, Queue as _, Statistics as _, Unready};
use deskbell_core::time::from_millis;
use deskbell_store::SqliteStore;
use rusqlite::Connection;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::{Instant, timeout};

fn place() -> (TempDir, PathBuf) {
    let place = TempDir::new().unwrap();
    let path = place.path().join("deskbell.db");
    (place, path)
}

async fn join(store: &SqliteStore) -> Epoch {
    let hands = Hands {
        concurrency: Arc::new(Concurrency::new(Bounds::default(), Arc::default())),
        take: Box::new(drop),
        wake: Box::new(|| {}),
    };
    store.join(Arc::new(hands), from_millis(0), from_millis(60_000)).await.unwrap()
}

/// Asks until the answer is this one.
async fn until(store: &SqliteStore, wanted: Option<Unready>) {
    let asked = async { while store.unready().await != wanted {} };
    timeout(Duration::from_secs(60), asked).await.expect("it never says so");
}

async fn claim(store: &SqliteStore, epoch: Epoch) -> bool {
    let claim = Claim {
        epoch,
        now: from_millis(0),
        limit: 10,
        concurrency: Arc::new(Concurrency::new(Bounds::default(), Arc::default())),
        resume: None,
    };
    store.claim(claim, &Rules::default()).await.is_ok()
}

#[tokio::test]
async fn however_many_ask_one_write_is_made_and_none_beside_other_writes() {
    let (_place, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    let commits = || store.meter().read().commit_time.buckets.count();
    let (before, began) = (commits(), Instant::now());
    // What was found is good for three seconds, which a machine that stands still may take for anything.
    let most = || before + 1 + began.elapsed().as_secs() / 3;
    while commits() == before {
        let asked = futures::future::join_all((0..500).map(|_| store.unready())).await;
        // A disk may take longer than those who ask wait: that is told, and asks for no second write.
        assert!(asked.iter().flatten().all(|unready| *unready == Unready::Silent), "{asked:?}");
    }
    assert!(commits() <= most(), "one for all of them");
    until(&store, None).await;
    assert!(commits() <= most(), "what was found is good for a while");
}

#[tokio::test]
async fn a_database_that_another_process_keeps_locked_is_not_ready_until_it_lets_go() {
    let (_place, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(store.unready().await, None);
    let shell = Connection::open(&path).unwrap();
    shell.execute_batch("BEGIN IMMEDIATE").unwrap();
    until(&store, Some(Unready::Locked)).await;
    shell.execute_batch("ROLLBACK").unwrap();
    until(&store, None).await;
}

#[tokio::test]
async fn a_database_that_cannot_be_written_is_not_ready() {
    let (_place, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    let away = path.with_extension("away");
    std::fs::rename(&path, &away).unwrap();
    let moved = "the database's file was removed, moved or replaced";
    until(&store, Some(Unready::Displaced(moved))).await;
    std::fs::rename(&away, &path).unwrap();
    until(&store, None).await;
}

#[tokio::test]
async fn a_queue_that_cannot_be_read_is_not_ready_although_writing_works() {
    let (_place, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    let epoch = join(&store).await;
    assert!(claim(&store, epoch).await && store.unready().await.is_none());
    let shell = Connection::open(&path).unwrap();
    shell.execute_batch("ALTER TABLE deliveries RENAME TO others").unwrap();
    assert!(!claim(&store, epoch).await);
    until(&store, Some(Unready::Queue)).await;
    shell.execute_batch("ALTER TABLE others RENAME TO deliveries").unwrap();
    assert!(claim(&store, epoch).await);
    until(&store, None).await;
}

#[tokio::test]
async fn a_job_that_fails_by_its_own_fault_leaves_the_store_ready() {
    let (_place, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    let fault = "CREATE TRIGGER fault BEFORE INSERT ON accounts BEGIN SELECT RAISE(ABORT, 'on purpose'); END";
    Connection::open(&path).unwrap().execute_batch(fault).unwrap();
    assert_eq!(store.unready().await, None);
    let owner = Account {
        id: AccountId::from_text("ACC-1"),
        email: "owner@mail.example".into(),
        created: from_millis(0),
        payload_style: PayloadStyle::Current,
        operator: true,
    };
    let sandbox = Sandbox::new(&owner.id, &SeededRandom::new(1), from_millis(0));
    assert!(store.create_account(owner, sandbox).await.is_err());
    assert_eq!(store.unready().await, None);
}
