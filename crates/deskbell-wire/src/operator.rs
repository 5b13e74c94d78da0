//! How the whole instance does, for its operator.

pub mod node;
pub mod range;
pub mod usage;

use crate::schema::{value, words};
use crate::time::Time;
use crate::{fixed, id};
use deskbell_core::explain::health::{Assessment, HealthState};
use deskbell_core::meter::Times;
use deskbell_core::webhook::Webhook;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// How the instance does.
#[derive(Debug, Serialize, ToSchema)]
#[allow(missing_docs, reason = "some names say it all")]
pub struct Operator {
    /// Always `operator`.
    pub object: fixed::Operator,
    #[schema(example = "Two of 43 webhooks are ill. Nothing that is due waits longer than 5 s.")]
    pub headline: String,
    /// As of when this instance was restored, while it is paused: it sends nothing before `deskbell resume`, and `queued` says how many
    /// deliveries then go out. Null otherwise.
    pub paused: Option<Time>,
    /// Webhooks that rest, that we turned off within a day, or of which more than 20 % of the attempts of the last hour
    /// failed; at most 100 of them.
    pub ill: Vec<IllWebhook>,
    /// The slowest of the others, slowest first: at most 5, of which 5 of 100 attempts took a second or longer.
    pub slow: Vec<SlowWebhook>,
    /// Webhooks that are rung.
    pub webhooks: u64,
    /// Those of them that rest.
    pub resting: u64,
    /// Deliveries in the queue.
    pub queued: u64,
    /// Attempts under way in this process.
    pub in_flight: u64,
    /// How long the oldest due delivery waits, those of webhooks that rest apart; null when nothing is due.
    pub oldest_due_seconds: Option<f64>,
    /// From the acceptance of an event to the start of the first attempt, since this process began.
    pub first_attempt_wait: Spread,
    /// How long commits of the store took, since this process began.
    pub commit: Spread,
    pub storage: Storage,
    /// What the series is of: `hour`, `day` or `week`.
    pub range: range::RangeWord,
    /// How long a step of the series is: 10 s of an hour, 15 min of a day, 2 h of a week.
    #[schema(example = 10)]
    pub step_seconds: u64,
    /// Oldest step first. The last hour is that of the process that answers, and begins with it. A day and a week are of all processes, those
    /// that are gone too; the last step is not over, and steps in which no process ran are left out.
    pub series: Vec<StepObject>,
    pub usage: usage::Usage,
    /// The accounts that keep the greatest part of the events that they may, at most 8; those that keep none are left out.
    pub kept: Vec<usage::KeptRow>,
    /// The machines that serve, those that were heard of within a day too; at most 100, by their names.
    pub nodes: Vec<node::NodeObject>,
    pub uptime_seconds: u64,
    #[schema(example = "0.1.0")]
    pub version: &'static str,
    /// Where Prometheus can read the same; null when that is off.
    #[schema(example = "http://127.0.0.1:9480/metrics")]
    pub metrics: Option<String>,
}

/// A webhook that does not do well.
#[derive(Debug, Serialize, ToSchema)]
#[schema(examples(json!({"state": "resting", "since": null})))]
pub struct IllWebhook {
    webhook: id::Webhook,
    account: id::Account,
    #[schema(example = "CRM sync")]
    name: String,
    /// `resting`, `disabled` or `failing`.
    state: IllState,
    /// When it was turned off, or its last success; null when it never had one.
    since: Option<Time>,
    #[schema(example = "Resting. It was overloaded or too slow: nothing is sent to it for another 34 s.")]
    sentence: String,
}

impl IllWebhook {
    /// `webhook`, which does as `verdict` says.
    pub fn new(webhook: &Webhook, verdict: Assessment) -> Self {
        Self {
            webhook: (&webhook.id).into(),
            account: (&webhook.account).into(),
            name: webhook.name.clone(),
            state: IllState(verdict.state),
            since: verdict.since.map(Time),
            sentence: verdict.sentence,
        }
    }
}

/// One of [`HealthState::ILL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IllState(HealthState);

impl Serialize for IllState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.as_str())
    }
}

value!(IllState, words(HealthState::ILL.map(HealthState::as_str)));

/// A webhook that is slow but well.
#[derive(Debug, Serialize, ToSchema)]
pub struct SlowWebhook {
    webhook: id::Webhook,
    account: id::Account,
    #[schema(example = "CRM sync")]
    name: String,
    /// What 95 of 100 of its attempts of the last hour did not take longer than.
    pub p95_ms: u64,
}

impl SlowWebhook {
    /// `webhook`, of which 95 of 100 attempts took no longer than `p95_ms`.
    pub fn new(webhook: &Webhook, p95_ms: u64) -> Self {
        Self {
            webhook: (&webhook.id).into(),
            account: (&webhook.account).into(),
            name: webhook.name.clone(),
            p95_ms,
        }
    }
}

/// Where the middle and the end of many times lie; null without any.
#[derive(Debug, Serialize, ToSchema)]
pub struct Spread {
    median_us: Option<u64>,
    p99_us: Option<u64>,
}

impl From<&Times> for Spread {
    fn from(times: &Times) -> Self {
        Self { median_us: times.buckets.percentile_us(50), p99_us: times.buckets.percentile_us(99) }
    }
}

/// Room on the disk.
#[derive(Debug, Serialize, ToSchema)]
pub struct Storage {
    /// Of everything but the tester's captures, with its log.
    pub database_bytes: u64,
    /// Of the tester's captures, with their log.
    pub tester_bytes: u64,
    /// What the database may still take; null when the system does not say.
    pub free_bytes: Option<u64>,
}

/// One step of the series.
#[derive(Debug, Serialize, ToSchema)]
pub struct StepObject {
    /// When it ended; of the step that is not over, now.
    pub time: Time,
    /// Events accepted in it.
    pub accepted: u64,
    /// Attempts in it that were answered 2xx.
    pub delivered: u64,
    /// Attempts recorded in it, by outcome; outcomes without any are left out.
    pub attempts: BTreeMap<&'static str, u64>,
    /// How long the oldest due delivery had waited at its end; of a day and a week, the longest wait that was seen.
    pub oldest_due_seconds: Option<f64>,
    /// What 95 of 100 of its attempts did not take longer than.
    pub p95_ms: Option<u64>,
}
