//! `/v2/deliveries` and `/v2/attempts`: what is owed, what was tried, and one more try by hand. Our own calls.

mod expand;
pub mod request;
mod search;

use super::auth::Caller;
use super::event::{EventObject, created, trigger};
use super::path::PathId;
use crate::app::Shared;
use crate::pagination;
use axum::Json;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse as _, Response};
use deskbell_core::delivery::{AT_ONCE, Delivery, Status};
use deskbell_core::id::{DeliveryId, EventId, WebhookId};
use deskbell_core::store::{DeliveryFilter, Listing, Retried};
use deskbell_core::time::wire;
use deskbell_wire::fields::Query;
use deskbell_wire::problem::Problem;
use expand::{AttemptMade, Expand, PolicyObject};
use http::StatusCode;
use search::{Search, SearchReport};
use serde::Serialize;
use utoipa::ToSchema;

const PATH: &str = "/v2/deliveries";

/// One event owed to one webhook.
#[derive(Serialize, ToSchema)]
#[schema(as = Delivery)]
pub struct DeliveryObject {
    /// Always `delivery`.
    object: &'static str,
    #[schema(example = "DLV-4T0QX8RN2M6K7V1C")]
    id: String,
    event: EventRef,
    webhook: String,
    r#type: &'static str,
    subject: Option<String>,
    /// `pending`, `delivered`, `failed` (the schedule is used up), `cancelled` (the webhook was disabled or deleted) or
    /// `quarantined` (lost too often).
    status: &'static str,
    /// Attempts made so far.
    attempts: u32,
    /// When the next attempt is due; null when none is, or while one is under way.
    next_attempt_time: Option<String>,
    /// An attempt is under way.
    in_flight: bool,
    /// Attempts asked for by hand that are still to be made.
    retries_asked: u32,
    /// The last attempt's outcome.
    last_outcome: Option<&'static str>,
    /// The status code of the last answer.
    last_status_code: Option<u16>,
    creation_time: String,
    /// When it came into its present status; null while it is pending.
    settled_time: Option<String>,
    /// Its attempts, oldest first, the last 100. Only with `expand=attempts`.
    #[serde(skip_serializing_if = "Option::is_none")]
    attempts_made: Option<Vec<AttemptMade>>,
    /// What the schedule still has for it. Only with `expand=policy`.
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<PolicyObject>,
}

/// The event's id, or with `expand=event` the event, without its payload.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub enum EventRef {
    /// The id.
    Id(String),
    /// The event.
    Object(Box<EventObject>),
}

impl DeliveryObject {
    /// The delivery as it is now.
    pub fn new(delivery: &Delivery) -> Self {
        Self {
            object: "delivery",
            id: delivery.id.to_string(),
            event: EventRef::Id(delivery.event.to_string()),
            webhook: delivery.webhook.to_string(),
            r#type: delivery.trigger.as_str(),
            subject: delivery.subject.clone(),
            status: delivery.status.as_str(),
            attempts: delivery.attempts,
            next_attempt_time: delivery
                .due
                .filter(|due| !delivery.leased && *due != AT_ONCE)
                .or(delivery.scheduled.filter(|_| !delivery.leased))
                .map(wire),
            in_flight: delivery.leased,
            retries_asked: delivery.manual,
            last_outcome: delivery.last_outcome.map(|outcome| outcome.as_str()),
            last_status_code: delivery.last_status,
            creation_time: wire(delivery.created),
            settled_time: delivery.settled.map(wire),
            attempts_made: None,
            policy: None,
        }
    }
}

impl pagination::Identified for DeliveryObject {
    fn id(&self) -> &str {
        &self.id
    }
}

/// A page of deliveries.
#[derive(Serialize, ToSchema)]
pub struct DeliveryList {
    /// Always `list`.
    object: &'static str,
    /// The deliveries, newest first.
    data: Vec<DeliveryObject>,
    /// There is more in the direction that was asked for; of a search, more that was not looked at.
    has_more: bool,
    /// Only with `q`.
    #[serde(skip_serializing_if = "Option::is_none")]
    search: Option<SearchReport>,
}

/// List deliveries, newest first; with `q`, those that a search finds.
#[utoipa::path(get, path = "/v2/deliveries", tag = "Deliveries",
    params(pagination::Paging, pagination::Created, ("webhook" = Option<String>, Query), ("event" = Option<String>, Query),
        ("type" = Option<String>, Query), ("status" = Option<String>, Query), ("subject" = Option<String>, Query),
        ("q" = Option<String>, Query, example = "type:booking status:500 -webhook:\"CRM sync\"",
            description = "Tokens that must all hold, a leading minus negates: `type:` `status:` (a status, or the code of the last answer) `outcome:` `attempt:>1` `webhook:` (id or name) `event:` `subject:` `after:` `before:` `header.NAME:` `body.PATH:`; bare words are looked for in the payload. Quotation marks hold spaces together. A call looks at 2,000 deliveries at most, and `search.cursor` goes on."),
        ("expand" = Option<String>, Query, description = "`event`, `attempts`, `policy`, separated by commas")),
    responses((status = 200, body = DeliveryList), (status = 400, body = Problem), (status = 401, body = Problem), (status = 429, body = Problem)))]
