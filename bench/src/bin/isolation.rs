//! `make isolation`: 100 webhooks, one of which swallows everything and never answers. Windows with and without it take
//! turns in one run; the others must not notice (catalogue D-01).

use anyhow::ensure;
use clap::Parser;
use deskbell_bench::api::Api;
use deskbell_bench::figures::Percentiles;
use deskbell_bench::load::{Arrivals, Delivered, Pace, Ticket, drive, event, publish};
use deskbell_bench::program::{Plan, beside};
use deskbell_bench::receiver::{Reaction, Receiver};
use deskbell_bench::report::Report;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const WEBHOOKS: usize = 100;
const CONNECTIONS: usize = 64;
const HOLE: &str = "/hole";
/// The healthy webhooks share these: 9 each.
const TRIGGERS: [&str; 11] = [
    "booking.scheduled",
    "booking.rescheduled",
    "booking.canceled_then_rescheduled",
    "booking.canceled_reschedule_requested",
    "booking.canceled",
    "booking.completed",
    "booking.no_show",
    "booking.reassigned",
    "conversation.started",
    "conversation.closed",
    "conversation.abandoned",
];
/// The p99 with the black hole may be this many times the p99 without it.
const LIMIT: f64 = 1.2;

/// Measures what one black hole among 100 webhooks does to the others.
#[derive(Parser)]
struct Options {
    /// The program to measure.
    #[arg(long)]
    binary: Option<PathBuf>,
    /// Events a second; each goes to 9 healthy webhooks.
    #[arg(long, default_value_t = 50)]
    rate: u32,
    /// Seconds of a window.
    #[arg(long, default_value_t = 8)]
    seconds: u32,
    /// Pairs of windows.
    #[arg(long, default_value_t = 8)]
    pairs: usize,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let folder = tempfile::tempdir_in("target")?;
    let plan = Plan::new(&options.binary.map_or_else(beside, Ok)?, folder.path(), &[])?;
    let program = plan.start().await?;
    let key: Arc<str> = plan.key()?.into();
    let (arrivals, swallowed) = (Arc::new(Arrivals::default()), Arc::new(AtomicU64::new(0)));
    let (sink, hole) = (arrivals.clone(), swallowed.clone());
    let healthy = Receiver::listen(move |arrival| {
        sink.take(arrival);
        std::future::ready(Reaction::Answer(204))
    })
    .await?;
    let black = Receiver::listen(move |_| {
        hole.fetch_add(1, Ordering::Relaxed);
        std::future::ready(Reaction::Never)
    })
    .await?;
    let mut api = Api::new(plan.address, &key);
    let mut listeners = [0; TRIGGERS.len()];
    for number in 0..WEBHOOKS - 1 {
        let index = number % TRIGGERS.len();
        listeners[index] += 1;
        let name = format!("healthy-{number}");
        api.create_webhook(&name, &healthy.url(&format!("/{name}")), &[TRIGGERS[index]]).await?;
    }
    let dead = api.create_webhook("hole", &black.url(HOLE), &["booking", "conversation"]).await?;

    let mut samples: [Vec<u64>; 2] = [Vec::new(), Vec::new()];
    let (mut rows, mut first) = (vec![row("window", "p50", "p99", "black hole: requests held")], 0);
    // One window to warm up, then with and without in turns, each order as often as the other.
    let turns = std::iter::once(None).chain((0..options.pairs).flat_map(|pair| {
        let with = pair % 2 == 0;
        [Some(with), Some(!with)]
    }));
    for turn in turns {
        let with = turn.unwrap_or_default();
        api.set_enabled(&dead.id, with).await?;
        let before = swallowed.load(Ordering::Relaxed);
        let key = key.clone();
        let once = move |mut connection, ticket: Ticket| {
            let ticket = Ticket { number: first + ticket.number, ..ticket };
            let (key, trigger) = (key.clone(), TRIGGERS[ticket.number as usize % TRIGGERS.len()]);
            async move {
                let accepted = publish(&mut connection, &key, event(trigger, ticket)).await?;
                ensure!(accepted, "an event was refused as too much");
                Ok((connection, accepted))
            }
        };
        let events = options.rate * options.seconds;
        let sent = drive(plan.address, CONNECTIONS, Pace::PerSecond(options.rate), events, once).await?;
        let due =
            (first..first + sent.accepted).map(|number| listeners[number as usize % TRIGGERS.len()]).sum();
        let delivered = arrivals.complete(due).await?;
        first += sent.accepted;
        let held = swallowed.load(Ordering::Relaxed) - before;
        ensure!(
            with == (held > 0),
            "a window {} the black hole saw {held} requests",
            if with { "with" } else { "without" }
        );
        // What the black hole holds must not reach into the next window.
        api.set_enabled(&dead.id, false).await?;
        black.hang_up();
        ensure!(
            sent.late_ms < 5.0,
            "the generator itself was {} ms late: the machine is too busy",
            sent.late_ms
        );
        let micros: Vec<u64> = delivered.iter().map(|one: &Delivered| one.micros).collect();
        if turn.is_some() {
            let Percentiles { p50, p99, .. } = Percentiles::of(micros.clone());
            let name = if with { "with" } else { "without" };
            rows.push(row(name, &format!("{p50:.2} ms"), &format!("{p99:.2} ms"), &held.to_string()));
            show(&rows[rows.len() - 1].join("  "));
            samples[usize::from(with)].extend(micros);
        }
    }
    program.stop().await?;
    conclude(samples, &rows, options.rate, options.seconds)
}

fn conclude(samples: [Vec<u64>; 2], rows: &[Vec<String>], rate: u32, seconds: u32) -> anyhow::Result<()> {
    let counts = samples.each_ref().map(Vec::len);
    let [without, with] = samples.map(Percentiles::of);
    let ratio = with.p99 / without.p99;
    let mut report = Report::new("isolation", "One dead webhook among 100", "make isolation");
    report.say(&format!(
        "99 healthy webhooks with 9 subscribers for each of the 11 triggers, and one that subscribes to everything, takes \
         each request and never answers. {rate} events a second (open loop), bodies of 1,500 bytes, default settings. \
         Windows of {seconds} s with and without the black hole take turns in one run. Time from the moment meant for the call to \
         the first byte at a healthy receiver:"
    ));
    report.say(&format!(
        "**p99 with ÷ p99 without = {ratio:.2}** (limit {LIMIT}); p50 with ÷ without = {:.2}.",
        with.p50 / without.p50
    ));
    let total = |name: &str, Percentiles { p50, p99, .. }: Percentiles, count: usize| {
        row(name, &format!("{p50:.2} ms"), &format!("{p99:.2} ms"), &count.to_string())
    };
    report.table(&[
        row("all windows", "p50", "p99", "deliveries"),
        total("with the black hole", with, counts[1]),
        total("without it", without, counts[0]),
    ]);
    report.say("Each window:");
    report.table(rows);
    show(report.text());
    show(&format!("written to {}", report.write()?.display()));
    ensure!(ratio <= LIMIT, "the black hole is felt: {ratio:.2} is above {LIMIT}");
    Ok(())
}

fn row(first: &str, second: &str, third: &str, fourth: &str) -> Vec<String> {
    [first, second, third, fourth].map(str::to_owned).to_vec()
}

#[expect(clippy::print_stdout, reason = "a program for people at a terminal")]
fn show(text: &str) {
    println!("{text}");
}
