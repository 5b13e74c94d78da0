//! What the calls that book and that take a booking further are given (wire contract, 10.1). The vendor's ignore what they
//! do not know.

use super::{BookingForm, GivenPayment, GivenUtmParams};
use crate::body::RequestBody;
use crate::broken::Broken;
use crate::location::{BookedLocation, NewHostLocation};
use crate::schema::{text, value};
use crate::text::TimeZone;
use crate::time::GivenTime;
use crate::{id, word};
use deskbell_core::booking::Classic;
use deskbell_core::id::BookingId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A slot to book.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ScheduleRequest {
    /// The start of an open slot.
    pub start_time: GivenTime,
    /// The guest's IANA time zone.
    pub guest_time_zone: TimeZone,
    /// What the guest filled in.
    pub booking_form: BookingForm,
    /// One of the slot's locations. Left out, it is one that asks nothing of the guest, online before all else.
    pub location: Option<BookedLocation>,
    /// An addition to the vendor's API: the open conversation that it is booked in. Its visitor is the guest, whatever
    /// address the form has.
    pub conversation: Option<id::given::Conversation>,
    /// An addition: the booking page that it is made on.
    pub booking_page: Option<id::given::BookingPage>,
    /// An addition: the master page that leads to it.
    pub master_page: Option<id::given::MasterPage>,
    /// An addition: the event type that is booked.
    pub event_type: Option<id::given::EventType>,
    /// An addition: the id of the one-time link that it is made with, and spends.
    pub one_time_link: Option<id::given::OneTimeLink>,
    /// An addition: `guest`, or `administrator`, whose bookings show no `form_submission`.
    pub made_by: Option<word::MadeBy>,
    /// An addition: what the guest paid.
    pub payment_information: Option<GivenPayment>,
    /// An addition: the campaign that brought the guest.
    pub utm_params: Option<GivenUtmParams>,
}

impl RequestBody for ScheduleRequest {}

impl ScheduleRequest {
    /// What it names of the vendor's classic product, there or not.
    pub fn classic(&self) -> Classic {
        Classic {
            booking_page: self.booking_page.clone().map(|page| page.0),
            master_page: self.master_page.clone().map(|page| page.0),
            event_type: self.event_type.clone().map(|kind| kind.0),
        }
    }
}

/// A booking that was made.
#[derive(Debug, Serialize, ToSchema)]
pub struct Scheduled {
    id: id::Booking,
}

impl From<BookingId> for Scheduled {
    fn from(id: BookingId) -> Self {
        Self { id: id.into() }
    }
}

/// Where a booking moves to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RescheduleRequest {
    /// The start of an open slot.
    pub start_time: GivenTime,
    /// Another calendar than the booking's own.
    pub booking_calendar: Option<id::given::Calendar>,
}

impl RequestBody for RescheduleRequest {}

/// Who is to host a booking.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ReassignRequest {
    /// A user's id.
    pub new_host: id::given::User,
    /// Where it is to take place. Left out, an online booking keeps its provider, if the new host has it connected, or gets the first
    /// one that the host has; all others stay where they are.
    pub location: Option<NewHostLocation>,
}

impl RequestBody for ReassignRequest {}

/// Why it is called off.
#[derive(Debug, Deserialize, ToSchema)]
pub struct CancelRequest {
    /// Free text, at most 2,000 characters.
    pub cancellation_reason: Option<Reason>,
    /// Accepted and ignored: the sandbox sends no mail.
    pub send_cancellation_email: Option<bool>,
}

impl RequestBody for CancelRequest {}

/// Why a new time is needed.
#[derive(Debug, Deserialize, ToSchema)]
pub struct RequestRescheduleRequest {
    /// Free text, at most 2,000 characters.
    pub reschedule_reason: Option<Reason>,
}

impl RequestBody for RequestRescheduleRequest {}

/// Why a request is declined.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeclineRequest {
    /// Free text, at most 2,000 characters.
    pub reason: Option<Reason>,
}

impl RequestBody for DeclineRequest {}

/// Longest reason, in characters.
const REASON_CHARS: usize = 2_000;

/// Why something is done to a booking.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Reason(pub String);

impl TryFrom<String> for Reason {
    type Error = Broken;

    fn try_from(reason: String) -> Result<Self, Broken> {
        if reason.chars().count() > REASON_CHARS {
            let message = format!("The reason must have at most {REASON_CHARS} characters.");
            return Err(Broken::new("text_too_long", message));
        }
        Ok(Self(reason))
    }
}

impl From<Reason> for String {
    fn from(reason: Reason) -> Self {
        reason.0
    }
}

value!(Reason, text("The guest fell ill.").max_length(Some(REASON_CHARS)));
