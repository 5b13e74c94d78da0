//! Backoff with a store that does not answer: longer and longer pauses, and no panic of it ends the engine.

use deskbell_core::store;
use futures::FutureExt;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

const SHORTEST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(5);

/// How long to wait after each failure in a row: 100 ms, doubling up to 5 s.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The pause after one more failure.
    pub(crate) fn pause(&mut self) -> Duration {
        let pause = SHORTEST.saturating_mul(1 << self.failures.min(16)).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        pause
    }

    /// It worked: the next failure is a first one.
    pub(crate) fn renew(&mut self) {
        self.failures = 0;
    }
}

/// A call of the store. A panic in it is one more way of not answering.
pub(crate) async fn call_store<T>(call: impl Future<Output = store::Result<T>>) -> store::Result<T> {
    AssertUnwindSafe(call)
        .catch_unwind()
        .await
        .unwrap_or_else(|_| Err(store::Error::Unavailable("the store panicked".into())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_bound_and_begin_anew() {
        let mut backoff = Backoff::default();
        let pauses: Vec<u128> = (0..8).map(|_| backoff.pause().as_millis()).collect();
        assert_eq!(pauses, [100, 200, 400, 800, 1600, 3200, 5000, 5000]);
        backoff.renew();
        assert_eq!(backoff.pause(), SHORTEST);
    }
}
