//! Deletes inboxes that have expired, with all they captured.

use deskbell_core::{Clock, Store, Timestamp};
use std::sync::Arc;
use std::time::Duration;

/// An expired inbox answers 410 for a day; then it goes.
const EXPIRED_FOR: Duration = Duration::from_secs(24 * 3600);
/// How often expired inboxes are looked for.
const EVERY: Duration = Duration::from_secs(600);

/// Looks again and again, until it is dropped.
pub async fn run(store: Arc<dyn Store>, clock: Arc<dyn Clock>) {
    loop {
        tokio::time::sleep(EVERY).await;
        let before = clock.now().saturating_sub(EXPIRED_FOR).unwrap_or(Timestamp::MIN);
        match store.sweep_inboxes(before).await {
            Ok(0) => {}
            Ok(swept) => tracing::info!(swept, "expired inboxes deleted"),
            Err(error) => tracing::warn!(%error, "expired inboxes could not be deleted"),
        }
    }
}
