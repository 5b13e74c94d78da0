//! What a transaction leaves for when it is durable.

use crate::postgres::machine::Machine;
use crate::postgres::notice::Notice;
use deskbell_core::id::{EventId, WebhookId};
use deskbell_core::meter::{Meter, Tally};
use deskbell_core::place::Place;
use deskbell_core::store::Handed;

/// What goes out when the transaction is durable.
#[derive(Default)]
pub(in crate::postgres) struct Outbox {
    /// New deliveries of this machine.
    pub(in crate::postgres) handed: Vec<Handed>,
    /// Something became due that was not handed over.
    pub(in crate::postgres) wake: bool,
    /// Webhooks that were changed: what was handed over of them, and has not begun, goes back.
    pub(in crate::postgres) changed: Vec<WebhookId>,
    /// What is counted.
    pub(in crate::postgres) tally: Tally,
    /// The generation that the transaction made.
    pub(in crate::postgres) generation: Option<i64>,
    /// What other processes are told.
    pub(in crate::postgres) notice: Notice,
    /// Where an event stands that is there if the transaction was committed, and only then.
    pub(in crate::postgres) witness: Option<(i64, Place, EventId)>,
}

impl Outbox {
    /// Whether it has to go out in the order of the commits: what is handed over, and what goes back for its webhook was changed.
    pub(super) fn is_ordered(&self) -> bool {
        !(self.handed.is_empty() && self.changed.is_empty())
    }

    /// Counts, withdraws, hands over and wakes.
    pub(super) fn send(self, machine: Option<&Machine>, meter: &Meter) {
        meter.add(&self.tally);
        let Some(Machine { hands, .. }) = machine else { return };
        hands.follow(&self.changed, self.handed, self.wake);
    }
}
