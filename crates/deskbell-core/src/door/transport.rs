//! The door that sends: what it is given, and what it says happened.

use crate::attempt::{Header, Outcome, Response, Timings};
use crate::id::WebhookId;
use async_trait::async_trait;
use bytes::Bytes;
use std::time::Duration;

/// The `User-Agent` header of attempts, unless a setting says otherwise.
pub const USER_AGENT: &str = concat!("Deskbell-Webhooks/", env!("CARGO_PKG_VERSION"));

/// Sends one signed request.
///
/// Sending cannot fail: whatever happens is a [`Sent`] with an [`Outcome`] of the closed list. The implementation
/// judges the URL and every address with the SSRF guard at the dial, follows no redirect, and gives up by itself at
/// [`Deadlines::total`].
#[async_trait]
pub trait Transport: Send + Sync {
    /// Makes one attempt. `request` stays with the caller, who records what was sent.
    async fn send(&self, request: &Request) -> Sent;
}

/// One request, ready to be written.
#[derive(Debug, Clone)]
pub struct Request {
    /// Whose connection pool to use: two webhooks never share a connection (B-109).
    pub webhook: WebhookId,
    /// The target as the webhook stores it; judged again before anything is dialled.
    pub url: String,
    /// Header names and values, in the order to send them. `Host` and `Content-Length` are the transport's.
    pub headers: Vec<Header>,
    /// The exact bytes of the event.
    pub body: Bytes,
    /// How long each phase may take.
    pub deadlines: Deadlines,
}

/// How long each phase of an attempt may take (catalogue 6.1). The phases run inside `total`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    /// Looking up the name. 3 s.
    pub name: Duration,
    /// Opening the TCP connection, over all addresses tried. 5 s.
    pub connect: Duration,
    /// The TLS handshake. 5 s.
    pub tls: Duration,
    /// Writing the request. 10 s.
    pub write: Duration,
    /// From the request written to the end of the answer's head. 15 s.
    pub head: Duration,
    /// Reading the answer's body, for the log only: it never changes the outcome. 2 s.
    pub body: Duration,
    /// All of it. 20 s (wire contract, decision 16).
    pub total: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            name: Duration::from_secs(3),
            connect: Duration::from_secs(5),
            tls: Duration::from_secs(5),
            write: Duration::from_secs(10),
            head: Duration::from_secs(15),
            body: Duration::from_secs(2),
            total: Duration::from_secs(20),
        }
    }
}

/// What happened to one request.
#[derive(Debug, Clone, PartialEq)]
pub struct Sent {
    /// The verdict, from the closed list.
    pub outcome: Outcome,
    /// One sentence for a person: what was seen, without secrets. Empty when the outcome says it all.
    pub detail: String,
    /// Where the time went.
    pub timings: Timings,
    /// The address that was dialled, if one was.
    pub address: Option<std::net::SocketAddr>,
    /// The answer, if its head was complete.
    pub response: Option<Response>,
    /// The request may have reached the receiver although no 2xx came back: a repeat may be a duplicate (B-046, B-101).
    pub possibly_received: bool,
}
