//! `make backup`: a backup under load, then the loss of everything, a restore, and the count (catalogue C-48, C-49); and how long a backup takes
//! beside a plain copy. The restored instance is the live one of the next drill. The run's folder holds both ledgers; it is kept when
//! something is wrong.

use anyhow::{Context as _, ensure};
use clap::Parser;
use deskbell_bench::api::Api;
use deskbell_bench::drill::{Counts, Drill, Pair, judge};
use deskbell_bench::figures::{float, grouped};
use deskbell_bench::kill::{Moods, Publisher, SETTINGS, TIMEOUT, integrity, settled, subscribers};
use deskbell_bench::program::{Plan, Program, beside};
use deskbell_bench::report::Report;
use deskbell_bench::seed::Seed;
use deskbell_bench::verdict::{Publish, Receipt};
use deskbell_bench::{clock, ledger};
use deskbell_core::trigger::{Subscription, Trigger};
use hyper::Method;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::process::Command;
use tokio::time::{Instant, sleep};

/// How long events come in before a backup begins.
const LOAD: Duration = Duration::from_secs(2);

/// Backs up under load, loses everything, restores and counts.
#[derive(Parser)]
struct Options {
    /// The program.
    #[arg(long)]
    binary: Option<PathBuf>,
    /// How many drills.
    #[arg(long, default_value_t = 100)]
    cycles: u64,
    /// Events a second.
    #[arg(long, default_value_t = 300)]
    rate: u64,
    /// Events, each delivered, that are there before.
    #[arg(long, default_value_t = 200_000)]
    rows: u32,
    /// Decides the receivers' moods and which calls are repeated.
    #[arg(long)]
    seed: Option<u64>,
    /// Where the run's folder is made.
    #[arg(long, default_value = "target")]
    folder: PathBuf,
    /// Write the evidence too.
    #[arg(long)]
    report: bool,
}

/// Times of one drill, in seconds.
struct Times {
    copy: f64,
    backup: f64,
    restore: f64,
}

