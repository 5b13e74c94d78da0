//! A booking of an imported event.

use super::Head;
use super::conversation::{ToldConversation, as_it_came};
use super::form::ToldForm;
use super::ground::Ground;
use super::people::ToldUser;
use super::reading::{Maybe, Named, Said, Their, given, named, object, said};
use crate::booking::{Embedded, payload};
use crate::number::Integer;
use crate::problem::Problem;
use crate::text::TimeZone;
use crate::time::GivenTime;
use crate::word;
use deskbell_core::Timestamp;
use deskbell_core::account::PayloadStyle;
use deskbell_core::booking::{Actor, Asked, Booking, Cancellation, Classic, Location, MadeBy, Status};
use deskbell_core::conversation::Conversation;
use deskbell_core::id::{BookingId, BookingPageId, CalendarId, ContactId, UserId};
use deskbell_core::import::{Import, stand_in};
use deskbell_core::imported::Imported;
use deskbell_core::policy::limit::DURATION_MINUTES;
use deskbell_core::sandbox::{
    Calendar, Contact, ExternalCalendar, ExternalCalendarType, Object, Sandbox, User,
};
use deskbell_core::trigger::Trigger;
use serde::Deserialize;

/// A booking as an event tells of it (wire contract, 5.1).
#[derive(Debug, Deserialize)]
pub(super) struct ToldBooking {
    pub(super) object: String,
    id: Their<BookingId>,
    subject: Said,
    status: word::BookingStatus,
    creation_time: GivenTime,
    starting_time: GivenTime,
    customer_timezone: Maybe<TimeZone>,
    last_updated_time: Maybe<GivenTime>,
    owner: Named,
    duration_minutes: Integer<{ *DURATION_MINUTES.start() }, { *DURATION_MINUTES.end() }>,
    virtual_conferencing: Option<ToldConferencing>,
    location_description: Said,
    rescheduled_booking_id: Maybe<Their<BookingId>>,
    cancel_reschedule_information: Option<ToldCancellation>,
    attendees: Option<Vec<String>>,
    form_submission: Option<ToldForm>,
    booking_page: Option<Named>,
    master_page: Option<Named>,
    event_type: Option<Named>,
    booking_calendar: Option<Named>,
    conversation: Option<Named>,
    external_calendar: Option<ToldExternalCalendar>,
}

#[derive(Debug, Deserialize)]
struct ToldExternalCalendar {
    r#type: Maybe<word::ExternalCalendarType>,
    name: Said,
    id: Said,
    event_id: Said,
}

#[derive(Debug, Deserialize)]
struct ToldConferencing {
    join_url: Said,
}

#[derive(Debug, Deserialize)]
struct ToldCancellation {
    reason: Said,
    actioned_by: Said,
    user_id: Maybe<Their<UserId>>,
}

#[derive(Debug, Deserialize)]
struct ToldCalendar {
    id: Their<CalendarId>,
    name: Said,
    subject: Said,
}

impl ToldBooking {
    /// What of it comes into the sandbox.
    ///
    /// # Errors
    /// What is wrong with it, or with what the sandbox has already.
    pub(super) fn import(&self, head: &Head, ground: &Ground) -> Result<Import, Problem> {
        let mut new = Vec::new();
        let told: ToldUser = self.owner.read("data.owner")?;
        let told =
            User { external_calendar: self.external_calendar().kind, ..told.user(self.hosts_address()) };
        let host = ground.user(told, "data.owner", &mut new)?;
        let calendar = self.calendar(&host, ground, &mut new)?;
        let (conversation, contact) = self.guest(head, &host, ground, &mut new)?;
        let booking = self.booking(head, ground, &host, &calendar, contact, conversation.as_ref());
        Ok(Import { objects: new, conversation, booking: Some(booking) })
    }

    /// The form in which it came: `booking` is what it is in the sandbox, which has all that the event names.
    pub(super) fn form(
        &self,
        head: &Head,
        ground: &Ground,
        booking: &Booking,
        conversation: Option<&Conversation>,
    ) -> Imported {
        let talks = conversation.map(std::slice::from_ref).unwrap_or_default();
        let nothing = Sandbox::default();
        let (style, sandbox) = match self.owner.is_object() {
            true => (PayloadStyle::Expanded, &ground.sandbox),
            false => (PayloadStyle::Current, &nothing),
        };
        let embedded = Embedded::of(sandbox, talks, booking);
        let written = payload(booking, style, &embedded).get().to_owned();
        Imported { at: ground.now, data: head.data.get().to_owned(), written, style }
    }

