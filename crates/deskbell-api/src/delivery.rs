//! `/v2/deliveries`: what is owed, what was tried, and one more try by hand. Our own calls.

mod expand;
pub mod request;
mod search;

pub use expand::attempts_made;

use crate::auth::Caller;
use crate::pagination::{self, Pagination, Parameters};
use crate::path::PathId;
use crate::settings::Settings;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use deskbell_core::account::Account;
use deskbell_core::delivery::Delivery;
use deskbell_core::id::DeliveryId;
use deskbell_core::store::Retried;
use deskbell_core::{Clock, Store};
use deskbell_wire::delivery::list::{DeliveryList, DeliveryQuery};
use deskbell_wire::delivery::{self as wire, DeliveryExpand};
use deskbell_wire::list::Identified as _;
use deskbell_wire::parameters::{Created, Paging};
use deskbell_wire::problem::Problem;
use expand::expanded;
use http::StatusCode;
use search::Search;
use std::sync::Arc;

const PATH: &str = "/v2/deliveries";

/// List deliveries, newest first; with `q`, those that a search finds.
#[utoipa::path(get, path = "/v2/deliveries", tag = "Deliveries",
    params(Paging::<DeliveryId>, Created, DeliveryQuery, DeliveryExpand),
    responses((status = 200, body = DeliveryList)))]
pub async fn list(
    State(store): State<Arc<dyn Store>>,
    State(settings): State<Arc<Settings>>,
    State(pagination): State<Arc<Pagination>>,
    Caller(account): Caller,
    Parameters((paging, created, mut asked, expand), query): Parameters<(
        Paging<DeliveryId>,
        Created,
        DeliveryQuery,
        DeliveryExpand,
    )>,
) -> Result<Response, Problem> {
    let (page, settings) = (paging.page, &settings.delivery);
    let search = asked.q.take().map(|text| Search::parse(&text)).transpose()?;
    let filter = asked.filter(created.0);
    let Some(search) = search else {
        let found = store.deliveries(&account.id, &filter, &page).await;
        let found = found.map_err(|error| pagination::cursor_problem(error, &page))?;
        let items = expanded(&*store, settings, &found.items, &expand).await?;
        return Ok(pagination.list(PATH, &query, found.with(items)));
    };
    let (found, report) = search.page(&*store, &account.id, filter, &page).await?;
    let shown = expanded(&*store, settings, &found.items, &expand).await?;
    let first = shown.first().map(wire::Delivery::id).filter(|_| found.newer);
    let (next, previous) = match query.has("before") {
        true => (shown.last().map(wire::Delivery::id), report.cursor.as_deref().filter(|_| found.newer)),
        false => (report.cursor.as_deref(), first),
    };
    let links = pagination.links(PATH, &query, next, previous);
    let mut answer = Json(DeliveryList::found(shown, report)).into_response();
    answer.headers_mut().extend(links);
    Ok(answer)
}

/// Get a delivery.
#[utoipa::path(get, path = "/v2/deliveries/{id}", tag = "Deliveries", params(("id" = String, Path), DeliveryExpand),
    responses((status = 200, body = wire::Delivery)))]
pub async fn get(
    State(store): State<Arc<dyn Store>>,
    State(settings): State<Arc<Settings>>,
    Caller(account): Caller,
    PathId(id): PathId,
    Parameters(expand, _): Parameters<DeliveryExpand>,
) -> Result<Json<wire::Delivery>, Problem> {
    let found = find(&*store, &account, &id).await?;
    let shown = expanded(&*store, &settings.delivery, &[found], &expand).await?.pop();
    shown.map(Json).ok_or_else(|| Problem::not_found("delivery", &id))
}

/// Retry a delivery at once: exactly one more attempt, in whatever state it is.
#[utoipa::path(post, path = "/v2/deliveries/{id}/retry", tag = "Deliveries", params(("id" = String, Path)),
    responses((status = 202, body = wire::Delivery), (status = 409, body = Problem)))]
pub async fn retry(
    State(store): State<Arc<dyn Store>>,
    State(clock): State<Arc<dyn Clock>>,
    Caller(account): Caller,
    PathId(id): PathId,
) -> Result<(StatusCode, Json<wire::Delivery>), Problem> {
    match store.retry_delivery(&account.id, &DeliveryId::from_text(&id), clock.now()).await? {
        Retried::Queued(delivery) => Ok((StatusCode::ACCEPTED, Json(wire::Delivery::new(&delivery)))),
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

/// The account's delivery of that id, or 404.
pub async fn find(store: &dyn Store, account: &Account, id: &str) -> Result<Delivery, Problem> {
    let found = store.delivery(&account.id, &DeliveryId::from_text(id)).await?;
    found.ok_or_else(|| Problem::not_found("delivery", id))
}
