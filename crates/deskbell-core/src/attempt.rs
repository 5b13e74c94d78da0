//! One try of a delivery: request, answer, timings, outcome.

mod outcome;

pub use outcome::{Blame, Outcome};

use crate::Timestamp;
use crate::id::{AccountId, AttemptId, DeliveryId, EventId, WebhookId};
use bytes::Bytes;
use compact_str::CompactString;
use serde::{Deserialize, Serialize};

/// A header of a request of ours: its name and its value. Most are short enough to stand in place, without memory of their own.
pub type Header = (CompactString, CompactString);

/// One recorded try. The log of attempts only grows, until they are older than they are kept (E-24).
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// Its id, `ATT-`, the characters of the delivery and the number.
    pub id: AttemptId,
    /// The delivery it tried.
    pub delivery: DeliveryId,
    /// The event of that delivery.
    pub event: EventId,
    /// The webhook of that delivery.
    pub webhook: WebhookId,
    /// Whose it is.
    pub account: AccountId,
    /// 1, 2, 3 and so on, without gaps (E-08).
    pub number: u32,
    /// Asked for by hand; does not use up the schedule.
    pub manual: bool,
    /// Of a sample: it says nothing of how the webhook does.
    pub sample: bool,
    /// When it started.
    pub started: Timestamp,
    /// What came of it, of a closed list: decides what follows.
    pub outcome: Outcome,
    /// What was seen, in one sentence without secrets; may be empty.
    pub detail: String,
    /// The request may have reached the receiver although it did not answer 2xx.
    pub possibly_received: bool,
    /// Where the time went.
    pub timings: Timings,
    /// The address that was dialled.
    pub address: Option<std::net::SocketAddr>,
    /// The URL it was posted to.
    pub url: String,
    /// The headers that were sent.
    pub request_headers: Vec<Header>,
    /// The answer, if there was one.
    pub response: Option<Response>,
}

/// Where an attempt's time went, in microseconds. A phase that did not take place (an address literal, a kept
/// connection, plain HTTP) is `None`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timings {
    /// Looking up the name.
    pub name_us: Option<u64>,
    /// Opening the TCP connection.
    pub connect_us: Option<u64>,
    /// The TLS handshake.
    pub tls_us: Option<u64>,
    /// From a ready connection to the last byte of the answer's head.
    pub head_us: Option<u64>,
    /// Reading the answer's body.
    pub body_us: Option<u64>,
    /// From the start to the end.
    pub total_us: u64,
    /// The connection had served an earlier attempt.
    pub reused: bool,
}

/// A receiver's answer, as far as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Header names and values in the order they came; bytes that are not UTF-8 are replaced.
    pub headers: Vec<(String, String)>,
    /// The first [`limit::RESPONSE_STORED_BYTES`](crate::policy::limit::RESPONSE_STORED_BYTES) of the body, never decoded.
    pub body: Bytes,
    /// There was more body than is kept, or it did not end in time (B-070 to B-072).
    pub truncated: bool,
    /// The connection ended before the body did (B-075, B-076).
    pub incomplete: bool,
}
