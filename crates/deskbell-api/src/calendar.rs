//! `/v2/booking-calendars`: the sandbox's calendars and their open slots (wire contract, 10.1). Booking one of them is in
//! [`booking`](super::booking).

pub mod object;

use crate::auth::VendorCaller;
use crate::pagination::Parameters;
use crate::path::PathId;
use crate::sandbox::SandboxObjects;
use axum::Json;
use axum::extract::State;
use deskbell_core::account::Account;
use deskbell_core::sandbox::{Calendar, Slot, User, longest, open_slots};
use deskbell_core::time::later;
use deskbell_core::{Clock, Store, Timestamp};
use deskbell_wire::calendar::{self as wire, SlotSpan};
use deskbell_wire::problem::Problem;
use http::StatusCode;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

/// Days from the start of a span to its end when none was asked for.
const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);

/// List a calendar's open slots: a bare array, as the vendor gives it.
#[utoipa::path(get, path = "/v2/booking-calendars/{id}/time-slots", tag = "Sandbox", params(("id" = String, Path), SlotSpan),
    responses((status = 200, body = Vec<wire::Slot>), (status = 402, body = Problem), (status = 422, body = Problem)))]
pub async fn time_slots(
    State(store): State<Arc<dyn Store>>,
    State(clock): State<Arc<dyn Clock>>,
    State(sandbox): State<Arc<SandboxObjects>>,
    VendorCaller(account): VendorCaller,
    PathId(id): PathId,
    Parameters(span, _): Parameters<SlotSpan>,
) -> Result<Json<Vec<wire::Slot>>, Problem> {
    let (calendar, host) = find_with_host(&sandbox, &account, &id).await?;
    let span = asked(&span, clock.now())?;
    bookable(&calendar, &host, &Words::SLOTS)?;
    let slots = open(&*store, &account, &calendar, &host, span).await?;
    Ok(Json(slots.into_iter().map(|slot| wire::Slot::new(slot, &host)).collect()))
}

/// The span that was asked for. What is past of it counts for nothing: one that is wholly past is empty, and no mistake.
fn asked(span: &SlotSpan, now: Timestamp) -> Result<Range<Timestamp>, Problem> {
    let start = span.start_time.map_or(now, |start| start.0);
    let from = start.max(now);
    let Some(end) = span.end_time.map(|end| end.0) else { return Ok(from..later(from, WEEK)) };
    if end <= start {
        let message = "End time must be after the start time.";
        return Err(Problem::invalid("end_time", "range_invalid", message));
    }
    if end > longest(from) {
        let message = "end_time must be at most 30 days after start_time.";
        return Err(Problem::invalid("end_time", "range_too_large", message));
    }
    Ok(from..end)
}

/// The account's booking calendar of that id and its host, or the vendor's 404. A deleted host has no seat.
pub async fn find_with_host(
    sandbox: &SandboxObjects,
    account: &Account,
    id: &str,
) -> Result<(Calendar, User), Problem> {
    let calendar: Calendar = sandbox.find(account, id).await?;
    let host = sandbox.host(account, &calendar.host).await?;
    Ok((calendar, host))
}

/// The open slots in `span`.
pub async fn open<'h>(
    store: &dyn Store,
    account: &Account,
    calendar: &Calendar,
    host: &'h User,
    span: Range<Timestamp>,
) -> Result<Vec<Slot<'h>>, Problem> {
    if span.is_empty() {
        return Ok(Vec::new());
    }
    let reach = Duration::from_secs(u64::from(calendar.duration_minutes) * 60);
    let taken = store.taken(&account.id, &host.id, span.start, later(span.end, reach)).await?;
    Ok(open_slots(calendar, host, span.start, span.end, &taken))
}

/// What is said where nobody can be booked.
pub struct Words {
    unpublished: &'static str,
    without_seat: &'static str,
}

impl Words {
    const SLOTS: Self = Self {
        unpublished: "Time slots cannot be retrieved from an unpublished booking calendar.",
        without_seat: "Time slots cannot be retrieved when the host doesn't have a seat assigned.",
    };
    /// To whoever books.
    pub const BOOKING: Self = Self {
        unpublished: "Meeting cannot be scheduled on an unpublished booking calendar.",
        without_seat: "Meeting cannot be scheduled when the host doesn't have a seat assigned.",
    };
}

/// Guests book on published calendars only, and with hosts who have a seat (wire contract, 9.1).
pub fn bookable(calendar: &Calendar, host: &User, words: &Words) -> Result<(), Problem> {
    if !calendar.published {
        return Err(Problem::unprocessable("id", "calendar_unpublished", words.unpublished));
    }
    if !host.seat {
        return Err(Problem::new(StatusCode::PAYMENT_REQUIRED, "host_without_seat", words.without_seat));
    }
    Ok(())
}
