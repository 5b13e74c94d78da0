//! One webhook's or payload's misfortune is nobody else's.

use crate::world::{Reply, World, pass, script};
use deskbell_core::Clock as _;
use deskbell_core::attempt::Outcome;
use deskbell_core::delivery::Status;
use deskbell_core::id::EventId;
use deskbell_core::vault::Vault;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn a_hanging_webhook_does_not_delay_another() {
    let world = World::new();
    let engine = world.engine();
    let hanging = world.webhook(|_| Reply::Slow(Duration::from_secs(60), 200)).await;
    let healthy = world.webhook(script(&[200])).await;
    let mut events = Vec::new();
    for _ in 0..200 {
        events.push(world.ring(&engine, None).await);
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    for event in &events {
        let created = world.since(world.delivery(event, &healthy).await.created);
        let start = world.starts(event, &healthy).await[0];
        assert!(start - created < 0.1, "waited from {created} to {start}");
    }
    assert!(world.receiver.seen_by(&hanging).len() <= 10, "at most five at a time, and then it rests");
}

/// Nine at a time keep up with 300 events a second whose answers take 30 ms each.
#[tokio::test(start_paused = true)]
async fn a_receiver_that_refuses_one_event_in_seven_keeps_up_with_many() {
    let world = World::new();
    let engine = world.joined_engine().await;
    let answer = |nth| if nth % 7 == 3 { 404 } else { 200 };
    let webhook = world.webhook(move |seen| Reply::Slow(Duration::from_millis(30), answer(seen.nth))).await;
    let mut rung = Vec::new();
    for _ in 0..1_000 {
        let now = world.since(world.clock.now());
        for _ in 0..3 {
            rung.push((world.ring(&engine, None).await, now));
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    pass(1).await;
    let mut first = HashMap::new();
    for seen in world.receiver.seen_by(&webhook) {
        first.entry(seen.event).or_insert(world.since(seen.at));
    }
    let waited = rung.iter().map(|(event, at)| first.get(event).map_or(f64::INFINITY, |first| first - at));
    assert!(waited.clone().all(|waited| waited < 0.2), "{:?}", waited.fold(0.0, f64::max));
}

#[tokio::test(start_paused = true)]
async fn at_most_five_attempts_of_one_webhook_and_no_more_than_the_room_are_in_flight() {
    let mut world = World::new();
    world.settings.in_flight = 12;
    let engine = world.engine();
    let mut webhooks = Vec::new();
    for _ in 0..3 {
        webhooks.push(world.webhook(|_| Reply::Slow(Duration::from_secs(10), 200)).await);
    }
    for _ in 0..20 {
        world.ring(&engine, None).await;
    }
    pass(5).await;
    let open: Vec<usize> = webhooks.iter().map(|webhook| world.receiver.seen_by(webhook).len()).collect();
    // Of twelve, one account has at most three times as many as are free.
    assert!(open.iter().all(|open| *open <= 5) && open.iter().sum::<usize>() == 10, "{open:?}");
    pass(600).await;
    assert_eq!(world.receiver.seen().len(), 60, "all of them had their turn");
}

#[tokio::test(start_paused = true)]
async fn a_payload_that_panics_the_sender_is_quarantined_and_harms_no_other() {
    let world = World::new();
    let engine = world.engine();
    let poison: Arc<Mutex<Option<EventId>>> = Arc::default();
    let marked = poison.clone();
    let webhook = world
        .webhook(move |seen| {
            if marked.lock().unwrap().as_ref() == Some(&seen.event) {
                Reply::Panic
            } else {
                Reply::Status(200)
            }
        })
        .await;
    let bad = world.event();
    *poison.lock().unwrap() = Some(bad.event.id.clone());
    let bad_id = bad.event.id.clone();
    // Accepted in one batch with its siblings, so that they are sent together.
    let mut batch = vec![bad];
    batch.extend((0..4).map(|_| world.event()));
    let siblings: Vec<EventId> = batch[1..].iter().map(|event| event.event.id.clone()).collect();
    use deskbell_core::store::Queue;
    world.store.accept(batch, world.clock.now()).await.unwrap();
    engine.waker().wake();
    pass(60).await;
    let attempts = world.attempts(&bad_id, &webhook).await;
    assert_eq!(attempts.len(), 3, "C-42: caught, and quarantined after 3");
    assert!(
        attempts.iter().all(|one| one.outcome == Outcome::SenderFailed && !one.detail.is_empty()),
        "T-41"
    );
    let delivery = world.delivery(&bad_id, &webhook).await;
    assert_eq!(
        (delivery.status, delivery.tries),
        (Status::Quarantined, 0),
        "C-42: not charged to the schedule"
    );
    for event in &siblings {
        assert_eq!(world.attempts(event, &webhook).await.len(), 1, "C-42: others unaffected");
        assert_eq!(world.delivery(event, &webhook).await.status, Status::Delivered, "C-42");
    }
    let later = world.ring(&engine, None).await;
    pass(1).await;
    assert_eq!(world.delivery(&later, &webhook).await.status, Status::Delivered, "C-42: the loop lives on");
}

#[tokio::test(start_paused = true)]
async fn a_transport_that_ignores_the_deadline_is_cut_off() {
    let world = World::new();
    let engine = world.engine();
    let webhook = world.webhook(|seen| if seen.nth == 0 { Reply::Deaf } else { Reply::Status(200) }).await;
    let event = world.ring(&engine, None).await;
    pass(300).await;
    let attempts = world.attempts(&event, &webhook).await;
    let outcomes: Vec<Outcome> = attempts.iter().map(|one| one.outcome).collect();
    assert_eq!(outcomes, [Outcome::TotalTimeout, Outcome::Delivered], "B-101");
    assert_eq!(attempts[0].timings.total_us, 21_000_000);
    assert!(attempts[0].possibly_received, "B-101: flagged");
    assert_eq!(world.since(attempts[1].started).round(), 56.0, "on the schedule");
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_does_not_open_sends_nothing() {
    let mut world = World::new();
    let webhook = world.webhook(script(&[200])).await;
    world.vault = Arc::new(Vault::new(&[8; 32]));
    let engine = world.engine();
    let event = world.ring(&engine, None).await;
    pass(60).await;
    let attempts = world.attempts(&event, &webhook).await;
    assert!(attempts.iter().all(|one| one.outcome == Outcome::SenderFailed && !one.possibly_received));
    assert_eq!(world.receiver.seen(), []);
    assert_eq!(world.delivery(&event, &webhook).await.status, Status::Quarantined);
}

#[tokio::test(start_paused = true)]
async fn running_out_of_ports_is_not_charged_to_the_schedule() {
    let world = World::new();
    let engine = world.engine();
    let webhook =
        world.webhook(|seen| if seen.nth < 9 { Reply::LocalExhausted } else { Reply::Status(200) }).await;
    let event = world.ring(&engine, None).await;
    pass(60).await;
    let delivery = world.delivery(&event, &webhook).await;
    assert_eq!((delivery.status, delivery.attempts, delivery.tries), (Status::Delivered, 10, 0), "C-45");
}
