//! Booking calendars and their open slots (wire contract, 5.2 and 10.1).

mod filter;

pub use filter::CalendarFilter;

use crate::body::RequestBody;
use crate::list::Identified;
use crate::location::SlotLocation;
use crate::number::Integer;
use crate::optional::Omittable;
use crate::parameters::Group;
use crate::text::Name;
use crate::time::{GivenTime, Time};
use crate::{fixed, guest_site, id};
use deskbell_core::id::CalendarId;
use deskbell_core::policy::limit::DURATION_MINUTES;
use deskbell_core::sandbox;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A booking calendar (wire contract, 5.2).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BookingCalendar, examples(json!({"object": "booking_calendar"})))]
pub struct Calendar {
    /// Always `booking_calendar`.
    object: fixed::BookingCalendar,
    id: id::Calendar,
    /// The user who hosts its bookings.
    host: id::User,
    #[schema(example = "Priya's demos")]
    name: String,
    /// The subject of its bookings.
    #[schema(example = "Instrument demo")]
    subject: String,
    /// Where guests would book. Nothing is served there.
    #[schema(example = "https://hooks.northwind.example/in/bookings")]
    url: String,
    /// Whether guests can book on it.
    published: bool,
    /// Length of its bookings, in minutes.
    #[schema(example = 45)]
    duration_minutes: u32,
    /// Whether a booking waits for its host's approval (an addition to the vendor's object).
    approval: bool,
}

impl From<sandbox::Calendar> for Calendar {
    fn from(calendar: sandbox::Calendar) -> Self {
        Self {
            object: fixed::BookingCalendar,
            url: guest_site::calendar(&calendar.id),
            id: calendar.id.into(),
            host: calendar.host.into(),
            name: calendar.name,
            subject: calendar.subject,
            published: calendar.published,
            duration_minutes: calendar.duration_minutes,
            approval: calendar.approval,
        }
    }
}

impl Identified for Calendar {
    fn id(&self) -> &str {
        self.id.as_str()
    }
}

/// Length of a calendar's bookings, in minutes.
pub type DurationMinutes = Integer<{ *DURATION_MINUTES.start() }, { *DURATION_MINUTES.end() }>;

/// A booking calendar to create.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"name": "Priya's demos", "subject": "Instrument demo", "duration_minutes": 45})))]
pub struct NewCalendar {
    /// The id of a user.
    pub host: id::given::User,
    /// 1 to 255 characters.
    pub name: Name,
    /// 1 to 255 characters; the name when left out.
    pub subject: Omittable<Name>,
    /// 5 to 480; 30 when left out.
    pub duration_minutes: Omittable<DurationMinutes>,
    /// `true` when left out.
    pub published: Omittable<bool>,
    /// `false` when left out.
    pub approval: Omittable<bool>,
}

/// What only we set of a calendar.
const READ_ONLY: &[&str] = &["id", "object", "url"];

impl RequestBody for NewCalendar {
    const READ_ONLY: &'static [&'static str] = READ_ONLY;
}

impl NewCalendar {
    /// The calendar, under `id`.
    pub fn made(&self, id: CalendarId) -> sandbox::Calendar {
        let name = self.name.0.clone();
        sandbox::Calendar {
            id,
            host: self.host.0.clone(),
            subject: self.subject.0.as_ref().map_or_else(|| name.clone(), |subject| subject.0.clone()),
            name,
            published: self.published.0.unwrap_or(true),
            duration_minutes: self.duration_minutes.0.map_or(30, u32::from),
            approval: self.approval.0.unwrap_or(false),
        }
    }
}

/// A change to a booking calendar; what is left out stays.
#[derive(Debug, Default, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(min_properties = 1, examples(json!({"name": "Priya's demos", "subject": "Product demo"})))]
pub struct CalendarPatch {
    /// As in creation. Bookings that were made keep their host.
    pub host: Omittable<id::given::User>,
    /// As in creation.
    pub name: Omittable<Name>,
    /// As in creation.
    pub subject: Omittable<Name>,
    /// As in creation.
    pub duration_minutes: Omittable<DurationMinutes>,
    /// As in creation.
    pub published: Omittable<bool>,
    /// As in creation.
    pub approval: Omittable<bool>,
}

impl RequestBody for CalendarPatch {
    const READ_ONLY: &'static [&'static str] = READ_ONLY;
}

impl CalendarPatch {
    /// Changes the calendar as it says.
    pub fn apply(&self, calendar: &mut sandbox::Calendar) {
        let Self { host, name, subject, duration_minutes, published, approval } = self;
        if let Some(host) = &host.0 {
            calendar.host = host.0.clone();
        }
        if let Some(name) = &name.0 {
            calendar.name.clone_from(&name.0);
        }
        if let Some(subject) = &subject.0 {
            calendar.subject.clone_from(&subject.0);
        }
        calendar.duration_minutes = duration_minutes.0.map_or(calendar.duration_minutes, u32::from);
        calendar.published = published.0.unwrap_or(calendar.published);
        calendar.approval = approval.0.unwrap_or(calendar.approval);
    }
}

/// Which slots.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SlotSpan {
    /// Default now; one that is past counts as now
    #[param(inline)]
    pub start_time: Option<GivenTime>,
    /// Default a week after the start; behind it, and at most 30 days
    #[param(inline)]
    pub end_time: Option<GivenTime>,
}

impl Group for SlotSpan {}

/// An open slot (wire contract, 10.1).
#[derive(Debug, Serialize, ToSchema)]
pub struct Slot {
    start_time: Time,
    /// Where its booking can take place.
    locations: Vec<SlotLocation>,
}

impl Slot {
    /// The slot, as its host offers it.
    pub fn new(slot: sandbox::Slot<'_>, host: &sandbox::User) -> Self {
        let locations = host.offers(slot.locations).iter().map(SlotLocation::from).collect();
        Self { start_time: slot.starts.into(), locations }
    }
}
