//! Rests, probes and `Retry-After`.

use super::*;
use crate::attempt::{Response, Timings};
use crate::door::{SeededRandom, fraction};
use crate::id::{AccountId, AttemptId, DeliveryId, EventId, WebhookId};
use crate::time::from_millis;

const NOW: i64 = 1_800_000_000_000;

fn attempt(outcome: Outcome, status: Option<u16>, retry_after: &[&str]) -> Attempt {
    let headers = retry_after.iter().map(|value| ("Retry-After".to_owned(), (*value).to_owned())).collect();
    Attempt {
        id: AttemptId::from_text("ATT-1"),
        delivery: DeliveryId::from_text("DLV-1"),
        event: EventId::from_text("EVNT-1"),
        webhook: WebhookId::from_text("WHK-1"),
        account: AccountId::from_text("ACC-1"),
        number: 1,
        manual: false,
        sample: false,
        started: from_millis(NOW),
        outcome,
        detail: String::new(),
        possibly_received: false,
        timings: Timings::default(),
        address: None,
        url: "https://example.com/".into(),
        request_headers: Vec::new(),
        response: status.map(|status| Response {
            status,
            headers,
            body: bytes::Bytes::new(),
            truncated: false,
            incomplete: false,
        }),
    }
}

fn at(seconds: i64) -> Timestamp {
    from_millis(NOW + seconds * 1000)
}

/// What is known after these attempts, which began and ended at those times.
fn health_after(rules: &Rules, attempts: impl IntoIterator<Item = (Attempt, Timestamp)>) -> Health {
    let mut health = Health::default();
    for (attempt, ended) in attempts {
        after(&mut health, &Attempt { started: ended, ..attempt }, rules, ended);
    }
    health
}

fn answer(status: u16) -> Attempt {
    attempt(Outcome::of_status(status), Some(status), &[])
}

#[test]
fn one_overload_rests_nothing_and_five_in_a_row_rest_the_webhook() {
    let rules = Rules::default();
    let rests = |attempt: &Attempt| {
        (1..=5).map(|count| health_after(&rules, vec![(attempt.clone(), at(0)); count]).rest_until).collect()
    };
    let (never, at_the_fifth) = (vec![None; 5], vec![None, None, None, None, Some(at(1))]);
    for status in 100..600 {
        let failure = attempt(Outcome::HttpStatus, Some(status), &[]);
        let expected = if matches!(status, 429 | 502 | 503 | 504) { &at_the_fifth } else { &never };
        assert_eq!(&rests(&failure) as &Vec<_>, expected, "B-092, B-097: {status}");
    }
    for outcome in Outcome::ALL {
        let found: Vec<_> = rests(&attempt(*outcome, None, &[]));
        assert_eq!(found == at_the_fifth, outcome.is_timeout(), "{outcome:?}");
    }
}

#[test]
fn any_other_answer_ends_the_row() {
    let rules = Rules::default();
    for other in [200, 404, 500] {
        let answers = [503, 503, 503, 503, other, 503, 503, 503, 503];
        let health = health_after(&rules, answers.map(|status| (answer(status), at(0))));
        assert_eq!(health.rest_until, None, "{other}");
    }
}

#[test]
fn half_of_the_last_answers_rest_the_webhook_and_less_do_not() {
    let rules = Rules::default();
    let share = |one_in: usize, count: usize| {
        let status = |nth| if nth % one_in == 0 { 503 } else { 200 };
        let health = health_after(&rules, (0..count).map(|nth| (answer(status(nth)), at(0))));
        health.rest_until.is_some()
    };
    assert!(!share(2, 30) && share(2, 31), "the sixteenth of the last 32");
    assert!(!share(3, 1_000));
}

