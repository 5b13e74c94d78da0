//! `/v2/operator`: how the whole instance does. For the first account's keys and sessions only. Our own call.

use super::auth::Caller;
use crate::app::{App, Shared};
use crate::metrics::{STEP, Snapshot, Step};
use axum::Json;
use axum::extract::State;
use deskbell_core::Timestamp;
use deskbell_core::policy::health::{
    DISABLED_IS_ILL, LATE, RECENT_QUARTERS, SLOW, SLOW_SHOWN, Verdict, headline, illness,
};
use deskbell_core::policy::limit::{PAGE_MAX, WATCHED_WEBHOOKS};
use deskbell_core::time::{until, wire};
use deskbell_core::webhook::{Quarter, Status, Webhook, quarter};
use deskbell_wire::problem::Problem;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;
use utoipa::ToSchema;

/// How the instance does.
#[derive(Serialize, ToSchema)]
#[schema(as = Operator)]
pub struct OperatorObject {
    /// Always `operator`.
    object: &'static str,
    #[schema(example = "Two webhooks are ill. The other 41 are on time.")]
    headline: String,
    /// Webhooks that rest, that we turned off within a day, or of which more than 20 % of the attempts of the last hour
    /// failed; at most 100 of them.
    ill: Vec<IllWebhook>,
    /// The slowest of the others, slowest first: at most 5, of which 5 of 100 attempts took a second or longer.
    slow: Vec<SlowWebhook>,
    /// Webhooks that are rung.
    webhooks: u64,
    /// Those of them that rest.
    resting: u64,
    /// Deliveries in the queue.
    queued: u64,
    /// Attempts under way in this process.
    in_flight: u64,
    /// How long the oldest due delivery waits, those of webhooks that rest apart; null when nothing is due.
    oldest_due_seconds: Option<f64>,
    /// From the acceptance of an event to the start of the first attempt, since this process began.
    first_attempt_wait: Spread,
    /// How long commits of the store took, since this process began.
    commit: Spread,
    storage: Storage,
    /// How long a step of the series is.
    #[schema(example = 10)]
    step_seconds: u64,
    /// The last hour, oldest step first; it begins with the process.
    series: Vec<StepObject>,
    uptime_seconds: u64,
    #[schema(example = "0.1.0")]
    version: &'static str,
    /// Where Prometheus can read the same; null when that is off.
    #[schema(example = "http://127.0.0.1:9480/metrics")]
    metrics: Option<String>,
}

/// A webhook that does not do well.
#[derive(Serialize, ToSchema)]
pub struct IllWebhook {
    webhook: String,
    account: String,
    name: String,
    /// `resting`, `disabled` or `retrying`.
    state: &'static str,
    /// When it was turned off, or its last success; null when it never had one.
    since: Option<String>,
    #[schema(example = "Resting. It was overloaded or too slow: the next try is in 34 s.")]
    sentence: String,
}

/// A webhook that is slow but well.
#[derive(Serialize, ToSchema)]
pub struct SlowWebhook {
    webhook: String,
    account: String,
    name: String,
    /// What 95 of 100 of its attempts of the last hour did not take longer than.
    p95_ms: u64,
}

/// Where the middle and the end of many times lie; null without any.
#[derive(Serialize, ToSchema)]
pub struct Spread {
    median_us: Option<u64>,
    p99_us: Option<u64>,
}

/// Room on the disk.
#[derive(Serialize, ToSchema)]
pub struct Storage {
    /// Of everything but the tester's captures, with its log.
    database_bytes: u64,
    /// Of the tester's captures, with their log.
    tester_bytes: u64,
    /// What the database may still take; null when the system does not say.
    free_bytes: Option<u64>,
}

/// One step of the last hour.
#[derive(Serialize, ToSchema)]
pub struct StepObject {
    /// When it ended.
    time: String,
    /// Events accepted in it.
    accepted: u64,
    /// Attempts in it that were answered 2xx.
    delivered: u64,
    /// Attempts recorded in it, by outcome; outcomes without any are left out.
    attempts: BTreeMap<&'static str, u64>,
    /// How long the oldest due delivery had waited at its end.
    oldest_due_seconds: Option<f64>,
    /// What 95 of 100 of its attempts did not take longer than.
    p95_ms: Option<u64>,
}

