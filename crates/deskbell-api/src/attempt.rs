//! `/v2/attempts`: every try, with what was sent and what was answered. Our own calls.

use super::auth::Caller;
use super::path::PathId;
use crate::app::Shared;
use crate::pagination::{self, List};
use axum::Json;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use deskbell_core::attempt::{Attempt, Blame, Outcome};
use deskbell_core::door::Timings;
use deskbell_core::id::{AttemptId, DeliveryId, EventId, WebhookId};
use deskbell_core::store::AttemptFilter;
use deskbell_core::time::wire;
use deskbell_wire::bytes::BodyText;
use deskbell_wire::fields::Query;
use deskbell_wire::problem::Problem;
use serde::Serialize;
use utoipa::ToSchema;

/// One try of a delivery.
#[derive(Serialize, ToSchema)]
#[schema(as = Attempt)]
pub struct AttemptObject {
    /// Always `attempt`.
    object: &'static str,
    id: String,
    delivery: String,
    event: String,
    webhook: String,
    /// 1, 2, 3 and so on.
    number: u32,
    /// Asked for by hand.
    manual: bool,
    started_time: String,
    /// `delivered`, or what went wrong, from a closed list (see docs/reference/outcomes.md).
    outcome: &'static str,
    /// One sentence; empty when the outcome says it all.
    detail: String,
    /// The request may have arrived although no 2xx came back: a repeat may be a duplicate.
    possibly_received: bool,
    timings: TimingsObject,
    request: RequestObject,
    response: Option<ResponseObject>,
}

/// Where the time went, in microseconds; null for a phase that did not take place.
#[derive(Serialize, ToSchema)]
#[schema(as = Timings)]
pub struct TimingsObject {
    name_us: Option<u64>,
    connect_us: Option<u64>,
    tls_us: Option<u64>,
    /// From a ready connection to the last byte of the answer's head.
    head_us: Option<u64>,
    body_us: Option<u64>,
    total_us: u64,
    /// A kept connection was used.
    reused_connection: bool,
}

impl From<&Timings> for TimingsObject {
    fn from(timings: &Timings) -> Self {
        let Timings { name_us, connect_us, tls_us, head_us, body_us, total_us, reused } = *timings;
        Self { name_us, connect_us, tls_us, head_us, body_us, total_us, reused_connection: reused }
    }
}

/// What was sent; its body is the event's payload.
#[derive(Serialize, ToSchema)]
#[schema(as = AttemptRequest)]
pub struct RequestObject {
    /// Always `POST`.
    method: &'static str,
    url: String,
    /// The address that was dialled.
    address: Option<String>,
    /// Names and values, in order. On the wire `Host`, `Content-Length` and `Accept-Encoding: identity` stand beside them.
    headers: Vec<(String, String)>,
}

/// What was answered.
#[derive(Serialize, ToSchema)]
#[schema(as = AttemptResponse)]
pub struct ResponseObject {
    status_code: u16,
    /// Names and values, in order.
    headers: Vec<(String, String)>,
    /// The first 16 KiB of the body, never decoded.
    #[serde(flatten)]
    body: BodyText,
    /// There was more than is kept.
    body_truncated: bool,
    /// The connection ended before the body did.
    body_incomplete: bool,
}

impl AttemptObject {
    /// The attempt as it went.
    pub fn new(attempt: Attempt) -> Self {
        Self {
            object: "attempt",
            id: attempt.id.to_string(),
            delivery: attempt.delivery.to_string(),
            event: attempt.event.to_string(),
            webhook: attempt.webhook.to_string(),
            number: attempt.number,
            manual: attempt.manual,
            started_time: wire(attempt.started),
            outcome: attempt.outcome.as_str(),
            detail: attempt.detail,
            possibly_received: attempt.possibly_received,
            timings: TimingsObject::from(&attempt.timings),
            request: RequestObject {
                method: "POST",
                url: attempt.url,
                address: attempt.address.map(|address| address.to_string()),
                headers: attempt.request_headers,
            },
            response: attempt.response.map(|answer| ResponseObject {
                status_code: answer.status,
                headers: answer.headers,
                body: BodyText::new(&answer.body),
                body_truncated: answer.truncated,
                body_incomplete: answer.incomplete,
            }),
        }
    }
}

impl pagination::Identified for AttemptObject {
    fn id(&self) -> &str {
        &self.id
    }
}

/// List attempts, newest first.
#[utoipa::path(get, path = "/v2/attempts", tag = "Deliveries",
    params(pagination::Paging, ("delivery" = Option<String>, Query), ("webhook" = Option<String>, Query), ("event" = Option<String>, Query),
        ("outcome" = Option<String>, Query), ("started_time.gt" = Option<String>, Query), ("started_time.lt" = Option<String>, Query)),
    responses((status = 200, body = List<AttemptObject>), (status = 400, body = Problem), (status = 401, body = Problem), (status = 429, body = Problem)))]
pub async fn list(
    State(app): State<Shared>,
    Caller(account): Caller,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    const KNOWN: &[&str] = &[
        "limit",
        "after",
        "before",
        "delivery",
        "webhook",
        "event",
        "outcome",
        "started_time.gt",
        "started_time.lt",
    ];
    let query = Query::parse(raw.as_deref(), KNOWN)?;
    let page = query.page()?;
    let outcomes: Vec<&str> = Outcome::ALL.iter().map(|outcome| outcome.as_str()).collect();
    let filter = AttemptFilter {
        delivery: query.text("delivery").map(DeliveryId::from_text),
        webhook: query.text("webhook").map(WebhookId::from_text),
        event: query.text("event").map(EventId::from_text),
        outcome: query.choice("outcome", Outcome::parse, &outcomes)?,
        started: query.span("started_time")?,
    };
    let found = app
        .store
        .attempts(&account.id, &filter, &page)
        .await
        .map_err(|error| pagination::cursor_problem(error, &page))?;
    Ok(app.pagination.list("/v2/attempts", &query, found.map(AttemptObject::new)))
}

/// Get an attempt.
#[utoipa::path(get, path = "/v2/attempts/{id}", tag = "Deliveries", params(("id" = String, Path)),
    responses((status = 200, body = AttemptObject), (status = 401, body = Problem), (status = 404, body = Problem), (status = 429, body = Problem)))]
pub async fn get(
    State(app): State<Shared>,
    Caller(account): Caller,
    PathId(id): PathId,
) -> Result<Json<AttemptObject>, Problem> {
    let found = app.store.attempt(&account.id, &AttemptId::from_text(&id)).await?;
    found.map(|attempt| Json(AttemptObject::new(attempt))).ok_or_else(|| Problem::not_found("attempt", &id))
}

/// The page `docs/reference/outcomes.md`.
pub fn reference() -> String {
    let mut page = "# Outcomes\n\nWhat can become of an attempt: the closed list of `outcome`. A fault of this instance does not use up the schedule.\n\n| outcome | meaning | who has to act |\n| --- | --- | --- |\n".to_owned();
    for outcome in Outcome::ALL {
        let who = match outcome.blame() {
            Blame::Nobody => "nobody",
            Blame::Receiver => "the receiver",
            Blame::Us => "this instance",
        };
        page += &format!("| `{}` | {} | {who} |\n", outcome.as_str(), outcome.meaning());
    }
    page
}