/// What a run is on.
struct Run {
    plan: Plan,
    folder: PathBuf,
    key: String,
    names: HashMap<String, String>,
    moods: std::sync::Arc<Moods>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let seed = options.seed.unwrap_or_else(clock::micros);
    let folder = options.folder.join(format!("backup-{seed}"));
    std::fs::create_dir_all(&folder)?;
    show(&format!("seed {seed}, folder {}", folder.display()));
    let begun = Instant::now();
    let binary = options.binary.clone().map_or_else(beside, Ok)?;
    let plan = Plan::new(&binary, &folder, &SETTINGS)?;
    let moods = Moods::new(&folder.join("r.ledger"), seed)?;
    let receiver = moods.listen().await?;
    plan.start().await?.stop().await?;
    fill(&plan, options.rows).await?;
    let mut program = plan.start().await?;
    let key = plan.key()?;
    let names = moods.register(&mut Api::new(plan.address, &key), &receiver).await?;
    let publisher = Publisher::start(&folder.join("p.ledger"), &[plan.address], &key, options.rate, seed)?;
    let run = Run { plan, folder: folder.clone(), key, names, moods };
    let (mut counts, mut times, mut bytes) = (Counts::default(), Vec::new(), 0);
    for cycle in 1..=options.cycles {
        let (next, judged, took) = run.drill(program, &publisher, cycle).await?;
        program = next;
        ensure!(judged.clean(), "drill {cycle} in {}: {judged:?}", folder.display());
        counts = counts.and(judged);
        times.push(took);
        bytes = std::fs::metadata(run.plan.data().join("deskbell.db"))?.len();
        show(&format!("{cycle} of {} drills after {:.0?}", options.cycles, begun.elapsed()));
    }
    publisher.finish().await?;
    program.stop().await?;
    integrity(&run.plan.data().join("deskbell.db"))?;
    let report = report(&options, seed, &counts, &times, bytes);
    show(report.text());
    if options.report {
        show(&format!("written to {}", report.write()?.display()));
    }
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

/// Makes a store as it is after a while: events of an account of its own, all delivered.
async fn fill(plan: &Plan, rows: u32) -> anyhow::Result<()> {
    let seed = Seed::open(&plan.data()).await?;
    let account = seed.account().await?;
    seed.webhooks(&account, 1, "http://127.0.0.1:9", Subscription::Bookings).await?;
    seed.delivered(&account, Trigger::BookingScheduled, 1, rows).await?;
    seed.close().await
}

impl Run {
    /// One drill; gives the restored instance, which has sent all it had to.
    async fn drill(
        &self,
        program: Program,
        publisher: &Publisher,
        cycle: u64,
    ) -> anyhow::Result<(Program, Counts, Times)> {
        let (plan, since) = (&self.plan, clock::micros());
        let (data, file) = (plan.data(), self.folder.join("backup.db"));
        self.moods.faults.set(true);
        publisher.up();
        sleep(LOAD).await;
        let copy = copied(&data.join("deskbell.db"), &self.folder.join("copy.db")).await?;
        // Both make a new file: to free what a large one had takes a while too.
        if cycle > 1 {
            std::fs::remove_file(&file)?;
        }
        let (began, timed) = (clock::micros(), Instant::now());
        self.command(&["backup", &text(&file)?]).await?;
        let (backup, ended) = (timed.elapsed().as_secs_f64(), clock::micros());
        sleep(LOAD / 4).await;
        publisher.down();
        program.kill().await?;
        // Calls under way end without an answer, and attempts arrive that were on the wire.
        sleep(LOAD / 4).await;
        std::fs::rename(&data, self.folder.join(format!("lost-{cycle}")))?;
        std::fs::create_dir(&data)?;
        std::fs::copy(self.folder.join(format!("lost-{cycle}/master.key")), data.join("master.key"))?;
        std::fs::remove_dir_all(self.folder.join(format!("lost-{cycle}")))?;
        let timed = Instant::now();
        self.command(&["restore", &text(&file)?]).await?;
        let times = Times { copy, backup, restore: timed.elapsed().as_secs_f64() };

        let started = clock::micros();
        let program = plan.start().await?;
        let mut api = Api::new(plan.address, &self.key);
        let pending = self.pending(&mut api).await?;
        let restored = events(&mut api, since).await?;
        let operator = api.call(Method::GET, "/v2/operator", None).await?;
        ensure!(operator["paused"].is_string(), "it is not paused: {operator}");
        ensure!(operator["queued"] == pending.len(), "{} are pending: {operator}", pending.len());
        let resumed = clock::micros();
        self.moods.faults.set(false);
        self.command(&["resume"]).await?;
        ensure!(settled(&mut api, TIMEOUT + Duration::from_secs(60)).await?, "it never sent all");
        let published: Vec<Publish> = ledger::read(&self.folder.join("p.ledger"))?;
        let receipts: Vec<Receipt> = ledger::read(&self.folder.join("r.ledger"))?;
        let judged = judge(&Drill {
            published: &published.into_iter().filter(|line| line.at >= since).collect::<Vec<_>>(),
            receipts: &receipts.into_iter().filter(|line| line.at >= since).collect::<Vec<_>>(),
            backup: (began, ended),
            paused: (started, resumed),
            restored: &restored,
            pending: &pending,
            subscribers: &subscribers,
        });
        if let Some(error) = self.moods.broken() {
            anyhow::bail!("the receiver's ledger broke: {error}");
        }
        Ok((program, judged, times))
    }

    /// Runs a command on the data folder.
    async fn command(&self, arguments: &[&str]) -> anyhow::Result<()> {
        let mut command = Command::new(&self.plan.binary);
        let output = command.args(arguments).arg("--data").arg(self.plan.data()).output().await?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{arguments:?}: {said}");
        Ok(())
    }

