//! Words: numbers and times as a person says them. Two significant parts of a duration at most; a time as a clock.

use crate::Timestamp;
use crate::attempt::{Attempt, Outcome};
use crate::webhook::DisableReason;
use std::time::Duration;

/// A duration: `44 ms`, `1.2 s`, `3 min 36 s`, `5 h 2 min`, `67 h`.
pub fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    let two = |large: u64, unit: &str, small: u64, part: &str| match small {
        0 => format!("{large} {unit}"),
        small => format!("{large} {unit} {small} {part}"),
    };
    match span.as_millis() {
        0 => format!("{} µs", span.as_micros()),
        millis @ 1..1_000 => format!("{millis} ms"),
        millis @ 1_000..10_000 => format!("{}.{} s", millis / 1_000, millis % 1_000 / 100),
        _ if seconds < 60 => format!("{seconds} s"),
        _ if seconds < 3_600 => two(seconds / 60, "min", seconds % 60, "s"),
        _ if seconds < 86_400 => two(seconds / 3_600, "h", seconds % 3_600 / 60, "min"),
        _ => format!("{} h", seconds / 3_600),
    }
}

/// A time as seen at `now`: the clock, with the date when it is of another day. UTC.
pub fn clock(at: Timestamp, now: Timestamp) -> String {
    let (day, today) = (at.strftime("%F").to_string(), now.strftime("%F").to_string());
    let time = at.strftime("%T").to_string();
    if day == today { format!("{time} UTC") } else { format!("{day} {time} UTC") }
}

/// Bytes, exact below 10,000.
pub fn bytes(count: usize) -> String {
    match count {
        0..10_000 if count < 1_000 => format!("{count} bytes"),
        1_000..10_000 => format!("{},{:03} bytes", count / 1_000, count % 1_000),
        _ => format!("{} kB", count / 1_000),
    }
}

/// `1 try`, `2 tries`.
pub fn tries(count: u32) -> String {
    if count == 1 { "1 try".into() } else { format!("{count} tries") }
}

/// `first`, `second` and so on; figures after the tenth.
pub fn ordinal(number: u32) -> String {
    const NAMES: [&str; 10] =
        ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];
    let name = number.checked_sub(1).and_then(|at| NAMES.get(at as usize));
    let ending = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    name.map_or_else(|| format!("{number}{ending}"), |name| (*name).to_owned())
}

/// What came of an attempt: a cause before a code.
pub fn cause(attempt: &Attempt) -> String {
    match (&attempt.response, attempt.outcome) {
        (Some(answer), Outcome::RedirectRefused) => {
            format!("They answered {}, and redirects are not followed.", answer.status)
        }
        (Some(answer), _) => format!("They answered {}.", answer.status),
        (None, outcome) => outcome.meaning().to_owned(),
    }
}

/// Why a webhook is off, as in "it was …".
pub fn off(reason: DisableReason) -> &'static str {
    match reason {
        DisableReason::ByOwner => "paused",
        DisableReason::Gone => "turned off, because they answered 410",
        DisableReason::WindowExhausted => "turned off, because every try of an event had failed",
    }
}
