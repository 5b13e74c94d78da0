//! `/v2/bookings/{id}/reassign`: a booking gets another host (wire contract, 10.1).

use super::{Bookings, find, forbidden};
use crate::auth::VendorCaller;
use crate::body::Body;
use crate::path::PathId;
use axum::Json;
use axum::extract::State;
use deskbell_core::sandbox::{User, UserStatus};
use deskbell_core::store::BookingSaved;
use deskbell_wire::booking::{self as wire, ReassignRequest};
use deskbell_wire::problem::{Problem, cut};
use std::sync::Arc;

/// Move a booking to another host; rings `booking.reassigned`.
#[utoipa::path(post, path = "/v2/bookings/{id}/reassign", tag = "Sandbox", params(("id" = String, Path)), request_body = ReassignRequest,
    responses((status = 200, description = "The booking", body = wire::Booking), (status = 409, body = Problem)))]
pub async fn reassign(
    State(bookings): State<Arc<Bookings>>,
    VendorCaller(account): VendorCaller,
    PathId(id): PathId,
    Body(asked): Body<ReassignRequest>,
) -> Result<Json<wire::Booking>, Problem> {
    let new_host = asked.new_host.0.as_str();
    loop {
        let booking = find(&*bookings.store, &account, &id).await?;
        let host: User = bookings.sandbox.find_in(&account, "new_host", new_host).await?;
        let refused =
            |code, why: &str| Err(Problem::conflict("new_host", code, format!("{why}: '{}'", cut(new_host))));
        if booking.status.is_agreed() && booking.owner == host.id {
            return refused("host_unchanged", "Booking is already assigned to this user");
        }
        if host.status != UserStatus::Active {
            return refused("host_inactive", "Booking cannot be reassigned to an inactive user");
        }
        let step = booking.reassign(&host, bookings.clock.now());
        let changed = step.map_err(|_| forbidden("Booking cannot be reassigned", &id))?;
        let after = changed.first().map(|changed| wire::Booking::from(&changed.booking));
        match bookings.save(&account, changed, None).await? {
            BookingSaved::Saved => return after.map(Json).ok_or_else(Problem::internal),
            BookingSaved::SlotTaken => {
                return refused("slot_taken", "The user is not available at that time");
            }
            BookingSaved::Changed | BookingSaved::IdTaken => {}
        }
    }
}
