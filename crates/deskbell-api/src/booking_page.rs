//! `/v2/booking-pages`: the booking pages of the vendor's classic product (wire contract, 5.2). List and get are the vendor's; creating,
//! changing and deleting are ours.

use crate::auth::VendorCaller;
use crate::body::Body;
use crate::pagination::{List, Parameters};
use crate::path::PathId;
use crate::sandbox::{SandboxObjects, empty_change};
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use deskbell_core::account::Account;
use deskbell_core::id::BookingPageId;
use deskbell_core::sandbox::{BookingPage, EventType, MasterPage, User};
use deskbell_wire::booking_page::{
    self as wire, BookingPageFilter, BookingPageOrDeleted, BookingPagePatch, EventTypes, MasterPages,
    NewBookingPage,
};
use deskbell_wire::deleted::Deleted;
use deskbell_wire::optional::Omittable;
use deskbell_wire::parameters::Paging;
use deskbell_wire::problem::Problem;
use http::StatusCode;
use std::sync::Arc;

/// List booking pages, newest first.
#[utoipa::path(get, path = "/v2/booking-pages", operation_id = "list_booking_pages", tag = "Sandbox",
    params(Paging::<BookingPageId>, BookingPageFilter),
    responses((status = 200, body = List<wire::BookingPage>)))]
pub async fn list(
    State(sandbox): State<Arc<SandboxObjects>>,
    VendorCaller(account): VendorCaller,
    Parameters((paging, filter), query): Parameters<(Paging<BookingPageId>, BookingPageFilter)>,
) -> Result<Response, Problem> {
    let path = "/v2/booking-pages";
    sandbox.list::<BookingPage, wire::BookingPage>(&account, path, &filter.into(), &paging.page, &query).await
}

/// Get a booking page; of a deleted one `id`, `object` and `deleted` are left.
#[utoipa::path(get, path = "/v2/booking-pages/{id}", operation_id = "get_booking_page", tag = "Sandbox", params(("id" = String, Path)),
    responses((status = 200, body = BookingPageOrDeleted)))]
pub async fn get(
    State(sandbox): State<Arc<SandboxObjects>>,
    VendorCaller(account): VendorCaller,
    PathId(id): PathId,
    _: Parameters<()>,
) -> Result<Json<BookingPageOrDeleted>, Problem> {
    let found = sandbox.find_or_deleted(&account, &id).await?;
    Ok(Json(BookingPageOrDeleted::of(id, found)))
}

/// Create a booking page in the sandbox. An addition to the vendor's API.
#[utoipa::path(post, path = "/v2/booking-pages", operation_id = "create_booking_page", tag = "Sandbox", request_body = NewBookingPage,
    responses((status = 201, body = wire::BookingPage), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn create(
    State(sandbox): State<Arc<SandboxObjects>>,
    VendorCaller(account): VendorCaller,
    Body(new): Body<NewBookingPage>,
) -> Result<(StatusCode, Json<wire::BookingPage>), Problem> {
    let owner: User = sandbox.find_in(&account, "user", new.user.0.as_str()).await?;
    check_linked(&sandbox, &account, &new.master_pages, &new.event_types).await?;
    let made = sandbox.add(&account, |random| new.made(BookingPageId::new(random), &owner)).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

/// Change a booking page of the sandbox. An addition to the vendor's API.
#[utoipa::path(patch, path = "/v2/booking-pages/{id}", operation_id = "change_booking_page", tag = "Sandbox", params(("id" = String, Path)),
    request_body = BookingPagePatch, responses((status = 200, body = wire::BookingPage)))]
pub async fn change(
    State(sandbox): State<Arc<SandboxObjects>>,
    VendorCaller(account): VendorCaller,
    PathId(id): PathId,
    Body(patch): Body<BookingPagePatch>,
) -> Result<Json<wire::BookingPage>, Problem> {
    if patch == BookingPagePatch::default() {
        return Err(empty_change());
    }
    if let Some(user) = &patch.user.0 {
        sandbox.find_in::<User>(&account, "user", user.0.as_str()).await?;
    }
    check_linked(&sandbox, &account, &patch.master_pages, &patch.event_types).await?;
    let changed = sandbox.change(&account, &id, |page: &mut BookingPage| {
        patch.apply(page);
        Ok(())
    });
    Ok(Json(changed.await?.into()))
}

/// Delete a booking page of the sandbox: its id still answers. An addition to the vendor's API.
#[utoipa::path(delete, path = "/v2/booking-pages/{id}", operation_id = "delete_booking_page", tag = "Sandbox", params(("id" = String, Path)),
    responses((status = 200, body = Deleted)))]
pub async fn delete(
    State(sandbox): State<Arc<SandboxObjects>>,
    VendorCaller(account): VendorCaller,
    PathId(id): PathId,
) -> Result<Json<Deleted>, Problem> {
    sandbox.delete::<BookingPage>(&account, &id).await
}

/// Refuses master pages and event types that are not the account's.
async fn check_linked(
    sandbox: &SandboxObjects,
    account: &Account,
    master_pages: &Omittable<MasterPages>,
    event_types: &Omittable<EventTypes>,
) -> Result<(), Problem> {
    for page in master_pages.0.iter().flat_map(|pages| &pages.0) {
        sandbox.find_in::<MasterPage>(account, "master_pages", page.as_str()).await?;
    }
    for kind in event_types.0.iter().flat_map(|kinds| &kinds.0) {
        sandbox.find_in::<EventType>(account, "event_types", kind.as_str()).await?;
    }
    Ok(())
}
