//! The steps that need nothing but a booking, and at most a reason (wire contract, 10.1 and 10.2).

use super::answer;
use super::object::BookingObject;
use crate::app::Shared;
use crate::auth::{Caller, VendorCaller};
use crate::body::OptionalObjectBody;
use crate::path::PathId;
use axum::Json;
use axum::extract::State;
use deskbell_core::booking::Actor;
use deskbell_wire::fields::Fields;
use deskbell_wire::problem::Problem;
use serde_json::value::RawValue;
use utoipa::ToSchema;

/// Longest reason, in characters.
const REASON_CHARS: usize = 2_000;

type Answer = Result<Json<Box<RawValue>>, Problem>;

fn reason(fields: &Fields<'_>, field: &str) -> Result<Option<String>, Problem> {
    let reason = fields.text(field)?;
    if reason.as_ref().is_some_and(|reason| reason.chars().count() > REASON_CHARS) {
        let message = format!("The reason must have at most {REASON_CHARS} characters.");
        return Err(Problem::invalid(field, "text_too_long", message));
    }
    Ok(reason)
}

/// Why it is called off.
#[derive(ToSchema)]
pub struct CancelRequest {
    /// Free text, at most 2,000 characters.
    pub cancellation_reason: Option<String>,
    /// Accepted and ignored: the sandbox sends no mail.
    pub send_cancellation_email: Option<bool>,
}

/// Cancel a booking; rings `booking.canceled`.
#[utoipa::path(post, path = "/v2/bookings/{id}/cancel", tag = "Sandbox", params(("id" = String, Path)), request_body = Option<CancelRequest>,
    responses((status = 200, description = "The booking", body = BookingObject), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 429, body = Problem)))]
pub async fn cancel(
    State(app): State<Shared>,
    VendorCaller(account): VendorCaller,
    PathId(id): PathId,
    body: OptionalObjectBody,
) -> Answer {
    let fields = Fields::new(&body.0);
    let reason = reason(&fields, "cancellation_reason")?;
    fields.boolean("send_cancellation_email")?;
    let step = app.step(&account, &id, "Booking cannot be cancelled", |booking, _, now| {
        // Through the API it is the host who cancels (wire contract, 5.2).
        booking.cancel(reason.clone(), Actor::User(booking.owner.clone()), now)
    });
    Ok(answer(&step.await?))
}

/// Why a new time is needed.
#[derive(ToSchema)]
pub struct RequestRescheduleRequest {
    /// Free text, at most 2,000 characters.
    pub reschedule_reason: Option<String>,
}

/// Cancel a booking and ask the guest for a new time; rings `booking.canceled_reschedule_requested`.
#[utoipa::path(post, path = "/v2/bookings/{id}/request-reschedule", tag = "Sandbox", params(("id" = String, Path)), request_body = Option<RequestRescheduleRequest>,
    responses((status = 200, description = "The booking", body = BookingObject), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 429, body = Problem)))]
pub async fn request_reschedule(
    State(app): State<Shared>,
    VendorCaller(account): VendorCaller,
    PathId(id): PathId,
    body: OptionalObjectBody,
) -> Answer {
    let reason = reason(&Fields::new(&body.0), "reschedule_reason")?;
    let step = app.step(&account, &id, "Booking cannot be rescheduled", |booking, _, now| {
        booking.request_reschedule(reason.clone(), now)
    });
    Ok(answer(&step.await?))
}

/// Mark a booking as a no-show, once it has begun; rings `booking.no_show`.
#[utoipa::path(post, path = "/v2/bookings/{id}/no-show", tag = "Sandbox", params(("id" = String, Path)),
    responses((status = 200, description = "The booking", body = BookingObject), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 429, body = Problem)))]
pub async fn no_show(
    State(app): State<Shared>,
    VendorCaller(account): VendorCaller,
    PathId(id): PathId,
    _: OptionalObjectBody,
) -> Answer {
    let refusal = "Cannot update booking status to no_show";
    Ok(answer(&app.step(&account, &id, refusal, |booking, _, now| booking.no_show(now)).await?))
}

/// Approve what a guest asked for on a calendar in approval mode; rings `booking.scheduled`, for a move
/// `booking.rescheduled`, and before that `booking.canceled_then_rescheduled` when it replaces a booking of another calendar.
/// An addition to the vendor's API.
#[utoipa::path(post, path = "/v2/bookings/{id}/approve", tag = "Sandbox", params(("id" = String, Path)),
    responses((status = 200, description = "The booking", body = BookingObject), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 429, body = Problem)))]
pub async fn approve(
    State(app): State<Shared>,
    Caller(account): Caller,
    PathId(id): PathId,
    body: OptionalObjectBody,
) -> Answer {
    Fields::new(&body.0).only(&[])?;
    let refusal = "Booking cannot be approved";
    Ok(answer(&app.step(&account, &id, refusal, |booking, old, now| booking.approve(old, now)).await?))
}

/// Why a request is declined.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeclineRequest {
    /// Free text, at most 2,000 characters.
    pub reason: Option<String>,
}

/// Decline what a guest asked for on a calendar in approval mode; rings `booking.canceled`. An addition to the vendor's API.
#[utoipa::path(post, path = "/v2/bookings/{id}/decline", tag = "Sandbox", params(("id" = String, Path)), request_body = Option<DeclineRequest>,
    responses((status = 200, description = "The booking", body = BookingObject), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 429, body = Problem)))]
pub async fn decline(
    State(app): State<Shared>,
    Caller(account): Caller,
    PathId(id): PathId,
    body: OptionalObjectBody,
) -> Answer {
    let fields = Fields::new(&body.0);
    fields.only(&["reason"])?;
    let reason = reason(&fields, "reason")?;
    let step = app.step(&account, &id, "Booking cannot be declined", |booking, _, now| {
        booking.decline(reason.clone(), now)
    });
    Ok(answer(&step.await?))
}

/// Complete a booking now, before its end has passed; rings `booking.completed`. An addition to the vendor's API.
#[utoipa::path(post, path = "/v2/bookings/{id}/complete", tag = "Sandbox", params(("id" = String, Path)),
    responses((status = 200, description = "The booking", body = BookingObject), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 429, body = Problem)))]
pub async fn complete(
    State(app): State<Shared>,
    Caller(account): Caller,
    PathId(id): PathId,
    body: OptionalObjectBody,
) -> Answer {
    Fields::new(&body.0).only(&[])?;
    let refusal = "Cannot update booking status to completed";
    Ok(answer(&app.step(&account, &id, refusal, |booking, _, now| booking.complete(now)).await?))
}
