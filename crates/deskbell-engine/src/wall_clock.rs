//! The wall clock beside the monotonic one: notices when somebody set it.

use deskbell_core::Timestamp;
use std::time::Duration;
use tokio::time::Instant;

/// Less than this is how clocks run, or are slewed.
const STEP: Duration = Duration::from_secs(1);

/// How the wall clock was set since it was looked at last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Set {
    /// Forward, or the machine slept.
    Forward(Duration),
    /// Back.
    Back(Duration),
}

/// Both clocks when they were looked at last.
pub(crate) struct WallClock {
    wall: Timestamp,
    monotonic: Instant,
}

impl WallClock {
    /// It is `wall` now.
    pub(crate) fn new(wall: Timestamp) -> Self {
        Self { wall, monotonic: Instant::now() }
    }

    /// It is `wall` now; `None` when it ran as the monotonic clock did, to a second.
    pub(crate) fn look(&mut self, wall: Timestamp) -> Option<Set> {
        let before = std::mem::replace(self, Self::new(wall));
        let passed = self.monotonic.saturating_duration_since(before.monotonic);
        let by = wall.duration_since(before.wall).saturating_sub(passed.try_into().unwrap_or_default());
        let amount = by.unsigned_abs();
        match amount >= STEP {
            true if by.is_negative() => Some(Set::Back(amount)),
            true => Some(Set::Forward(amount)),
            false => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use deskbell_core::time::{earlier, later};

    #[tokio::test(start_paused = true)]
    async fn a_step_is_told_from_running() {
        let (second, start) = (Duration::from_secs(1), Timestamp::UNIX_EPOCH);
        let mut clock = WallClock::new(start);
        tokio::time::advance(3 * second).await;
        assert_eq!(clock.look(later(start, 3 * second)), None);
        tokio::time::advance(3 * second).await;
        let slewed = later(start, Duration::from_millis(6_999));
        assert_eq!(clock.look(slewed), None);
        let hour = 3_600 * second;
        assert_eq!(clock.look(later(slewed, hour)), Some(Set::Forward(hour)));
        tokio::time::advance(3 * second).await;
        assert_eq!(clock.look(slewed), Some(Set::Back(hour + 3 * second)));
        assert_eq!(clock.look(earlier(slewed, second)), Some(Set::Back(second)));
        assert_eq!(clock.look(earlier(slewed, second)), None);
    }
}
