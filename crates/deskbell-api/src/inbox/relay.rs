//! `/v2/inboxes/{id}/relay`: takes the requests that wait at an inbox, and answers them. Our own calls.

mod held;

pub use held::{Relay, Reply};

use super::capture::Captures;
use super::find;
use crate::auth::Caller;
use crate::body::Body;
use crate::pagination::{List, Pagination, Parameters};
use crate::path::{PathId, PathIds};
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use deskbell_core::Store;
use deskbell_core::account::Account;
use deskbell_core::id::CaptureId;
use deskbell_core::inbox::Inbox;
use deskbell_core::store::Listing;
use deskbell_wire::inbox::capture::CapturedRequest;
use deskbell_wire::inbox::relay::{RelayAnswer, Relayed, Take};
use deskbell_wire::problem::Problem;
use std::sync::Arc;

/// Take the requests that wait at an inbox with `relay`, oldest first. With `wait`, the answer comes as soon as there is
/// one, or when the time is up. Each is handed out once; with `again=true` also those that were handed out before and are
/// not answered: what a relay asks for when it starts.
#[utoipa::path(get, path = "/v2/inboxes/{id}/relay", tag = "Inboxes", params(("id" = String, Path), Take),
    responses((status = 200, body = List<CapturedRequest>), (status = 409, body = Problem)))]
pub async fn take(
    State(store): State<Arc<dyn Store>>,
    State(relay): State<Arc<Relay>>,
    State(captures): State<Arc<Captures>>,
    State(pagination): State<Arc<Pagination>>,
    Caller(account): Caller,
    PathId(id): PathId,
    Parameters(asked, query): Parameters<Take>,
) -> Result<Response, Problem> {
    let inbox = find_with_relay(&*store, &account, &id).await?;
    let taken = relay.long_poll(&inbox.id, asked.again(), asked.wait()).await;
    let mut objects = Vec::with_capacity(taken.len());
    for capture in taken {
        objects.push(captures.object(&account, &inbox, &capture).await?);
    }
    let found = Listing { items: objects, older: false, newer: false, stopped: None };
    Ok(pagination.list(&format!("/v2/inboxes/{id}/relay"), &query, found))
}

/// Answer a request that waits: its sender gets this answer. 404 when it does not wait any more.
#[utoipa::path(post, path = "/v2/inboxes/{id}/relay/{request}", tag = "Inboxes",
    params(("id" = String, Path), ("request" = String, Path)), request_body = RelayAnswer,
    responses((status = 200, body = Relayed), (status = 409, body = Problem)))]
pub async fn answer(
    State(store): State<Arc<dyn Store>>,
    State(relay): State<Arc<Relay>>,
    Caller(account): Caller,
    PathIds(id, request): PathIds,
    Body(answer): Body<RelayAnswer>,
) -> Result<Json<Relayed>, Problem> {
    let body = answer.body()?;
    let inbox = find_with_relay(&*store, &account, &id).await?;
    let (status, headers) = (answer.status.0, answer.headers.unwrap_or_default().0);
    let capture = CaptureId::from_text(&request);
    if relay.answer(&inbox.id, &capture, Reply { status, headers, body }) {
        Ok(Json(Relayed::new(capture, status)))
    } else {
        Err(Problem::not_found("request", &request))
    }
}

/// The account's inbox of that id, which must have a relay.
async fn find_with_relay(store: &dyn Store, account: &Account, id: &str) -> Result<Inbox, Problem> {
    let inbox = find(store, account, id).await?;
    if inbox.relay {
        return Ok(inbox);
    }
    let message = "This inbox answers by itself; only one that was created with relay: true has a relay.";
    Err(Problem::conflict("id", "relay_off", message))
}
