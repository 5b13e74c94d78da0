//! Bookings (wire contract, 5.1, 5.3, 5.4): every key always, in a fixed order. Receivers and clients get slightly different
//! keys. The current style has ids for objects and `null` for no value; the expanded one, which only receivers get, has
//! objects, and empty texts for what is missing.

mod action;
mod call;
mod expand;
mod filter;
mod form;
mod part;

pub use action::BookingAction;
pub use call::{
    CancelRequest, DeclineRequest, Reason, ReassignRequest, RequestRescheduleRequest, RescheduleRequest,
    ScheduleRequest, Scheduled,
};
pub use expand::BookingExpand;
pub use filter::BookingFilter;
pub use form::BookingForm;

use crate::contact::Contact;
use crate::conversation::{Conversation, Expanded};
use crate::id::{Noun, pattern};
use crate::list::Identified;
use crate::reference::Reference;
use crate::time::Time;
use crate::user::User;
use crate::within::Calendar;
use crate::{fixed, guest_site, id, word};
use deskbell_core::account::PayloadStyle;
use deskbell_core::booking::{self, Action};
use deskbell_core::id::{BookingId, CalendarId, ContactId, ConversationId, UserId};
use deskbell_core::{conversation, sandbox};
use part::{Blank, CancelInformation, Conferencing, ExternalCalendar, FormSubmission};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use utoipa::openapi::schema::{Object, ObjectBuilder, SchemaType};

/// A booking (wire contract, 5.1). Of `owner`, `contact`, `booking_calendar` and `conversation` it has the ids, and the
/// objects of those that were expanded.
#[derive(Debug, Serialize, ToSchema)]
#[schema(examples(json!({
    "object": "booking", "status": "scheduled", "creation_time": "2026-05-06T13:02:41.300Z",
    "last_updated_time": "2026-05-06T13:02:41.300Z",
})))]
pub struct Booking {
    /// Always `booking`.
    object: fixed::Booking,
    id: id::Booking,
    tracking_id: id::Booking,
    #[schema(example = "Product demo")]
    subject: String,
    /// `requested`, `scheduled`, `rescheduled`, `completed`, `canceled` or `no_show`.
    status: word::BookingStatus,
    /// Always false: a sandbox has no trash.
    in_trash: fixed::False,
    creation_time: Time,
    starting_time: Time,
    #[schema(example = "Europe/Dublin")]
    customer_timezone: String,
    last_updated_time: Time,
    owner: UserOrId,
    #[schema(example = 30)]
    duration_minutes: u32,
    virtual_conferencing: Option<Conferencing>,
    location_description: Option<String>,
    /// The booking that this one replaced.
    #[schema(value_type = Option<id::Booking>)]
    rescheduled_booking_id: Option<String>,
    // For receivers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(ignore)]
    cancel_reschedule_url: Option<String>,
    cancel_reschedule_information: Option<CancelInformation>,
    /// E-mail addresses, the host's first, then the guest's.
    attendees: Vec<String>,
    form_submission: FormSubmission,
    /// Always null, as the next two.
    #[schema(required = false)]
    booking_page: fixed::Null,
    master_page: Option<String>,
    event_type: Option<String>,
    #[schema(schema_with = made_in, required = false)]
    conversation: Reference<ConversationId, Conversation>,
    // For clients only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = ContactOrId, required)]
    contact: Option<ContactOrId>,
    /// Always null.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = fixed::Null, required = false)]
    utm_params: Option<fixed::Null>,
    external_calendar: ExternalCalendar,
    #[schema(example = "https://northwind.example/b/Q8T2ZC4M6RVA")]
    ics_url: String,
    booking_calendar: CalendarOrId,
    #[schema(example = "https://northwind.example/b/Q8T2ZC4M6RVA")]
    cancel_url: String,
    #[schema(example = "https://northwind.example/b/Q8T2ZC4M6RVA")]
    reschedule_url: String,
    /// Always null.
    #[schema(required = false)]
    payment_information: fixed::Null,
    /// Always empty.
    custom_fields: fixed::Empty,
    /// Only with `expand=actions` (an addition): what can be done to it now. Approving and declining are left out where
    /// they never happen.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<BookingAction>, required = false)]
    actions: Option<Vec<BookingAction>>,
}

type UserOrId = Reference<UserId, User>;
type ContactOrId = Reference<ContactId, Contact>;
type CalendarOrId = Reference<CalendarId, Calendar>;

