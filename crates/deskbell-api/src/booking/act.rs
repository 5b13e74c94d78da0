//! The steps that need nothing but a booking, and at most a reason (wire contract, 10.1 and 10.2).

use super::Bookings;
use crate::auth::{Caller, VendorCaller};
use crate::body::OptionalBody;
use crate::path::PathId;
use crate::trace::Traced;
use axum::Json;
use axum::extract::State;
use deskbell_core::booking::{Actor, Booking};
use deskbell_wire::body::{AnyFields, NoFields};
use deskbell_wire::booking::{self as wire, CancelRequest, DeclineRequest, Reason, RequestRescheduleRequest};
use deskbell_wire::problem::Problem;
use std::sync::Arc;

type Shown = Json<wire::Booking>;

/// The booking as it is after its step.
fn shown(booking: Booking) -> Shown {
    Json(wire::Booking::from(&booking))
}

fn given(reason: Option<Reason>) -> Option<String> {
    reason.map(String::from)
}

/// Cancel a booking; rings `booking.canceled`.
#[utoipa::path(post, path = "/v2/bookings/{id}/cancel", tag = "Sandbox", params(("id" = String, Path)), request_body = Option<CancelRequest>,
    responses((status = 200, description = "The booking", body = wire::Booking), (status = 409, body = Problem), (status = 507, body = Problem), (status = 422, body = Problem)))]
pub async fn cancel(
    State(bookings): State<Arc<Bookings>>,
    VendorCaller(account): VendorCaller,
    PathId(id): PathId,
    traced: Traced,
    OptionalBody(asked): OptionalBody<CancelRequest>,
) -> Result<Shown, Problem> {
    let reason = given(asked.cancellation_reason);
    let canceled =
        bookings.change(&account, &traced, &id, "Booking cannot be cancelled", |booking, _, now| {
            // Through the API it is the host who cancels (wire contract, 5.2).
            booking.cancel(reason.clone(), Actor::User(booking.owner.clone()), now)
        });
    canceled.await.map(shown)
}

/// Cancel a booking and ask the guest for a new time; rings `booking.canceled_reschedule_requested`.
#[utoipa::path(post, path = "/v2/bookings/{id}/request-reschedule", tag = "Sandbox", params(("id" = String, Path)), request_body = Option<RequestRescheduleRequest>,
    responses((status = 200, description = "The booking", body = wire::Booking), (status = 409, body = Problem), (status = 507, body = Problem), (status = 422, body = Problem)))]
pub async fn request_reschedule(
    State(bookings): State<Arc<Bookings>>,
    VendorCaller(account): VendorCaller,
    PathId(id): PathId,
    traced: Traced,
    OptionalBody(asked): OptionalBody<RequestRescheduleRequest>,
) -> Result<Shown, Problem> {
    let reason = given(asked.reschedule_reason);
    // The vendor's words are those of cancelling.
    let canceled =
        bookings.change(&account, &traced, &id, "Booking cannot be cancelled", |booking, _, now| {
            booking.request_reschedule(reason.clone(), now)
        });
    canceled.await.map(shown)
}

/// Mark a booking as a no-show, once it has begun; rings `booking.no_show`.
#[utoipa::path(post, path = "/v2/bookings/{id}/no-show", tag = "Sandbox", params(("id" = String, Path)),
    responses((status = 200, description = "The booking", body = wire::Booking), (status = 409, body = Problem), (status = 507, body = Problem)))]
pub async fn no_show(
    State(bookings): State<Arc<Bookings>>,
    VendorCaller(account): VendorCaller,
    PathId(id): PathId,
    traced: Traced,
    _: OptionalBody<AnyFields>,
) -> Result<Shown, Problem> {
    let refusal = "Cannot update booking status to no_show";
    bookings.change(&account, &traced, &id, refusal, |booking, _, now| booking.no_show(now)).await.map(shown)
}

/// Approve what a guest asked for on a calendar in approval mode; rings `booking.scheduled`, for a move
/// `booking.rescheduled`, and before that `booking.canceled_then_rescheduled` when it replaces a booking of another calendar.
/// An addition to the vendor's API.
#[utoipa::path(post, path = "/v2/bookings/{id}/approve", tag = "Sandbox", params(("id" = String, Path)),
    responses((status = 200, description = "The booking", body = wire::Booking), (status = 409, body = Problem), (status = 507, body = Problem)))]
pub async fn approve(
    State(bookings): State<Arc<Bookings>>,
    Caller(account): Caller,
    PathId(id): PathId,
    traced: Traced,
    _: OptionalBody<NoFields>,
) -> Result<Shown, Problem> {
    let refusal = "Booking cannot be approved";
    bookings
        .change(&account, &traced, &id, refusal, |booking, old, now| booking.approve(old, now))
        .await
        .map(shown)
}

/// Decline what a guest asked for on a calendar in approval mode; rings `booking.canceled`. An addition to the vendor's API.
#[utoipa::path(post, path = "/v2/bookings/{id}/decline", tag = "Sandbox", params(("id" = String, Path)), request_body = Option<DeclineRequest>,
    responses((status = 200, description = "The booking", body = wire::Booking), (status = 409, body = Problem), (status = 507, body = Problem)))]
pub async fn decline(
    State(bookings): State<Arc<Bookings>>,
    Caller(account): Caller,
    PathId(id): PathId,
    traced: Traced,
    OptionalBody(asked): OptionalBody<DeclineRequest>,
) -> Result<Shown, Problem> {
    let reason = given(asked.reason);
    let declined =
        bookings.change(&account, &traced, &id, "Booking cannot be declined", |booking, _, now| {
            booking.decline(reason.clone(), now)
        });
    declined.await.map(shown)
}

/// Complete a booking now, before its end has passed; rings `booking.completed`. An addition to the vendor's API.
#[utoipa::path(post, path = "/v2/bookings/{id}/complete", tag = "Sandbox", params(("id" = String, Path)),
    responses((status = 200, description = "The booking", body = wire::Booking), (status = 409, body = Problem)))]
pub async fn complete(
    State(bookings): State<Arc<Bookings>>,
    Caller(account): Caller,
    PathId(id): PathId,
    traced: Traced,
    _: OptionalBody<NoFields>,
) -> Result<Shown, Problem> {
    let refusal = "Cannot update booking status to completed";
    bookings.change(&account, &traced, &id, refusal, |booking, _, now| booking.complete(now)).await.map(shown)
}
