//! `/v2/bookings/{id}/reassign`: a booking gets another host (wire contract, 10.1).

use super::{Bookings, find};
use crate::auth::VendorCaller;
use crate::body::Body;
use crate::path::PathId;
use crate::trace::Traced;
use axum::Json;
use axum::extract::State;
use deskbell_core::booking::Booking;
use deskbell_core::sandbox::{Provider, User, UserStatus};
use deskbell_core::store::BookingSaved;
use deskbell_wire::booking::{self as wire, ReassignRequest};
use deskbell_wire::problem::{Problem, cut};
use http::StatusCode;
use std::sync::Arc;

/// Move a booking to another host; rings `booking.reassigned`.
#[utoipa::path(post, path = "/v2/bookings/{id}/reassign", tag = "Sandbox", params(("id" = String, Path)), request_body = ReassignRequest,
    responses((status = 200, description = "The booking", body = wire::Booking), (status = 409, body = Problem), (status = 507, body = Problem)))]
pub async fn reassign(
    State(bookings): State<Arc<Bookings>>,
    VendorCaller(account): VendorCaller,
    PathId(id): PathId,
    traced: Traced,
    Body(asked): Body<ReassignRequest>,
) -> Result<Json<wire::Booking>, Problem> {
    let new_host = asked.new_host.0.as_str();
    let provider = asked.location.map(|location| location.value.0);
    let plan = bookings.sandbox.settings(&account).await?.plan;
    if !plan.has_reassignment() {
        let message = "Reassign is available on the Route plan and above.";
        return Err(Problem::conflict("new_host", "plan_insufficient", message));
    }
    loop {
        let booking = find(&*bookings.store, &account, &id).await?;
        let host: User = bookings.sandbox.find_in(&account, "new_host", new_host).await?;
        may_host(&host, &booking)?;
        let changed = booking.reassign(&host, provider, bookings.clock.now()).map_err(|_| {
            let message = "Booking cannot be reassigned in its current status.";
            Problem::conflict("id", "booking_state", message)
        })?;
        may_meet(&host, provider)?;
        let after = changed.first().map(|changed| wire::Booking::from(&changed.booking));
        match bookings.save(&account, changed, None, &traced).await? {
            BookingSaved::Saved => return after.map(Json).ok_or_else(Problem::internal),
            BookingSaved::SlotTaken => {
                let message = format!("The user is not available at that time: '{}'", cut(new_host));
                return Err(Problem::conflict("new_host", "slot_taken", message));
            }
            BookingSaved::Changed | BookingSaved::IdTaken | BookingSaved::LinkSpent => {}
        }
    }
}

/// Whether the user can take the booking over, whatever state it is in.
fn may_host(user: &User, booking: &Booking) -> Result<(), Problem> {
    if user.status != UserStatus::Active {
        return Err(Problem::conflict("new_host", "host_inactive", "User is inactive."));
    }
    if user.id == booking.owner {
        let message = "Booking cannot be reassigned to the same host.";
        return Err(Problem::conflict("new_host", "host_unchanged", message));
    }
    Ok(())
}

/// Whether the user can host anything, and meet at the `provider` that was asked for.
fn may_meet(user: &User, provider: Option<Provider>) -> Result<(), Problem> {
    if let Some(provider) = provider.filter(|provider| !user.providers.contains(provider)) {
        let connected =
            user.providers.iter().map(|provider| provider.as_str()).collect::<Vec<_>>().join(", ");
        let message = format!(
            "Invalid location: '{}' is not connected for this user. Connected Video Conference Service options: {connected}.",
            provider.name()
        );
        return Err(Problem::conflict("location.value", "provider_unconnected", message));
    }
    if !user.seat {
        let message = "Cannot reassign booking: The new host requires an assigned seat.";
        return Err(Problem::new(StatusCode::CONFLICT, "host_without_seat", message));
    }
    Ok(())
}
