//! Deadline: a timer that is believed only when this process was there to see it run.
//!
//! A process that was stopped, or a machine that slept, comes back to timers that are long over and to sockets that hold what
//! came meanwhile, and may see the timers first. The receiver is not late for that.

use std::pin::pin;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// A timer that is seen to be over by so much later was not watched.
const UNWATCHED: Duration = Duration::from_millis(200);
/// Then what has arrived is looked for so long.
const LOOK: Duration = Duration::from_millis(200);

/// Until when to look again, where the timer of `end`, seen to be over at `now`, was not watched.
pub(crate) fn second_look(end: Instant, now: Instant) -> Option<Instant> {
    (now.saturating_duration_since(end) > UNWATCHED).then(|| now + LOOK)
}

/// What `future` gives before `end`; `None` when it was not ready by then.
pub(crate) async fn by<T>(end: Instant, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    if let Ok(ready) = timeout_at(end, &mut future).await {
        return Some(ready);
    }
    let look = second_look(end, Instant::now())?;
    timeout_at(look, future).await.ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::{advance, sleep};

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn what_is_not_ready_in_time_is_late_where_the_timer_was_watched() {
        let end = Instant::now() + SECOND;
        assert_eq!(by(end, async { 1 }).await, Some(1));
        assert_eq!(by(end, sleep(SECOND + Duration::from_millis(5))).await, None);
        assert_eq!(Instant::now(), end);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_ready_a_moment_after_this_process_goes_on_is_not_late() {
        let (told, heard) = tokio::sync::oneshot::channel();
        let waiting = tokio::spawn(by(Instant::now() + SECOND, heard));
        tokio::task::yield_now().await;
        advance(60 * SECOND).await;
        sleep(Duration::from_millis(5)).await;
        told.send(()).unwrap();
        assert_eq!(waiting.await.unwrap(), Some(Ok(())));
    }
}
