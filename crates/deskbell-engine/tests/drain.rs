//! The orderly end.

use crate::world::{Fate, Reply, World, pass, script};
use deskbell_core::attempt::Outcome;
use deskbell_core::delivery::Status;
use std::time::Duration;
use tokio::time::Instant;

#[tokio::test(start_paused = true)]
async fn drain_lets_attempts_end_and_records_them() {
    let world = World::new();
    let engine = world.engine();
    let webhook = world.webhook(|_| Reply::Slow(Duration::from_secs(8), 200)).await;
    let mut events = Vec::new();
    for _ in 0..7 {
        events.push(world.ring(&engine, None).await);
    }
    pass(3).await;
    let began = Instant::now();
    engine.drain(Duration::from_secs(25)).await;
    assert_eq!(began.elapsed().as_secs(), 5, "as long as the attempts take, no longer");
    let mut ends = Vec::new();
    for event in &events {
        let delivery = world.delivery(event, &webhook).await;
        assert!(!delivery.is_leased(), "nothing stays leased");
        ends.push(delivery.status);
    }
    let delivered = ends.iter().filter(|status| **status == Status::Delivered).count();
    let pending = ends.iter().filter(|status| **status == Status::Pending).count();
    assert_eq!((delivered, pending), (5, 2), "five were in flight, two were never claimed");
    pass(100).await;
    assert_eq!(world.receiver.seen().len(), 5, "nothing is sent after a drain");
}

#[tokio::test(start_paused = true)]
async fn drain_gives_unspent_leases_back() {
    let world = World::new();
    let webhook = world.webhook(script(&[200])).await;
    let engine = world.joined_engine().await;
    world.store.delay(|_| Duration::from_millis(500));
    let event = world.leave_due(&engine, None).await;
    // The lease is on disk, its answer on the way: the stop comes between.
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(world.delivery(&event, &webhook).await.is_leased());
    engine.drain(Duration::from_secs(25)).await;
    let delivery = world.delivery(&event, &webhook).await;
    assert_eq!((delivery.status, delivery.is_leased(), delivery.attempts), (Status::Pending, false, 0));
    assert_eq!((world.store.calls("release"), world.receiver.seen().len()), (1, 0));
    world.store.heal();
    let engine = world.engine();
    pass(1).await;
    assert_eq!(world.delivery(&event, &webhook).await.status, Status::Delivered);
    assert_eq!(world.attempts(&event, &webhook).await[0].number, 1, "nothing was spent");
    drop(engine);
}

/// A place was taken for it before the stop, and its commit ends when nothing else is left to do.
#[tokio::test(start_paused = true)]
async fn what_is_handed_over_after_the_stop_is_given_back_and_is_not_lost() {
    let world = World::new();
    let webhook = world.webhook(script(&[200])).await;
    let engine = world.joined_engine().await;
    world.store.delay(|verb| Duration::from_secs(if verb == "hand_over" { 2 } else { 0 }));
    let event = world.ring(&engine, None).await;
    let began = Instant::now();
    engine.drain(Duration::from_secs(25)).await;
    let drained = began.elapsed().as_secs();
    world.store.heal();
    let engine = world.engine();
    pass(1).await;
    let outcomes: Vec<Outcome> =
        world.attempts(&event, &webhook).await.iter().map(|one| one.outcome).collect();
    assert_eq!(outcomes, [Outcome::Delivered], "nothing was lost");
    assert_eq!(drained, 2, "as long as the commit took, no longer");
    drop(engine);
}

#[tokio::test(start_paused = true)]
async fn drain_ends_at_its_limit_and_what_is_left_lapses() {
    let world = World::new();
    let engine = world.engine();
    let webhook = world.webhook(|seen| if seen.nth == 0 { Reply::Deaf } else { Reply::Status(200) }).await;
    let event = world.ring(&engine, None).await;
    pass(1).await;
    let began = Instant::now();
    engine.drain(Duration::from_secs(10)).await;
    assert_eq!(began.elapsed().as_secs(), 10);
    assert!(world.delivery(&event, &webhook).await.is_leased());
    let engine = world.engine();
    pass(40).await;
    assert_eq!(world.delivery(&event, &webhook).await.status, Status::Delivered);
    drop(engine);
}

#[tokio::test(start_paused = true)]
async fn drain_insists_on_recording_while_it_may() {
    let world = World::new();
    let engine = world.engine();
    let webhook = world.webhook(script(&[200])).await;
    let mut refusals = 4;
    world.store.fate(move |verb, _| {
        if verb != "finish" || refusals == 0 {
            return Fate::Work;
        }
        refusals -= 1;
        Fate::Refuse
    });
    let event = world.ring(&engine, None).await;
    tokio::time::sleep(Duration::from_millis(10)).await;
    engine.drain(Duration::from_secs(25)).await;
    assert_eq!(world.delivery(&event, &webhook).await.status, Status::Delivered);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_hangs_cannot_hold_up_a_drain() {
    let world = World::new();
    let engine = world.engine();
    world.store.fate(|_, _| Fate::Hang);
    engine.waker().wake();
    pass(1).await;
    let began = Instant::now();
    engine.drain(Duration::from_secs(10)).await;
    assert_eq!(began.elapsed().as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_comes_too_late_is_given_back_instead_of_spent() {
    let world = World::new();
    let webhook = world.webhook(script(&[200])).await;
    let engine = world.joined_engine().await;
    // The store takes 12 s to hand a lease out, and no beat comes through: with 20 s for the attempt, too little would be left of
    // the epoch.
    world.store.fate(|verb, _| if verb == "beat" { Fate::Refuse } else { Fate::Work });
    world.store.delay(|verb| Duration::from_secs(if verb == "claim" { 12 } else { 0 }));
    let event = world.leave_due(&engine, None).await;
    pass(13).await;
    assert_eq!((world.store.calls("release"), world.receiver.seen().len()), (1, 0));
    world.store.heal();
    pass(4).await;
    assert_eq!(
        world.starts(&event, &webhook).await.len(),
        1,
        "given back, then claimed afresh and made once"
    );
    assert_eq!(world.delivery(&event, &webhook).await.leases, 2);
}
