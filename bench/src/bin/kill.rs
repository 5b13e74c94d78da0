//! `make kill`: `kill -9` at random moments under load, then the count (catalogue C-14 and 4.3). The run's folder holds
//! both ledgers, the data and the program's output; it is kept when something is wrong.

use anyhow::{bail, ensure};
use clap::Parser;
use deskbell_bench::api::Api;
use deskbell_bench::figures::grouped;
use deskbell_bench::kill::{
    Moods, Publisher, Randomness, SCHEDULE, SETTINGS, TIMEOUT, integrity, settled, state, subscribers,
};
use deskbell_bench::program::{Plan, beside};
use deskbell_bench::report::Report;
use deskbell_bench::verdict::{Counts, Promise, judge};
use deskbell_bench::{clock, ledger};
use deskbell_core::policy::retry;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// The life of the program in one cycle, in milliseconds after it was ready.
const LIFE: (u64, u64) = (50, 1_500);

/// Kills the program at random moments under load and counts what became of every event.
#[derive(Parser)]
struct Options {
    /// The program to kill.
    #[arg(long)]
    binary: Option<PathBuf>,
    /// How often it is killed.
    #[arg(long, default_value_t = 200)]
    cycles: u64,
    /// Events a second, while it is up.
    #[arg(long, default_value_t = 200)]
    rate: u64,
    /// Decides the moments, the receivers' moods and which calls are repeated; the clock is not in its power.
    #[arg(long)]
    seed: Option<u64>,
    /// Where the run's folder is made.
    #[arg(long, default_value = "target")]
    folder: PathBuf,
    /// Write the evidence too.
    #[arg(long)]
    report: bool,
}

/// What a run was like, beside its counts.
struct Story {
    seed: u64,
    cycles: u64,
    rate: u64,
    arrivals: usize,
    attempts: usize,
    /// Deliveries by the status that they ended in.
    ends: BTreeMap<String, usize>,
    seconds: u64,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let seed = options.seed.unwrap_or_else(clock::micros);
    let folder = options.folder.join(format!("kill-{seed}"));
    std::fs::create_dir_all(&folder)?;
    show(&format!("seed {seed}, folder {}", folder.display()));
    let (counts, story) = run(&options, seed, &folder).await?;
    let report = report(&counts, &story);
    show(report.text());
    ensure!(counts.clean(), "seed {seed}: the ledgers in {} do not add up: {counts:?}", folder.display());
    if options.report {
        show(&format!("written to {}", report.write()?.display()));
    }
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

async fn run(options: &Options, seed: u64, folder: &Path) -> anyhow::Result<(Counts, Story)> {
    let begun = Instant::now();
    let (published, received) = (folder.join("p.ledger"), folder.join("r.ledger"));
    let binary = options.binary.clone().map_or_else(beside, Ok)?;
    let plan = Plan::new(&binary, folder, &SETTINGS)?;
    let moods = Moods::new(&received, seed)?;
    let receiver = moods.listen().await?;

    let program = plan.start().await?;
    let key = plan.key()?;
    let mut api = Api::new(plan.address, &key);
    let names = moods.register(&mut api, &receiver).await?;
    moods.faults.set(true);
    let publisher = Publisher::start(&published, &[plan.address], &key, options.rate, seed)?;

    let randomness = Randomness::new(seed, 0);
    let mut program = program;
    for cycle in 1..=options.cycles {
        publisher.up();
        sleep(Duration::from_millis(randomness.between(LIFE.0, LIFE.1))).await;
        publisher.down();
        program.kill().await?;
        if publisher.failed() {
            publisher.finish().await?;
            bail!("a publisher ended too soon");
        }
        if let Some(error) = moods.broken() {
            bail!("the receiver's ledger broke: {error}");
        }
        if cycle % 10 == 0 {
            show(&format!("{cycle} of {} kills after {:.0?}", options.cycles, begun.elapsed()));
        }
        program = plan.start().await?;
    }

    // Calm: nothing fails any more, and every attempt ends.
    moods.faults.set(false);
    publisher.finish().await?;
    let calm = settled(&mut api, TIMEOUT + Duration::from_secs(60)).await?;
    show(&format!("settled: {calm}, after {:.0?}; reading the state", begun.elapsed()));
    let (owed, tries) = state(&mut api, &names).await?;
    program.stop().await?;
    integrity(&plan.data().join("deskbell.db"))?;
    if let Some(error) = moods.broken() {
        bail!("the receiver's ledger broke: {error}");
    }

    let (published, receipts) = (ledger::read(&published)?, ledger::read(&received)?);
    let rules = retry::Rules::default();
    let promise = Promise {
        schedule: &SCHEDULE,
        jitter: rules.jitter,
        lost_limit: usize::try_from(rules.lost_limit)?,
        subscribers: &subscribers,
        leaps: &[],
    };
    let mut ends = BTreeMap::new();
    for owed in &owed {
        *ends.entry(owed.status.clone()).or_default() += 1;
    }
    let story = Story {
        seed,
        cycles: options.cycles,
        rate: options.rate,
        arrivals: receipts.len(),
        attempts: tries.len(),
        ends,
        seconds: begun.elapsed().as_secs(),
    };
    Ok((judge(&published, &receipts, &owed, &tries, &promise), story))
}

fn report(counts: &Counts, story: &Story) -> Report {
    let Story { seed, cycles, rate, seconds, .. } = story;
    let number = |count: usize| grouped(deskbell_bench::figures::float(count as u64));
    let mut report = Report::new("kill", "Killed under load", &format!("make kill CYCLES={cycles}"));
    report.say(&format!(
        "The binary as it is shipped was killed with `kill -9` {cycles} times on one data folder, each time {}–{} ms after it was \
         ready (uniformly random, seed {seed}), under {rate} events a second from 8 workers to 5 webhooks, of which some \
         fail, some are slow and some say 503. Every call is in the client's ledger before it is made, and every arrival \
         in the receiver's before it is answered, each with an fsync. Then the faults end, what is left is delivered, and the \
         ledgers are compared with what the API lists; `integrity_check` and `foreign_key_check` are clean. The run took \
         {seconds} s.",
        LIFE.0, LIFE.1
    ));
    let mut rows = vec![vec!["must be 0".to_owned(), "count".to_owned()]];
    rows.extend(counts.faults().map(|(name, count)| vec![name.to_owned(), count.to_string()]));
    report.table(&rows);
    let share = 100.0 * deskbell_bench::figures::float(counts.duplicates as u64)
        / deskbell_bench::figures::float(counts.received.max(1) as u64);
    let seen = [
        ("events acknowledged", number(counts.acknowledged)),
        ("calls left without an answer", number(counts.unknown)),
        ("deliveries received", number(counts.received)),
        ("arrivals", number(story.arrivals)),
        ("attempts on record", number(story.attempts)),
        ("duplicates", format!("{} ({share:.2} % of the deliveries received)", number(counts.duplicates))),
        ("duplicates for each kill", format!("{:.2}", counts.duplicates as f64 / *cycles as f64)),
    ];
    let mut rows = vec![vec!["seen".to_owned(), "count".to_owned()]];
    rows.extend(seen.map(|(name, count)| vec![name.to_owned(), count]));
    rows.extend(
        story
            .ends
            .iter()
            .map(|(status, count)| vec![format!("deliveries that ended {status}"), number(*count)]),
    );
    report.table(&rows);
    report
}

#[expect(clippy::print_stdout, reason = "a program for people at a terminal")]
fn show(text: &str) {
    println!("{text}");
}
