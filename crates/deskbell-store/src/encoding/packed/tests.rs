//! Packed records read back as they were, and cost little.

use super::*;
use bytes::Bytes;
use deskbell_core::attempt::Outcome;
use deskbell_core::event::Origin;
use deskbell_core::id::{AccountId, AttemptId, DeliveryId, WebhookId};
use deskbell_core::time::from_millis;
use deskbell_core::vault::Secret;
use proptest::prelude::*;

const SECONDS: i64 = 1_800_000_000;

fn event() -> EventId {
    EventId::from_text("EVNT-0123456789")
}

fn attempt(request_headers: Vec<attempt::Header>, response: Option<Response>) -> Attempt {
    Attempt {
        id: AttemptId::from_text("ATT-1"),
        delivery: DeliveryId::from_text("DLV-1"),
        event: event(),
        webhook: WebhookId::from_text("WHK-1"),
        account: AccountId::from_text("ACC-1"),
        number: 1,
        manual: true,
        sample: false,
        started: from_millis(SECONDS * 1_000),
        outcome: Outcome::Delivered,
        detail: "seen".into(),
        possibly_received: true,
        timings: Timings { head_us: Some(900), total_us: 1_000, reused: true, ..Timings::default() },
        address: Some("[::1]:8080".parse().unwrap()),
        url: String::new(),
        request_headers,
        response,
    }
}

fn signed() -> Vec<attempt::Header> {
    let secret = Secret::new("d7686b8c83f04913929079aeae40189e".into());
    sign::request_headers(&secret, "Agent/1", &event(), Origin::Platform, from_millis(SECONDS * 1_000), b"{}")
}

/// Packs, and reads back over an attempt that has nothing of it.
fn there_and_back(attempt: &Attempt) -> (usize, Attempt) {
    let (event, agent) = (event(), agent(attempt).to_owned());
    let known = Known { event: &event, unix_seconds: SECONDS, agent: &agent };
    let packed = pack(attempt, &known);
    let mut read = Attempt {
        manual: false,
        sample: false,
        possibly_received: false,
        detail: String::new(),
        timings: Timings::default(),
        address: None,
        request_headers: Vec::new(),
        response: None,
        ..attempt.clone()
    };
    unpack(&packed, &known, &mut read).expect("what was packed reads back");
    (packed.len(), read)
}

#[test]
fn our_own_headers_are_marks() {
    let attempt = attempt(signed(), None);
    let (bytes, read) = there_and_back(&attempt);
    assert_eq!(read, attempt);
    assert!(bytes < 130, "{bytes} bytes, of which 64 are the two signatures");
}

#[test]
fn headers_that_only_look_like_ours_are_kept_as_they_were() {
    let mut headers = signed();
    for (_, value) in &mut headers {
        value.push(' ');
    }
    headers.push(("Webhook-Signature".into(), "v1,####".into()));
    headers.push((sign::HEADER.into(), "t=1,s=00".into()));
    headers.push((sign::HEADER.into(), format!("t={SECONDS},s={}", "AB".repeat(32)).into()));
    headers.push(("webhook-id".into(), event().as_str().into()));
    let attempt = attempt(headers, None);
    assert_eq!(there_and_back(&attempt).1, attempt);
}

#[test]
fn bytes_of_no_known_form_are_refused() {
    let event = event();
    let known = Known { event: &event, unix_seconds: SECONDS, agent: "" };
    let mut good = pack(&attempt(signed(), None), &known);
    for bad in [&[][..], &[FORM], &[9, 0, 0]] {
        assert!(unpack(bad, &known, &mut attempt(Vec::new(), None)).is_none(), "{bad:?}");
    }
    good.truncate(good.len() - 1);
    assert!(unpack(&good, &known, &mut attempt(Vec::new(), None)).is_none(), "a part of a record");
}

proptest! {
    #[test]
    fn every_attempt_reads_back(
        headers in proptest::collection::vec((".*", ".*"), 0..8),
        answer in proptest::option::of((100u16..600, any::<bool>(), any::<bool>(),
            proptest::collection::vec((".*", ".*"), 0..8), proptest::collection::vec(any::<u8>(), 0..300))),
    ) {
        let response = answer.map(|(status, truncated, incomplete, headers, body)| {
            Response { status, truncated, incomplete, headers, body: Bytes::from(body) }
        });
        let headers = headers.into_iter().map(|(name, value)| (name.into(), value.into()));
        let attempt = attempt(headers.collect(), response);
        prop_assert_eq!(there_and_back(&attempt).1, attempt);
    }
}
