//! HTTPS: deliveries a second over kept TLS connections, beside those over plain ones. The two take turns.

use super::closed_loop::Closed;
use super::site::SECURE;
use super::{SINGLE, Sink, Site};
use crate::figures::median;
use crate::measurement::{Goal, Round, Unit};

/// Turns of each.
const TURNS: usize = 3;

/// The median over the turns of HTTPS ÷ HTTP, with `events` in each.
pub(super) async fn run(site: &Site, sink: &Sink, events: u32) -> anyhow::Result<f64> {
    let mut ratios = Vec::new();
    // Connections are opened outside of what is measured.
    Closed::run(site, sink, SECURE, 1, events / 4).await?;
    for _ in 0..TURNS {
        let plain = Closed::run(site, sink, SINGLE, 1, events / 2).await?;
        let secure = Closed::run(site, sink, SECURE, 1, events / 2).await?;
        ratios.push(secure.delivered / plain.delivered);
    }
    Ok(median(ratios))
}

/// Tells of it.
pub(super) fn tell(round: &mut Round, ratio: f64) {
    round.aim("Rates", "HTTPS ÷ HTTP, kept connections", Unit::Times, ratio, Goal::AtLeast(0.8));
}
