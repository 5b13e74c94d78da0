//! Neighbours: a quiet account on a program that another account abuses, one way after another. Its windows take turns with
//! those on a program that serves it alone, so a machine that is busy otherwise shows itself in both.

mod mean;
mod quiet;
mod raw;
mod table;
mod told;
mod ways;

pub use table::tell;
pub use told::Told;

use crate::figures::float;
use crate::process;
use crate::program::Plan;
use crate::scenario::Sink;
use crate::seed::Seed;
use anyhow::Context as _;
use mean::Mean;
use quiet::{Quiet, Window};
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;
use ways::Way;

/// What differs from the default settings, besides what lets receivers be on this machine. Everybody calls from this machine,
/// each party from a network of its own in 127.0.0.0/8, and is counted by address as strangers are. The first and the third are
/// the defaults again.
const SETTINGS: [(&str, &str); 4] = [
    ("DESKBELL_API__RATE_LIMIT", "on"),
    ("DESKBELL_API__LOOPBACK_EXEMPT", "false"),
    ("DESKBELL_SERVER__MAX_CONNECTIONS_PER_NETWORK", "100"),
    ("DESKBELL_METRICS__LISTEN", ""),
];

/// How much of everything, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct Amounts {
    /// Events of one call of the writer.
    pub events: usize,
    /// Deliveries in the ledger that the readers look through.
    pub rows: u32,
    /// Requests that were captured before they are read.
    pub captures: usize,
    /// Bytes of the largest of them.
    pub capture_bytes: usize,
    /// Made-up addresses that try to sign in before the window.
    pub made_up: u32,
    /// How long the mean one is at it before the window.
    pub run_up: Duration,
    /// How long a window beside it is.
    pub window: Duration,
    /// How long a window alone is.
    pub alone: Duration,
}

/// Runs the program `binary` for each way to be mean whose name `only` allows, and hands what it told to `heard`.
///
/// # Errors
/// When a program misbehaves at once; what the neighbour suffers is told.
pub async fn run(
    binary: &Path,
    amounts: Amounts,
    only: Option<&str>,
    mut heard: impl FnMut(&Told),
) -> anyhow::Result<Vec<Told>> {
    let sink = Sink::listen().await?;
    let mut alone = Site::found(binary).await?;
    let program = alone.plan.start().await?;
    // The first window of a program is a slow one.
    alone.quiet.window(&sink, amounts.run_up).await?;
    let (mut all, mut before) = (Vec::new(), alone.quiet.window(&sink, amounts.alone).await?);
    for way in ways::all(only) {
        let (beside, mut told) = beside(binary, &sink, way, amounts).await?;
        let after = alone.quiet.window(&sink, amounts.alone).await?;
        told.compare(&before, beside, &after);
        heard(&told);
        all.push(told);
        before = after;
    }
    program.stop().await?;
    Ok(all)
}

/// A program with the neighbour's account.
struct Site {
    plan: Plan,
    quiet: Quiet,
    _folder: TempDir,
}

impl Site {
    async fn found(binary: &Path) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir_in("target")?;
        let plan = Plan::new(binary, folder.path(), &SETTINGS)?;
        plan.start().await?.stop().await?;
        let quiet = Quiet::found(&plan).await?;
        Ok(Self { plan, quiet, _folder: folder })
    }
}

/// The neighbour's window beside the `way`, on a program of its own that ends with it: nothing that is left reaches into the
/// next window.
async fn beside(
    binary: &Path,
    sink: &Sink,
    mut way: Box<dyn Way>,
    amounts: Amounts,
) -> anyhow::Result<(Window, Told)> {
    let mut site = Site::found(binary).await?;
    let mean = Mean::new(site.plan.address)?;
    let seed = Seed::open(&site.plan.data()).await?;
    way.found(&seed, &mean, amounts)
        .await
        .with_context(|| format!("making ready to be mean: {}", way.name()))?;
    seed.close().await?;
    let program = site.plan.start().await?;
    site.quiet.window(sink, amounts.run_up.min(amounts.alone)).await?;
    way.begin(&mean).await.with_context(|| format!("beginning to be mean: {}", way.name()))?;
    tokio::time::sleep(amounts.run_up).await;
    let tally = mean.tally();
    let over = async move {
        tokio::time::sleep(amounts.window).await;
        drop(mean);
    };
    let (window, ()) = tokio::join!(site.quiet.window(sink, amounts.window), over);
    let resident_mb = process::peak(program.id().context("the program ended by itself")?)?;
    program.kill().await?;
    let disk_mb = float(process::size(&site.plan.data())?) / 1e6;
    let told =
        Told::new(way.name(), way.does(), [resident_mb, disk_mb], tally.to_string(), way.wrong(&tally));
    Ok((window?, told))
}
