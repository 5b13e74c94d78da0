//! The rules of single texts, as refusals of a parameter; and the nearest known word.

use crate::problem::Problem;
use crate::{text, time};
use deskbell_core::Timestamp;
use strsim::osa_distance;

/// [`Name`](text::Name), as `param` gave it.
pub fn check_name(param: &str, given: &str, most: usize) -> Result<String, Problem> {
    text::name(given, most).map_err(|broken| broken.of(param))
}

/// [`Line`](text::Line), as `param` gave it.
pub fn check_line(param: &str, given: &str, most: usize) -> Result<String, Problem> {
    text::line(given, most).map_err(|broken| broken.of(param))
}

/// [`TimeZone`](text::TimeZone), as `param` gave it.
pub fn time_zone(param: &str, given: &str) -> Result<String, Problem> {
    text::time_zone(given).map_err(|broken| broken.of(param))
}

/// [`GivenTime`](time::GivenTime), as `param` gave it.
pub fn timestamp(param: &str, given: &str) -> Result<Timestamp, Problem> {
    time::read(given).map_err(|broken| broken.of(param))
}

/// The one of `known` that `word` was probably meant to be: at most two changes away, and fewer than it has letters.
pub fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    if word.len() > 64 {
        return None;
    }
    let close = known.iter().map(|name| (osa_distance(word, name), *name)).min()?;
    (close.0 <= 2 && close.0 < close.1.len()).then_some(close.1)
}
