//! `make bench` and `make bench-quick`: the program's figures beside those of a bare HTTP client in the same run; with
//! `--base` also beside those of another build of it, round by round in turn.

use clap::Parser;
use deskbell_bench::program::beside;
use deskbell_bench::report::Report;
use deskbell_bench::scenario::{CALLERS, Scale, Sink, profile, round};
use deskbell_bench::summary::{self, Base};
use std::path::PathBuf;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

const FULL: Scale =
    Scale { open: Duration::from_secs(10), closed: Duration::from_secs(4), starts: 5, backlog: 100_000 };
const QUICK: Scale =
    Scale { open: Duration::from_secs(3), closed: Duration::from_secs(2), starts: 3, backlog: 0 };

/// Measures rates, latency, CPU, memory, bytes on disk and starts.
#[derive(Parser)]
struct Options {
    /// The program to measure.
    #[arg(long)]
    binary: Option<PathBuf>,
    /// Another build, which takes turns with it.
    #[arg(long)]
    base: Option<PathBuf>,
    /// What the other build is called.
    #[arg(long, default_value = "base")]
    base_name: String,
    /// About a minute: shorter looks, one round, no backlog, no evidence.
    #[arg(long)]
    quick: bool,
    /// Rounds; each figure is their median. 3, or 1 of a quick run.
    #[arg(long)]
    rounds: Option<usize>,
    /// Deliveries that wait when a program starts; 0 leaves that out. 100,000, or none in a quick run.
    #[arg(long)]
    backlog: Option<u32>,
    /// Measure nothing, and have `perf` write samples of the program under a closed loop into this file.
    #[arg(long)]
    profile: Option<PathBuf>,
    /// Have these samples be of a fan-out of ten.
    #[arg(long, requires = "profile")]
    fanned: bool,
}

fn main() -> anyhow::Result<()> {
    // One thread each, so that the CPU of the one can be told from the other's.
    let (callers, receivers) = (runtime(CALLERS)?, runtime("receivers")?);
    let result = callers.block_on(callers.spawn(run(Options::parse(), receivers.handle().clone())));
    receivers.shutdown_background();
    result?
}

fn runtime(name: &str) -> std::io::Result<Runtime> {
    Builder::new_multi_thread().worker_threads(1).thread_name(name).enable_all().build()
}

async fn run(options: Options, receivers: tokio::runtime::Handle) -> anyhow::Result<()> {
    let binary = options.binary.map_or_else(beside, Ok)?;
    let sink = receivers.spawn(Sink::listen()).await??;
    if let Some(samples) = options.profile {
        show(&profile(&binary, &sink, options.fanned, FULL.closed, &samples).await?);
        return Ok(());
    }
    let (scale, rounds) = if options.quick { (QUICK, 1) } else { (FULL, 3) };
    let scale = Scale { backlog: options.backlog.unwrap_or(scale.backlog), ..scale };
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for number in 1..=options.rounds.unwrap_or(rounds).max(1) {
        show(&format!("round {number}"));
        ours.push(round(&binary, &sink, scale).await?);
        if let Some(base) = &options.base {
            show(&format!("round {number} of {}", options.base_name));
            theirs.push(round(base, &sink, scale).await?);
        }
    }
    let mut report = match (&options.base, options.quick) {
        (Some(_), _) => Report::draft("bench-compared", "Speed, compared", "make bench BASE=…"),
        (None, true) => Report::draft("bench-quick", "Speed, at a glance", "make bench-quick"),
        (None, false) => Report::new("bench", "Speed", "make bench"),
    };
    let base = options.base.map(|_| Base { name: &options.base_name, rounds: &theirs });
    summary::write(&mut report, &ours, base.as_ref());
    show(report.text());
    show(&format!("written to {}", report.write()?.display()));
    Ok(())
}

#[expect(clippy::print_stdout, reason = "a program for people at a terminal")]
fn show(text: &str) {
    println!("{text}");
}
