//! `/v2/booking-calendars`: the sandbox's calendars and their open slots (wire contract, 10.1). Booking one of them is in
//! [`booking`](super::booking).

pub mod object;

pub use object::CalendarObject;

use super::path::PathId;
use crate::app::{App, Shared};
use crate::auth::VendorCaller;
use axum::Json;
use axum::extract::{RawQuery, State};
use deskbell_core::Timestamp;
use deskbell_core::account::Account;
use deskbell_core::sandbox::{Calendar, User, longest, open_slots};
use deskbell_core::time::{later, wire};
use deskbell_wire::fields::Query;
use deskbell_wire::problem::Problem;
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;

/// An open slot (wire contract, 10.1).
#[derive(Serialize, ToSchema)]
pub struct Slot {
    #[schema(example = "2026-05-12T09:30:00.000Z")]
    start_time: String,
    locations: Vec<SlotLocation>,
}

/// Where a slot's booking can take place.
#[derive(Serialize, ToSchema)]
pub struct SlotLocation {
    /// `virtual`.
    r#type: &'static str,
    /// `google_meet`.
    value: &'static str,
    id: Option<String>,
}

/// List a calendar's open slots: a bare array, as the vendor gives it.
#[utoipa::path(get, path = "/v2/booking-calendars/{id}/time-slots", tag = "Sandbox",
    params(("id" = String, Path), ("start_time" = Option<String>, Query, description = "Default now"),
        ("end_time" = Option<String>, Query, description = "Default a week after the start; at most 30 days after it")),
    responses((status = 200, body = Vec<Slot>), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn time_slots(
    State(app): State<Shared>,
    VendorCaller(account): VendorCaller,
    PathId(id): PathId,
    RawQuery(raw): RawQuery,
) -> Result<Json<Vec<Slot>>, Problem> {
    let query = Query::parse(raw.as_deref(), &["start_time", "end_time"])?;
    let (calendar, host) = app.calendar(&account, &id).await?;
    published(&calendar)?;
    let now = app.now();
    let from = query.time("start_time")?.map_or(now, |start| start.max(now));
    let to = query.time("end_time")?.unwrap_or_else(|| later(from, Duration::from_secs(7 * 24 * 3600)));
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
    let slots = app.open_slots(&account, &calendar, &host, from, to).await?;
    let location = || SlotLocation { r#type: "virtual", value: "google_meet", id: None };
    Ok(Json(
        slots
            .into_iter()
            .map(|start| Slot { start_time: wire(start), locations: vec![location()] })
            .collect(),
    ))
}

impl App {
    /// The account's booking calendar of that id and its host, or the vendor's 404.
    pub async fn calendar(&self, account: &Account, id: &str) -> Result<(Calendar, User), Problem> {
        let calendar: Calendar = self.sandbox.find(account, id).await?;
        // Users stay: a calendar without its host is a damaged row.
        let host =
            self.sandbox.find(account, calendar.host.as_str()).await.map_err(|problem| {
                match problem.code {
                    "not_found" => Problem::internal(),
                    _ => problem,
                }
            })?;
        Ok((calendar, host))
    }

    /// The starts of the open slots in `[from, to)`.
    pub async fn open_slots(
        &self,
        account: &Account,
        calendar: &Calendar,
        host: &User,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Timestamp>, Problem> {
        let reach = Duration::from_secs(u64::from(calendar.duration_minutes) * 60);
        let taken = self.store.taken(&account.id, &host.id, from, later(to, reach)).await?;
        Ok(open_slots(calendar, host, from, to, &taken))
    }
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
