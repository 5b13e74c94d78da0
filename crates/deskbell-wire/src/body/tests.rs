//! Every rule of a body has its refusal.

mod typed;

use super::*;
use crate::json::{RawObject, parse};
use crate::number::Integer;
use crate::optional::{Omittable, Patch};
use crate::text::{Email, Name, TimeZone};
use crate::time::GivenTime;
use crate::word;
use serde::Deserialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

#[derive(Debug, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Thing {
    name: Name,
    email: Option<Email>,
    flag: Option<bool>,
    minutes: Option<Integer<5, 480>>,
    at: Option<GivenTime>,
    status: Option<word::UserStatus>,
    zone: Omittable<TimeZone>,
    phone: Patch<Name>,
    tags: Option<Vec<String>>,
    path: Option<Inner>,
    parts: Option<Vec<Inner>>,
}

#[derive(Debug, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Inner {
    kind: Name,
    count: Option<Integer<1, 9>>,
}

impl RequestBody for Thing {
    const READ_ONLY: &'static [&'static str] = &["id", "object"];
}

fn object(text: &str) -> Object {
    parse(text.as_bytes()).unwrap()
}

/// A refusal in one line, nothing for a body that is read.
fn told<T>(read: Result<T, Problem>) -> String {
    let Some(problem) = read.err() else { return String::new() };
    assert_eq!(problem.status, 400);
    format!("{} {}: {}", problem.code, problem.param.unwrap_or_default(), problem.message)
}

