//! What the passing of time does: one file a noun. Each sweep runs until it is dropped, and any number may run at a time.

pub mod booking;
pub mod conversation;
pub mod inbox;
pub mod metrics;
pub mod session;
pub mod share;

use deskbell_api::app::Shared;
use deskbell_api::metrics::Metrics;
use deskbell_core::{Clock, Store};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// Starts all sweeps; they end when the set is dropped. Conversations are abandoned after `abandon_after` of silence.
pub fn start(
    app: &Shared,
    store: &Arc<dyn Store>,
    clock: &Arc<dyn Clock>,
    metrics: &Arc<Metrics>,
    abandon_after: Duration,
) -> JoinSet<()> {
    let mut sweeps = JoinSet::new();
    let (store, clock) = (|| Arc::clone(store), || Arc::clone(clock));
    sweeps.spawn(booking::run(Arc::clone(app)));
    sweeps.spawn(conversation::run(Arc::clone(app), abandon_after));
    sweeps.spawn(inbox::run(store(), clock()));
    sweeps.spawn(session::run(store(), clock()));
    sweeps.spawn(share::run(store(), clock()));
    sweeps.spawn(metrics::run(Arc::clone(metrics)));
    sweeps
}