#[test]
fn a_rest_ends_with_a_probe_and_grows_while_probes_fail() {
    let rules = Rules::default();
    let slow = attempt(Outcome::HeadTimeout, None, &[]);
    let mut health = health_after(&rules, vec![(slow.clone(), at(0)); 5]);
    assert_eq!((health.rest_until, room(&Health::default(), at(0), 5)), (Some(at(1)), 5));
    assert_eq!((room(&health, from_millis(NOW + 999), 5), room(&health, at(1), 5)), (0, 1));
    let rested = health;
    for ended in 0..60 {
        after(&mut health, &slow, &rules, at(ended));
    }
    assert_eq!(health.rests_in_a_row, rested.rests_in_a_row, "attempts in flight together are one overload");
    assert_eq!(health.rest_until, rested.rest_until);
    after(&mut health, &answer(200), &rules, at(62));
    assert_eq!(health.rest_until, rested.rest_until, "a success that began before the rest does not end it");
    let probe = |status, started| Attempt { started: at(started), ..answer(status) };
    after(&mut health, &probe(503, 1), &rules, at(1));
    assert_eq!(health.rest_until, Some(at(1 + 2)), "the second rest is twice as long");
    after(&mut health, &probe(500, 3), &rules, at(3));
    assert_eq!((health.rest_until, room(&health, at(3), 5)), (Some(at(3)), 1), "the next one probes");
    after(&mut health, &probe(503, 3), &rules, at(4));
    assert_eq!(health.rest_until, Some(at(4 + 4)));
    after(&mut health, &probe(200, 8), &rules, at(8));
    let well = Health { last_success: Some(at(8)), ..Health::default() };
    assert_eq!(health, well, "B-102: the streak is reset, and one success is enough");
}

#[test]
fn rests_grow_up_to_the_ceiling() {
    let rules = Rules::default();
    let mut health = health_after(&rules, vec![(answer(503), at(0)); 5]);
    let mut rests = Vec::new();
    for _ in 0..40 {
        let end = health.rest_until.unwrap();
        after(&mut health, &Attempt { started: end, ..answer(503) }, &rules, end);
        rests.push(until(end, health.rest_until.unwrap()).as_secs());
    }
    assert_eq!(rests[..10], [2, 4, 8, 16, 32, 64, 128, 256, 512, 900]);
    assert!(rests[10..].iter().all(|rest| *rest == 900));
}

#[test]
fn retry_after_is_read_as_seconds_or_a_date_and_clamped() {
    let rules = Rules::default();
    let now = from_millis(784_111_700_000); // Sun, 06 Nov 1994 08:48:20 GMT
    let read = |values: &[&str]| retry_after(&attempt(Outcome::HttpStatus, Some(429), values), &rules, now);
    assert_eq!(read(&["120"]), Some(Duration::from_secs(120)), "B-093");
    assert_eq!(read(&["Sun, 06 Nov 1994 08:49:37 GMT"]), Some(Duration::from_secs(77)), "B-094");
    assert_eq!(read(&["Sun, 06 Nov 1994 08:00:00 GMT"]), Some(Duration::ZERO), "B-095: a date in the past");
    assert_eq!(read(&["0"]), Some(Duration::ZERO), "B-095");
    for over in ["1000000000", &format!("1{}", "0".repeat(30))] {
        assert_eq!(read(&[over]), Some(rules.retry_after_cap), "B-095: {over}");
    }
    for ignored in [&["-1"][..], &["NaN"], &["soon"], &["1.5"], &[""], &["10", "20"], &[]] {
        assert_eq!(read(ignored), None, "B-095: {ignored:?}");
    }
}

#[test]
fn what_the_receiver_asks_for_decides_at_once_and_for_its_siblings_too() {
    let rules = Rules::default();
    let asks = |status, wait| attempt(Outcome::HttpStatus, Some(status), &[wait]);
    for (wait, end) in [("1", 1), ("120", 120), ("86400", 900)] {
        let health = health_after(&rules, [(asks(503, wait), at(0))]);
        assert_eq!(health.rest_until, Some(at(end)), "B-093, B-098: {wait}, at most the ceiling");
        assert_eq!(health.rests_in_a_row, 0, "it is not our choice");
    }
    for (status, wait) in [(503, "0"), (503, "soon"), (500, "120"), (200, "120")] {
        let answer = attempt(Outcome::of_status(status), Some(status), &[wait]);
        assert_eq!(health_after(&rules, [(answer, at(0))]).rest_until, None, "B-095: {status} {wait}");
    }
    let mut health = health_after(&rules, [(asks(429, "120"), at(0))]);
    after(&mut health, &asks(429, "1"), &rules, at(1));
    assert_eq!(health.rest_until, Some(at(120)), "the longest wish holds");
    after(&mut health, &asks(429, "300"), &rules, at(2));
    assert_eq!(health.rest_until, Some(at(302)), "also of one that was in flight");
}

