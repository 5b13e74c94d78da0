//! `/v2/users/{id}/scheduling-availability`: when and where a user can be booked (wire contract, 10.4).

use crate::auth::VendorCaller;
use crate::body::Body;
use crate::pagination::Parameters;
use crate::path::PathId;
use crate::sandbox::SandboxObjects;
use axum::Json;
use axum::extract::State;
use deskbell_core::Clock;
use deskbell_core::sandbox::User;
use deskbell_wire::availability::{AvailabilityPatch, OverridesFrom, Schedule, refused};
use deskbell_wire::problem::Problem;
use std::sync::Arc;

/// Get a user's scheduling availability: the hours of the week, and those of single dates in their place.
#[utoipa::path(get, path = "/v2/users/{id}/scheduling-availability", operation_id = "get_scheduling_availability", tag = "People",
    params(("id" = String, Path), OverridesFrom), responses((status = 200, body = Schedule)))]
pub async fn get(
    State(sandbox): State<Arc<SandboxObjects>>,
    VendorCaller(account): VendorCaller,
    PathId(id): PathId,
    Parameters(asked, _): Parameters<OverridesFrom>,
) -> Result<Json<Schedule>, Problem> {
    let user: User = sandbox.find(&account, &id).await?;
    Ok(Json(Schedule::new(&user, asked.overrides_start_time.map(|from| from.0))))
}

/// Change a user's scheduling availability; its time slots follow at once. A day or date that is named is overwritten whole, all
/// others stay. Bookings that were made stay, too.
#[utoipa::path(patch, path = "/v2/users/{id}/scheduling-availability", operation_id = "change_scheduling_availability", tag = "People",
    params(("id" = String, Path)), request_body = AvailabilityPatch,
    responses((status = 200, description = "The whole schedule", body = Schedule), (status = 422, body = Problem)))]
pub async fn change(
    State(sandbox): State<Arc<SandboxObjects>>,
    State(clock): State<Arc<dyn Clock>>,
    VendorCaller(account): VendorCaller,
    PathId(id): PathId,
    Body(patch): Body<AvailabilityPatch>,
) -> Result<Json<Schedule>, Problem> {
    let change = patch.change()?;
    let changed = sandbox.change(&account, &id, |user: &mut User| {
        let today = user.clock().to_datetime(clock.now()).date();
        user.availability = user.availability.changed(&change, today).map_err(|fault| refused(&fault))?;
        Ok(())
    });
    Ok(Json(Schedule::new(&changed.await?, None)))
}