pub async fn list(
    State(app): State<Shared>,
    Caller(account): Caller,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    const KNOWN: &[&str] = &[
        "limit",
        "after",
        "before",
        "webhook",
        "event",
        "type",
        "status",
        "subject",
        "q",
        "expand",
        "creation_time.gt",
        "creation_time.lt",
    ];
    let query = Query::parse(raw.as_deref(), KNOWN)?;
    let (page, expand) = (query.page()?, Expand::read(&query)?);
    let filter = DeliveryFilter {
        webhook: query.text("webhook").map(WebhookId::from_text),
        event: query.text("event").map(EventId::from_text),
        trigger: query.text("type").map(|text| trigger(&text, "type")).transpose()?,
        status: query.choice("status", Status::parse, Status::ALL.map(Status::as_str).as_slice())?,
        subject: query.text("subject"),
        created: created(&query)?,
        ..DeliveryFilter::default()
    };
    let Some(search) = query.get("q").map(Search::parse).transpose()? else {
        let found = app.store.deliveries(&account.id, &filter, &page).await;
        let found = found.map_err(|error| pagination::cursor_problem(error, &page))?;
        let items = app.expanded(&account.id, &found.items, expand).await?;
        return Ok(app.pagination.list(
            PATH,
            &query,
            Listing { items, older: found.older, newer: found.newer },
        ));
    };
    let (found, search) = app.scan(&account.id, filter, search, &page).await?;
    let data = app.expanded(&account.id, &found.items, expand).await?;
    let backwards = query.has("before");
    let (first, last) = (data.first().map(|first| first.id.clone()), data.last().map(|last| last.id.clone()));
    let (next, previous) =
        if backwards { (last, search.cursor.clone()) } else { (search.cursor.clone(), first) };
    let links =
        app.pagination.links(PATH, &query, next.as_deref(), previous.filter(|_| found.newer).as_deref());
    let has_more = search.cursor.is_some();
    let mut answer =
        Json(DeliveryList { object: "list", data, has_more, search: Some(search) }).into_response();
    answer.headers_mut().extend(links);
    Ok(answer)
}

/// Get a delivery.
#[utoipa::path(get, path = "/v2/deliveries/{id}", tag = "Deliveries",
    params(("id" = String, Path), ("expand" = Option<String>, Query, description = "`event`, `attempts`, `policy`, separated by commas")),
    responses((status = 200, body = DeliveryObject), (status = 400, body = Problem), (status = 401, body = Problem), (status = 404, body = Problem), (status = 429, body = Problem)))]
pub async fn get(
    State(app): State<Shared>,
    Caller(account): Caller,
    PathId(id): PathId,
    RawQuery(raw): RawQuery,
) -> Result<Json<DeliveryObject>, Problem> {
    let expand = Expand::read(&Query::parse(raw.as_deref(), &["expand"])?)?;
    let found = app.store.delivery(&account.id, &DeliveryId::from_text(&id)).await?;
    let shown = app.expanded(&account.id, found.as_slice(), expand).await?.pop();
    shown.map(Json).ok_or_else(|| Problem::not_found("delivery", &id))
}

/// Retry a delivery at once: exactly one more attempt, in whatever state it is.
#[utoipa::path(post, path = "/v2/deliveries/{id}/retry", tag = "Deliveries", params(("id" = String, Path)),
    responses((status = 202, body = DeliveryObject), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 429, body = Problem)))]
pub async fn retry(
    State(app): State<Shared>,
    Caller(account): Caller,
    PathId(id): PathId,
) -> Result<(StatusCode, Json<DeliveryObject>), Problem> {
    match app.store.retry_delivery(&account.id, &DeliveryId::from_text(&id), app.now()).await? {
        Retried::Queued(delivery) => {
            app.signals.wake_engine();
            Ok((StatusCode::ACCEPTED, Json(DeliveryObject::new(&delivery))))
        }
        Retried::Unknown => Err(Problem::not_found("delivery", &id)),
        Retried::WebhookDisabled => Err(Problem::conflict(
            "id",
            "webhook_disabled",
            "The delivery's webhook is disabled; enable it first.",
        )),
        Retried::WebhookDeleted => {
            Err(Problem::conflict("id", "webhook_deleted", "The delivery's webhook is deleted."))
        }
    }
}
