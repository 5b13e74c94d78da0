//! Lag: how far behind a stream is, and when it says so.

use std::time::Duration;
use tokio::time::Instant;

/// A stream that is less behind than this is live.
const LIVE: Duration = Duration::from_secs(1);
/// So often it is said how far behind it is, give or take one look.
const EVERY: Duration = Duration::from_millis(900);

/// What was said of it last.
#[derive(Default)]
pub(super) struct Lag {
    said: Option<Said>,
}

struct Said {
    at: Instant,
    live: bool,
}

impl Lag {
    /// What is to be said of a stream that is `behind`, and was `through` with everything at least once. The first word is that
    /// it is through, or that it is late.
    pub(super) fn say(&mut self, behind: Duration, through: bool) -> Option<Duration> {
        let live = behind < LIVE;
        let says = match &self.said {
            None => through || !live,
            Some(said) if live => !said.live,
            Some(said) => said.live || said.at.elapsed() >= EVERY,
        };
        says.then(|| {
            self.said = Some(Said { at: Instant::now(), live });
            behind
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::advance;

    #[tokio::test(start_paused = true)]
    async fn lag_is_said_while_a_stream_is_late_and_when_it_is_no_longer() {
        let (late, little) = (Duration::from_secs(12), LIVE / 2);
        let mut lag = Lag::default();
        assert_eq!(lag.say(little, false), None, "it has not come to the end yet, and is not late");
        assert_eq!(lag.say(little, true), Some(little), "an account is never silent, and its stream live");
        assert_eq!(lag.say(Duration::ZERO, true), None, "it was said");
        assert_eq!(lag.say(late, true), Some(late), "at once");
        assert_eq!(lag.say(late, true), None);
        advance(EVERY).await;
        assert_eq!(lag.say(late, true), Some(late));
        assert_eq!(lag.say(little, true), Some(little), "live again");
        assert_eq!(lag.say(Duration::ZERO, true), None);
        assert_eq!(Lag::default().say(late, false), Some(late), "a stream that begins late says so first");
    }
}
