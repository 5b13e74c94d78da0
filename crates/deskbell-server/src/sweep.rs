//! What the passing of time does: one file a noun. Each sweep runs until it is dropped, and any number may run at a time.

pub mod booking;
pub mod conversation;
pub mod inbox;
pub mod metrics;
pub mod session;
pub mod share;

use crate::api::state::Shared;
use std::sync::Arc;
use tokio::task::JoinSet;

/// Starts all sweeps; they end when the set is dropped.
pub fn start(app: &Shared) -> JoinSet<()> {
    let mut sweeps = JoinSet::new();
    sweeps.spawn(booking::run(Arc::clone(app)));
    sweeps.spawn(conversation::run(Arc::clone(app)));
    sweeps.spawn(inbox::run(Arc::clone(app)));
    sweeps.spawn(session::run(Arc::clone(app)));
    sweeps.spawn(share::run(Arc::clone(app)));
    sweeps.spawn(metrics::run(Arc::clone(app)));
    sweeps
}
