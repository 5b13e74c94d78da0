//! The real clock and the real randomness: the only place that asks the machine for either.

use deskbell_core::{Clock, Random, Timestamp, time};
use std::io::Write as _;

/// The machine's clock, in whole milliseconds.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "this is the Clock door that everybody else has to ask")]
    fn now(&self) -> Timestamp {
        time::whole(Timestamp::now())
    }
}

/// The operating system's random source.
#[derive(Debug, Clone, Copy)]
pub struct OsRandom;

impl Random for OsRandom {
    fn fill(&self, bytes: &mut [u8]) {
        if let Err(error) = getrandom::fill(bytes) {
            // Keys and secrets come from here: weaker randomness would be worse than none.
            let _ = writeln!(std::io::stderr(), "deskbell: the system has no random numbers: {error}");
            std::process::abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_ticks_in_whole_milliseconds_and_the_randomness_differs() {
        let now = SystemClock.now();
        assert_eq!(time::whole(now), now);
        let (mut one, mut two) = ([0u8; 16], [0u8; 16]);
        OsRandom.fill(&mut one);
        OsRandom.fill(&mut two);
        assert_ne!(one, two);
    }
}
