//! The bare client: hyper alone posts the same signed bodies to the same receiver, on the connections that a caller would
//! have. It neither accepts nor keeps anything, so what it reaches is what no program can exceed here.

use super::sink::UNCOUNTED;
use super::{CONNECTIONS, SINGLE, Sink};
use crate::client::Connection;
use crate::clock;
use crate::figures::{self, Percentiles};
use crate::load::{Pace, Sent, Ticket, drive, event};
use crate::measurement::{Goal, Round, Unit};
use crate::process::Cpu;
use anyhow::ensure;
use bytes::Bytes;
use deskbell_core::id::EventId;
use deskbell_core::policy::sign;
use deskbell_core::vault::Secret;
use hyper::Method;
use std::sync::Arc;
use std::time::Duration;

/// The threads on which callers and the bare client run, as `make bench` names them.
pub const CALLERS: &str = "callers";

/// When the runs before and after differ by more, the machine was not calm.
const CALM: f64 = 1.25;

/// The figure that tells so.
const NOISE: &str = "bare client, the quicker run ÷ the slower";

/// Posts of a first run, which tells how many the real one needs.
const WARM_UP: u32 = 5_000;

/// Any secret signs as well as another.
const SECRET: &str = "the bare client signs as the program does";

/// One run of the bare client.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    /// Posts a second.
    rate: f64,
    /// CPU milliseconds for 1,000 posts.
    cpu: f64,
}

/// The runs before and after.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bare {
    /// Posts a second: the mean of both.
    pub(super) rate: f64,
    /// CPU milliseconds for 1,000 posts: the mean of both.
    pub(super) cpu: f64,
    noise: f64,
}

impl Bare {
    pub(super) fn new(before: Run, after: Run) -> Self {
        Self {
            rate: f64::midpoint(before.rate, after.rate),
            cpu: f64::midpoint(before.cpu, after.cpu),
            noise: before.rate.max(after.rate) / before.rate.min(after.rate),
        }
    }

    pub(super) fn tell(&self, round: &mut Round, fsync_ms: f64) {
        const SECTION: &str = "Machine";
        round.add(SECTION, "bare client", Unit::PerSecond, self.rate);
        round.add(SECTION, "bare client's CPU for 1,000 posts", Unit::Milliseconds, self.cpu);
        round.aim(SECTION, NOISE, Unit::Times, self.noise, Goal::AtMost(CALM));
        round.add(SECTION, "4 KiB and fdatasync, p50", Unit::Milliseconds, fsync_ms);
    }
}

/// Whether the machine was not calm in `round`: then its figures are worth little.
pub fn is_noisy(round: &Round) -> bool {
    let noise = round.iter().find(|one| one.name == NOISE);
    noise.is_some_and(|noise| noise.goal.is_some_and(|goal| !goal.is_met(noise.value)))
}

/// Posts for about `time`, as fast as answers come.
pub(super) async fn closed(sink: &Sink, time: Duration) -> anyhow::Result<Run> {
    let body = event(SINGLE, Ticket { number: 0, due: clock::micros() });
    let same = move |_| body.clone();
    let warm = post(sink, UNCOUNTED, Pace::AsAnswered, WARM_UP, same.clone()).await?;
    let posts = figures::count(warm.rate() * time.as_secs_f64());
    let used = || anyhow::Ok(Cpu::of(std::process::id())?.thread(CALLERS));
    let before = used()?;
    let sent = post(sink, UNCOUNTED, Pace::AsAnswered, posts, same).await?;
    Ok(Run { rate: sent.rate(), cpu: (used()? - before) * 1000.0 / f64::from(posts.max(1)) })
}

/// The latency of `count` posts at `rate` a second, from the intended moment to the first byte at the receiver.
pub(crate) async fn open(sink: &Sink, rate: u32, count: u32) -> anyhow::Result<Percentiles> {
    let stamped = |ticket| event(SINGLE, ticket);
    let sent = post(sink, "/bare", Pace::PerSecond(rate), count, stamped).await?;
    let arrived = sink.arrivals.complete(usize::try_from(sent.accepted)?).await?;
    Ok(Percentiles::of(arrived.iter().map(|one| one.micros).collect()))
}

async fn post(
    sink: &Sink,
    path: &'static str,
    pace: Pace,
    count: u32,
    body: impl Fn(Ticket) -> Bytes + Clone + Send + 'static,
) -> anyhow::Result<Sent> {
    let secret = Arc::new(Secret::new(SECRET.to_owned()));
    let once = move |mut connection: Connection, ticket: Ticket| {
        let (secret, body) = (secret.clone(), body(ticket));
        async move {
            let now = jiff::Timestamp::from_microsecond(i64::try_from(clock::micros())?)?;
            let id = EventId::from_text(format!("EVNT-{:010}", ticket.number));
            let signed = sign::headers(&secret, &id, now, &body);
            let mut headers: Vec<_> = signed.iter().map(|(name, value)| (&**name, &**value)).collect();
            headers.push(("content-type", "application/json"));
            let answer = connection.send(Method::POST, path, &headers, body).await?;
            ensure!(answer.status == 204, "the receiver answered {}", answer.status);
            Ok((connection, true))
        }
    };
    drive(sink.plain.address(), CONNECTIONS, pace, count, once).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_noisy_machine_shows_itself() {
        let run = |rate| Run { rate, cpu: 12.0 };
        let noisy = |before, after| {
            let mut round = Round::default();
            Bare::new(run(before), run(after)).tell(&mut round, 0.1);
            is_noisy(&round)
        };
        assert!(!noisy(80_000.0, 100_000.0) && !noisy(100_000.0, 80_000.0));
        assert!(noisy(90_000.0, 60_000.0) && noisy(60_000.0, 90_000.0));
    }
}