    async fn pending(&self, api: &mut Api) -> anyhow::Result<BTreeSet<Pair>> {
        let all = api.all("/v2/deliveries?status=pending").await?;
        let pair = |one: &serde_json::Value| {
            let webhook = self.names.get(one["webhook"].as_str()?)?;
            Some((one["event"].as_str()?.to_owned(), webhook.clone()))
        };
        all.iter().map(|one| pair(one).with_context(|| format!("a strange delivery: {one}"))).collect()
    }
}

/// How long a plain copy takes that is on disk at its end, in seconds.
async fn copied(from: &Path, to: &Path) -> anyhow::Result<f64> {
    let (from, to) = (from.to_owned(), to.to_owned());
    let copy = move || {
        let began = Instant::now();
        std::fs::copy(&from, &to)?;
        std::fs::File::open(&to)?.sync_all()?;
        let took = began.elapsed().as_secs_f64();
        std::fs::remove_file(&to)?;
        anyhow::Ok(took)
    };
    tokio::task::spawn_blocking(copy).await?
}

/// The ids of the events that were made since, newest first page by page.
async fn events(api: &mut Api, since: u64) -> anyhow::Result<HashSet<String>> {
    let (mut ids, mut after) = (HashSet::new(), String::new());
    loop {
        let page = api.call(Method::GET, &format!("/v2/events?limit=100{after}"), None).await?;
        for event in page["data"].as_array().context("a list")? {
            let made: jiff::Timestamp = event["creation_time"].as_str().context("a time")?.parse()?;
            // Times are cut to milliseconds.
            if made.as_microsecond() + 1_000 < i64::try_from(since)? {
                return Ok(ids);
            }
            let id = event["id"].as_str().context("an id")?;
            after = format!("&after={id}");
            ids.insert(id.to_owned());
        }
        if page["has_more"] != true {
            return Ok(ids);
        }
    }
}

fn text(path: &Path) -> anyhow::Result<String> {
    Ok(path.to_str().context("a path that is text")?.to_owned())
}

fn report(options: &Options, seed: u64, counts: &Counts, times: &[Times], bytes: u64) -> Report {
    let cycles = options.cycles;
    let command = format!("make backup CYCLES={cycles}");
    let mut report = Report::new("backup", "Backed up under load, lost and restored", &command);
    report.say(&format!(
        "{cycles} times on one instance as it is shipped, which began with {} delivered events (seed {seed}): under {} events a second to 5 webhooks, of which some fail, \
         some are slow and some say 503, `deskbell backup` made a file. Half a second later the server was killed with `kill -9` and its data directory \
         deleted. `deskbell restore` made it anew from the file and the master key; it started paused, what it listed was read, and `deskbell resume` let it go. \
         Ledgers of what was published and received, outside of the program and with an fsync for each entry, are the judge. The restored instance was the \
         next drill's. At the end `integrity_check` and `foreign_key_check` were clean, and the file had {} MB.",
        grouped(f64::from(options.rows)),
        options.rate,
        grouped(float(bytes / 1_000_000)),
    ));
    let mut rows = vec![vec!["must be 0".to_owned(), "count".to_owned()]];
    rows.extend(counts.faults().map(|(name, count)| vec![name.to_owned(), count.to_string()]));
    report.table(&rows);
    let seen = [
        ("events acknowledged before a backup began", counts.before),
        ("events acknowledged since, which are gone", counts.since),
        ("deliveries pending in a backup, sent after the resume", counts.pending),
        ("of these, taken by a receiver before the loss, and so sent again", counts.again),
    ];
    let mut rows = vec![vec!["seen".to_owned(), "count".to_owned()]];
    rows.extend(seen.map(|(name, count)| vec![name.to_owned(), grouped(float(count as u64))]));
    report.table(&rows);
    report.say(
        "How long it took, under the load; a plain copy is one of the database's file alone, brought to disk, made just before the backup. Both make a new \
         file. The backup's time is that of the whole command, which leaves half of the processors to the server: copied, taken in what the logs had beyond the file, looked \
         through, and brought to disk.",
    );
    let mut rows = vec![["seconds", "median", "worst"].map(str::to_owned).to_vec()];
    for (name, of) in [
        ("plain copy", (|times| times.copy) as fn(&Times) -> f64),
        ("backup", |times| times.backup),
        ("restore", |times| times.restore),
        ("backup / plain copy (goal: 2)", |times| times.backup / times.copy),
    ] {
        let mut all: Vec<f64> = times.iter().map(of).collect();
        all.sort_by(f64::total_cmp);
        let at = |index: usize| all.get(index).map_or_else(String::new, |time| format!("{time:.2}"));
        rows.push(vec![name.to_owned(), at(all.len() / 2), at(all.len().saturating_sub(1))]);
    }
    report.table(&rows);
    report
}

#[expect(clippy::print_stdout, reason = "a program for people at a terminal")]
fn show(text: &str) {
    println!("{text}");
}
