//! Rules of single texts: names, times, and the nearest known word.

use crate::api::problem::{Problem, cut};
use deskbell_core::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// `text` as a name, trimmed: 1 to `most` characters, a letter or digit among them, no control character and none that
/// reorders what a reader sees (A-158, A-161; wire contract, decision 3).
pub fn check_name(param: &str, text: &str, most: usize) -> Result<String, Problem> {
    let refuse = |code, message: &str| Err(Problem::invalid(param, code, format!("{param} {message}")));
    let text = text.trim();
    if text.chars().count() > most {
        return refuse("text_too_long", &format!("is longer than {most} characters."));
    }
    if text.chars().any(|c| c.is_control() || reorders(c)) {
        return refuse("text_invalid", "holds a control or bidirectional character.");
    }
    if !text.chars().any(char::is_alphanumeric) {
        return refuse("text_invalid", "must have at least one letter or digit.");
    }
    Ok(text.to_owned())
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
    let close = known.iter().map(|name| (distance(word, name), *name)).min()?;
    (close.0 <= 2 && close.0 < close.1.len()).then_some(close.1)
}

/// Insertions, removals, replacements and swaps of neighbours that turn `a` into `b` (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: [Vec<usize>; 3] = [Vec::new(), (0..=b.len()).collect(), vec![0; b.len() + 1]];
    for i in 1..=a.len() {
        rows[2] = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let change = rows[1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = change.min(rows[1][j] + 1).min(rows[2][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[0][j - 2] + 1);
            }
            rows[2][j] = best;
        }
        rows.rotate_left(1);
    }
    rows[1][b.len()]
}
