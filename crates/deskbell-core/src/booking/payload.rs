//! A booking on the wire: every key always, in a fixed order (wire contract, 5.1, 5.3, 5.4). The current style has ids for
//! objects and `null` for no value; the expanded one has objects, and empty texts for what is missing.

use super::{Actor, Booking, Cancellation, FieldValue, Form, Location};
use crate::account::PayloadStyle;
use crate::conversation::{Conversation, ConversationData, Expand};
use crate::sandbox::payload::{CalendarData, ContactData, UserData};
use crate::sandbox::{Calendar, Contact, User};
use crate::time::wire;
use serde::Serialize;
use serde_json::value::RawValue;

/// Where the guest's links of a sandbox booking point to. Nothing is served there: `.test` never resolves (RFC 6761).
const GUEST_SITE: &str = "https://book.deskbell.test";

#[derive(Serialize)]
struct Data<'a> {
    object: &'static str,
    id: &'a str,
    tracking_id: &'a str,
    subject: &'a str,
    status: &'static str,
    in_trash: bool,
    creation_time: String,
    starting_time: String,
    customer_timezone: &'a str,
    last_updated_time: String,
    owner: OneOf<&'a str, UserData<'a>>,
    duration_minutes: u32,
    virtual_conferencing: Option<Conferencing<'a>>,
    location_description: Option<&'a str>,
    rescheduled_booking_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cancel_reschedule_url: Option<String>,
    cancel_reschedule_information: Option<CancelInformation<'a>>,
    attendees: Vec<&'a str>,
    form_submission: FormSubmission<'a>,
    booking_page: Option<&'a str>,
    master_page: Option<&'a str>,
    event_type: Option<&'a str>,
    conversation: OneOf<Option<&'a str>, ConversationData<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<OneOf<Option<&'a str>, ContactData<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    utm_params: Option<Option<&'a str>>,
    external_calendar: ExternalCalendar,
    ics_url: String,
    booking_calendar: OneOf<&'a str, CalendarData<'a>>,
    cancel_url: String,
    reschedule_url: String,
    payment_information: Option<&'a str>,
    custom_fields: [&'a str; 0],
}

/// An id, or the object that it names.
#[derive(Serialize)]
#[serde(untagged)]
enum OneOf<I, O> {
    Id(I),
    Object(Box<O>),
}

impl<I, O> OneOf<I, O> {
    fn of(id: I, object: Option<O>) -> Self {
        object.map_or(Self::Id(id), |object| Self::Object(Box::new(object)))
    }
}

#[derive(Serialize)]
struct Conferencing<'a> {
    join_url: &'a str,
}

#[derive(Serialize)]
struct CancelInformation<'a> {
    reason: Option<&'a str>,
    actioned_by: &'static str,
    user_id: Option<&'a str>,
}

#[derive(Serialize)]
struct FormSubmission<'a> {
    name: &'a str,
    email: &'a str,
    phone: Option<&'a str>,
    mobile_phone: Option<&'a str>,
    note: Option<&'a str>,
    company: Option<&'a str>,
    guests: &'a [String],
    custom_fields: Vec<CustomField<'a>>,
}

#[derive(Serialize)]
struct CustomField<'a> {
    name: &'a str,
    value: &'a FieldValue,
}

#[derive(Serialize)]
struct ExternalCalendar {
    r#type: &'static str,
    name: Option<&'static str>,
    id: Option<&'static str>,
    event_id: Option<&'static str>,
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
    /// Its host, where the owner stands.
    pub owner: Option<&'a User>,
    /// Its calendar, where the booking calendar stands.
    pub calendar: Option<&'a Calendar>,
    /// Its guest's contact, where the contact stands.
    pub contact: Option<&'a Contact>,
    /// The conversation it was made in, with ids for what that names (wire contract, decision 28).
    pub conversation: Option<&'a Conversation>,
}

