//! Words: numbers, durations and times as a person says them, each in one place.

use crate::Timestamp;
use crate::attempt::{Attempt, Outcome};
use crate::webhook::DisableReason;
use std::time::Duration;

/// A duration that was set or is meant, seconds up to 60: `44 ms`, `1.2 s`, `60 s`, `3 min 36 s`, `67 h`.
pub fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    match span.as_millis() {
        millis @ 0..1_000 => format!("{millis} ms"),
        millis @ 1_000..10_000 if millis % 1_000 >= 100 => tenths(millis),
        1_000..61_000 => format!("{seconds} s"),
        61_000..3_600_000 => two(seconds / 60, "min", seconds % 60, "s"),
        _ => two(seconds / 3_600, "h", seconds / 60 % 60, "min"),
    }
}

/// A duration that was measured, finer at the short end and coarser at the long: `400 µs`, `1.0 s`, `1 min`, `67 h`.
pub fn took(span: Duration) -> String {
    let seconds = span.as_secs();
    match span.as_millis() {
        0 => format!("{} µs", span.as_micros()),
        millis @ 1..1_000 => format!("{millis} ms"),
        millis @ 1_000..10_000 => tenths(millis),
        10_000..60_000 => format!("{seconds} s"),
        60_000..3_600_000 => two(seconds / 60, "min", seconds % 60, "s"),
        3_600_000..86_400_000 => two(seconds / 3_600, "h", seconds / 60 % 60, "min"),
        _ => format!("{} h", seconds / 3_600),
    }
}

/// A duration in whole seconds, one at least, in its two largest units up to days: `1 s`, `3 min 36 s`, `1 d 1 h`.
pub fn rough(span: Duration) -> String {
    match span.as_secs().max(1) {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..3_600 => two(seconds / 60, "min", seconds % 60, "s"),
        seconds @ 3_600..86_400 => two(seconds / 3_600, "h", seconds / 60 % 60, "min"),
        seconds => two(seconds / 86_400, "d", seconds / 3_600 % 24, "h"),
    }
}

fn tenths(millis: u128) -> String {
    format!("{}.{} s", millis / 1_000, millis % 1_000 / 100)
}

/// Two units; the smaller one is left out when there is none of it.
fn two(large: u64, unit: &str, small: u64, part: &str) -> String {
    match small {
        0 => format!("{large} {unit}"),
        small => format!("{large} {unit} {small} {part}"),
    }
}

/// A time as seen at `now`: the clock, with the date when it is of another day. UTC.
pub fn clock(at: Timestamp, now: Timestamp) -> String {
    let (day, today) = (at.strftime("%F").to_string(), now.strftime("%F").to_string());
    let time = at.strftime("%T").to_string();
    if day == today { format!("{time} UTC") } else { format!("{day} {time} UTC") }
}

/// Where the past was cut, as seen at `now`.
pub fn deleted_before(cut: Timestamp, now: Timestamp) -> String {
    format!("Events before {} were deleted: they were older than they are kept.", clock(cut, now))
}

/// A number with commas between its thousands.
pub fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The number that begins a sentence: a word up to ten.
pub fn opening(count: u64) -> String {
    const WORDS: [&str; 11] =
        ["No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten"];
    let word = usize::try_from(count).ok().and_then(|count| WORDS.get(count));
    word.map_or_else(|| number(count), |word| (*word).to_owned())
}

/// `first`, `second` and so on; figures after the tenth.
pub fn ordinal(number: u32) -> String {
    const WORDS: [&str; 10] =
        ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];
    let word = number.checked_sub(1).and_then(|at| WORDS.get(at as usize));
    let ending = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    word.map_or_else(|| format!("{number}{ending}"), |word| (*word).to_owned())
}

/// Bytes, exact below 10,000.
pub fn bytes(count: u64) -> String {
    match count {
        0..10_000 => format!("{} bytes", number(count)),
        10_000..10_000_000 => format!("{} kB", number(count / 1_000)),
        10_000_000..10_000_000_000 => format!("{} MB", number(count / 1_000_000)),
        _ => format!("{} GB", number(count / 1_000_000_000)),
    }
}

/// `1 try`, `2 tries`.
pub fn tries(count: u32) -> String {
    if count == 1 { "1 try".into() } else { format!("{count} tries") }
}

/// `one delivery`, `1,284 deliveries`.
pub fn deliveries(count: u64) -> String {
    if count == 1 { "one delivery".into() } else { format!("{} deliveries", number(count)) }
}

/// What came of an attempt: a cause before a code, and what was seen before what that kind of outcome means.
pub fn cause(attempt: &Attempt) -> String {
    match (&attempt.response, attempt.outcome) {
        (Some(answer), Outcome::RedirectRefused) => {
            format!("They answered {}, and redirects are not followed.", answer.status)
        }
        (Some(answer), _) => format!("They answered {}.", answer.status),
        (None, outcome) if attempt.detail.is_empty() => outcome.meaning().to_owned(),
        (None, _) => attempt.detail.clone(),
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

#[cfg(test)]
mod tests;
