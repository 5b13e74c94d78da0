//! Scenarios: what is done to a program to get its figures, one file each. Every round has a program and a data folder of
//! its own, and the bare client runs before and after it: a figure is told beside the bare client's of the same round.

mod backlog;
pub(crate) mod bare;
mod closed_loop;
mod hanging;
mod https;
mod open_loop;
mod profile;
mod sink;
mod site;
mod start;
mod storage;

pub use bare::{CALLERS, is_noisy};
pub use profile::profile;
pub use sink::Sink;
pub use site::{SINGLE, Site};

pub(crate) use closed_loop::Closed;
pub(crate) use start::first_accept;

use crate::machine;
use crate::measurement::Round;
use bare::Bare;
use open_loop::Open;
use site::{FAN_OUT, FANNED};
use std::path::Path;
use std::time::Duration;
use storage::Storage;

/// Kept connections of the callers, and of the bare client.
pub const CONNECTIONS: usize = 64;

/// Events that a warm-up publishes: enough to guess how many a closed loop needs.
const WARM_UP: u32 = 1_000;

/// How long things are looked at.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    /// Each fixed rate.
    pub open: Duration,
    /// Each closed loop, about.
    pub closed: Duration,
    /// Starts of the program.
    pub starts: usize,
    /// Deliveries that wait when the program starts; with 0 that scenario is left out.
    pub backlog: u32,
}

/// Everything that is measured of the program `binary`, once.
///
/// # Errors
/// When the program misbehaves: every event must be delivered exactly once.
pub async fn round(binary: &Path, sink: &Sink, scale: Scale) -> anyhow::Result<Round> {
    let before = bare::closed(sink, scale.closed).await?;
    let folder = tempfile::tempdir_in("target")?;
    let fsync_before = machine::fsync_ms(folder.path())?;
    let mut site = Site::found(binary, folder.path(), sink).await?;
    let start_ms = start::first_accept(&mut site, sink, scale.starts).await?;

    // One webhook, on a file that holds nothing else: what it has grown by tells what an event takes.
    let mut storage = Storage::before(&site)?;
    site.start().await?;
    let idle_mb = site.idle_mb().await?;
    let warm = Closed::run(&site, sink, SINGLE, 1, WARM_UP).await?;
    let calm = storage.watch(&site, Open::run(&site, sink, 100, scale.open)).await?;
    let quick = Open::run(&site, sink, 500, scale.open).await?;
    let single = Closed::run(&site, sink, SINGLE, 1, warm.events_in(scale.closed)).await?;
    let hard = Open::run(&site, sink, 5_000, scale.open).await?;
    let peak_mb = site.peak_mb()?;
    site.stop().await?;
    let events = warm.events + calm.events + quick.events + single.events + hard.events;
    storage.after(&site, events)?;

    site.start().await?;
    let warm = Closed::run(&site, sink, FANNED, FAN_OUT, WARM_UP / 10).await?;
    let fanned = Closed::run(&site, sink, FANNED, FAN_OUT, warm.events_in(scale.closed)).await?;
    let https = https::run(&site, sink, single.events_in(scale.closed / 2)).await?;
    let hanging = hanging::run(&site, sink, scale.open).await?;
    site.stop().await?;
    let backlog = backlog::run(binary, sink, scale.backlog).await?;

    let bare = Bare::new(before, bare::closed(sink, scale.closed).await?);
    // The calmer of two looks: a moment that is busy must not widen a goal.
    let fsync_ms = machine::fsync_ms(folder.path())?.min(fsync_before);
    let mut round = Round::default();
    bare.tell(&mut round, fsync_ms);
    single.tell(&mut round, "one webhook", &bare, (0.25, 5.0));
    fanned.tell(&mut round, "ten webhooks", &bare, (0.45, 3.0));
    https::tell(&mut round, https);
    calm.tell(&mut round, Some(1.0 + 2.0 * fsync_ms));
    quick.tell(&mut round, None);
    hard.tell(&mut round, Some(6.0));
    hanging::tell(&mut round, hanging);
    site::tell_memory(&mut round, idle_mb, peak_mb);
    storage.tell(&mut round, calm.written);
    start::tell(&mut round, start_ms);
    if let Some(backlog) = backlog {
        backlog.tell(&mut round, &bare, idle_mb);
    }
    Ok(round)
}
