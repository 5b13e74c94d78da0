//! Times: as answers print them, and as callers may give them.

use crate::broken::Broken;
use crate::problem::cut;
use crate::schema::{text, value};
use deskbell_core::Timestamp;
use deskbell_core::time::{whole, wire};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize, Serializer};
use utoipa::openapi::schema::{AnyOfBuilder, KnownFormat, ObjectBuilder, SchemaFormat, SchemaType, Type};

const EXAMPLE: &str = "2026-05-12T09:30:00.000Z";

/// A time in an answer: ISO 8601, UTC, three decimals (wire contract, decision 25).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Time(pub Timestamp);

impl From<Timestamp> for Time {
    fn from(at: Timestamp) -> Self {
        Self(at)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&wire(self.0))
    }
}

value!(Time, text(EXAMPLE).format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime))));

/// A date, or a time with its zone, as a caller gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct GivenTime(pub Timestamp);

impl TryFrom<String> for GivenTime {
    type Error = Broken;

    fn try_from(text: String) -> Result<Self, Broken> {
        read(&text).map(Self)
    }
}

value!(GivenTime, {
    let format = |format| {
        ObjectBuilder::new().schema_type(SchemaType::AnyValue).format(Some(SchemaFormat::KnownFormat(format)))
    };
    AnyOfBuilder::new()
        .schema_type(Type::String)
        .item(format(KnownFormat::DateTime))
        .item(format(KnownFormat::Date))
        .examples([EXAMPLE])
});

/// A date (its first moment in UTC) or a time with its zone (A-105; wire contract, 9.1 and 9.5).
pub(crate) fn read(text: &str) -> Result<Timestamp, Broken> {
    let midnight = || text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok().map(|day| day.timestamp());
    let read = if text.contains([':', 'T', 't']) { text.parse().ok() } else { midnight() };
    // jiff reads more than ISO 8601 calendar dates; years outside of four digits have no place in the wire form.
    let plain = text.len() <= 64 && text.starts_with(|c: char| c.is_ascii_digit()) && is_extended(text);
    read.filter(|_| plain)
        .map(whole)
        .ok_or_else(|| Broken::new("timestamp_invalid", format!("Invalid date: {}", cut(text))))
}

/// Whether a time has the extended form of ISO 8601 alone: `T` before it, colons in it and in its offset, which is less than a day.
fn is_extended(text: &str) -> bool {
    let Some((date, time)) = text.split_once(['T', 't']) else { return text.len() == 10 };
    let (clock, zone) = match time.strip_suffix(['Z', 'z']) {
        Some(clock) => (clock, "+00:00"),
        None => time.split_at_checked(time.len().saturating_sub(6)).unwrap_or((time, "")),
    };
    let digits = |text: &str, at: [usize; 2]| {
        text.get(at[0]..at[1]).is_some_and(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let is_clock =
        digits(clock, [0, 2]) && clock.get(2..3) == Some(":") && clock < "24" && digits(clock, [3, 5]);
    let is_zone = zone.starts_with(['+', '-'])
        && digits(zone, [1, 3])
        && zone.get(3..4) == Some(":")
        && digits(zone, [4, 6])
        && &zone[1..] < "24:00";
    date.len() == 10 && is_clock && is_zone && !clock.contains(',')
}

#[cfg(test)]
mod tests;
