//! Crowds: who publishes more than this machine sends is held back until what they published is on its way.

use futures_channel::oneshot;
use std::convert::Infallible;

/// What stands before something that was published.
#[derive(Debug)]
pub struct Crowd(Option<oneshot::Receiver<Infallible>>);

/// Kept by what stands in line. Dropped, it tells the [`Crowd`] that it has left it.
pub(super) type InCrowd = oneshot::Sender<Infallible>;

impl Crowd {
    /// A crowd that something stands in.
    pub(super) fn new() -> (InCrowd, Self) {
        let (within, passed) = oneshot::channel();
        (within, Self(Some(passed)))
    }

    /// A crowd that leaves no place to stand in.
    pub(super) fn full() -> Self {
        Self(None)
    }

    /// Waits until the delivery has left the line. Gives whether there was a place for it in line at all.
    pub async fn passed(self) -> bool {
        let Some(passed) = self.0 else { return false };
        // Nothing is ever sent: what leaves the line drops its end.
        passed.await.is_err()
    }
}
