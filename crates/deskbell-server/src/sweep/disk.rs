//! Looks at the disk: gives the reserve up and makes it again, and tells the log while little room is left.

use deskbell_api::disk::{Disk, Room};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval};

/// How often: a busy instance writes some ten megabytes meanwhile.
const EVERY: Duration = Duration::from_secs(1);
/// How often the log is told of the same.
const TOLD: Duration = Duration::from_secs(60);

/// Looks again and again, until it is dropped.
pub async fn run(disk: Arc<Disk>) {
    let mut looks = interval(EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut told = (Room::Enough, Instant::now());
    loop {
        looks.tick().await;
        let looking = Arc::clone(&disk);
        // A file system that does not answer holds up nothing else.
        let Ok(room) = tokio::task::spawn_blocking(move || looking.look()).await else { continue };
        let (before, at) = told;
        if room == before && (room == Room::Enough || at.elapsed() < TOLD) {
            continue;
        }
        told = (room, Instant::now());
        let free_bytes = disk.free_bytes();
        match room {
            Room::Enough => tracing::info!(free_bytes, "there is room on the disk again"),
            Room::Low => tracing::warn!(free_bytes, "little room is left on the disk: inboxes take nothing"),
            Room::GivenUp => tracing::error!(
                free_bytes,
                "the disk is full: the reserve was given up, and inboxes take nothing; make room, or keep events for less long"
            ),
        }
    }
}
