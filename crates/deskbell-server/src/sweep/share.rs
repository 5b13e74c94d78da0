//! Deletes shares that have expired, with what they froze.

use deskbell_core::{Clock, Store, Timestamp};
use std::sync::Arc;
use std::time::Duration;

/// An expired share is listed for a day; its link leads nowhere.
const EXPIRED_FOR: Duration = Duration::from_secs(24 * 3600);
/// How often expired shares are looked for.
const EVERY: Duration = Duration::from_secs(3_600);

/// Looks again and again, until it is dropped.
pub async fn run(store: Arc<dyn Store>, clock: Arc<dyn Clock>) {
    loop {
        tokio::time::sleep(EVERY).await;
        let before = clock.now().saturating_sub(EXPIRED_FOR).unwrap_or(Timestamp::MIN);
        match store.sweep_shares(before).await {
            Ok(0) => {}
            Ok(swept) => tracing::info!(swept, "expired shares deleted"),
            Err(error) => tracing::warn!(%error, "expired shares could not be deleted"),
        }
    }
}
