//! `make neighbours`: a quiet account beside one that is mean, in each of the ways that there are. With `--small`, a little of
//! each: counts only, no figures.

use anyhow::ensure;
use clap::Parser;
use deskbell_bench::figures::grouped;
use deskbell_bench::neighbours::{Amounts, Told, run, tell};
use deskbell_bench::program::beside;
use deskbell_bench::report::Report;
use std::path::PathBuf;
use std::time::Duration;

const FULL: Amounts = Amounts {
    events: 1_000,
    rows: 150_000,
    captures: 100,
    capture_bytes: 1 << 20,
    made_up: 110_000,
    run_up: Duration::from_secs(2),
    window: Duration::from_secs(10),
    alone: Duration::from_secs(5),
};
const SMALL: Amounts = Amounts {
    events: 20,
    rows: 2_000,
    captures: 20,
    capture_bytes: 256 << 10,
    made_up: 400,
    run_up: Duration::from_millis(200),
    window: Duration::from_millis(500),
    alone: Duration::ZERO,
};

/// Measures what a quiet account notices of one that is mean.
#[derive(Parser)]
struct Options {
    /// The program to run.
    #[arg(long)]
    binary: Option<PathBuf>,
    /// A little of each, to count only.
    #[arg(long)]
    small: bool,
    /// Only this way, by its name; written into target/.
    #[arg(long)]
    only: Option<String>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let amounts = if options.small { SMALL } else { FULL };
    std::fs::create_dir_all("target")?;
    let binary = options.binary.map_or_else(beside, Ok)?;
    let all = run(&binary, amounts, options.only.as_deref(), |told| show(&line(told))).await?;
    ensure!(!all.is_empty(), "there is no such way");
    if options.small {
        let faults: Vec<_> = all
            .iter()
            .flat_map(|told| told.faults().into_iter().map(|fault| format!("{}: {fault}", told.name)))
            .collect();
        ensure!(faults.is_empty(), "{}", faults.join("\n"));
        show(
            "none of the neighbour's events was refused, lost or delivered twice, and memory stayed in its bound",
        );
        return Ok(());
    }
    let (name, title) = ("neighbours", "A quiet account beside one that is mean");
    let mut report = match &options.only {
        None => Report::new(name, title, "make neighbours"),
        Some(only) => Report::draft(name, title, &format!("neighbours --only {only}")),
    };
    introduce(&mut report, amounts);
    tell(&mut report, &all);
    show(report.text());
    show(&format!("written to {}", report.write()?.display()));
    Ok(())
}

fn introduce(report: &mut Report, amounts: Amounts) {
    report.say(&format!(
        "A quiet account publishes 50 events a second (open loop) to a receiver that answers at once. Beside it others are mean in \
         one way after another, each for {} s, on a program and a data folder of its own; the windows take turns with those of {} s \
         on a program that serves the quiet one alone. Its p95 beside the mean one is told as a multiple of the mean of its p95 in \
         the windows alone before and after: from when an event was meant to be published until that was answered, and until \
         its first byte was at the receiver. The goal is 1.5 for both, and 512 MiB ({} MB) that the program has resident at most.",
        (amounts.run_up + amounts.window).as_secs(),
        amounts.alone.as_secs(),
        grouped(536.870_912),
    ));
    report.say(
        "Default settings, with these exceptions: receivers may be on this machine (`delivery.allow_http`, \
         `delivery.allow_addresses`), this machine's own addresses are counted like any others (`api.loopback_exempt = false`), \
         and no metrics are served. All parties are on the loopback address, the mean ones in networks of their own in 127.0.0.0/8, \
         so that the limits by address hold for them; none has more than 100 connections from a network, a cap from which this \
         machine is always exempt. They repeat what was refused after 20 ms, whatever they were told.",
    );
    report.say(
        "All of them share the machine's processors. The mean ones' callers and receivers give way to everybody (nice 19), as if they were \
         on machines of their own, which in life they are; what they make the program do does not. A bare client, which posts to a \
         receiver at the same rate in the same windows and has no program in its way, tells what the machine itself had lost.",
    );
}

/// What one way told, as it becomes known.
fn line(told: &Told) -> String {
    let (publish, delivery, bare) = (told.publish.ratio(), told.delivery.ratio(), told.bare.ratio());
    let mut line = format!("{}: {:.0} MB; {}", told.name, told.memory_mb, told.answers);
    if publish.is_finite() {
        line += &format!("; publish {publish:.2}, delivery {delivery:.2}, bare client {bare:.2} times alone");
    }
    told.faults().iter().fold(line, |line, fault| format!("{line}\n  {fault}"))
}

#[expect(clippy::print_stdout, reason = "a program for people at a terminal")]
fn show(text: &str) {
    println!("{text}");
}
