//! A booking on the wire: every key always, in a fixed order, `null` for no value and `[]` for lists, objects as ids
//! (wire contract, 5.1, 5.3, 5.4).

use super::{Actor, Booking, FieldValue, Location};
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
    owner: &'a str,
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
    conversation: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<Option<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    utm_params: Option<Option<&'a str>>,
    external_calendar: ExternalCalendar,
    ics_url: String,
    booking_calendar: &'a str,
    cancel_url: String,
    reschedule_url: String,
    payment_information: Option<&'a str>,
    custom_fields: [&'a str; 0],
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
    Receiver,
    /// A client of the API: the other way round.
    Client,
}

/// The booking as it is now.
pub fn render(booking: &Booking, reader: Reader) -> Box<RawValue> {
    let (id, form) = (booking.id.as_str(), &booking.form);
    let guest_page = format!("{GUEST_SITE}/m/{id}");
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
        owner: booking.owner.as_str(),
        duration_minutes: booking.duration_minutes,
        virtual_conferencing: match &booking.location {
            Location::Virtual { join_url } => Some(Conferencing { join_url }),
            Location::Described { .. } => None,
        },
        location_description: match &booking.location {
            Location::Described { text } => Some(text),
            Location::Virtual { .. } => None,
        },
        rescheduled_booking_id: None,
        cancel_reschedule_url: (reader == Reader::Receiver).then(|| guest_page.clone()),
        cancel_reschedule_information: booking.cancellation.as_ref().map(|cancellation| CancelInformation {
            reason: cancellation.reason.as_deref(),
            actioned_by: match cancellation.by {
                Actor::User(_) => "user",
                Actor::Customer => "customer",
            },
            user_id: match &cancellation.by {
                Actor::User(user) => Some(user.as_str()),
                Actor::Customer => None,
            },
        }),
        attendees: [&booking.owner_email, &form.email]
            .into_iter()
            .chain(&form.guests)
            .map(String::as_str)
            .collect(),
        form_submission: FormSubmission {
            name: &form.name,
            email: &form.email,
            phone: form.phone.as_deref(),
            mobile_phone: form.mobile_phone.as_deref(),
            note: form.note.as_deref(),
            company: form.company.as_deref(),
            guests: &form.guests,
            custom_fields: form
                .custom_fields
                .iter()
                .map(|(name, value)| CustomField { name, value })
                .collect(),
        },
        booking_page: None,
        master_page: None,
        event_type: None,
        conversation: None,
        contact: (reader == Reader::Client).then(|| booking.contact.as_ref().map(|id| id.as_str())),
        utm_params: (reader == Reader::Client).then_some(None),
        external_calendar: ExternalCalendar { r#type: "none", name: None, id: None, event_id: None },
        ics_url: format!("{GUEST_SITE}/api/bookings/ics/{id}"),
        booking_calendar: booking.calendar.as_str(),
        cancel_url: format!("{guest_page}/cancel"),
        reschedule_url: guest_page,
        payment_information: None,
        custom_fields: [],
    };
    // Strings, numbers and lists of them: nothing here can fail to serialize.
    serde_json::value::to_raw_value(&data).unwrap_or_else(|_| unreachable!("a booking always serializes"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::booking::{Form, Status};
    use crate::id::{AccountId, BookingId, CalendarId, UserId};

    fn keys(reader: Reader) -> Vec<String> {
        let booking = Booking {
            id: BookingId::from_text("BKNG-Q8T2ZC4M6RVA"),
            account: AccountId::from_text("ACC-1"),
            calendar: CalendarId::from_text("BKC-LM42X90PTR"),
            owner: UserId::from_text("USR-4KD92MXQ7T"),
            owner_email: "mira@host.example".into(),
            contact: None,
            subject: "Instrument demo".into(),
            status: Status::Scheduled,
            created: crate::Timestamp::UNIX_EPOCH,
            updated: crate::Timestamp::UNIX_EPOCH,
            starts: crate::Timestamp::UNIX_EPOCH,
            duration_minutes: 45,
            guest_time_zone: "Europe/Dublin".into(),
            location: Location::Virtual { join_url: "https://meet.deskbell.test/j/1".into() },
            cancellation: None,
            form: Form::default(),
            revision: 0,
        };
        let value: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(render(&booking, reader).get()).unwrap();
        let mut keys: Vec<String> = value.keys().cloned().collect();
        keys.sort();
        keys
    }

    #[test]
    fn a_receiver_gets_exactly_the_documented_keys() {
        let documented = [
            "attendees",
            "booking_calendar",
            "booking_page",
            "cancel_reschedule_information",
            "cancel_reschedule_url",
            "cancel_url",
            "conversation",
            "creation_time",
            "custom_fields",
            "customer_timezone",
            "duration_minutes",
            "event_type",
            "external_calendar",
            "form_submission",
            "ics_url",
            "id",
            "in_trash",
            "last_updated_time",
            "location_description",
            "master_page",
            "object",
            "owner",
            "payment_information",
            "reschedule_url",
            "rescheduled_booking_id",
            "starting_time",
            "status",
            "subject",
            "tracking_id",
            "virtual_conferencing",
        ];
        assert_eq!(keys(Reader::Receiver), documented);
    }

    #[test]
    fn a_client_gets_contact_and_utm_params_instead_of_the_guest_link() {
        let (receiver, client) = (keys(Reader::Receiver), keys(Reader::Client));
        let only = |here: &[String], there: &[String]| {
            here.iter().filter(|key| !there.contains(key)).cloned().collect::<Vec<_>>()
        };
        assert_eq!(only(&client, &receiver), ["contact", "utm_params"]);
        assert_eq!(only(&receiver, &client), ["cancel_reschedule_url"]);
    }
}
