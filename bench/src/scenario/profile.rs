//! Profile: where the program spends its time under a closed loop, as `perf` samples it.

use super::closed_loop::Closed;
use super::{FAN_OUT, FANNED, SINGLE, Sink, Site, WARM_UP};
use crate::program;
use anyhow::{Context as _, ensure};
use std::path::Path;
use std::time::Duration;
use tokio::process::Command;

/// Samples a second of each processor: no divisor of what programs do at round times.
const SAMPLES: &str = "397";
/// How callers are found: unwound from so many bytes of stack, since the program is built without frame pointers.
const CALLERS: &str = "dwarf,16384";

/// Samples `binary` for about `time` into `file`, which `perf script` reads: with one webhook, or, if `fanned`, with ten. Gives what the loop
/// came to, the cost of the samples included.
///
/// # Errors
/// When there is no `perf`, or the system forbids it.
pub async fn profile(
    binary: &Path,
    sink: &Sink,
    fanned: bool,
    time: Duration,
    file: &Path,
) -> anyhow::Result<String> {
    let (trigger, fan_out) = if fanned { (FANNED, FAN_OUT) } else { (SINGLE, 1) };
    let folder = tempfile::tempdir_in("target")?;
    let mut site = Site::found(binary, folder.path(), sink).await?;
    site.start().await?;
    let warm = Closed::run(&site, sink, trigger, fan_out, WARM_UP).await?;
    let mut perf = Command::new("perf")
        .args(["record", "--quiet", "--freq", SAMPLES, "--call-graph", CALLERS, "--output"])
        .arg(file)
        .args(["--pid", &site.id()?.to_string()])
        .kill_on_drop(true)
        .spawn()
        .context("starting perf")?;
    let looked_at = Closed::run(&site, sink, trigger, fan_out, warm.events_in(time)).await?;
    // It ends by itself when the program does; to be told is what makes it write its file.
    program::signal("INT", perf.id().context("perf ended at its start")?).await?;
    perf.wait().await?;
    ensure!(file.metadata().is_ok_and(|meta| meta.len() > 0), "perf took no samples");
    site.stop().await?;
    Ok(looked_at.in_words())
}
