//! `/v2/inboxes/{id}/requests`: what an inbox captured, and for our own deliveries what became of them. Our own calls.

use super::auth::Caller;
use super::path::{PathId, PathIds};
use super::provenance::Provenance;
use crate::app::{App, Shared};
use crate::pagination::{self, List};
use axum::Json;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use deskbell_core::account::Account;
use deskbell_core::id::{CaptureId, InboxId};
use deskbell_core::inbox::{Capture, Inbox};
use deskbell_core::policy::limit;
use deskbell_core::store::{Listing, Page};
use deskbell_core::time::wire;
use deskbell_wire::bytes::{BodyText, HeaderText};
use deskbell_wire::deleted::Deleted;
use deskbell_wire::fields::Query;
use deskbell_wire::problem::Problem;
use serde::Serialize;
use std::time::Duration;
use tokio::time::Instant;
use utoipa::ToSchema;

/// A captured request.
#[derive(Serialize, ToSchema)]
#[schema(as = CapturedRequest)]
pub struct CaptureObject {
    /// Always `request`.
    object: &'static str,
    #[schema(example = "CAP-5N1T9QXM02ZB")]
    id: String,
    inbox: String,
    /// 1 for the inbox's first, and so on.
    number: u64,
    received_time: String,
    method: String,
    /// What stood behind the inbox's address: a path and a query, or nothing.
    path: String,
    /// As they came: order, case, duplicates.
    headers: Vec<HeaderText>,
    #[serde(flatten)]
    body: BodyText,
    body_bytes: usize,
    /// The SHA-256 of the body's bytes, in hex.
    #[schema(example = "1b4f0e9851971998e732078544c96b36c3d01cedf7caa332359d6f1d83567014")]
    body_sha256: String,
    /// Who sent it.
    remote_address: Option<String>,
    /// The status it was answered with; null while it waits for its relay.
    answered_status: Option<u16>,
    /// Set when it is a delivery of this account's webhooks.
    delivery_of: Option<Provenance>,
}

impl CaptureObject {
    /// The captured request, and the delivery that it is.
    pub fn new(capture: &Capture, delivery_of: Option<Provenance>) -> Self {
        Self {
            object: "request",
            id: capture.id.to_string(),
            inbox: capture.inbox.to_string(),
            number: capture.number,
            received_time: wire(capture.received),
            method: capture.method.clone(),
            path: capture.path.clone(),
            headers: capture.headers.iter().map(|(name, value)| HeaderText::new(name, value)).collect(),
            body: BodyText::new(&capture.body),
            body_bytes: capture.body.len(),
            body_sha256: capture.digest(),
            remote_address: capture.remote.map(|address| address.to_string()),
            answered_status: Some(capture.answered).filter(|status| *status > 0),
            delivery_of,
        }
    }
}

impl App {
    /// The captured request, with the delivery that it is.
    pub async fn capture_object(
        &self,
        account: &Account,
        inbox: &Inbox,
        capture: Capture,
    ) -> Result<CaptureObject, Problem> {
        let delivery_of = self.provenance(account, inbox, &capture).await?;
        Ok(CaptureObject::new(&capture, delivery_of))
    }

    /// The objects as soon as the attempts of all of our deliveries among them are recorded, or at `until`.
    async fn capture_objects(
        &self,
        account: &Account,
        inbox: &Inbox,
        captures: &[Capture],
        until: Instant,
    ) -> Result<Vec<CaptureObject>, Problem> {
        let mut news = self.signals.recorded();
        loop {
            news.borrow_and_update();
            let mut objects = Vec::with_capacity(captures.len());
            for capture in captures {
                objects.push(self.capture_object(account, inbox, capture.clone()).await?);
            }
            let settled =
                |object: &CaptureObject| object.delivery_of.as_ref().is_none_or(Provenance::is_settled);
            if objects.iter().all(settled) || tokio::time::timeout_at(until, news.changed()).await.is_err() {
                return Ok(objects);
            }
        }
    }

    async fn capture_page(&self, inbox: &Inbox, page: &Page) -> Result<Listing<Capture>, Problem> {
        let found = self
            .store
            .captures(&inbox.account, &inbox.id, page)
            .await
            .map_err(|error| pagination::cursor_problem(error, page))?;
        found.ok_or_else(|| Problem::not_found("inbox", inbox.id.as_str()))
    }

    /// The page, as soon as it has as many requests as are waited for.
    pub async fn awaited_captures(
        &self,
        inbox: &Inbox,
        page: &Page,
        Patience { wait, count }: Patience,
    ) -> Result<Listing<Capture>, Problem> {
        let until = Instant::now() + wait;
        let (mut news, mut stopping) = (self.signals.captured(), self.signals.stopping());
        loop {
            // Marked as seen before the look: what is captured after the look wakes us.
            news.borrow_and_update();
            let found = self.capture_page(inbox, page).await?;
            if found.items.len() >= count {
                return Ok(found);
            }
            if Instant::now() >= until {
                return Ok(found);
            }
            tokio::select! {
                _ = news.changed() => {}
                () = tokio::time::sleep_until(until) => return Ok(found),
                _ = stopping.wait_for(|stopping| *stopping) => return Ok(found),
            }
        }
    }
}

