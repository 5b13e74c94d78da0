//! Times of day, dates and weekdays, as an availability has them.

use crate::broken::Broken;
use crate::location::vendor_words;
use crate::parameters::Group;
use crate::problem::cut;
use crate::schema::{text, value, words};
use deskbell_core::sandbox::Day;
use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize, Serializer};
use utoipa::IntoParams;
use utoipa::openapi::schema::{KnownFormat, SchemaFormat};

vendor_words! {
    /// A weekday, as in `Monday`.
    DayName(Day) = Day::as_str;
}

/// A time of day, as in `08:30`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct ClockTime(pub Time);

impl TryFrom<String> for ClockTime {
    type Error = Broken;

    fn try_from(given: String) -> Result<Self, Broken> {
        let read = || {
            let (hour, minute) = given.split_once(':')?;
            let two_digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
            let fit = two_digits(hour) && two_digits(minute);
            Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok().filter(|_| fit)
        };
        read().map(Self).ok_or_else(|| invalid(&given))
    }
}

impl Serialize for ClockTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0.strftime("%H:%M"))
    }
}

value!(ClockTime, text("08:30").pattern(Some("^([01][0-9]|2[0-3]):(00|15|30|45)$")));

/// A date, as in `2027-03-17`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct GivenDate(pub Date);

impl TryFrom<String> for GivenDate {
    type Error = Broken;

    fn try_from(given: String) -> Result<Self, Broken> {
        date(&given).map(Self).ok_or_else(|| invalid(&given))
    }
}

impl Serialize for GivenDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

// Far away: a date of a body must not be past.
value!(GivenDate, text("2087-03-17").format(Some(SchemaFormat::KnownFormat(KnownFormat::Date))));

/// Which overrides.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OverridesFrom {
    /// Overrides from this date on; all when left out
    #[param(inline)]
    pub overrides_start_time: Option<OverridesStart>,
}

impl Group for OverridesFrom {}

/// The first date of which overrides are shown.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
pub struct OverridesStart(pub Date);

impl TryFrom<String> for OverridesStart {
    type Error = Broken;

    fn try_from(given: String) -> Result<Self, Broken> {
        let message = "Invalid date format for overrides_start_time. Expected format: YYYY-MM-DD";
        date(&given).map(Self).ok_or_else(|| Broken::new("timestamp_invalid", message))
    }
}

value!(OverridesStart as GivenDate);

/// Ten characters: more than one form is a date to the library.
fn date(text: &str) -> Option<Date> {
    text.parse().ok().filter(|_| text.len() == "YYYY-MM-DD".len())
}

/// The vendor's words for a text that is not what it should be (wire contract, 9.1).
fn invalid(given: &str) -> Broken {
    Broken::new("value_invalid", format!("Invalid string: {}", cut(given)))
}
