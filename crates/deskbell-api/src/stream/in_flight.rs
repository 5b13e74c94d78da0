//! A look-up on its way: it goes on while its owner waits for other things too, and is lost by no wait that ends early.
//!
//! It is a task of its own: a stream whose reader takes nothing is polled by nobody, and a look-up that waited for its turn
//! with it would hold a turn that all others wait for.

use futures::future::pending;
use std::panic::resume_unwind;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// At most one look-up. Dropped, it is given up.
pub(super) struct InFlight<T>(Option<(Instant, JoinHandle<T>)>);

impl<T> Drop for InFlight<T> {
    fn drop(&mut self) {
        if let Some((_, work)) = &self.0 {
            work.abort();
        }
    }
}

impl<T: Send + 'static> InFlight<T> {
    pub(super) const NONE: Self = Self(None);

    /// Begins one; what was on its way is given up.
    pub(super) fn begin(&mut self, work: impl Future<Output = T> + Send + 'static) {
        // The one before is given up by its drop.
        drop(std::mem::replace(self, Self(Some((Instant::now(), tokio::spawn(work))))));
    }

    /// When it began; none while nothing is on its way.
    pub(super) fn since(&self) -> Option<Instant> {
        self.0.as_ref().map(|(since, _)| *since)
    }

    /// What it found, once. Waits for ever while nothing is on its way.
    pub(super) async fn answer(&mut self) -> T {
        let Some((_, work)) = &mut self.0 else { return pending().await };
        let found = work.await;
        self.0 = None;
        match found.map_err(tokio::task::JoinError::try_into_panic) {
            Ok(found) => found,
            // A panic is its owner's, as if the owner had looked by itself.
            Err(Ok(panic)) => resume_unwind(panic),
            // The runtime is about to end.
            Err(Err(_)) => pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_goes_on_while_its_owner_looks_away_and_ends_with_its_owner() {
        let (tell, told) = tokio::sync::oneshot::channel();
        let mut look = InFlight::NONE;
        look.begin(async move { tell.send(7) });
        assert_eq!(told.await, Ok(7), "nobody asked for its answer");
        assert_eq!(look.answer().await, Ok(()));
        let (held, gone) = tokio::sync::oneshot::channel::<()>();
        let mut look = InFlight::NONE;
        look.begin(async move {
            pending::<()>().await;
            drop(held);
        });
        drop(look);
        assert!(gone.await.is_err(), "given up");
    }
}
