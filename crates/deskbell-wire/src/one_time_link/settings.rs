//! `booking_settings` of a one-time link. A value of a wrong type is refused in the vendor's words (wire contract, 10.6).

use crate::broken::Broken;
use crate::problem::cut;
use crate::schema::{value, words};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::schema::{ArrayBuilder, KnownFormat, ObjectBuilder, SchemaFormat, Type};

/// Longest text of a setting, in characters.
const SETTING_CHARS: usize = 2_000;
/// The steps that a guest can be spared.
const STEPS: [&str; 3] = ["contact_info", "questions", "co_hosts"];

/// How is booked with a one-time link. What names nobody, and no duration of the calendar, is ignored.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct BookingSettings {
    /// An e-mail address: a host of a team's calendar. Those of the sandbox have one host each, so it chooses nothing.
    pub host: Option<SettingText>,
    /// E-mail addresses with commas between them.
    pub co_hosts: Option<SettingText>,
    /// The duration of the calendar, which the booking then keeps though the calendar changes.
    pub duration_minutes: Option<Minutes>,
    /// Steps of the form that the guest is spared: `contact_info`, `questions`, `co_hosts`.
    pub skip: Option<Skip>,
}

/// A text of at most 2,000 characters.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Value")]
pub struct SettingText(pub String);

impl TryFrom<Value> for SettingText {
    type Error = Broken;

    fn try_from(given: Value) -> Result<Self, Broken> {
        match given {
            Value::String(text) if text.chars().count() <= SETTING_CHARS => Ok(Self(text)),
            other => Err(invalid(&other)),
        }
    }
}

value!(SettingText, ObjectBuilder::new().schema_type(Type::String).max_length(Some(SETTING_CHARS)));

/// A number of minutes.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "Value")]
pub struct Minutes(pub u32);

impl TryFrom<Value> for Minutes {
    type Error = Broken;

    fn try_from(given: Value) -> Result<Self, Broken> {
        let minutes = given.as_u64().and_then(|minutes| u32::try_from(minutes).ok());
        minutes.map(Self).ok_or_else(|| invalid(&given))
    }
}

value!(
    Minutes,
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int32)))
        .minimum(Some(0))
);

/// The steps that the guest is spared.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Value")]
pub struct Skip(pub bool);

impl TryFrom<Value> for Skip {
    type Error = Broken;

    fn try_from(given: Value) -> Result<Self, Broken> {
        let Value::Array(steps) = &given else { return Err(invalid(&given)) };
        let known = |step: &Value| step.as_str().is_some_and(|step| STEPS.contains(&step));
        match steps.iter().find(|step| !known(step)) {
            Some(stranger) => Err(invalid(stranger)),
            None => Ok(Self(!steps.is_empty())),
        }
    }
}

value!(Skip, ArrayBuilder::new().items(words(STEPS)));

/// The vendor's words for a value that is not what it should be.
fn invalid(given: &Value) -> Broken {
    let text = given.as_str().map_or_else(|| given.to_string(), str::to_owned);
    Broken::new("value_invalid", format!("Invalid string: {}", cut(&text)))
}
