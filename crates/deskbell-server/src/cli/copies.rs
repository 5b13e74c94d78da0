//! `deskbell backup`, `restore` and `resume`: keeping an instance, and making one of what was kept.

use super::Failure;
use crate::config::Loaded;
use crate::door::SystemClock;
use crate::instance::{self, Instance};
use deskbell_cli::print;
use deskbell_core::Clock as _;
use deskbell_core::explain::words;
use deskbell_core::time::wire;
use deskbell_http::background::give_way;
use deskbell_store::{Copied, Progress};
use std::path::PathBuf;
use std::time::Duration;
use tokio::time::Instant;

/// Between two words on how far a copy is.
const EVERY: Duration = Duration::from_secs(2);

#[derive(clap::Args)]
pub(super) struct Backup {
    /// The file to make
    file: PathBuf,
    /// Copy what the tester captured too, into a file beside it
    #[arg(long)]
    with_tester: bool,
    /// Replace a file that is there
    #[arg(long)]
    force: bool,
}

#[derive(clap::Args)]
pub(super) struct Restore {
    /// The backup
    file: PathBuf,
}

pub(super) fn backup(given: &Backup, loaded: &Loaded) -> Result<(), Failure> {
    let store = loaded.config.server.store.file().ok_or_else(|| {
        Failure::refused("the store is a PostgreSQL database: back it up with pg_dump or pg_basebackup, and keep the master key apart from it".into())
    })?;
    // On few processors the server goes first.
    give_way();
    let plan = deskbell_store::Backup {
        store,
        to: &given.file,
        with_tester: given.with_tester,
        replace: given.force,
        now: SystemClock.now(),
    };
    let copied = deskbell_store::backup(&plan, &mut progress())?;
    print::answer(&format!("{}: {}", given.file.display(), held(&copied)))?;
    let key = match &loaded.master_key {
        Some(_) => "DESKBELL_MASTER_KEY".to_owned(),
        None => instance::key_of(&loaded.config.server.data).display().to_string(),
    };
    print::note(&format!(
        "The master key is not in it, and without that it opens nothing: keep {key} in another place."
    ))?;
    Ok(())
}

pub(super) fn restore(given: &Restore, loaded: &Loaded) -> Result<(), Failure> {
    let copied = instance::restore(loaded, &given.file, SystemClock.now(), &mut progress())?;
    let store = &loaded.config.server.store;
    print::answer(&format!("{store}: {}", held(&copied)))?;
    print::note(
        "It is paused: started, it takes calls and sends nothing. What waits may have been sent since the backup was made. `deskbell resume` \
         lets it go, before the start or while it runs.",
    )?;
    Ok(())
}

pub(super) async fn resume(loaded: &Loaded) -> Result<(), Failure> {
    let instance = Instance::open(loaded).await?;
    let queued = instance.store.condition(instance.clock.now()).await?.queued;
    let said = match instance.store.resume().await? {
        true => format!("Resumed: {} in the queue.", words::deliveries(queued)),
        false => "It was not paused.".to_owned(),
    };
    Ok(print::answer(&said)?)
}

fn held(Copied { at, bytes, events, queued }: &Copied) -> String {
    let bytes = words::bytes(*bytes);
    let events =
        if *events == 1 { "one event".to_owned() } else { format!("{} events", words::number(*events)) };
    format!("{bytes}, {events}, {} in the queue, as of {}, checked", words::deliveries(*queued), wire(*at))
}

/// Says on standard error how far it is, if it takes long.
fn progress() -> impl FnMut(Progress) {
    let mut said = Instant::now();
    move |progress| {
        if said.elapsed() < EVERY {
            return;
        }
        said = Instant::now();
        // Whoever does not listen wants the copy all the same.
        let _ = print::note(&match progress {
            Progress::Copied { bytes, of } => {
                format!("{} of {} copied", words::bytes(bytes), words::bytes(of))
            }
            Progress::Checking => "copied; checking the copy".to_owned(),
        });
    }
}