/// How long a call waits, and for how many requests.
#[derive(Clone, Copy)]
pub struct Patience {
    wait: Duration,
    count: usize,
}

impl Patience {
    /// The parameters `wait`, in seconds, and `count`, of a list.
    pub fn of(query: &Query, page: &Page) -> Result<Self, Problem> {
        let wait = query.integer("wait", 0..=limit::WAIT.as_secs())?.unwrap_or_default();
        let count = query.integer("count", 1..=u64::from(page.limit))?.unwrap_or(1);
        Ok(Self { wait: Duration::from_secs(wait), count: usize::try_from(count).unwrap_or(usize::MAX) })
    }
}

impl pagination::Identified for CaptureObject {
    fn id(&self) -> &str {
        &self.id
    }
}

/// List what an inbox captured, newest first. With `wait`, the answer comes as soon as the page holds `count` requests, or
/// when the time is up; with `before`, only requests newer than that one count.
#[utoipa::path(get, path = "/v2/inboxes/{id}/requests", tag = "Inboxes",
    params(("id" = String, Path), pagination::Paging, ("wait" = Option<u32>, Query, description = "Seconds, 0 to 60"),
        ("count" = Option<u32>, Query, description = "1 to `limit`; 1 when left out")),
    responses((status = 200, body = List<CaptureObject>), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 429, body = Problem)))]
pub async fn list(
    State(app): State<Shared>,
    Caller(account): Caller,
    PathId(id): PathId,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let query = Query::parse(raw.as_deref(), &["limit", "after", "before", "wait", "count"])?;
    let page = query.page()?;
    let patience = Patience::of(&query, &page)?;
    let inbox = app.inbox(&account, &id).await?;
    let found = app.awaited_captures(&inbox, &page, patience).await?;
    let until = Instant::now() + if patience.wait.is_zero() { Duration::ZERO } else { RECORDED_WITHIN };
    let objects = app.capture_objects(&account, &inbox, &found.items, until).await?;
    let found = Listing { items: objects, older: found.older, newer: found.newer };
    Ok(app.pagination.list(&format!("/v2/inboxes/{id}/requests"), &query, found))
}

/// Who waited for a request also wants to see its attempt, which is recorded a moment after its answer.
const RECORDED_WITHIN: Duration = Duration::from_millis(500);

/// Get a captured request.
#[utoipa::path(get, path = "/v2/inboxes/{id}/requests/{request}", tag = "Inboxes", params(("id" = String, Path), ("request" = String, Path)),
    responses((status = 200, body = CaptureObject), (status = 401, body = Problem), (status = 404, body = Problem), (status = 429, body = Problem)))]
pub async fn get(
    State(app): State<Shared>,
    Caller(account): Caller,
    PathIds(id, request): PathIds,
) -> Result<Json<CaptureObject>, Problem> {
    let inbox = app.inbox(&account, &id).await?;
    let found = app.store.captured(&account.id, &inbox.id, &CaptureId::from_text(&request)).await?;
    let capture = found.ok_or_else(|| Problem::not_found("request", &request))?;
    app.capture_object(&account, &inbox, capture).await.map(Json)
}

/// Delete a captured request.
#[utoipa::path(delete, path = "/v2/inboxes/{id}/requests/{request}", tag = "Inboxes", params(("id" = String, Path), ("request" = String, Path)),
    responses((status = 200, body = Deleted), (status = 401, body = Problem), (status = 404, body = Problem), (status = 429, body = Problem)))]
pub async fn delete(
    State(app): State<Shared>,
    Caller(account): Caller,
    PathIds(id, request): PathIds,
) -> Result<Json<Deleted>, Problem> {
    let gone = app
        .store
        .delete_captures(&account.id, &InboxId::from_text(&id), Some(&CaptureId::from_text(&request)))
        .await?;
    match gone {
        None => Err(Problem::not_found("inbox", &id)),
        Some(0) => Err(Problem::not_found("request", &request)),
        Some(_) => Ok(Json(Deleted::new(request))),
    }
}

/// How many captured requests were deleted.
#[derive(Serialize, ToSchema)]
pub struct Cleared {
    deleted: u64,
}

/// Delete everything an inbox captured.
#[utoipa::path(delete, path = "/v2/inboxes/{id}/requests", tag = "Inboxes", params(("id" = String, Path)),
    responses((status = 200, body = Cleared), (status = 401, body = Problem), (status = 404, body = Problem), (status = 429, body = Problem)))]
pub async fn clear(
    State(app): State<Shared>,
    Caller(account): Caller,
    PathId(id): PathId,
) -> Result<Json<Cleared>, Problem> {
    let gone = app.store.delete_captures(&account.id, &InboxId::from_text(&id), None).await?;
    gone.map(|deleted| Json(Cleared { deleted })).ok_or_else(|| Problem::not_found("inbox", &id))
}
