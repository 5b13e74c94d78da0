//! `make growth`: what lists, the stream, acceptance, claims and deliveries cost beside few of something and beside many, as
//! curves. With `--quick` one small step of each, in some minutes.

use clap::Parser;
use deskbell_bench::figures::grouped;
use deskbell_bench::growth::{Curve, FLAT, Looks, Range, Stutter, curve, draw};
use deskbell_bench::program::beside;
use deskbell_bench::report::Report;
use deskbell_bench::scenario::{CALLERS, Sink};
use std::path::PathBuf;
use tokio::runtime::{Builder, Runtime};

const FULL: Looks = Looks { times: 5, calls: 40, loops: 2, events: 4_000, starts: 7 };
const QUICK: Looks = Looks { times: 3, calls: 40, loops: 2, events: 1_000, starts: 5 };
/// Of the first size of a range this part is the one step of a quick run.
const PART: u32 = 10;

/// Measures growth.
#[derive(Parser)]
struct Options {
    /// The program to measure.
    #[arg(long)]
    binary: Option<PathBuf>,
    /// One small step of each range; no evidence.
    #[arg(long)]
    quick: bool,
    /// Only this range; no evidence.
    #[arg(long)]
    range: Option<Range>,
    /// These sizes of it, with commas, each a multiple of 1,000.
    #[arg(long, requires = "range", value_delimiter = ',')]
    sizes: Vec<u32>,
}

fn main() -> anyhow::Result<()> {
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
    let stutter = receivers.spawn(Stutter::listen()).await??;
    let looks = if options.quick { QUICK } else { FULL };
    let ranges = options.range.map_or_else(|| Range::ALL.to_vec(), |range| vec![range]);
    let mut curves = Vec::new();
    for range in ranges {
        show(range.title());
        let sizes = match (&options.sizes, options.quick) {
            (sizes, _) if !sizes.is_empty() => sizes.clone(),
            (_, true) => vec![range.sizes()[1] / PART],
            (_, false) => range.sizes().to_vec(),
        };
        let tell = |point: &deskbell_bench::growth::Point| {
            let (measure, ratio) = point.steepest();
            show(&format!("  {}: at most {ratio:.2} ({})", grouped(f64::from(point.size)), measure.name()));
        };
        curves.push(curve(&binary, &sink, &stutter, range, &sizes, looks, tell).await?);
    }
    let report = match (options.range, options.quick) {
        (Some(_), _) => Report::draft("growth-range", "Growth of one range", "make growth"),
        (None, true) => Report::draft("growth", "Growth, at a glance", "make growth-quick"),
        (None, false) => Report::new("growth", "Growth", "make growth"),
    };
    conclude(report, &curves, looks)
}

fn conclude(mut report: Report, curves: &[Curve], looks: Looks) -> anyhow::Result<()> {
    report.say(&format!(
        "What the same work costs beside few of something and beside many. Each range has two programs: one is filled up step by \
         step through the store's own verbs, beside the other there is nothing, and at each step they are timed in turn, call by \
         call, in {} looks of {} calls of each kind, of the heavy ones a quarter. A figure is the median beside so many ÷ the \
         median beside none, both of their calmest look. Both keep 10,000 delivered attempts of their account from the \
         beginning: more than a filter (5,000) or a search (2,000) \
         looks at before its page ends, so that none is quick for want of rows. Callers, programs and receivers share the \
         machine; bodies have 1,500 bytes.",
        looks.times, looks.calls
    ));
    report.say(&format!(
        "Flat is at most {FLAT}. Where a median is a fraction of a millisecond, tenths of a ratio are the machine's."
    ));
    let mut summary = vec![["", "the steepest", "of it", "at", "flat"].map(str::to_owned).to_vec()];
    for curve in curves {
        let Some((point, measure, ratio)) = curve.steepest() else { continue };
        let flat = if ratio <= FLAT { "yes" } else { "no" };
        let at = grouped(f64::from(point.size));
        let row = [curve.range.title(), &format!("**{ratio:.2}**"), measure.name(), &at, flat];
        summary.push(row.map(str::to_owned).to_vec());
    }
    report.table(&summary);
    for curve in curves {
        report.say(&format!("## {}", capital(curve.range.title())));
        let name = curve.range.name();
        report.say(&format!(
            "![Ratios over {}]({})",
            curve.range.title(),
            report.picture(name, &draw(curve)?)?
        ));
        report.table(&curve.table());
    }
    show(report.text());
    show(&format!("written to {}", report.write()?.display()));
    Ok(())
}

/// With a capital at its beginning.
fn capital(text: &str) -> String {
    let (first, rest) = text.split_at(text.len().min(1));
    first.to_uppercase() + rest
}

#[expect(clippy::print_stdout, reason = "a program for people at a terminal")]
fn show(text: &str) {
    println!("{text}");
}
