//! What the passing of time does: one file a noun. Each sweep runs until it is dropped, and any number may run at a time.

pub mod booking;
pub mod conversation;
pub mod inbox;
pub mod metrics;
pub mod session;
pub mod share;

use axum::extract::FromRef;
use deskbell_api::booking::Bookings;
use deskbell_api::conversation::Conversations;
use deskbell_api::metrics::Metrics;
use deskbell_api::parts::Parts;
use deskbell_core::{Clock, Store};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// Starts all sweeps; they end when the set is dropped. Conversations are abandoned after `abandon_after` of silence.
pub fn start(parts: &Parts, abandon_after: Duration) -> JoinSet<()> {
    let mut sweeps = JoinSet::new();
    let (store, clock) = (|| Arc::<dyn Store>::from_ref(parts), || Arc::<dyn Clock>::from_ref(parts));
    sweeps.spawn(booking::run(store(), clock(), Arc::<Bookings>::from_ref(parts)));
    let conversations = Arc::<Conversations>::from_ref(parts);
    sweeps.spawn(conversation::run(store(), clock(), conversations, abandon_after));
    sweeps.spawn(inbox::run(store(), clock()));
    sweeps.spawn(session::run(store(), clock()));
    sweeps.spawn(share::run(store(), clock()));
    sweeps.spawn(metrics::run(Arc::<Metrics>::from_ref(parts)));
    sweeps
}
