//! `/v2/bookings/{id}/reschedule`: the guest moves a booking. Our own call: the vendor's guests do it on a web page
//! (wire contract, 2.3 and 2.4).

use super::object::BookingObject;
use super::schedule::slot_taken;
use super::{answer, forbidden};
use crate::app::{App, Shared};
use crate::auth::Caller;
use crate::body::ObjectBody;
use crate::calendar::published;
use crate::path::PathId;
use axum::Json;
use axum::extract::State;
use deskbell_core::account::Account;
use deskbell_core::booking::{Booking, Pick};
use deskbell_core::id::BookingId;
use deskbell_core::sandbox::{Calendar, User};
use deskbell_core::store::BookingSaved;
use deskbell_wire::fields::Fields;
use deskbell_wire::problem::Problem;
use serde_json::value::RawValue;
use utoipa::ToSchema;

/// Where a booking moves to.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RescheduleRequest {
    /// The start of an open slot.
    #[schema(example = "2026-05-12T09:30:00.000Z")]
    pub start_time: String,
    /// Another calendar than the booking's own.
    #[schema(example = "BKC-LM42X90PTR")]
    pub booking_calendar: Option<String>,
}

/// Move a booking as its guest would. On its own calendar it keeps its id and rings `booking.rescheduled`. On another one it
/// rings `booking.canceled_then_rescheduled`, and the new booking in its place, which is the answer, rings
/// `booking.rescheduled`. A booking for which a new time was requested is booked again the same way. An addition to the
/// vendor's API.
#[utoipa::path(post, path = "/v2/bookings/{id}/reschedule", tag = "Sandbox", params(("id" = String, Path)), request_body = RescheduleRequest,
    responses((status = 200, description = "The booking that is agreed or asked for now", body = BookingObject), (status = 400, body = Problem),
        (status = 401, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem),
        (status = 429, body = Problem)))]
pub async fn reschedule(
    State(app): State<Shared>,
    Caller(account): Caller,
    PathId(id): PathId,
    body: ObjectBody,
) -> Result<Json<Box<RawValue>>, Problem> {
    let fields = Fields::new(&body.0);
    fields.only(&["start_time", "booking_calendar"])?;
    let starts = fields.time("start_time")?.ok_or_else(|| fields.missing("start_time"))?;
    let elsewhere = fields.text("booking_calendar")?;
    loop {
        let booking = app.booking(&account, &id).await?;
        let (calendar, host) = app.place(&account, &booking, elsewhere.as_deref()).await?;
        let (now, fresh) = (app.now(), BookingId::new(&*app.random));
        let pick = Pick { id: &fresh, calendar: &calendar, host: &host, starts };
        let changed =
            booking.reschedule(pick, now).map_err(|_| forbidden("Booking cannot be rescheduled", &id))?;
        published(&calendar).map_err(|problem| problem.param("booking_calendar"))?;
        app.must_be_open(&account, &calendar, &host, starts, now).await?;
        let last = changed.last().map(|changed| changed.booking.clone());
        match app.save_bookings(&account, changed, None).await? {
            BookingSaved::Saved => return last.map(|last| answer(&last)).ok_or_else(Problem::internal),
            BookingSaved::SlotTaken => return Err(slot_taken()),
            BookingSaved::Changed | BookingSaved::IdTaken => {}
        }
    }
}

impl App {
    /// The calendar that a booking moves to, and who will host it: on its own calendar who hosts it now.
    async fn place(
        &self,
        account: &Account,
        booking: &Booking,
        elsewhere: Option<&str>,
    ) -> Result<(Calendar, User), Problem> {
        let there = elsewhere.unwrap_or(booking.calendar.as_str());
        let found = self.calendar(account, there).await;
        let (calendar, host) = found.map_err(|problem| match problem.code {
            "not_found" => problem.param("booking_calendar"),
            _ => problem,
        })?;
        if calendar.id != booking.calendar || host.id == booking.owner {
            return Ok((calendar, host));
        }
        Ok((calendar, self.sandbox.find(account, booking.owner.as_str()).await?))
    }
}
