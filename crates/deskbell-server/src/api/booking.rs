//! `/v2/bookings/{id}/cancel`: call a sandbox booking off (wire contract, 10.1).

use super::auth::Caller;
use super::fields::Fields;
use super::json::OptionalBody;
use super::path::PathId;
use super::problem::Problem;
use super::state::Shared;
use axum::Json;
use axum::extract::State;
use deskbell_core::booking::{Actor, Reader, render};
use deskbell_core::id::BookingId;
use deskbell_core::store::BookingSaved;
use deskbell_core::trigger::Trigger;
use serde_json::value::RawValue;
use utoipa::ToSchema;

/// Why it is called off.
#[derive(ToSchema)]
pub struct CancelRequest {
    /// Free text, at most 2,000 characters.
    pub cancellation_reason: Option<String>,
    /// Accepted and ignored: the sandbox sends no mail.
    pub send_cancellation_email: Option<bool>,
}

/// Longest reason, in characters.
const REASON_CHARS: usize = 2_000;

/// Cancel a booking; rings `booking.canceled`.
#[utoipa::path(post, path = "/v2/bookings/{id}/cancel", tag = "Sandbox", params(("id" = String, Path)), request_body = CancelRequest,
    responses((status = 200, description = "The booking", body = Object), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 429, body = Problem)))]
pub async fn cancel(
    State(app): State<Shared>,
    Caller(account): Caller,
    PathId(id): PathId,
    body: OptionalBody,
) -> Result<Json<Box<RawValue>>, Problem> {
    let fields = Fields::new(&body.0);
    let reason = fields.text("cancellation_reason")?;
    fields.boolean("send_cancellation_email")?;
    if reason.as_ref().is_some_and(|reason| reason.chars().count() > REASON_CHARS) {
        let message = format!("The reason must have at most {REASON_CHARS} characters.");
        return Err(Problem::invalid("cancellation_reason", "text_too_long", message));
    }
    loop {
        let found = app.store.booking(&account.id, &BookingId::from_text(&id)).await?;
        let mut booking = found.ok_or_else(|| Problem::not_found("booking", &id))?;
        let host = Actor::User(booking.owner.clone());
        let forbidden = |_| {
            Problem::conflict(
                "id",
                "booking_state",
                format!("Booking cannot be cancelled: '{}'", super::problem::cut(&id)),
            )
        };
        booking.cancel(reason.clone(), host, app.now()).map_err(forbidden)?;
        booking.revision += 1;
        match app.save(&booking, Trigger::BookingCanceled).await? {
            BookingSaved::Saved => return Ok(Json(render(&booking, Reader::Client))),
            // Somebody else was first: look again at what they made of it.
            BookingSaved::Changed | BookingSaved::IdTaken | BookingSaved::SlotTaken => {}
        }
    }
}
