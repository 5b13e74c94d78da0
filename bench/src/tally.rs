//! Tally: what was answered, by what was asked for and by status.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Stands for a status where there was no answer.
pub const NO_ANSWER: u16 = 0;

/// Counts answers.
#[derive(Debug, Default)]
pub struct Tally(Mutex<BTreeMap<(&'static str, u16), u32>>);

impl Tally {
    /// Counts an answer with `status` to `what`.
    pub fn count(&self, what: &'static str, status: u16) {
        *self.lock().entry((what, status)).or_default() += 1;
    }

    /// How many there were.
    pub fn of(&self, what: &'static str, status: u16) -> u32 {
        self.lock().get(&(what, status)).copied().unwrap_or_default()
    }

    /// How many there were in all.
    pub fn all(&self) -> u32 {
        self.lock().values().sum()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<(&'static str, u16), u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut last = "";
        for ((what, status), count) in &*self.lock() {
            match (*what == last, last.is_empty()) {
                (true, _) => write!(f, ", ")?,
                (false, true) => write!(f, "{what}: ")?,
                (false, false) => write!(f, "; {what}: ")?,
            }
            last = what;
            match *status {
                NO_ANSWER => write!(f, "{count} × no answer")?,
                status => write!(f, "{count} × {status}")?,
            }
        }
        if last.is_empty() { write!(f, "nothing") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_told_by_what_was_asked_and_by_status() {
        let tally = Tally::default();
        assert_eq!(tally.to_string(), "nothing");
        for (what, status) in [("pages", 200), ("events", 429), ("pages", NO_ANSWER), ("events", 429)] {
            tally.count(what, status);
        }
        assert_eq!(tally.to_string(), "events: 2 × 429; pages: 1 × no answer, 1 × 200");
        assert_eq!((tally.of("events", 429), tally.of("events", 202), tally.all()), (2, 0, 4));
    }
}
