//! Faults: three accounts publish and are delivered to, one thing befalls the program from outside, and is taken away again. The
//! deliveries go on or the program says that it is not ready; afterwards the ledgers add up.

mod befallen;
mod fault;
mod gap;
mod log_reader;
mod mount;
mod offset;
mod party;
mod scene;
mod table;
mod told;
mod watch;

pub use fault::names;
pub use table::tell;
pub use told::Told;

use crate::clock;
use crate::program::Plan;
use fault::{Fault, Missing};
use scene::Scene;
use std::path::Path;
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// Accounts under load.
const PARTIES: u64 = 3;
/// Events a second, of all of them.
pub const RATE: u64 = 100;
/// Load before the fault.
const RUN_UP: Duration = Duration::from_secs(3);
/// Load after it.
const AFTER: Duration = Duration::from_secs(5);
/// After how long without a delivery, or without an accepted event, the program has to say that it is not ready.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// How long after the fault the program may take to be ready, and calls to be answered.
pub const RECOVERY: Duration = Duration::from_secs(30);
/// How long deliveries may then take to be settled: the longest wait of the schedule, and an attempt.
pub const SETTLING: Duration = Duration::from_secs(45);
/// What one fault may take in all.
const LONGEST: Duration = Duration::from_secs(300);

/// Puts each fault in whose name begins with `only`, each into a program of its own, and hands what it told to `heard`.
///
/// # Errors
/// When there is no such fault, or the drill itself does not work.
pub async fn run(
    binary: &Path,
    only: Option<&str>,
    mut heard: impl FnMut(&Told),
) -> anyhow::Result<Vec<Told>> {
    let mut all = Vec::new();
    for fault in
        fault::all().into_iter().filter(|fault| only.is_none_or(|only| fault.name().starts_with(only)))
    {
        let (name, does) = (fault.name(), fault.does());
        let told = match timeout(LONGEST, drill(binary, fault)).await {
            Ok(Ok(told)) => told,
            Ok(Err(error)) if error.is::<Missing>() => Told::missing(name, does, format!("{error:#}")),
            Ok(Err(error)) => Told::failed(name, does, format!("{error:#}")),
            Err(_) => Told::failed(name, does, format!("the drill did not end within {LONGEST:?}")),
        };
        heard(&told);
        all.push(told);
    }
    anyhow::ensure!(
        !all.is_empty(),
        "no fault has a name that begins with {:?}; `--list` tells them all",
        only.unwrap_or_default()
    );
    Ok(all)
}

/// One fault, from the empty folder to the judgement.
async fn drill(binary: &Path, fault: Box<dyn Fault>) -> anyhow::Result<Told> {
    let folder = tempfile::tempdir_in("target")?;
    // Ends before the folder does: it may have mounted something there.
    let mut fault = fault;
    let mut plan = Plan::new(binary, folder.path(), &crate::kill::SETTINGS)?;
    plan.set("DESKBELL_METRICS__LISTEN", "");
    fault.found(&mut plan).await?;
    let mut scene = Scene::found(plan).await?;
    fault.begin(&mut scene).await?;
    scene.up();
    sleep(RUN_UP).await;
    let put_in = clock::micros();
    fault.put_in(&mut scene).await?;
    fault.meanwhile(&mut scene).await?;
    fault.take_away(&mut scene).await?;
    let taken_away = clock::micros();
    sleep(AFTER).await;
    let seen = scene.end(put_in, taken_away).await?;
    Ok(Told::judged(&*fault, seen))
}
