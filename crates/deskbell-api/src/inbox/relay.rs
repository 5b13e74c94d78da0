//! `/v2/inboxes/{id}/relay`: takes the requests that wait at an inbox, and answers them. Our own calls.

mod held;
mod lease;

pub use held::{Relay, Reply};

use super::capture::Captures;
use super::find;
use crate::auth::Caller;
use crate::body::Body;
use crate::open_calls::OpenCalls;
use crate::pagination::{List, Parameters};
use crate::party::Party;
use crate::path::{PathId, PathIds};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use deskbell_core::Store;
use deskbell_core::account::Account;
use deskbell_core::id::CaptureId;
use deskbell_core::inbox::Inbox;
use deskbell_wire::inbox::capture::CapturedRequest;
use deskbell_wire::inbox::relay::{RelayAnswer, Relayed, Take};
use deskbell_wire::problem::Problem;
use std::sync::Arc;

/// Take the requests that wait at an inbox with `relay`, oldest first. With `wait`, the answer comes as soon as there is
/// one, or when the time is up; `has_more` when others wait that would not fit into it. Each is handed out once; with `again=true` also those that were handed out before and are
/// not answered: what a relay asks for when it starts. With `listener`, a name of the relay's own, others that name themselves are refused
/// (409) until it has not come for two seconds.
#[utoipa::path(get, path = "/v2/inboxes/{id}/relay", tag = "Inboxes", params(("id" = String, Path), Take),
    responses((status = 200, body = List<CapturedRequest>), (status = 409, body = Problem)))]
pub async fn take(
    State(store): State<Arc<dyn Store>>,
    State(relay): State<Arc<Relay>>,
    State(captures): State<Arc<Captures>>,
    State(open_calls): State<Arc<OpenCalls>>,
    Caller(account): Caller,
    PathId(id): PathId,
    Parameters(asked, _): Parameters<Take>,
) -> Result<Response, Problem> {
    let _open = open_calls.enter_to_wait(Party::Account(account.id.clone()), asked.wait())?;
    let inbox = find_with_relay(&*store, &account, &id).await?;
    let _lease = match asked.listener() {
        Some(listener) => Some(relay.leases.enter(&inbox.id, listener).ok_or_else(taken_by_another)?),
        None => None,
    };
    let taken = relay.long_poll(&inbox.id, asked.again(), asked.wait()).await;
    let list = move |objects| Json(List::new(objects, taken.has_more)).into_response();
    captures.shown(&account, &inbox, taken.captures, list).await
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

fn taken_by_another() -> Problem {
    let message = "Another listener takes the requests of this inbox.";
    Problem::conflict("listener", "relay_taken", message)
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
