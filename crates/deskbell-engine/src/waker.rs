//! What wakes the claimer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Notify;

/// Wakes the claimer. Cheap to clone; a wake-up is never lost, and many at once are one.
#[derive(Debug, Clone, Default)]
pub struct Waker(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    due: Notify,
    /// Something due waits for room: whoever makes room wakes.
    waiting: AtomicBool,
}

impl Waker {
    /// Something is due: look at the queue.
    pub fn wake(&self) {
        // The permit stays until it is taken. So a wake-up between a look and the sleep after it ends that sleep.
        self.0.due.notify_one();
    }

    /// Something is due that there was no room for.
    pub(crate) fn wake_for_room(&self) {
        self.wait_for_room(true);
        self.wake();
    }

    /// Whether something due waits for room, as the last look saw it. Something that came meanwhile has its own wake-up.
    pub(crate) fn wait_for_room(&self, waits: bool) {
        self.0.waiting.store(waits, Ordering::Release);
    }

    /// There is more room: look at the queue if something waits for it. Without a backlog nobody is woken.
    pub(crate) fn wake_if_waiting(&self) {
        if self.0.waiting.load(Ordering::Acquire) {
            self.wake();
        }
    }

    /// Waits for the next wake-up, or takes the one that came meanwhile.
    pub(crate) async fn woken(&self) {
        self.0.due.notified().await;
    }
}
