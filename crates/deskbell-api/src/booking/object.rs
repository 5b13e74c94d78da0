//! How a booking stands in the document of the API; [`deskbell_core::booking::render`] renders it.

#![allow(
    missing_docs,
    reason = "the wire contract, 5, says what its names mean; nothing is ever built of these"
)]

use serde_json::Value;
use utoipa::ToSchema;

/// A booking (wire contract, 5.1). Of `owner`, `contact`, `booking_calendar` and `conversation` it has the ids, and the
/// objects of those that were expanded.
#[derive(ToSchema)]
#[schema(as = Booking)]
pub struct BookingObject {
    /// Always `booking`.
    #[schema(example = "booking")]
    pub object: String,
    #[schema(example = "BKNG-Q8T2ZC4M6RVA")]
    pub id: String,
    #[schema(example = "BKNG-Q8T2ZC4M6RVA")]
    pub tracking_id: String,
    #[schema(example = "Product demo")]
    pub subject: String,
    /// `requested`, `scheduled`, `rescheduled`, `completed`, `canceled` or `no_show`.
    #[schema(example = "scheduled")]
    pub status: String,
    /// Always false: a sandbox has no trash.
    pub in_trash: bool,
    #[schema(example = "2026-05-06T13:02:41.300Z")]
    pub creation_time: String,
    #[schema(example = "2026-05-12T09:30:00.000Z")]
    pub starting_time: String,
    #[schema(example = "Europe/Dublin")]
    pub customer_timezone: String,
    #[schema(example = "2026-05-06T13:02:41.300Z")]
    pub last_updated_time: String,
    #[schema(example = "USR-4KD92MXQ7T")]
    pub owner: Value,
    #[schema(example = 30)]
    pub duration_minutes: u32,
    pub virtual_conferencing: Option<Conferencing>,
    pub location_description: Option<String>,
    /// The booking that this one replaced.
    pub rescheduled_booking_id: Option<String>,
    pub cancel_reschedule_information: Option<CancelInformation>,
    /// E-mail addresses, the host's first, then the guest's.
    pub attendees: Vec<String>,
    pub form_submission: FormSubmission,
    /// Always null, as the next two.
    pub booking_page: Option<String>,
    pub master_page: Option<String>,
    pub event_type: Option<String>,
    /// The conversation it was made in, if any.
    #[schema(value_type = Option<Value>, example = "CVR-5B0E77C1D4")]
    pub conversation: Option<Value>,
    #[schema(value_type = Value, example = "CTC-7W3PLX90DK")]
    pub contact: Value,
    /// Always null.
    #[schema(value_type = Option<Object>)]
    pub utm_params: Option<Value>,
    pub external_calendar: ExternalCalendar,
    pub ics_url: String,
    #[schema(example = "BKC-LM42X90PTR")]
    pub booking_calendar: Value,
    pub cancel_url: String,
    pub reschedule_url: String,
    /// Always null.
    #[schema(value_type = Option<Object>)]
    pub payment_information: Option<Value>,
    /// Always empty.
    #[schema(value_type = Vec<Object>)]
    pub custom_fields: Vec<Value>,
}

/// Where to meet online.
#[derive(ToSchema)]
pub struct Conferencing {
    pub join_url: String,
}

/// Who called a booking off or moved it, and why.
#[derive(ToSchema)]
pub struct CancelInformation {
    pub reason: Option<String>,
    /// `user` or `customer`.
    #[schema(example = "user")]
    pub actioned_by: String,
    /// The user, if it was one.
    #[schema(example = "USR-4KD92MXQ7T")]
    pub user_id: Option<String>,
}

/// What the guest filled in.
#[derive(ToSchema)]
pub struct FormSubmission {
    #[schema(example = "Tomas Healy")]
    pub name: String,
    #[schema(example = "tomas.healy@corrib.example")]
    pub email: String,
    pub phone: Option<String>,
    pub mobile_phone: Option<String>,
    pub note: Option<String>,
    pub company: Option<String>,
    /// E-mail addresses of more guests.
    pub guests: Vec<String>,
    pub custom_fields: Vec<FormField>,
}

/// The answer to a question of the form.
#[derive(ToSchema)]
#[schema(as = BookingFormField)]
pub struct FormField {
    pub name: String,
    /// A string or a list of strings.
    pub value: Value,
}

/// The host's own calendar: never connected.
#[derive(ToSchema)]
pub struct ExternalCalendar {
    /// Always `none`.
    #[schema(example = "none")]
    pub r#type: String,
    pub name: Option<String>,
    pub id: Option<String>,
    pub event_id: Option<String>,
}
