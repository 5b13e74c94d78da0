//! `make many`: a healthy neighbour among many of everything. With `--small`, some of everything: counts only, no figures.

use clap::Parser;
use deskbell_bench::figures::grouped;
use deskbell_bench::many::{Amounts, run};
use deskbell_bench::program::beside;
use deskbell_bench::report::Report;
use deskbell_bench::summary;
use std::path::PathBuf;
use std::time::Duration;

const FULL: Amounts = Amounts {
    webhooks: 100_000,
    rows: 1_000_000,
    slow: 200,
    greedy: 20,
    streams: 1_000,
    window: Duration::from_secs(10),
    windows: 3,
};
const SMALL: Amounts = Amounts {
    webhooks: 500,
    rows: 2_000,
    slow: 20,
    greedy: 5,
    streams: 100,
    window: Duration::from_secs(2),
    windows: 1,
};

/// Counts, and measures what a healthy neighbour notices of many of everything.
#[derive(Parser)]
struct Options {
    /// The program to run.
    #[arg(long)]
    binary: Option<PathBuf>,
    /// Some of everything, to count only.
    #[arg(long)]
    small: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let amounts = if options.small { SMALL } else { FULL };
    std::fs::create_dir_all("target")?;
    let rounds = run(&options.binary.map_or_else(beside, Ok)?, amounts).await?;
    show("what was accepted arrived once, who slept sleeps on, and no stream was told what was not its own");
    if options.small {
        return Ok(());
    }
    let mut report = Report::new("many", "Many of everything", "make many");
    let of = |count: u32| grouped(f64::from(count));
    report.say(&format!(
        "One program with {} webhooks that sleep, {} attempts kept in the neighbour's account, {} receivers that take 1.5 s to \
         answer, {} accounts that publish as fast as they are answered, on 4 connections each, and do not wait when they are \
         told to, and {} streams of accounts in which nothing happens; default settings, the limits on callers too. Among them a \
         neighbour publishes 50 events a second (open loop) and looks at its first page. Windows of {} s take turns with those of a \
         program that serves the neighbour alone ({} each). All of them, callers and receivers share the machine, so the \
         neighbour's p99 is told beside that of a bare client that posts at the same rate in the same window.",
        of(amounts.webhooks),
        of(amounts.rows),
        of(amounts.slow),
        of(amounts.greedy),
        of(amounts.streams),
        amounts.window.as_secs(),
        amounts.windows,
    ));
    report.say(
        "Counted in the same run, or it would have failed: what was accepted arrived once and ended delivered, each sleeping \
         webhook that was looked at has its one retry after one attempt, and no stream was told what was not its own.",
    );
    summary::tell(&mut report, &rounds);
    show(report.text());
    show(&format!("written to {}", report.write()?.display()));
    Ok(())
}

#[expect(clippy::print_stdout, reason = "a program for people at a terminal")]
fn show(text: &str) {
    println!("{text}");
}
