//! `/v2/events`: platforms post what happened; everybody looks it up. Our own calls.

mod excerpt;

use super::auth::Caller;
use super::path::PathId;
use crate::app::Shared;
use crate::pagination::{self, List};
use crate::publisher::{Draft, Offered, check_size};
use axum::Json;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use deskbell_core::event::{Event, Origin};
use deskbell_core::id::{AccountId, EventId, WebhookId};
use deskbell_core::policy::limit;
use deskbell_core::store::{Accepted, EventFilter, Span};
use deskbell_core::time::wire;
use deskbell_core::trigger::Trigger;
use deskbell_wire::fields::{Fields, Query};
use deskbell_wire::json::{self, Object};
use deskbell_wire::problem::Problem;
use deskbell_wire::word::Words;
use excerpt::Excerpt;
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

/// An event as it was accepted.
#[derive(Serialize, ToSchema)]
#[schema(as = Event)]
pub struct EventObject {
    /// Always `event`.
    object: &'static str,
    #[schema(example = "EVNT-3HZ7KQ51VD")]
    id: String,
    #[schema(example = "booking.scheduled")]
    r#type: &'static str,
    /// What it happened to.
    #[schema(example = "BKNG-Q8T2ZC4M6RVA")]
    subject: Option<String>,
    creation_time: String,
    /// `platform`, `sandbox` or `sample`.
    origin: &'static str,
    /// The few values of the payload that tell a person what it is about; what the payload lacks is left out.
    excerpt: Excerpt,
    /// The envelope. Only when one event is asked for, as the three fields below.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    payload: Option<Box<RawValue>>,
    /// The same as a text: byte for byte what every delivery signs and sends.
    #[serde(skip_serializing_if = "Option::is_none")]
    payload_text: Option<String>,
    /// How many bytes that is.
    #[serde(skip_serializing_if = "Option::is_none")]
    payload_bytes: Option<usize>,
    /// The SHA-256 of these bytes, in lowercase hex.
    #[serde(skip_serializing_if = "Option::is_none")]
    payload_sha256: Option<String>,
}

impl EventObject {
    /// The event, without or with its envelope.
    pub fn new(event: &Event, with_payload: bool) -> Self {
        let text = with_payload.then(|| std::str::from_utf8(&event.body).ok()).flatten();
        Self {
            object: "event",
            id: event.id.to_string(),
            r#type: event.trigger.as_str(),
            subject: event.subject.clone(),
            creation_time: wire(event.created),
            origin: event.origin.as_str(),
            excerpt: Excerpt::new(event),
            payload: text.and_then(|text| RawValue::from_string(text.to_owned()).ok()),
            payload_text: text.map(str::to_owned),
            payload_bytes: with_payload.then_some(event.body.len()),
            payload_sha256: with_payload.then(|| event.digest()),
        }
    }
}

/// An event to post, or many at once.
#[derive(ToSchema)]
#[serde(untagged)]
pub enum PostedEvents {
    /// One event.
    One(NewEventBody),
    /// Many events.
    Many(NewEvents),
}

/// Events to post in one call.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEvents {
    /// Each as if it were posted alone: what is wrong with one is told in its verdict, and stops no other.
    #[schema(value_type = Vec<Value>, min_items = 1, max_items = 1_000,
        example = json!([{"type": "booking.scheduled", "data": {"object": "booking", "id": "BKNG-Q8T2ZC4M6RVA"}}]))]
    pub events: Vec<NewEventBody>,
}

/// An event to post.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEventBody {
    /// A trigger of the catalogue, never a composite.
    #[schema(example = "booking.scheduled")]
    pub r#type: String,
    /// The object it happened to; reaches receivers byte for byte, without insignificant white space.
    #[schema(value_type = Object, example = json!({"object": "booking", "id": "BKNG-Q8T2ZC4M6RVA"}))]
    pub data: serde_json::Value,
    /// What it happened to, for filters; 1 to 255 characters.
    #[schema(example = "BKNG-Q8T2ZC4M6RVA")]
    pub subject: Option<String>,
}

/// What became of a posted event.
#[derive(Serialize, ToSchema)]
pub struct EventAccepted {
    /// Always `event`.
    object: &'static str,
    /// Only within a batch: 202 accepted, 200 duplicate.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    id: String,
    r#type: &'static str,
    /// How many webhooks it is owed to; 0 for a duplicate.
    deliveries: u32,
    /// The `Idempotency-Key` was used for the same content before; nothing new was stored.
    duplicate: bool,
}

impl pagination::Identified for EventObject {
    fn id(&self) -> &str {
        &self.id
    }
}

