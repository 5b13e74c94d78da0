//! The grammar, key by key: what it finds, what it refuses, and what it tells the store.

use super::*;
use bytes::Bytes;
use deskbell_core::attempt::{Attempt, Response, Timings};
use deskbell_core::delivery::Delivery;
use deskbell_core::event::{Event, Origin};
use deskbell_core::id::{AccountId, AttemptId};
use deskbell_core::time::from_millis;
use deskbell_core::trigger::Trigger;
use serde_json::json;

fn event() -> Event {
    let data = json!({"object": "booking", "status": "canceled", "n": 1.5, "paid": false, "a.b": {"c": "dots"},
        "form_submission": {"name": "Ines Carvalho", "guests": ["b@mail.example"], "note": "say \"hi\""},
        "custom_fields": [{"name": "Size", "value": ["L", "XL"]}, {"name": "Colour", "value": "red"}]});
    // Digits that no double and no machine word holds.
    let body = json!({"id": "EVNT-AAAA", "data": data}).to_string();
    let body = body.replace("\"n\":1.5", "\"n\":1.50,\"large\":36893488147419103233");
    Event {
        id: EventId::from_text("EVNT-AAAA"),
        account: AccountId::from_text("ACC-1"),
        trigger: Trigger::BookingCanceled,
        subject: Some("BKNG-1".into()),
        created: from_millis(1_778_072_400_000),
        body: Bytes::from(body),
        origin: Origin::Platform,
        payload_deleted: false,
    }
}

/// A delivery of 2026-05-06 13:00 UTC that was tried twice and answered 500.
fn delivery() -> Delivery {
    let delivery = Delivery::new(&event(), &WebhookId::from_text("WHK-1"), from_millis(1_778_072_400_000));
    Delivery { attempts: 2, last_outcome: Some(Outcome::HttpStatus), last_status: Some(500), ..delivery }
}

fn attempt() -> Attempt {
    let delivery = delivery();
    Attempt {
        id: AttemptId::of(&delivery.id, 1),
        delivery: delivery.id,
        event: delivery.event,
        webhook: delivery.webhook,
        account: delivery.account,
        number: 1,
        manual: false,
        sample: false,
        started: delivery.created,
        outcome: Outcome::HttpStatus,
        detail: String::new(),
        possibly_received: true,
        timings: Timings::default(),
        address: None,
        url: "https://hooks.example/".into(),
        request_headers: vec![("User-Agent".into(), "Deskbell".into())],
        response: Some(Response {
            status: 500,
            headers: vec![("X-Request-Id".into(), "req-77".into())],
            body: Bytes::new(),
            truncated: false,
            incomplete: false,
        }),
    }
}

fn finds(text: &str) -> bool {
    let mut search = Search::parse(text).unwrap_or_else(|problem| panic!("{text}: {}", problem.message));
    for (name, ids) in search.webhook_names() {
        ids.extend((name == "CRM sync").then(|| WebhookId::from_text("WHK-1")));
    }
    search.fits_row(&delivery())
        && search.fits_payload(&delivery(), &event())
        && search.fits_attempts(&[attempt()])
}

