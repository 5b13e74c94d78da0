//! The change feed while many machines write, pause in the midst of it and are rolled back: once a row is readable, none before it becomes
//! readable later.

use crate::cluster::Cluster;
use crate::world::{World, at, ended, wide};
use deskbell_core::attempt::Outcome;
use deskbell_core::door::SeededRandom;
use deskbell_core::policy::retry::Rules;
use deskbell_core::store::{ChangeFeed as _, Position, Queue as _};
use deskbell_store::PostgresStore;
use futures::future::join_all;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

const MACHINES: usize = 3;
const WRITERS: usize = 8;
const READERS: usize = 4;
/// Calls of each writer.
const CALLS: usize = 25;

/// Every transaction that adds to the feed waits a little when it has done so, and some are rolled back then.
const DAWDLE: &str = "
    CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_sleep(random() * 0.01);
      IF random() < 0.1 THEN
        RAISE EXCEPTION 'rolled back' USING ERRCODE = 'serialization_failure';
      END IF;
      RETURN NULL;
    END $$;
    CREATE TRIGGER dawdle AFTER INSERT ON events FOR EACH STATEMENT EXECUTE FUNCTION dawdle();
    CREATE TRIGGER dawdle AFTER INSERT ON attempts FOR EACH STATEMENT EXECUTE FUNCTION dawdle();";

/// What a reader saw: the numbers of events and attempts, in the order in which they came.
#[derive(Debug, Default, PartialEq)]
struct Seen {
    events: Vec<u64>,
    attempts: Vec<u64>,
}

impl Seen {
    /// Reads on, up to `upto`, a few at a time.
    async fn read_on(&mut self, world: &World<PostgresStore>, from: &mut Position, upto: Position) {
        loop {
            let news = world.store.events_between(&world.account, from.event, upto.event, 7).await.unwrap();
            let Some(last) = news.last() else { break };
            from.event = last.seq;
            self.events.extend(news.iter().map(|news| news.seq));
        }
        loop {
            let news =
                world.store.attempts_between(&world.account, from.attempt, upto.attempt, 7).await.unwrap();
            let Some(last) = news.last() else { break };
            from.attempt = last.seq;
            self.attempts.extend(news.iter().map(|news| news.seq));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_can_be_read_is_all_there_ever_will_be_before_it() {
    let database = Cluster::shared().database("template1");
    let mut machines: Vec<Arc<World<PostgresStore>>> = Vec::new();
    for machine in 0..MACHINES {
        let store = PostgresStore::open(&database.url).await.unwrap();
        machines.push(Arc::new(match machine {
            0 => World::on(store, wide()).await,
            _ => {
                let (random, account) = (SeededRandom::new(1 + machine as u64), machines[0].account.clone());
                World::join(store, wide(), random, account).await
            }
        }));
    }
    let webhook = machines[0].add_webhook().await;
    Cluster::shared().run_in(&database.name, DAWDLE);
    let (done, clock) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicI64::new(0)));
    let write = |writer: usize| {
        let (world, webhook) = (Arc::clone(&machines[writer % MACHINES]), webhook.clone());
        let clock = Arc::clone(&clock);
        tokio::spawn(async move {
            // Time goes on, so that no two make the same place: that alone would keep them apart.
            let now = || clock.fetch_add(1, Ordering::Relaxed);
            for call in 0..CALLS {
                let events = (0..=call % 3).map(|_| world.event(Some(&webhook))).collect();
                // One that was rolled back too often was not stored.
                let _ = world.store.accept(events, at(now())).await;
                let (handed, millis) = (std::mem::take(&mut *world.handed.lock().unwrap()), now());
                let ended = handed.iter().map(|leased| ended(leased, Outcome::Delivered, millis)).collect();
                let _ = world.store.finish(ended, &Rules::default(), at(millis)).await;
            }
        })
    };
    let read = |reader: usize| {
        let (world, done) = (Arc::clone(&machines[0]), Arc::clone(&done));
        tokio::spawn(async move {
            let mut begin = world.store.position(&world.account).await.unwrap();
            // The others begin later.
            for _ in 0..reader * CALLS {
                begin = world.store.position(&world.account).await.unwrap();
            }
            let (mut seen, mut from, mut last) = (Seen::default(), begin, false);
            while !last {
                last = done.load(Ordering::Acquire);
                let upto = world.store.position(&world.account).await.unwrap();
                seen.read_on(&world, &mut from, upto).await;
                assert_eq!(from.event, upto.event, "the end is a row, or where it began");
            }
            (begin, seen)
        })
    };
    let (early, writers) = (join_all((0..READERS).map(read)), join_all((0..WRITERS).map(write)));
    let readers = tokio::spawn(early);
    for writer in writers.await {
        writer.unwrap();
    }
    done.store(true, Ordering::Release);
    let end = machines[0].store.position(&machines[0].account).await.unwrap();
    let mut all = 0;
    for reader in readers.await.unwrap() {
        let (begin, seen) = reader.unwrap();
        let (mut whole, mut from) = (Seen::default(), begin);
        whole.read_on(&machines[0], &mut from, end).await;
        assert_eq!(seen, whole, "nothing skipped, nothing twice, in one order");
        all = all.max(seen.events.len());
    }
    assert!(all > WRITERS * CALLS, "most were stored: {all}");
    drop(machines);
    database.drop();
}