/// Post an event, or up to 1,000: `{"events": […]}` answers with a verdict for each, in order.
#[utoipa::path(post, path = "/v2/events", tag = "Events", request_body = PostedEvents,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat of the call harmless; at most 255 characters. With many events it covers each by its place.")),
    responses((status = 200, description = "A duplicate", body = EventAccepted), (status = 202, description = "On disk", body = EventsAccepted),
        (status = 400, body = Problem), (status = 401, body = Problem), (status = 409, body = Problem), (status = 413, body = Problem),
        (status = 429, body = Problem), (status = 503, body = Problem)))]
pub async fn create(
    State(app): State<Shared>,
    Caller(account): Caller,
    headers: HeaderMap,
    body: crate::body::RawBody<{ limit::EVENTS_BODY_BYTES }>,
) -> Result<Response, Problem> {
    let key = idempotency_key(&headers)?;
    if let Some(items) = json::batch(&body.0, "events", limit::EVENTS_PER_CALL)? {
        return many(&app, &account.id, key, items).await;
    }
    let draft = draft(&account.id, &json::parse(&body.0)?, key)?;
    let trigger = draft.trigger;
    let offered = app.publisher.accept_one(draft, Origin::Platform, None).await?;
    verdict(offered, trigger, false).map(|(status, answer)| (status, Json(answer)).into_response())
}

async fn many(
    app: &Shared,
    account: &AccountId,
    key: Option<String>,
    items: Vec<Box<RawValue>>,
) -> Result<Response, Problem> {
    let mut drafts = Vec::with_capacity(items.len());
    let mut refused = Vec::with_capacity(items.len());
    for (at, item) in items.iter().enumerate() {
        // A line feed cannot stand in a header: these keys never meet the key of a single event.
        let key = key.as_ref().map(|key| format!("{key}\n{at}"));
        match json::parse(item.get().as_bytes()).and_then(|object| draft(account, &object, key)) {
            Ok(draft) => {
                drafts.push(draft);
                refused.push(None);
            }
            Err(problem) => refused.push(Some(problem)),
        }
    }
    let mut offered = app
        .publisher
        .accept(&drafts, Origin::Platform, None)
        .await?
        .into_iter()
        .zip(drafts.iter().map(|draft| draft.trigger));
    let data: Vec<Box<RawValue>> = refused
        .into_iter()
        .filter_map(|refused| match refused {
            Some(problem) => Some(raw(&problem.in_batch())),
            None => offered.next().map(|(offered, trigger)| match verdict(offered, trigger, true) {
                Ok((_, answer)) => raw(&answer),
                Err(problem) => raw(&problem.in_batch()),
            }),
        })
        .collect();
    Ok((StatusCode::ACCEPTED, Json(Verdicts { object: "list", data })).into_response())
}

/// The answer to many events: an [`EventAccepted`] or a problem for each, in order.
#[derive(Serialize, ToSchema)]
#[schema(as = EventVerdicts)]
pub struct Verdicts {
    /// Always `list`.
    object: &'static str,
    /// In the order of the events.
    #[schema(value_type = Vec<Verdict>)]
    data: Vec<Box<RawValue>>,
}

/// What became of one of many events.
#[derive(ToSchema)]
#[serde(untagged)]
#[schema(as = EventVerdict)]
pub enum Verdict {
    /// It was accepted.
    Accepted(EventAccepted),
    /// It was refused.
    Refused(EventRefused),
}

/// Why one of many events was refused.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the document of what `Problem::in_batch` prints")]
pub struct EventRefused {
    /// The status it would have been refused with alone.
    #[schema(example = 400)]
    status: u16,
    #[serde(flatten)]
    problem: Problem,
}

/// What became of what was posted.
#[derive(ToSchema)]
#[serde(untagged)]
pub enum EventsAccepted {
    /// The one event.
    One(EventAccepted),
    /// The many events.
    Many(Verdicts),
}

fn raw(item: &impl Serialize) -> Box<RawValue> {
    // Strings, numbers and truths: nothing here can fail to serialize.
    serde_json::value::to_raw_value(item).unwrap_or_else(|_| unreachable!("a verdict always serializes"))
}

