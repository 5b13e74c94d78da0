//! Booking calendars: list and get are the vendor's (wire contract, 5.2 and 10.1); creating and changing are ours, so that
//! a sandbox can look like the integrator's own account.

use crate::app::{App, Shared};
use crate::auth::VendorCaller;
use crate::body::ObjectBody;
use crate::pagination::{self, List};
use crate::path::PathId;
use crate::sandbox::empty_change;
use axum::Json;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use deskbell_core::account::Account;
use deskbell_core::id::{CalendarId, UserId};
use deskbell_core::policy::limit::DURATION_MINUTES;
use deskbell_core::sandbox::{Calendar, User};
use deskbell_wire::fields::{Fields, Query};
use deskbell_wire::problem::Problem;
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

/// A booking calendar (wire contract, 5.2).
#[derive(Serialize, ToSchema)]
#[schema(as = BookingCalendar)]
pub struct CalendarObject {
    /// Always `booking_calendar`.
    #[schema(example = "booking_calendar")]
    object: &'static str,
    #[schema(example = "BKC-LM42X90PTR")]
    id: String,
    /// The user who hosts its bookings.
    #[schema(example = "USR-4KD92MXQ7T")]
    host: String,
    #[schema(example = "Priya's demos")]
    name: String,
    /// The subject of its bookings.
    #[schema(example = "Instrument demo")]
    subject: String,
    /// Where guests would book. Nothing is served there.
    url: String,
    /// Whether guests can book on it.
    published: bool,
    /// Length of its bookings, in minutes.
    #[schema(example = 45)]
    duration_minutes: u32,
    /// Whether a booking waits for its host's approval (an addition to the vendor's object).
    approval: bool,
}

impl CalendarObject {
    /// The calendar as it is now.
    pub fn new(calendar: &Calendar) -> Self {
        Self {
            object: "booking_calendar",
            id: calendar.id.to_string(),
            host: calendar.host.to_string(),
            name: calendar.name.clone(),
            subject: calendar.subject.clone(),
            url: format!("https://book.deskbell.test/{}", calendar.id),
            published: calendar.published,
            duration_minutes: calendar.duration_minutes,
            approval: calendar.approval,
        }
    }
}

impl pagination::Identified for CalendarObject {
    fn id(&self) -> &str {
        &self.id
    }
}

/// A booking calendar to create.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCalendar {
    /// The id of a user.
    #[schema(example = "USR-4KD92MXQ7T")]
    pub host: String,
    /// 1 to 255 characters.
    #[schema(example = "Priya's demos")]
    pub name: String,
    /// 1 to 255 characters; the name when left out.
    #[schema(example = "Instrument demo")]
    pub subject: Option<String>,
    /// 5 to 480; 30 when left out.
    #[schema(example = 45, minimum = 5, maximum = 480)]
    pub duration_minutes: Option<u32>,
    /// `true` when left out.
    pub published: Option<bool>,
    /// `false` when left out.
    pub approval: Option<bool>,
}

/// A change to a booking calendar; what is left out stays.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CalendarPatch {
    /// As in creation. Bookings that were made keep their host.
    pub host: Option<String>,
    /// As in creation.
    #[schema(example = "Priya's demos")]
    pub name: Option<String>,
    /// As in creation.
    pub subject: Option<String>,
    /// As in creation.
    #[schema(minimum = 5, maximum = 480)]
    pub duration_minutes: Option<u32>,
    /// As in creation.
    pub published: Option<bool>,
    /// As in creation.
    pub approval: Option<bool>,
}

/// List booking calendars, newest first.
#[utoipa::path(get, path = "/v2/booking-calendars", operation_id = "list_booking_calendars", tag = "Sandbox",
    params(pagination::Paging),
    responses((status = 200, body = List<CalendarObject>), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 429, body = Problem)))]
pub async fn list(
    State(app): State<Shared>,
    VendorCaller(account): VendorCaller,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let query = Query::parse(raw.as_deref(), &["limit", "after", "before"])?;
    let found = app.sandbox.page::<Calendar>(&account, &query).await?;
    Ok(app.pagination.list(
        "/v2/booking-calendars",
        &query,
        found.map(|calendar| CalendarObject::new(&calendar)),
    ))
}

/// Get a booking calendar.
#[utoipa::path(get, path = "/v2/booking-calendars/{id}", operation_id = "get_booking_calendar", tag = "Sandbox",
    params(("id" = String, Path)),
    responses((status = 200, body = CalendarObject), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 429, body = Problem)))]
