//! Retry schedules as text.

use super::Parsed;
use deskbell_core::duration::{parse, written};
use deskbell_core::policy::retry::{hourly_schedule, vendor_schedule};
use std::time::Duration;

/// Bounds of a schedule.
const STEPS: usize = 50;
const STEP: Duration = Duration::from_secs(48 * 3600);
const SUM: Duration = Duration::from_secs(14 * 24 * 3600);

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
