//! Typed reading, names, times and suggestions.

use super::*;
use crate::json::parse;

fn object(text: &str) -> Object {
    parse(text.as_bytes()).unwrap()
}

/// Code and parameter of a refusal.
fn blamed<T: std::fmt::Debug>(result: Result<T, Problem>) -> (&'static str, String) {
    let problem = result.expect_err("must be refused");
    assert_eq!(problem.status, 400);
    (problem.code, problem.param.unwrap_or_default())
}

#[test]
fn a_text_is_a_string_or_absent() {
    let object = object(r#"{"name":"x","null":null,"number":42,"list":[],"object":{},"true":true}"#);
    let fields = Fields::new(&object);
    assert_eq!(fields.text("name").unwrap().as_deref(), Some("x"));
    assert_eq!(fields.text("absent").unwrap(), None);
    assert_eq!(fields.text("null").unwrap(), None);
    assert!(fields.has("null") && !fields.has("absent"));
    for field in ["number", "list", "object", "true"] {
        let problem = fields.text(field).unwrap_err();
        assert!(problem.message.contains("must be a string"), "A-002, A-003: {}", problem.message);
        assert_eq!(blamed(fields.text(field)), ("type_mismatch", field.to_owned()), "A-003");
    }
    let problem = fields.required_text("url").unwrap_err();
    assert_eq!(
        (problem.code, problem.message.as_str()),
        ("url_required", "Required fields are missing."),
        "A-001"
    );
    assert_eq!(blamed(fields.required_text("null")), ("field_required", "null".to_owned()));
}

#[test]
fn typed_reading_is_exact() {
    let object = object(
        r#"{"events":["a","b"],"one":"a","nulls":[null],"nested":[["a"]],"yes":"yes","on":1,"true":true,
           "ten":10,"text":"10","half":1.5,"big":31,"huge":1e300,"at":"2026-05-06T13:02:41Z","day":"2026-05-06"}"#,
    );
    let fields = Fields::new(&object);
    assert_eq!(fields.texts("events").unwrap().unwrap(), ["a", "b"]);
    for field in ["one", "nulls", "nested"] {
        assert_eq!(blamed(fields.texts(field)), ("type_mismatch", field.to_owned()), "A-164");
    }
    assert_eq!(fields.boolean("true").unwrap(), Some(true));
    assert_eq!(blamed(fields.boolean("yes")).0, "type_mismatch", "A-090");
    assert_eq!(blamed(fields.boolean("on")).0, "type_mismatch", "A-090");
    assert_eq!(blamed(fields.required_boolean("absent")).0, "field_required");
    assert_eq!(fields.integer("ten", 1..=30).unwrap(), Some(10));
    for field in ["text", "half", "huge"] {
        assert_eq!(blamed(fields.integer(field, 1..=30)).0, "type_mismatch", "A-087: {field}");
    }
    assert_eq!(blamed(fields.integer("big", 1..=30)).0, "integer_out_of_range", "A-087");
    assert_eq!(fields.time("at").unwrap().unwrap().to_string(), "2026-05-06T13:02:41Z");
    assert_eq!(fields.time("day").unwrap().unwrap().to_string(), "2026-05-06T00:00:00Z");
    assert_eq!(blamed(fields.time("one")).0, "timestamp_invalid");
}

