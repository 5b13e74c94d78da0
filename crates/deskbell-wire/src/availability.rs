//! When a host can be booked: the schedule that both calls answer with, and the body that changes it (wire contract, 10.4).

mod change;
mod clock;

pub use change::{AvailabilityPatch, refused};
pub use clock::{ClockTime, DayName, GivenDate, OverridesFrom, OverridesStart};

use crate::fixed;
use crate::location::{AvailabilityLocationType, value_and_id};
use deskbell_core::sandbox::{self, Day, HostLocation, User};
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

/// When and where a user can be booked (wire contract, 10.4).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Schedule)]
pub struct Schedule {
    /// Always `schedule`.
    object: fixed::Schedule,
    /// The user's IANA time zone, in which all times are.
    #[schema(example = "Europe/Dublin")]
    timezone: String,
    /// Days that were ever set, Monday first; one that was cleared has no working hours.
    weekly: Vec<WeekdayHours>,
    /// Dates with hours of their own, the earliest first; one without any is a day off.
    overrides: Vec<DateHours>,
}

/// The hours of a weekday.
#[derive(Debug, Serialize, ToSchema)]
struct WeekdayHours {
    day: DayName,
    working_hours: Vec<WorkingHours>,
}

/// The hours of a date.
#[derive(Debug, Serialize, ToSchema)]
struct DateHours {
    date: GivenDate,
    /// The weekday of the date.
    day: DayName,
    working_hours: Vec<WorkingHours>,
}

/// Hours in which the user can be booked.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ScheduleHours, examples(json!({"start_time": "08:30", "end_time": "12:15"})))]
struct WorkingHours {
    start_time: ClockTime,
    end_time: ClockTime,
    /// Where; without any it is online, at the provider that the user connected first.
    locations: Vec<Location>,
}

/// Where a user can be met.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ScheduleLocation, examples(json!({"type": "online_dynamic_link", "value": "google_meet", "id": null})))]
struct Location {
    r#type: AvailabilityLocationType,
    /// The provider of links, the link or the address.
    #[schema(example = "google_meet", required)]
    value: Option<String>,
    /// The id of the address; null for all other types.
    #[schema(example = "ADD-7QX2K4M0TR", required)]
    id: Option<&'static str>,
}

impl Schedule {
    /// The user's schedule, with the overrides from a date on.
    pub fn new(user: &User, overrides_from: Option<Date>) -> Self {
        let hours = |hours: &[sandbox::WorkingHours]| {
            hours.iter().map(|hours| WorkingHours::of(hours, user)).collect()
        };
        let availability = &user.availability;
        let overrides = availability
            .overrides
            .iter()
            .filter(|(date, _)| overrides_from.is_none_or(|from| **date >= from));
        Self {
            object: fixed::Schedule,
            timezone: user.time_zone.clone(),
            weekly: availability
                .weekly
                .iter()
                .map(|(day, day_hours)| WeekdayHours { day: DayName(*day), working_hours: hours(day_hours) })
                .collect(),
            overrides: overrides
                .map(|(date, date_hours)| DateHours {
                    date: GivenDate(*date),
                    day: DayName(Day::of(*date)),
                    working_hours: hours(date_hours),
                })
                .collect(),
        }
    }
}

impl WorkingHours {
    fn of(hours: &sandbox::WorkingHours, user: &User) -> Self {
        // Hours that name no location say so, though they offer one.
        let named = if hours.locations.is_empty() { Vec::new() } else { user.offers(&hours.locations) };
        Self {
            start_time: ClockTime(hours.start),
            end_time: ClockTime(hours.end),
            locations: named.iter().map(Location::from).collect(),
        }
    }
}

impl From<&HostLocation> for Location {
    fn from(location: &HostLocation) -> Self {
        let (value, id) = value_and_id(location);
        // A link of the host's own is shown to its host, and to the guest who booked.
        let link = match location {
            HostLocation::VirtualStatic { url } => Some(url.clone()),
            _ => None,
        };
        Self {
            r#type: AvailabilityLocationType(location.of_type()),
            value: link.or(value.map(str::to_owned)),
            id,
        }
    }
}

#[cfg(test)]
mod tests;
