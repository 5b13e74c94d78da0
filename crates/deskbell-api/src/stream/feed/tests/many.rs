//! A thousand feeds of one account: what they cost while another account rings, and while nobody does.

use super::*;
use deskbell_core::id::InboxId;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};

const FEEDS: usize = 1_000;

#[tokio::test(start_paused = true)]
async fn a_thousand_feeds_are_not_woken_by_another_account() {
    let world = World::new().await;
    let other = Account { id: AccountId::new(&SeededRandom::new(77)), ..world.account.clone() };
    let sandbox = Sandbox::new(&other.id, &SeededRandom::new(78), StandingClock.now());
    world
        .store
        .create_account(Account { email: "other@bell.example".into(), ..other.clone() }, sandbox)
        .await
        .unwrap();
    let (woken, told) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..FEEDS {
        let mut feed = world.feed().await;
        let (woken, told) = (Arc::clone(&woken), Arc::clone(&told));
        tasks.spawn(async move {
            let mut next = pin!(feed.next());
            std::future::poll_fn(|context| {
                woken.fetch_add(1, Ordering::Relaxed);
                next.as_mut().poll(context)
            })
            .await;
            told.fetch_add(1, Ordering::Relaxed);
        });
    }
    settle().await;
    let (reads, before) = (world.feed.reads(), woken.load(Ordering::Relaxed));
    for seed in 0..100 {
        world.accept(&other, seed).await;
        world.signals().announce_events(&other.id);
        world.signals().announce_attempts(&other.id);
        world.signals().announce_capture(&other.id, &InboxId::from_text("INB-1"));
        settle().await;
    }
    assert_eq!(woken.load(Ordering::Relaxed) - before, 0, "wake-ups");
    assert_eq!(world.feed.reads() - reads, 0, "reads");
    world.accept(&world.account, 1).await;
    world.signals().announce_events(&world.account.id);
    tasks.join_all().await;
    assert_eq!(told.load(Ordering::Relaxed), FEEDS, "their own account's event wakes them all");
}

#[tokio::test(start_paused = true)]
async fn by_the_clock_one_feed_looks_for_all_of_an_account() {
    let world = World::new().await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..FEEDS {
        let mut feed = world.feed().await;
        tasks.spawn(async move {
            loop {
                let chunk = feed.next().await.unwrap();
                if chunk != message::HEARTBEAT {
                    return chunk;
                }
            }
        });
    }
    settle().await;
    let reads = world.feed.reads();
    sleep(LOOK * 10).await;
    let reads = world.feed.reads() - reads;
    assert!((5..=11).contains(&reads), "{reads} reads in ten looks");
    // What nobody announced is found for all of them.
    world.accept(&world.account, 1).await;
    let told = tasks.join_all().await;
    assert!(told.iter().all(|chunk| chunk.starts_with(b"event: event\n")));
}

/// Everything that can run has run; no time has passed.
async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}
