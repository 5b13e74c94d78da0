//! `/v2/bookings/{id}/reschedule`: the guest moves a booking. Our own call: the vendor's guests do it on a web page
//! (wire contract, 2.3 and 2.4).

use super::schedule::{must_be_open, slot_taken};
use super::{Bookings, find, forbidden};
use crate::auth::Caller;
use crate::body::Body;
use crate::calendar::{Words, bookable, find_with_host};
use crate::path::PathId;
use crate::sandbox::SandboxObjects;
use crate::trace::Traced;
use axum::Json;
use axum::extract::State;
use deskbell_core::Random;
use deskbell_core::account::Account;
use deskbell_core::booking::{Booking, Location, Pick};
use deskbell_core::id::BookingId;
use deskbell_core::sandbox::{Calendar, User};
use deskbell_core::store::BookingSaved;
use deskbell_wire::booking::{self as wire, RescheduleRequest};
use deskbell_wire::problem::Problem;
use std::sync::Arc;

/// Move a booking as its guest would. On its own calendar it keeps its id and rings `booking.rescheduled`. On another one it
/// rings `booking.canceled_then_rescheduled`, and the new booking in its place, which is the answer, rings
/// `booking.rescheduled`. A booking for which a new time was requested is booked again the same way. An addition to the
/// vendor's API.
#[utoipa::path(post, path = "/v2/bookings/{id}/reschedule", tag = "Sandbox", params(("id" = String, Path)), request_body = RescheduleRequest,
    responses((status = 200, description = "The booking that is agreed or asked for now", body = wire::Booking),
        (status = 409, body = Problem), (status = 507, body = Problem), (status = 422, body = Problem)))]
pub async fn reschedule(
    State(random): State<Arc<dyn Random>>,
    State(bookings): State<Arc<Bookings>>,
    Caller(account): Caller,
    PathId(id): PathId,
    traced: Traced,
    Body(asked): Body<RescheduleRequest>,
) -> Result<Json<wire::Booking>, Problem> {
    let starts = asked.start_time.0;
    let elsewhere = asked.booking_calendar.map(|calendar| calendar.0);
    loop {
        let booking = find(&*bookings.store, &account, &id).await?;
        let there = elsewhere.as_ref().unwrap_or(&booking.calendar).as_str();
        let (calendar, host) = destination(&bookings.sandbox, &account, &booking, there).await?;
        let (now, fresh) = (bookings.clock.now(), BookingId::new(&*random));
        let pick = |location| Pick { id: &fresh, calendar: &calendar, host: &host, starts, location };
        let state_forbids = |_| forbidden("Booking cannot be rescheduled", &id);
        booking.reschedule(pick(&booking.location), now).map_err(state_forbids)?;
        bookable(&calendar, &host, &Words::BOOKING).map_err(|problem| match problem.param {
            Some(_) => problem.param("booking_calendar"),
            None => problem,
        })?;
        let offered = must_be_open(&*bookings.store, &account, &calendar, &host, starts, now).await?;
        // What only the guest can say was said for the booking that is moved.
        let location = Location::chosen(&offered, None, &fresh).unwrap_or_else(|_| booking.location.clone());
        let changed = booking.reschedule(pick(&location), now).map_err(state_forbids)?;
        let last = changed.last().map(|changed| wire::Booking::from(&changed.booking));
        match bookings.save(&account, changed, None, &traced).await? {
            BookingSaved::Saved => return last.map(Json).ok_or_else(Problem::internal),
            BookingSaved::SlotTaken => return Err(slot_taken()),
            BookingSaved::Changed | BookingSaved::IdTaken | BookingSaved::LinkSpent => {}
        }
    }
}

/// The calendar that a booking moves to, and who will host it: on its own calendar who hosts it now.
async fn destination(
    sandbox: &SandboxObjects,
    account: &Account,
    booking: &Booking,
    there: &str,
) -> Result<(Calendar, User), Problem> {
    let found = find_with_host(sandbox, account, there).await;
    let (calendar, host) = found.map_err(|problem| problem.named_by("booking_calendar"))?;
    if calendar.id != booking.calendar || host.id == booking.owner {
        return Ok((calendar, host));
    }
    Ok((calendar, sandbox.host(account, &booking.owner).await?))
}
