//! Samples the metrics for the operator's last hour.

use crate::api::state::Shared;
use crate::metrics::STEP;
use tokio::time::{MissedTickBehavior, interval};

/// Samples once each step, until it is dropped.
pub async fn run(app: Shared) {
    let mut steps = interval(STEP);
    steps.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        steps.tick().await;
        if let Err(error) = app.metrics.sample().await {
            tracing::warn!(%error, "the instance could not be measured");
        }
    }
}
