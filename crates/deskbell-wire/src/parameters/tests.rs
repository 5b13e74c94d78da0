//! Query strings are read with the answers that [`Query`] gives.

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

/// The same query string, as handlers asked for it.
fn imperative(raw: &str) -> Result<(), Problem> {
    use deskbell_core::delivery::Status;
    let names = Status::ALL.map(Status::as_str);
    let query = Query::parse(Some(raw), KNOWN)?;
    query.page()?;
    query.span("creation_time")?;
    query.choice("status", Status::parse, &names)?;
    query.integer("wait", 0..=60)?;
    query.choice("again", |text| text.parse::<bool>().ok(), &["true", "false"])?;
    query.expand(&names)?;
    match query.get("subject") {
        Some(subject) => crate::fields::check_line("subject", subject, 255).map(|_| ()),
        None => Ok(()),
    }
}

#[test]
fn every_refusal_is_the_one_that_query_gives() {
    for raw in [
        "",
        "limit=0",
        "limit=101",
        "limit=abc",
        "limit=",
        "limit=-1",
        "limit=%2B5",
        "limit=1.0",
        "limit=99999999999999999999",
        "limit=100&after=WHK-1",
        "after=a&before=b",
        "after=",
        "start_date=1",
        "limit=0&start_date=1",
        "limit=1&limit=2",
        "na%FFme=1",
        "subject=%FF",
        "subject=%00",
        "subject=a%07b",
        "subject=a+b",
        "creation_time.gt=2026-02-30",
        "creation_time.lt=tomorrow&creation_time.gt=2026-01-01",
        "creation_time.gt=2026-02-01&creation_time.lt=2026-01-01",
        "creation_time.gt=2026-01-01&creation_time.lt=2026-02-01T00:00:00Z",
        "status=pending",
        "status=Pending",
        "status=",
        "webhook=anything",
        "wait=60",
        "wait=61",
        "wait=x",
        "wait=-0",
        "again=true",
        "again=yes",
        "expand=pending,data.failed,,",
        "expand=",
        "expand=owner",
        "wait=x&status=x&limit=x",
    ] {
        assert_eq!(read::<All>(Some(raw)).map(|_| ()), imperative(raw), "{raw}");
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
    assert_eq!(
        paging[1]["schema"],
        serde_json::json!({"type": "string", "minLength": 1, "examples": ["WHK-2V8QDX6RNC"]})
    );
    let created = serde_json::to_value(Created::into_params(|| None)).unwrap();
    assert_eq!(created[0]["name"], "creation_time.gt");
    assert_eq!(created[0]["schema"]["type"], "string");
}
