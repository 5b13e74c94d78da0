//! `/v2/inboxes/{id}/relay`: takes the requests that wait at an inbox, and answers them. Our own calls.

use super::auth::Caller;
use super::capture::CaptureObject;
use super::path::{PathId, PathIds};
use crate::app::Shared;
use crate::body::ObjectBody;
use crate::pagination::List;
use crate::receive::relay::Reply;
use axum::Json;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use deskbell_core::id::{CaptureId, InboxId};
use deskbell_core::inbox::{Inbox, ScriptedAnswer};
use deskbell_core::policy::limit;
use deskbell_core::store::Listing;
use deskbell_wire::fields::{Fields, Query};
use deskbell_wire::problem::Problem;
use serde::Serialize;
use std::time::Duration;
use tokio::time::Instant;
use utoipa::ToSchema;

/// Take the requests that wait at an inbox with `relay`, oldest first. With `wait`, the answer comes as soon as there is
/// one, or when the time is up. Each is handed out once; with `again=true` also those that were handed out before and are
/// not answered: what a relay asks for when it starts.
#[utoipa::path(get, path = "/v2/inboxes/{id}/relay", tag = "Inboxes",
    params(("id" = String, Path), ("wait" = Option<u32>, Query, description = "Seconds, 0 to 60"),
        ("again" = Option<bool>, Query, description = "Also those that were handed out before")),
    responses((status = 200, body = List<CaptureObject>), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 429, body = Problem)))]
pub async fn take(
    State(app): State<Shared>,
    Caller(account): Caller,
    PathId(id): PathId,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let query = Query::parse(raw.as_deref(), &["wait", "again"])?;
    let wait = query.integer("wait", 0..=limit::WAIT.as_secs())?.unwrap_or_default();
    let again = query.choice("again", |text| text.parse().ok(), &["true", "false"])?.unwrap_or(false);
    let inbox = app.inbox(&account, &id).await?;
    relays(&inbox)?;
    let until = Instant::now() + Duration::from_secs(wait);
    let (mut news, mut stopping) = (app.relay.news(), app.signals.stopping());
    let taken = loop {
        // Marked as seen before the look: what comes after the look wakes us.
        news.borrow_and_update();
        let taken = app.relay.take(&inbox.id, again);
        if !taken.is_empty() {
            break taken;
        }
        tokio::select! {
            _ = news.changed() => {}
            () = tokio::time::sleep_until(until) => break taken,
            _ = stopping.wait_for(|stopping| *stopping) => break taken,
        }
    };
    let mut objects = Vec::with_capacity(taken.len());
    for capture in taken {
        objects.push(app.capture_object(&account, &inbox, capture).await?);
    }
    let found = Listing { items: objects, older: false, newer: false };
    Ok(app.pagination.list(&format!("/v2/inboxes/{id}/relay"), &query, found))
}

/// What to answer to a request that waits.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"status": 200, "headers": {"Retry-After": "2"}, "body": "thanks"}))]
pub struct RelayAnswer {
    /// 200 to 299, or 400 to 599.
    #[schema(example = 200, minimum = 200, maximum = 599)]
    pub status: u16,
    /// Names and values; none that frames a message, redirects, or sets cookies.
    #[schema(value_type = Option<std::collections::BTreeMap<String, Option<String>>>, example = json!({"Retry-After": "2"}))]
    pub headers: Option<serde_json::Value>,
    /// The body, as text; at most 64 KiB.
    #[schema(max_length = 65_536)]
    pub body: Option<String>,
    /// The body, in base 64, instead of `body`.
    pub body_base64: Option<String>,
}

/// A request that was answered.
#[derive(Serialize, ToSchema)]
pub struct Relayed {
    /// Always `request`.
    object: &'static str,
    #[schema(example = "CAP-5N1T9QXM02ZB")]
    id: String,
    /// The status it was answered with.
    answered_status: u16,
}

/// Answer a request that waits: its sender gets this answer. 404 when it does not wait any more.
#[utoipa::path(post, path = "/v2/inboxes/{id}/relay/{request}", tag = "Inboxes",
    params(("id" = String, Path), ("request" = String, Path)), request_body = RelayAnswer,
    responses((status = 200, body = Relayed), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 429, body = Problem)))]
pub async fn answer(
    State(app): State<Shared>,
    Caller(account): Caller,
    PathIds(id, request): PathIds,
    body: ObjectBody,
) -> Result<Json<Relayed>, Problem> {
    let reply = read(&Fields::new(&body.0))?;
    let inbox = app.inbox(&account, &id).await?;
    relays(&inbox)?;
    let status = reply.status;
    if app.relay.answer(&InboxId::from_text(&id), &CaptureId::from_text(&request), reply) {
        Ok(Json(Relayed { object: "request", id: request, answered_status: status }))
    } else {
        Err(Problem::not_found("request", &request))
    }
}

fn relays(inbox: &Inbox) -> Result<(), Problem> {
    if inbox.relay {
        return Ok(());
    }
    let message = "This inbox answers by itself; only one that was created with relay: true has a relay.";
    Err(Problem::conflict("id", "relay_off", message))
}

fn read(fields: &Fields<'_>) -> Result<Reply, Problem> {
    fields.only(&["status", "headers", "body", "body_base64"])?;
    let status =
        fields.integer("status", 0..=i64::from(u16::MAX))?.ok_or_else(|| fields.missing("status"))?;
    let answer = ScriptedAnswer {
        status: u16::try_from(status).unwrap_or_default(),
        headers: super::inbox::headers(fields)?,
        ..ScriptedAnswer::default()
    };
    answer.check("").map_err(|unfit| Problem::invalid(unfit.field, unfit.code, unfit.message))?;
    let (field, body) = match (fields.text("body")?, fields.text("body_base64")?) {
        (Some(_), Some(_)) => {
            let message = "Give body or body_base64, not both.";
            return Err(Problem::invalid("body_base64", "value_invalid", message));
        }
        (text, None) => ("body", Bytes::from(text.unwrap_or_default())),
        (None, Some(text)) => {
            let bytes = STANDARD.decode(text).map_err(|_| {
                Problem::invalid("body_base64", "value_invalid", "body_base64 must be base 64.")
            })?;
            ("body_base64", Bytes::from(bytes))
        }
    };
    if body.len() > limit::ANSWER_BODY_BYTES {
        let message =
            format!("The body has {} bytes; at most {} are allowed.", body.len(), limit::ANSWER_BODY_BYTES);
        return Err(Problem::invalid(field, "response_body_too_large", message));
    }
    Ok(Reply { status: answer.status, headers: answer.headers, body })
}
