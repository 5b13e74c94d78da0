//! What a machine accepts is its own: sent without a claim, for as long as its epoch lasts.

use crate::world::{Fate, Machine, Reply, World, pass, script};
use deskbell_core::Clock;
use deskbell_core::attempt::Outcome;
use deskbell_core::delivery::{Delivery, Status};
use deskbell_core::id::WebhookId;
use deskbell_core::store::Webhooks;
use deskbell_core::time::whole;
use deskbell_core::webhook::WebhookChange;
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn what_is_accepted_is_sent_at_once_and_is_claimed_by_nobody() {
    let world = World::new();
    let engine = world.joined_engine().await;
    let webhook = world.webhook(script(&[200])).await;
    let claims = world.store.calls("claim");
    let began = tokio::time::Instant::now();
    let mut events = Vec::new();
    for _ in 0..3 {
        events.push(world.ring(&engine, None).await);
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    for event in &events {
        let delivery = world.delivery(event, &webhook).await;
        assert_eq!((delivery.status, delivery.attempts, delivery.leases), (Status::Delivered, 1, 1));
    }
    assert_eq!((world.store.calls("claim"), began.elapsed().as_millis()), (claims, 100));
    assert_eq!(engine.concurrency().left(), world.settings.in_flight as usize, "its room is free again");
}

#[tokio::test(start_paused = true)]
async fn what_there_is_no_room_for_is_claimed_when_there_is() {
    let world = World::new();
    let engine = world.joined_engine().await;
    let webhook = world.webhook(|_| Reply::Slow(Duration::from_millis(500), 200)).await;
    for _ in 0..30 {
        world.ring(&engine, None).await;
    }
    tokio::time::sleep(Duration::from_millis(10)).await;
    assert_eq!(world.receiver.seen().len(), 5, "as much as there is room for at first");
    // Five at a time, with no wait for the next poll of the queue.
    tokio::time::sleep(Duration::from_millis(4_000)).await;
    assert_eq!(world.receiver.seen_by(&webhook).len(), 30);
    let numbers: Vec<_> = world.all_deliveries().await.iter().map(|one| one.attempts).collect();
    assert_eq!(numbers, [1; 30]);
}

/// With 40 ms to answer in, and room for five that grows by each of them.
async fn burst(world: &World) -> (Machine, WebhookId) {
    let engine = world.joined_engine().await;
    let webhook = world.webhook(|_| Reply::Slow(Duration::from_millis(40), 200)).await;
    world.ring(&engine, None).await;
    pass(1).await;
    for _ in 0..15 {
        world.ring(&engine, None).await;
    }
    tokio::time::sleep(Duration::from_millis(10)).await;
    assert_eq!(world.receiver.seen().len(), 1 + 5);
    (engine, webhook)
}

#[tokio::test(start_paused = true)]
async fn what_a_quick_receiver_has_no_room_for_yet_waits_in_line_and_not_in_the_store() {
    let world = World::new();
    let (engine, webhook) = burst(&world).await;
    let claims = world.store.calls("claim");
    tokio::time::sleep(Duration::from_millis(200)).await;
    let seen: Vec<_> = world.receiver.seen_by(&webhook).into_iter().map(|seen| seen.event).collect();
    assert_eq!((seen.len(), world.store.calls("claim"), world.store.calls("release")), (16, claims, 0));
    let accepted: Vec<_> = world.all_deliveries().await.into_iter().map(|one| one.event).collect();
    assert_eq!(seen, accepted, "in their order");
    assert_eq!(engine.concurrency().left(), world.settings.in_flight as usize);
}

#[tokio::test(start_paused = true)]
async fn no_attempt_begins_after_the_answer_to_the_call_that_turned_a_webhook_off() {
    let world = World::new();
    let (engine, webhook) = burst(&world).await;
    let off = WebhookChange { enabled: Some(false), ..WebhookChange::default() };
    world.store.inner.change_webhook(&world.account, &webhook, &off, world.clock.now()).await.unwrap();
    // As the machine's own store does before it answers.
    engine.concurrency().withdraw(&webhook);
    pass(60).await;
    assert_eq!(world.receiver.seen().len(), 1 + 5);
    let ended = |status| move |delivery: &&Delivery| delivery.status == status;
    let deliveries = world.all_deliveries().await;
    assert_eq!(deliveries.iter().filter(ended(Status::Delivered)).count(), 1 + 5, "what was on the wire");
    assert_eq!(deliveries.iter().filter(ended(Status::Cancelled)).count(), 10);
    assert_eq!(engine.concurrency().left(), world.settings.in_flight as usize);
}

#[tokio::test(start_paused = true)]
async fn room_grows_with_quick_answers_up_to_its_ceiling() {
    let mut world = World::new();
    world.settings.in_flight_per_webhook = 12;
    let engine = world.joined_engine().await;
    world.webhook(script(&[200])).await;
    for _ in 0..400 {
        world.ring(&engine, None).await;
    }
    pass(30).await;
    assert_eq!(world.receiver.seen().len(), 400);
    assert_eq!(world.receiver.most_open_to_one(), 12);
}

#[tokio::test(start_paused = true)]
async fn room_doubles_with_each_round_of_quick_answers() {
    let world = World::new();
    let engine = world.joined_engine().await;
    world.webhook(script(&[200])).await;
    for _ in 0..300 {
        world.ring(&engine, None).await;
    }
    let mut seen = Vec::new();
    // Between two rounds: a round trip takes 20 ms.
    tokio::time::sleep(Duration::from_millis(10)).await;
    for _ in 0..5 {
        seen.push(world.receiver.seen().len());
        tokio::time::sleep(Duration::from_millis(21)).await;
    }
    let sent: Vec<usize> = seen.windows(2).map(|seen| seen[1] - seen[0]).collect();
    assert_eq!((seen[0], &sent[..]), (5, &[10, 20, 40, 64][..]));
}

/// The store begins an epoch, and hands over, before its answer is here.
#[tokio::test(start_paused = true)]
async fn what_is_handed_over_before_the_answer_to_a_join_is_not_forgotten() {
    let world = World::new();
    let webhook = world.webhook(script(&[200])).await;
    world.store.delay(|verb| Duration::from_secs(if verb == "join" { 2 } else { 0 }));
    let engine = world.engine();
    while engine.store.epoch().is_none() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let event = world.ring(&engine, None).await;
    pass(20).await;
    assert_eq!(world.delivery(&event, &webhook).await.status, Status::Delivered, "E-02");
    assert_eq!(world.receiver.seen().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_join_whose_answer_is_lost_costs_a_moment() {
    let world = World::new();
    let webhook = world.webhook(script(&[200])).await;
    let mut joins = 0;
    world.store.fate(move |verb, _| {
        joins += u32::from(verb == "join");
        if verb == "join" && joins <= 3 { Fate::Forget } else { Fate::Work }
    });
    let engine = world.engine();
    let mut events = Vec::new();
    for _ in 0..20 {
        events.push(world.ring(&engine, None).await);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    pass(60).await;
    for event in &events {
        assert_eq!(world.delivery(event, &webhook).await.status, Status::Delivered, "E-02");
    }
    assert_eq!(world.receiver.most_open(), 1, "E-07");
}

#[tokio::test(start_paused = true)]
async fn what_a_killed_machine_owned_is_made_again_when_its_epoch_ends() {
    let world = World::new();
    let webhook = world.webhook(|_| Reply::Slow(Duration::from_secs(10), 200)).await;
    let (engine, other) = (world.joined_engine().await, world.joined_engine().await);
    let event = world.ring(&engine, None).await;
    pass(5).await;
    drop(engine);
    pass(25).await;
    assert_eq!(world.receiver.seen().len(), 1, "E-07: nobody touches it while the epoch lasts");
    pass(35).await;
    let attempts = world.attempts(&event, &webhook).await;
    let told: Vec<(u32, Outcome)> = attempts.iter().map(|one| (one.number, one.outcome)).collect();
    assert_eq!(told, [(1, Outcome::Lost), (2, Outcome::Delivered)], "C-05, C-07, E-08");
    // 30 s after its last beat, which it made in the fifth second, and found within the next beat of the other.
    let start = world.since(attempts[1].started);
    assert!((34.0..38.0).contains(&start), "{start}: C-32, within 35 s of the kill");
    drop(other);
}

#[tokio::test(start_paused = true)]
async fn a_lost_attempt_is_told_of_as_soon_as_it_is_found() {
    for (lost_limit, status, leases) in [(2, Status::Pending, 2), (1, Status::Quarantined, 1)] {
        let mut world = World::new();
        world.settings.rules.lost_limit = lost_limit;
        let webhook = world.webhook(|_| Reply::Slow(Duration::from_secs(15), 200)).await;
        let (engine, other) = (world.joined_engine().await, world.joined_engine().await);
        let event = world.ring(&engine, None).await;
        pass(5).await;
        drop(engine);
        while world.attempts(&event, &webhook).await.is_empty() {
            assert_eq!(*world.recorded.borrow(), 0, "nothing is known yet");
            pass(1).await;
        }
        // The next attempt is on the wire, if there is one.
        let delivery = world.delivery(&event, &webhook).await;
        assert_eq!((delivery.status, delivery.leases, *world.recorded.borrow()), (status, leases, 1));
        drop(other);
    }
}

#[tokio::test(start_paused = true)]
async fn an_outage_in_which_the_epoch_lasts_loses_nothing_that_is_owned() {
    let world = World::new();
    let engine = world.joined_engine().await;
    let webhook = world.webhook(script(&[200])).await;
    world.store.fate(|verb, _| if verb == "finish" { Fate::Refuse } else { Fate::Work });
    let event = world.ring(&engine, None).await;
    pass(100).await;
    world.store.heal();
    pass(10).await;
    let attempts = world.attempts(&event, &webhook).await;
    assert_eq!(attempts.iter().map(|one| one.outcome).collect::<Vec<_>>(), [Outcome::Delivered]);
    assert_eq!(world.receiver.seen().len(), 1, "E-10: no duplicate");
}

#[tokio::test(start_paused = true)]
async fn a_machine_that_is_cut_off_loses_its_epoch_and_comes_back_with_another() {
    let world = World::new();
    let webhook = world.webhook(script(&[200])).await;
    let (engine, other) = (world.joined_engine().await, world.joined_engine().await);
    let epoch = engine.store.epoch();
    let event = world.ring(&engine, None).await;
    // Sent, but it cannot be told any more.
    engine.store.cut_off(true);
    pass(50).await;
    let attempts = world.attempts(&event, &webhook).await;
    let told: Vec<(u32, Outcome)> = attempts.iter().map(|one| (one.number, one.outcome)).collect();
    assert_eq!(told, [(1, Outcome::Lost), (2, Outcome::Delivered)], "the other took over");
    engine.store.cut_off(false);
    pass(10).await;
    assert!(engine.store.epoch() > epoch, "it has joined again");
    assert_eq!(world.attempts(&event, &webhook).await.len(), 2, "T-39: its late result is stale");
    let claims = world.store.calls("claim");
    let next = world.ring(&engine, None).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(
        world.delivery(&next, &webhook).await.status,
        Status::Delivered,
        "and is handed over to again"
    );
    assert!(world.store.calls("claim") <= claims + 1);
    assert_eq!(engine.concurrency().left(), world.settings.in_flight as usize);
    drop(other);
}

#[tokio::test(start_paused = true)]
async fn with_too_little_left_of_its_epoch_a_machine_claims_nothing() {
    let world = World::new();
    let webhook = world.webhook(script(&[200])).await;
    let engine = world.joined_engine().await;
    world.store.fate(|verb, _| if verb == "beat" { Fate::Refuse } else { Fate::Work });
    pass(12).await;
    let event = world.leave_due(&engine, None).await;
    let own = world.ring(&engine, None).await;
    let claims = world.store.calls("claim");
    pass(4).await;
    assert!(world.store.calls("claim") <= claims + 3, "it does not claim and give back in a circle");
    assert_eq!(world.receiver.seen().len(), 0);
    world.store.heal();
    pass(4).await;
    for event in [event, own] {
        let delivery = world.delivery(&event, &webhook).await;
        assert_eq!((delivery.status, delivery.attempts), (Status::Delivered, 1), "with the next beat");
    }
}

#[tokio::test(start_paused = true)]
async fn a_drain_leaves_the_store_and_nothing_waits_for_the_epochs_end() {
    let world = World::new();
    let webhook = world
        .webhook(
            |seen| if seen.nth == 0 { Reply::Slow(Duration::from_secs(3), 200) } else { Reply::Status(200) },
        )
        .await;
    let (engine, other) = (world.joined_engine().await, world.joined_engine().await);
    let store = engine.store.clone();
    world.ring(&engine, None).await;
    pass(1).await;
    let (draining, late) = tokio::join!(engine.drain(Duration::from_secs(25)), async {
        pass(1).await;
        // Accepted while it drains: not its own any more.
        let event = world.event();
        let id = event.event.id.clone();
        store.queue.accept(vec![event], whole(world.clock.now())).await.unwrap();
        id
    });
    let () = draining;
    pass(10).await;
    assert_eq!(world.store.calls("leave"), 1);
    let delivery = world.delivery(&late, &webhook).await;
    assert_eq!((delivery.status, delivery.attempts, delivery.leases), (Status::Delivered, 1, 1));
    assert_eq!(world.receiver.seen().len(), 2);
    drop(other);
}
