//! Pipeline: what the filter and the service of one connection tell each other. A client may send its next request before the
//! answer to the last (RFC 9112, 9.3.2), so that entries wait in the order of the heads; hyper answers in that order too.

use crate::connection_limit::ConnectionPermit;
use crate::head::RawHead;
use axum::body::{Body, Bytes, HttpBody};
use deskbell_wire::problem::Problem;
use hyper::body::{Frame, SizeHint};
use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::Instant;

/// A request the filter let through.
pub(super) enum Entry {
    /// Its head was found sound; `last` when the connection must end with it. The head goes along where somebody asks for it.
    Sound { head: Option<Box<RawHead>>, last: bool },
    /// Its head was refused; hyper sees a stand-in.
    Refused(Box<Problem>),
}

/// Shared by the filter and the service of one connection.
pub(super) struct Pipeline(Mutex<State>);

struct State {
    entries: VecDeque<Entry>,
    /// Requests being answered.
    busy: usize,
    /// When the connection was made, or last came to rest.
    since: Instant,
    /// Whether it ever carried a request.
    used: bool,
}

impl Pipeline {
    pub(super) fn new() -> Arc<Self> {
        let since = Instant::now();
        Arc::new(Self(Mutex::new(State { entries: VecDeque::new(), busy: 0, since, used: false })))
    }

    pub(super) fn push(&self, entry: Entry) {
        let mut state = self.lock();
        state.used = true;
        state.entries.push_back(entry);
    }

    /// The entry of the request that hyper just read (`None` when it read a head that the filter did not see), and a mark that holds until its answer is sent.
    pub(super) fn next(self: &Arc<Self>) -> (Option<Entry>, Busy) {
        let mut state = self.lock();
        state.busy += 1;
        let entry = state.entries.pop_front();
        drop(state);
        (entry, Busy(self.clone()))
    }

    /// Until when a connection without a byte of a head may rest: none while it is answering.
    pub(super) fn rests_until(&self, first_byte: Duration, idle: Duration) -> Option<Instant> {
        let state = self.lock();
        let resting = state.busy == 0 && state.entries.is_empty();
        resting.then(|| state.since + if state.used { idle } else { first_byte })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One request being answered.
pub(super) struct Busy(Arc<Pipeline>);

impl Drop for Busy {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.busy = state.busy.saturating_sub(1);
        state.since = Instant::now();
    }
}

/// A body that keeps its connection busy until it is sent or given up.
pub(super) struct Held {
    pub(super) body: Body,
    pub(super) _busy: Busy,
    /// Of a request that came through a proxy.
    pub(super) _permit: Option<ConnectionPermit>,
}

impl HttpBody for Held {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
