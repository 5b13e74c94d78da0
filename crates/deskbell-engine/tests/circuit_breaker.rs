//! An overloaded or slow webhook rests as a whole, and is probed afterwards.

use crate::world::{Machine, Reply, Seen, World, pass, script};
use deskbell_core::attempt::Outcome;
use deskbell_core::delivery::Status;
use deskbell_core::id::EventId;
use deskbell_core::policy::circuit_breaker::OVERLOADS_IN_A_ROW;
use deskbell_core::time::{later, until};
use deskbell_core::{Clock, Timestamp};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// An event whose first attempt begins so long after it was accepted was held back.
const LATE: Duration = Duration::from_millis(100);

/// Overloaded with `headers` on the first request, then fine.
fn once(status: u16, headers: Vec<(&'static str, String)>) -> impl Fn(&Seen) -> Reply + Send + Sync {
    move |seen| match seen.nth {
        0 => Reply::With(status, headers.clone()),
        _ => Reply::Status(200),
    }
}

fn http_date(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// Half a second: within the shortest rest.
async fn half_a_second() {
    tokio::time::sleep(Duration::from_millis(500)).await;
}

/// As many events as it takes, if all are answered with an overload, to rest a webhook.
async fn ring_too_many(world: &World, engine: &Machine) -> Vec<EventId> {
    let mut events = Vec::new();
    for _ in 0..OVERLOADS_IN_A_ROW {
        events.push(world.ring(engine, None).await);
    }
    events
}

#[tokio::test(start_paused = true)]
async fn a_webhook_that_is_overloaded_several_times_in_a_row_rests_as_a_whole() {
    for status in [429, 502, 503, 504] {
        let world = World::new();
        let engine = world.engine();
        let webhook = world.webhook(move |seen| Reply::Status(if seen.nth < 5 { status } else { 200 })).await;
        let other = world.webhook(script(&[200])).await;
        let first = ring_too_many(&world, &engine).await.remove(0);
        half_a_second().await;
        let sibling = world.ring(&engine, None).await;
        pass(200).await;
        let waited = world.starts(&sibling, &webhook).await;
        assert_eq!(waited.len(), 1, "B-092, B-097: {status}");
        assert!((1.0..1.1).contains(&waited[0]), "B-092, B-097: {status} siblings wait too: {waited:?}");
        let tries = world.starts(&first, &webhook).await;
        assert_eq!(tries.iter().map(|at| at.round()).collect::<Vec<_>>(), [0.0, 35.0], "on the schedule");
        assert!(world.starts(&sibling, &other).await[0] < 0.6, "another webhook does not wait");
    }
}

#[tokio::test(start_paused = true)]
async fn one_overload_among_many_answers_holds_nothing_back() {
    let world = World::new();
    let engine = world.joined_engine().await;
    // 0.7 % of the answers, of 20 a second.
    let webhook = world.webhook(|seen| Reply::Status(if seen.nth % 143 == 71 { 503 } else { 200 })).await;
    let mut rung = Vec::new();
    for _ in 0..1_000 {
        rung.push((world.ring(&engine, None).await, world.clock.now()));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let mut first = HashMap::new();
    for seen in world.receiver.seen_by(&webhook) {
        first.entry(seen.event).or_insert(seen.at);
    }
    let late =
        |(event, at): &&(EventId, Timestamp)| first.get(event).is_none_or(|seen| until(*at, *seen) > LATE);
    assert_eq!(rung.iter().filter(late).count(), 0, "of {}", rung.len());
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_is_always_overloaded_is_probed_seldom_until_one_success() {
    const HOUR: u64 = 3_600;
    const EVENTS: u64 = 900;
    for asks in [vec![], vec![("Retry-After", "1".to_owned())]] {
        let world = World::new();
        let engine = world.joined_engine().await;
        let well = Arc::new(AtomicBool::new(false));
        let (mood, headers) = (well.clone(), asks.clone());
        let webhook = world
            .webhook(move |_| match mood.load(Ordering::Relaxed) {
                true => Reply::Status(200),
                false => Reply::With(503, headers.clone()),
            })
            .await;
        for _ in 0..EVENTS {
            world.ring(&engine, None).await;
            pass(HOUR / EVENTS).await;
        }
        let seen = world.receiver.seen_by(&webhook);
        let late = seen.iter().filter(|seen| world.since(seen.at) > HOUR as f64 / 2.0).count();
        assert!(seen.len() < 25 && late <= 2, "{asks:?}: {} requests, {late} of them late", seen.len());
        well.store(true, Ordering::Relaxed);
        pass(15 * 60 + 10).await;
        let (_, health) = world.health(&webhook).await;
        assert_eq!((health.rest_until, health.overloads), (None, 0), "{asks:?}");
        let reached: HashSet<_> =
            world.receiver.seen_by(&webhook).into_iter().map(|seen| seen.event).collect();
        assert_eq!(reached.len() as u64, EVENTS, "{asks:?}: one success, and all are sent");
    }
}

#[tokio::test(start_paused = true)]
async fn a_short_pause_that_is_asked_for_is_a_short_pause() {
    let world = World::new();
    let engine = world.engine();
    let webhook = world.webhook(once(503, vec![("Retry-After", "1".to_owned())])).await;
    let first = world.ring(&engine, None).await;
    half_a_second().await;
    let sibling = world.ring(&engine, None).await;
    pass(60).await;
    let waited = world.starts(&sibling, &webhook).await[0];
    assert!((1.0..1.1).contains(&waited), "B-093: {waited}");
    let tries = world.starts(&first, &webhook).await;
    assert_eq!(tries.iter().map(|at| at.round()).collect::<Vec<_>>(), [0.0, 35.0], "E-06: on the schedule");
}

#[tokio::test(start_paused = true)]
async fn what_the_receiver_asks_for_holds_for_its_siblings_too() {
    let date = http_date(later(World::new().began, Duration::from_secs(120)));
    let wishes = [(429, "120".to_owned(), "B-093"), (429, date, "B-094"), (503, "120".to_owned(), "B-098")];
    for (status, wish, row) in wishes {
        let world = World::new();
        let engine = world.engine();
        let webhook = world.webhook(once(status, vec![("Retry-After", wish)])).await;
        let first = world.ring(&engine, None).await;
        pass(5).await;
        let sibling = world.ring(&engine, None).await;
        pass(300).await;
        for start in [world.starts(&first, &webhook).await[1], world.starts(&sibling, &webhook).await[0]] {
            assert!((120.0..122.0).contains(&start), "{row}: {start}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_senseless_retry_after_is_ignored_or_clamped() {
    let (schedule, day) = (35.0, 86_400.0);
    let cases: [(&[&str], f64); 10] = [
        (&["-1"], schedule),
        (&["0"], schedule),
        (&["NaN"], schedule),
        (&["1000000000"], day),
        (&["1000000000000000000000000000000"], day),
        (&["soon"], schedule),
        (&[""], schedule),
        (&["50", "70"], schedule),
        (&["Tue, 05 May 2020 10:00:00 GMT"], schedule),
        (&["50"], 50.0),
    ];
    for (values, expected) in cases {
        let world = World::new();
        let engine = world.engine();
        let headers: Vec<_> = values.iter().map(|value| ("retry-after", (*value).to_owned())).collect();
        let webhook = world.webhook(once(500, headers)).await;
        let event = world.ring(&engine, None).await;
        pass(90_000).await;
        let starts = world.starts(&event, &webhook).await;
        assert!((expected..expected + 2.0).contains(&starts[1]), "B-095: {values:?} gave {starts:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_rest_one_delivery_probes_and_failed_probes_make_longer_rests() {
    let world = World::new();
    let engine = world.engine();
    let webhook = world.webhook(script(&[429, 429, 429, 429, 429, 429, 429, 200])).await;
    let mut events = ring_too_many(&world, &engine).await;
    half_a_second().await;
    for _ in 0..20 {
        events.push(world.ring(&engine, None).await);
    }
    pass(600).await;
    let at: Vec<f64> = world.receiver.seen_by(&webhook).iter().map(|seen| world.since(seen.at)).collect();
    // 1 s, then 2 s, then 4 s; one request at the end of each, and all the others after the first success.
    assert!(at[4] < 0.1, "five in a row: {at:?}");
    assert_eq!(at[5..8].iter().map(|at| at.round()).collect::<Vec<_>>(), [1.0, 3.0, 7.0], "B-092");
    assert!(at[8] > at[7] && at[8] < at[7] + 1.0, "the success ends the rest: {at:?}");
    // The siblings that probed in vain wait for their own next try, the others have been delivered.
    let mut delivered = 0;
    for event in &events {
        delivered += usize::from(world.delivery(event, &webhook).await.status == Status::Delivered);
    }
    assert_eq!(delivered, events.len());
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_is_too_slow_is_slowed_as_a_whole() {
    let world = World::new();
    let engine = world.engine();
    let webhook = world
        .webhook(|seen| match seen.nth {
            0..5 => Reply::Slow(Duration::from_secs(25), 200),
            5 => Reply::Slow(Duration::from_millis(14_900), 200),
            _ => Reply::Status(200),
        })
        .await;
    let event = ring_too_many(&world, &engine).await.remove(0);
    pass(20).await;
    half_a_second().await;
    let siblings = [world.ring(&engine, None).await, world.ring(&engine, None).await];
    pass(200).await;
    let first = &world.attempts(&event, &webhook).await[0];
    assert_eq!((first.outcome, first.possibly_received), (Outcome::TotalTimeout, true), "B-101");
    // B-100: an answer after 14.9 s is an answer.
    let probe = &world.attempts(&siblings[0], &webhook).await[0];
    assert_eq!((probe.outcome, world.since(probe.started).round()), (Outcome::Delivered, 21.0), "B-100");
    let waited = world.starts(&siblings[1], &webhook).await;
    assert!((35.9..37.0).contains(&waited[0]), "one probe at a time: {waited:?}");
    assert_eq!(world.starts(&event, &webhook).await[1].round(), 55.0, "on the schedule");
    assert_eq!(world.delivery(&event, &webhook).await.status, Status::Delivered, "B-101: retried, same id");
}
