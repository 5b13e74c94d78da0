//! Durations as people write them in settings and on the command line: a whole number and a unit, such as 35s.

use std::time::Duration;

/// The units, longest first, in milliseconds.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Reads a duration from `from` to `to`, both included.
///
/// # Errors
/// The rule that the text breaks, to stand behind the name of what was set.
pub fn within(from: Duration, to: Duration) -> impl Fn(&str) -> Result<Duration, String> {
    move |text| {
        parse(text).filter(|span| (from..=to).contains(span)).ok_or_else(|| {
            format!(
                "must be a duration from {} to {}, as 250ms, 35s, 3m, 6h or 7d",
                written(from),
                written(to)
            )
        })
    }
}

/// A whole number and a unit; `None` for anything else.
pub fn parse(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    let (_, millis) = UNITS.iter().find(|(name, _)| *name == unit)?;
    Some(Duration::from_millis(number.parse::<u64>().ok()?.checked_mul(*millis)?))
}

/// The text of a duration, in the longest unit that divides it; beyond a day, days only from three on.
pub fn written(span: Duration) -> String {
    let millis = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    if millis == 0 {
        return "0s".to_owned();
    }
    let fits = |(name, unit): &&(&str, u64)| millis % unit == 0 && (*name != "d" || span > 3 * DAY);
    UNITS.iter().find(fits).map(|(name, unit)| format!("{}{name}", millis / unit)).unwrap_or_default()
}
