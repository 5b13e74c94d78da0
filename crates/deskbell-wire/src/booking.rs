//! Bookings (wire contract, 5.1, 5.3, 5.4): every key always, in a fixed order. Receivers and clients get slightly different
//! keys. The current style has ids for objects and `null` for no value; the expanded one, which only receivers get, has
//! objects, and empty texts for what is missing.

mod action;
mod call;
mod expand;
mod filter;
pub(crate) mod form;
mod part;
mod payment;
mod utm;

pub use action::BookingAction;
pub use call::{
    CancelRequest, DeclineRequest, Reason, ReassignRequest, RequestRescheduleRequest, RescheduleRequest,
    ScheduleRequest, Scheduled,
};
pub use expand::BookingExpand;
pub use filter::BookingFilter;
pub use form::BookingForm;
pub use payment::GivenPayment;
pub use utm::GivenUtmParams;

use crate::booking_page::BookingPage;
use crate::contact::Contact;
use crate::conversation::{Conversation, Expanded};
use crate::event_type::EventType;
use crate::id::{Noun, pattern};
use crate::imported::laid_over;
use crate::list::Identified;
use crate::master_page::MasterPage;
use crate::reference::{Reference, Target};
use crate::time::Time;
use crate::user::User;
use crate::within::Calendar;
use crate::{fixed, guest_site, id, word};
use deskbell_core::account::PayloadStyle;
use deskbell_core::booking::{self, Action, MadeBy};
use deskbell_core::id::{
    BookingId, BookingPageId, CalendarId, ContactId, ConversationId, EventTypeId, MasterPageId, UserId,
};
use deskbell_core::{conversation, sandbox};
use part::{Blank, CancelInformation, Conferencing, ExternalCalendar, FormSubmission};
use payment::PaymentInformation;
use serde::Serialize;
use serde_json::value::RawValue;
use utm::ShownUtmParams;
use utoipa::ToSchema;
use utoipa::openapi::schema::{Object, ObjectBuilder, SchemaType};

/// A booking (wire contract, 5.1). Of `owner`, `contact`, `booking_calendar` and `conversation` it has the ids, and the
/// objects of those that were expanded, or what is left of them.
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
    /// Where to join online; null when it takes place elsewhere.
    virtual_conferencing: Option<Conferencing>,
    /// The address, or the guest's number; null when it takes place online.
    location_description: Option<String>,
    /// The booking that this one replaced.
    #[schema(value_type = Option<id::Booking>)]
    rescheduled_booking_id: Option<String>,
    // For receivers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(ignore)]
    cancel_reschedule_url: Option<String>,
    cancel_reschedule_information: Option<CancelInformation>,
    /// E-mail addresses, the host's first, then the guest's, if the guest gave one.
    attendees: Vec<String>,
    /// Null when an administrator made it.
    #[schema(required)]
    form_submission: Option<FormSubmission>,
    /// What it was made with of the vendor's classic product, as the next two; null where it was made without.
    #[schema(required = false)]
    booking_page: BookingPageOrId,
    #[schema(required = false)]
    master_page: MasterPageOrId,
    #[schema(required = false)]
    event_type: EventTypeOrId,
    #[schema(schema_with = made_in, required = false)]
    conversation: Reference<ConversationId, Conversation>,
    // For clients only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = ContactOrId, required)]
    contact: Option<ContactOrId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<ShownUtmParams>, required)]
    utm_params: Option<Option<ShownUtmParams>>,
    external_calendar: ExternalCalendar,
    #[schema(example = "https://northwind.example/b/Q8T2ZC4M6RVA")]
    ics_url: String,
    booking_calendar: CalendarOrId,
    #[schema(example = "https://northwind.example/b/Q8T2ZC4M6RVA")]
    cancel_url: String,
    #[schema(example = "https://northwind.example/b/Q8T2ZC4M6RVA")]
    reschedule_url: String,
    #[schema(required)]
    payment_information: Option<PaymentInformation>,
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
type BookingPageOrId = Reference<BookingPageId, BookingPage>;
type MasterPageOrId = Reference<MasterPageId, MasterPage>;
type EventTypeOrId = Reference<EventTypeId, EventType>;

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

/// How a booking shows those that it names.
#[derive(Debug, Clone, Copy, Default)]
pub struct Embedded<'a> {
    /// Its host.
    pub owner: Target<&'a sandbox::User>,
    /// Its calendar.
    pub calendar: Target<&'a sandbox::Calendar>,
    /// Its guest.
    pub contact: Target<&'a sandbox::Contact>,
    /// The booking page it was made on.
    pub booking_page: Target<&'a sandbox::BookingPage>,
    /// The master page that led to it.
    pub master_page: Target<&'a sandbox::MasterPage>,
    /// What was booked.
    pub event_type: Target<&'a sandbox::EventType>,
    /// The conversation it was made in, and how that shows those that it names: for receivers by their ids (wire contract,
    /// decision 28).
    pub conversation: Option<(&'a conversation::Conversation, Expanded)>,
}

