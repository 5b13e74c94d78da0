//! Signals: what wakes those who wait. Each is a count or a flag that changes; what happened is read from the store.

use std::sync::Arc;
use tokio::sync::watch;

/// What this process tells whoever waits for news. A signal may stand for many changes, and never for a lost one.
pub struct Signals {
    /// Bumped whenever events were accepted here.
    accepted: watch::Sender<u64>,
    /// Bumped whenever an inbox captured something here.
    captured: watch::Sender<u64>,
    /// Bumped by the engine whenever attempts were recorded.
    recorded: watch::Receiver<u64>,
    /// Turns true when the server stops.
    stopping: watch::Receiver<bool>,
    /// Has the engine look at the queue.
    wake: Arc<dyn Fn() + Send + Sync>,
}

impl Signals {
    /// Signals of an engine that counts what it `recorded` and looks at its queue when it is told to `wake`, in a process
    /// that says when it is `stopping`.
    pub fn new(
        recorded: watch::Receiver<u64>,
        stopping: watch::Receiver<bool>,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        Self {
            accepted: watch::Sender::new(0),
            captured: watch::Sender::new(0),
            recorded,
            stopping,
            wake: Arc::new(wake),
        }
    }

    /// Something became due: the engine looks at its queue.
    pub fn wake_engine(&self) {
        (self.wake)();
    }

    /// There may be new events and deliveries: tells the engine, and who follows the stream.
    pub fn announce_events(&self) {
        self.wake_engine();
        self.accepted.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// An inbox captured something.
    pub fn announce_capture(&self) {
        self.captured.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Changes with each announcement of events.
    pub fn accepted(&self) -> watch::Receiver<u64> {
        self.accepted.subscribe()
    }

    /// Changes with each announcement of a capture.
    pub fn captured(&self) -> watch::Receiver<u64> {
        self.captured.subscribe()
    }

    /// Changes whenever attempts were recorded.
    pub fn recorded(&self) -> watch::Receiver<u64> {
        self.recorded.clone()
    }

    /// True once the server stops, so that a waiting call ends early.
    pub fn stopping(&self) -> watch::Receiver<bool> {
        self.stopping.clone()
    }
}
