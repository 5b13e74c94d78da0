//! Samples the metrics for the operator's last hour.

use deskbell_api::metrics::{Metrics, STEP};
use std::sync::Arc;
use tokio::time::{MissedTickBehavior, interval};

/// Samples once each step, until it is dropped.
pub async fn run(metrics: Arc<Metrics>) {
    let mut steps = interval(STEP);
    steps.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        steps.tick().await;
        if let Err(error) = metrics.sample().await {
            tracing::warn!(%error, "the instance could not be measured");
        }
    }
}