pub async fn get(
    State(app): State<Shared>,
    VendorCaller(account): VendorCaller,
    PathId(id): PathId,
) -> Result<Json<CalendarObject>, Problem> {
    let calendar: Calendar = app.sandbox.find(&account, &id).await?;
    Ok(Json(CalendarObject::new(&calendar)))
}

/// Create a booking calendar in the sandbox. An addition to the vendor's API.
#[utoipa::path(post, path = "/v2/booking-calendars", operation_id = "create_booking_calendar", tag = "Sandbox",
    request_body = NewCalendar,
    responses((status = 201, body = CalendarObject), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 429, body = Problem)))]
pub async fn create(
    State(app): State<Shared>,
    VendorCaller(account): VendorCaller,
    body: ObjectBody,
) -> Result<(StatusCode, Json<CalendarObject>), Problem> {
    let fields = Fields::new(&body.0);
    let change = app.calendar_change(&account, &fields).await?;
    let host = change.host.clone().ok_or_else(|| fields.missing("host"))?;
    let name = fields.name("name")?;
    let made = app.sandbox.add(&account, |random| {
        let mut calendar = Calendar {
            id: CalendarId::new(random),
            host: host.clone(),
            subject: name.clone(),
            name: name.clone(),
            published: true,
            duration_minutes: 30,
            approval: false,
        };
        change.apply(&mut calendar);
        calendar
    });
    Ok((StatusCode::CREATED, Json(CalendarObject::new(&made.await?))))
}

/// Change a booking calendar of the sandbox. An addition to the vendor's API.
#[utoipa::path(patch, path = "/v2/booking-calendars/{id}", operation_id = "change_booking_calendar", tag = "Sandbox",
    params(("id" = String, Path)), request_body = CalendarPatch,
    responses((status = 200, body = CalendarObject), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 429, body = Problem)))]
pub async fn change(
    State(app): State<Shared>,
    VendorCaller(account): VendorCaller,
    PathId(id): PathId,
    body: ObjectBody,
) -> Result<Json<CalendarObject>, Problem> {
    let fields = Fields::new(&body.0);
    let change = app.calendar_change(&account, &fields).await?;
    if fields.is_empty() {
        return Err(empty_change());
    }
    let changed = app.sandbox.change(&account, &id, |calendar: &mut Calendar| {
        change.apply(calendar);
        Ok(())
    });
    Ok(Json(CalendarObject::new(&changed.await?)))
}

/// What a body says of a calendar.
struct Change {
    host: Option<UserId>,
    name: Option<String>,
    subject: Option<String>,
    duration_minutes: Option<u32>,
    published: Option<bool>,
    approval: Option<bool>,
}

impl Change {
    fn apply(&self, calendar: &mut Calendar) {
        if let Some(host) = &self.host {
            calendar.host = host.clone();
        }
        if let Some(name) = &self.name {
            calendar.name.clone_from(name);
        }
        if let Some(subject) = &self.subject {
            calendar.subject.clone_from(subject);
        }
        calendar.duration_minutes = self.duration_minutes.unwrap_or(calendar.duration_minutes);
        calendar.published = self.published.unwrap_or(calendar.published);
        calendar.approval = self.approval.unwrap_or(calendar.approval);
    }
}

impl App {
    /// Reads a body and judges it; the host it names must be there.
    async fn calendar_change(&self, account: &Account, fields: &Fields<'_>) -> Result<Change, Problem> {
        fields.read_only(&["id", "object", "url"])?;
        fields.only(&["host", "name", "subject", "duration_minutes", "published", "approval"])?;
        fields.no_nulls()?;
        let name = |field| fields.has(field).then(|| fields.name(field)).transpose();
        let minutes = fields.integer("duration_minutes", DURATION_MINUTES)?;
        let change = Change {
            host: None,
            name: name("name")?,
            subject: name("subject")?,
            duration_minutes: minutes.and_then(|minutes| u32::try_from(minutes).ok()),
            published: fields.boolean("published")?,
            approval: fields.boolean("approval")?,
        };
        match fields.text("host")? {
            Some(host) => {
                let host: User = self.sandbox.find_in(account, "host", &host).await?;
                Ok(Change { host: Some(host.id), ..change })
            }
            None => Ok(change),
        }
    }
}
