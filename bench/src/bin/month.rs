//! `make month`: a month of events, run fast, of which only some days are kept. Whether the file stays as large as it is.

use clap::Parser;
use deskbell_bench::figures::{float, grouped};
use deskbell_bench::month::{Day, Month, live};
use deskbell_bench::report::Report;

/// Lives a month.
#[derive(Parser)]
struct Options {
    /// Events in all, in thousands.
    #[arg(long, default_value_t = 200)]
    thousands: u32,
    /// Days.
    #[arg(long, default_value_t = 30)]
    days: u32,
    /// Days for which events are kept.
    #[arg(long, default_value_t = 8)]
    kept: u32,
    /// Accounts that share the events.
    #[arg(long, default_value_t = 10)]
    accounts: u32,
    /// Write `docs/evidence/retention.md`, and not only `target/retention.md`.
    #[arg(long)]
    report: bool,
}

/// The file may differ by so much once as much goes as comes.
const FLAT: f64 = 1.1;
/// And work may cost so much more than beside a young file.
const STEADY: f64 = 1.3;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> anyhow::Result<()> {
    let Options { thousands, days, kept, accounts, report: evidence } = Options::parse();
    anyhow::ensure!(days > kept + 1 && kept > 1, "--days must be above --kept by two at least");
    let hundreds = (thousands * 10 / days).max(1);
    let folder = tempfile::tempdir_in("target")?;
    let month = Month { hundreds, days, kept, accounts };
    let lived = live(folder.path(), month, |number, day| show(&row(number, day).join("  "))).await?;

    let command = format!("make month THOUSANDS={thousands} DAYS={days} KEPT={kept} ACCOUNTS={accounts}");
    let begin = if evidence { Report::new } else { Report::draft };
    let mut report = begin("retention", "A month, and what is kept of it", &command);
    report.say(&format!(
        "{} events a day for {days} days, by a clock that is set forward, over {accounts} accounts with a webhook each, in commits of 100: \
         accepted, delivered at the first try and recorded through the store's own verbs. At the end of each day what is older than {kept} days \
         goes, in parts of 512 rows as the program has them, and spare room above a sixteenth of the file is given back. Bodies have some 1,500 \
         bytes, of which a third does not compress; every tenth event has an idempotency key.",
        grouped(f64::from(hundreds * 100)),
    ));
    let full = usize::try_from(kept)?;
    let steady: Vec<&Day> = lived.iter().skip(full).collect();
    let sizes: Vec<f64> = steady.iter().map(|day| float(day.bytes)).collect();
    let (least, most) =
        (sizes.iter().copied().fold(f64::MAX, f64::min), sizes.iter().copied().fold(0.0, f64::max));
    report.say(&format!(
        "From day {} on as much goes as comes. The largest file of these days ÷ the smallest: **{:.2}** (flat is at most {FLAT}: {}).",
        kept + 1,
        most / least,
        yes(most / least <= FLAT),
    ));
    // The first day's file is all but empty: the second is a young one.
    let (young, old) = (&lived[1], lived.last().unwrap_or(&lived[1]));
    let ratios = [
        ("accepting 100 events", old.accept_us / young.accept_us),
        ("recording 100 attempts", old.finish_us / young.finish_us),
        ("a page of 100 deliveries", old.list_us / young.list_us),
    ];
    let mut table = vec![vec![String::new(), format!("day {days} ÷ day 2"), format!("at most {STEADY}")]];
    table.extend(
        ratios.map(|(what, ratio)| vec![what.into(), format!("**{ratio:.2}**"), yes(ratio <= STEADY).into()]),
    );
    report.table(&table);
    let mut table = vec![HEAD.map(str::to_owned).to_vec()];
    table.extend((1..).zip(&lived).map(|(number, day)| row(number, day)));
    report.table(&table);
    show(report.text());
    show(&format!("written to {}", report.write()?.display()));
    Ok(())
}

const HEAD: [&str; 9] = [
    "day",
    "events",
    "file, MB",
    "spare, MB",
    "accept 100, ms",
    "record 100, ms",
    "page of 100, ms",
    "went",
    "a part, ms (longest)",
];

fn row(number: u32, day: &Day) -> Vec<String> {
    let (megabytes, millis) = (|bytes| format!("{:.1}", float(bytes) / 1e6), |us| format!("{:.2}", us / 1e3));
    vec![
        number.to_string(),
        grouped(float(day.events)),
        megabytes(day.bytes),
        megabytes(day.spare),
        millis(day.accept_us),
        millis(day.finish_us),
        millis(day.list_us),
        grouped(float(day.expired)),
        format!("{} ({})", millis(day.part_us), millis(day.longest_part_us)),
    ]
}

fn yes(true_: bool) -> &'static str {
    if true_ { "yes" } else { "no" }
}

#[expect(clippy::print_stdout, reason = "a program for people at a terminal")]
fn show(text: &str) {
    println!("{text}");
}
