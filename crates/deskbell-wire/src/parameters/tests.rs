//! Every rule of a query string has its refusal.

use super::*;
use crate::number::Integer;
use crate::text::Line;
use crate::{id, word};
use deskbell_core::id::WebhookId;
use deskbell_core::store::Cursor;
use serde::Deserialize;
use utoipa::IntoParams;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Where it stands.
    #[param(inline)]
    status: Option<word::DeliveryStatus>,
    /// Whose.
    #[param(inline)]
    webhook: Option<id::given::Webhook>,
    #[param(inline)]
    wait: Option<Integer<0, 60>>,
    again: Option<bool>,
    #[param(inline)]
    expand: Option<Shown>,
    #[param(inline)]
    subject: Option<Line>,
}

/// utoipa asks for the schema of what stands in angle brackets, unless a name hides it.
type Shown = Expand<deskbell_core::delivery::Status>;

impl Group for Filter {}

type All = (Paging<WebhookId>, Created, Filter);

const KNOWN: &[&str] = &[
    "limit",
    "after",
    "before",
    "creation_time.gt",
    "creation_time.lt",
    "status",
    "webhook",
    "wait",
    "again",
    "expand",
    "subject",
];

/// A refusal in one line, nothing for a query string that is read.
fn told<T>(read: Result<T, Problem>) -> String {
    let Some(problem) = read.err() else { return String::new() };
    assert_eq!(problem.status, 400);
    format!("{} {}: {}", problem.code, problem.param.unwrap_or_default(), problem.message)
}

#[test]
fn every_rule_has_its_refusal() {
    for (raw, refusal) in [
        ("", ""),
        (
            "limit=0",
            "limit_out_of_range limit: Out of range value: 0. Please provide a number between 1 and 100.",
        ),
        (
            "limit=101",
            "limit_out_of_range limit: Out of range value: 101. Please provide a number between 1 and 100.",
        ),
        (
            "limit=abc",
            "limit_out_of_range limit: Out of range value: abc. Please provide a number between 1 and 100.",
        ),
        ("limit=", ""),
        ("limit", ""),
        (
            "limit=-1",
            "limit_out_of_range limit: Out of range value: -1. Please provide a number between 1 and 100.",
        ),
        (
            "limit=%2B5",
            "limit_out_of_range limit: Out of range value: +5. Please provide a number between 1 and 100.",
        ),
        (
            "limit=1.0",
            "limit_out_of_range limit: Out of range value: 1.0. Please provide a number between 1 and 100.",
        ),
        (
            "limit=99999999999999999999",
            "limit_out_of_range limit: Out of range value: 99999999999999999999. Please provide a number between 1 and 100.",
        ),
        ("limit=100&after=WHK-1", ""),
        (
            "after=a&before=b",
            "range_invalid : Received both before and after parameters. Please provide only one.",
        ),
        ("after=", ""),
        ("after=&before=b", ""),
        ("start_date=", "parameter_unknown start_date: Received unknown parameter: start_date"),
        ("start_date=1", "parameter_unknown start_date: Received unknown parameter: start_date"),
        ("limit=0&start_date=1", "parameter_unknown start_date: Received unknown parameter: start_date"),
        ("limit=1&limit=2", "parameter_repeated limit: The parameter limit stands twice, with two values."),
        ("limit=1&limit=1", ""),
        ("limit=&limit=1&limit=", ""),
        ("creation_time.gt=", ""),
        ("creation_time.gt=2026-02-01&creation_time.lt=", ""),
        ("na%FFme=1", "query_encoding : The query string is not percent-encoded UTF-8."),
        ("subject=%FF", "query_encoding subject: The query string is not percent-encoded UTF-8."),
        ("subject=%00", "nul_character subject: subject holds U+0000."),
        ("subject=a%07b", "text_invalid subject: subject holds a control or bidirectional character."),
        ("subject=a+b", ""),
        ("creation_time.gt=2026-02-30", "timestamp_invalid creation_time.gt: Invalid date: 2026-02-30"),
        (
            "creation_time.lt=tomorrow&creation_time.gt=2026-01-01",
            "timestamp_invalid creation_time.lt: Invalid date: tomorrow",
        ),
        (
            "creation_time.gt=2026-02-01&creation_time.lt=2026-01-01",
            "range_invalid creation_time.gt: creation_time.gt cannot be later than creation_time.lt",
        ),
        ("creation_time.gt=2026-01-01&creation_time.lt=2026-02-01T00:00:00Z", ""),
        ("status=pending", ""),
        (
            "status=Pending",
            "value_invalid status: Invalid string: Pending. Did you mean pending? Known are: pending, delivered, failed, cancelled, quarantined.",
        ),
        ("status=", ""),
        ("webhook=", ""),
        ("webhook=anything", ""),
        ("wait=", ""),
        ("again=", ""),
        ("wait=60", ""),
        (
            "wait=61",
            "integer_out_of_range wait: Out of range value: 61. Please provide a number between 0 and 60.",
        ),
        (
            "wait=x",
            "integer_out_of_range wait: Out of range value: x. Please provide a number between 0 and 60.",
        ),
        (
            "wait=-0",
            "integer_out_of_range wait: Out of range value: -0. Please provide a number between 0 and 60.",
        ),
        ("again=true", ""),
        ("again=yes", "value_invalid again: Invalid string: yes. Known are: true, false."),
        ("expand=pending,data.failed,,", ""),
        ("expand=", ""),
        ("expand=owner", "expand_invalid expand: This property cannot be expanded: owner"),
        (
            "wait=x&status=x&limit=x",
            "limit_out_of_range limit: Out of range value: x. Please provide a number between 1 and 100.",
        ),
    ] {
        assert_eq!(told(read::<All>(Some(raw))), refusal, "{raw}");
    }
    assert!(read::<Filter>(None).is_ok());
}

