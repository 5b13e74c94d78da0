//! `/v2/booking-calendars`: the sandbox's calendars, their open slots, and booking one of them (wire contract, 10.1).

pub mod object;

pub use object::CalendarObject;

use super::accept::Draft;
use super::auth::Caller;
use super::fields::{Fields, Query};
use super::json::Body;
use super::path::PathId;
use super::problem::Problem;
use super::state::{App, Shared};
use axum::Json;
use axum::extract::{RawQuery, State};
use deskbell_core::Timestamp;
use deskbell_core::account::{Account, is_email};
use deskbell_core::booking::{self, Booking, FieldValue, Form, Location, Reader, Status};
use deskbell_core::event::Origin;
use deskbell_core::id::BookingId;
use deskbell_core::sandbox::{Calendar, User, longest, open_slots};
use deskbell_core::store::BookingSaved;
use deskbell_core::time::{later, whole, wire};
use deskbell_core::trigger::Trigger;
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
    Caller(account): Caller,
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

/// A slot to book.
#[derive(ToSchema)]
pub struct ScheduleRequest {
    /// The start of an open slot.
    #[schema(example = "2026-05-12T09:30:00.000Z")]
    pub start_time: String,
    /// The guest's IANA time zone.
    #[schema(example = "Europe/Dublin")]
    pub guest_time_zone: String,
    /// `name` and `email` are required; `phone`, `mobile_phone`, `note`, `company` and `guests` are known; any other field
    /// becomes a custom field, a string or a list of strings.
    #[schema(value_type = Object, example = json!({"name": "Tomas Healy", "email": "tomas.healy@corrib.example"}))]
    pub booking_form: serde_json::Value,
}

/// A booking that was made.
#[derive(Serialize, ToSchema)]
pub struct Scheduled {
    #[schema(example = "BKNG-Q8T2ZC4M6RVA")]
    id: String,
}

