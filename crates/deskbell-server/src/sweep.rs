//! What the passing of time does: one file a noun. Each sweep runs until it is dropped, and any number may run at a time, in one process
//! or in several.

mod aside;
pub mod booking;
pub mod conversation;
pub mod disk;
pub mod inbox;
pub mod metrics;
pub mod one_time_link;
pub mod quota;
pub mod retention;
pub mod session;
pub mod share;

use axum::extract::FromRef;
use deskbell_api::booking::Bookings;
use deskbell_api::conversation::Conversations;
use deskbell_api::disk::Disk;
use deskbell_api::metrics::Metrics;
use deskbell_api::parts::Parts;
use deskbell_core::retention::Keep;
use deskbell_core::{Alarm, Clock, Store};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// What each process looks at for itself: its disk, what it measures, and what accounts keep. It ends when the set is dropped, and a panic rings the alarm.
pub fn look(parts: &Parts, alarm: &Alarm) -> JoinSet<()> {
    let (mut looks, alarm) = (JoinSet::new(), || alarm.clone());
    looks.spawn(alarm().over("the look at the disk", disk::run(Arc::<Disk>::from_ref(parts))));
    let metrics = || Arc::<Metrics>::from_ref(parts);
    looks.spawn(alarm().over("the metrics", metrics::run(metrics())));
    let watch = quota::watch(Arc::<dyn Store>::from_ref(parts), metrics());
    looks.spawn(alarm().over("the look at quotas", watch));
    looks
}

/// Adds all sweeps of what is stored to `sweeps`. Conversations are abandoned after `abandon_after` of silence, and what happened is
/// kept as `keep` says.
pub fn start(sweeps: &mut JoinSet<()>, parts: &Parts, abandon_after: Duration, keep: Keep, alarm: &Alarm) {
    let alarm = || alarm.clone();
    let (store, clock) = (|| Arc::<dyn Store>::from_ref(parts), || Arc::<dyn Clock>::from_ref(parts));
    let bookings = Arc::<Bookings>::from_ref(parts);
    sweeps.spawn(alarm().over("the sweep of bookings", booking::run(store(), clock(), bookings)));
    let conversations = Arc::<Conversations>::from_ref(parts);
    let abandon = conversation::run(store(), clock(), conversations, abandon_after);
    sweeps.spawn(alarm().over("the sweep of conversations", abandon));
    sweeps.spawn(alarm().over("the sweep of inboxes", inbox::run(store(), clock())));
    sweeps.spawn(alarm().over("the sweep of sessions", session::run(store(), clock())));
    sweeps.spawn(alarm().over("the sweep of shares", share::run(store(), clock())));
    sweeps.spawn(alarm().over("the sweep of one-time links", one_time_link::run(store(), clock())));
    sweeps.spawn(alarm().over("the count of what is kept", quota::count(store())));
    let room = Arc::<Disk>::from_ref(parts);
    sweeps.spawn(alarm().over("retention", retention::run(store(), clock(), room, keep)));
}
