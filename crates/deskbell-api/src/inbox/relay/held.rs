//! Held requests: where a request waits until a program of the inbox's owner answers it. In memory: the connection that
//! waits is this process's own.

use super::lease::Leases;
use crate::signals::Signals;
use crate::signals::bells::Bells;
use bytes::Bytes;
use deskbell_core::id::{CaptureId, InboxId};
use deskbell_core::inbox::Capture;
use deskbell_core::policy::limit;
use deskbell_core::store::Weight as _;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::Instant;

/// The requests that an inbox holds until a program says how to answer them.
pub struct Relay {
    signals: Arc<Signals>,
    waiting: Mutex<HashMap<InboxId, Vec<Waiting>>>,
    bells: Arc<Bells<InboxId, u64>>,
    /// Who takes the requests of each inbox.
    pub leases: Leases,
}

struct Waiting {
    capture: Capture,
    /// Somebody took it to answer it.
    taken: bool,
    reply: oneshot::Sender<Reply>,
}

/// What a program takes to answer it.
#[derive(Debug)]
pub struct Taken {
    /// The requests, oldest first.
    pub captures: Vec<Capture>,
    /// Others wait, for which one answer had no room.
    pub has_more: bool,
}

/// What a program answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// 200 to 299, or 400 to 599.
    pub status: u16,
    /// Headers that an inbox may answer with.
    pub headers: Vec<(String, String)>,
    /// The body, sent as it is.
    pub body: Bytes,
}

impl Relay {
    /// A relay of a process that says in `signals` when it stops.
    pub fn new(signals: Arc<Signals>) -> Self {
        Self { signals, waiting: Mutex::default(), bells: Arc::default(), leases: Leases::default() }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<InboxId, Vec<Waiting>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets `capture` wait; `None` when too many wait at its inbox. It waits no longer when what is given here is dropped.
    pub fn hold(&self, capture: Capture) -> Option<HeldRequest<'_>> {
        let (inbox, id) = (capture.inbox.clone(), capture.id.clone());
        let (reply, answer) = oneshot::channel();
        {
            let mut held = self.lock();
            let waiting = held.entry(inbox.clone()).or_default();
            if waiting.len() >= limit::HELD_PER_INBOX {
                return None;
            }
            waiting.push(Waiting { capture, taken: false, reply });
        }
        self.bells.ring(&inbox, |count| *count = count.wrapping_add(1));
        Some(HeldRequest { relay: self, inbox, id, answer })
    }

    /// The inbox's requests that nobody has taken yet, oldest first, as many as one answer may hold; with `again` those that were
    /// taken and not answered count as not taken. They count as taken from now on.
    pub fn take(&self, inbox: &InboxId, again: bool) -> Taken {
        let mut held = self.lock();
        let waiting = held.get_mut(inbox).map(Vec::as_mut_slice).unwrap_or_default();
        if again {
            waiting.iter_mut().for_each(|held| held.taken = false);
        }
        let (mut captures, mut bytes) = (Vec::new(), 0);
        for held in waiting.iter_mut().filter(|held| !held.taken) {
            bytes += held.capture.bytes();
            if bytes > limit::PAGE_BYTES && !captures.is_empty() {
                return Taken { captures, has_more: true };
            }
            held.taken = true;
            captures.push(held.capture.clone());
        }
        Taken { captures, has_more: false }
    }

    /// What [`take`](Self::take) gives, as soon as there is something, or nothing after `wait`.
    pub async fn long_poll(&self, inbox: &InboxId, again: bool, wait: Duration) -> Taken {
        let until = Instant::now() + wait;
        let (mut bell, mut stopping) = (self.bells.hang(inbox), self.signals.stopping());
        loop {
            // Marked as heard before the look: what comes after the look wakes us.
            bell.heard();
            let taken = self.take(inbox, again);
            if !taken.captures.is_empty() {
                return taken;
            }
            tokio::select! {
                () = bell.rings() => {}
                () = tokio::time::sleep_until(until) => return taken,
                _ = stopping.wait_for(|stopping| *stopping) => return taken,
            }
        }
    }

    /// Answers a request that waits; `false` when it does not, or no longer.
    pub fn answer(&self, inbox: &InboxId, id: &CaptureId, reply: Reply) -> bool {
        self.remove(inbox, id).is_some_and(|held| held.reply.send(reply).is_ok())
    }

    fn remove(&self, inbox: &InboxId, id: &CaptureId) -> Option<Waiting> {
        let mut held = self.lock();
        let waiting = held.get_mut(inbox)?;
        let found = waiting.iter().position(|held| held.capture.id == *id).map(|at| waiting.remove(at));
        if waiting.is_empty() {
            held.remove(inbox);
        }
        found
    }
}

/// A request that waits, for as long as this is kept.
pub struct HeldRequest<'a> {
    relay: &'a Relay,
    inbox: InboxId,
    id: CaptureId,
    answer: oneshot::Receiver<Reply>,
}

impl HeldRequest<'_> {
    /// What it is answered with; `None` when nobody does in time, or before the process stops.
    pub async fn reply(&mut self) -> Option<Reply> {
        let mut stopping = self.relay.signals.stopping();
        tokio::select! {
            // An answer that was taken is given, also when the process begins to stop at that moment.
            biased;
            reply = &mut self.answer => reply.ok(),
            () = tokio::time::sleep(limit::HELD) => None,
            _ = stopping.wait_for(|stopping| *stopping) => None,
        }
    }
}

impl Drop for HeldRequest<'_> {
    fn drop(&mut self) {
        self.relay.remove(&self.inbox, &self.id);
    }
}

#[cfg(test)]
mod tests;