#[test]
fn probes_that_fail_in_a_row_make_longer_rests_than_were_asked_for() {
    let rules = Rules::default();
    let busy = attempt(Outcome::HttpStatus, Some(503), &["3"]);
    let mut health = health_after(&rules, [(busy.clone(), at(0))]);
    let mut rests = Vec::new();
    for _ in 0..5 {
        let end = health.rest_until.unwrap();
        after(&mut health, &Attempt { started: end, ..busy.clone() }, &rules, end);
        rests.push(until(end, health.rest_until.unwrap()).as_secs());
    }
    assert_eq!(rests, [3, 3, 4, 8, 16], "the later of what is asked for and ours");
}

#[test]
fn the_next_try_is_never_earlier_than_the_receiver_asked() {
    let rules = Rules::default();
    let asks = |status, wait| attempt(Outcome::HttpStatus, Some(status), &[wait]);
    for (attempt, next) in [(asks(503, "120"), 120), (asks(503, "86400"), 86_400), (asks(500, "90"), 90)] {
        let health = health_after(&rules, [(attempt.clone(), at(0))]);
        assert_eq!(not_before(&health, &attempt, &rules, at(0)), at(next));
    }
    let mut health = health_after(&rules, [(asks(503, "120"), at(0))]);
    assert_eq!(not_before(&health, &answer(500), &rules, at(5)), at(120), "siblings wait too");
    health.end_rest(at(5));
    assert_eq!(room(&health, at(5), 5), 1, "a retry by hand probes");
}

/// Plays `per_second` events to a receiver that answers at once, for so long: the share of the events that came while it
/// rested or was probed, and how many requests it got.
fn played(share_overloaded: f64, per_second: u32, lasts: Duration) -> (f64, u32) {
    let (rules, dice) = (Rules::default(), SeededRandom::new(7));
    let (mut health, mut held, mut sent) = (Health::default(), 0u32, 0u32);
    let events = per_second * u32::try_from(lasts.as_secs()).unwrap();
    for nth in 0..events {
        let now = later(at(0), Duration::from_secs(1) * nth / per_second);
        held += u32::from(health.rest_until.is_some());
        if room(&health, now, 5) > 0 {
            sent += 1;
            let status = if fraction(&dice) < share_overloaded { 503 } else { 200 };
            after(&mut health, &Attempt { started: now, ..answer(status) }, &rules, now);
        }
    }
    (f64::from(held) / f64::from(events), sent)
}

#[test]
fn a_receiver_that_is_overloaded_now_and_then_is_held_back_by_nothing_and_a_dead_one_is_probed_seldom() {
    let hour = Duration::from_secs(3_600);
    let (held, _) = played(0.007, 20, hour);
    assert_eq!(held, 0.0, "one in 143 at 20 a second");
    let (held, _) = played(0.1, 20, hour);
    assert!(held < 0.001, "one in ten: {held}");
    let (held, sent) = played(1.0, 1, 24 * hour);
    assert!(held > 0.99 && sent < 120, "96 quarters of an hour, and the shorter rests before: {held} {sent}");
}

#[test]
fn no_rest_is_longer_for_a_clock_that_was_set_back() {
    let (rules, now) = (Rules::default(), Timestamp::UNIX_EPOCH);
    let hour = Duration::from_secs(3_600);
    let rest = |end| Health { rest_until: Some(end), ..Health::default() };
    let mut planned_ahead = rest(later(now, hour + rules.rest_floor));
    assert!(set_back(&mut planned_ahead, hour, now, &rules));
    assert_eq!(planned_ahead.rest_until, Some(later(now, rules.rest_floor)));
    let mut longest = rest(latest(now, &rules));
    assert!(!set_back(&mut longest, hour, now, &rules), "it may be one of today");
    let mut another_step = rest(later(now, 3 * hour));
    assert!(set_back(&mut another_step, hour, now, &rules));
    assert_eq!(another_step.rest_until, Some(latest(now, &rules)));
    assert!(!set_back(&mut Health::default(), hour, now, &rules));
}