fn made_in() -> Object {
    ObjectBuilder::new()
        .schema_type(SchemaType::AnyValue)
        .description(Some("The conversation it was made in, if any."))
        .pattern(Some(pattern(ConversationId::EXAMPLE)))
        .examples([ConversationId::EXAMPLE])
        .build()
}

/// Who reads a booking: the two readers get slightly different keys (wire contract, 5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// A receiver, as the `data` of an event: with `cancel_reschedule_url`, without `contact` and `utm_params`.
    Receiver(PayloadStyle),
    /// A client of the API: the other way round, and always in the current style.
    Client,
}

/// What stands in a booking as an object, where otherwise its id stands.
#[derive(Debug, Clone, Copy, Default)]
pub struct Embedded<'a> {
    /// Its host.
    pub owner: Option<&'a sandbox::User>,
    /// Its calendar.
    pub calendar: Option<&'a sandbox::Calendar>,
    /// Its guest.
    pub contact: Option<&'a sandbox::Contact>,
    /// The conversation it was made in, with ids for what that names (wire contract, decision 28).
    pub conversation: Option<&'a conversation::Conversation>,
}

impl Booking {
    /// The booking as it is now, for that reader.
    pub fn new(booking: &booking::Booking, reader: Reader, embedded: &Embedded<'_>) -> Self {
        let (id, form) = (&booking.id, &booking.form);
        let guest_page = guest_site::booking(id);
        let is_client = reader == Reader::Client;
        let blank = Blank::of(reader == Reader::Receiver(PayloadStyle::Expanded));
        let talk = embedded.conversation.map(|talk| Conversation::new(talk, Expanded::default()));
        let contact =
            || Reference::of(booking.contact.as_ref(), embedded.contact.cloned().map(Contact::from));
        Self {
            object: fixed::Booking,
            id: id.into(),
            tracking_id: id.into(),
            subject: booking.subject.clone(),
            status: booking.status.into(),
            in_trash: fixed::False,
            creation_time: booking.created.into(),
            starting_time: booking.starts.into(),
            customer_timezone: booking.guest_time_zone.clone(),
            last_updated_time: booking.updated.into(),
            owner: Reference::of(Some(&booking.owner), embedded.owner.cloned().map(User::from)),
            duration_minutes: booking.duration_minutes,
            virtual_conferencing: blank.conferencing(&booking.location),
            location_description: blank.described(&booking.location),
            rescheduled_booking_id: blank.or(booking.replaces.as_ref().map(BookingId::as_str)),
            cancel_reschedule_url: (!is_client).then(|| guest_page.clone()),
            cancel_reschedule_information: blank.information(booking.cancellation.as_ref()),
            attendees: [&booking.owner_email, &form.email].into_iter().chain(&form.guests).cloned().collect(),
            form_submission: blank.form(form),
            booking_page: fixed::Null,
            master_page: None,
            event_type: None,
            conversation: Reference::of(booking.conversation.as_ref(), talk),
            contact: is_client.then(contact),
            utm_params: is_client.then_some(fixed::Null),
            external_calendar: blank.external_calendar(),
            ics_url: guest_site::ics(id),
            booking_calendar: Reference::of(
                Some(&booking.calendar),
                embedded.calendar.cloned().map(Calendar::from),
            ),
            cancel_url: format!("{guest_page}/cancel"),
            reschedule_url: guest_page,
            payment_information: fixed::Null,
            custom_fields: fixed::Empty,
            actions: None,
        }
    }

    /// The same, with what can be done to it.
    #[must_use]
    pub fn with_actions(self, actions: Vec<Action>) -> Self {
        Self { actions: Some(actions.into_iter().map(BookingAction::from).collect()), ..self }
    }
}

impl From<&booking::Booking> for Booking {
    /// For a client, with ids for what it names.
    fn from(booking: &booking::Booking) -> Self {
        Self::new(booking, Reader::Client, &Embedded::default())
    }
}

impl Identified for Booking {
    fn id(&self) -> &str {
        self.id.as_str()
    }
}

/// The booking as the `data` of an event, as it is now.
pub fn payload(booking: &booking::Booking, style: PayloadStyle, embedded: &Embedded<'_>) -> Box<RawValue> {
    let object = Booking::new(booking, Reader::Receiver(style), embedded);
    // Strings, numbers and lists of them: nothing here can fail to serialize.
    serde_json::value::to_raw_value(&object).unwrap_or_else(|_| unreachable!("a booking always serializes"))
}

#[cfg(test)]
mod tests;
