//! An overloaded or slow webhook rests as a whole, and is probed afterwards.

use crate::world::{Reply, Seen, World, pass, script};
use deskbell_core::Timestamp;
use deskbell_core::attempt::Outcome;
use deskbell_core::delivery::Status;
use deskbell_core::time::later;
use std::time::Duration;

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

#[tokio::test(start_paused = true)]
async fn an_overloaded_webhook_rests_as_a_whole_for_at_least_a_minute() {
    for status in [429, 502, 503, 504] {
        let world = World::new();
        let engine = world.engine();
        let webhook = world.webhook(once(status, vec![])).await;
        let other = world.webhook(script(&[200])).await;
        let first = world.ring(&engine, None).await;
        pass(10).await;
        let sibling = world.ring(&engine, None).await;
        pass(200).await;
        let (first, waited) = (world.starts(&first, &webhook).await, world.starts(&sibling, &webhook).await);
        assert_eq!((first.len(), waited.len()), (2, 1), "B-092, B-097: {status}");
        for start in [first[1], waited[0]] {
            assert!((60.0..62.0).contains(&start), "B-092, B-097: {status} siblings wait too: {start}");
        }
        assert!(world.starts(&sibling, &other).await[0] < 10.1, "another webhook does not wait");
    }
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
    let webhook = world.webhook(script(&[429, 429, 429, 200])).await;
    let mut events = vec![world.ring(&engine, None).await];
    pass(1).await;
    for _ in 0..20 {
        events.push(world.ring(&engine, None).await);
    }
    pass(600).await;
    let at: Vec<f64> = world.receiver.seen_by(&webhook).iter().map(|seen| world.since(seen.at)).collect();
    // 60 s, then 120 s, then 240 s; one request at the end of each, and all the others after the first success.
    assert_eq!(at[..4].iter().map(|at| at.round()).collect::<Vec<_>>(), [0.0, 60.0, 180.0, 420.0], "B-092");
    assert!(at[4] > at[3] && at[4] < at[3] + 1.0, "the success ends the rest: {at:?}");
    // The two siblings that probed in vain wait for their own next try, the others have been delivered.
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
            0 => Reply::Slow(Duration::from_secs(25), 200),
            1 => Reply::Slow(Duration::from_millis(14_900), 200),
            _ => Reply::Status(200),
        })
        .await;
    let event = world.ring(&engine, None).await;
    pass(30).await;
    let sibling = world.ring(&engine, None).await;
    pass(200).await;
    let first = &world.attempts(&event, &webhook).await[0];
    assert_eq!((first.outcome, first.possibly_received), (Outcome::TotalTimeout, true), "B-101");
    // The sibling has waited longer, so it is the probe; B-100: an answer after 14.9 s is an answer.
    let probe = &world.attempts(&sibling, &webhook).await[0];
    assert_eq!((probe.outcome, world.since(probe.started).round()), (Outcome::Delivered, 80.0), "B-100");
    let starts = world.starts(&event, &webhook).await;
    assert!((94.9..96.0).contains(&starts[1]), "one probe at a time: {starts:?}");
    assert_eq!(world.delivery(&event, &webhook).await.status, Status::Delivered, "B-101: retried, same id");
}
