//! Open loop: at a fixed rate, the time from the moment at which an event was meant to be published to its first byte at
//! the receiver, beside the bare client's at that rate; and the bytes that the program has written to the disk meanwhile.

use super::{SINGLE, Sink, Site, bare};
use crate::figures::{Percentiles, count, grouped};
use crate::load::Pace;
use crate::measurement::{Goal, Round, Unit};
use crate::process;
use std::time::Duration;

const SECTION: &str = "Latency";

/// The p99 may be this many times the bare client's, where that one shows that the machine is not calm.
const TIMES_BARE: f64 = 8.0;

/// A finished run.
#[derive(Debug)]
pub(super) struct Open {
    /// Events that were accepted.
    pub(super) events: u32,
    /// Bytes written to the disk for an event, where the disk tells that.
    pub(super) written: Option<f64>,
    rate: u32,
    refused: u32,
    late_ms: f64,
    /// From the intended moment to the first byte at the receiver.
    pub(super) delivery: Percentiles,
    accept: Percentiles,
    bare: Percentiles,
}

impl Open {
    /// Publishes `rate` events a second for `time`, after the bare client has posted as many.
    pub(super) async fn run(site: &Site, sink: &Sink, rate: u32, time: Duration) -> anyhow::Result<Self> {
        let events = count(f64::from(rate) * time.as_secs_f64());
        let bare = bare::open(sink, rate, events).await?;
        let folder = site.plan.data();
        let before = process::written(&folder)?;
        let sent = site.publish(SINGLE, Pace::PerSecond(rate), events).await?;
        let arrived = sink.arrivals.complete(usize::try_from(sent.accepted)?).await?;
        let written = process::written(&folder)?.zip(before).map(|(after, before)| after - before);
        Ok(Self {
            events: sent.accepted,
            written: written.map(|bytes| bytes / f64::from(sent.accepted.max(1))),
            rate,
            refused: sent.refused,
            late_ms: sent.late_ms,
            delivery: Percentiles::of(arrived.iter().map(|one| one.micros).collect()),
            accept: Percentiles::of(sent.calls),
            bare,
        })
    }

    /// Tells of it. The p99 is to be at most `limit_ms`, or so many times the bare client's on a machine that is not calm.
    pub(super) fn tell(&self, round: &mut Round, limit_ms: Option<f64>) {
        let name = |what: &str| format!("{}/s, {what}", grouped(f64::from(self.rate)));
        let (p99, ratio) = (self.delivery.p99, self.delivery.p99 / self.bare.p99);
        match limit_ms {
            Some(limit) => {
                let not_calm = Goal::AtMost(TIMES_BARE);
                round.aim(SECTION, name("p99"), Unit::Milliseconds, p99, Goal::AtMost(limit));
                round.aim(SECTION, name("p99 ÷ the bare client's"), Unit::Times, ratio, not_calm);
            }
            None => {
                round.add(SECTION, name("p99"), Unit::Milliseconds, p99);
                round.add(SECTION, name("p99 ÷ the bare client's"), Unit::Times, ratio);
            }
        }
        for (what, millis) in [
            ("p50", self.delivery.p50),
            ("p99.9", self.delivery.p999),
            ("accept alone, p50", self.accept.p50),
            ("accept alone, p99", self.accept.p99),
            ("bare client, p50", self.bare.p50),
            ("bare client, p99", self.bare.p99),
            ("bare client, p99.9", self.bare.p999),
            ("how late the callers themselves were, p99", self.late_ms),
        ] {
            round.add(SECTION, name(what), Unit::Milliseconds, millis);
        }
        round.add(SECTION, name("refused as too much"), Unit::Count, f64::from(self.refused));
    }
}
