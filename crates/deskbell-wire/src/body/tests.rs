//! Bodies are read with the answers that [`Fields`] gives.

use super::*;
use crate::fields::Fields;
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

/// The same body, as handlers asked for it field by field.
fn imperative(object: &Object) -> Result<(), Problem> {
    let fields = Fields::new(object);
    let inner = |fields: &Fields<'_>| {
        fields.only(&["kind", "count"])?;
        fields.name("kind")?;
        fields.integer("count", 1..=9).map(|_| ())
    };
    fields.read_only(&["id", "object"])?;
    fields.only(&[
        "name", "email", "flag", "minutes", "at", "status", "zone", "phone", "tags", "path", "parts",
    ])?;
    fields.name("name")?;
    fields.email("email")?;
    fields.boolean("flag")?;
    fields.integer("minutes", 5..=480)?;
    fields.time("at")?;
    fields.choice("status", deskbell_core::sandbox::UserStatus::parse, &["active", "invited"])?;
    if fields.has("zone") {
        fields.required_text("zone")?;
    }
    fields.time_zone("zone")?;
    if fields.raw("phone").is_some() {
        fields.name("phone")?;
    }
    fields.texts("tags")?;
    fields.nested("path")?.map_or(Ok(()), |path| inner(&path))?;
    fields.each("parts")?.unwrap_or_default().iter().try_for_each(inner)
}

#[test]
fn every_refusal_is_the_one_that_fields_give() {
    let long = format!(r#"{{"name":"{}"}}"#, "é".repeat(256));
    let bodies = [
        r#"{}"#,
        r#"{"name":null}"#,
        r#"{"name":5}"#,
        r#"{"name":"  "}"#,
        r#"{"name":"!!!"}"#,
        r#"{"name":"a\u202eb"}"#,
        &long,
        r#"{"name":"x"}"#,
        r#"{"id":"1","nmae":"x"}"#,
        r#"{"nmae":"x","name":5}"#,
        r#"{"colour":"x"}"#,
        r#"{"name":"x","email":"nobody"}"#,
        r#"{"name":"x","email":["a@b"]}"#,
        r#"{"name":"x","email":null,"flag":null,"minutes":null,"at":null,"status":null,"phone":null,"tags":null,"path":null,"parts":null}"#,
        r#"{"name":"x","flag":"yes"}"#,
        r#"{"name":"x","flag":1}"#,
        r#"{"name":"x","minutes":"10"}"#,
        r#"{"name":"x","minutes":1.5}"#,
        r#"{"name":"x","minutes":1e2}"#,
        r#"{"name":"x","minutes":-0}"#,
        r#"{"name":"x","minutes":18446744073709551615}"#,
        r#"{"name":"x","minutes":4}"#,
        r#"{"name":"x","minutes":481}"#,
        r#"{"name":"x","minutes":480}"#,
        r#"{"name":"x","at":"tomorrow"}"#,
        r#"{"name":"x","at":"2026-05-06"}"#,
        r#"{"name":"x","at":1}"#,
        r#"{"name":"x","status":"gone"}"#,
        r#"{"name":"x","status":true}"#,
        r#"{"name":"x","status":"invited"}"#,
        r#"{"name":"x","zone":null}"#,
        r#"{"name":"x","zone":"Mars/North"}"#,
        r#"{"name":"x","zone":{}}"#,
        r#"{"name":"x","zone":"europe/dublin"}"#,
        r#"{"name":"x","phone":7}"#,
        r#"{"name":"x","phone":"-"}"#,
        r#"{"name":"x","tags":"a"}"#,
        r#"{"name":"x","tags":{}}"#,
        r#"{"name":"x","tags":[]}"#,
        r#"{"name":"x","tags":["a",null]}"#,
        r#"{"name":"x","tags":["a",5]}"#,
        r#"{"name":"x","tags":[["a"]]}"#,
        r#"{"name":"x","path":[]}"#,
        r#"{"name":"x","path":"here"}"#,
        r#"{"name":"x","path":{}}"#,
        r#"{"name":"x","path":{"kind":5}}"#,
        r#"{"name":"x","path":{"kind":"!"}}"#,
        r#"{"name":"x","path":{"knid":"x"}}"#,
        r#"{"name":"x","path":{"kind":"x","count":10}}"#,
        r#"{"name":"x","parts":5}"#,
        r#"{"name":"x","parts":{"kind":"x"}}"#,
        r#"{"name":"x","parts":[5]}"#,
        r#"{"name":"x","parts":[{"kind":5},"x"]}"#,
        r#"{"name":"x","parts":[{"kind":"x"},{"kind":"x","count":"1"}]}"#,
        r#"{"name":"x","parts":[{"kind":"x"},{"kind":"x","count":0}]}"#,
        r#"{"name":"x","parts":[{"kind":"x"},{"kind":""}]}"#,
        r#"{"name":"x","parts":[{"kind":"x"},{"colour":"x"}]}"#,
        r#"{"name":"x","parts":[null]}"#,
        r#"{"flag":1,"name":5}"#,
        r#"{"flag":1,"minutes":"x","name":"x"}"#,
    ];
    for body in bodies {
        let object = object(body);
        assert_eq!(read::<Thing>(&object).map(|_| ()), imperative(&object), "{body}");
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

impl RequestBody for Loose {
    const UNKNOWN_FIELD: Option<&'static str> = Some("Unsupported fields");
}

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
struct Vendors {
    #[allow(dead_code, reason = "only its name is asked for")]
    inner: Option<Inner>,
}

impl RequestBody for Vendors {
    const UNKNOWN_FIELD: Option<&'static str> = Some("Unsupported fields");
}

#[test]
fn the_vendors_words_for_strangers_are_those_of_the_body_itself() {
    let message = |body: &str| read::<Vendors>(&object(body)).unwrap_err().message;
    assert_eq!(message(r#"{"a.b":1}"#), "Unsupported fields");
    assert_eq!(message(r#"{"inner":{"knd":1}}"#), "There is no field 'knd'. Did you mean 'kind'?");
}
