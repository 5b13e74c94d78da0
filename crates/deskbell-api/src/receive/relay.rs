//! Relay: where a request waits until a program of the inbox's owner answers it. In memory: the connection that waits is
//! this process's own.

use super::{render, shielded};
use crate::app::App;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use deskbell_core::id::{CaptureId, InboxId};
use deskbell_core::inbox::Capture;
use deskbell_core::policy::limit;
use deskbell_wire::problem::Problem;
use http::StatusCode;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::{oneshot, watch};

/// The requests that wait.
#[derive(Debug, Default)]
pub struct Relay {
    held: Mutex<HashMap<InboxId, Vec<Held>>>,
    news: watch::Sender<u64>,
}

#[derive(Debug)]
struct Held {
    capture: Capture,
    /// Somebody took it to answer it.
    taken: bool,
    reply: oneshot::Sender<Reply>,
}

/// What a program answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// 200 to 299, or 400 to 599.
    pub status: u16,
    /// Headers that an inbox may answer with.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
}

impl Relay {
    fn lock(&self) -> MutexGuard<'_, HashMap<InboxId, Vec<Held>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets `capture` wait; `None` when too many wait at its inbox. It waits no longer when the [`Place`] is dropped.
    pub fn hold(&self, capture: Capture) -> Option<Place<'_>> {
        let (inbox, id) = (capture.inbox.clone(), capture.id.clone());
        let (reply, answer) = oneshot::channel();
        {
            let mut held = self.lock();
            let waiting = held.entry(inbox.clone()).or_default();
            if waiting.len() >= limit::HELD_PER_INBOX {
                return None;
            }
            waiting.push(Held { capture, taken: false, reply });
        }
        self.news.send_modify(|count| *count = count.wrapping_add(1));
        Some(Place { relay: self, inbox, id, answer })
    }

    /// The inbox's requests that nobody has taken yet, oldest first; with `again` those that were taken and not answered
    /// too. They count as taken from now on.
    pub fn take(&self, inbox: &InboxId, again: bool) -> Vec<Capture> {
        let mut held = self.lock();
        let waiting = held.get_mut(inbox).map(Vec::as_mut_slice).unwrap_or_default();
        let wanted = waiting.iter_mut().filter(|held| again || !held.taken);
        wanted
            .map(|held| {
                held.taken = true;
                held.capture.clone()
            })
            .collect()
    }

    /// Answers a request that waits; `false` when it does not, or no longer.
    pub fn answer(&self, inbox: &InboxId, id: &CaptureId, reply: Reply) -> bool {
        self.remove(inbox, id).is_some_and(|held| held.reply.send(reply).is_ok())
    }

    /// Changes whenever a request begins to wait.
    pub fn news(&self) -> watch::Receiver<u64> {
        self.news.subscribe()
    }

    fn remove(&self, inbox: &InboxId, id: &CaptureId) -> Option<Held> {
        let mut held = self.lock();
        let waiting = held.get_mut(inbox)?;
        let found = waiting.iter().position(|held| held.capture.id == *id).map(|at| waiting.remove(at));
        if waiting.is_empty() {
            held.remove(inbox);
        }
        found
    }
}

/// A request's place among those that wait.
#[derive(Debug)]
pub struct Place<'a> {
    relay: &'a Relay,
    inbox: InboxId,
    id: CaptureId,
    answer: oneshot::Receiver<Reply>,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.relay.remove(&self.inbox, &self.id);
    }
}

/// Answers a stored request as its relay does; 504 when none does in time, so that the sender comes again.
pub(super) async fn relayed(app: &App, capture: Capture) -> Response {
    let (inbox, id) = (capture.inbox.clone(), capture.id.clone());
    let answer = match app.relay.hold(capture) {
        None => {
            Problem::unavailable("relay_full", "Too many requests wait at this inbox.", 1).into_response()
        }
        Some(mut place) => {
            let mut stopping = app.signals.stopping();
            let reply = tokio::select! {
                reply = &mut place.answer => reply.ok(),
                () = tokio::time::sleep(limit::HELD) => None,
                _ = stopping.wait_for(|stopping| *stopping) => None,
            };
            reply.map_or_else(silent, |reply| render(reply.status, &reply.headers, reply.body))
        }
    };
    if let Err(error) = app.store.answer_capture(&inbox, &id, answer.status().as_u16()).await {
        tracing::warn!(%error, request = %id, "the status of a relayed answer is not recorded");
    }
    shielded(answer)
}

fn silent() -> Response {
    let message = format!("No relay answered within {} s.", limit::HELD.as_secs());
    Problem::new(StatusCode::GATEWAY_TIMEOUT, "relay_silent", message).into_response()
}

#[cfg(test)]
mod tests;
