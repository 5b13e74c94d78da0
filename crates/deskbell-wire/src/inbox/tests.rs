//! What inboxes and relays refuse, and in which words.

use super::capture::LongPoll;
use super::relay::RelayAnswer;
use super::*;
use crate::body::read;
use crate::json::parse;
use crate::parameters;
use crate::problem::Problem;
use serde_json::json;

fn refusal<T: RequestBody>(body: &serde_json::Value) -> (String, &'static str, String) {
    let object = parse(body.to_string().as_bytes()).unwrap();
    let problem = read::<T>(&object).err().unwrap_or_else(|| panic!("{body} was taken"));
    told(problem)
}

fn told(problem: Problem) -> (String, &'static str, String) {
    (problem.param.unwrap_or_default(), problem.code, problem.message)
}

#[test]
fn an_answer_is_refused_by_the_value_that_breaks_its_rule() {
    for (answer, param, code, message) in [
        (
            json!({"status": 70_000}),
            "status",
            "integer_out_of_range",
            "status must be between 0 and 65535, not 70000.",
        ),
        (
            json!({"status": 301}),
            "status",
            "response_status_invalid",
            "The status must be 200 to 299 or 400 to 599.",
        ),
        (json!({"status": "200"}), "status", "type_mismatch", "status must be a whole number."),
        (
            json!({"delay_ms": -1}),
            "delay_ms",
            "integer_out_of_range",
            "delay_ms must be between 0 and 4294967295, not -1.",
        ),
        (
            json!({"delay_ms": 30_001}),
            "delay_ms",
            "response_delay_too_long",
            "The delay must be at most 30000 ms.",
        ),
        (json!({"body": 1}), "body", "type_mismatch", "body must be a string."),
        (
            json!({"body": "x".repeat(65_537)}),
            "body",
            "response_body_too_large",
            "The body has 65537 bytes; at most 65536 are allowed.",
        ),
        (json!({"headers": []}), "headers", "type_mismatch", "headers must be an object."),
        (json!({"headers": {"X-A": 1}}), "headers.X-A", "type_mismatch", "X-A must be a string."),
        (
            json!({"headers": {"Location": "/"}}),
            "headers",
            "response_header_forbidden",
            "An inbox cannot answer with the header Location. It can with Allow, Content-Language, Content-Type, Deprecation, ETag, \
             Last-Modified, RateLimit, RateLimit-Limit, RateLimit-Policy, RateLimit-Remaining, RateLimit-Reset, Retry-After, Sunset, \
             X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-Id, and with names that begin with X-Test-.",
        ),
        (
            json!({"colour": 1}),
            "colour",
            "unknown_field",
            "There is no field 'colour'. Known fields: status, headers, body, delay_ms.",
        ),
    ] {
        let found = refusal::<NewInbox>(&json!({"answers": [{}, answer]}));
        assert_eq!(
            found,
            (format!("answers.1.{param}"), code, message.to_owned()),
            "A-136 to A-140: {answer}"
        );
    }
    let many = json!({"answers": vec![json!({}); 101]});
    let too_many = ("answers".to_owned(), "answers_too_many", "At most 100 answers are allowed.".to_owned());
    assert_eq!(refusal::<InboxPatch>(&many), too_many);
    let no_array = ("answers".to_owned(), "type_mismatch", "answers must be an array of objects.".to_owned());
    assert_eq!(refusal::<InboxPatch>(&json!({"answers": {}})), no_array);
    assert_eq!(refusal::<InboxPatch>(&json!({"answers": [1]})), no_array);
    assert_eq!(refusal::<InboxPatch>(&json!({"name": null})).1, "name_required");
}

#[test]
fn headers_keep_their_order_and_null_is_none() {
    let body =
        br#"{"answers": [{"headers": {"X-Test-B": "1", "X-Test-A": "2", "X-Test-C": null}}], "name": "n"}"#;
    let new: NewInbox = read(&parse(body).unwrap()).unwrap();
    let script = new.answers.unwrap().0;
    let names: Vec<_> = script.answers()[0].headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!((names.as_slice(), script.answers()[0].status), (["X-Test-B", "X-Test-A"].as_slice(), 200));
}

#[test]
fn a_patch_knows_the_relay_and_cannot_change_it() {
    for (body, speaks) in
        [(json!({}), false), (json!({"relay": null}), true), (json!({"relay": {"a": 1}}), true)]
    {
        let patch: InboxPatch = read(&parse(body.to_string().as_bytes()).unwrap()).unwrap();
        assert_eq!(patch.has_relay(), speaks, "{body}");
    }
    let (_, _, message) = refusal::<InboxPatch>(&json!({"colour": 1}));
    assert_eq!(message, "There is no field 'colour'. Known fields: name, answers, secret, renew, relay.");
}

#[test]
fn a_relay_answers_with_text_or_with_bytes() {
    let body = |given: serde_json::Value| {
        let object = parse(given.to_string().as_bytes()).unwrap();
        read::<RelayAnswer>(&object).and_then(|answer| answer.body())
    };
    assert_eq!(body(json!({"status": 200})).unwrap(), "");
    assert_eq!(body(json!({"status": 200, "body": "ä"})).unwrap(), "ä");
    assert_eq!(body(json!({"status": 200, "body_base64": "/wA="})).unwrap(), b"\xff\0".as_slice());
    for (given, param, code, message) in [
        (json!({}), "status", "field_required", "Required fields are missing."),
        (
            json!({"status": 200, "body_base64": "!"}),
            "body_base64",
            "value_invalid",
            "body_base64 must be base 64.",
        ),
        (
            json!({"status": 200, "body": "", "body_base64": ""}),
            "body_base64",
            "value_invalid",
            "Give body or body_base64, not both.",
        ),
        (
            json!({"status": 200, "body_base64": "A".repeat(87_384)}),
            "body_base64",
            "response_body_too_large",
            "The body has 65538 bytes; at most 65536 are allowed.",
        ),
    ] {
        assert_eq!(told(body(given.clone()).unwrap_err()), (param.into(), code, message.into()), "{given}");
    }
}

#[test]
fn a_page_waits_for_no_more_than_it_can_hold() {
    let count = |raw: &str| parameters::read::<LongPoll>(Some(raw)).and_then(|(poll, _)| poll.count(10));
    assert_eq!((count("").unwrap(), count("count=10").unwrap(), count("count=010").unwrap()), (1, 10, 10));
    for given in ["0", "11", "-1", "+1", "soon", "1.0"] {
        let message = format!("Out of range value: {given}. Please provide a number between 1 and 10.");
        let told = told(count(&format!("count={}", given.replace('+', "%2B"))).unwrap_err());
        assert_eq!(told, ("count".into(), "integer_out_of_range", message), "A-102");
    }
}
