//! `/v2/operator`: how the whole instance does. For the first account's keys and sessions only. Our own call.

mod shares;

use crate::auth::Caller;
use crate::disk::{Disk, Room};
use crate::metrics::{DataPoint, Metrics, STEP, Snapshot};
use crate::pagination::Parameters;
use axum::Json;
use axum::extract::State;
use deskbell_core::explain::health::{
    DISABLED_IS_ILL, LATE, RECENT_QUARTERS, SLOW, SLOW_SHOWN, full, headline, illness, little_room, nodes,
    paused,
};
use deskbell_core::id::AccountId;
use deskbell_core::node::Seen;
use deskbell_core::policy::limit::{PAGE_MAX, WATCHED_WEBHOOKS};
use deskbell_core::store::Result as Stored;
use deskbell_core::throughput::Throughput;
use deskbell_core::time::{later, until};
use deskbell_core::webhook::{Quarter, Status, Webhook, quarter};
use deskbell_core::{Clock, Store, Timestamp};
use deskbell_wire::fixed;
use deskbell_wire::operator::node::NodeObject;
use deskbell_wire::operator::range::{Range, Ranged};
use deskbell_wire::operator::usage::{KeptRow, Usage, Webhooks};
use deskbell_wire::operator::{IllWebhook, Operator, SlowWebhook, StepObject, Storage};
use deskbell_wire::problem::Problem;
use shares::Shares;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// Accounts of which it is said how much they keep.
const KEEPERS: u32 = 8;

/// See how the whole instance does, with what it did in the last hour, day or week.
#[utoipa::path(get, path = "/v2/operator", tag = "Instance", params(Ranged),
    responses((status = 200, body = Operator)))]
pub async fn get(
    State(store): State<Arc<dyn Store>>,
    State(clock): State<Arc<dyn Clock>>,
    State(metrics): State<Arc<Metrics>>,
    State(disk): State<Arc<Disk>>,
    Caller(account): Caller,
    Parameters(ranged, _): Parameters<Ranged>,
) -> Result<Json<Operator>, Problem> {
    if !account.operator {
        let message = "Only the instance's first account may see this.";
        return Err(Problem::forbidden("operator_required", message));
    }
    let now = clock.now();
    let shares = Shares::of(metrics.usage().last_hour(now));
    let accounts = shares.accounts();
    let (watched, snapshot, tenants, serving, fullest) = tokio::try_join!(
        watched(&*store, now),
        metrics.snapshot(),
        store.tenants(&accounts),
        store.nodes(now, PAGE_MAX),
        store.fullest(KEEPERS)
    )?;
    let watched = judged(&watched, now);
    let usage = shares.said(&tenants, &watched.troubled, &snapshot, now);
    let range = ranged.range();
    let series = series(&metrics, range, now).await?;
    let kept = fullest.iter().map(|one| KeptRow::new(one, store.quota())).collect();
    let mut seen = seen(watched, (usage, kept), &serving, (&snapshot, &metrics), (range, series), now);
    if let Some(told) = full(&fullest, store.quota()) {
        seen.headline = format!("{told} {}", seen.headline);
    }
    if let Some(told) = nodes(&serving) {
        seen.headline = format!("{told} {}", seen.headline);
    }
    let room = disk.room();
    if room != Room::Enough {
        let free = snapshot.free_bytes.unwrap_or_default();
        seen.headline = format!("{} {}", little_room(free, room == Room::GivenUp), seen.headline);
    }
    Ok(Json(seen))
}

/// Webhooks that may be ill or slow, each with its quarters of the last hour.
async fn watched(store: &dyn Store, now: Timestamp) -> Stored<Vec<(Webhook, Vec<Quarter>)>> {
    let since = quarter::last(RECENT_QUARTERS, now).next().unwrap_or(now);
    let disabled_since = now.checked_sub(DISABLED_IS_ILL).unwrap_or(Timestamp::MIN);
    store.watched_webhooks(since, disabled_since, WATCHED_WEBHOOKS).await
}

/// Who is ill or slow.
#[derive(Default)]
struct Watched {
    ill: Vec<IllWebhook>,
    ill_count: u64,
    /// Those of them that we turned off.
    off_count: u64,
    slow: Vec<SlowWebhook>,
    /// How many are, by account.
    troubled: HashMap<AccountId, Webhooks>,
}

impl Watched {
    fn of(&mut self, webhook: &Webhook) -> &mut Webhooks {
        self.troubled.entry(webhook.account.clone()).or_default()
    }
}

