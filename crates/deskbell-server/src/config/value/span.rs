//! Durations and schedules as text.

use super::Parsed;
use deskbell_core::policy::retry::{hourly_schedule, vendor_schedule};
use std::time::Duration;

/// The units, longest first, in milliseconds.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];
const DAY: Duration = Duration::from_secs(24 * 3600);
/// Bounds of a schedule.
const STEPS: usize = 50;
const STEP: Duration = Duration::from_secs(48 * 3600);
const SUM: Duration = Duration::from_secs(14 * 24 * 3600);

/// A duration within bounds.
pub(crate) fn duration(from: Duration, to: Duration) -> impl Fn(&str) -> Parsed<Duration> {
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

/// The waits of a retry schedule: a profile's name, or the waits themselves.
pub(in crate::config) fn schedule(text: &str) -> Parsed<Vec<Duration>> {
    match text {
        "vendor" => return Ok(vendor_schedule()),
        "hourly" => return Ok(hourly_schedule()),
        _ => {}
    }
    let steps: Vec<_> = text.split(',').map(|step| step.trim()).collect();
    if steps.len() > STEPS {
        return Err(format!("must have at most {STEPS} steps; it has {}", steps.len()));
    }
    let step = |(at, step): (usize, &&str)| {
        parse(step).filter(|wait| !wait.is_zero() && *wait <= STEP).ok_or_else(|| {
            format!(
                "must be vendor, hourly, or waits with commas, each more than 0 and at most 48h, as 1s,2s,4s; \
                 step {} is {step:?}",
                at + 1
            )
        })
    };
    let waits = steps.iter().enumerate().map(step).collect::<Parsed<Vec<_>>>()?;
    // At most 50 steps of at most 48 h: the sum cannot overflow.
    let sum: Duration = waits.iter().sum();
    if sum > SUM {
        return Err(format!("must be at most {} together; it is {}", written(SUM), written(sum)));
    }
    Ok(waits)
}

/// A whole number and a unit.
fn parse(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    let (_, millis) = UNITS.iter().find(|(name, _)| *name == unit)?;
    Some(Duration::from_millis(number.parse::<u64>().ok()?.checked_mul(*millis)?))
}

/// A duration as settings write it, in the longest unit that divides it; beyond a day, days only from three on.
pub(in crate::config) fn written(span: Duration) -> String {
    let millis = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    if millis == 0 {
        return "0s".to_owned();
    }
    let fits = |(name, unit): &&(&str, u64)| millis % unit == 0 && (*name != "d" || span > 3 * DAY);
    UNITS.iter().find(fits).map(|(name, unit)| format!("{}{name}", millis / unit)).unwrap_or_default()
}
