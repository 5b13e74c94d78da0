//! `GET /v2/bookings` and `GET /v2/bookings/{id}`, with the vendor's filters (wire contract, 10.1).

use super::View;
use super::object::BookingObject;
use crate::app::Shared;
use crate::auth::VendorCaller;
use crate::pagination::{self, List};
use crate::path::PathId;
use axum::Json;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use deskbell_core::booking::{Booking, Status};
use deskbell_core::id::{BookingId, CalendarId, ContactId, UserId};
use deskbell_core::store::BookingFilter;
use deskbell_wire::fields::Query;
use deskbell_wire::problem::Problem;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::IntoParams;

/// A booking as it is listed, with its id.
#[derive(Serialize)]
#[serde(transparent)]
struct Item {
    #[serde(skip)]
    id: BookingId,
    body: Box<RawValue>,
}

impl pagination::Identified for Item {
    fn id(&self) -> &str {
        self.id.as_str()
    }
}

/// Which bookings.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct BookingParams {
    /// `requested`, `scheduled`, `rescheduled`, `completed`, `canceled` or `no_show`.
    pub status: Option<String>,
    /// Only hosted by this user.
    pub owner: Option<String>,
    /// The same.
    pub host: Option<String>,
    /// Only of this guest.
    pub contact: Option<String>,
    /// Only on this calendar.
    pub booking_calendar: Option<String>,
    /// A sandbox has no booking pages: nothing is found.
    pub booking_page: Option<String>,
    /// A sandbox has no master pages: nothing is found.
    pub master_page: Option<String>,
    /// A sandbox has no event types: nothing is found.
    pub event_type: Option<String>,
    /// Only starting later than this date or date-time.
    #[param(rename = "starting_time.gt")]
    pub starting_gt: Option<String>,
    /// Only starting earlier than this date or date-time.
    #[param(rename = "starting_time.lt")]
    pub starting_lt: Option<String>,
    /// Only changed later than this date or date-time.
    #[param(rename = "last_updated_time.gt")]
    pub updated_gt: Option<String>,
    /// Only last changed earlier than this date or date-time.
    #[param(rename = "last_updated_time.lt")]
    pub updated_lt: Option<String>,
    /// `owner`, `contact`, `booking_calendar` and `conversation`, with commas; each with or without `data.` before it.
    pub expand: Option<String>,
}

/// List bookings, newest first.
#[utoipa::path(get, path = "/v2/bookings", tag = "Sandbox", params(pagination::Paging, pagination::Created, BookingParams),
    responses((status = 200, description = "A page of bookings", body = List<BookingObject>), (status = 400, body = Problem),
        (status = 401, body = Problem), (status = 429, body = Problem)))]
pub async fn list(
    State(app): State<Shared>,
    VendorCaller(account): VendorCaller,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    #[rustfmt::skip]
    const KNOWN: &[&str] = &[
        "limit", "after", "before", "expand", "status", "owner", "host", "contact", "booking_calendar", "booking_page",
        "master_page", "event_type", "creation_time.gt", "creation_time.lt", "starting_time.gt", "starting_time.lt",
        "last_updated_time.gt", "last_updated_time.lt",
    ];
    let query = Query::parse(raw.as_deref(), KNOWN)?;
    let page = query.page()?;
    let filter = filter(&query)?;
    let view = View::of(&app, &account, &query).await?;
    let found = app
        .store
        .bookings(&account.id, &filter, &page)
        .await
        .map_err(|error| pagination::cursor_problem(error, &page))?;
    let view = view.onto(&app, &account, &found.items).await?;
    let item = |booking: Booking| Item { body: view.render(&booking), id: booking.id };
    Ok(app.pagination.list("/v2/bookings", &query, found.map(item)))
}

fn filter(query: &Query) -> Result<BookingFilter, Problem> {
    let (owner, host) = (query.text("owner"), query.text("host"));
    // No booking has a page or an event type, nor two hosts; and no user's id is empty.
    let nothing = ["booking_page", "master_page", "event_type"].iter().any(|name| query.has(name))
        || owner.is_some() && host.is_some() && owner != host;
    let owner = if nothing { Some(String::new()) } else { owner.or(host) };
    Ok(BookingFilter {
        status: query.choice("status", Status::parse, Status::ALL.map(Status::as_str).as_slice())?,
        owner: owner.map(UserId::from_text),
        contact: query.text("contact").map(ContactId::from_text),
        calendar: query.text("booking_calendar").map(CalendarId::from_text),
        created: query.span("creation_time")?,
        starts: query.span("starting_time")?,
        updated: query.span("last_updated_time")?,
    })
}

/// Get a booking.
#[utoipa::path(get, path = "/v2/bookings/{id}", tag = "Sandbox",
    params(("id" = String, Path), ("expand" = Option<String>, Query, description = "`owner`, `contact`, `booking_calendar` and `conversation`, with commas")),
    responses((status = 200, description = "The booking", body = BookingObject), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 429, body = Problem)))]
pub async fn get(
    State(app): State<Shared>,
    VendorCaller(account): VendorCaller,
    PathId(id): PathId,
    RawQuery(raw): RawQuery,
) -> Result<Json<Box<RawValue>>, Problem> {
    let query = Query::parse(raw.as_deref(), &["expand"])?;
    let view = View::of(&app, &account, &query).await?;
    let booking = app.booking(&account, &id).await?;
    let view = view.onto(&app, &account, std::slice::from_ref(&booking)).await?;
    Ok(Json(view.render(&booking)))
}
