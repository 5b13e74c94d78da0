//! `make faults`: three accounts are served while one thing after another befalls the program from outside. Exit code 1: a promise
//! was broken; 3: none was, but a fault could not be put in here.

use clap::Parser;
use deskbell_bench::faults::{PATIENCE, RATE, RECOVERY, SETTLING, Told, names, run, tell};
use deskbell_bench::program::beside;
use deskbell_bench::report::Report;
use std::path::PathBuf;
use std::process::ExitCode;

/// Not all of it could be run.
const NOT_RUN: u8 = 3;

/// Puts faults in, one at a time, under load, and counts what became of every event.
#[derive(Parser)]
struct Options {
    /// The program to befall.
    #[arg(long)]
    binary: Option<PathBuf>,
    /// Only the faults whose names begin so; written into target/.
    #[arg(long)]
    only: Option<String>,
    /// Print the faults' names.
    #[arg(long)]
    list: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let options = Options::parse();
    if options.list {
        names().iter().for_each(|name| show(name));
        return Ok(ExitCode::SUCCESS);
    }
    std::fs::create_dir_all("target")?;
    let binary = options.binary.map_or_else(beside, Ok)?;
    let all = run(&binary, options.only.as_deref(), |told| show(&line(told))).await?;
    let (name, title) = ("faults", "One fault at a time");
    let mut report = match &options.only {
        None => Report::new(name, title, "make faults"),
        Some(only) => Report::draft(name, title, &format!("make faults ONLY=\"{only}\"")),
    };
    introduce(&mut report);
    tell(&mut report, &all);
    show(&format!("written to {}", report.write()?.display()));
    Ok(if all.iter().any(|told| !told.broken.is_empty()) {
        ExitCode::FAILURE
    } else if all.iter().any(|told| told.missing.is_some()) {
        ExitCode::from(NOT_RUN)
    } else {
        ExitCode::SUCCESS
    })
}

fn introduce(report: &mut Report) {
    report.say(&format!(
        "Three accounts publish {RATE} events a second to 15 webhooks, of which some fail, some are slow and some say 503, as in \
         `make kill`. In a program and a data folder of its own each fault is put in, lasts, and is taken away; the load goes on all \
         the time, and 5 s longer. Every call is in the client's ledger before it is made, and every arrival in the receiver's before \
         it is answered. Then the receivers are well, all that is pending has {} s to be settled, and the ledgers are compared with \
         what the API lists.",
        SETTLING.as_secs()
    ));
    report.say(&format!(
        "**Kept** means: while the fault lasts, the deliveries of each account go on and its events are accepted, or `readyz` says \
         *not ready* within {} s of the last one (rows, logs, temporary directories, clocks and reads may not even do that); it is \
         ready again within {} s of the fault's end; and afterwards there are no events that were acknowledged and lost, no ghosts \
         (deliveries of what was refused, of what nobody published, or of a second event for one call), no delivery before its \
         time, none that is due and still pending, none that waits for longer than its schedule says, and no duplicate but of requests that were on the wire when the program was killed. \
         `integrity_check` and `foreign_key_check` are clean.",
        PATIENCE.as_secs(),
        RECOVERY.as_secs()
    ));
    report.say(
        "A panic of the writer has no cause outside of the program that is known, so it is not in the table. What happens then is shown by \
         `a_panic_of_the_writer_rings_the_alarm_and_nothing_is_ready` (`deskbell-store`, `sqlite/tests.rs`) and \
         `a_panic_of_a_part_that_has_to_run_ends_the_server_at_once` (`deskbell-server`, `tests/api/ready.rs`).",
    );
}

/// What one fault came to, as it becomes known.
fn line(told: &Told) -> String {
    let head = match (&told.missing, &told.measured) {
        (Some(why), _) => format!("{}: NOT RUN: {why}", told.name),
        (None, None) => format!("{}:", told.name),
        (None, Some(measured)) => {
            let unready = measured.unready.as_ref().map_or_else(
                || "always ready".to_owned(),
                |(after, why)| format!("not ready after {:.1} s ({why})", after.as_secs_f64()),
            );
            format!(
                "{}: no delivery for {:.1} s at most, {unready}; {} acknowledged, {} refused, {} unknown, {} duplicates{}",
                told.name,
                measured.deliveries.as_secs_f64(),
                measured.counts.acknowledged,
                measured.counts.refused,
                measured.counts.unknown,
                measured.counts.duplicates,
                told.note.as_ref().map(|note| format!("; {note}")).unwrap_or_default(),
            )
        }
    };
    told.broken.iter().fold(head, |line, broken| format!("{line}\n  BROKEN: {broken}"))
}

#[expect(clippy::print_stdout, reason = "a program for people at a terminal")]
fn show(text: &str) {
    println!("{text}");
}
