//! A store that fails, an engine that is killed, several engines on one store, and nothing to do.

use crate::world::{Fate, Reply, World, pass, script};
use deskbell_core::attempt::Outcome;
use deskbell_core::delivery::Status;
use deskbell_core::store::Queue;
use std::collections::BTreeMap;
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn what_a_failing_store_could_not_record_is_recorded_later() {
    for fault in [Fate::Refuse, Fate::Forget, Fate::Panic] {
        let world = World::new();
        let engine = world.engine();
        let webhook = world.webhook(script(&[200])).await;
        world.store.fate(move |verb, _| if verb == "finish" { fault } else { Fate::Work });
        let mut events = Vec::new();
        for _ in 0..20 {
            events.push(world.ring(&engine, None).await);
        }
        // Shorter than a lease: nothing may be sent twice.
        pass(15).await;
        assert!(world.store.calls("finish") < 20, "{fault:?}: it backs off");
        world.store.heal();
        pass(60).await;
        for event in &events {
            let attempts = world.attempts(event, &webhook).await;
            assert_eq!(attempts.len(), 1, "{fault:?}: E-24, E-08");
            assert_eq!(attempts[0].outcome, Outcome::Delivered, "{fault:?}");
        }
        assert_eq!(world.receiver.seen().len(), 20, "E-10: no duplicate without a lost lease");
    }
}

#[tokio::test(start_paused = true)]
async fn an_outage_longer_than_a_lease_loses_no_delivery_and_ends_with_stale_answers() {
    let world = World::new();
    let engine = world.engine();
    let webhook = world.webhook(script(&[200])).await;
    world.store.fate(|verb, _| if verb == "finish" { Fate::Refuse } else { Fate::Work });
    let event = world.leave_due(&engine, None).await;
    pass(45).await;
    world.store.heal();
    pass(60).await;
    let attempts = world.attempts(&event, &webhook).await;
    let outcomes: Vec<Outcome> = attempts.iter().map(|one| one.outcome).collect();
    // The lease ran out before the first result could be recorded; its late answer is stale and changes nothing.
    assert_eq!(outcomes, [Outcome::Lost, Outcome::Delivered], "T-39, C-08");
    assert_eq!(attempts.iter().map(|one| one.number).collect::<Vec<_>>(), [1, 2], "E-08");
    assert_eq!(world.delivery(&event, &webhook).await.status, Status::Delivered);
    let calls = world.store.calls("finish");
    pass(60).await;
    assert_eq!(world.store.calls("finish"), calls, "the stale result is not tried for ever");
}

