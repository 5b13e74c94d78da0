//! Circuit breaker: when a receiver is overloaded or too slow, its whole webhook rests; after the rest one delivery probes it,
//! and a success ends the rest (catalogue 6.1, B-092 to B-098).

use crate::Timestamp;
use crate::attempt::{Attempt, Outcome};
use crate::policy::retry::Rules;
use crate::time::{later, until};
use crate::webhook::Health;
use std::time::Duration;

/// The answers that mean "too much": the webhook is slowed as a whole.
const OVERLOADED: [u16; 4] = [429, 502, 503, 504];

/// Takes an attempt into the webhook's health.
pub fn after(health: &mut Health, attempt: &Attempt, rules: &Rules, now: Timestamp) {
    if attempt.outcome == Outcome::Delivered {
        health.last_success = Some(now);
        health.failures_in_a_row = 0;
        // A success that started before the rest began says nothing about the overload since.
        if attempt.manual || health.rest_until.is_none_or(|end| end <= now) {
            health.rest_until = None;
            health.rests_in_a_row = 0;
        }
        return;
    }
    if attempt.outcome.blame() != crate::attempt::Blame::Receiver {
        return;
    }
    health.failures_in_a_row = health.failures_in_a_row.saturating_add(1);
    if !attempt.outcome.is_timeout() && !status(attempt).is_some_and(|status| OVERLOADED.contains(&status)) {
        return;
    }
    // Several attempts in flight together are one overload; only a failed probe makes the next rest longer.
    let probe = health.rest_until.is_none_or(|end| end <= now);
    if probe {
        health.rests_in_a_row = health.rests_in_a_row.saturating_add(1);
    }
    let doublings = health.rests_in_a_row.saturating_sub(1).min(16);
    let rest = rules.rest_floor.saturating_mul(1 << doublings).min(rules.rest_ceiling.max(rules.rest_floor));
    let asked = retry_after(attempt, rules, now).unwrap_or_default();
    let end = later(now, rest.max(asked));
    health.rest_until = Some(health.rest_until.map_or(end, |rest| rest.max(end)));
}

/// The earliest next try of the delivery whose attempt failed: the webhook's rest, or what the receiver asked for.
pub fn not_before(health: &Health, attempt: &Attempt, rules: &Rules, now: Timestamp) -> Timestamp {
    let asked = retry_after(attempt, rules, now).map_or(now, |wait| later(now, wait));
    health.rest_until.unwrap_or(now).max(asked)
}

/// How many attempts a webhook may have in flight at `now`: none while it rests, one while it is probed.
pub fn room(health: &Health, now: Timestamp, in_flight_max: u32) -> u32 {
    match health.rest_until {
        None => in_flight_max,
        Some(end) if end > now => 0,
        Some(_) => in_flight_max.min(1),
    }
}

/// A retry by hand wants an answer now: the rest is over, and the next attempt is a probe.
pub fn end_rest(health: &mut Health, now: Timestamp) {
    health.rest_until = health.rest_until.map(|end| end.min(now));
}

fn status(attempt: &Attempt) -> Option<u16> {
    attempt.response.as_ref().map(|answer| answer.status)
}

/// What the receiver's one `Retry-After` header asks for, at most [`Rules::retry_after_cap`]; `None` for no header,
/// several, or one that is neither whole seconds nor an HTTP date (B-095). A date in the past asks for nothing.
pub fn retry_after(attempt: &Attempt, rules: &Rules, now: Timestamp) -> Option<Duration> {
    let headers = &attempt.response.as_ref()?.headers;
    let mut values = headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("retry-after"))
        .map(|(_, value)| value.trim());
    let (value, None) = (values.next()?, values.next()) else { return None };
    let wait = if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        value.parse().map_or(Duration::MAX, Duration::from_secs)
    } else {
        until(now, jiff::fmt::rfc2822::parse(value).ok()?.timestamp())
    };
    Some(wait.min(rules.retry_after_cap))
}

#[cfg(test)]
mod tests;
