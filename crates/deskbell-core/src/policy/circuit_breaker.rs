//! Circuit breaker: a webhook whose receiver is overloaded or too slow rests as a whole; after the rest one delivery probes it,
//! and a success ends the rest (catalogue 6.1, B-092 to B-098).
//!
//! It trips on a rate. One overload among many good answers is a receiver that is being deployed, or one of several machines
//! behind a load balancer, and says nothing of the next answer. A receiver that wants a pause says so with `Retry-After`: that
//! is taken at its word at once.

use crate::Timestamp;
use crate::attempt::{Attempt, Blame, Outcome};
use crate::policy::retry::Rules;
use crate::time::{earlier, later, until, whole};
use crate::webhook::Health;
use std::time::Duration;

/// The answers that mean "too much".
const OVERLOADED: [u16; 4] = [429, 502, 503, 504];
/// So many overloads in a row rest the webhook.
pub const OVERLOADS_IN_A_ROW: u32 = 5;
/// So many among the last [`ATTEMPTS_REMEMBERED`] do too: half of them.
pub const OVERLOADS_AMONG_LAST: u32 = ATTEMPTS_REMEMBERED / 2;
/// Attempts of a webhook that are remembered, a bit each: see [`Health::overloads`].
pub const ATTEMPTS_REMEMBERED: u32 = u32::BITS;

/// Takes an attempt into the webhook's health. That of a sample changes nothing.
pub fn after(health: &mut Health, attempt: &Attempt, rules: &Rules, now: Timestamp) {
    let delivered = attempt.outcome == Outcome::Delivered;
    match attempt.outcome.blame() {
        _ if attempt.sample => return,
        Blame::Us => return,
        Blame::Nobody => {
            health.last_success = Some(now);
            health.failures_in_a_row = 0;
        }
        Blame::Receiver => health.failures_in_a_row = health.failures_in_a_row.saturating_add(1),
    }
    let overloaded = is_overload(attempt);
    let trips = match health.rest_until {
        None => {
            health.overloads = (health.overloads << 1) | u32::from(overloaded);
            overloaded && is_too_much(health.overloads)
        }
        // Several attempts in flight together are one overload, and a success that began before the rest was over says
        // nothing about the overload since. Only a probe makes the next rest longer, or ends it.
        Some(end) if attempt.started < end && !attempt.manual => false,
        Some(_) if delivered => {
            health.recover();
            false
        }
        Some(_) => overloaded,
    };
    if trips {
        health.rests_in_a_row = health.rests_in_a_row.saturating_add(1);
    }
    let asked =
        if overloaded { retry_after(attempt, rules, now).filter(|wait| !wait.is_zero()) } else { None };
    let ours = trips.then(|| backed_off(health.rests_in_a_row, rules));
    if let Some(rest) = ours.max(asked) {
        let end = whole(later(now, rest.min(longest(rules))));
        health.rest_until = Some(health.rest_until.map_or(end, |rest| rest.max(end)));
    }
}

/// Whether it says "too much" or "too slow".
pub fn is_overload(attempt: &Attempt) -> bool {
    attempt.outcome.is_timeout()
        || attempt.response.as_ref().is_some_and(|answer| OVERLOADED.contains(&answer.status))
}

/// Whether so many of the last attempts were overloads that the webhook rests.
fn is_too_much(overloads: u32) -> bool {
    overloads.trailing_ones() >= OVERLOADS_IN_A_ROW || overloads.count_ones() >= OVERLOADS_AMONG_LAST
}

/// The first rest is the shortest one, and each that follows a failed probe is twice as long.
fn backed_off(rests_in_a_row: u32, rules: &Rules) -> Duration {
    let doublings = rests_in_a_row.saturating_sub(1).min(31);
    rules.rest_floor.saturating_mul(1 << doublings).min(longest(rules))
}

/// No rest is longer, whatever a receiver asks for: one strange answer must not stop a webhook for a day. It is probed then.
fn longest(rules: &Rules) -> Duration {
    rules.rest_ceiling.max(rules.rest_floor)
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

/// The wall clock was set back by `by`, to `now`. A rest that would be longer than any may be was planned by the time before: it
/// ends when it was meant to. Whether it changed.
pub fn set_back(health: &mut Health, by: Duration, now: Timestamp, rules: &Rules) -> bool {
    let latest = latest(now, rules);
    let Some(end) = health.rest_until.filter(|end| *end > latest) else { return false };
    health.rest_until = Some(whole(earlier(end, by).min(latest)));
    true
}

/// The end of the longest rest that can begin at `now`.
pub fn latest(now: Timestamp, rules: &Rules) -> Timestamp {
    later(now, longest(rules))
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
