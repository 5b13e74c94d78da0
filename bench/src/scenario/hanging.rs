//! Hanging: what a webhook that never answers, with thousands of deliveries queued, does to a healthy one beside it.

use super::site::HANGING;
use super::{SINGLE, Sink, Site};
use crate::api::Api;
use crate::figures::{Percentiles, count, grouped};
use crate::load::Pace;
use crate::measurement::{Goal, Round, Unit};
use std::time::Duration;

/// Deliveries that wait for the webhook that hangs.
const QUEUED: u32 = 3_000;
/// Events a second for the healthy one.
const RATE: u32 = 100;

/// The healthy webhook's p99 beside the one that hangs ÷ its p99 alone.
pub(super) async fn run(site: &Site, sink: &Sink, time: Duration) -> anyhow::Result<f64> {
    let alone = p99(site, sink, time).await?;
    site.publish(HANGING, Pace::AsAnswered, QUEUED).await?;
    let beside = p99(site, sink, time).await?;
    // What it holds must reach into nothing that is measured later.
    let mut api = Api::new(site.plan.address, &site.key);
    for webhook in api.all("/v2/webhooks").await? {
        if webhook["name"] == "hanging" {
            api.set_enabled(webhook["id"].as_str().unwrap_or_default(), false).await?;
        }
    }
    sink.hole.hang_up();
    Ok(beside / alone)
}

async fn p99(site: &Site, sink: &Sink, time: Duration) -> anyhow::Result<f64> {
    let events = count(f64::from(RATE) * time.as_secs_f64());
    let sent = site.publish(SINGLE, Pace::PerSecond(RATE), events).await?;
    let arrived = sink.arrivals.complete(usize::try_from(sent.accepted)?).await?;
    Ok(Percentiles::of(arrived.iter().map(|one| one.micros).collect()).p99)
}

/// Tells of it.
pub(super) fn tell(round: &mut Round, ratio: f64) {
    let name =
        format!("100/s, p99 beside a webhook that hangs with {} queued ÷ alone", grouped(f64::from(QUEUED)));
    round.aim("Neighbours", name, Unit::Times, ratio, Goal::AtMost(1.25));
}