impl<'a> Embedded<'a> {
    /// How a booking shows its receivers all that is there of what it names.
    pub fn of(
        sandbox: &'a sandbox::Sandbox,
        conversations: &'a [conversation::Conversation],
        booking: &booking::Booking,
    ) -> Self {
        let classic = &booking.classic;
        let (page, master) = (classic.booking_page.as_ref(), classic.master_page.as_ref());
        let (event_type, talk) = (classic.event_type.as_ref(), booking.conversation.as_ref());
        let talk = conversations.iter().find(|one| Some(&one.id) == talk);
        Self {
            owner: sandbox.user(&booking.owner).into(),
            calendar: sandbox.calendars.iter().find(|calendar| calendar.id == booking.calendar).into(),
            contact: Target::Id,
            booking_page: sandbox.booking_pages.iter().find(|one| Some(&one.id) == page).into(),
            master_page: sandbox.master_pages.iter().find(|one| Some(&one.id) == master).into(),
            event_type: sandbox.event_types.iter().find(|one| Some(&one.id) == event_type).into(),
            conversation: talk.map(|talk| (talk, Expanded::default())),
        }
    }
}

impl Booking {
    /// The booking as it is now, for that reader.
    pub fn new(booking: &booking::Booking, reader: Reader, embedded: &Embedded<'_>) -> Self {
        let (id, form, classic) = (&booking.id, &booking.form, &booking.classic);
        let guest_page = guest_site::booking(id);
        let is_client = reader == Reader::Client;
        let blank = Blank::of(reader == Reader::Receiver(PayloadStyle::Expanded));
        let talk = embedded.conversation.map(|(talk, expanded)| Conversation::new(talk, expanded));
        let contact = || {
            Reference::of(
                booking.contact.as_ref(),
                embedded.contact.map(|contact| Contact::from(contact.clone())),
            )
        };
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
            owner: Reference::of(Some(&booking.owner), embedded.owner.map(|owner| User::from(owner.clone()))),
            duration_minutes: booking.duration_minutes,
            virtual_conferencing: blank.conferencing(&booking.location),
            location_description: blank.described(&booking.location),
            rescheduled_booking_id: blank.or(booking.replaces.as_ref().map(BookingId::as_str)),
            cancel_reschedule_url: (!is_client).then(|| guest_page.clone()),
            cancel_reschedule_information: blank.information(booking.cancellation.as_ref()),
            attendees: attendees(booking),
            form_submission: (booking.made_by == MadeBy::Guest).then(|| blank.form(form)),
            booking_page: Reference::of(
                classic.booking_page.as_ref(),
                embedded.booking_page.map(|page| BookingPage::from(page.clone())),
            ),
            master_page: Reference::of(
                classic.master_page.as_ref(),
                embedded.master_page.map(|page| MasterPage::from(page.clone())),
            ),
            event_type: Reference::of(
                classic.event_type.as_ref(),
                embedded.event_type.map(|kind| EventType::from(kind.clone())),
            ),
            conversation: Reference::of(booking.conversation.as_ref(), talk),
            contact: is_client.then(contact),
            utm_params: is_client.then(|| booking.utm_params.as_ref().map(ShownUtmParams::from)),
            external_calendar: blank.external_calendar(&booking.external_calendar),
            ics_url: guest_site::ics(id),
            booking_calendar: Reference::of(
                Some(&booking.calendar),
                embedded.calendar.map(|calendar| Calendar::from(calendar.clone())),
            ),
            cancel_url: format!("{guest_page}/cancel"),
            reschedule_url: guest_page,
            payment_information: booking.payment.as_ref().map(PaymentInformation::from),
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

/// The e-mail addresses of all who take part.
fn attendees(booking: &booking::Booking) -> Vec<String> {
    let guests = booking.form.email.iter().chain(&booking.form.guests);
    [&booking.owner_email].into_iter().chain(guests).cloned().collect()
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

/// The booking as the `data` of an event, as it is now: in the form in which it came, if it was imported.
pub fn payload(booking: &booking::Booking, style: PayloadStyle, embedded: &Embedded<'_>) -> Box<RawValue> {
    let object = Booking::new(booking, Reader::Receiver(style), embedded);
    // Strings, numbers and lists of them: nothing here can fail to serialize.
    let written = serde_json::value::to_raw_value(&object)
        .unwrap_or_else(|_| unreachable!("a booking always serializes"));
    match &booking.imported {
        Some(imported) => laid_over(imported, written),
        None => written,
    }
}

#[cfg(test)]
mod tests;