/// What stands for a missing text.
#[derive(Clone, Copy)]
struct Blank(Option<&'static str>);

impl Blank {
    fn or(self, text: Option<&str>) -> Option<&str> {
        text.or(self.0)
    }

    fn conferencing(self, location: &Location) -> Option<Conferencing<'_>> {
        let join_url = match location {
            Location::Virtual { join_url } => Some(join_url.as_str()),
            Location::Described { .. } => None,
        };
        self.or(join_url).map(|join_url| Conferencing { join_url })
    }

    fn described(self, location: &Location) -> Option<&str> {
        self.or(match location {
            Location::Described { text } => Some(text),
            Location::Virtual { .. } => None,
        })
    }

    fn information(self, cancellation: Option<&Cancellation>) -> Option<CancelInformation<'_>> {
        let Some(cancellation) = cancellation else {
            let blank =
                |blank| CancelInformation { reason: Some(blank), actioned_by: blank, user_id: Some(blank) };
            return self.0.map(blank);
        };
        let (actioned_by, user) = match &cancellation.by {
            Actor::User(user) => ("user", Some(user.as_str())),
            Actor::Customer => ("customer", None),
        };
        let reason = self.or(cancellation.reason.as_deref());
        Some(CancelInformation { reason, actioned_by, user_id: self.or(user) })
    }

    fn form(self, form: &Form) -> FormSubmission<'_> {
        FormSubmission {
            name: &form.name,
            email: &form.email,
            phone: self.or(form.phone.as_deref()),
            mobile_phone: self.or(form.mobile_phone.as_deref()),
            note: self.or(form.note.as_deref()),
            company: self.or(form.company.as_deref()),
            guests: &form.guests,
            custom_fields: form
                .custom_fields
                .iter()
                .map(|(name, value)| CustomField { name, value })
                .collect(),
        }
    }
}

/// The booking as it is now.
pub fn render(booking: &Booking, reader: Reader, embedded: &Embedded<'_>) -> Box<RawValue> {
    let (id, form) = (booking.id.as_str(), &booking.form);
    let guest_page = format!("{GUEST_SITE}/m/{id}");
    let is_client = reader == Reader::Client;
    let blank = Blank((reader == Reader::Receiver(PayloadStyle::Expanded)).then_some(""));
    let data = Data {
        object: "booking",
        id,
        tracking_id: id,
        subject: &booking.subject,
        status: booking.status.as_str(),
        in_trash: false,
        creation_time: wire(booking.created),
        starting_time: wire(booking.starts),
        customer_timezone: &booking.guest_time_zone,
        last_updated_time: wire(booking.updated),
        owner: OneOf::of(booking.owner.as_str(), embedded.owner.map(UserData::new)),
        duration_minutes: booking.duration_minutes,
        virtual_conferencing: blank.conferencing(&booking.location),
        location_description: blank.described(&booking.location),
        rescheduled_booking_id: blank.or(booking.replaces.as_ref().map(|id| id.as_str())),
        cancel_reschedule_url: (!is_client).then(|| guest_page.clone()),
        cancel_reschedule_information: blank.information(booking.cancellation.as_ref()),
        attendees: [&booking.owner_email, &form.email]
            .into_iter()
            .chain(&form.guests)
            .map(String::as_str)
            .collect(),
        form_submission: blank.form(form),
        booking_page: None,
        master_page: None,
        event_type: None,
        conversation: OneOf::of(
            booking.conversation.as_ref().map(|id| id.as_str()),
            embedded.conversation.map(|talk| ConversationData::new(talk, Expand::default())),
        ),
        contact: is_client.then(|| {
            let id = booking.contact.as_ref().map(|id| id.as_str());
            OneOf::of(id, embedded.contact.map(ContactData::new))
        }),
        utm_params: is_client.then_some(None),
        external_calendar: ExternalCalendar { r#type: "none", name: blank.0, id: blank.0, event_id: blank.0 },
        ics_url: format!("{GUEST_SITE}/api/bookings/ics/{id}"),
        booking_calendar: OneOf::of(booking.calendar.as_str(), embedded.calendar.map(CalendarData::new)),
        cancel_url: format!("{guest_page}/cancel"),
        reschedule_url: guest_page,
        payment_information: None,
        custom_fields: [],
    };
    // Strings, numbers and lists of them: nothing here can fail to serialize.
    serde_json::value::to_raw_value(&data).unwrap_or_else(|_| unreachable!("a booking always serializes"))
}

#[cfg(test)]
mod tests;
