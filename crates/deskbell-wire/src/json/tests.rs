//! What strict JSON takes and refuses.

use super::*;
use deskbell_core::policy::limit::{JSON_DEPTH, JSON_KEYS};
use http::HeaderValue;

fn refused(body: impl AsRef<[u8]>) -> Problem {
    let body = body.as_ref();
    let shown = String::from_utf8_lossy(&body[..body.len().min(80)]).into_owned();
    let problem = parse(body).err().unwrap_or_else(|| panic!("{shown} was taken"));
    assert_eq!(problem.status, 400, "{shown}");
    problem
}

fn code(body: impl AsRef<[u8]>) -> &'static str {
    refused(body).code
}

#[test]
fn an_object_is_kept_byte_for_byte() {
    let body = r#" {"b" : 9007199254740993, "a": [1.0, 1e-7, -0, "\u00e9\/"], "c": null, "": {}} "#;
    let object = parse(body.as_bytes()).unwrap();
    let kept: Vec<(&str, &str)> = object.iter().map(|(name, raw)| (name, raw.get())).collect();
    assert_eq!(
        kept,
        [("b", "9007199254740993"), ("a", r#"[1.0, 1e-7, -0, "\u00e9\/"]"#), ("c", "null"), ("", "{}")],
        "A-064's control"
    );
    assert!(object.get("a").is_some() && object.get("d").is_none());
}

#[test]
fn no_body_is_no_object() {
    assert_eq!(code(""), "body_required", "A-056");
}

#[test]
fn syntax_is_refused_with_line_and_column() {
    for body in ["{\"a\":1,}", "{'a':1}", "{\"a\":1 // one\n}", "{\"a\":/**/1}", "{a:1}", "nul", " "] {
        assert_eq!(code(body), "json_syntax", "A-057: {body}");
    }
    for body in ["{\"a\":", "{\"a\":\"b", "{\"a\":1", "[", "{\"a\":1}{\"b\":2}", "{} x", "\u{FEFF}{}"] {
        assert_eq!(code(body), "json_syntax", "A-058: {body}");
    }
    let message = refused("{\n  \"a\": 1,\n}").message;
    assert!(message.contains("line 3, column 1"), "A-057: {message}");
    assert!(refused("\u{FEFF}{}").message.contains("byte order mark"), "A-058");
    assert_eq!(code("{\"a\":\"\t\"}"), "json_syntax", "a raw control character");
    assert_eq!(code(r#"{"a":"\x41"}"#), "json_syntax");
}

#[test]
fn only_an_object_stands_at_the_top() {
    for body in ["[]", "[{}]", "\"text\"", "42", "null", "true"] {
        let problem = refused(body);
        assert_eq!(
            (problem.code, problem.param.as_deref()),
            ("type_mismatch", Some("body")),
            "A-059: {body}"
        );
    }
}

#[test]
fn text_is_whole_utf_8() {
    let problem = refused(b"{\"a\":\"\xFF\"}");
    assert_eq!(problem.code, "json_encoding", "A-060");
    assert!(problem.message.contains("byte 6"), "A-060: {}", problem.message);
    for body in [
        r#"{"a":"\ud800"}"#,
        r#"{"a":"\udc00"}"#,
        r#"{"a":"\ud800\u0041"}"#,
        r#"{"a":"\ud800x"}"#,
        r#"{"\ud800":1}"#,
    ] {
        let problem = refused(body);
        assert_eq!(problem.code, "json_encoding", "A-060: {body}: {}", problem.message);
        assert!(problem.message.contains("byte "), "A-060: {}", problem.message);
    }
    assert!(parse(r#"{"a":"\ud83d\ude00"}"#.as_bytes()).is_ok(), "a whole pair is a character");
    assert_eq!(code(b"{\"a\":\"\xED\xA0\x80\"}"), "json_encoding", "A-060: a surrogate as bytes");
}

#[test]
fn numbers_are_those_of_json() {
    for number in
        ["NaN", "Infinity", "-Infinity", "1e400", "-1e400", "01", "-01", "00", "1.", ".5", "+1", "0x10", "1e"]
    {
        let found = code(format!("{{\"a\": {number}}}"));
        let other_syntax = matches!(number, ".5" | "+1" | "0x10");
        assert_eq!(found, if other_syntax { "json_syntax" } else { "json_number" }, "A-061: {number}");
    }
    assert_eq!(code("{\"a\":[1,NaN]}"), "json_number", "A-061");
    for number in ["0", "-0", "1e308", "1E+2", "123456789012345678901234567890"] {
        assert!(parse(format!("{{\"a\":{number}}}").as_bytes()).is_ok(), "{number}");
    }
}

#[test]
fn nesting_ends_at_64() {
    let nested = |depth: usize| format!("{{\"a\":{}1{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1));
    assert!(parse(nested(JSON_DEPTH).as_bytes()).is_ok(), "A-062's control");
    let problem = refused(nested(JSON_DEPTH + 1));
    assert_eq!(problem.code, "json_too_deep", "A-062");
    assert!(problem.message.contains("64"), "A-062: {}", problem.message);
    assert_eq!(code(nested(1_000_000)), "json_too_deep", "A-062: no stack overflow");
    assert_eq!(code("{\"a\":".repeat(1_000_000)), "json_too_deep", "A-062: objects too");
    assert_eq!(code("[".repeat(1_000_000)), "json_too_deep", "A-062");
}

#[test]
fn a_key_stands_once() {
    let problem = refused(r#"{"a":1,"b":{"url":1,"u\u0072l":2}}"#);
    assert_eq!(problem.code, "json_duplicate_key", "A-063");
    assert!(problem.message.contains("'url'"), "A-063: {}", problem.message);
    assert_eq!(problem.param.as_deref(), Some("b"));
    assert_eq!(code(r#"{"a":1,"a":1}"#), "json_duplicate_key", "A-063: at the top");
    assert_eq!(code(r#"{"a":[{"b":1,"b":2}]}"#), "json_duplicate_key", "A-063: in an array");
    assert!(parse(br#"{"a":{"a":1},"b":[{"a":1},{"a":2}]}"#).is_ok(), "A-063's control: other objects");
    let long = "k".repeat(5_000);
    assert!(
        refused(format!("{{\"{long}\":1,\"{long}\":1}}")).message.len() < 300,
        "nothing long is repeated"
    );
}

#[test]
fn keys_are_counted_over_all_objects() {
    let body = |keys: usize| {
        let pairs: Vec<String> = (0..keys / 2).map(|key| format!("\"k{key}\":{{\"x\":0}}")).collect();
        format!("{{{}}}", pairs.join(","))
    };
    assert!(parse(body(JSON_KEYS).as_bytes()).is_ok());
    assert_eq!(code(body(JSON_KEYS + 2)), "json_too_many_keys");
}

#[test]
fn nul_is_in_no_string() {
    for (body, param) in [
        (r#"{"name":"a\u0000b"}"#, "name"),
        (r#"{"events":["x","\u0000"]}"#, "events"),
        (r#"{"data":{"deep":[{"x":"\u0000"}]}}"#, "data"),
        (r#"{"data":{"\u0000":1}}"#, "data"),
    ] {
        let problem = refused(body);
        assert_eq!((problem.code, problem.param.as_deref()), ("nul_character", Some(param)), "A-095: {body}");
    }
    assert!(parse(br#"{"name":"a\\u0000b"}"#).is_ok(), "A-095's control: an escaped backslash");
}

#[test]
fn minify_drops_white_space_and_nothing_else() {
    let minified = |text: &str| {
        let raw = RawValue::from_string(text.to_owned()).unwrap();
        minify(&raw).get().to_owned()
    };
    let text =
        "{ \"b\" :\t[ 1.0 , 1e-7,\r\n 9007199254740993 ] ,\"a\" : \" s p \\\" \\\\\" , \"é\\u00e9\": { } }";
    let wanted = r#"{"b":[1.0,1e-7,9007199254740993],"a":" s p \" \\","é\u00e9":{}}"#;
    assert_eq!(minified(text), wanted);
    assert_eq!(minified(wanted), wanted);
    assert_eq!(minified("\"\\\\\""), "\"\\\\\"");
}

#[test]
fn a_batch_is_alone_in_its_body() {
    let items = batch(br#"{"events": [{"a":1}, 2, {"b" : 3}]}"#, "events", 3).unwrap().unwrap();
    assert_eq!(items.iter().map(|item| item.get()).collect::<Vec<_>>(), [r#"{"a":1}"#, "2", r#"{"b" : 3}"#]);
    let refused = |body: &str| batch(body.as_bytes(), "events", 3).err().map(|problem| problem.code);
    assert_eq!(refused(r#"{"events":[1,2,3,4]}"#), Some("events_too_many"));
    assert_eq!(
        refused(r#"{"events":[1,2,3,4,5,"#),
        Some("events_too_many"),
        "nothing is read behind the first too many"
    );
    assert_eq!(refused(r#"{"events":[]}"#), Some("events_required"));
    for other in ["\"x\"", "{\"a\":[1]}", "null", "true", "-1", "1.5"] {
        assert_eq!(refused(&format!("{{\"events\":{other}}}")), Some("type_mismatch"), "{other}");
    }
    assert_eq!(refused(r#"{"events":[1],"events":[2]}"#), Some("json_duplicate_key"));
    assert_eq!(refused(r#"{"events":[1],"more":2}"#), Some("unknown_field"));
    for single in [r#"{"type":"booking.scheduled"}"#, "[]", "{", ""] {
        assert!(batch(single.as_bytes(), "events", 3).unwrap().is_none(), "{single}: for parse to judge");
    }
}

#[test]
fn content_type_is_json_in_utf_8() {
    let check = |values: &[&'static str]| {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(CONTENT_TYPE, HeaderValue::from_static(value));
        }
        content_type(&headers)
    };
    for good in [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=\"UTF-8\"",
    ] {
        assert!(check(&[good]).is_ok(), "A-067's control: {good}");
    }
    for bad in [
        "text/plain",
        "application/json; charset=utf-16",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
        "",
    ] {
        let problem = check(&[bad]).unwrap_err();
        assert_eq!(
            (problem.status.as_u16(), problem.code),
            (400, "content_type_unsupported"),
            "A-067: {bad}"
        );
    }
    assert!(check(&[]).is_err() && check(&["application/json", "text/plain"]).is_err(), "A-067: none, two");
}
