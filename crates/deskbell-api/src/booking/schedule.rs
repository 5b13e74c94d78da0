//! `/v2/booking-calendars/{id}/schedule`: a guest books a slot (wire contract, 10.1).

use super::Bookings;
use crate::auth::VendorCaller;
use crate::body::Body;
use crate::calendar::{Words, bookable, find_with_host, open};
use crate::contact::guest;
use crate::conversation::booked_in;
use crate::one_time_link::{OneTimeLinks, spent};
use crate::path::PathId;
use crate::trace::Traced;
use axum::Json;
use axum::extract::State;
use deskbell_core::account::Account;
use deskbell_core::booking::{
    Booking, Form, Guest, Location, LocationRefused, Payment, Pick, WantedLocation,
};
use deskbell_core::id::BookingId;
use deskbell_core::sandbox::{Calendar, Contact, HostLocation, User, phone};
use deskbell_core::store::BookingSaved;
use deskbell_core::time::later;
use deskbell_core::{Random, Store, Timestamp};
use deskbell_wire::booking::{GivenUtmParams, ScheduleRequest, Scheduled};
use deskbell_wire::problem::{Problem, cut};
use std::sync::Arc;
use std::time::Duration;

/// Book a slot of the sandbox; rings `booking.scheduled`, on a calendar in approval mode when a user approves.
#[utoipa::path(post, path = "/v2/booking-calendars/{id}/schedule", tag = "Sandbox", params(("id" = String, Path)), request_body = ScheduleRequest,
    responses((status = 200, body = Scheduled), (status = 402, body = Problem), (status = 409, body = Problem), (status = 507, body = Problem), (status = 422, body = Problem)))]
pub async fn schedule(
    State(random): State<Arc<dyn Random>>,
    State(bookings): State<Arc<Bookings>>,
    State(links): State<Arc<OneTimeLinks>>,
    VendorCaller(account): VendorCaller,
    PathId(id): PathId,
    traced: Traced,
    Body(asked): Body<ScheduleRequest>,
) -> Result<Json<Scheduled>, Problem> {
    let mut classic = asked.classic();
    let one_time_link = asked.one_time_link.as_ref().map(|link| link.0.clone());
    let (starts, zone, form) = (asked.start_time.0, asked.guest_time_zone.0, Form::from(asked.booking_form));
    let wanted = asked.location.map(WantedLocation::from);
    let conversation = asked.conversation.map(|conversation| conversation.0);
    let (calendar, host) = find_with_host(&bookings.sandbox, &account, &id).await?;
    bookable(&calendar, &host, &Words::BOOKING)?;
    let brings = links.followed(&account, one_time_link.as_ref(), &calendar, &mut classic).await?;
    // The guest was promised that length; slots are as long.
    let duration_minutes = brings.duration_minutes.unwrap_or(calendar.duration_minutes);
    let (calendar, form) = (Calendar { duration_minutes, ..calendar }, brings.completed(form));
    super::classic::check(&classic, &bookings.sandbox, &account).await?;
    let now = bookings.clock.now();
    let offered = must_be_open(&*bookings.store, &account, &calendar, &host, starts, now).await?;
    let located = |id: &BookingId| {
        Location::chosen(&offered, wanted.as_ref(), id).map_err(|refused| unmet(refused, wanted.as_ref()))
    };
    let contact = match conversation {
        Some(_) => None,
        None => {
            // Nobody gets to know a guest whose booking is refused.
            located(&BookingId::from_text(""))?;
            let guest = as_contact(&host, &form, &zone, &*random, now);
            guest::found_or_made(&bookings.sandbox, &account, &guest).await?
        }
    };
    let guest = Guest {
        contact,
        time_zone: zone,
        form,
        conversation: None,
        classic,
        one_time_link,
        made_by: asked.made_by.map(|made_by| made_by.0).unwrap_or_default(),
        payment: asked.payment_information.map(Payment::from),
        utm_params: asked.utm_params.and_then(GivenUtmParams::params).or(brings.utm_params),
    };
    loop {
        let id = BookingId::new(&*random);
        let (location, mut guest, mut made_in) = (located(&id)?, guest.clone(), None);
        if let Some(conversation) = &conversation {
            let conversation =
                booked_in(&*bookings.store, &account, conversation.as_str(), &id, bookings.clock.now())
                    .await?;
            guest.contact = Some(conversation.contact.id.clone());
            guest.conversation = Some(conversation.id.clone());
            made_in = Some(conversation);
        }
        let pick = Pick { id: &id, calendar: &calendar, host: &host, starts, location: &location };
        let booked = Booking::book(&account.id, pick, guest, now);
        match bookings.save(&account, vec![booked], made_in, &traced).await? {
            BookingSaved::Saved => return Ok(Json(Scheduled::from(id))),
            BookingSaved::SlotTaken => return Err(slot_taken()),
            BookingSaved::LinkSpent => return Err(spent()),
            BookingSaved::IdTaken | BookingSaved::Changed => {}
        }
    }
}

/// The vendor's refusal of a slot that is not open (wire contract, 9.1).
pub(super) fn slot_taken() -> Problem {
    Problem::invalid("start_time", "slot_taken", "The selected start time is not available.")
}

/// The refusal of a location, which the guest asked for or left to us.
fn unmet(refused: LocationRefused, wanted: Option<&WantedLocation>) -> Problem {
    match refused {
        LocationRefused::NotOffered => {
            let message = "The selected location is not available.";
            Problem::invalid("location", "location_unavailable", message)
        }
        LocationRefused::Unsaid => Problem::required(wanted.map_or("location", |_| "location.value")),
        LocationRefused::NoNumber => {
            let given = wanted.and_then(|wanted| wanted.value.as_deref()).unwrap_or_default();
            let message = format!("Invalid phone format: '{}'", cut(given));
            Problem::invalid("location.value", "phone_invalid", message)
        }
    }
}

/// Refuses a start that is not one of the open slots now, and gives the locations that the host offers then. The store has
/// the last word when it is booked.
pub(super) async fn must_be_open(
    store: &dyn Store,
    account: &Account,
    calendar: &Calendar,
    host: &User,
    starts: Timestamp,
    now: Timestamp,
) -> Result<Vec<HostLocation>, Problem> {
    let end = later(starts, Duration::from_millis(1));
    let open = open(store, account, calendar, host, starts.max(now)..end).await?;
    let slot = open.iter().find(|slot| slot.starts == starts).ok_or_else(slot_taken)?;
    Ok(host.offers(slot.locations))
}

/// The guest as a contact of the host's, if nobody knows them yet.
fn as_contact(host: &User, form: &Form, zone: &str, random: &dyn Random, now: Timestamp) -> Contact {
    let (first, last) = form.name.split_once(' ').unwrap_or((&form.name, ""));
    let text = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    Contact {
        email: form.email.clone(),
        mobile_phone: [&form.mobile_phone, &form.phone]
            .into_iter()
            .flatten()
            .find_map(|number| phone(number)),
        first_name: text(first),
        last_name: text(last),
        company: form.company.clone(),
        time_zone: Some(zone.to_owned()),
        last_interacted: Some(now),
        ..Contact::new(host, random, now)
    }
}
