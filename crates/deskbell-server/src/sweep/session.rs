//! Deletes sessions that are over.

use deskbell_core::{Clock, Store};
use std::sync::Arc;
use std::time::Duration;

/// How often they are looked for. One that is over opens nothing, swept or not.
const EVERY: Duration = Duration::from_secs(3_600);

/// Looks again and again, until it is dropped.
pub async fn run(store: Arc<dyn Store>, clock: Arc<dyn Clock>) {
    loop {
        tokio::time::sleep(EVERY).await;
        match store.sweep_sessions(clock.now()).await {
            Ok(0) => {}
            Ok(swept) => tracing::info!(swept, "sessions deleted that were over"),
            Err(error) => tracing::warn!(%error, "sessions that are over could not be deleted"),
        }
    }
}
