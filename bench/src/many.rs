//! Many: a program with many of everything at once, and a healthy neighbour among them. Its windows take turns with those of a
//! program that serves the neighbour alone.

mod crowd;
mod greedy;
mod neighbour;

use crate::kill::settled;
use crate::measurement::{Goal, Round, Unit};
use crate::process;
use crate::program::Plan;
use anyhow::ensure;
use crowd::Crowd;
use neighbour::{Neighbour, Window};
use std::path::Path;
use std::time::Duration;

/// How long deliveries may take to end after the last window.
const SETTLING: Duration = Duration::from_secs(60);
/// The neighbour's p99 may be this many times the bare client's in the same window.
const TIMES_BARE: f64 = 8.0;
/// What the program may need under full load, and what a million rows that wait may add, in megabytes.
const MEMORY_MB: f64 = 128.0 + 32.0;

/// How many of everything.
#[derive(Debug, Clone, Copy)]
pub struct Amounts {
    /// Webhooks that sleep, a hundred an account, each with one retry due in hours.
    pub webhooks: u32,
    /// Attempts that the neighbour's account keeps.
    pub rows: u32,
    /// Receivers that take seconds to answer, each with several deliveries in every window.
    pub slow: u32,
    /// Accounts that publish as fast as they are answered, and do not wait when they are told to.
    pub greedy: u32,
    /// Streams of accounts in which nothing happens.
    pub streams: u32,
    /// How long a window is.
    pub window: Duration,
    /// Windows of each program.
    pub windows: usize,
}

/// Runs the program `binary` with so many of everything, and counts: what was accepted arrives once, streams of accounts in
/// which nothing happens are told nothing, and who slept sleeps on. Each pair of windows gives a round of figures.
///
/// # Errors
/// When a count is wrong.
pub async fn run(binary: &Path, amounts: Amounts) -> anyhow::Result<Vec<Round>> {
    let folders = [tempfile::tempdir_in("target")?, tempfile::tempdir_in("target")?];
    let mut plans = [plan(binary, folders[0].path())?, plan(binary, folders[1].path())?];
    let mut neighbours = Vec::new();
    for plan in &mut plans {
        plan.start().await?.stop().await?;
        neighbours.push(Neighbour::found(plan).await?);
    }
    let [mut quiet, mut crowded] = plans;
    let mut crowd = Crowd::found(&crowded, amounts).await?;
    quiet.move_on()?;
    crowded.move_on()?;
    let (alone, beside) = (quiet.start().await?, crowded.start().await?);
    crowd.follow(crowded.address).await?;

    let (mut rounds, mut streams) = (Vec::new(), 0);
    for _ in 0..amounts.windows {
        let calm = neighbours[0].window(&quiet, amounts.window).await?;
        let load = crowd.load(crowded.address).await?;
        let busy = neighbours[1].window(&crowded, amounts.window).await?;
        let greed = load.end().await?;
        crowd.arrived().await?;
        let mut round = Round::default();
        tell(&mut round, &calm, &busy);
        round.add("Crowd", "greedy callers, events accepted", Unit::PerSecond, greed.accepted / busy.seconds);
        round.add("Crowd", "greedy callers, calls refused", Unit::PerSecond, greed.refused / busy.seconds);
        let peaks = [&alone, &beside].map(|program| program.id().map_or(Ok(0.0), process::peak));
        let [of_alone, of_beside] = peaks;
        round.add("Memory", "most, the neighbour alone", Unit::Megabytes, of_alone?);
        round.aim("Memory", "most, among many", Unit::Megabytes, of_beside?, Goal::AtMost(MEMORY_MB));
        rounds.push(round);
        streams = crowd.following();
    }
    ensure!(streams == amounts.streams as usize, "{streams} streams of {} go on", amounts.streams);
    let mut keys = crowd.keys();
    keys.push(crowded.key()?);
    for key in keys {
        let mut api = crate::api::Api::new(crowded.address, &key);
        ensure!(settled(&mut api, SETTLING).await?, "deliveries do not end");
    }
    crowd.sleeps(crowded.address).await?;
    alone.stop().await?;
    beside.stop().await?;
    Ok(rounds)
}

/// Default settings, the limits on callers too: they are what keeps greedy callers at bay.
fn plan(binary: &Path, folder: &Path) -> anyhow::Result<Plan> {
    Plan::new(binary, folder, &[("DESKBELL_API__RATE_LIMIT", "on")])
}

fn tell(round: &mut Round, calm: &Window, busy: &Window) {
    const SECTION: &str = "Neighbour";
    let ratio = busy.first_byte.p99 / busy.bare.p99;
    round.aim(
        SECTION,
        "publish to first byte, p99 among many ÷ the bare client's there",
        Unit::Times,
        ratio,
        Goal::AtMost(TIMES_BARE),
    );
    for (what, calm, busy) in [
        ("publish to first byte, p50", calm.first_byte.p50, busy.first_byte.p50),
        ("publish to first byte, p99", calm.first_byte.p99, busy.first_byte.p99),
        ("page of deliveries, p50", calm.list.p50, busy.list.p50),
        ("bare client, p50", calm.bare.p50, busy.bare.p50),
        ("bare client, p99", calm.bare.p99, busy.bare.p99),
    ] {
        round.add(SECTION, format!("{what}, alone"), Unit::Milliseconds, calm);
        round.add(SECTION, format!("{what}, among many"), Unit::Milliseconds, busy);
        round.add(SECTION, format!("{what}, among many ÷ alone"), Unit::Times, busy / calm);
    }
}
