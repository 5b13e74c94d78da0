//! The database's clock, which every machine that uses it goes by: what one planned is due to another at the same time, whatever their own
//! clocks say. Between two looks at it time passes as the monotonic clock says.

use deskbell_core::time::{from_millis, whole};
use deskbell_core::{Clock, Timestamp};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// The time of the database, as exact as it answers quickly.
#[derive(Debug)]
pub(super) struct DatabaseClock(Mutex<Reading>);

#[derive(Debug, Clone, Copy)]
struct Reading {
    /// It was so many microseconds past the Unix epoch.
    micros: i64,
    /// Then.
    at: Instant,
}

impl Reading {
    fn now(self, at: Instant) -> i64 {
        self.micros.saturating_add(micros(at.saturating_duration_since(self.at)))
    }
}

fn micros(span: Duration) -> i64 {
    span.as_micros().try_into().unwrap_or(i64::MAX)
}

impl DatabaseClock {
    /// One that was not looked at yet.
    pub(super) fn new() -> Self {
        Self(Mutex::new(Reading { micros: i64::MIN, at: Instant::now() }))
    }

    /// The database, asked at `asked`, answered `answered` that it is so many microseconds past the Unix epoch. What is as well possible by
    /// that, stays: so time does not jump with each answer that was slow.
    pub(super) fn look(&self, micros_now: i64, asked: Instant, answered: Instant) {
        let mut reading = self.reading();
        let latest = micros_now.saturating_add(micros(answered.saturating_duration_since(asked)));
        *reading = Reading { micros: reading.now(answered).clamp(micros_now, latest), at: answered };
    }

    fn reading(&self) -> MutexGuard<'_, Reading> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for DatabaseClock {
    fn now(&self) -> Timestamp {
        whole(from_millis(self.reading().now(Instant::now()).div_euclid(1_000)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::advance;

    const MILLISECOND: Duration = Duration::from_millis(1);
    const START: i64 = 1_800_000_000_000_000;

    /// Milliseconds since the start.
    fn told(clock: &DatabaseClock) -> i64 {
        deskbell_core::time::millis(clock.now()) - START / 1_000
    }

    #[tokio::test(start_paused = true)]
    async fn it_goes_on_between_looks_and_follows_what_the_database_says() {
        let clock = DatabaseClock::new();
        let now = Instant::now();
        clock.look(START, now, now);
        advance(250 * MILLISECOND).await;
        assert_eq!(told(&clock), 250);
        let now = Instant::now();
        clock.look(START + 3_600_000_000, now, now);
        assert_eq!(told(&clock), 3_600_000, "it was set forward");
        advance(250 * MILLISECOND).await;
        let now = Instant::now();
        clock.look(START + 1_000_000, now, now);
        assert_eq!(told(&clock), 1_000, "and back");
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_answer_does_not_move_it() {
        let clock = DatabaseClock::new();
        let now = Instant::now();
        clock.look(START, now, now);
        let asked = Instant::now();
        advance(80 * MILLISECOND).await;
        // Read at any time between the two.
        for read in [0, 40_000, 80_000] {
            clock.look(START + read, asked, Instant::now());
            assert_eq!(told(&clock), 80, "{read}");
        }
        clock.look(START + 90_000, asked, Instant::now());
        assert_eq!(told(&clock), 90, "no less than it said");
        clock.look(START - 20_000, asked, Instant::now());
        assert_eq!(told(&clock), 60, "no more than that and the time of the answer");
    }
}
