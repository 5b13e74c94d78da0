//! `/v2/deliveries`: what is owed, what was tried, and one more try by hand. Our own calls.

mod expand;
mod outlook;
pub mod request;
mod search;

pub use expand::attempts_made;
pub use outlook::Outlook;

use crate::answers::Answers;
use crate::auth::Caller;
use crate::pagination::{self, Pagination, Parameters};
use crate::past;
use crate::path::PathId;
use crate::settings::Settings;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use deskbell_core::account::Account;
use deskbell_core::delivery::Delivery;
use deskbell_core::id::DeliveryId;
use deskbell_core::store::{Cancellation, Retried};
use deskbell_core::{Clock, Store};
use deskbell_wire::delivery::list::{DeliveryList, DeliveryQuery};
use deskbell_wire::delivery::{self as wire, DeliveryExpand};
use deskbell_wire::list::Identified as _;
use deskbell_wire::parameters::{Created, Paging};
use deskbell_wire::problem::Problem;
use expand::Expanded;
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
    State(answers): State<Arc<Answers>>,
    State(clock): State<Arc<dyn Clock>>,
    Caller(account): Caller,
    Parameters((paging, created, mut asked, expand), query): Parameters<(
        Paging<DeliveryId>,
        Created,
        DeliveryQuery,
        DeliveryExpand,
    )>,
) -> Result<Response, Problem> {
    let (page, now) = (paging.page, clock.now());
    let search = asked.q.take().map(|text| Search::parse(&text)).transpose()?;
    let filter = asked.filter(created.0);
    let Some(search) = search else {
        let found = store.deliveries(&account.id, &filter, &page).await;
        let found = found.map_err(|error| pagination::cursor_problem(error, &page))?;
        let shown = Expanded::look(&*store, page.nearest_first(&found.items), expand, now).await?;
        let (bytes, settings) = (shown.bytes(), Arc::clone(&settings));
        let cut = past::cut_behind(&*store, &account, &found).await?;
        let list = move || {
            let shown = shown.objects(&settings.delivery);
            let found = found.made(&page, shown);
            let cut = cut.filter(|_| !found.older);
            pagination.kept_list(PATH, &query, found, cut)
        };
        return answers.write(&account.id, bytes, list).await;
    };
    let (found, mut report) = search.page(&*store, &account.id, filter, &page).await?;
    let shown = Expanded::look(&*store, page.nearest_first(&found.items), expand, now).await?;
    if shown.ids().len() < found.items.len() {
        // It goes on behind the last one that is shown, not where the search ended.
        report.cursor = shown.ids().last().map(ToString::to_string);
    }
    let cut = match report.cursor {
        None => past::cut_behind(&*store, &account, &found).await?,
        Some(_) => None,
    };
    let list = move |shown: Expanded| {
        let found = found.made(&page, shown.objects(&settings.delivery));
        let shown = found.items;
        let first = shown.first().map(wire::Delivery::id).filter(|_| found.newer);
        let (next, previous) = match query.is_backwards() {
            true => (shown.last().map(wire::Delivery::id), report.cursor.as_deref().filter(|_| found.newer)),
            false => (report.cursor.as_deref(), first),
        };
        let links = pagination.links(PATH, &query, next, previous);
        let mut answer = Json(DeliveryList::found(shown, report, cut)).into_response();
        answer.headers_mut().extend(links);
        answer
    };
    answers.write(&account.id, shown.bytes(), move || list(shown)).await
}

/// Get a delivery.
#[utoipa::path(get, path = "/v2/deliveries/{id}", tag = "Deliveries", params(("id" = String, Path), DeliveryExpand),
    responses((status = 200, body = wire::Delivery)))]
