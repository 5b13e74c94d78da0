//! Typed reading of single fields.

use super::*;

/// What a body of `$text` gives, read for its field `$name` alone.
macro_rules! field {
    ($text:expr, $name:literal: $type:ty) => {{
        #[derive(Deserialize, ToSchema)]
        struct One {
            #[serde(rename = $name)]
            field: $type,
        }

        impl RequestBody for One {}

        read::<One>(&object($text)).map(|one| one.field)
    }};
}

/// The same for each of several names, with the name.
macro_rules! each {
    ($text:expr, $type:ty: $($name:literal),*) => {
        [$(($name, field!($text, $name: $type))),*]
    };
}

/// Code and parameter of a refusal.
fn blamed<T: std::fmt::Debug>(result: Result<T, Problem>) -> (&'static str, String) {
    let problem = result.expect_err("must be refused");
    assert_eq!(problem.status, 400);
    (problem.code, problem.param.unwrap_or_default())
}

#[test]
fn a_text_is_a_string_or_absent() {
    let body = r#"{"name":"x","null":null,"number":42,"list":[],"object":{},"true":true}"#;
    assert_eq!(field!(body, "name": Option<String>).unwrap().as_deref(), Some("x"));
    assert_eq!(field!(body, "absent": Option<String>).unwrap(), None);
    assert_eq!(field!(body, "null": Option<String>).unwrap(), None);
    assert_eq!(field!(body, "null": Patch<String>).unwrap(), Patch::Null);
    assert_eq!(field!(body, "absent": Patch<String>).unwrap(), Patch::Absent);
    for (field, read) in each!(body, Option<String>: "number", "list", "object", "true") {
        let problem = read.clone().unwrap_err();
        assert!(problem.message.contains("must be a string"), "A-002, A-003: {}", problem.message);
        assert_eq!(blamed(read), ("type_mismatch", field.to_owned()), "A-003");
    }
    let problem = field!(body, "url": String).unwrap_err();
    assert_eq!(
        (problem.code, problem.message.as_str()),
        ("url_required", "Required fields are missing."),
        "A-001"
    );
    assert_eq!(blamed(field!(body, "null": String)), ("field_required", "null".to_owned()));
}

#[test]
fn typed_reading_is_exact() {
    type Ten = Option<Integer<1, 30>>;
    let body = r#"{"events":["a","b"],"one":"a","nulls":[null],"nested":[["a"]],"yes":"yes","on":1,"true":true,
        "ten":10,"text":"10","half":1.5,"big":31,"huge":1e300,"at":"2026-05-06T13:02:41Z","day":"2026-05-06"}"#;
    assert_eq!(field!(body, "events": Option<Vec<String>>).unwrap().unwrap(), ["a", "b"]);
    for (field, read) in each!(body, Option<Vec<String>>: "one", "nulls", "nested") {
        assert_eq!(blamed(read), ("type_mismatch", field.to_owned()), "A-164");
    }
    assert_eq!(field!(body, "true": Option<bool>).unwrap(), Some(true));
    assert_eq!(blamed(field!(body, "yes": Option<bool>)).0, "type_mismatch", "A-090");
    assert_eq!(blamed(field!(body, "on": Option<bool>)).0, "type_mismatch", "A-090");
    assert_eq!(blamed(field!(body, "absent": bool)).0, "field_required");
    assert_eq!(field!(body, "ten": Ten).unwrap().map(Integer::get), Some(10));
    for (field, read) in each!(body, Ten: "text", "half", "huge") {
        assert_eq!(blamed(read).0, "type_mismatch", "A-087: {field}");
    }
    assert_eq!(blamed(field!(body, "big": Ten)).0, "integer_out_of_range", "A-087");
    let time = |read: Result<Option<GivenTime>, Problem>| read.unwrap().unwrap().0.to_string();
    assert_eq!(time(field!(body, "at": Option<GivenTime>)), "2026-05-06T13:02:41Z");
    assert_eq!(time(field!(body, "day": Option<GivenTime>)), "2026-05-06T00:00:00Z");
    assert_eq!(blamed(field!(body, "one": Option<GivenTime>)).0, "timestamp_invalid");
}

#[derive(Debug, Deserialize, ToSchema)]
struct Location {
    #[serde(rename = "value")]
    _value: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
struct Kind {
    #[serde(rename = "kind")]
    _kind: String,
}

#[derive(Debug, Deserialize, ToSchema)]
struct Answer {
    status: Option<Integer<100, 599>>,
}

#[test]
fn objects_within_are_blamed_by_their_dotted_names() {
    let body = r#"{"location":{"value":1},"answers":[{"status":200},{"status":"x"}],"flat":[1],"data":[],"fine":[{"status":200}]}"#;
    assert_eq!(
        blamed(field!(body, "location": Option<Location>)),
        ("type_mismatch", "location.value".to_owned())
    );
    assert_eq!(
        blamed(field!(body, "location": Option<Kind>)),
        ("field_required", "location.kind".to_owned())
    );
    let fine = field!(body, "fine": Option<Vec<Answer>>).unwrap().unwrap();
    assert_eq!(fine[0].status.map(Integer::get), Some(200));
    assert_eq!(
        blamed(field!(body, "answers": Option<Vec<Answer>>)),
        ("type_mismatch", "answers.1.status".to_owned())
    );
    assert_eq!(blamed(field!(body, "flat": Option<Vec<Answer>>)).0, "type_mismatch");
    assert_eq!(blamed(field!(body, "data": RawObject)), ("type_mismatch", "data".to_owned()));
    assert_eq!(field!(body, "location": RawObject).unwrap().0.get(), r#"{"value":1}"#);
    assert!(field!(body, "absent": Option<Location>).unwrap().is_none());
}

/// A body of our own paths, whose fields are `$known`, of any value.
macro_rules! only {
    ($text:expr, [$($known:ident),*], $read_only:expr) => {{
        #[derive(Debug, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        #[allow(dead_code, reason = "only their names are asked for")]
        struct Ours {
            $($known: Option<String>,)*
        }

        impl RequestBody for Ours {
            const READ_ONLY: &'static [&'static str] = &$read_only;
        }

        read::<Ours>(&object($text))
    }};
}

#[test]
fn strangers_are_refused_with_the_nearest_name() {
    let body = r#"{"ulr":"x","id":"1"}"#;
    let problem = only!(body, [name, url, events, id], []).unwrap_err();
    assert_eq!((problem.code, problem.param.as_deref()), ("unknown_field", Some("ulr")), "A-065");
    assert!(problem.message.contains("'url'"), "A-065: {}", problem.message);
    let far = only!(body, [description, id], []).unwrap_err();
    assert!(far.message.contains("Known fields: description, id."), "A-065: {}", far.message);
    assert!(only!(body, [ulr, id], []).is_ok(), "A-065's control");
    assert_eq!(
        blamed(only!(body, [ulr, id], ["created_at", "id"])),
        ("field_read_only", "id".to_owned()),
        "A-066"
    );
    assert!(only!(body, [ulr, id], ["account_id"]).is_ok(), "A-066's control");
}
