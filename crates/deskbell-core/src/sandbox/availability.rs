//! When a host can be booked: the hours of each weekday, those of single dates in their place, and the rules by which both
//! are changed (wire contract, 10.4).

mod change;
mod day;

pub use change::{AvailabilityChange, AvailabilityFault, AvailabilityRule, HoursOf};
pub use day::Day;

use super::{HostLocation, User};
use jiff::civil::{Date, Time, time};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// When a host can be booked. All times are those of the host's own clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Availability {
    /// Hours of the weekdays that were ever set; one that was cleared has none.
    pub weekly: BTreeMap<Day, Vec<WorkingHours>>,
    /// Hours of single dates in place of those of their weekday; without any the date is a day off.
    pub overrides: BTreeMap<Date, Vec<WorkingHours>>,
}

/// Hours in which a host can be booked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkingHours {
    /// When they begin.
    pub start: Time,
    /// When they end, on the same day.
    pub end: Time,
    /// Where the host can be met; at most one of each type.
    pub locations: Vec<HostLocation>,
}

impl Default for Availability {
    /// The vendor's for a new user: Monday to Friday, 09:00 to 17:00.
    fn default() -> Self {
        let all_day = WorkingHours { start: time(9, 0, 0, 0), end: time(17, 0, 0, 0), locations: Vec::new() };
        let working = [Day::Monday, Day::Tuesday, Day::Wednesday, Day::Thursday, Day::Friday];
        Self {
            weekly: working.into_iter().map(|day| (day, vec![all_day.clone()])).collect(),
            overrides: BTreeMap::new(),
        }
    }
}

impl Availability {
    /// Whether it is that of a new user.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// The hours of a date.
    pub fn on(&self, date: Date) -> &[WorkingHours] {
        let hours = self.overrides.get(&date).or_else(|| self.weekly.get(&Day::of(date)));
        hours.map_or(&[], Vec::as_slice)
    }
}

impl User {
    /// The clock of its working hours. A user whose time zone is unknown works in UTC.
    pub fn clock(&self) -> TimeZone {
        TimeZone::get(&self.time_zone).unwrap_or(TimeZone::UTC)
    }
}

#[cfg(test)]
mod tests;