#[test]
fn every_rule_has_its_refusal() {
    let long = format!(r#"{{"name":"{}"}}"#, "é".repeat(256));
    let bodies = [
        (r"{}", "name_required name: Required fields are missing."),
        (r#"{"name":null}"#, "name_required name: Required fields are missing."),
        (r#"{"name":5}"#, "type_mismatch name: name must be a string."),
        (r#"{"name":"  "}"#, "text_invalid name: name must have at least one letter or digit."),
        (r#"{"name":"!!!"}"#, "text_invalid name: name must have at least one letter or digit."),
        (r#"{"name":"a\u202eb"}"#, "text_invalid name: name holds a control or bidirectional character."),
        (&long, "text_too_long name: name is longer than 255 characters."),
        (r#"{"name":"x"}"#, ""),
        (r#"{"id":"1","nmae":"x"}"#, "field_read_only id: The field 'id' is set by us and cannot be given."),
        (r#"{"nmae":"x","name":5}"#, "unknown_field nmae: There is no field 'nmae'. Did you mean 'name'?"),
        (
            r#"{"colour":"x"}"#,
            "unknown_field colour: There is no field 'colour'. Known fields: name, email, flag, minutes, at, status, zone, phone, tags, path, parts.",
        ),
        (r#"{"name":"x","email":"nobody"}"#, "email_invalid email: Invalid string: nobody"),
        (r#"{"name":"x","email":["a@b"]}"#, "type_mismatch email: email must be a string."),
        (
            r#"{"name":"x","email":null,"flag":null,"minutes":null,"at":null,"status":null,"phone":null,"tags":null,"path":null,"parts":null}"#,
            "",
        ),
        (r#"{"name":"x","flag":"yes"}"#, "type_mismatch flag: flag must be true or false."),
        (r#"{"name":"x","flag":1}"#, "type_mismatch flag: flag must be true or false."),
        (r#"{"name":"x","minutes":"10"}"#, "type_mismatch minutes: minutes must be a whole number."),
        (r#"{"name":"x","minutes":1.5}"#, "type_mismatch minutes: minutes must be a whole number."),
        (r#"{"name":"x","minutes":1e2}"#, "type_mismatch minutes: minutes must be a whole number."),
        (r#"{"name":"x","minutes":-0}"#, "type_mismatch minutes: minutes must be a whole number."),
        (
            r#"{"name":"x","minutes":18446744073709551615}"#,
            "type_mismatch minutes: minutes must be a whole number.",
        ),
        (
            r#"{"name":"x","minutes":4}"#,
            "integer_out_of_range minutes: minutes must be between 5 and 480, not 4.",
        ),
        (
            r#"{"name":"x","minutes":481}"#,
            "integer_out_of_range minutes: minutes must be between 5 and 480, not 481.",
        ),
        (r#"{"name":"x","minutes":480}"#, ""),
        (r#"{"name":"x","at":"tomorrow"}"#, "timestamp_invalid at: Invalid date: tomorrow"),
        (r#"{"name":"x","at":"2026-05-06"}"#, ""),
        (r#"{"name":"x","at":1}"#, "type_mismatch at: at must be a string."),
        (
            r#"{"name":"x","status":"gone"}"#,
            "value_invalid status: Invalid string: gone. Known are: active, invited.",
        ),
        (r#"{"name":"x","status":true}"#, "type_mismatch status: status must be a string."),
        (r#"{"name":"x","status":"invited"}"#, ""),
        (r#"{"name":"x","zone":null}"#, "field_required zone: Required fields are missing."),
        (r#"{"name":"x","zone":"Mars/North"}"#, "time_zone_unknown zone: Invalid string: Mars/North"),
        (r#"{"name":"x","zone":{}}"#, "type_mismatch zone: zone must be a string."),
        (r#"{"name":"x","zone":"europe/dublin"}"#, ""),
        (r#"{"name":"x","phone":7}"#, "type_mismatch phone: phone must be a string."),
        (r#"{"name":"x","phone":"-"}"#, "text_invalid phone: phone must have at least one letter or digit."),
        (r#"{"name":"x","tags":"a"}"#, "type_mismatch tags: tags must be an array of strings."),
        (r#"{"name":"x","tags":{}}"#, "type_mismatch tags: tags must be an array of strings."),
        (r#"{"name":"x","tags":[]}"#, ""),
        (r#"{"name":"x","tags":["a",null]}"#, "type_mismatch tags: tags must be an array of strings."),
        (r#"{"name":"x","tags":["a",5]}"#, "type_mismatch tags: tags must be an array of strings."),
        (r#"{"name":"x","tags":[["a"]]}"#, "type_mismatch tags: tags must be an array of strings."),
        (r#"{"name":"x","path":[]}"#, "type_mismatch path: path must be an object."),
        (r#"{"name":"x","path":"here"}"#, "type_mismatch path: path must be an object."),
        (r#"{"name":"x","path":{}}"#, "field_required path.kind: Required fields are missing."),
        (r#"{"name":"x","path":{"kind":5}}"#, "type_mismatch path.kind: kind must be a string."),
        (
            r#"{"name":"x","path":{"kind":"!"}}"#,
            "text_invalid path.kind: path.kind must have at least one letter or digit.",
        ),
        (
            r#"{"name":"x","path":{"knid":"x"}}"#,
            "unknown_field path.knid: There is no field 'knid'. Did you mean 'kind'?",
        ),
        (
            r#"{"name":"x","path":{"kind":"x","count":10}}"#,
            "integer_out_of_range path.count: count must be between 1 and 9, not 10.",
        ),
        (r#"{"name":"x","parts":5}"#, "type_mismatch parts: parts must be an array of objects."),
        (r#"{"name":"x","parts":{"kind":"x"}}"#, "type_mismatch parts: parts must be an array of objects."),
        (r#"{"name":"x","parts":[5]}"#, "type_mismatch parts: parts must be an array of objects."),
        (
            r#"{"name":"x","parts":[{"kind":5},"x"]}"#,
            "type_mismatch parts: parts must be an array of objects.",
        ),
        (
            r#"{"name":"x","parts":[{"kind":"x"},{"kind":"x","count":"1"}]}"#,
            "type_mismatch parts.1.count: count must be a whole number.",
        ),
        (
            r#"{"name":"x","parts":[{"kind":"x"},{"kind":"x","count":0}]}"#,
            "integer_out_of_range parts.1.count: count must be between 1 and 9, not 0.",
        ),
        (
            r#"{"name":"x","parts":[{"kind":"x"},{"kind":""}]}"#,
            "text_invalid parts.1.kind: parts.1.kind must have at least one letter or digit.",
        ),
        (
            r#"{"name":"x","parts":[{"kind":"x"},{"colour":"x"}]}"#,
            "unknown_field parts.1.colour: There is no field 'colour'. Known fields: kind, count.",
        ),
        (r#"{"name":"x","parts":[null]}"#, "type_mismatch parts: parts must be an array of objects."),
        (r#"{"flag":1,"name":5}"#, "type_mismatch name: name must be a string."),
        (r#"{"flag":1,"minutes":"x","name":"x"}"#, "type_mismatch flag: flag must be true or false."),
    ];
    for (body, refusal) in bodies {
        assert_eq!(told(read::<Thing>(&object(body))), refusal, "{body}");
    }
}

#[test]
fn null_and_nothing_are_told_apart() {
    let thing = |text: &str| read::<Thing>(&object(text)).unwrap();
    let absent = thing(r#"{"name":" x "}"#);
    assert_eq!(
        (absent.name.0.as_str(), &absent.zone, &absent.phone),
        ("x", &Omittable(None), &Patch::Absent)
    );
    assert_eq!(absent.phone.change(), None);
    assert_eq!(thing(r#"{"name":"x","phone":null}"#).phone.change(), Some(None));
    assert_eq!(thing(r#"{"name":"x","phone":"y"}"#).phone, Patch::Given(Name("y".into())));
    let zone = thing(r#"{"name":"x","zone":"europe/dublin"}"#).zone;
    assert_eq!(zone, Omittable(Some(TimeZone("Europe/Dublin".into()))));
}

#[derive(Debug, Deserialize, ToSchema)]
struct Loose {
    data: RawObject,
    events: word::Subscriptions,
    headers: Option<BTreeMap<String, Option<String>>>,
    #[schema(value_type = Object)]
    any: Option<serde_json::Value>,
}

impl RequestBody for Loose {}

#[test]
fn objects_keep_their_bytes_and_strangers_are_ignored() {
    let body = r#"{"data":{ "b":1.0,"a":[1e2]},"events":["booking","booking"],"stranger":1,"headers":{"a":null},"any":[1,{"x":"y"}]}"#;
    let loose: Loose = read(&object(body)).unwrap();
    assert_eq!(loose.data.0.get(), r#"{ "b":1.0,"a":[1e2]}"#);
    assert_eq!(loose.events.0, [deskbell_core::trigger::Subscription::Bookings]);
    assert_eq!(loose.headers.unwrap()["a"], None);
    assert_eq!(loose.any.unwrap(), serde_json::json!([1, {"x": "y"}]));
    let plain: RawObject = serde_json::from_str(r#"{"a": 1}"#).unwrap();
    assert_eq!(plain.0.get(), r#"{"a": 1}"#);
}

#[test]
fn what_the_types_refuse_is_blamed_on_their_field() {
    let blamed = |body: &str| {
        let problem = read::<Loose>(&object(body)).unwrap_err();
        (problem.code, problem.param.unwrap_or_default(), problem.message)
    };
    assert_eq!(blamed(r#"{"data":[]}"#), ("type_mismatch", "data".into(), "data must be an object.".into()));
    assert_eq!(blamed(r#"{"events":[]}"#).0, "data_required");
    assert_eq!(
        blamed(r#"{"data":{}}"#),
        ("events_required", "events".into(), "Required fields are missing.".into())
    );
    assert_eq!(blamed(r#"{"data":{},"events":[]}"#), blamed(r#"{"data":{}}"#));
    assert_eq!(
        blamed(r#"{"data":{},"events":"booking"}"#),
        ("type_mismatch", "events".into(), "events must be an array of strings.".into())
    );
    let unknown = blamed(r#"{"data":{},"events":["booking.schedulled"]}"#);
    assert_eq!((unknown.0, unknown.1.as_str()), ("event_type_unknown", "events"), "A-081");
    assert!(
        unknown
            .2
            .starts_with("Invalid string: booking.schedulled. Did you mean booking.scheduled? Known are: "),
        "{}",
        unknown.2
    );
    assert_eq!(
        blamed(r#"{"data":{},"events":["booking"],"headers":{"a":5}}"#),
        ("type_mismatch", "headers.a".into(), "a must be a string.".into())
    );
    assert_eq!(blamed(r#"{"data":{},"events":["booking"],"headers":[]}"#).2, "headers must be an object.");
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only what is said of it is asked for")]
struct Vendors {
    first: Name,
    email: Option<Email>,
    phone: Option<Name>,
    inner: Option<Inner>,
}

impl RequestBody for Vendors {
    const IGNORED: &'static [&'static str] = &["id"];
    const VENDOR: Option<VendorWords> = Some(VendorWords {
        empty: Some("At least one field."),
        unknown: "Unsupported fields",
        missing: &[(&["first"], "first is required"), (&["email", "phone"], "One of 'email' or 'phone'.")],
        malformed: &[("first", "Invalid first: '…'"), ("email", "Invalid email: '…'")],
    });
}

#[test]
fn the_vendor_looks_for_strangers_then_for_what_is_missing_then_at_values() {
    let long = format!(r#"{{"first":"{}","phone":"x"}}"#, "é".repeat(256));
    for (body, expected) in [
        ("{}", "body_required body: At least one field."),
        (r#"{"email":"bad","colour":1,"shape":2}"#, "unknown_field colour: Unsupported fields"),
        (r#"{"email":"bad"}"#, "field_required first: first is required"),
        (r#"{"email":"bad","first":""}"#, "field_required first: first is required"),
        (r#"{"first":"?"}"#, "email_required email: One of 'email' or 'phone'."),
        (r#"{"first":"Bo","email":null,"phone":""}"#, "email_required email: One of 'email' or 'phone'."),
        (r#"{"first":"?","email":"bad"}"#, "text_invalid first: Invalid first: '?'"),
        (r#"{"first":5,"phone":"x"}"#, "type_mismatch first: Invalid first: '5'"),
        (r#"{"first":"Bo","email":"bad"}"#, "email_invalid email: Invalid email: 'bad'"),
        (
            r#"{"first":"Bo","phone":"?"}"#,
            "text_invalid phone: phone must have at least one letter or digit.",
        ),
        (long.as_str(), "text_too_long first: first is longer than 255 characters."),
        (
            r#"{"first":"Bo","phone":"x","inner":{"first":"?"}}"#,
            "unknown_field inner.first: There is no field 'first'. Known fields: kind, count.",
        ),
        (r#"{"a.b":1}"#, "unknown_field a.b: Unsupported fields"),
        (r#"{"id":5,"first":"Bo","phone":"x"}"#, ""),
    ] {
        assert_eq!(told(read::<Vendors>(&object(body))), expected, "{body}");
    }
    let sent = "?".repeat(300);
    let told = read::<Vendors>(&object(&format!(r#"{{"first":"{sent}","phone":"x"}}"#))).unwrap_err();
    assert!(told.message.len() < 300, "what was sent is repeated in part: {}", told.message);
}
