//! Deletes one-time links that nobody can book with any more.

use deskbell_core::policy::limit::ONE_TIME_LINK_LIFE;
use deskbell_core::time::earlier;
use deskbell_core::{Clock, Store};
use std::sync::Arc;
use std::time::Duration;

/// Who comes after a link's life is told for as long again that it has expired, or was used.
const KEPT_FOR: Duration = Duration::from_secs(2 * ONE_TIME_LINK_LIFE.as_secs());
/// How often old links are looked for.
const EVERY: Duration = Duration::from_secs(3_600);
/// Links that are deleted in one step.
const AT_ONCE: u32 = 1_000;

/// Looks again and again, until it is dropped.
pub async fn run(store: Arc<dyn Store>, clock: Arc<dyn Clock>) {
    loop {
        tokio::time::sleep(EVERY).await;
        let before = earlier(clock.now(), KEPT_FOR);
        loop {
            match store.sweep_one_time_links(before, AT_ONCE).await {
                Ok(swept) if swept >= u64::from(AT_ONCE) => {}
                Ok(_) => break,
                Err(error) => {
                    tracing::warn!(%error, "old one-time links could not be deleted");
                    break;
                }
            }
        }
    }
}
