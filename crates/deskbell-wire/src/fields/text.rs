//! Rules of single texts: names, times, and the nearest known word.

use crate::problem::{Problem, cut};
use deskbell_core::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use strsim::osa_distance;

/// `text` as a name, trimmed: 1 to `most` characters, a letter or digit among them, no control character and none that
/// reorders what a reader sees (A-158, A-161; wire contract, decision 3).
pub fn check_name(param: &str, text: &str, most: usize) -> Result<String, Problem> {
    let text = check_line(param, text, most)?;
    if text.chars().any(char::is_alphanumeric) {
        return Ok(text);
    }
    Err(Problem::invalid(param, "text_invalid", format!("{param} must have at least one letter or digit.")))
}

/// `text` as one line, trimmed: at most `most` characters, no control character and none that reorders what a reader
/// sees.
pub fn check_line(param: &str, text: &str, most: usize) -> Result<String, Problem> {
    let refuse = |code, message: &str| Err(Problem::invalid(param, code, format!("{param} {message}")));
    let text = text.trim();
    if text.chars().count() > most {
        return refuse("text_too_long", &format!("is longer than {most} characters."));
    }
    if text.chars().any(|c| c.is_control() || reorders(c)) {
        return refuse("text_invalid", "holds a control or bidirectional character.");
    }
    Ok(text.to_owned())
}

/// An IANA time zone under its proper name: the database's, whatever the case in which it was given.
pub fn time_zone(param: &str, text: &str) -> Result<String, Problem> {
    let zone = TimeZone::get(text).ok();
    zone.as_ref()
        .and_then(TimeZone::iana_name)
        .map(str::to_owned)
        .ok_or_else(|| Problem::invalid(param, "time_zone_unknown", format!("Invalid string: {}", cut(text))))
}

/// Marks, embeddings, overrides and isolates of the bidirectional algorithm (UAX #9), and the two separators that end a
/// line without being controls.
fn reorders(c: char) -> bool {
    matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// A date (its first moment in UTC) or a time with its zone, as `param` gave it (A-105; wire contract, 9.1 and 9.5).
pub fn timestamp(param: &str, text: &str) -> Result<Timestamp, Problem> {
    let midnight = || text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok().map(|day| day.timestamp());
    let read = if text.contains([':', 'T', 't']) { text.parse().ok() } else { midnight() };
    // jiff reads more than ISO 8601 calendar dates; years outside of four digits have no place in the wire form.
    let plain = text.len() <= 64 && text.starts_with(|c: char| c.is_ascii_digit());
    read.filter(|_| plain)
        .map(deskbell_core::time::whole)
        .ok_or_else(|| Problem::invalid(param, "timestamp_invalid", format!("Invalid date: {}", cut(text))))
}

/// The one of `known` that `word` was probably meant to be: at most two changes away, and fewer than it has letters.
pub fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    if word.len() > 64 {
        return None;
    }
    let close = known.iter().map(|name| (osa_distance(word, name), *name)).min()?;
    (close.0 <= 2 && close.0 < close.1.len()).then_some(close.1)
}