#[tokio::test(start_paused = true)]
async fn a_damaged_row_does_not_hold_up_its_siblings() {
    let world = World::new();
    let engine = world.engine();
    let bad = world.webhook(script(&[200])).await;
    let good = world.webhook(script(&[200])).await;
    let event = world.ring(&engine, None).await;
    let broken = world.delivery(&event, &bad).await.id;
    world.store.fate(
        move |verb, about| {
            if verb == "finish" && about.contains(&broken) { Fate::Damaged } else { Fate::Work }
        },
    );
    pass(5).await;
    assert_eq!(world.delivery(&event, &good).await.status, Status::Delivered);
    assert_eq!(world.delivery(&event, &bad).await.status, Status::Pending);
    world.store.heal();
    pass(10).await;
    assert_eq!(world.delivery(&event, &bad).await.status, Status::Delivered);
    assert_eq!(world.attempts(&event, &bad).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_cannot_be_read_is_asked_less_and_less_often_and_found_again() {
    for fault in [Fate::Refuse, Fate::Panic] {
        let world = World::new();
        let engine = world.engine();
        let webhook = world.webhook(script(&[200])).await;
        world.store.fate(move |verb, _| if verb == "claim" { fault } else { Fate::Work });
        let event = world.leave_due(&engine, None).await;
        for _ in 0..600 {
            engine.waker().wake();
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert!(world.store.calls("claim") < 25, "{fault:?}: {}", world.store.calls("claim"));
        world.store.heal();
        pass(6).await;
        assert_eq!(world.delivery(&event, &webhook).await.status, Status::Delivered, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_killed_engines_delivery_is_made_again_and_its_loss_is_recorded() {
    let world = World::new();
    let engine = world.engine();
    let webhook = world.webhook(|_| Reply::Slow(Duration::from_secs(10), 200)).await;
    let event = world.leave_due(&engine, None).await;
    pass(5).await;
    drop(engine);
    let engine = world.engine();
    pass(20).await;
    assert_eq!(world.receiver.seen().len(), 1, "E-07: nobody touches it while the lease lasts");
    pass(60).await;
    let attempts = world.attempts(&event, &webhook).await;
    let told: Vec<(u32, Outcome)> = attempts.iter().map(|one| (one.number, one.outcome)).collect();
    assert_eq!(told, [(1, Outcome::Lost), (2, Outcome::Delivered)], "C-05, C-07, E-08");
    assert_eq!(world.since(attempts[1].started).round(), 30.0, "at the lease's end");
    let delivery = world.delivery(&event, &webhook).await;
    assert_eq!(
        (delivery.status, delivery.lost, delivery.tries),
        (Status::Delivered, 1, 0),
        "C-05: not the schedule"
    );
    drop(engine);
}

#[tokio::test(start_paused = true)]
async fn a_claim_whose_answer_was_lost_is_found_when_the_lease_ends() {
    let world = World::new();
    let engine = world.joined_engine().await;
    let webhook = world.webhook(script(&[200])).await;
    let mut forgotten = false;
    world.store.fate(move |verb, _| {
        if verb == "claim" && !std::mem::replace(&mut forgotten, true) { Fate::Forget } else { Fate::Work }
    });
    let event = world.leave_due(&engine, None).await;
    pass(60).await;
    assert_eq!(world.delivery(&event, &webhook).await.status, Status::Delivered, "E-02");
    assert_eq!(world.receiver.seen().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn two_engines_never_send_one_delivery_at_once() {
    let world = World::new();
    let (one, two) = (world.engine(), world.engine());
    let webhook = world
        .webhook(|seen| Reply::Slow(Duration::from_millis(300), 200 + u16::from(seen.nth % 7 == 0) * 300))
        .await;
    let mut events = Vec::new();
    for _ in 0..100 {
        events.push(world.ring(&one, None).await);
        two.waker().wake();
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    pass(600).await;
    assert_eq!(world.receiver.most_open(), 1, "E-07");
    for event in &events {
        assert_eq!(world.delivery(event, &webhook).await.status, Status::Delivered);
    }
    let attempts: usize = world.receiver.seen().len();
    assert_eq!(attempts, 100 + attempts.div_ceil(7), "E-09, E-10: each failure once more, nothing else");
}

#[tokio::test(start_paused = true)]
async fn an_idle_engine_only_polls() {
    let world = World::new();
    let engine = world.engine();
    let webhook = world.webhook(script(&[500])).await;
    world.ring(&engine, Some(&webhook)).await;
    pass(20_000).await;
    let before = world.store.ledger().calls();
    pass(1_000).await;
    let after: BTreeMap<_, _> = world.store.ledger().calls();
    // One delivery waits for hours, nothing is due: a look every 5 s and no write at all.
    assert_eq!(after["claim"] - before["claim"], 200, "E-30");
    assert_eq!(after["finish"], before["finish"], "E-30");
}

#[tokio::test(start_paused = true)]
async fn a_store_that_says_something_is_due_but_hands_out_nothing_cannot_make_the_loop_spin() {
    let world = World::new();
    let engine = world.engine();
    let webhook = world.webhook(script(&[200])).await;
    world.store.ledger().lie();
    world.leave_due(&engine, Some(&webhook)).await;
    pass(10).await;
    let calls = world.store.calls("claim");
    assert!((10..1_010).contains(&calls), "E-30: {calls} looks in 10 s");
}

#[tokio::test(start_paused = true)]
async fn under_load_the_queue_is_claimed_and_recorded_in_batches() {
    let world = World::new();
    for _ in 0..50 {
        world.webhook(script(&[200])).await;
    }
    let engine = world.engine();
    for _ in 0..20 {
        world.ring(&engine, None).await;
    }
    let mut recorded = world.recorded.subscribe();
    while world.store.meter().read().attempts(Outcome::Delivered) < 1_000 {
        recorded.changed().await.unwrap();
    }
    let (claims, finishes) = (world.store.calls("claim"), world.store.calls("finish"));
    assert!(claims <= 60 && finishes <= 60, "{claims} claims and {finishes} calls for 1000 attempts");
}
