//! The real clock and the real randomness: the only place that asks the machine for either.

use deskbell_core::{Clock, Random, Timestamp, time};
use rand::Rng as _;

/// The machine's clock, in whole milliseconds.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "this is the Clock door that everybody else has to ask")]
    fn now(&self) -> Timestamp {
        time::whole(Timestamp::now())
    }
}

/// The machine's randomness: a generator for each thread (ChaCha), which the system seeds, and seeds anew every 64 KiB. Ids are
/// drawn from it at every call, and keys and secrets too: to ask the system each time would cost a system call a draw. Without
/// a first seed it panics: weaker randomness would be worse than none.
#[derive(Debug, Clone, Copy)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        rand::rng().fill_bytes(bytes);
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
        SystemRandom.fill(&mut one);
        SystemRandom.fill(&mut two);
        assert_ne!(one, two);
        let elsewhere = std::thread::spawn(|| {
            let mut bytes = [0u8; 16];
            SystemRandom.fill(&mut bytes);
            bytes
        });
        let three = elsewhere.join().unwrap();
        assert!(three != one && three != two, "no two threads have one seed");
    }
}
