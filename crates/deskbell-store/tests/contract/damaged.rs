//! Damaged pages of SQLite's file: what needs one of them stops nothing else.

use crate::given::{Given, answered, at, finished, first, rules, sqlite, stranger};
use deskbell_core::retention::Keep;
use deskbell_core::store::{EventFilter, Events as _, Expire, Quotas as _, Retention as _};
use deskbell_core::trigger::Trigger;
use deskbell_store::SqliteStore;
use rusqlite::Connection;
use std::path::Path;
use std::time::Duration;

const HOUR: i64 = 3_600_000;

/// Writes over a page of the file of another process, which is gone.
fn damage(path: &Path, page: &str) {
    let conn = Connection::open(path).unwrap();
    // All of the log is in the file, so that nothing of it hides the damage.
    let busy: i64 = conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)).unwrap();
    let page = conn.query_row(page, [], |row| row.get::<_, u32>(0)).unwrap() as usize;
    assert_eq!(busy, 0);
    drop(conn);
    let mut bytes = std::fs::read(path).unwrap();
    bytes[(page - 1) * 8_192..page * 8_192].fill(0xFF);
    std::fs::write(path, bytes).unwrap();
}

/// Ours comes first: its old event is owed to many.
async fn what_retention_keeps_for_others(page: &str, parts_before: usize) {
    let (store, opened) = sqlite().await;
    let given = Given::on(store).await;
    for number in 0..300 {
        given.add_webhook(&format!("w{number}")).await;
    }
    let ours = given.event(Trigger::BookingScheduled);
    let mut theirs = given.event(Trigger::BookingScheduled);
    theirs.event.account = stranger();
    given.store.accept(vec![ours, theirs], at(0)).await.unwrap();
    loop {
        let leased = given.claim(10).await.leased;
        if leased.is_empty() {
            break;
        }
        let finished_all = leased.iter().map(|one| finished(one, answered(one, 200, 10))).collect();
        given.store.finish(finished_all, &rules(), at(10)).await.unwrap();
    }
    let keep = Keep::all(Duration::from_secs(60));
    let mut part = Expire { now: at(HOUR), keep, rows: 50, from: None };
    for _ in 0..parts_before {
        part.from = given.store.expire(part).await.unwrap().next;
    }
    given.store.events(&stranger(), &EventFilter::default(), &first(9)).await.unwrap();
    let (store, place) = opened.crash();
    drop(store);
    damage(&place.path().join("deskbell.db"), page);
    let store = SqliteStore::open(&place.path().join("deskbell.db")).unwrap();
    let there = store.events(&stranger(), &EventFilter::default(), &first(9)).await.unwrap().items.len();
    assert_eq!(there, 1);
    for parts in 0.. {
        assert!(parts < 100, "it comes to an end");
        part.from = store.expire(part).await.unwrap().next;
        if part.from.is_none() {
            break;
        }
    }
    let left = store.events(&stranger(), &EventFilter::default(), &first(9)).await.unwrap().items;
    assert!(left.is_empty(), "what is old of the others goes");
}

#[tokio::test]
async fn retention_passes_over_an_account_whose_rows_cannot_be_looked_at() {
    let page =
        "SELECT pageno FROM dbstat WHERE name = 'deliveries' AND pagetype = 'leaf' ORDER BY path LIMIT 1";
    what_retention_keeps_for_others(page, 0).await;
}

#[tokio::test]
async fn retention_passes_over_an_account_whose_rows_cannot_be_deleted() {
    let page = "SELECT pageno FROM dbstat WHERE name = 'deliveries_webhook' AND pagetype = 'leaf' ORDER BY path LIMIT 1";
    what_retention_keeps_for_others(page, 0).await;
}

#[tokio::test]
async fn rows_of_an_event_that_is_gone_keep_nothing_when_they_cannot_be_read() {
    let page =
        "SELECT pageno FROM dbstat WHERE name = 'deliveries' AND pagetype = 'leaf' ORDER BY path LIMIT 1";
    what_retention_keeps_for_others(page, 1).await;
}

#[tokio::test]
async fn what_cannot_be_counted_keeps_no_other_account_from_it() {
    let (store, opened) = sqlite().await;
    let given = Given::on(store).await;
    // Ours fill pages of their own.
    for account in [&given.account, &stranger()] {
        let of = |mut new: deskbell_core::event::NewEvent| {
            new.event.account = account.clone();
            new
        };
        let events = (0..300).map(|_| of(given.event(Trigger::BookingScheduled))).collect();
        given.store.accept(events, at(0)).await.unwrap();
    }
    let whole = given.store.kept(&stranger()).await.unwrap();
    let (store, place) = opened.crash();
    drop(store);
    let path = place.path().join("deskbell.db");
    let forget = "UPDATE kept SET bytes = 0, counted = 0, upto = (SELECT max(place) FROM events WHERE account = kept.account)";
    Connection::open(&path).unwrap().execute(forget, []).unwrap();
    damage(
        &path,
        "SELECT pageno FROM dbstat WHERE name = 'events' AND pagetype = 'leaf' ORDER BY path LIMIT 1",
    );
    let store = SqliteStore::open(&path).unwrap();
    for parts in 0.. {
        assert!(parts < 100, "it comes to an end");
        if !store.count_older(50).await.unwrap() {
            break;
        }
    }
    assert_eq!(store.kept(&stranger()).await.unwrap(), whole);
    assert!(!store.kept(&given.account).await.unwrap().is_partial, "it is passed over");
}

#[tokio::test]
async fn an_event_whose_trace_cannot_be_read_is_sent_without() {
    let (store, opened) = sqlite().await;
    let given = Given::on(store).await;
    given.add_webhook("one").await;
    given.store.accept(vec![given.traced("a=1")], at(0)).await.unwrap();
    let (store, place) = opened.crash();
    drop(store);
    let path = place.path().join("deskbell.db");
    damage(
        &path,
        "SELECT pageno FROM dbstat WHERE name = 'traces' AND pagetype = 'leaf' ORDER BY path LIMIT 1",
    );
    let store = SqliteStore::open(&path).unwrap();
    let mut given = Given { store: std::sync::Arc::new(store), ..given };
    given.start_again(1).await;
    assert!(given.claim_one(2).await.trace.is_none());
}
