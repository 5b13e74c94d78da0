//! `/v2/booking-calendars/{id}/schedule`: a guest books a slot (wire contract, 10.1).

use super::form::form;
use crate::app::{App, Shared};
use crate::auth::VendorCaller;
use crate::body::ObjectBody;
use crate::calendar::published;
use crate::path::PathId;
use axum::Json;
use axum::extract::State;
use deskbell_core::Timestamp;
use deskbell_core::account::Account;
use deskbell_core::booking::{Booking, Form, Guest, Pick};
use deskbell_core::id::{BookingId, ContactId};
use deskbell_core::sandbox::{Calendar, Contact, User};
use deskbell_core::store::BookingSaved;
use deskbell_core::time::{later, whole};
use deskbell_wire::fields::Fields;
use deskbell_wire::problem::Problem;
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;

/// A slot to book.
#[derive(ToSchema)]
pub struct ScheduleRequest {
    /// The start of an open slot.
    #[schema(example = "2026-05-12T09:30:00.000Z")]
    pub start_time: String,
    /// The guest's IANA time zone.
    #[schema(example = "Europe/Dublin")]
    pub guest_time_zone: String,
    /// What the guest filled in.
    pub booking_form: BookingForm,
    /// An addition to the vendor's API: the open conversation that it is booked in. Its visitor is the guest, whatever
    /// address the form has.
    #[schema(example = "CVR-5B0E77C1D4")]
    pub conversation: Option<String>,
}

/// What a guest fills in. Any other field becomes a custom field, a string or a list of strings; at most 100 of them.
#[derive(ToSchema)]
#[schema(example = json!({"name": "Tomas Healy", "email": "tomas.healy@corrib.example", "note": "Please call first."}))]
pub struct BookingForm {
    /// 1 to 2,000 characters.
    #[schema(max_length = 2_000)]
    pub name: String,
    /// E-mail address.
    pub email: String,
    /// At most 2,000 characters.
    #[schema(max_length = 2_000)]
    pub phone: Option<String>,
    /// At most 2,000 characters.
    #[schema(max_length = 2_000)]
    pub mobile_phone: Option<String>,
    /// At most 2,000 characters.
    #[schema(max_length = 2_000)]
    pub note: Option<String>,
    /// At most 2,000 characters.
    #[schema(max_length = 2_000)]
    pub company: Option<String>,
    /// E-mail addresses of more guests, at most 100.
    #[schema(max_items = 100)]
    pub guests: Option<Vec<String>>,
}

/// A booking that was made.
#[derive(Serialize, ToSchema)]
pub struct Scheduled {
    #[schema(example = "BKNG-Q8T2ZC4M6RVA")]
    id: String,
}

/// Book a slot of the sandbox; rings `booking.scheduled`, on a calendar in approval mode when a user approves.
#[utoipa::path(post, path = "/v2/booking-calendars/{id}/schedule", tag = "Sandbox", params(("id" = String, Path)), request_body = ScheduleRequest,
    responses((status = 200, body = Scheduled), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 413, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn schedule(
    State(app): State<Shared>,
    VendorCaller(account): VendorCaller,
    PathId(id): PathId,
    body: ObjectBody,
) -> Result<Json<Scheduled>, Problem> {
    let fields = Fields::new(&body.0);
    let starts = whole(fields.time("start_time")?.ok_or_else(|| fields.missing("start_time"))?);
    let zone = fields.time_zone("guest_time_zone")?.ok_or_else(|| fields.missing("guest_time_zone"))?;
    let form = form(&fields.nested("booking_form")?.ok_or_else(|| fields.missing("booking_form"))?)?;
    let conversation = fields.text("conversation")?;
    let (calendar, host) = app.calendar(&account, &id).await?;
    published(&calendar)?;
    let now = app.now();
    app.must_be_open(&account, &calendar, &host, starts, now).await?;
    let contact = match conversation {
        Some(_) => None,
        None => app.contact_of(&account, &host, &form, &zone, now).await?,
    };
    let guest = Guest { contact, time_zone: zone, form, conversation: None };
    loop {
        let id = BookingId::new(&*app.random);
        let (mut guest, mut made_in) = (guest.clone(), None);
        if let Some(conversation) = &conversation {
            let conversation = app.booked_in(&account, conversation, &id).await?;
            guest.contact = Some(conversation.contact.id.clone());
            guest.conversation = Some(conversation.id.clone());
            made_in = Some(conversation);
        }
        let pick = Pick { id: &id, calendar: &calendar, host: &host, starts };
        let booked = Booking::book(&account.id, pick, guest, now);
        match app.save_bookings(&account, vec![booked], made_in).await? {
            BookingSaved::Saved => return Ok(Json(Scheduled { id: id.to_string() })),
            BookingSaved::SlotTaken => return Err(slot_taken()),
            BookingSaved::IdTaken | BookingSaved::Changed => {}
        }
    }
}

/// The vendor's refusal of a slot that is not open (wire contract, 9.1).
pub fn slot_taken() -> Problem {
    Problem::invalid("start_time", "slot_taken", "The selected start time is not available.")
}

impl App {
    /// Refuses a start that is not one of the open slots now. The store has the last word when it is booked.
    pub async fn must_be_open(
        &self,
        account: &Account,
        calendar: &Calendar,
        host: &User,
        starts: Timestamp,
        now: Timestamp,
    ) -> Result<(), Problem> {
        let end = later(starts, Duration::from_millis(1));
        let open = self.open_slots(account, calendar, host, starts.max(now), end).await?;
        if open.contains(&starts) { Ok(()) } else { Err(slot_taken()) }
    }

    /// The contact with the guest's address, in any case; a new one when there is none and room for one is left.
    async fn contact_of(
        &self,
        account: &Account,
        host: &User,
        form: &Form,
        zone: &str,
        now: Timestamp,
    ) -> Result<Option<ContactId>, Problem> {
        let address = form.email.to_lowercase();
        let is_guest =
            |contact: &Contact| contact.email.as_ref().is_some_and(|email| email.to_lowercase() == address);
        let contacts = self.sandbox.all(account).await?.contacts;
        if let Some(known) = contacts.into_iter().find(is_guest) {
            return Ok(Some(known.id));
        }
        let (first, last) = form.name.split_once(' ').unwrap_or((&form.name, ""));
        let text = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let made = self.sandbox.add(account, |random| Contact {
            email: Some(form.email.clone()),
            first_name: text(first),
            last_name: text(last),
            company: form.company.clone(),
            time_zone: Some(zone.to_owned()),
            last_interacted: Some(now),
            ..Contact::new(host, random, now)
        });
        match made.await {
            Ok(contact) => Ok(Some(contact.id)),
            Err(problem) if problem.code == "objects_too_many" => Ok(None),
            Err(problem) => Err(problem),
        }
    }
}
