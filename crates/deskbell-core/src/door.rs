//! Three of the four doors to the world, [`Clock`], [`Random`] and [`Transport`]; the fourth is
//! [`Store`](crate::Store). Nothing else in the domain or the engine touches the world.

mod transport;

pub use transport::{Deadlines, Request, Sent, Transport, USER_AGENT};

use crate::Timestamp;

/// The wall clock.
pub trait Clock: Send + Sync {
    /// The time now, in UTC.
    fn now(&self) -> Timestamp;
}

/// Randomness. A real source must be cryptographically strong: ids, keys and secrets come from it.
pub trait Random: Send + Sync {
    /// Overwrites `bytes` with random ones.
    fn fill(&self, bytes: &mut [u8]);
}

/// A number in `[0, 1)` from the randomness, for jitter.
pub fn fraction(random: &dyn Random) -> f64 {
    let mut bytes = [0u8; 4];
    random.fill(&mut bytes);
    f64::from(u32::from_be_bytes(bytes)) / (f64::from(u32::MAX) + 1.0)
}

/// Repeatable randomness (SplitMix64) for tests and simulations; never for secrets.
pub struct SeededRandom(std::sync::Mutex<u64>);

impl SeededRandom {
    /// Randomness that gives the same numbers for the same `seed`.
    pub fn new(seed: u64) -> Self {
        Self(std::sync::Mutex::new(seed))
    }
}

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        let mut state = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for chunk in bytes.chunks_mut(8) {
            *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut word = *state;
            word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            chunk.copy_from_slice(&(word ^ (word >> 31)).to_be_bytes()[..chunk.len()]);
        }
    }
}