#[test]
fn the_types_know_the_names() {
    assert_eq!(All::names(), KNOWN);
    assert_eq!(Filter::names(), &KNOWN[5..]);
}

#[test]
fn values_arrive_typed_and_the_query_string_stays() {
    let raw = "limit=5&before=x&expand=failed&webhook=WHK-7&again=true&wait=3";
    let ((paging, created, filter), query) = read::<All>(Some(raw)).unwrap();
    assert_eq!((paging.page.limit, paging.page.cursor), (5, Some(Cursor::Before("x".into()))));
    assert!(created.0.after.is_none() && created.0.before.is_none());
    assert!(filter.expand.unwrap_or_default().has(deskbell_core::delivery::Status::Failed));
    assert!(filter.status.is_none() && filter.subject.is_none());
    assert_eq!(filter.webhook.unwrap().0.as_str(), "WHK-7");
    assert_eq!((filter.again, filter.wait.map(u64::from)), (Some(true), Some(3)));
    assert_eq!(
        query.with_cursor("after", "WHK-2"),
        "limit=5&expand=failed&webhook=WHK-7&again=true&wait=3&after=WHK-2"
    );
}

#[test]
fn the_document_has_the_same_names_and_bounds() {
    let parameters = serde_json::to_value(Filter::into_params(|| None)).unwrap();
    assert_eq!(
        parameters[1],
        serde_json::json!({"name": "webhook", "in": "query", "required": false, "description": "Whose.",
            "schema": {"type": "string", "examples": ["WHK-2V8QDX6RNC"]}})
    );
    assert_eq!(parameters[2]["schema"]["maximum"], 60);
    let paging = serde_json::to_value(Paging::<WebhookId>::into_params(|| None)).unwrap();
    assert_eq!(paging[1]["schema"], serde_json::json!({"type": "string", "examples": ["WHK-2V8QDX6RNC"]}));
    let created = serde_json::to_value(Created::into_params(|| None)).unwrap();
    assert_eq!(created[0]["name"], "creation_time.gt");
    assert_eq!(created[0]["schema"]["type"], "string");
}
