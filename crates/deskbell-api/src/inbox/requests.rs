//! `/v2/inboxes/{id}/requests`: what an inbox captured, and for our own deliveries what became of them. Our own calls.

use super::capture::Captures;
use super::find;
use crate::auth::Caller;
use crate::body::Body;
use crate::open_calls::OpenCalls;
use crate::pagination::{List, Pagination, Parameters};
use crate::party::Party;
use crate::path::{PathId, PathIds};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use deskbell_core::Store;
use deskbell_core::account::Account;
use deskbell_core::id::{CaptureId, InboxId};
use deskbell_core::inbox::{Capture, Inbox};
use deskbell_wire::deleted::Deleted;
use deskbell_wire::inbox::capture::{CapturedRequest, Cleared, LongPoll, RequestPatch};
use deskbell_wire::parameters::Paging;
use deskbell_wire::problem::Problem;
use std::sync::Arc;
use std::time::Duration;

/// Who waited for a request also wants to see its attempt, which is recorded a moment after its answer.
const RECORDED_WITHIN: Duration = Duration::from_millis(500);

/// List what an inbox captured, newest first. With `wait`, the answer comes as soon as the page holds `count` requests, or
/// when the time is up; with `before`, only requests newer than that one count.
#[utoipa::path(get, path = "/v2/inboxes/{id}/requests", tag = "Inboxes",
    params(("id" = String, Path), Paging::<CaptureId>, LongPoll),
    responses((status = 200, body = List<CapturedRequest>)))]
pub async fn list(
    State(store): State<Arc<dyn Store>>,
    State(captures): State<Arc<Captures>>,
    State(pagination): State<Arc<Pagination>>,
    State(open_calls): State<Arc<OpenCalls>>,
    Caller(account): Caller,
    PathId(id): PathId,
    Parameters((Paging { page, .. }, poll), query): Parameters<(Paging<CaptureId>, LongPoll)>,
) -> Result<Response, Problem> {
    let (wait, count) = (poll.wait(), poll.count(page.limit)?);
    let _open = open_calls.enter_to_wait(Party::Account(account.id.clone()), wait)?;
    let inbox = find(&*store, &account, &id).await?;
    let mut found = match poll.event()? {
        Some(event) => captures.of_event(&inbox, event, &page).await?,
        None => captures.long_poll(&inbox, &page, wait, count).await?,
    };
    let recorded_within = if wait.is_zero() { Duration::ZERO } else { RECORDED_WITHIN };
    let path = format!("/v2/inboxes/{id}/requests");
    let items = std::mem::take(&mut found.items);
    let list = move |objects| pagination.list(&path, &query, found.with(objects));
    captures.shown_settled(&account, &inbox, items, recorded_within, list).await
}

/// Get a captured request.
#[utoipa::path(get, path = "/v2/inboxes/{id}/requests/{request}", tag = "Inboxes",
    params(("id" = String, Path), ("request" = String, Path)),
    responses((status = 200, body = CapturedRequest)))]
pub async fn get(
    State(store): State<Arc<dyn Store>>,
    State(captures): State<Arc<Captures>>,
    Caller(account): Caller,
    PathIds(id, request): PathIds,
    _: Parameters<()>,
) -> Result<Response, Problem> {
    let inbox = find(&*store, &account, &id).await?;
    let capture = captures.find(&inbox, &request).await?;
    shown(&captures, &account, &inbox, capture).await
}

async fn shown(
    captures: &Captures,
    account: &Account,
    inbox: &Inbox,
    capture: Capture,
) -> Result<Response, Problem> {
    let object = |mut objects: Vec<CapturedRequest>| Json(objects.pop()).into_response();
    captures.shown(account, inbox, vec![capture], object).await
}

/// Write a note beside a captured request, or take it away.
#[utoipa::path(patch, path = "/v2/inboxes/{id}/requests/{request}", tag = "Inboxes",
    params(("id" = String, Path), ("request" = String, Path)), request_body = RequestPatch,
    responses((status = 200, body = CapturedRequest)))]
pub async fn change(
    State(store): State<Arc<dyn Store>>,
    State(captures): State<Arc<Captures>>,
    Caller(account): Caller,
    PathIds(id, request): PathIds,
    Body(patch): Body<RequestPatch>,
) -> Result<Response, Problem> {
    let inbox = find(&*store, &account, &id).await?;
    let (capture, note) = (CaptureId::from_text(&request), patch.note());
    let noted = store.note_capture(&account.id, &inbox.id, &capture, note.as_deref()).await?;
    let capture = noted.ok_or_else(|| Problem::not_found("request", &request))?;
    shown(&captures, &account, &inbox, capture).await
}

/// Delete a captured request.
#[utoipa::path(delete, path = "/v2/inboxes/{id}/requests/{request}", tag = "Inboxes",
    params(("id" = String, Path), ("request" = String, Path)), responses((status = 200, body = Deleted)))]
pub async fn delete(
    State(store): State<Arc<dyn Store>>,
    Caller(account): Caller,
    PathIds(id, request): PathIds,
) -> Result<Json<Deleted>, Problem> {
    let (inbox, capture) = (InboxId::from_text(&id), CaptureId::from_text(&request));
    match store.delete_captures(&account.id, &inbox, Some(&capture)).await? {
        None => Err(Problem::not_found("inbox", &id)),
        Some(0) => Err(Problem::not_found("request", &request)),
        Some(_) => Ok(Json(Deleted::new(request))),
    }
}

/// Delete everything an inbox captured.
#[utoipa::path(delete, path = "/v2/inboxes/{id}/requests", tag = "Inboxes", params(("id" = String, Path)),
    responses((status = 200, body = Cleared)))]
pub async fn clear(
    State(store): State<Arc<dyn Store>>,
    Caller(account): Caller,
    PathId(id): PathId,
) -> Result<Json<Cleared>, Problem> {
    let gone = store.delete_captures(&account.id, &InboxId::from_text(&id), None).await?;
    gone.map(|deleted| Json(Cleared::new(deleted))).ok_or_else(|| Problem::not_found("inbox", &id))
}
