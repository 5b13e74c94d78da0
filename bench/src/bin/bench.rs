//! `make bench`: what the program accepts and delivers, beside a bare HTTP client that posts the same signed bodies to
//! the same receiver in the same run. Ratios first: absolute figures belong to this machine.

use anyhow::Context as _;
use bytes::Bytes;
use clap::Parser;
use deskbell_bench::api::Api;
use deskbell_bench::client::Connection;
use deskbell_bench::figures::{float, grouped, latency, median};
use deskbell_bench::load::{Arrivals, closed, event, open, publish};
use deskbell_bench::program::{Plan, Program, beside};
use deskbell_bench::receiver::{Reaction, Receiver};
use deskbell_bench::report::Report;
use deskbell_bench::{clock, machine};
use deskbell_core::id::EventId;
use deskbell_core::policy::sign;
use deskbell_core::vault::Secret;
use hyper::Method;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

const CONNECTIONS: usize = 64;
const FAN_OUT: usize = 10;
const SINGLE: &str = "booking.scheduled";
const FANNED: &str = "booking.canceled";
/// Events of a closed loop to one webhook, and to ten: as many deliveries.
const EVENTS: u32 = 10_000;
const EVENTS_FANNED: u32 = 1_000;
/// Posts of the bare client.
const POSTS: u32 = 100_000;

/// Measures accepted and delivered events per second, and the time from accept to first byte.
#[derive(Parser)]
struct Options {
    /// The program to measure.
    #[arg(long)]
    binary: Option<PathBuf>,
    /// Seconds at each fixed rate.
    #[arg(long, default_value_t = 4)]
    seconds: u64,
    /// Rounds; each figure is the median of them.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

/// The figures of one round.
#[derive(Debug, Default)]
struct Round {
    bare: f64,
    accepted: f64,
    delivered: f64,
    fanned_accepted: f64,
    fanned: f64,
    cpu_single: f64,
    cpu_fanned: f64,
    slow: Fixed,
    quick: Fixed,
    resident: f64,
}

/// The figures at a fixed rate, in milliseconds.
#[derive(Debug, Default)]
struct Fixed {
    p50: f64,
    p99: f64,
    call_p50: f64,
    call_p99: f64,
    late: f64,
}

struct Bench {
    plan: Plan,
    program: Program,
    key: Arc<str>,
    receiver: Receiver,
    arrivals: Arc<Arrivals>,
    time: Duration,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let binary = options.binary.map_or_else(beside, Ok)?;
    let mut rounds = Vec::new();
    let folder = tempfile::tempdir_in("target")?;
    let disk = machine::fsync_micros(folder.path())?;
    for number in 1..=options.rounds.max(1) {
        let round = round(&binary, Duration::from_secs(options.seconds)).await?;
        show(&format!("round {number}: {round:?}"));
        rounds.push(round);
    }
    let report = report(&rounds, options.seconds, disk);
    show(report.text());
    show(&format!("written to {}", report.write()?.display()));
    Ok(())
}

/// A round has a program and a data folder of its own.
async fn round(binary: &std::path::Path, time: Duration) -> anyhow::Result<Round> {
    let folder = tempfile::tempdir_in("target")?;
    let plan = Plan::new(binary, folder.path(), &[])?;
    let program = plan.start().await?;
    let key: Arc<str> = plan.key()?.into();
    let arrivals = Arc::new(Arrivals::default());
    let sink = arrivals.clone();
    let receiver = Receiver::listen(move |arrival| {
        // A bare post has a path of its own: its rate is counted where it is sent.
        if arrival.path != "/bare" {
            sink.take(arrival);
        }
        std::future::ready(Reaction::Answer(204))
    })
    .await?;
    let mut api = Api::new(plan.address, &key);
    let secret = Secret::new(api.create_webhook("single", &receiver.url("/single"), &[SINGLE]).await?.secret);
    for number in 0..FAN_OUT {
        let path = format!("/fan-{number}");
        api.create_webhook(&path[1..], &receiver.url(&path), &[FANNED]).await?;
    }
    let mut bench = Bench { plan, program, key, receiver, arrivals, time };
    // Warm up: connections, caches, the file.
    bench.rate(SINGLE, 1, 500).await?;
    let mut figures = Round { bare: bench.bare(secret).await?, ..Round::default() };
    (figures.accepted, figures.delivered, figures.cpu_single) = bench.rate(SINGLE, 1, EVENTS).await?;
    (figures.fanned_accepted, figures.fanned, figures.cpu_fanned) =
        bench.rate(FANNED, FAN_OUT, EVENTS_FANNED).await?;
    figures.resident = bench.program.id().and_then(machine::resident_mib).map_or(0.0, float);
    figures.slow = bench.fixed(100).await?;
    figures.quick = bench.fixed(500).await?;
    bench.program.stop().await?;
    Ok(figures)
}

impl Bench {
    /// Accepted and delivered events a second in a closed loop, and the program's CPU milliseconds for 1,000
    /// deliveries.
    async fn rate(
        &mut self,
        trigger: &'static str,
        fan_out: usize,
        events: u32,
    ) -> anyhow::Result<(f64, f64, f64)> {
        let cpu = || self.program.id().and_then(machine::cpu_millis).context("the program ended");
        let (key, before) = (self.key.clone(), cpu()?);
        let once = move |connection, number| {
            let key = key.clone();
            async move { publish(connection, &key, event(trigger, number)).await }
        };
        let sent = closed(self.plan.address, CONNECTIONS, events, once).await?;
        let count = usize::try_from(sent.accepted)? * fan_out;
        let delivered = self.arrivals.complete(count).await?;
        let last = delivered.iter().map(|one| one.at).fold(sent.ended, u64::max);
        let per_second = |count: usize, end: u64| float(count as u64) * 1e6 / float(end - sent.began);
        let used = float(cpu()? - before) * 1000.0 / float(count as u64);
        Ok((per_second(usize::try_from(sent.accepted)?, sent.ended), per_second(count, last), used))
    }

