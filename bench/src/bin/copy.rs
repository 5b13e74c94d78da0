//! `make copy`: an installation with many events is copied to PostgreSQL by the program, which is killed twice on the way (Done-when 6). Then
//! what it says of both sides is held, and what both databases say themselves.

#[path = "../../../crates/deskbell-store/tests/contract/cluster.rs"]
#[allow(dead_code, reason = "the rest is for the store's own suite")]
mod cluster;

use anyhow::{Context as _, ensure};
use clap::Parser;
use cluster::Cluster;
use deskbell_bench::clock;
use deskbell_bench::figures::{float, grouped};
use deskbell_bench::program::{Plan, beside};
use deskbell_bench::report::Report;
use deskbell_bench::seed::Seed;
use deskbell_core::trigger::{Subscription, Trigger};
use rusqlite::Connection;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

/// Copies, and is killed twice.
#[derive(Parser)]
struct Options {
    /// The program.
    #[arg(long)]
    binary: Option<PathBuf>,
    /// Events, in thousands.
    #[arg(long, default_value_t = 20)]
    thousands: u32,
    /// Decides where it is killed.
    #[arg(long)]
    seed: Option<u64>,
    /// Where the run's folder is made.
    #[arg(long, default_value = "target")]
    folder: PathBuf,
    /// Write `docs/evidence/copy.md`, and not only `target/copy.md`.
    #[arg(long)]
    report: bool,
}

/// Accounts that share the events.
const ACCOUNTS: u32 = 10;
/// Deliveries of each account that sleep, and that wait.
const OPEN: u32 = 50;
/// The database's name.
const DATABASE: &str = "copied";
/// How often it is looked how far the copy is.
const LOOK: Duration = Duration::from_millis(20);

/// What both databases are asked, beside what the program says of them.
const ASKED: [(&str, &str); 3] = [
    ("events", "SELECT count(*), sum(place % 1000003), sum(length(body)) FROM events"),
    ("deliveries", "SELECT count(*), sum(event % 1000003), sum(attempts * 7 + status) FROM deliveries"),
    ("attempts", "SELECT count(*), sum(place % 1000003), sum(length(record)) FROM attempts"),
];

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let seed = options.seed.unwrap_or_else(clock::micros);
    let folder = options.folder.join(format!("copy-{seed}"));
    std::fs::create_dir_all(&folder)?;
    show(&format!("seed {seed}, folder {}", folder.display()));
    let binary = options.binary.clone().map_or_else(beside, Ok)?;
    let plan = Plan::new(&binary, &folder, &[])?;
    plan.start().await?.stop().await?;
    fill(&plan, options.thousands * 1_000).await?;
    let store = plan.data().join("deskbell.db");
    let bytes = std::fs::metadata(&store)?.len();
    let of = rows(&store)?;
    show(&format!("{} rows in {:.0} MB", grouped(float(of)), float(bytes) / 1e6));

    let cluster = Cluster::shared();
    cluster.run(&format!("CREATE DATABASE {DATABASE}"));
    let run = Run { binary, store, url: cluster.url(DATABASE), cluster };
    let mut table = vec![["run", "ended", "seconds", "rows there"].map(str::to_owned).to_vec()];
    for (number, percent) in [(1, 5 + seed % 40), (2, 50 + seed / 40 % 45)] {
        let begun = Instant::now();
        let there = run.killed_at(of * percent / 100).await?;
        let took = format!("{:.1}", begun.elapsed().as_secs_f64());
        show(&format!("run {number}: killed after {took} s with {there} rows"));
        table.push(vec![number.to_string(), "SIGKILL".into(), took, grouped(float(there))]);
    }
    let begun = Instant::now();
    let told = run.to_its_end().await?;
    let took = begun.elapsed().as_secs_f64();
    let tables = told["tables"].as_array().context("no tables")?;
    let wrong: Vec<&Value> =
        tables.iter().filter(|table| table["equal"] != true || table["left_out"] != 0).collect();
    ensure!(wrong.is_empty(), "not equal: {wrong:?}");
    let copied: u64 = tables.iter().filter_map(|table| table["copied"].as_u64()).sum();
    ensure!(copied == of, "{copied} of {of} rows");
    table.push(vec!["3".into(), "by itself".into(), format!("{took:.1}"), grouped(float(copied))]);
    let asked = run.ask_both()?;

    let command = format!("make copy THOUSANDS={}", options.thousands);
    let begin = if options.report { Report::new } else { Report::draft };
    let mut report = begin("copy", "A copy to PostgreSQL, killed on the way", &command);
    report.say(&format!(
        "{} events over {ACCOUNTS} accounts with a webhook each, accepted, delivered and recorded through the store's own verbs, and {} that sleep \
         or wait: {} rows in {:.0} MB of SQLite's files. `deskbell copy` into an empty database of a PostgreSQL on the same disk that does not \
         wait for it (`fsync=off`), killed twice by SIGKILL at points that the seed decides ({seed}), then run to its end, which reads both \
         sides again. Each sum is that of the first 8 bytes of each row's SHA-256.",
        grouped(float(u64::from(options.thousands)) * 1e3),
        grouped(float(u64::from(ACCOUNTS * OPEN * 2))),
        grouped(float(of)),
        float(bytes) / 1e6,
    ));
    report.table(&table);
    let mut table = vec![["table", "rows", "copied", "sum", "sum of the copy"].map(str::to_owned).to_vec()];
    let text =
        |one: &Value, name: &str| one[name].as_str().map_or_else(|| one[name].to_string(), str::to_owned);
    table.extend(tables.iter().filter(|one| one["rows"] != 0).map(|one| {
        ["table", "rows", "copied", "sum", "sum_of_the_copy"].map(|name| text(one, name)).to_vec()
    }));
    report.table(&table);
    report.say("What both databases say themselves, asked by their own tools: rows, and two sums over columns. Both say the same.");
    let mut table = vec![["table", "both"].map(str::to_owned).to_vec()];
    table.extend(asked);
    report.table(&table);
    show(report.text());
    show(&format!("written to {}", report.write()?.display()));
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