pub async fn get(
    State(store): State<Arc<dyn Store>>,
    State(settings): State<Arc<Settings>>,
    State(answers): State<Arc<Answers>>,
    State(clock): State<Arc<dyn Clock>>,
    Caller(account): Caller,
    PathId(id): PathId,
    Parameters(expand, _): Parameters<DeliveryExpand>,
) -> Result<Response, Problem> {
    let found = find(&*store, &account, &id).await?;
    let shown = Expanded::look(&*store, vec![found], expand, clock.now()).await?;
    let (bytes, of) = (shown.bytes(), settings);
    let object = move || shown.objects(&of.delivery).pop().map(|object| Json(object).into_response());
    answers.write(&account.id, bytes, object).await?.ok_or_else(|| Problem::not_found("delivery", &id))
}

/// Retry a delivery at once: exactly one more attempt, in whatever state it is; a sample's also to a webhook that is disabled.
#[utoipa::path(post, path = "/v2/deliveries/{id}/retry", tag = "Deliveries", params(("id" = String, Path)),
    responses((status = 202, body = wire::Delivery), (status = 409, body = Problem)))]
pub async fn retry(
    State(store): State<Arc<dyn Store>>,
    State(clock): State<Arc<dyn Clock>>,
    Caller(account): Caller,
    PathId(id): PathId,
) -> Result<(StatusCode, Json<wire::Delivery>), Problem> {
    let now = clock.now();
    match store.retry_delivery(&account.id, &DeliveryId::from_text(&id), now).await? {
        Retried::Queued(delivery) => {
            let outlook = Outlook::of(&*store, &account.id, std::iter::once(&*delivery), now).await?;
            Ok((StatusCode::ACCEPTED, Json(outlook.show(&delivery))))
        }
        Retried::Unknown => Err(past::not_found(&*store, &account, "delivery", &id).await),
        Retried::WebhookDisabled => Err(Problem::conflict(
            "id",
            "webhook_disabled",
            "The delivery's webhook is disabled; enable it first.",
        )),
        Retried::PayloadDeleted => Err(payload_deleted()),
        Retried::WebhookDeleted => {
            Err(Problem::conflict("id", "webhook_deleted", "The delivery's webhook is deleted."))
        }
    }
}

/// Call a sample off: nothing more is sent of it. What is under way ends, and is recorded.
#[utoipa::path(post, path = "/v2/deliveries/{id}/cancel", tag = "Deliveries", params(("id" = String, Path)),
    responses((status = 200, body = wire::Delivery), (status = 409, body = Problem)))]
pub async fn cancel(
    State(store): State<Arc<dyn Store>>,
    State(clock): State<Arc<dyn Clock>>,
    Caller(account): Caller,
    PathId(id): PathId,
) -> Result<Json<wire::Delivery>, Problem> {
    let (code, message) = match store
        .cancel_delivery(&account.id, &DeliveryId::from_text(&id), clock.now())
        .await?
    {
        Cancellation::Cancelled(delivery) => return Ok(Json(wire::Delivery::new(&delivery, None))),
        Cancellation::Unknown => return Err(past::not_found(&*store, &account, "delivery", &id).await),
        Cancellation::NotSample => (
            "delivery_owed",
            "Only a sample can be called off: what happened is owed. Turning its webhook off cancels what waits.",
        ),
        Cancellation::UnderWay => {
            ("attempt_under_way", "Its attempt is under way, and the only one that was to be made.")
        }
        Cancellation::Over => ("delivery_over", "Nothing is to be sent of it any more."),
    };
    Err(Problem::conflict("id", code, message))
}

/// 409 of a delivery that cannot be sent again.
pub fn payload_deleted() -> Problem {
    let message = "The event's bytes were deleted, because they were older than they are kept: there is nothing to send.";
    Problem::conflict("id", "payload_deleted", message)
}

/// The account's delivery of that id, or 404.
pub async fn find(store: &dyn Store, account: &Account, id: &str) -> Result<Delivery, Problem> {
    match store.delivery(&account.id, &DeliveryId::from_text(id)).await? {
        Some(delivery) => Ok(delivery),
        None => Err(past::not_found(store, account, "delivery", id).await),
    }
}
