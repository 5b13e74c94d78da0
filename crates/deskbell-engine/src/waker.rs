//! What wakes the engine.

use std::sync::Arc;
use tokio::sync::Notify;

/// Wakes the engine. Cheap to clone; a wake-up is never lost, and many at once are one.
#[derive(Debug, Clone, Default)]
pub struct Waker(Arc<Notify>);

impl Waker {
    /// Something is due: look at the queue.
    pub fn wake(&self) {
        // The permit stays until it is taken. So a wake-up between a look and the sleep after it ends that sleep.
        self.0.notify_one();
    }

    /// Waits for the next wake-up, or takes the one that came meanwhile.
    pub(crate) async fn woken(&self) {
        self.0.notified().await;
    }
}
