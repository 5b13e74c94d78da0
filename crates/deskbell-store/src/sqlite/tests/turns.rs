//! Who waits for whom, with many.

use super::{NUMBERS, busy};
use crate::SqliteStore;
use crate::sqlite::file::File;
use crate::sqlite::migrate;
use bytes::Bytes;
use deskbell_core::id::{AccountId, CaptureId, InboxId};
use deskbell_core::inbox::{Capture, Captured, Inbox, Minute, Script};
use deskbell_core::meter::Meter;
use deskbell_core::store::{Inboxes, Keep};
use deskbell_core::time::from_millis;
use futures::FutureExt as _;
use futures::future::join_all;
use rusqlite::Connection;
use std::cell::Cell;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::task::unconstrained;

/// 24 reads of an account that take as long as they like, and behind them one of another and one that looks up a key.
#[tokio::test]
async fn slow_reads_of_an_account_keep_neither_another_one_nor_a_key_waiting() {
    let place = tempfile::TempDir::new().unwrap();
    let file = File::open(&place.path().join("a.db"), None, None, NUMBERS, Default::default()).unwrap();
    let (many, few) = (AccountId::from_text("ACC-MANY"), AccountId::from_text("ACC-FEW"));
    let (end, ends) = std::sync::mpsc::channel::<()>();
    let ends = Arc::new(Mutex::new(ends));
    let (done, order) = std::sync::mpsc::channel();
    let slow = || {
        let (done, ends) = (done.clone(), Arc::clone(&ends));
        file.read_for(&many, move |_| {
            // Ends with its sender.
            let _ = ends.lock().unwrap().recv();
            let _ = done.send("many");
            Ok(())
        })
    };
    let quick = |whose: &'static str| {
        let done = done.clone();
        move |_: &Connection| {
            let _ = done.send(whose);
            Ok(())
        }
    };
    let mut theirs = Box::pin(join_all((0..24).map(|_| slow())));
    assert!(theirs.as_mut().now_or_never().is_none());
    let others = async {
        file.read_for(&few, quick("few")).await.unwrap();
        file.read(quick("key")).await.unwrap();
    };
    tokio::time::timeout(Duration::from_secs(60), others).await.expect("they wait for the slow ones");
    drop(end);
    assert!(theirs.await.iter().all(Result::is_ok));
    let order: Vec<_> = order.try_iter().collect();
    assert_eq!((order[..2].to_vec(), order.len()), (vec!["few", "key"], 26));
}

thread_local! {
    static MADE_READY: Cell<bool> = const { Cell::new(false) };
}

#[tokio::test]
async fn a_thread_is_made_ready_before_it_reads() {
    let place = tempfile::TempDir::new().unwrap();
    let store = SqliteStore::open(&place.path().join("a.db")).unwrap().before_reads(|| MADE_READY.set(true));
    for file in [&store.main, &store.tester] {
        assert!(file.read(|_| Ok(MADE_READY.take())).await.unwrap());
    }
    assert!(!MADE_READY.get(), "whoever asks is not");
}

/// An inbox of the account of that name, which is also its token.
fn inbox(name: &str) -> Inbox {
    Inbox {
        id: InboxId::from_text(name),
        account: AccountId::from_text(name),
        token: name.into(),
        name: name.into(),
        script: Script::default(),
        relay: false,
        secret: None,
        created: from_millis(0),
        expires: from_millis(9),
        captured: 0,
        script_from: 0,
        minute: Minute::default(),
    }
}

fn request(number: u64) -> Capture {
    Capture {
        id: CaptureId::from_text(format!("CAP-{number}")),
        inbox: InboxId::from_text(""),
        number: 0,
        received: from_millis(1),
        method: "POST".into(),
        path: String::new(),
        headers: Vec::new(),
        body: Bytes::from(vec![b'a'; 256 << 10]),
        remote: None,
        answered: 0,
        event: None,
        note: None,
    }
}

/// Unconstrained: nobody is told to wait for the runtime's sake.
#[tokio::test]
async fn captures_of_an_account_wait_behind_its_own_and_a_commit_takes_a_few() {
    unconstrained(many_captures()).await;
}

/// 40 captures of 256 KiB for one account and one for another are handed in while the writer is busy.
async fn many_captures() {
    let place = tempfile::TempDir::new().unwrap();
    let path = place.path().join("a.db");
    let (meter, mut store) = (Arc::<Meter>::default(), SqliteStore::open(&path).unwrap());
    let other = place.path().join("b.db");
    store.tester = File::open(&other, None, None, migrate::TESTER, Arc::clone(&meter)).unwrap();
    for name in ["MANY", "FEW"] {
        store.create_inbox(inbox(name), 1).await.unwrap();
    }
    let (busy, go) = busy(&store.tester);
    let capture = async |name: &'static str, number: u64| {
        let keep = Keep { requests: 500, account_bytes: u64::MAX };
        let captured = store.capture(&AccountId::from_text(name), name, request(number), keep, 0).await;
        assert!(matches!(captured, Ok(Captured::Stored { .. })));
    };
    let mut many = Box::pin(join_all((0..40).map(|number| capture("MANY", number))));
    assert!(many.as_mut().now_or_never().is_none());
    let mut few = Box::pin(capture("FEW", 40));
    assert!(few.as_mut().now_or_never().is_none());
    let before = meter.read().commit_time.buckets.count();
    go.send(()).unwrap();
    let _ = tokio::join!(busy, few, many);
    let before_few = |conn: &Connection| {
        let count =
            "SELECT count(*) FROM captures WHERE seq < (SELECT seq FROM captures WHERE id = 'CAP-40')";
        Ok(conn.query_row(count, [], |row| row.get::<_, i64>(0))?)
    };
    assert!(store.tester.read(before_few).await.unwrap() <= 1, "it waits for one of the other's");
    assert!(meter.read().commit_time.buckets.count() - before >= 3, "10 MiB in steps of some 4");
}