#[test]
fn every_key_finds_what_is_there_and_a_minus_leaves_it_out() {
    for (yes, no) in [
        ("type:booking.canceled", "type:booking.scheduled"),
        ("type:booking", "type:conversation"),
        ("status:pending", "status:delivered"),
        ("status:500", "status:501"),
        ("outcome:http_status", "outcome:delivered"),
        ("attempt:2", "attempt:1"),
        ("attempt:>1", "attempt:>2"),
        ("attempt:>=2", "attempt:>=3"),
        ("attempt:<3", "attempt:<2"),
        ("attempt:<=2", "attempt:<=1"),
        ("webhook:WHK-1", "webhook:WHK-2"),
        (r#"webhook:"CRM sync""#, "webhook:CRM"),
        ("event:EVNT-AAAA", "event:EVNT-BBBB"),
        ("subject:bkng-1", "subject:BKNG-2"),
        ("after:2026-05-06", "after:2026-05-07"),
        ("after:2026-05-06T12:59:59Z", "after:2026-05-06T13:00:00Z"),
        ("before:2026-05-06T15:00:01+02:00", "before:2026-05-06T13:00:00Z"),
        ("header.x-request-id:REQ-7", "header.x-request-id:req-8"),
        ("header.user-agent:deskbell", "header.x-other:deskbell"),
        ("body.data.status:Canceled", "body.data.status:cancel"),
        ("body.data.n:1.50", "body.data.n:1.5"),
        ("body.data.large:36893488147419103233", "body.data.large:36893488147419103232"),
        ("body.data.paid:false", "body.data.paid:true"),
        ("body.data.a.b.c:dots", "body.data.a.c:dots"),
        (r#"body.data.form_submission.name:"ines carvalho""#, "body.data.form_submission.name:ines"),
        (
            "body.data.form_submission.guests:b@mail.example",
            "body.data.form_submission.guests:c@mail.example",
        ),
        ("body.data.custom_fields.value:XL", "body.data.custom_fields.value:M"),
        ("body.data.custom_fields.1.value:red", "body.data.custom_fields.0.value:red"),
        ("CARVALHO", "carvalhos"),
        (r#""ines carv""#, r#""ines  carv""#),
        (r#""say \"hi\"""#, r#""say \"ho\"""#),
        ("evnt-aaaa", "evnt-b"),
    ] {
        assert!(finds(yes), "{yes}");
        assert!(!finds(no), "{no}");
        assert!(!finds(&format!("-{yes}")), "-{yes}");
        assert!(finds(&format!("-{no}")), "-{no}");
        assert!(finds(&format!("  {yes}\t-{no} ")), "both");
        assert!(!finds(&format!("{yes} {no}")), "every token must hold: {yes} {no}");
    }
    assert!(finds(""), "nothing is asked for");
    assert!(finds("evnt-") && !finds("- nowhere"), "a minus alone is a word");
    assert!(finds(delivery().id.as_str()), "a pasted id is found");
}

#[test]
fn a_mistake_names_the_token_the_rule_and_what_is_known() {
    for (text, words) in [
        (
            "x statuss:500 y",
            &["statuss:500: ", "no such key", "Did you mean status?", "body.PATH", "quotation marks"][..],
        ),
        ("https://x.example/", &["https://x.example/: ", "no such key"]),
        ("type:booking.moved", &["type:booking.moved: ", "booking.rescheduled"]),
        ("-status:dead", &["-status:dead: ", "quarantined", "a code from 100 to 999"]),
        ("status:99", &["status:99: "]),
        ("outcome:late", &["outcome:late: ", "head_timeout"]),
        ("attempt:two", &["attempt:two: ", "attempt:>1"]),
        ("attempt:<0", &["attempt:<0: "]),
        ("attempt:>4294967295", &["attempt:>4294967295: "]),
        ("after:yesterday", &["after:yesterday: ", "2026-05-06T13:00:00Z"]),
        ("before:", &["before:: ", "needs a value"]),
        ("header.:x", &["header.:x: ", "header.NAME:value"]),
        ("body.a:", &["body.a:: ", "body.PATH:value"]),
        ("webhook:\"CRM", &["\"CRM: ", "never closed"]),
        ("\"never", &["\"never: ", "never closed"]),
        (&"x ".repeat(21), &["more than 20 tokens"]),
        (&"x".repeat(1_001), &["longer than 1000 characters"]),
    ] {
        let problem = Search::parse(text).unwrap_err();
        assert_eq!((problem.code, problem.param.as_deref()), ("search_invalid", Some("q")), "{text}");
        for word in words {
            assert!(problem.message.contains(word), "{text}: {word} is not in: {}", problem.message);
        }
    }
}

#[test]
fn the_store_is_told_only_what_is_asked_for_without_a_minus() {
    let mut filter = DeliveryFilter::default();
    let text = "-type:booking.canceled -status:500 -outcome:lost -attempt:1 -webhook:WHK-1 -event:E -after:2026-05-06";
    Search::parse(text).unwrap().narrow(&mut filter);
    assert_eq!(filter, DeliveryFilter::default());
    let text = "type:booking.canceled status:failed status:500 outcome:lost attempt:>1 webhook:nobody event:E before:2026-05-06 type:booking";
    Search::parse(text).unwrap().narrow(&mut filter);
    let day = jiff::civil::date(2026, 5, 6).to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp();
    let expected = DeliveryFilter {
        trigger: Some(Trigger::BookingCanceled),
        status: Some(Status::Failed),
        last_status: Some(500),
        outcome: Some(Outcome::Lost),
        attempts_min: Some(2),
        attempts_max: Some(u32::MAX),
        webhook: Some(WebhookId::from_text("nobody")),
        event: Some(EventId::from_text("E")),
        created: deskbell_core::store::Span { after: None, before: Some(day) },
        ..DeliveryFilter::default()
    };
    assert_eq!(filter, expected);
}