/// Makes an installation as it is after a while.
async fn fill(plan: &Plan, events: u32) -> anyhow::Result<()> {
    let mut seed = Seed::open(&plan.data()).await?;
    for _ in 0..ACCOUNTS {
        let account = seed.account().await?;
        seed.webhooks(&account, 1, "http://127.0.0.1:9", Subscription::Bookings).await?;
        seed.delivered(&account, Trigger::BookingScheduled, 1, events / ACCOUNTS).await?;
        seed.waiting(&account, Trigger::BookingScheduled, 1, OPEN).await?;
        let failing = seed.account().await?;
        let webhooks = seed.webhooks(&failing, OPEN, "http://127.0.0.1:9", Subscription::Bookings).await?;
        seed.asleep(&failing, &webhooks).await?;
    }
    seed.close().await
}

/// All rows of both files that are copied.
fn rows(store: &Path) -> anyhow::Result<u64> {
    let mut sum = 0;
    for file in [store.to_owned(), store.with_file_name("deskbell-tester.db")] {
        let conn = Connection::open(file)?;
        let select = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
                      AND name NOT IN ('migrations', 'redo', 'changes', 'epochs', 'pause')";
        let mut select = conn.prepare(select)?;
        let names: Vec<String> = select.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        for name in names {
            let count = format!("SELECT count(*) FROM {name}");
            sum += conn.query_row(&count, [], |row| row.get::<_, i64>(0))?.unsigned_abs();
        }
    }
    Ok(sum)
}

/// The copy.
struct Run {
    binary: PathBuf,
    store: PathBuf,
    url: String,
    cluster: &'static Cluster,
}

impl Run {
    fn begin(&self) -> anyhow::Result<Child> {
        let mut command = Command::new(&self.binary);
        command.env_clear().args(["copy", "--json", "--from", &format!("sqlite:{}", self.store.display())]);
        command.args(["--to", &self.url]).stdout(Stdio::piped()).stderr(Stdio::inherit()).kill_on_drop(true);
        Ok(command.spawn()?)
    }

    /// How many rows are there.
    fn there(&self) -> u64 {
        let known = self.cluster.ask(DATABASE, "SELECT 1 WHERE to_regclass('transfers') IS NOT NULL");
        if known.is_empty() {
            return 0;
        }
        self.cluster.ask(DATABASE, "SELECT coalesce(sum(rows), 0) FROM transfers").parse().unwrap_or_default()
    }

    /// Kills it as soon as so many rows are there; gives how many there are then.
    async fn killed_at(&self, rows: u64) -> anyhow::Result<u64> {
        let mut child = self.begin()?;
        while self.there() < rows {
            ensure!(child.try_wait()?.is_none(), "it ended before {rows} rows were there");
            sleep(LOOK).await;
        }
        child.kill().await?;
        Ok(self.there())
    }

    async fn to_its_end(&self) -> anyhow::Result<Value> {
        let output = self.begin()?.wait_with_output().await?;
        ensure!(output.status.success(), "it ended with {}", output.status);
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// What both say, which has to be the same.
    fn ask_both(&self) -> anyhow::Result<Vec<Vec<String>>> {
        let conn = Connection::open(&self.store)?;
        let mut told = Vec::new();
        for (table, statement) in ASKED {
            let numbers = |row: &rusqlite::Row<'_>| {
                (0..3).map(|at| row.get::<_, i64>(at)).collect::<rusqlite::Result<Vec<_>>>()
            };
            let numbers = conn.query_row(statement, [], numbers)?;
            let ours = numbers.iter().map(i64::to_string).collect::<Vec<_>>().join("|");
            let theirs = self.cluster.ask(DATABASE, statement);
            ensure!(ours == theirs, "{table}: {ours} and {theirs}");
            told.push(vec![table.to_owned(), ours.replace('|', " / ")]);
        }
        Ok(told)
    }
}

#[expect(clippy::print_stdout, reason = "a program for people at a terminal")]
fn show(text: &str) {
    println!("{text}");
}
