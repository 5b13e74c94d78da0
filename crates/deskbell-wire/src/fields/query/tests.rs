//! Query strings, and the vendor's words for those refused.

use super::*;

const KNOWN: &[&str] =
    &["limit", "after", "before", "name", "status", "expand", "creation_time.gt", "creation_time.lt"];

fn query(raw: &str) -> Query {
    Query::parse(Some(raw), KNOWN).unwrap()
}

fn refused<T: std::fmt::Debug>(result: Result<T, Problem>) -> (&'static str, String, String) {
    let problem = result.expect_err("must be refused");
    assert_eq!(problem.status, 400);
    (problem.code, problem.param.unwrap_or_default(), problem.message)
}

#[test]
fn parameters_are_known_and_stand_once() {
    assert_eq!(
        refused(Query::parse(Some("limit=5&start_date=1"), KNOWN)),
        ("parameter_unknown", "start_date".into(), "Received unknown parameter: start_date".into()),
        "A-106, A-176"
    );
    assert_eq!(refused(Query::parse(Some("name=a&name=b"), KNOWN)).0, "parameter_repeated");
    assert_eq!(refused(Query::parse(Some("na%6De=a&name=b"), KNOWN)).0, "parameter_repeated");
    assert!(
        Query::parse(None, KNOWN).is_ok() && Query::parse(Some("&limit=1&"), KNOWN).is_ok(),
        "A-176's control"
    );
    let long = refused(Query::parse(Some(&"x".repeat(5_000)), KNOWN));
    assert!(long.1.len() < 230 && long.2.len() < 250, "nothing long is repeated");
}

#[test]
fn values_are_percent_encoded_utf_8() {
    assert_eq!(query("name=a+b%26%C3%A9%3D").get("name"), Some("a b&é="));
    for bad in ["name=%FF", "name=%C3", "name=%", "name=%4", "name=%zz", "%FF=1"] {
        assert_eq!(refused(Query::parse(Some(bad), KNOWN)).0, "query_encoding", "{bad}");
    }
    assert_eq!(refused(Query::parse(Some("name=%00"), KNOWN)).0, "nul_character", "A-095");
}

#[test]
fn a_limit_is_1_to_100() {
    assert_eq!(query("").page().unwrap(), Page { limit: 10, cursor: None });
    assert_eq!(query("limit=1").page().unwrap().limit, 1);
    assert_eq!(query("limit=100").page().unwrap().limit, 100, "A-173's control");
    for bad in ["0", "101", "500", "abc", "", "-1", "1001", "%2B5", "1.0", "99999999999999999999"] {
        let (code, param, message) = refused(query(&format!("limit={bad}")).page());
        assert_eq!((code, param.as_str()), ("limit_out_of_range", "limit"), "A-102, A-173: {bad}");
        assert!(message.ends_with("Please provide a number between 1 and 100."), "A-173: {message}");
    }
    let (_, _, message) = refused(query("limit=500").page());
    assert_eq!(
        message, "Out of range value: 500. Please provide a number between 1 and 100.",
        "A-102, A-173"
    );
}

#[test]
fn one_cursor_at_a_time() {
    assert_eq!(query("after=WHK-1").page().unwrap().cursor, Some(Cursor::After("WHK-1".into())));
    assert_eq!(query("before=WHK-1").page().unwrap().cursor, Some(Cursor::Before("WHK-1".into())));
    let problem = query("after=a&before=b").page().unwrap_err();
    assert_eq!(
        problem.message, "Received both before and after parameters. Please provide only one.",
        "A-104, A-174"
    );
    assert_eq!(problem.param, None, "A-174");
}

#[test]
fn a_link_keeps_the_filters_and_changes_the_cursor() {
    assert_eq!(
        query("limit=5&after=x&name=a+b").with_cursor("after", "WHK-2"),
        "limit=5&name=a+b&after=WHK-2"
    );
    assert_eq!(query("before=x").with_cursor("after", "a&b"), "after=a%26b");
}

#[test]
fn spans_words_and_expansions_have_the_vendors_refusals() {
    let span = query("creation_time.gt=2026-01-01&creation_time.lt=2026-02-01T00:00:00Z")
        .span("creation_time")
        .unwrap();
    assert_eq!(span.after.unwrap().to_string(), "2026-01-01T00:00:00Z");
    assert_eq!(
        refused(query("creation_time.gt=2026-02-01&creation_time.lt=2026-01-01").span("creation_time")),
        (
            "range_invalid",
            "creation_time.gt".into(),
            "creation_time.gt cannot be later than creation_time.lt".into()
        ),
        "A-104"
    );
    assert_eq!(
        refused(query("creation_time.gt=2026-02-30").span("creation_time")).0,
        "timestamp_invalid",
        "A-105"
    );
    let status = |raw: &str| query(raw).choice("status", |word| (word == "open").then_some(1), &["open"]);
    assert_eq!(status("status=open").unwrap(), Some(1));
    assert_eq!(status("").unwrap(), None);
    assert!(refused(status("status=Open")).2.starts_with("Invalid string: Open"), "A-106");
    assert_eq!(
        query("expand=owner,data.contact").expand(&["owner", "contact"]).unwrap(),
        ["owner", "contact"]
    );
    let (code, param, message) = refused(query("expand=invalid_property").expand(&["owner"]));
    assert_eq!(
        (code, param.as_str(), message.as_str()),
        ("expand_invalid", "expand", "This property cannot be expanded: invalid_property"),
        "A-106"
    );
}
