//! The service manager that started this process, as systemd does: told when it can be called and when it stops, and as long as it does
//! what it is there for, that it lives. Where nobody listens, nothing is said.

use deskbell_core::Store;
use deskbell_core::store::Unready;
use sd_notify::{NotifyState, notify, watchdog_enabled};
use std::sync::Arc;
use tokio::time::{MissedTickBehavior, interval};

/// What is waited for between two signs of life: a part of the time after which none means that this process hangs, so that one
/// question without an answer ends nothing.
const PART: u32 = 3;

/// Says that calls are answered from now on.
pub(crate) fn ready() {
    say(&[NotifyState::Ready, NotifyState::Status(&status(None))]);
}

/// Says that this process is about to end, by its own will.
pub(crate) fn stopping() {
    say(&[NotifyState::Stopping, NotifyState::Status("stopping: calls and attempts in flight may finish")]);
}

/// Gives signs of life until it is dropped, if there is a watchdog: as often as `store` answers whether it is ready, as `readyz` asks
/// it. What keeps it from being ready is shown; see [`lives`].
pub(crate) async fn watch(store: Arc<dyn Store>) {
    let Some(patience) = watchdog_enabled() else { return };
    let mut signs = interval(patience / PART);
    signs.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut shown = None;
    loop {
        signs.tick().await;
        let unready = store.unready().await;
        if shown != unready {
            say(&[NotifyState::Status(&status(unready))]);
            shown = unready;
        }
        if lives(unready) {
            say(&[NotifyState::Watchdog]);
        }
    }
}

/// Whether a new start would not help: what is full, locked, refused or damaged stays so, and reads go on meanwhile. A write that
/// hangs for as long as the watchdog waits may be a bug of ours.
fn lives(unready: Option<Unready>) -> bool {
    unready != Some(Unready::Silent)
}

fn status(unready: Option<Unready>) -> String {
    unready.map_or_else(|| "ready".to_owned(), |why| format!("not ready: {why}"))
}

fn say(states: &[NotifyState<'_>]) {
    if let Err(error) = notify(states) {
        tracing::warn!(%error, "the service manager could not be told");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_that_hangs_is_no_life_and_a_full_disk_is() {
        assert!(lives(None) && lives(Some(Unready::Full)) && lives(Some(Unready::Locked)));
        assert!(!lives(Some(Unready::Silent)));
        assert_eq!(status(Some(Unready::Full)), "not ready: the disk is full");
    }
}
