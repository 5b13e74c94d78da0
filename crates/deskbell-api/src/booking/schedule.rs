//! `/v2/booking-calendars/{id}/schedule`: a guest books a slot (wire contract, 10.1).

use super::Bookings;
use crate::auth::VendorCaller;
use crate::body::Body;
use crate::calendar::{find_with_host, open, published};
use crate::conversation::booked_in;
use crate::path::PathId;
use crate::sandbox::SandboxObjects;
use axum::Json;
use axum::extract::State;
use deskbell_core::account::Account;
use deskbell_core::booking::{Booking, Form, Guest, Pick};
use deskbell_core::id::{BookingId, ContactId};
use deskbell_core::sandbox::{Calendar, Contact, User};
use deskbell_core::store::BookingSaved;
use deskbell_core::time::later;
use deskbell_core::{Random, Store, Timestamp};
use deskbell_wire::booking::{ScheduleRequest, Scheduled};
use deskbell_wire::problem::Problem;
use std::sync::Arc;
use std::time::Duration;

/// Book a slot of the sandbox; rings `booking.scheduled`, on a calendar in approval mode when a user approves.
#[utoipa::path(post, path = "/v2/booking-calendars/{id}/schedule", tag = "Sandbox", params(("id" = String, Path)), request_body = ScheduleRequest,
    responses((status = 200, body = Scheduled), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn schedule(
    State(random): State<Arc<dyn Random>>,
    State(bookings): State<Arc<Bookings>>,
    VendorCaller(account): VendorCaller,
    PathId(id): PathId,
    Body(asked): Body<ScheduleRequest>,
) -> Result<Json<Scheduled>, Problem> {
    let (starts, zone, form) = (asked.start_time.0, asked.guest_time_zone.0, Form::from(asked.booking_form));
    let conversation = asked.conversation.map(|conversation| conversation.0);
    let (calendar, host) = find_with_host(&bookings.sandbox, &account, &id).await?;
    published(&calendar)?;
    let now = bookings.clock.now();
    must_be_open(&*bookings.store, &account, &calendar, &host, starts, now).await?;
    let contact = match conversation {
        Some(_) => None,
        None => contact_of(&bookings.sandbox, &account, &host, &form, &zone, now).await?,
    };
    let guest = Guest { contact, time_zone: zone, form, conversation: None };
    loop {
        let id = BookingId::new(&*random);
        let (mut guest, mut made_in) = (guest.clone(), None);
        if let Some(conversation) = &conversation {
            let conversation =
                booked_in(&*bookings.store, &account, conversation.as_str(), &id, bookings.clock.now())
                    .await?;
            guest.contact = Some(conversation.contact.id.clone());
            guest.conversation = Some(conversation.id.clone());
            made_in = Some(conversation);
        }
        let pick = Pick { id: &id, calendar: &calendar, host: &host, starts };
        let booked = Booking::book(&account.id, pick, guest, now);
        match bookings.save(&account, vec![booked], made_in).await? {
            BookingSaved::Saved => return Ok(Json(Scheduled::from(id))),
            BookingSaved::SlotTaken => return Err(slot_taken()),
            BookingSaved::IdTaken | BookingSaved::Changed => {}
        }
    }
}

/// The vendor's refusal of a slot that is not open (wire contract, 9.1).
pub(super) fn slot_taken() -> Problem {
    Problem::invalid("start_time", "slot_taken", "The selected start time is not available.")
}

/// Refuses a start that is not one of the open slots now. The store has the last word when it is booked.
pub(super) async fn must_be_open(
    store: &dyn Store,
    account: &Account,
    calendar: &Calendar,
    host: &User,
    starts: Timestamp,
    now: Timestamp,
) -> Result<(), Problem> {
    let end = later(starts, Duration::from_millis(1));
    let open = open(store, account, calendar, host, starts.max(now)..end).await?;
    if open.contains(&starts) { Ok(()) } else { Err(slot_taken()) }
}

/// The contact with the guest's address, in any case; a new one when there is none and room for one is left.
async fn contact_of(
    sandbox: &SandboxObjects,
    account: &Account,
    host: &User,
    form: &Form,
    zone: &str,
    now: Timestamp,
) -> Result<Option<ContactId>, Problem> {
    let address = form.email.to_lowercase();
    let is_guest =
        |contact: &Contact| contact.email.as_ref().is_some_and(|email| email.to_lowercase() == address);
    let contacts = sandbox.all(account).await?.contacts;
    if let Some(known) = contacts.into_iter().find(is_guest) {
        return Ok(Some(known.id));
    }
    let (first, last) = form.name.split_once(' ').unwrap_or((&form.name, ""));
    let text = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let made = sandbox.add(account, |random| Contact {
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
