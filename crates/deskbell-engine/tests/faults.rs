//! A store that fails, an engine that is killed, several engines on one store, and nothing to do.

use crate::world::{Fate, Reply, VirtualClock, World, pass, script};
use deskbell_core::attempt::Outcome;
use deskbell_core::delivery::Status;
use deskbell_core::store::Queue;
use deskbell_core::{Clock, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
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
        pass(15).await;
        assert!(world.store.calls("finish") < 20, "{fault:?}: it backs off");
        world.store.heal();
        pass(60).await;
        for event in &events {
            let attempts = world.attempts(event, &webhook).await;
            assert_eq!(attempts.len(), 1, "{fault:?}: E-24, E-08");
            assert_eq!(attempts[0].outcome, Outcome::Delivered, "{fault:?}");
        }
        assert_eq!(world.receiver.seen().len(), 20, "E-10: no duplicate");
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_answered_during_an_outage_is_recorded_and_sent_once() {
    // As long as a backup may lock the file, and longer than an epoch.
    for (verbs, outage) in [(&["finish"][..], 45), (&["finish", "claim", "beat", "take_over"], 45)] {
        let world = World::new();
        let engine = world.joined_engine().await;
        let webhook = world.webhook(|_| Reply::Slow(Duration::from_secs(2), 200)).await;
        let events = [world.ring(&engine, None).await, world.leave_due(&engine, None).await];
        pass(1).await;
        world.store.fate(move |verb, _| if verbs.contains(&verb) { Fate::Refuse } else { Fate::Work });
        pass(outage).await;
        world.store.heal();
        pass(60).await;
        for event in &events {
            let attempts = world.attempts(event, &webhook).await;
            let outcomes: Vec<Outcome> = attempts.iter().map(|one| one.outcome).collect();
            assert_eq!(outcomes, [Outcome::Delivered], "{verbs:?}");
        }
        assert_eq!(world.receiver.seen().len(), 2, "E-10: no duplicate");
    }
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_takes_nothing_out_of_a_machines_hands() {
    const HOUR: i64 = 3_600_000;
    for by in [HOUR, -HOUR] {
        let world = World::new();
        let clock = Arc::new(VirtualClock::new(Duration::ZERO));
        let engine = world.engine_by(clock.clone());
        engine.joined().await;
        let webhook = world.webhook(|_| Reply::Slow(Duration::from_secs(10), 200)).await;
        let events = [world.ring(&engine, None).await, world.leave_due(&engine, None).await];
        pass(5).await;
        assert_eq!(world.receiver.seen().len(), 2);
        clock.set(by);
        pass(120).await;
        for event in &events {
            let attempts = world.attempts(event, &webhook).await;
            let outcomes: Vec<Outcome> = attempts.iter().map(|one| one.outcome).collect();
            assert_eq!(outcomes, [Outcome::Delivered], "by {by}");
        }
        assert_eq!(world.receiver.seen().len(), 2, "E-10: no duplicate, by {by}");
        let next = world.ring(&engine, None).await;
        pass(20).await;
        assert_eq!(world.delivery(&next, &webhook).await.status, Status::Delivered, "by {by}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_clock_that_is_ahead_plans_does_not_wait_for_it() {
    const HOUR: i64 = 3_600_000;
    for steps in [&[HOUR, -HOUR][..], &[60_000, 60_000, -60_000, -60_000]] {
        let world = World::new();
        let clock = Arc::new(VirtualClock::new(Duration::ZERO));
        let engine = world.engine_by(clock.clone());
        engine.joined().await;
        let webhook = world.webhook(script(&[500, 500, 200])).await;
        let mut events = vec![world.ring(&engine, None).await];
        pass(5).await;
        for by in steps {
            clock.set(*by);
            events.push(world.ring(&engine, None).await);
            pass(8).await;
        }
        // The schedule waits 35 s and 3 min, with jitter; a step is noticed at the next beat.
        pass(300).await;
        for event in &events {
            assert_eq!(world.delivery(event, &webhook).await.status, Status::Delivered, "{steps:?}");
        }
    }
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
    assert_eq!(world.receiver.seen().len(), 1, "E-07: nobody touches it while the epoch lasts");
    pass(60).await;
    let attempts = world.attempts(&event, &webhook).await;
    let told: Vec<(u32, Outcome)> = attempts.iter().map(|one| (one.number, one.outcome)).collect();
    assert_eq!(told, [(1, Outcome::Lost), (2, Outcome::Delivered)], "C-05, C-07, E-08");
    let again = world.since(attempts[1].started);
    assert!((33.0..38.0).contains(&again), "at the epoch's end: {again}");
    let delivery = world.delivery(&event, &webhook).await;
    assert_eq!(
        (delivery.status, delivery.lost, delivery.tries),
        (Status::Delivered, 1, 0),
        "C-05: not the schedule"
    );
    drop(engine);
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

/// A clock that panics when it is broken.
struct Breakable {
    clock: VirtualClock,
    broken: AtomicBool,
}

impl Clock for Breakable {
    fn now(&self) -> Timestamp {
        assert!(!self.broken.load(Ordering::SeqCst), "on purpose");
        self.clock.now()
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_the_loop_rings_the_alarm_and_one_that_is_contained_does_not() {
    let world = World::new();
    let clock = VirtualClock::new(Duration::ZERO);
    let clock = Arc::new(Breakable { clock, broken: AtomicBool::new(false) });
    let machine = world.engine_by(clock.clone());
    machine.joined().await;
    // Of the store and of the sender.
    let mut panics = false;
    world.store.fate(move |_, _| {
        panics = !panics;
        if panics { Fate::Panic } else { Fate::Work }
    });
    world.webhook(|_| panic!("on purpose")).await;
    world.ring(&machine, None).await;
    pass(30).await;
    world.store.heal();
    let alarm = world.alarm.rung();
    assert!(tokio::time::timeout(Duration::from_secs(30), alarm).await.is_err(), "contained");
    clock.broken.store(true, Ordering::SeqCst);
    let part = tokio::time::timeout(Duration::from_secs(30), world.alarm.rung()).await;
    assert!(matches!(part, Ok("the keeper" | "the claimer")), "{part:?}");
}
