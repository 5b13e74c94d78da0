//! `GET /v2/bookings` and `GET /v2/bookings/{id}`, with the vendor's filters (wire contract, 10.1).

use super::{Bookings, find};
use crate::auth::VendorCaller;
use crate::pagination::{self, List, Pagination, Parameters};
use crate::path::PathId;
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use deskbell_core::id::BookingId;
use deskbell_wire::booking::{self as wire, BookingExpand, BookingFilter};
use deskbell_wire::parameters::{Created, LastUpdated, Paging, Starting};
use deskbell_wire::problem::Problem;
use std::sync::Arc;

type Asked = (Paging<BookingId>, Created, BookingFilter, Starting, LastUpdated, BookingExpand);

/// List bookings, newest first.
#[utoipa::path(get, path = "/v2/bookings", tag = "Sandbox",
    params(Paging::<BookingId>, Created, BookingFilter, Starting, LastUpdated, BookingExpand),
    responses((status = 200, description = "A page of bookings", body = List<wire::Booking>)))]
pub async fn list(
    State(bookings): State<Arc<Bookings>>,
    State(pagination): State<Arc<Pagination>>,
    VendorCaller(account): VendorCaller,
    Parameters((paging, created, filter, starting, updated, wanted), query): Parameters<Asked>,
) -> Result<Response, Problem> {
    let filter = filter.within(created, starting, updated);
    let found = bookings
        .store
        .bookings(&account.id, &filter, &paging.page)
        .await
        .map_err(|error| pagination::cursor_problem(error, &paging.page))?;
    let items = bookings.shown(&account, &found.items, &wanted).await?;
    Ok(pagination.list("/v2/bookings", &query, found.with(items)))
}

/// Get a booking.
#[utoipa::path(get, path = "/v2/bookings/{id}", tag = "Sandbox", params(("id" = String, Path), BookingExpand),
    responses((status = 200, description = "The booking", body = wire::Booking)))]
pub async fn get(
    State(bookings): State<Arc<Bookings>>,
    VendorCaller(account): VendorCaller,
    PathId(id): PathId,
    Parameters(wanted, _): Parameters<BookingExpand>,
) -> Result<Json<wire::Booking>, Problem> {
    let booking = find(&*bookings.store, &account, &id).await?;
    let shown = bookings.shown(&account, std::slice::from_ref(&booking), &wanted).await?;
    shown.into_iter().next().map(Json).ok_or_else(Problem::internal)
}