/// Book a slot of the sandbox; rings `booking.scheduled`.
#[utoipa::path(post, path = "/v2/booking-calendars/{id}/schedule", tag = "Sandbox", params(("id" = String, Path)), request_body = ScheduleRequest,
    responses((status = 200, body = Scheduled), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn schedule(
    State(app): State<Shared>,
    Caller(account): Caller,
    PathId(id): PathId,
    body: Body,
) -> Result<Json<Scheduled>, Problem> {
    let fields = Fields::new(&body.0);
    let starts = whole(fields.time("start_time")?.ok_or_else(|| fields.missing("start_time"))?);
    let zone = fields.time_zone("guest_time_zone")?.ok_or_else(|| fields.missing("guest_time_zone"))?;
    let form = form(&fields.nested("booking_form")?.ok_or_else(|| fields.missing("booking_form"))?)?;
    let (calendar, host) = app.calendar(&account, &id).await?;
    published(&calendar)?;
    let taken = || Problem::invalid("start_time", "slot_taken", "The selected start time is not available.");
    let now = app.now();
    let open = app
        .open_slots(&account, &calendar, &host, starts.max(now), later(starts, Duration::from_millis(1)))
        .await?;
    if !open.contains(&starts) {
        return Err(taken());
    }
    loop {
        let booking = Booking {
            id: BookingId::new(&*app.random),
            account: account.id.clone(),
            calendar: calendar.id.clone(),
            owner: host.id.clone(),
            owner_email: host.email.clone(),
            contact: None,
            subject: calendar.subject.clone(),
            status: Status::Scheduled,
            created: now,
            updated: now,
            starts,
            duration_minutes: calendar.duration_minutes,
            guest_time_zone: zone.clone(),
            location: Location::Virtual {
                join_url: format!("https://meet.deskbell.test/j/{}", starts.as_second()),
            },
            cancellation: None,
            form: form.clone(),
            revision: 0,
        };
        match app.save(&booking, Trigger::BookingScheduled).await? {
            BookingSaved::Saved => return Ok(Json(Scheduled { id: booking.id.to_string() })),
            BookingSaved::SlotTaken => return Err(taken()),
            BookingSaved::IdTaken | BookingSaved::Changed => {}
        }
    }
}

impl App {
    /// The account's booking calendar of that id and its host, or the vendor's 404.
    pub async fn calendar(&self, account: &Account, id: &str) -> Result<(Calendar, User), Problem> {
        let calendar: Calendar = self.find(account, id).await?;
        // Users stay: a calendar without its host is a damaged row.
        let host = self.find(account, calendar.host.as_str()).await.map_err(|problem| match problem.code {
            "not_found" => Problem::internal(),
            _ => problem,
        })?;
        Ok((calendar, host))
    }

    async fn open_slots(
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

    /// Stores a booking with its event, in one step, and wakes the engine.
    pub async fn save(&self, booking: &Booking, trigger: Trigger) -> Result<BookingSaved, Problem> {
        let draft = Draft {
            account: booking.account.clone(),
            trigger,
            subject: Some(booking.id.to_string()),
            data: booking::render(booking, Reader::Receiver),
            idempotency_key: None,
        };
        let saved = self
            .store
            .save_booking(booking.clone(), self.render(&draft, Origin::Sandbox, None), self.now())
            .await?;
        self.announce();
        Ok(saved)
    }
}

/// Guests book on published calendars only (wire contract, 9.1).
fn published(calendar: &Calendar) -> Result<(), Problem> {
    if calendar.published {
        return Ok(());
    }
    Err(Problem::unprocessable(
        "id",
        "calendar_unpublished",
        "Meeting cannot be scheduled on an unpublished booking calendar.",
    ))
}

/// Longest text of a booking form's field, in characters.
const FIELD_CHARS: usize = 2_000;
/// Most custom fields and guests of a booking form.
const FIELDS: usize = 100;

fn form(fields: &Fields<'_>) -> Result<Form, Problem> {
    let form = Form {
        name: fields.required_text("name")?.trim().to_owned(),
        email: fields.required_text("email")?,
        phone: fields.text("phone")?,
        mobile_phone: fields.text("mobile_phone")?,
        note: fields.text("note")?,
        company: fields.text("company")?,
        guests: fields.texts("guests")?.unwrap_or_default(),
        custom_fields: custom_fields(fields)?,
    };
    if !is_email(&form.email) {
        let message = format!("Invalid string: {}", super::problem::cut(&form.email));
        return Err(Problem::invalid("booking_form.email", "email_invalid", message));
    }
    if form.name.is_empty() {
        return Err(Problem::invalid("booking_form.name", "name_required", "Required fields are missing."));
    }
    let texts = [
        Some(&form.name),
        form.phone.as_ref(),
        form.mobile_phone.as_ref(),
        form.note.as_ref(),
        form.company.as_ref(),
    ];
    if texts.into_iter().flatten().chain(&form.guests).any(|text| text.chars().count() > FIELD_CHARS)
        || form.guests.len() > FIELDS
    {
        let message =
            format!("A field has at most {FIELD_CHARS} characters, and there are at most {FIELDS} guests.");
        return Err(Problem::invalid("booking_form", "text_too_long", message));
    }
    Ok(form)
}

/// Every field the form does not know is a custom one.
fn custom_fields(fields: &Fields<'_>) -> Result<Vec<(String, FieldValue)>, Problem> {
    const KNOWN: [&str; 7] = ["name", "email", "phone", "mobile_phone", "note", "company", "guests"];
    let mut custom = Vec::new();
    for name in fields.names().filter(|name| !KNOWN.contains(name)) {
        let value = if fields.raw(name).is_some_and(|raw| raw.get().starts_with('[')) {
            fields.texts(name)?.map(FieldValue::Many)
        } else {
            fields.text(name)?.map(FieldValue::One)
        };
        custom.extend(value.map(|value| (name.to_owned(), value)));
    }
    if custom.len() > FIELDS {
        return Err(Problem::invalid(
            "booking_form",
            "fields_too_many",
            format!("At most {FIELDS} custom fields are allowed."),
        ));
    }
    Ok(custom)
}