impl StepObject {
    fn new(step: &Step) -> Self {
        Self {
            time: wire(step.time),
            accepted: step.accepted,
            delivered: step.delivered(),
            attempts: step.attempts.iter().map(|(outcome, count)| (outcome.as_str(), *count)).collect(),
            oldest_due_seconds: step.oldest_due.map(|due| due.as_secs_f64()),
            p95_ms: step.p95_ms,
        }
    }
}

impl IllWebhook {
    fn new(webhook: &Webhook, verdict: Verdict) -> Self {
        Self {
            webhook: webhook.id.to_string(),
            account: webhook.account.to_string(),
            name: webhook.name.clone(),
            state: verdict.state.as_str(),
            since: verdict.since.map(wire),
            sentence: verdict.sentence,
        }
    }
}

/// See how the whole instance does.
#[utoipa::path(get, path = "/v2/operator", tag = "Instance",
    responses((status = 200, body = OperatorObject), (status = 401, body = Problem), (status = 403, body = Problem), (status = 429, body = Problem)))]
pub async fn get(
    State(app): State<Shared>,
    Caller(account): Caller,
) -> Result<Json<OperatorObject>, Problem> {
    if !account.operator {
        let message = "Only the instance's first account may see this.";
        return Err(Problem::forbidden("operator_required", message));
    }
    let now = app.now();
    let (watched, snapshot) = tokio::try_join!(watched(&app, now), app.metrics.snapshot())?;
    Ok(Json(app.operator(watched, &snapshot, now)))
}

type Watched = Vec<(Webhook, Vec<Quarter>)>;

async fn watched(app: &App, now: Timestamp) -> deskbell_core::store::Result<Watched> {
    let since = quarter::last(RECENT_QUARTERS, now).next().unwrap_or(now);
    let disabled_since = now.checked_sub(DISABLED_IS_ILL).unwrap_or(Timestamp::MIN);
    app.store.watched_webhooks(since, disabled_since, WATCHED_WEBHOOKS).await
}

impl App {
    fn operator(&self, watched: Watched, snapshot: &Snapshot, now: Timestamp) -> OperatorObject {
        let (mut ill, mut ill_count, mut off_count, mut slow) = (Vec::new(), 0, 0, Vec::new());
        for (webhook, recent) in &watched {
            if let Some(verdict) = illness(webhook, recent, now) {
                ill_count += 1;
                off_count += u64::from(!webhook.is_enabled());
                if ill.len() < PAGE_MAX as usize {
                    ill.push(IllWebhook::new(webhook, verdict));
                }
            } else if let (Status::Enabled, Some(p95_ms)) = (webhook.status, p95(recent)) {
                slow.push(SlowWebhook {
                    webhook: webhook.id.to_string(),
                    account: webhook.account.to_string(),
                    name: webhook.name.clone(),
                    p95_ms,
                });
            }
        }
        slow.sort_by_key(|slow| std::cmp::Reverse(slow.p95_ms));
        slow.truncate(SLOW_SHOWN);
        let (condition, reading) = (&snapshot.condition, &snapshot.reading);
        // What we turned off is ill, and no longer among those that are rung.
        let all = condition.webhooks + off_count;
        OperatorObject {
            object: "operator",
            headline: headline(ill_count, all, snapshot.oldest_due.filter(|waits| *waits > LATE)),
            ill,
            slow,
            webhooks: condition.webhooks,
            resting: condition.resting,
            queued: condition.queued,
            in_flight: reading.leased,
            oldest_due_seconds: snapshot.oldest_due.map(|due| due.as_secs_f64()),
            first_attempt_wait: spread(&reading.first_attempt_wait),
            commit: spread(&reading.commit_time),
            storage: Storage {
                database_bytes: condition.database_bytes,
                tester_bytes: condition.tester_bytes,
                free_bytes: snapshot.free_bytes,
            },
            step_seconds: STEP.as_secs(),
            series: self.metrics.last_hour().iter().map(StepObject::new).collect(),
            uptime_seconds: until(snapshot.started, now).as_secs(),
            version: env!("CARGO_PKG_VERSION"),
            metrics: self.metrics.address().map(|address| format!("http://{address}/metrics")),
        }
    }
}

/// The 95th percentile of the recent attempts, if it is slow.
fn p95(recent: &[Quarter]) -> Option<u64> {
    let p95_ms = quarter::sum(recent)?.latencies.percentile_ms(95)?;
    (Duration::from_millis(p95_ms) >= SLOW).then_some(p95_ms)
}

fn spread(times: &deskbell_core::meter::Times) -> Spread {
    Spread { median_us: times.classes.percentile_us(50), p99_us: times.classes.percentile_us(99) }
}
