//! Back-pressure on accepting: what waits to be written is bounded in bytes, so that whoever is accepted is written soon. Past
//! the bound callers wait, in their order, and past a second one they are told to come again. And who publishes more than
//! this machine sends to receivers that would take it, is answered a moment later, before a backlog has grown.

use deskbell_core::policy::concurrency::Crowd;
use deskbell_core::store::{Error, Result};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{sleep, timeout};

/// KiB of events that may wait to be written: about what the writer commits in a quarter of a second.
const ROOM_KIB: u32 = 8 << 10;
/// Callers that may wait for room.
const WAITING: usize = 1_024;
/// How long one of them waits at most.
const PATIENCE: Duration = Duration::from_secs(2);
/// When somebody who was refused should come again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// How much later a caller is answered at most whose delivery stands in line for this machine.
const IN_LINE: Duration = Duration::from_millis(100);
/// How much later a caller is answered whose delivery found no place in line: with 64 callers, accepting then leaves most of the
/// processors to sending.
const BEYOND: Duration = Duration::from_millis(5);

/// Holds a caller back whose event was accepted, while this machine has more to send at once than it can: until the event is on
/// its way, so that as much is accepted as is sent, however many callers there are.
pub(super) async fn hold_back(crowd: Crowd) {
    if let Ok(false) = timeout(IN_LINE, crowd.passed()).await {
        sleep(BEYOND).await;
    }
}

pub(super) struct Admission {
    room: Semaphore,
    waiting: AtomicUsize,
}

impl Default for Admission {
    fn default() -> Self {
        Self { room: Semaphore::new(ROOM_KIB as usize), waiting: AtomicUsize::default() }
    }
}

impl Admission {
    /// Room for events of so many bytes together, until it is dropped. What is larger than all of the room takes all of it.
    ///
    /// # Errors
    /// [`Error::Busy`] when too many wait for room, or there was none for 2 s.
    pub(super) async fn admit(&self, bytes: usize) -> Result<SemaphorePermit<'_>> {
        let kibibytes = u32::try_from(bytes >> 10).unwrap_or(u32::MAX).saturating_add(1).min(ROOM_KIB);
        if let Ok(room) = self.room.try_acquire_many(kibibytes) {
            return Ok(room);
        }
        let busy = Error::Busy { retry_after: RETRY_AFTER };
        let waiter = Waiter::new(&self.waiting);
        if waiter.before >= WAITING {
            return Err(busy);
        }
        match timeout(PATIENCE, self.room.acquire_many(kibibytes)).await {
            Ok(Ok(room)) => Ok(room),
            _ => Err(busy),
        }
    }
}

/// One who waits, counted until they go, also by being dropped.
struct Waiter<'a> {
    count: &'a AtomicUsize,
    before: usize,
}

impl<'a> Waiter<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        Self { before: count.fetch_add(1, Ordering::Relaxed), count }
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        self.count.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt as _;

    const ALL: usize = (ROOM_KIB as usize) << 10;

    #[tokio::test(start_paused = true)]
    async fn past_the_bound_callers_wait_and_are_served_in_their_order() {
        let admission = Admission::default();
        let held = admission.admit(ALL - 2_048).await.unwrap();
        assert!(admission.admit(100).await.is_ok(), "there is room");
        let mut large = Box::pin(admission.admit(usize::MAX));
        assert!(large.as_mut().now_or_never().is_none(), "it takes all of the room, and waits for it");
        let mut small = Box::pin(admission.admit(ALL / 2));
        assert!(small.as_mut().now_or_never().is_none(), "it came later");
        drop(held);
        let large = large.now_or_never().expect("its turn").unwrap();
        assert!(small.as_mut().now_or_never().is_none());
        drop(large);
        assert!(small.now_or_never().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn past_the_second_bound_callers_are_told_to_come_again() {
        let admission = Admission::default();
        let held = admission.admit(ALL).await.unwrap();
        let told = |answer| matches!(answer, Err(Error::Busy { retry_after }) if retry_after == RETRY_AFTER);
        assert!(told(admission.admit(1).await.map(drop)), "no room for as long as anybody waits");
        let mut waiting: Vec<_> = (0..WAITING).map(|_| Box::pin(admission.admit(1))).collect();
        assert!(waiting.iter_mut().all(|one| one.as_mut().now_or_never().is_none()));
        assert!(told(admission.admit(1).now_or_never().expect("at once").map(drop)), "too many wait");
        waiting.pop();
        assert!(admission.admit(1).now_or_never().is_none(), "one who went away makes room for another");
        drop((waiting, held));
        assert!(admission.admit(ALL).await.is_ok());
        assert_eq!(admission.waiting.load(Ordering::Relaxed), 0);
    }
}