#[test]
fn objects_within_are_blamed_by_their_dotted_names() {
    let object =
        object(r#"{"location":{"value":1},"answers":[{"status":200},{"status":"x"}],"flat":[1],"data":[]}"#);
    let fields = Fields::new(&object);
    let location = fields.nested("location").unwrap().unwrap();
    assert_eq!(blamed(location.text("value")), ("type_mismatch", "location.value".to_owned()));
    assert_eq!(blamed(location.required_text("kind")), ("field_required", "location.kind".to_owned()));
    let answers = fields.each("answers").unwrap().unwrap();
    assert_eq!(answers[0].integer("status", 100..=599).unwrap(), Some(200));
    assert_eq!(
        blamed(answers[1].integer("status", 100..=599)),
        ("type_mismatch", "answers.1.status".to_owned())
    );
    assert_eq!(blamed(fields.each("flat")).0, "type_mismatch");
    assert_eq!(blamed(fields.required_object("data")), ("type_mismatch", "data".to_owned()));
    assert_eq!(fields.required_object("location").unwrap().get(), r#"{"value":1}"#);
    assert!(fields.nested("absent").unwrap().is_none());
}

#[test]
fn strangers_are_refused_with_the_nearest_name() {
    let object = object(r#"{"ulr":"x","id":"1"}"#);
    let fields = Fields::new(&object);
    let problem = fields.only(&["name", "url", "events", "id"]).unwrap_err();
    assert_eq!((problem.code, problem.param.as_deref()), ("unknown_field", Some("ulr")), "A-065");
    assert!(problem.message.contains("'url'"), "A-065: {}", problem.message);
    let far = fields.only(&["description", "id"]).unwrap_err();
    assert!(far.message.contains("Known fields: description, id."), "A-065: {}", far.message);
    assert!(fields.only(&["ulr", "id"]).is_ok(), "A-065's control");
    assert_eq!(
        blamed(fields.read_only(&["created_at", "id"])),
        ("field_read_only", "id".to_owned()),
        "A-066"
    );
    assert!(fields.read_only(&["account_id"]).is_ok(), "A-066's control");
}

#[test]
fn nearest_counts_letters_not_luck() {
    assert_eq!(nearest("ulr", &["name", "url"]), Some("url"));
    assert_eq!(
        nearest("booking.schedulled", &["booking.scheduled", "booking.canceled"]),
        Some("booking.scheduled")
    );
    assert_eq!(nearest("zz", &["id", "to"]), None, "two changes of a name of two letters are another name");
    assert_eq!(nearest("colour", &["name", "url"]), None);
    assert_eq!(nearest(&"x".repeat(5_000), &["x"]), None);
    assert_eq!(nearest("", &["a"]), None);
}

#[test]
fn names_are_readable() {
    let name = |text: &str| check_name("name", text, 255);
    assert_eq!(name("  CRM sync ").unwrap(), "CRM sync", "trimmed");
    for good in ["x", "7", "日程", "Ünïcode — ok", &"a".repeat(255), &"é".repeat(255)] {
        assert!(name(good).is_ok(), "A-161's control: {good}");
    }
    for bad in ["", "   ", "!!!", "—"] {
        assert_eq!(blamed(name(bad)), ("text_invalid", "name".to_owned()), "A-158: {bad:?}");
    }
    for bad in ["a\u{7}b", "a\nb", "a\u{202E}b", "a\u{2066}b", "a\u{200F}b", "a\u{85}b", "a\u{2028}b"] {
        assert_eq!(blamed(name(bad)), ("text_invalid", "name".to_owned()), "A-161, A-091: {bad:?}");
    }
    assert_eq!(blamed(name(&"é".repeat(256))), ("text_too_long", "name".to_owned()), "A-161");
}

#[test]
fn times_are_dates_or_have_a_zone() {
    let at = |text: &str| timestamp("creation_time.gt", text);
    for (given, read) in [
        ("2026-05-06", "2026-05-06T00:00:00Z"),
        ("2026-05-06T13:02:41Z", "2026-05-06T13:02:41Z"),
        ("2026-05-06T13:02:41.300Z", "2026-05-06T13:02:41.3Z"),
        ("2026-05-06T13:02:41.300999Z", "2026-05-06T13:02:41.3Z"),
        ("2026-05-06T15:02:41+02:00", "2026-05-06T13:02:41Z"),
    ] {
        assert_eq!(at(given).unwrap().to_string(), read, "A-105's control");
    }
    let long = "9".repeat(5_000);
    for bad in [
        "2026-02-30",
        "2026-02-30T00:00:00Z",
        "2026-05-06T13:02:41",
        "1778072561",
        "2026-05-06T24:00:01Z",
        "",
        "tomorrow",
        "2025-13-45T99:99:99Z",
        "-002026-05-06T00:00:00Z",
        &long,
    ] {
        let problem = at(bad).expect_err(bad);
        assert_eq!(
            (problem.code, problem.param.as_deref()),
            ("timestamp_invalid", Some("creation_time.gt")),
            "A-105"
        );
        assert!(
            problem.message.starts_with("Invalid date: ") && problem.message.len() < 230,
            "{}",
            problem.message
        );
    }
    assert_eq!(
        at("2025-13-45T99:99:99Z").unwrap_err().message,
        "Invalid date: 2025-13-45T99:99:99Z",
        "A-105"
    );
}
