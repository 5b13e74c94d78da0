//! A change of an availability: days and dates that are named get their hours anew, and what is wrong with those.

use super::{Availability, Day, WorkingHours};
use crate::policy::limit::{AVAILABILITY_BYTES, OVERRIDES_PER_USER, WORKING_HOURS_PER_DAY};
use crate::sandbox::{HostLocation, LocationType};
use jiff::civil::{Date, Time};
use std::collections::BTreeSet;

/// Hours begin and end on a quarter of an hour.
const QUARTER_MINUTES: i8 = 15;

/// What is to change. Days and dates that it does not name stay as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AvailabilityChange {
    /// Weekdays, each with all of its hours.
    pub weekly: Vec<(Day, Vec<WorkingHours>)>,
    /// Dates, each with all of its hours; `None` takes the override away.
    pub overrides: Vec<(Date, Option<Vec<WorkingHours>>)>,
}

/// Whose hours they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoursOf {
    /// Weekdays.
    Weekly,
    /// Single dates.
    Overrides,
}

/// The rule that a change breaks, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AvailabilityFault {
    /// In which of the two lists.
    pub of: HoursOf,
    /// The rule.
    pub rule: AvailabilityRule,
}

/// A rule that a change can break, in the vendor's words where it has any (wire contract, 10.4).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum AvailabilityRule {
    #[error("start time should be multiple of 15: '{0}'")]
    StartOffQuarter(String),
    #[error("end time should be multiple of 15: '{0}'")]
    EndOffQuarter(String),
    #[error("end time should be after start time: '{0}'")]
    EndBeforeStart(String),
    #[error("availability range is overlapping: '{0}'")]
    Overlapping(String),
    #[error("You can set either online_dynamic_link or online_static_link")]
    TwoLinks,
    #[error("Duplicate entry for location type: '{0}'")]
    LocationTwice(&'static str),
    #[error("Duplicate entry for day or date: '{0}'")]
    DayTwice(String),
    #[error("Date cannot be in the past: '{0}'")]
    DatePast(Date),
    #[error("A day has at most {} working hours.", WORKING_HOURS_PER_DAY)]
    TooManyHours,
    #[error("A user has at most {} overrides to come.", OVERRIDES_PER_USER)]
    TooManyOverrides,
    #[error("The availability would take more than {} bytes.", AVAILABILITY_BYTES)]
    TooLarge,
}

impl Availability {
    /// The availability with the change, as of `today` on the host's own clock. Overrides that are past are forgotten:
    /// they decide nothing any more, and cannot be named to take them away.
    ///
    /// # Errors
    /// The first rule that the change breaks.
    pub fn changed(&self, change: &AvailabilityChange, today: Date) -> Result<Self, AvailabilityFault> {
        let mut changed = self.clone();
        let of = |of| move |rule| AvailabilityFault { of, rule };
        judge_weekly(change).map_err(of(HoursOf::Weekly))?;
        changed.weekly.extend(change.weekly.iter().cloned());
        judge_overrides(change, today).map_err(of(HoursOf::Overrides))?;
        changed.overrides.retain(|date, _| *date >= today);
        for (date, hours) in &change.overrides {
            match hours {
                Some(hours) => changed.overrides.insert(*date, hours.clone()),
                None => changed.overrides.remove(date),
            };
        }
        if changed.overrides.len() > OVERRIDES_PER_USER {
            return Err(of(HoursOf::Overrides)(AvailabilityRule::TooManyOverrides));
        }
        // Texts, numbers and lists of them: it always serializes.
        let bytes = serde_json::to_string(&changed).map_or(usize::MAX, |text| text.len());
        if bytes > AVAILABILITY_BYTES {
            let list = if change.weekly.is_empty() { HoursOf::Overrides } else { HoursOf::Weekly };
            return Err(of(list)(AvailabilityRule::TooLarge));
        }
        Ok(changed)
    }
}

fn judge_weekly(change: &AvailabilityChange) -> Result<(), AvailabilityRule> {
    for (_, hours) in &change.weekly {
        judge(hours)?;
    }
    once(change.weekly.iter().map(|(day, _)| day.as_str().to_owned()))
}

fn judge_overrides(change: &AvailabilityChange, today: Date) -> Result<(), AvailabilityRule> {
    for (date, hours) in &change.overrides {
        if *date < today {
            return Err(AvailabilityRule::DatePast(*date));
        }
        judge(hours.as_deref().unwrap_or_default())?;
    }
    once(change.overrides.iter().map(|(date, _)| date.to_string()))
}

/// Each day stands once.
fn once(days: impl Iterator<Item = String>) -> Result<(), AvailabilityRule> {
    let mut seen = BTreeSet::new();
    for day in days {
        if !seen.insert(day.clone()) {
            return Err(AvailabilityRule::DayTwice(day));
        }
    }
    Ok(())
}

/// The hours of one day.
fn judge(day: &[WorkingHours]) -> Result<(), AvailabilityRule> {
    if day.len() > WORKING_HOURS_PER_DAY {
        return Err(AvailabilityRule::TooManyHours);
    }
    for (index, hours) in day.iter().enumerate() {
        judge_times(hours)?;
        if day[..index].iter().any(|before| before.start < hours.end && hours.start < before.end) {
            return Err(AvailabilityRule::Overlapping(span(hours)));
        }
        judge_locations(hours)?;
    }
    Ok(())
}

fn judge_times(hours: &WorkingHours) -> Result<(), AvailabilityRule> {
    let off_quarter = |time: Time| time.minute() % QUARTER_MINUTES != 0;
    if off_quarter(hours.start) {
        return Err(AvailabilityRule::StartOffQuarter(clock(hours.start)));
    }
    if off_quarter(hours.end) {
        return Err(AvailabilityRule::EndOffQuarter(clock(hours.end)));
    }
    if hours.end <= hours.start {
        return Err(AvailabilityRule::EndBeforeStart(span(hours)));
    }
    Ok(())
}

fn judge_locations(hours: &WorkingHours) -> Result<(), AvailabilityRule> {
    let types: Vec<LocationType> = hours.locations.iter().map(HostLocation::of_type).collect();
    if types.contains(&LocationType::Virtual) && types.contains(&LocationType::VirtualStatic) {
        return Err(AvailabilityRule::TwoLinks);
    }
    let twice = types.iter().enumerate().find(|(index, one)| types[..*index].contains(one));
    twice.map_or(Ok(()), |(_, one)| Err(AvailabilityRule::LocationTwice(one.in_availability())))
}

fn clock(time: Time) -> String {
    time.strftime("%H:%M").to_string()
}

fn span(hours: &WorkingHours) -> String {
    format!("{}-{}", clock(hours.start), clock(hours.end))
}