    fn booking(
        &self,
        head: &Head,
        ground: &Ground,
        host: &User,
        calendar: &Calendar,
        contact: Option<ContactId>,
        conversation: Option<&Conversation>,
    ) -> Booking {
        let replaces = given(&self.rescheduled_booking_id).map(|booking| booking.0);
        let asked = match self.status.0 {
            Status::Rescheduled if replaces.is_some() => Asked::Replacement,
            Status::Rescheduled => Asked::Move,
            _ => Asked::Meeting,
        };
        let join_url = self.virtual_conferencing.as_ref().and_then(|told| said(&told.join_url));
        let location = match said(&self.location_description) {
            Some(text) if join_url.is_none() => Location::Described { text },
            _ => Location::Virtual { join_url, provider: None },
        };
        Booking {
            id: self.id.0.clone(),
            account: ground.account.clone(),
            calendar: calendar.id.clone(),
            owner: host.id.clone(),
            owner_email: self.hosts_address().unwrap_or_else(|| host.email.clone()),
            contact,
            conversation: conversation.map(|talk| talk.id.clone()),
            subject: said(&self.subject).unwrap_or_default(),
            status: self.status.0,
            created: self.creation_time.0,
            updated: self.updated(head),
            starts: self.starting_time.0,
            duration_minutes: self.duration_minutes.into(),
            guest_time_zone: given(&self.customer_timezone).map_or_else(|| "UTC".to_owned(), String::from),
            location,
            cancellation: self
                .cancel_reschedule_information
                .as_ref()
                .and_then(|told| told.cancellation(host)),
            asked,
            replaces,
            rebookable: head.trigger == Trigger::BookingCanceledRescheduleRequested,
            form: self.form_submission.as_ref().map(ToldForm::form).unwrap_or_default(),
            classic: Classic {
                booking_page: self.booking_page.as_ref().and_then(Named::id),
                master_page: self.master_page.as_ref().and_then(Named::id),
                event_type: self.event_type.as_ref().and_then(Named::id),
            },
            one_time_link: None,
            made_by: if self.form_submission.is_some() { MadeBy::Guest } else { MadeBy::Administrator },
            external_calendar: self.external_calendar(),
            // What was paid is shown as it came, and forbids nothing: who imports a booking wants to take it further. Of the
            // campaign no receiver is told.
            payment: None,
            utm_params: None,
            imported: None,
            revision: 0,
        }
    }

    fn external_calendar(&self) -> ExternalCalendar {
        let Some(told) = &self.external_calendar else { return ExternalCalendar::default() };
        ExternalCalendar {
            kind: given(&told.r#type).map_or(ExternalCalendarType::None, |kind| kind.0),
            name: said(&told.name),
            id: said(&told.id),
            event_id: said(&told.event_id),
        }
    }

    fn updated(&self, head: &Head) -> Timestamp {
        given(&self.last_updated_time).map_or(head.created, |time| time.0)
    }

    /// The first address among the attendees that the guest did not give: the host's stands before the guest's.
    fn hosts_address(&self) -> Option<String> {
        let form = self.form_submission.as_ref().map(ToldForm::form).unwrap_or_default();
        let is_guest = |address: &str| {
            let guests = form.guests.iter().chain(&form.email);
            guests.into_iter().any(|guest| guest.eq_ignore_ascii_case(address))
        };
        let mut others = self.attendees.iter().flatten().filter(|address| !is_guest(address));
        others.find(|address| deskbell_core::account::is_email(address)).cloned()
    }

    /// The calendar it was made on. A booking page has none: one stands in for it, so that the booking can move.
    fn calendar(&self, host: &User, ground: &Ground, new: &mut Vec<Object>) -> Result<Calendar, Problem> {
        let told =
            named(&self.booking_calendar).map(|told| told.read::<ToldCalendar>("data.booking_calendar"));
        let told = told.transpose()?;
        let page = self.booking_page.as_ref().and_then(Named::id::<BookingPageId>);
        let page = page.map_or_else(|| host.id.to_string(), |page| page.to_string());
        let id = match &told {
            Some(told) => told.id.0.clone(),
            None => CalendarId::from_text(format!("{}{}", CalendarId::PREFIX, stand_in(&page))),
        };
        if let Some(known) = ground.sandbox.calendars.iter().find(|known| known.id == id) {
            return Ok(known.clone());
        }
        let subject = said(&self.subject).unwrap_or_default();
        let calendar = Calendar {
            host: host.id.clone(),
            name: told.as_ref().and_then(|told| said(&told.name)).unwrap_or_else(|| id.to_string()),
            subject: told.as_ref().and_then(|told| said(&told.subject)).unwrap_or(subject),
            id,
            published: true,
            duration_minutes: self.duration_minutes.into(),
            approval: self.status.0 == Status::Requested,
        };
        new.push(calendar.clone().into());
        Ok(calendar)
    }

    /// The guest as a contact, and the conversation in which the guest booked, where the event has more than its id.
    fn guest(
        &self,
        head: &Head,
        host: &User,
        ground: &Ground,
        new: &mut Vec<Object>,
    ) -> Result<(Option<Conversation>, Option<ContactId>), Problem> {
        let (form, at) = (self.form_submission.as_ref(), self.updated(head));
        let known = form.and_then(|form| form.guest(host, self.customer_timezone.as_ref(), at));
        let Some(Named::Object(talk)) = named(&self.conversation) else {
            return Ok((None, known.map(|guest| ground.contact(guest, new))));
        };
        let place = "data.conversation";
        let told: ToldConversation = object(talk, place)?;
        let visitor = told.visitor(place, &host.id, at, known.as_ref())?;
        let contact = ground.contact(visitor.clone(), new);
        let visitor = Contact { id: contact.clone(), ..visitor };
        let owner = match told.owner(place)? {
            Some(told) => ground.user(told.user(None), "data.conversation.owner", new)?,
            None => host.clone(),
        };
        let talk = told.conversation(place, ground, visitor, owner, new)?;
        Ok((Some(as_it_came(talk, None, ground.now)), Some(contact)))
    }
}

impl ToldCancellation {
    /// None where nobody acted: the older payloads then have it with empty texts.
    fn cancellation(&self, host: &User) -> Option<Cancellation> {
        let by = match said(&self.actioned_by)?.as_str() {
            "customer" => Actor::Customer,
            _ => Actor::User(given(&self.user_id).map_or_else(|| host.id.clone(), |user| user.0)),
        };
        Some(Cancellation { reason: said(&self.reason), by })
    }
}