/// The answer for one event.
fn verdict(
    offered: Offered,
    trigger: Trigger,
    in_batch: bool,
) -> Result<(StatusCode, EventAccepted), Problem> {
    let (status, deliveries, duplicate) = match offered.verdict {
        Accepted::New { deliveries } => (StatusCode::ACCEPTED, deliveries, false),
        Accepted::Duplicate { .. } => (StatusCode::OK, 0, true),
        Accepted::Conflict { event } => {
            let message = format!("This Idempotency-Key was used for another event: '{event}'");
            return Err(Problem::conflict("Idempotency-Key", "event_conflict", message));
        }
        Accepted::IdTaken | Accepted::NoWebhook => return Err(Problem::internal()),
    };
    let answer = EventAccepted {
        object: "event",
        status: in_batch.then_some(status.as_u16()),
        id: offered.event.to_string(),
        r#type: trigger.as_str(),
        deliveries,
        duplicate,
    };
    Ok((status, answer))
}

/// List events, newest first.
#[utoipa::path(get, path = "/v2/events", tag = "Events",
    params(pagination::Paging, pagination::Created, ("type" = Option<String>, Query), ("subject" = Option<String>, Query),
        ("webhook" = Option<String>, Query, description = "Only events owed to this webhook")),
    responses((status = 200, body = List<EventObject>), (status = 400, body = Problem), (status = 401, body = Problem), (status = 429, body = Problem)))]
pub async fn list(
    State(app): State<Shared>,
    Caller(account): Caller,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    const KNOWN: &[&str] =
        &["limit", "after", "before", "type", "subject", "webhook", "creation_time.gt", "creation_time.lt"];
    let query = Query::parse(raw.as_deref(), KNOWN)?;
    let page = query.page()?;
    let filter = EventFilter {
        trigger: query.text("type").map(|text| trigger(&text, "type")).transpose()?,
        subject: query.text("subject"),
        webhook: query.text("webhook").map(WebhookId::from_text),
        created: created(&query)?,
    };
    let found = app
        .store
        .events(&account.id, &filter, &page)
        .await
        .map_err(|error| pagination::cursor_problem(error, &page))?;
    Ok(app.pagination.list("/v2/events", &query, found.map(|event| EventObject::new(&event, false))))
}

/// Get an event, with the bytes that its deliveries send.
#[utoipa::path(get, path = "/v2/events/{id}", tag = "Events", params(("id" = String, Path)),
    responses((status = 200, body = EventObject), (status = 401, body = Problem), (status = 404, body = Problem), (status = 429, body = Problem)))]
pub async fn get(
    State(app): State<Shared>,
    Caller(account): Caller,
    PathId(id): PathId,
) -> Result<Json<EventObject>, Problem> {
    let found = app.store.event(&account.id, &EventId::from_text(&id)).await?;
    found.map(|event| Json(EventObject::new(&event, true))).ok_or_else(|| Problem::not_found("event", &id))
}

/// The span of `creation_time.gt` and `creation_time.lt`.
pub fn created(query: &Query) -> Result<Span, Problem> {
    query.span("creation_time")
}

/// Reads the name of a trigger.
pub fn trigger(text: &str, param: &'static str) -> Result<Trigger, Problem> {
    Trigger::parse(text).ok_or_else(|| <Trigger as Words>::unknown(text).of(param))
}

fn draft(account: &AccountId, object: &Object, idempotency_key: Option<String>) -> Result<Draft, Problem> {
    let fields = Fields::new(object);
    fields.read_only(&["id", "object", "creation_time", "api_version"])?;
    fields.only(&["type", "data", "subject"])?;
    let trigger = trigger(&fields.required_text("type")?, "type")?;
    let subject = fields.text("subject")?;
    if let Some(subject) = &subject
        && !(1..=limit::SUBJECT_CHARS).contains(&subject.chars().count())
    {
        let message = format!("The subject must have 1 to {} characters.", limit::SUBJECT_CHARS);
        return Err(Problem::invalid("subject", "text_too_long", message));
    }
    let data = json::minify(fields.required_object("data")?);
    let draft = Draft { account: account.clone(), trigger, subject, data, idempotency_key };
    check_size(&draft)?;
    Ok(draft)
}

/// The `Idempotency-Key` header: 1 to 255 visible characters.
fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut given = headers.get_all("idempotency-key").iter();
    let Some(key) = given.next() else { return Ok(None) };
    let text = key.to_str().unwrap_or_default().trim();
    if given.next().is_some() || !(1..=limit::IDEMPOTENCY_KEY_CHARS).contains(&text.len()) {
        let message = format!(
            "Give one Idempotency-Key of 1 to {} visible ASCII characters.",
            limit::IDEMPOTENCY_KEY_CHARS
        );
        return Err(Problem::invalid("Idempotency-Key", "idempotency_key_invalid", message));
    }
    Ok(Some(text.to_owned()))
}
