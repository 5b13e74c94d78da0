//! Samples the metrics for the operator's hour, day and week.

use deskbell_api::metrics::{Metrics, STEP};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval, timeout};

/// How long a process that ends waits to tell what it did last.
const PATIENCE: Duration = Duration::from_secs(1);

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

/// Tells what was done since the last sample that was told: a process that ends in order loses nothing of it.
pub async fn end(metrics: &Metrics) {
    if !matches!(timeout(PATIENCE, metrics.end()).await, Ok(Ok(()))) {
        tracing::debug!("what was done in the last minute is missing in the operator's day");
    }
}
