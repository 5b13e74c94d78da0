//! The transport's stand-in: receivers with moods, and a ledger of all that reached them.

use super::VirtualClock;
use async_trait::async_trait;
use bytes::Bytes;
use deskbell_core::attempt::{Header, Outcome, Response, Timings};
use deskbell_core::door::{Request, Sent};
use deskbell_core::id::{EventId, WebhookId};
use deskbell_core::{Clock, Timestamp, Transport};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What a receiver does with a request.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    Status(u16),
    With(u16, Vec<(&'static str, String)>),
    /// Answers after a while; past the total deadline the transport gives up, as the real one does.
    Slow(Duration, u16),
    Reset,
    /// The transport itself ignores its deadline and never ends.
    Deaf,
    Panic,
    LocalExhausted,
}

/// A request as it came.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Seen {
    pub(crate) at: Timestamp,
    pub(crate) webhook: WebhookId,
    pub(crate) event: EventId,
    pub(crate) url: String,
    pub(crate) headers: Vec<Header>,
    pub(crate) body: Bytes,
    /// The how-manyth request of this webhook, from 0.
    pub(crate) nth: usize,
}

type Script = Arc<dyn Fn(&Seen) -> Reply + Send + Sync>;

#[derive(Default)]
struct Ledger {
    scripts: HashMap<WebhookId, Script>,
    seen: Vec<Seen>,
    counts: HashMap<WebhookId, usize>,
    open: HashMap<(EventId, WebhookId), u32>,
    most_open: u32,
    open_to: HashMap<WebhookId, u32>,
    most_open_to_one: u32,
}

pub(crate) struct Receiver {
    clock: Arc<VirtualClock>,
    ledger: Mutex<Ledger>,
}

impl Receiver {
    pub(crate) fn new(clock: Arc<VirtualClock>) -> Self {
        Self { clock, ledger: Mutex::default() }
    }

    pub(crate) fn script(
        &self,
        webhook: &WebhookId,
        script: impl Fn(&Seen) -> Reply + Send + Sync + 'static,
    ) {
        self.ledger.lock().unwrap().scripts.insert(webhook.clone(), Arc::new(script));
    }

    /// All requests so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.ledger.lock().unwrap().seen.clone()
    }

    /// The requests of one webhook so far.
    pub(crate) fn seen_by(&self, webhook: &WebhookId) -> Vec<Seen> {
        self.seen().into_iter().filter(|seen| seen.webhook == *webhook).collect()
    }

    /// The most requests of one delivery that were ever open together.
    pub(crate) fn most_open(&self) -> u32 {
        self.ledger.lock().unwrap().most_open
    }

    /// The most requests of one webhook that were ever open together.
    pub(crate) fn most_open_to_one(&self) -> u32 {
        self.ledger.lock().unwrap().most_open_to_one
    }

    fn note(&self, request: &Request) -> (Seen, Reply) {
        let event = request.headers.iter().find(|(name, _)| name == "Webhook-Id").unwrap().1.clone();
        let mut ledger = self.ledger.lock().unwrap();
        let count = ledger.counts.entry(request.webhook.clone()).or_default();
        *count += 1;
        let seen = Seen {
            at: self.clock.now(),
            webhook: request.webhook.clone(),
            event: EventId::from_text(event),
            url: request.url.clone(),
            headers: request.headers.clone(),
            body: request.body.clone(),
            nth: *count - 1,
        };
        ledger.seen.push(seen.clone());
        let open = ledger.open.entry((seen.event.clone(), seen.webhook.clone())).or_default();
        *open += 1;
        ledger.most_open = (*open).max(ledger.most_open);
        let open = ledger.open_to.entry(seen.webhook.clone()).or_default();
        *open += 1;
        ledger.most_open_to_one = (*open).max(ledger.most_open_to_one);
        let script = ledger.scripts[&seen.webhook].clone();
        drop(ledger);
        let answer = script(&seen);
        (seen, answer)
    }
}

/// A request is open until its future ends or is dropped.
struct Open<'a>(&'a Receiver, (EventId, WebhookId));

impl Drop for Open<'_> {
    fn drop(&mut self) {
        let mut ledger = self.0.ledger.lock().unwrap();
        *ledger.open.get_mut(&self.1).unwrap() -= 1;
        *ledger.open_to.get_mut(&self.1.1).unwrap() -= 1;
    }
}

#[async_trait]
impl Transport for Receiver {
    async fn send(&self, request: &Request) -> Sent {
        let (seen, answer) = self.note(request);
        let _open = Open(self, (seen.event, seen.webhook));
        // A round trip takes a moment, so that attempts overlap and can be killed on the wire.
        tokio::time::sleep(Duration::from_millis(20)).await;
        match answer {
            Reply::Status(status) => answered(status, Vec::new()),
            Reply::With(status, headers) => {
                answered(status, headers.into_iter().map(|(name, value)| (name.into(), value)).collect())
            }
            Reply::Slow(wait, status) if wait < request.deadlines.total => {
                tokio::time::sleep(wait).await;
                answered(status, Vec::new())
            }
            Reply::Slow(..) => {
                tokio::time::sleep(request.deadlines.total - Duration::from_millis(20)).await;
                sent(Outcome::TotalTimeout, None)
            }
            Reply::Reset => sent(Outcome::ConnectionReset, None),
            Reply::Deaf => std::future::pending().await,
            Reply::Panic => panic!("the payload that brings the sender down"),
            Reply::LocalExhausted => sent(Outcome::LocalExhausted, None),
        }
    }
}

fn answered(status: u16, headers: Vec<(String, String)>) -> Sent {
    let outcome = match status {
        200..=299 => Outcome::Delivered,
        300..=399 => Outcome::RedirectRefused,
        _ => Outcome::HttpStatus,
    };
    let response = Response { status, headers, body: Bytes::new(), truncated: false, incomplete: false };
    sent(outcome, Some(response))
}

fn sent(outcome: Outcome, response: Option<Response>) -> Sent {
    Sent {
        outcome,
        detail: String::new(),
        timings: Timings::default(),
        address: None,
        possibly_received: response.is_none(),
        response,
    }
}
