//! The pause of an instance that was restored: calls are taken, and nothing is sent until somebody has said `deskbell resume`.

use deskbell_core::explain::health;
use deskbell_core::{Clock, Store};
use std::time::Duration;

/// How soon it is noticed that somebody has.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Waits until deliveries may be sent: not at all, of an instance that was not restored. Says once that it waits, and what for.
/// While it cannot be known, nothing may be sent.
pub(crate) async fn over(store: &dyn Store, clock: &dyn Clock) {
    let (mut paused, mut failed) = (false, false);
    loop {
        match store.paused().await {
            Ok(None) => break,
            Ok(Some(copied)) if !paused => {
                let now = clock.now();
                match store.condition(now).await {
                    Ok(condition) => {
                        tracing::warn!("{}", health::paused(copied, condition.queued, now));
                        paused = true;
                    }
                    Err(error) => tracing::warn!(%error, "paused"),
                }
            }
            Ok(Some(_)) => {}
            Err(error) if !failed => {
                tracing::error!(%error, "nothing is sent: it cannot be read whether this instance is paused");
                failed = true;
            }
            Err(_) => {}
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    if paused {
        tracing::info!("resumed: deliveries are sent");
    }
}
