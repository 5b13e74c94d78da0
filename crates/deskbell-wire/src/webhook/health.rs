//! `expand=health` of a webhook: how it does, in words and in quarters of an hour. An addition to the vendor's object.

use crate::time::Time;
use crate::word;
use deskbell_core::Timestamp;
use deskbell_core::explain::health::{self, QUARTERS};
use deskbell_core::webhook::{self, Record, Webhook, quarter};
use serde::Serialize;
use utoipa::ToSchema;

/// How a webhook did in the last 24 hours, and does now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookHealth, examples(json!({"since": null, "state": "healthy"})))]
pub struct Health {
    /// `healthy`, `retrying` (its last attempt failed, and something waits to be tried again), `failing` (its last attempt failed,
    /// and nothing waits), `resting` (it was overloaded or too slow), `paused` (by its
    /// owner), `disabled` (by us) or `idle` (nothing was owed).
    state: word::HealthState,
    #[schema(
        example = "Healthy. 1,283 of 1,284 deliveries arrived in the last 24 hours; one is on its second try."
    )]
    sentence: String,
    /// When it was paused or disabled, or its last success when it does not do well; null otherwise.
    since: Option<Time>,
    /// Deliveries that arrived.
    delivered_24h: u64,
    /// Those of them that arrived on the first try.
    first_try_24h: u64,
    /// Attempts that failed; those that a fault of ours ended are not counted.
    failed_24h: u64,
    /// Deliveries that used up their schedule, and did not arrive later by a retry by hand.
    gave_up_24h: u64,
    /// Deliveries that wait for it; counted up to 1,000.
    pending: u64,
    /// Those of them that are under way.
    in_flight: u64,
    /// When the next attempt is really made, whatever holds it; null when nothing waits for time, and while the instance is paused.
    next_attempt_time: Option<Time>,
    /// The share that arrived of all deliveries that arrived, were given up or wait; null when there are none.
    success_share: Option<f64>,
    /// Half of the attempts that were answered, or not in time, took no longer than this; null without any.
    median_ms: Option<u64>,
    /// The same for 95 of 100. Both are taken from classes that are √2 apart.
    p95_ms: Option<u64>,
    /// The last 96 quarters of an hour, oldest first; the last one is the present one.
    quarters: Vec<Quarter>,
}

/// A quarter of an hour.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookQuarter, examples(json!({"time": "2026-05-06T13:00:00.000Z"})))]
pub struct Quarter {
    /// When it began.
    time: Time,
    /// Deliveries that arrived.
    delivered: u64,
    /// Those of them that arrived on the first try.
    first_try: u64,
    /// Attempts that failed.
    failed: u64,
    /// Both together.
    attempts: u64,
    p95_ms: Option<u64>,
}

impl Health {
    /// How `webhook` does by its `record`, which may have gaps, on an instance that may be `paused`.
    pub fn new(webhook: &Webhook, record: &Record, paused: bool, now: Timestamp) -> Self {
        let verdict = health::assess(webhook, record, paused, now);
        let sum = record.sum().unwrap_or_else(|| webhook::Quarter::of(now));
        let waiting = &record.waiting;
        let owed = health::owed(Some(&sum), waiting);
        let next = health::next(webhook, waiting, paused, now).and_then(|next| next.at);
        Self {
            state: verdict.state.into(),
            sentence: verdict.sentence,
            since: verdict.since.map(Time),
            delivered_24h: sum.delivered,
            first_try_24h: sum.first_try,
            failed_24h: sum.failed,
            gave_up_24h: sum.gave_up,
            pending: waiting.count,
            in_flight: waiting.in_flight,
            next_attempt_time: next.filter(|due| *due > now).map(Time),
            success_share: (owed > 0).then(|| share(sum.delivered, owed)),
            median_ms: sum.latencies.percentile_ms(50),
            p95_ms: sum.latencies.percentile_ms(95),
            quarters: quarters(&record.quarters, now),
        }
    }
}

/// A share with four decimals.
#[allow(clippy::cast_precision_loss, reason = "counts of a day are far below 2^52")]
fn share(part: u64, whole: u64) -> f64 {
    (part as f64 / whole as f64 * 10_000.0).round() / 10_000.0
}

/// Every quarter of the last 24 hours, those in which nothing happened too.
fn quarters(known: &[webhook::Quarter], now: Timestamp) -> Vec<Quarter> {
    let of = |start| known.iter().find(|quarter| quarter.start == start).cloned();
    quarter::last(QUARTERS, now)
        .map(|start| {
            let quarter = of(start).unwrap_or_else(|| webhook::Quarter::of(start));
            Quarter {
                time: quarter.start.into(),
                delivered: quarter.delivered,
                first_try: quarter.first_try,
                failed: quarter.failed,
                attempts: quarter.attempts(),
                p95_ms: quarter.latencies.percentile_ms(95),
            }
        })
        .collect()
}
