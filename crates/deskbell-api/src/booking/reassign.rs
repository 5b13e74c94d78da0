//! `/v2/bookings/{id}/reassign`: a booking gets another host (wire contract, 10.1).

use super::object::BookingObject;
use super::{answer, forbidden};
use crate::app::Shared;
use crate::auth::VendorCaller;
use crate::body::ObjectBody;
use crate::path::PathId;
use axum::Json;
use axum::extract::State;
use deskbell_core::sandbox::{User, UserStatus};
use deskbell_core::store::BookingSaved;
use deskbell_wire::fields::Fields;
use deskbell_wire::problem::{Problem, cut};
use serde_json::value::RawValue;
use utoipa::ToSchema;

/// Who is to host a booking.
#[derive(ToSchema)]
pub struct ReassignRequest {
    /// A user's id.
    #[schema(example = "USR-4KD92MXQ7T")]
    pub new_host: String,
    /// Where it is to take place. Checked and otherwise ignored: the sandbox keeps its one way to meet.
    #[schema(value_type = Option<Object>, example = json!({"type": "virtual", "value": "google_meet"}))]
    pub location: Option<serde_json::Value>,
}

/// Ways to meet online (wire contract, 10.1).
const ONLINE: [&str; 5] = ["google_meet", "microsoft_teams", "webex", "gotomeeting", "zoom"];

/// Move a booking to another host; rings `booking.reassigned`.
#[utoipa::path(post, path = "/v2/bookings/{id}/reassign", tag = "Sandbox", params(("id" = String, Path)), request_body = ReassignRequest,
    responses((status = 200, description = "The booking", body = BookingObject), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 429, body = Problem)))]
pub async fn reassign(
    State(app): State<Shared>,
    VendorCaller(account): VendorCaller,
    PathId(id): PathId,
    body: ObjectBody,
) -> Result<Json<Box<RawValue>>, Problem> {
    let fields = Fields::new(&body.0);
    let new_host = fields.required_text("new_host")?;
    location(&fields)?;
    loop {
        let booking = app.booking(&account, &id).await?;
        let host: User = app.sandbox.find_in(&account, "new_host", &new_host).await?;
        let refused = |code, why: &str| {
            Err(Problem::conflict("new_host", code, format!("{why}: '{}'", cut(&new_host))))
        };
        if booking.status.is_agreed() && booking.owner == host.id {
            return refused("host_unchanged", "Booking is already assigned to this user");
        }
        if host.status != UserStatus::Active {
            return refused("host_inactive", "Booking cannot be reassigned to an inactive user");
        }
        let step = booking.reassign(&host, app.now());
        let changed = step.map_err(|_| forbidden("Booking cannot be reassigned", &id))?;
        let after = changed.first().map(|changed| changed.booking.clone());
        match app.save_bookings(&account, changed, None).await? {
            BookingSaved::Saved => return after.map(|after| answer(&after)).ok_or_else(Problem::internal),
            BookingSaved::SlotTaken => {
                return refused("slot_taken", "The user is not available at that time");
            }
            BookingSaved::Changed | BookingSaved::IdTaken => {}
        }
    }
}

fn location(fields: &Fields<'_>) -> Result<(), Problem> {
    let Some(location) = fields.nested("location")? else { return Ok(()) };
    for (field, known) in [("type", ["virtual"].as_slice()), ("value", ONLINE.as_slice())] {
        let given = location.required_text(field)?;
        if !known.contains(&given.as_str()) {
            let message = format!("Invalid string: {}", cut(&given));
            return Err(Problem::invalid(location.param(field), "value_invalid", message));
        }
    }
    Ok(())
}
