//! Query strings, and the vendor's words for those refused.

use super::*;
use crate::parameters::{Created, Expand, Group, Paging, read};
use crate::word::{Word, Words};
use deskbell_core::id::WebhookId;
use deskbell_core::store::{Cursor, Page, Span};
use serde::Deserialize;
use utoipa::IntoParams;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Asked {
    name: Option<String>,
    #[param(inline)]
    status: Option<Status>,
    #[param(inline)]
    expand: Option<Shown>,
}

impl Group for Asked {}

/// One word of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Listed(&'static str);

impl Words for Listed {
    fn all() -> Vec<Self> {
        ["open", "owner", "contact"].map(Self).to_vec()
    }

    fn as_str(self) -> &'static str {
        self.0
    }
}

// utoipa asks for the schema of what stands in angle brackets, unless a name hides it.
type Status = Word<Listed>;
type Shown = Expand<Listed>;

type All = (Paging<WebhookId>, Created, Asked);

fn query(raw: &str) -> Query {
    read::<All>(Some(raw)).unwrap().1
}

fn asked(raw: &str) -> Result<Asked, Problem> {
    read::<All>(Some(raw)).map(|((_, _, asked), _)| asked)
}

fn page(raw: &str) -> Result<Page, Problem> {
    read::<All>(Some(raw)).map(|((paging, ..), _)| paging.page)
}

fn created(raw: &str) -> Result<Span, Problem> {
    read::<All>(Some(raw)).map(|((_, created, _), _)| created.0)
}

fn refused<T: std::fmt::Debug>(result: Result<T, Problem>) -> (&'static str, String, String) {
    let problem = result.expect_err("must be refused");
    assert_eq!(problem.status, 400);
    (problem.code, problem.param.unwrap_or_default(), problem.message)
}

#[test]
fn parameters_are_known_and_have_one_value() {
    assert_eq!(
        refused(asked("limit=5&start_date=1")),
        ("parameter_unknown", "start_date".into(), "Received unknown parameter: start_date".into()),
        "A-106, A-176"
    );
    assert_eq!(refused(asked("name=a&name=b")).0, "parameter_repeated");
    assert_eq!(refused(asked("na%6De=a&name=b")).0, "parameter_repeated");
    assert_eq!(asked("na%6De=a&name=%61").unwrap().name.as_deref(), Some("a"), "the same again");
    assert!(read::<All>(None).is_ok() && asked("&limit=1&").is_ok(), "A-176's control");
    let long = refused(asked(&"x".repeat(5_000)));
    assert!(long.1.len() < 230 && long.2.len() < 250, "nothing long is repeated");
}

#[test]
fn an_empty_parameter_is_one_left_out() {
    let given = asked("name=&status=&expand&limit=&after=").unwrap();
    assert_eq!((given.name, given.status), (None, None));
    assert_eq!(page("limit=&after=&before=WHK-1").unwrap(), page("before=WHK-1").unwrap());
    assert_eq!(refused(asked("start_date=")).0, "parameter_unknown", "a name is judged all the same");
}

#[test]
fn values_are_percent_encoded_utf_8() {
    assert_eq!(asked("name=a+b%26%C3%A9%3D").unwrap().name.as_deref(), Some("a b&é="));
    for bad in ["name=%FF", "name=%C3", "name=%", "name=%4", "name=%zz", "%FF=1"] {
        assert_eq!(refused(asked(bad)).0, "query_encoding", "{bad}");
    }
    assert_eq!(refused(asked("name=%00")).0, "nul_character", "A-095");
}

#[test]
fn a_limit_is_1_to_100() {
    assert_eq!(page("").unwrap(), Page { limit: 10, cursor: None });
    assert_eq!(page("limit=1").unwrap().limit, 1);
    assert_eq!(page("limit=100").unwrap().limit, 100, "A-173's control");
    for bad in ["0", "101", "500", "abc", "-1", "1001", "%2B5", "1.0", "99999999999999999999"] {
        let (code, param, message) = refused(page(&format!("limit={bad}")));
        assert_eq!((code, param.as_str()), ("limit_out_of_range", "limit"), "A-102, A-173: {bad}");
        assert!(message.ends_with("Please provide a number between 1 and 100."), "A-173: {message}");
    }
    let (_, _, message) = refused(page("limit=500"));
    assert_eq!(
        message, "Out of range value: 500. Please provide a number between 1 and 100.",
        "A-102, A-173"
    );
}

#[test]
fn one_cursor_at_a_time() {
    assert_eq!(page("after=WHK-1").unwrap().cursor, Some(Cursor::After("WHK-1".into())));
    assert_eq!(page("before=WHK-1").unwrap().cursor, Some(Cursor::Before("WHK-1".into())));
    let problem = page("after=a&before=b").unwrap_err();
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
    assert_eq!(
        query("limit=5&status=&name&limit=5").with_cursor("before", "WHK-2"),
        "limit=5&before=WHK-2",
        "nothing that is empty, nothing twice"
    );
    assert_eq!(query("before=x").with_cursor("after", "a&b"), "after=a%26b");
}

#[test]
fn spans_words_and_expansions_have_the_vendors_refusals() {
    let span = created("creation_time.gt=2026-01-01&creation_time.lt=2026-02-01T00:00:00Z").unwrap();
    assert_eq!(span.after.unwrap().to_string(), "2026-01-01T00:00:00Z");
    assert_eq!(
        refused(created("creation_time.gt=2026-02-01&creation_time.lt=2026-01-01")),
        (
            "range_invalid",
            "creation_time.gt".into(),
            "creation_time.gt cannot be later than creation_time.lt".into()
        ),
        "A-104"
    );
    assert_eq!(refused(created("creation_time.gt=2026-02-30")).0, "timestamp_invalid", "A-105");
    let status = |raw: &str| asked(raw).map(|asked| asked.status);
    assert_eq!(status("status=open").unwrap(), Some(Word(Listed("open"))));
    assert_eq!(status("").unwrap(), None);
    assert!(refused(status("status=Open")).2.starts_with("Invalid string: Open"), "A-106");
    assert_eq!(
        asked("expand=owner,data.contact").unwrap().expand.unwrap().0,
        ["owner", "contact"].map(Listed)
    );
    let (code, param, message) = refused(asked("expand=invalid_property"));
    assert_eq!(
        (code, param.as_str(), message.as_str()),
        ("expand_invalid", "expand", "This property cannot be expanded: invalid_property"),
        "A-106"
    );
}