fn judged(all: &[(Webhook, Vec<Quarter>)], now: Timestamp) -> Watched {
    let mut watched = Watched::default();
    for (webhook, recent) in all {
        if let Some(verdict) = illness(webhook, recent, now) {
            watched.of(webhook).ill += 1;
            watched.ill_count += 1;
            watched.off_count += u64::from(!webhook.is_enabled());
            if watched.ill.len() < PAGE_MAX as usize {
                watched.ill.push(IllWebhook::new(webhook, verdict));
            }
        } else if let (Status::Enabled, Some(p95_ms)) = (webhook.status, slow_p95_ms(recent)) {
            watched.of(webhook).slow += 1;
            watched.slow.push(SlowWebhook::new(webhook, p95_ms));
        }
    }
    watched.slow.sort_by_key(|slow| std::cmp::Reverse(slow.p95_ms));
    watched.slow.truncate(SLOW_SHOWN);
    watched
}

fn seen(
    watched: Watched,
    (usage, kept): (Usage, Vec<KeptRow>),
    serving: &[Seen],
    (snapshot, metrics): (&Snapshot, &Metrics),
    (range, series): (Range, Vec<StepObject>),
    now: Timestamp,
) -> Operator {
    let Watched { ill, ill_count, off_count, slow, .. } = watched;
    let (condition, reading) = (&snapshot.condition, &snapshot.reading);
    // What we turned off is ill, and no longer among those that are rung.
    let all = condition.webhooks + off_count;
    Operator {
        object: fixed::Operator,
        headline: match condition.paused {
            Some(copied) => paused(copied, condition.queued, now),
            None => headline(ill_count, all, snapshot.oldest_due.filter(|waits| *waits > LATE)),
        },
        paused: condition.paused.map(Into::into),
        ill,
        slow,
        webhooks: condition.webhooks,
        resting: condition.resting,
        queued: condition.queued,
        in_flight: reading.leased,
        oldest_due_seconds: snapshot.oldest_due.map(|due| due.as_secs_f64()),
        first_attempt_wait: (&reading.first_attempt_wait).into(),
        commit: (&reading.commit_time).into(),
        storage: Storage {
            database_bytes: condition.database_bytes,
            tester_bytes: condition.tester_bytes,
            free_bytes: snapshot.free_bytes,
        },
        range: range.into(),
        step_seconds: range.spans().map_or(STEP, |[_, step]| step).as_secs(),
        series,
        usage,
        kept,
        nodes: serving.iter().map(|one| NodeObject::new(one, serving)).collect(),
        uptime_seconds: until(snapshot.started, now).as_secs(),
        version: env!("CARGO_PKG_VERSION"),
        metrics: metrics.address().map(|address| format!("http://{address}/metrics")),
    }
}

/// What was done in the range, step by step.
async fn series(metrics: &Metrics, range: Range, now: Timestamp) -> Result<Vec<StepObject>, Problem> {
    let Some([all, step]) = range.spans() else {
        return Ok(metrics.last_hour().iter().map(StepObject::from).collect());
    };
    let done = metrics.throughput(all, step).await?;
    Ok(done.iter().map(|done| step_of(done, step, now)).collect())
}

fn step_of(done: &Throughput, step: Duration, now: Timestamp) -> StepObject {
    StepObject {
        time: later(done.start, step).min(now).into(),
        accepted: done.accepted,
        delivered: done.delivered(),
        attempts: done.attempts.iter().map(|(outcome, count)| (outcome.as_str(), *count)).collect(),
        oldest_due_seconds: done.oldest_due.map(|due| due.as_secs_f64()),
        p95_ms: done.latencies.percentile_ms(95),
    }
}

/// The 95th percentile of the recent attempts, if it is slow.
fn slow_p95_ms(recent: &[Quarter]) -> Option<u64> {
    let p95_ms = quarter::sum(recent)?.latencies.percentile_ms(95)?;
    (Duration::from_millis(p95_ms) >= SLOW).then_some(p95_ms)
}

impl From<&DataPoint> for StepObject {
    fn from(point: &DataPoint) -> Self {
        Self {
            time: point.time.into(),
            accepted: point.accepted,
            delivered: point.delivered(),
            attempts: point.attempts.iter().map(|(outcome, count)| (outcome.as_str(), *count)).collect(),
            oldest_due_seconds: point.oldest_due.map(|due| due.as_secs_f64()),
            p95_ms: point.p95_ms,
        }
    }
}
