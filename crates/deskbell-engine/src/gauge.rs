//! What an engine has in hand, for whoever watches it.

use crate::keeper::Term;
use deskbell_core::node::Load;
use deskbell_core::policy::concurrency::Concurrency;
use std::sync::Arc;
use tokio::sync::watch;

/// Tells what an engine has in hand. Cheap to ask, and to clone; it keeps nothing running.
#[derive(Debug, Clone)]
pub struct Gauge {
    pub(crate) concurrency: Arc<Concurrency>,
    pub(crate) terms: watch::Receiver<Option<Term>>,
}

impl Gauge {
    /// What it has in hand now.
    pub fn load(&self) -> Load {
        let (in_flight, in_hand) = self.concurrency.in_hand();
        Load { epoch: self.terms.borrow().map(|term| term.epoch), in_flight, in_hand }
    }
}