    /// The time from just before the call to the first byte at the receiver, at a fixed rate.
    async fn fixed(&self, rate: u32) -> anyhow::Result<Fixed> {
        let key = self.key.clone();
        let once = move |connection, number| {
            let key = key.clone();
            async move { publish(connection, &key, event(SINGLE, number)).await }
        };
        let sent = open(self.plan.address, rate, self.time, 0, once).await?;
        let delivered = self.arrivals.complete(usize::try_from(sent.accepted)?).await?;
        let (p50, p99) = latency(delivered.iter().map(|one| one.micros).collect());
        let (call_p50, call_p99) = latency(sent.calls);
        Ok(Fixed { p50, p99, call_p50, call_p99, late: sent.late_ms })
    }

    /// Posts a second of a bare client: the same bodies, signed for each post, to the same receiver.
    async fn bare(&self, secret: Secret) -> anyhow::Result<f64> {
        let secret = Arc::new(secret);
        let body: Bytes = vec![b'x'; deskbell_bench::load::BODY_BYTES].into();
        let once = move |connection: Connection, number| {
            let (secret, body) = (secret.clone(), body.clone());
            async move { post(connection, &secret, number, body).await }
        };
        let sent = closed(self.receiver.address(), CONNECTIONS, POSTS, once).await?;
        Ok(float(u64::from(sent.accepted)) * 1e6 / float(sent.ended - sent.began))
    }
}

async fn post(
    mut connection: Connection,
    secret: &Secret,
    number: u32,
    body: Bytes,
) -> anyhow::Result<Connection> {
    let now = jiff::Timestamp::from_microsecond(i64::try_from(clock::micros())?)?;
    let signed = sign::headers(secret, &EventId::from_text(format!("EVNT-{number:010}")), now, &body);
    let mut headers: Vec<(&str, &str)> = signed.iter().map(|(name, value)| (&**name, &**value)).collect();
    headers.push(("content-type", "application/json"));
    let answer = connection.send(Method::POST, "/bare", &headers, body).await?;
    anyhow::ensure!(answer.status == 204, "the receiver answered {}", answer.status);
    Ok(connection)
}

fn report(rounds: &[Round], seconds: u64, disk: u64) -> Report {
    let of = |figure: &dyn Fn(&Round) -> f64| median(rounds.iter().map(figure).collect());
    let bare = of(&|round| round.bare);
    let share =
        |figure: &dyn Fn(&Round) -> f64| format!("{:.1} %", 100.0 * of(&|round| figure(round) / round.bare));
    let rate = |value: f64| format!("{}/s", grouped(value));
    let ms = |value: f64| format!("{value:.2} ms");
    let row = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
    let mut report = Report::new("bench", "Speed", "make bench");
    report.say(&format!(
        "Load, program and receiver share the machine; all traffic is on its loopback address, over plain HTTP. \
         Bodies of 1,500 bytes; {CONNECTIONS} connections; each figure is the median of {} rounds, \
         each on a new data folder with the default settings (only the guard and the API's rate limit are opened). \
         The store is SQLite with `synchronous=FULL`; a 4 KiB write with `fdatasync` takes {disk} µs here (p50). \
         Every event was delivered exactly once, or the run would have failed.",
        rounds.len()
    ));
    report.say("Ratios to a bare HTTP client that posts the same signed bodies to the same receiver in the same run:");
    report.table(&[
        row(&["", "of the bare client"]),
        row(&["events accepted and delivered, one webhook", &share(&|round| round.delivered)]),
        row(&["deliveries, ten webhooks", &share(&|round| round.fanned)]),
    ]);
    report.say(&format!(
        "Rates, in a closed loop: {} events to one webhook, {} events to ten:",
        grouped(f64::from(EVENTS)),
        grouped(f64::from(EVENTS_FANNED))
    ));
    report.table(&[
        row(&["", "accepted", "delivered", "program's CPU for 1,000 deliveries"]),
        row(&["bare client", "", &rate(bare), ""]),
        row(&[
            "one webhook",
            &rate(of(&|round| round.accepted)),
            &rate(of(&|round| round.delivered)),
            &format!("{:.0} ms", of(&|round| round.cpu_single)),
        ]),
        row(&[
            "ten webhooks",
            &rate(of(&|round| round.fanned_accepted)),
            &rate(of(&|round| round.fanned)),
            &format!("{:.0} ms", of(&|round| round.cpu_fanned)),
        ]),
    ]);
    report.say(&format!(
        "Time from just before `POST /v2/events` to the first byte at the receiver, at a fixed rate to one webhook \
         ({seconds} s, open loop; \"late\" is how late the generator's own p99 call began):",
    ));
    let fixed = |name: &str, pick: &dyn Fn(&Round) -> &Fixed| {
        let of = |figure: &dyn Fn(&Fixed) -> f64| ms(of(&|round| figure(pick(round))));
        vec![
            name.to_owned(),
            of(&|fixed| fixed.p50),
            of(&|fixed| fixed.p99),
            of(&|fixed| fixed.call_p50),
            of(&|fixed| fixed.call_p99),
            of(&|fixed| fixed.late),
        ]
    };
    report.table(&[
        row(&["", "p50", "p99", "accept alone, p50", "accept alone, p99", "late"]),
        fixed("100 events/s", &|round| &round.slow),
        fixed("500 events/s", &|round| &round.quick),
    ]);
    report.say(&format!("Resident memory after the closed loops: {:.0} MiB.", of(&|round| round.resident)));
    report
}

#[expect(clippy::print_stdout, reason = "a program for people at a terminal")]
fn show(text: &str) {
    println!("{text}");
}
