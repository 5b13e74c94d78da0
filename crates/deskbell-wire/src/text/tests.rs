//! Values are the same in every format: in a body, in a query string and for serde_json.

use super::*;
use crate::number::Integer;
use crate::problem::Problem;
use crate::time::GivenTime;
use serde::de::DeserializeOwned;
use utoipa::{PartialSchema, ToSchema};

fn said<T: DeserializeOwned + std::fmt::Debug>(json: &str) -> String {
    serde_json::from_str::<T>(json).unwrap_err().to_string()
}

/// Code and parameter of a refusal.
fn blamed<T: std::fmt::Debug>(result: Result<T, Problem>) -> (&'static str, String) {
    let problem = result.expect_err("must be refused");
    assert_eq!(problem.status, 400);
    (problem.code, problem.param.unwrap_or_default())
}

#[test]
fn names_are_readable() {
    let name = |text: &str| name(text, 255).map_err(|broken| broken.of("name"));
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
fn other_readers_print_the_message_alone() {
    assert_eq!(said::<Name>(r#""!!!""#), "must have at least one letter or digit.");
    assert_eq!(said::<Email>(r#""nobody""#), "Invalid string: nobody");
    assert_eq!(said::<GivenTime>(r#""tomorrow""#), "Invalid date: tomorrow");
    assert!(
        said::<Integer<5, 480>>("4").starts_with("invalid value: integer `4`, expected between 5 and 480")
    );
    assert_eq!(serde_json::to_string(&Name("x".into())).unwrap(), r#""x""#);
}

#[test]
fn a_problem_takes_code_and_parameter_from_the_alternate_form() {
    let read = |broken: Broken| <Problem as serde::de::Error>::custom(broken);
    let plain = read(Broken::new("text_invalid", "Invalid: a: b"));
    assert_eq!((plain.code, plain.param, plain.message.as_str()), ("text_invalid", None, "Invalid: a: b"));
    let between = read(Broken::new("range_invalid", "a cannot be later than b").blaming("a.gt"));
    assert_eq!((between.code, between.param.as_deref()), ("range_invalid", Some("a.gt")));
    let foreign = <Problem as serde::de::Error>::custom("who knows: what");
    assert_eq!((foreign.code, foreign.message.as_str()), ("value_invalid", "who knows: what"));
    let lower = Broken::new("text_too_long", "is longer than 5 characters.").of("a.b");
    assert_eq!(
        (lower.message.as_str(), lower.param.as_deref()),
        ("a.b is longer than 5 characters.", Some("a.b"))
    );
}

#[test]
fn a_url_is_read_in_one_way_only() {
    assert!(Url::try_from("https://example.com/hook".to_owned()).is_ok());
    // Whether plain HTTP, private addresses and ports may be called is no question of the text.
    assert!(Url::try_from("http://127.0.0.1:22/".to_owned()).is_ok());
    for (text, code) in
        [("", "url_empty"), (" https://a.example", "url_whitespace"), ("ftp://a", "url_scheme_unsupported")]
    {
        assert_eq!(Url::try_from(text.to_owned()).unwrap_err().of("url").code, code);
    }
}

#[test]
fn schemas_say_the_bounds() {
    let schema =
        |schema: utoipa::openapi::RefOr<utoipa::openapi::Schema>| serde_json::to_value(schema).unwrap();
    assert_eq!(
        schema(Name::schema()),
        serde_json::json!({"type": "string", "minLength": 1, "maxLength": 255, "examples": ["CRM sync"]})
    );
    assert_eq!(
        schema(Text::<1, 2_000>::schema()),
        serde_json::json!({"type": "string", "minLength": 1, "maxLength": 2000})
    );
    assert_eq!(
        schema(Integer::<5, 480>::schema()),
        serde_json::json!({"type": "integer", "format": "int32", "minimum": 5, "maximum": 480})
    );
    assert_eq!(
        schema(GivenTime::schema()),
        serde_json::json!({"type": "string", "anyOf": [{"format": "date-time"}, {"format": "date"}],
            "examples": ["2026-05-12T09:30:00.000Z"]})
    );
    assert_eq!(
        schema(crate::id::Webhook::schema()),
        serde_json::json!({"type": "string", "pattern": "^WHK-[0-9A-Z]{10}$", "examples": ["WHK-2V8QDX6RNC"]})
    );
    assert_ne!(Name::name(), Line::name());
    assert_ne!(crate::id::Webhook::name(), crate::id::given::Webhook::name());
    assert_ne!(Integer::<1, 2>::name(), Integer::<1, 3>::name());
    assert!(Name::name().starts_with(crate::schema::VALUE));
}
