//! Start: from exec to the first event that is accepted, and so on disk.

use super::{SINGLE, Sink, Site};
use crate::client::Connection;
use crate::clock;
use crate::figures::{float, median};
use crate::load::{Ticket, event, publish};
use crate::measurement::{Goal, Round, Unit};
use anyhow::ensure;
use std::time::Duration;

/// How long a start may take.
const PATIENCE: u64 = 30_000_000;

/// The median of `starts` starts of a stopped `site`, in milliseconds. It is stopped again afterwards.
pub(crate) async fn first_accept(site: &mut Site, sink: &Sink, starts: usize) -> anyhow::Result<f64> {
    let mut millis = Vec::new();
    for _ in 0..starts {
        let began = clock::micros();
        site.spawn()?;
        let body = event(SINGLE, Ticket { number: 0, due: began });
        let mut connection = Connection::new(site.plan.address);
        while publish(&mut connection, &site.key, body.clone()).await.is_err() {
            ensure!(clock::micros() < began + PATIENCE, "nothing was accepted after the start");
            // Until it listens, connections are refused.
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        millis.push(float(clock::micros() - began) / 1000.0);
        sink.arrivals.complete(1).await?;
        site.stop().await?;
    }
    Ok(median(millis))
}

/// Tells of it.
pub(super) fn tell(round: &mut Round, millis: f64) {
    round.aim("Start", "exec to the first accept", Unit::Milliseconds, millis, Goal::AtMost(25.0));
}
