//! Sink: the receivers that all programs of a run deliver to, on a thread of their own.

use crate::load::Arrivals;
use crate::receiver::{Identity, Reaction, Receiver};
use std::future::ready;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The path of posts that are counted where they are sent.
pub(super) const UNCOUNTED: &str = "/uncounted";

/// The receivers. Each takes any path.
pub struct Sink {
    /// Answers 204 at once.
    pub(crate) plain: Receiver,
    /// The same, over TLS.
    pub(super) secure: Receiver,
    /// What [`Sink::secure`] shows.
    pub(super) identity: Identity,
    /// Takes requests and never answers.
    pub(crate) hole: Receiver,
    /// As the hole while its gate is shut, else as the plain one.
    pub(super) gated: Receiver,
    gate: Arc<AtomicBool>,
    /// What those that answer were sent.
    pub(crate) arrivals: Arc<Arrivals>,
}

impl Sink {
    /// Listens, on the runtime that this is called on.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn listen() -> anyhow::Result<Self> {
        let (arrivals, gate) = (Arc::new(Arrivals::default()), Arc::new(AtomicBool::new(true)));
        let identity = Identity::new()?;
        let (plainly, securely, behind) = (arrivals.clone(), arrivals.clone(), arrivals.clone());
        let open = gate.clone();
        let plain = Receiver::listen(move |arrival| {
            if arrival.path != UNCOUNTED {
                plainly.take(arrival);
            }
            ready(Reaction::Answer(204))
        });
        let secure = Receiver::listen_tls(&identity, move |arrival| {
            securely.take(arrival);
            ready(Reaction::Answer(204))
        });
        let gated = Receiver::listen(move |arrival| {
            ready(if open.load(Ordering::Relaxed) {
                behind.take(arrival);
                Reaction::Answer(204)
            } else {
                Reaction::Never
            })
        });
        let hole = Receiver::listen(|_| ready(Reaction::Never));
        Ok(Self {
            plain: plain.await?,
            secure: secure.await?,
            hole: hole.await?,
            gated: gated.await?,
            identity,
            gate,
            arrivals,
        })
    }

    /// Shuts the gate, or opens it and lets go of what it held.
    pub(super) fn shut(&self, shut: bool) {
        self.gate.store(!shut, Ordering::Relaxed);
        if !shut {
            self.gated.hang_up();
        }
    }
}
