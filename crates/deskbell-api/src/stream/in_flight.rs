//! A look-up on its way: it goes on while its owner waits for other things too, and is lost by no wait that ends early.

use futures::future::{BoxFuture, pending};
use tokio::time::Instant;

/// At most one look-up.
pub(super) struct InFlight<T>(Option<(Instant, BoxFuture<'static, T>)>);

impl<T> InFlight<T> {
    pub(super) const NONE: Self = Self(None);

    /// Begins one; what was on its way is given up.
    pub(super) fn begin(&mut self, work: impl Future<Output = T> + Send + 'static) {
        self.0 = Some((Instant::now(), Box::pin(work)));
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
        found
    }
}
