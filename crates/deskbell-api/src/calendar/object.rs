//! Booking calendars: list and get are the vendor's (wire contract, 5.2 and 10.1); creating and changing are ours, so that
//! a sandbox can look like the integrator's own account.

use crate::auth::VendorCaller;
use crate::body::Body;
use crate::pagination::{List, Parameters};
use crate::path::PathId;
use crate::sandbox::{SandboxObjects, empty_change};
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use deskbell_core::account::Account;
use deskbell_core::id::{CalendarId, TeamId, UserId};
use deskbell_core::sandbox::{Calendar, User};
use deskbell_core::store::ObjectFilter;
use deskbell_wire::calendar::{self as wire, CalendarFilter, CalendarPatch, NewCalendar};
use deskbell_wire::id::given;
use deskbell_wire::parameters::Paging;
use deskbell_wire::problem::Problem;
use http::StatusCode;
use std::collections::BTreeSet;
use std::sync::Arc;

/// List booking calendars, newest first.
#[utoipa::path(get, path = "/v2/booking-calendars", operation_id = "list_booking_calendars", tag = "Sandbox",
    params(Paging::<CalendarId>, CalendarFilter), responses((status = 200, body = List<wire::Calendar>)))]
pub async fn list(
    State(sandbox): State<Arc<SandboxObjects>>,
    VendorCaller(account): VendorCaller,
    Parameters((paging, asked), query): Parameters<(Paging<CalendarId>, CalendarFilter)>,
) -> Result<Response, Problem> {
    let filter = match asked.host {
        Some(host) => ObjectFilter::Calendars { hosts: hosts(&sandbox, &account, host).await? },
        None => ObjectFilter::All,
    };
    let path = "/v2/booking-calendars";
    sandbox.list::<Calendar, wire::Calendar>(&account, path, &filter, &paging.page, &query).await
}

/// The users that the filter `host` means: one, or the members of a team. A calendar here has one user for a host, so that
/// what a team hosts is what its members do.
async fn hosts(
    sandbox: &SandboxObjects,
    account: &Account,
    host: String,
) -> Result<BTreeSet<UserId>, Problem> {
    if !host.starts_with(TeamId::PREFIX) {
        return Ok(BTreeSet::from([UserId::from_text(host)]));
    }
    let members = ObjectFilter::Members { team: TeamId::from_text(host) };
    let members: Vec<User> = sandbox.every(account, &members).await?;
    Ok(members.into_iter().map(|user| user.id).collect())
}

/// Get a booking calendar.
#[utoipa::path(get, path = "/v2/booking-calendars/{id}", operation_id = "get_booking_calendar", tag = "Sandbox",
    params(("id" = String, Path)), responses((status = 200, body = wire::Calendar)))]
pub async fn get(
    State(sandbox): State<Arc<SandboxObjects>>,
    VendorCaller(account): VendorCaller,
    PathId(id): PathId,
    _: Parameters<()>,
) -> Result<Json<wire::Calendar>, Problem> {
    sandbox.get::<Calendar, _>(&account, &id).await
}

/// Create a booking calendar in the sandbox. An addition to the vendor's API.
#[utoipa::path(post, path = "/v2/booking-calendars", operation_id = "create_booking_calendar", tag = "Sandbox",
    request_body = NewCalendar,
    responses((status = 201, body = wire::Calendar), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn create(
    State(sandbox): State<Arc<SandboxObjects>>,
    VendorCaller(account): VendorCaller,
    Body(new): Body<NewCalendar>,
) -> Result<(StatusCode, Json<wire::Calendar>), Problem> {
    must_be_user(&sandbox, &account, &new.host).await?;
    let made = sandbox.add(&account, |random| new.made(CalendarId::new(random))).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

/// Change a booking calendar of the sandbox. An addition to the vendor's API.
#[utoipa::path(patch, path = "/v2/booking-calendars/{id}", operation_id = "change_booking_calendar", tag = "Sandbox",
    params(("id" = String, Path)), request_body = CalendarPatch, responses((status = 200, body = wire::Calendar)))]
pub async fn change(
    State(sandbox): State<Arc<SandboxObjects>>,
    VendorCaller(account): VendorCaller,
    PathId(id): PathId,
    Body(patch): Body<CalendarPatch>,
) -> Result<Json<wire::Calendar>, Problem> {
    if patch == CalendarPatch::default() {
        return Err(empty_change());
    }
    if let Some(host) = &patch.host.0 {
        must_be_user(&sandbox, &account, host).await?;
    }
    let changed = sandbox.change(&account, &id, |calendar: &mut Calendar| {
        patch.apply(calendar);
        Ok(())
    });
    Ok(Json(changed.await?.into()))
}

async fn must_be_user(
    sandbox: &SandboxObjects,
    account: &Account,
    host: &given::User,
) -> Result<(), Problem> {
    sandbox.find_in::<User>(account, "host", host.0.as_str()).await.map(|_| ())
}
