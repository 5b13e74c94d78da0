//! What the calls that book and that take a booking further are given (wire contract, 10.1). The vendor's ignore what they
//! do not know.

use super::form::BookingForm;
use crate::body::RequestBody;
use crate::broken::Broken;
use crate::id;
use crate::problem::cut;
use crate::schema::{text, value};
use crate::text::TimeZone;
use crate::time::GivenTime;
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
    /// An addition to the vendor's API: the open conversation that it is booked in. Its visitor is the guest, whatever
    /// address the form has.
    pub conversation: Option<id::given::Conversation>,
}

impl RequestBody for ScheduleRequest {}

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
    /// Where it is to take place. Checked and otherwise ignored: the sandbox keeps its one way to meet.
    #[schema(value_type = Option<Object>)]
    pub location: Option<MeetingPlace>,
}

impl RequestBody for ReassignRequest {}

/// Where a booking is to take place.
#[derive(Debug, Deserialize)]
pub struct MeetingPlace {
    #[allow(dead_code, reason = "checked, and otherwise ignored")]
    r#type: Virtual,
    #[allow(dead_code, reason = "checked, and otherwise ignored")]
    value: Online,
}

/// One of a few words, in the vendor's words where it is not.
macro_rules! checked {
    ($($(#[$doc:meta])* $name:ident: $words:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Deserialize)]
        #[serde(try_from = "String")]
        struct $name;

        impl TryFrom<String> for $name {
            type Error = Broken;

            fn try_from(given: String) -> Result<Self, Broken> {
                if $words.contains(&given.as_str()) {
                    return Ok(Self);
                }
                Err(Broken::new("value_invalid", format!("Invalid string: {}", cut(&given))))
            }
        }
    )*};
}

checked! {
    /// The one kind of place that there is.
    Virtual: ["virtual"];
    /// Ways to meet online (wire contract, 10.1).
    Online: ["google_meet", "microsoft_teams", "webex", "gotomeeting", "zoom"];
}

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
