//! Backlog: a program that starts on many deliveries that are due, over a hundred webhooks. How soon the first goes out,
//! how quickly they drain, and the memory while they wait.

use super::bare::Bare;
use super::{SINGLE, Sink, Site};
use crate::api::Api;
use crate::clock;
use crate::figures::{float, grouped};
use crate::load::Pace;
use crate::measurement::{Goal, Round, Unit};
use crate::program::Plan;
use anyhow::Context as _;
use std::path::Path;

/// Webhooks that wait.
const WEBHOOKS: u32 = 100;

/// While the backlog is made one delivery is under way, and comes again soon if it is given up.
const FILLING: [(&str, &str); 4] = [
    ("DESKBELL_DELIVERY__IN_FLIGHT", "1"),
    ("DESKBELL_DELIVERY__IN_FLIGHT_PER_WEBHOOK", "1"),
    ("DESKBELL_DELIVERY__TIMEOUT", "30s"),
    ("DESKBELL_DELIVERY__RETRY_SCHEDULE", "100ms,100ms,100ms,100ms"),
];

/// What was seen.
#[derive(Debug)]
pub(super) struct Backlog {
    pending: u32,
    waiting_mb: f64,
    first_ms: f64,
    drained: f64,
}

/// Makes a backlog of `pending` deliveries and has it drained; `None` when there is to be none.
pub(super) async fn run(binary: &Path, sink: &Sink, pending: u32) -> anyhow::Result<Option<Backlog>> {
    let events = pending / WEBHOOKS;
    if events == 0 {
        return Ok(None);
    }
    let folder = tempfile::tempdir_in("target")?;
    sink.shut(true);
    let filling = Plan::new(binary, folder.path(), &FILLING)?;
    let program = filling.start().await?;
    let key = filling.key()?;
    let mut api = Api::new(filling.address, &key);
    for number in 0..WEBHOOKS {
        let name = format!("waiting-{number}");
        api.create_webhook(&name, &sink.gated.url(&format!("/{name}")), &[SINGLE]).await?;
    }
    let mut site = Site { plan: filling, key: key.into(), program: Some(program) };
    site.publish(SINGLE, Pace::AsAnswered, events).await?;
    site.kill().await?;

    site.plan = Plan::new(binary, folder.path(), &[])?;
    site.start().await?;
    let waiting_mb = site.idle_mb().await?;
    site.kill().await?;
    sink.shut(false);
    let began = clock::micros();
    site.spawn()?;
    let arrived = sink.arrivals.complete(usize::try_from(events * WEBHOOKS)?).await?;
    site.stop().await?;
    let moments = || arrived.iter().map(|one| one.at);
    let first = moments().min().context("nothing arrived")?;
    let last = moments().max().unwrap_or(first);
    Ok(Some(Backlog {
        pending: events * WEBHOOKS,
        waiting_mb,
        first_ms: float(first - began) / 1000.0,
        drained: f64::from(events * WEBHOOKS) * 1e6 / float((last - first).max(1)),
    }))
}

impl Backlog {
    /// Tells of it beside the bare client, and beside the memory of a program without a backlog.
    pub(super) fn tell(&self, round: &mut Round, bare: &Bare, idle_mb: f64) {
        const SECTION: &str = "Backlog";
        let waiting = grouped(f64::from(self.pending));
        let (more, of_bare) = (self.waiting_mb - idle_mb, self.drained / bare.rate);
        let first = format!("exec to the first delivery, {waiting} due");
        round.aim(SECTION, first, Unit::Milliseconds, self.first_ms, Goal::AtMost(100.0));
        let drains = format!("{waiting} over {WEBHOOKS} webhooks drain, of the bare client");
        round.aim(SECTION, drains, Unit::Share, of_bare, Goal::AtLeast(0.4));
        round.add(SECTION, "drained", Unit::PerSecond, self.drained);
        let memory = format!("memory, more with {waiting} waiting");
        round.aim(SECTION, memory, Unit::Megabytes, more, Goal::AtMost(32.0));
    }
}
