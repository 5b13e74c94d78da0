//! Closed loop: what is accepted and delivered a second when callers publish as fast as they are answered, and the CPU
//! that it takes, by thread.

use super::bare::Bare;
use super::{Sink, Site};
use crate::figures::{count, float};
use crate::load::Pace;
use crate::measurement::{Goal, Round, Unit};
use crate::process::Cpu;
use std::time::Duration;

/// A thread that takes a smaller part of the CPU than this is not told.
const TOLD: f64 = 0.01;

/// A finished loop.
#[derive(Debug)]
pub(crate) struct Closed {
    /// Events that were accepted.
    pub(super) events: u32,
    /// Events accepted a second.
    accepted: f64,
    /// Deliveries a second, until the last one arrived.
    pub(crate) delivered: f64,
    fan_out: u32,
    /// CPU milliseconds for 1,000 deliveries, by thread.
    cpu: Vec<(String, f64)>,
}

impl Closed {
    /// Publishes `events` with `trigger`, each of which is delivered `fan_out` times.
    pub(crate) async fn run(
        site: &Site,
        sink: &Sink,
        trigger: &'static str,
        fan_out: u32,
        events: u32,
    ) -> anyhow::Result<Self> {
        let before = Cpu::of(site.id()?)?;
        let sent = site.publish(trigger, Pace::AsAnswered, events).await?;
        let deliveries = sent.accepted * fan_out;
        let arrived = sink.arrivals.complete(usize::try_from(deliveries)?).await?;
        let mut cpu = Cpu::of(site.id()?)?.since(&before);
        cpu.iter_mut().for_each(|(_, millis)| *millis *= 1000.0 / f64::from(deliveries.max(1)));
        let last = arrived.iter().map(|one| one.at).fold(sent.ended, u64::max);
        let delivered = f64::from(deliveries) * 1e6 / float((last - sent.began).max(1));
        Ok(Self { events: sent.accepted, accepted: sent.rate(), delivered, fan_out, cpu })
    }

    /// Deliveries a second, and what they cost, by thread.
    pub(super) fn in_words(&self) -> String {
        let threads = self.cpu.iter().filter(|(_, millis)| *millis >= TOLD);
        let cpu: Vec<String> = threads.map(|(thread, millis)| format!("{thread} {millis:.1}")).collect();
        format!("{:.0} deliveries/s; CPU milliseconds for 1,000: {}", self.delivered, cpu.join(", "))
    }

    /// How many events such a loop would take through in `time`.
    pub(super) fn events_in(&self, time: Duration) -> u32 {
        count(self.delivered / f64::from(self.fan_out) * time.as_secs_f64()).max(100)
    }

    /// Tells of it beside the bare client: at least `share` of its rate, at most `times` its CPU.
    pub(super) fn tell(&self, round: &mut Round, name: &str, bare: &Bare, (share, times): (f64, f64)) {
        let of_bare = self.delivered / bare.rate;
        round.aim("Rates", format!("{name}, of the bare client"), Unit::Share, of_bare, Goal::AtLeast(share));
        round.add("Rates", format!("{name}, deliveries"), Unit::PerSecond, self.delivered);
        round.add("Rates", format!("{name}, events accepted"), Unit::PerSecond, self.accepted);
        let total: f64 = self.cpu.iter().map(|(_, millis)| millis).sum();
        let times_bare = total / bare.cpu;
        round.aim(
            "CPU",
            format!("{name}, ÷ the bare client's"),
            Unit::Times,
            times_bare,
            Goal::AtMost(times),
        );
        round.add("CPU", format!("{name}, for 1,000 deliveries"), Unit::Milliseconds, total);
        for (thread, millis) in self.cpu.iter().filter(|(_, millis)| *millis >= total * TOLD) {
            round.add("CPU", format!("{name}, of it `{thread}`"), Unit::Milliseconds, *millis);
        }
    }
}
