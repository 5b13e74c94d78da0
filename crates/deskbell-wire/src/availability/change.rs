//! A change of an availability as a body has it, and what is said of one that breaks a rule (wire contract, 10.4).

use super::{ClockTime, DayName, GivenDate};
use crate::body::{RequestBody, VendorWords};
use crate::location::{AvailabilityLocationType, LinkProvider};
use crate::optional::{Nullable, Omittable};
use crate::problem::{Problem, cut};
use deskbell_core::policy::limit::URL_CHARS;
use deskbell_core::sandbox::{
    Address, AvailabilityChange, AvailabilityFault, AvailabilityRule, HostLocation, HoursOf, LocationType,
    WorkingHours,
};
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

/// A change of a user's schedule. Days and dates that it names are overwritten whole; all others stay.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(min_properties = 1)]
pub struct AvailabilityPatch {
    /// Weekdays, each at most once.
    weekly: Omittable<Vec<WeekdayPatch>>,
    /// Dates, each at most once and none in the past; at most 100 of a user are to come.
    overrides: Omittable<Vec<DatePatch>>,
}

impl RequestBody for AvailabilityPatch {
    const VENDOR: Option<VendorWords> = Some(VendorWords {
        empty: Some("At least one field must be provided to update."),
        unknown: "Unsupported field",
        missing: &[],
        malformed: &[],
    });
    const NUMBERED: bool = false;
}

/// A weekday and its hours.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
struct WeekdayPatch {
    /// `Monday` to `Sunday`.
    day: DayName,
    /// At most 24; none clears the day.
    working_hours: Vec<HoursPatch>,
}

/// A date and its hours.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
struct DatePatch {
    /// A date that is not past on the user's own clock.
    date: GivenDate,
    /// At most 24; none makes it a day off, null takes the override away.
    working_hours: Nullable<Vec<HoursPatch>>,
}

/// Hours that overlap no other of their day.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[schema(examples(json!({"start_time": "08:30", "end_time": "12:15"})))]
struct HoursPatch {
    /// On a quarter of an hour.
    start_time: ClockTime,
    /// On a quarter of an hour, behind the start.
    end_time: ClockTime,
    /// One of each type at most, and not both of `online_dynamic_link` and `online_static_link`.
    locations: Vec<LocationPatch>,
}

/// Where to meet.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[schema(examples(json!({"type": "online_dynamic_link", "value": "google_meet", "id": null})))]
struct LocationPatch {
    r#type: AvailabilityLocationType,
    /// `online_static_link`: the link, at most 2,048 characters. `online_dynamic_link`: the provider, the first one connected when
    /// left out. Ignored for all other types.
    #[schema(example = "google_meet")]
    value: Option<String>,
    /// `in_person_by_host`: the id of the address. Ignored for all other types.
    #[schema(example = "ADD-7QX2K4M0TR")]
    id: Option<String>,
}

impl AvailabilityPatch {
    /// The change that it asks for.
    ///
    /// # Errors
    /// The first location that is none.
    pub fn change(&self) -> Result<AvailabilityChange, Problem> {
        let weekly = self
            .weekly
            .0
            .iter()
            .flatten()
            .map(|given| Ok((given.day.0, all(&given.working_hours, "weekly")?)));
        let overrides = self.overrides.0.iter().flatten().map(|given| {
            let hours = given.working_hours.0.as_ref().map(|hours| all(hours, "overrides"));
            Ok((given.date.0, hours.transpose()?))
        });
        let (weekly, overrides) =
            (weekly.collect::<Result<_, Problem>>()?, overrides.collect::<Result<_, Problem>>()?);
        Ok(AvailabilityChange { weekly, overrides })
    }
}

/// All hours of a day of `list`.
fn all(hours: &[HoursPatch], list: &str) -> Result<Vec<WorkingHours>, Problem> {
    let one = |given: &HoursPatch| {
        let locations =
            given.locations.iter().map(|location| location.offered(list)).collect::<Result<_, _>>()?;
        Ok(WorkingHours { start: given.start_time.0, end: given.end_time.0, locations })
    };
    hours.iter().map(one).collect()
}

impl LocationPatch {
    /// The location, of hours of `list`.
    fn offered(&self, list: &str) -> Result<HostLocation, Problem> {
        let field = |name: &str| format!("{list}.working_hours.locations.{name}");
        let text =
            |name: &str, given: &Option<String>| given.clone().ok_or_else(|| Problem::required(field(name)));
        let invalid = |name: &str, given: &str| {
            Problem::invalid(field(name), "value_invalid", format!("Invalid string: {}", cut(given)))
        };
        Ok(match self.r#type.0 {
            LocationType::Virtual => {
                let provider = self.value.clone().map(LinkProvider::try_from).transpose();
                let provider = provider.map_err(|broken| broken.of(&field("value")))?;
                HostLocation::Virtual { provider: provider.map(|provider| provider.0) }
            }
            LocationType::VirtualStatic => {
                let url = text("value", &self.value)?;
                let is_link = url.chars().count() <= URL_CHARS
                    && url::Url::parse(&url).is_ok_and(|link| matches!(link.scheme(), "http" | "https"));
                if !is_link {
                    return Err(invalid("value", &url));
                }
                HostLocation::VirtualStatic { url }
            }
            LocationType::Physical => {
                let id = text("id", &self.id)?;
                let address = Address::find(&id).ok_or_else(|| invalid("id", &id))?;
                HostLocation::Physical { address }
            }
            LocationType::GuestPhone => HostLocation::GuestPhone,
            LocationType::InPersonByGuest => HostLocation::InPersonByGuest,
        })
    }
}

/// The refusal of a change that breaks a rule.
pub fn refused(fault: &AvailabilityFault) -> Problem {
    let list = match fault.of {
        HoursOf::Weekly => "weekly",
        HoursOf::Overrides => "overrides",
    };
    let (within, code) = match fault.rule {
        AvailabilityRule::StartOffQuarter(_) => (".working_hours.start_time", "value_invalid"),
        AvailabilityRule::EndOffQuarter(_) => (".working_hours.end_time", "value_invalid"),
        AvailabilityRule::EndBeforeStart(_) => (".working_hours.end_time", "hours_invalid"),
        AvailabilityRule::Overlapping(_) => (".working_hours", "hours_invalid"),
        AvailabilityRule::TwoLinks | AvailabilityRule::LocationTwice(_) => {
            (".working_hours.locations", "hours_invalid")
        }
        AvailabilityRule::DayTwice(_) => ("", "hours_invalid"),
        AvailabilityRule::DatePast(_) => (".date", "hours_invalid"),
        AvailabilityRule::TooManyHours => (".working_hours", "fields_too_many"),
        AvailabilityRule::TooManyOverrides => ("", "fields_too_many"),
        AvailabilityRule::TooLarge => ("", "text_too_long"),
    };
    let status = match fault.rule {
        AvailabilityRule::TwoLinks => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::BAD_REQUEST,
    };
    Problem::new(status, code, fault.rule.to_string()).param(format!("{list}{within}"))
}
