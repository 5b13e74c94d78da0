//! Rests, probes and `Retry-After`.

use super::*;
use crate::attempt::{Response, Timings};
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

#[test]
fn overload_and_slowness_rest_the_webhook_and_other_failures_do_not() {
    let rules = Rules::default();
    for status in 100..600 {
        let mut health = Health::default();
        after(&mut health, &attempt(Outcome::HttpStatus, Some(status), &[]), &rules, at(0));
        let expected = matches!(status, 429 | 502 | 503 | 504).then(|| at(60));
        assert_eq!(health.rest_until, expected, "B-092, B-097: {status}");
    }
    for outcome in Outcome::ALL {
        let mut health = Health::default();
        after(&mut health, &attempt(*outcome, None, &[]), &rules, at(0));
        assert_eq!(health.rest_until.is_some(), outcome.is_timeout(), "{outcome:?}");
    }
}

#[test]
fn a_rest_ends_with_a_probe_and_grows_while_probes_fail() {
    let rules = Rules::default();
    let mut health = Health::default();
    let slow = attempt(Outcome::HeadTimeout, None, &[]);
    assert_eq!(room(&health, at(0), 5), 5);
    after(&mut health, &slow, &rules, at(0));
    after(&mut health, &slow, &rules, at(1));
    assert_eq!(health.rest_until, Some(at(61)), "attempts in flight together are one overload");
    assert_eq!((room(&health, at(60), 5), room(&health, at(61), 5)), (0, 1));
    after(&mut health, &slow, &rules, at(61));
    assert_eq!(health.rest_until, Some(at(61 + 120)), "the second rest is twice as long");
    after(&mut health, &attempt(Outcome::Delivered, Some(200), &[]), &rules, at(62));
    assert!(health.rest_until.is_some(), "a success that was on its way when the rest began does not end it");
    after(&mut health, &attempt(Outcome::Delivered, Some(200), &[]), &rules, at(200));
    assert_eq!(
        (health.rest_until, health.rests_in_a_row, health.failures_in_a_row),
        (None, 0, 0),
        "B-102: the streak is reset"
    );
    for _ in 0..40 {
        let probe = health.rest_until.unwrap_or(at(200));
        after(&mut health, &slow, &rules, probe);
        assert!(until(probe, health.rest_until.unwrap()) <= rules.rest_ceiling);
    }
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
fn the_next_try_is_never_earlier_than_the_receiver_asked() {
    let rules = Rules::default();
    let mut health = Health::default();
    let busy = attempt(Outcome::HttpStatus, Some(503), &["120"]);
    after(&mut health, &busy, &rules, at(0));
    assert_eq!(health.rest_until, Some(at(120)), "B-098: siblings wait too");
    assert_eq!(not_before(&health, &busy, &rules, at(0)), at(120));
    let plain = attempt(Outcome::HttpStatus, Some(500), &["90"]);
    assert_eq!(not_before(&Health::default(), &plain, &rules, at(0)), at(90));
    end_rest(&mut health, at(5));
    assert_eq!(room(&health, at(5), 5), 1, "a retry by hand probes");
}
