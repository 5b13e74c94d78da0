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
use deskbell_core::sandbox::{Calendar, User, longest, open_slots};
use deskbell_core::time::later;
use deskbell_core::{Clock, Store, Timestamp};
use deskbell_wire::calendar::{Slot, SlotSpan};
use deskbell_wire::problem::Problem;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

/// List a calendar's open slots: a bare array, as the vendor gives it.
#[utoipa::path(get, path = "/v2/booking-calendars/{id}/time-slots", tag = "Sandbox", params(("id" = String, Path), SlotSpan),
    responses((status = 200, body = Vec<Slot>), (status = 422, body = Problem)))]
pub async fn time_slots(
    State(store): State<Arc<dyn Store>>,
    State(clock): State<Arc<dyn Clock>>,
    State(sandbox): State<Arc<SandboxObjects>>,
    VendorCaller(account): VendorCaller,
    PathId(id): PathId,
    Parameters(span, _): Parameters<SlotSpan>,
) -> Result<Json<Vec<Slot>>, Problem> {
    let (calendar, host) = find_with_host(&sandbox, &account, &id).await?;
    published(&calendar)?;
    let now = clock.now();
    let from = span.start_time.map_or(now, |start| start.0.max(now));
    let to = span.end_time.map_or_else(|| later(from, Duration::from_secs(7 * 24 * 3600)), |end| end.0);
    if to > longest(from) {
        return Err(Problem::invalid(
            "end_time",
            "range_too_large",
            "end_time must be at most 30 days after start_time.",
        ));
    }
    if to < from {
        return Err(Problem::invalid(
            "start_time",
            "range_invalid",
            "start_time cannot be later than end_time",
        ));
    }
    let starts = open(&*store, &account, &calendar, &host, from..to).await?;
    Ok(Json(starts.into_iter().map(Slot::new).collect()))
}

/// The account's booking calendar of that id and its host, or the vendor's 404.
pub async fn find_with_host(
    sandbox: &SandboxObjects,
    account: &Account,
    id: &str,
) -> Result<(Calendar, User), Problem> {
    let calendar: Calendar = sandbox.find(account, id).await?;
    // Users stay: a calendar without its host is a damaged row.
    let host = sandbox.find(account, calendar.host.as_str()).await.map_err(|problem| match problem.code {
        "not_found" => Problem::internal(),
        _ => problem,
    })?;
    Ok((calendar, host))
}

/// The starts of the open slots in `span`.
pub async fn open(
    store: &dyn Store,
    account: &Account,
    calendar: &Calendar,
    host: &User,
    span: Range<Timestamp>,
) -> Result<Vec<Timestamp>, Problem> {
    let reach = Duration::from_secs(u64::from(calendar.duration_minutes) * 60);
    let taken = store.taken(&account.id, &host.id, span.start, later(span.end, reach)).await?;
    Ok(open_slots(calendar, host, span.start, span.end, &taken))
}

/// Guests book on published calendars only (wire contract, 9.1).
pub fn published(calendar: &Calendar) -> Result<(), Problem> {
    if calendar.published {
        return Ok(());
    }
    Err(Problem::unprocessable(
        "id",
        "calendar_unpublished",
        "Meeting cannot be scheduled on an unpublished booking calendar.",
    ))
}
