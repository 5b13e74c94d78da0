//! Frozen: both sides of a delivery as they were when it was shared, masked.

use super::mask;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use deskbell_core::Timestamp;
use deskbell_core::attempt::{Attempt, Timings};
use deskbell_core::inbox::{Capture, Provenance};
use deskbell_wire::har::{self, Har};
use serde::{Deserialize, Serialize};

/// What a share shows. It is stored as JSON: fields may be added, none may change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Frozen {
    /// When it was frozen.
    pub at: Timestamp,
    /// The delivery's id.
    pub delivery: String,
    /// The status that the delivery had then.
    pub status: String,
    /// The event's id.
    pub event: String,
    /// The event's trigger.
    pub trigger: String,
    /// When the event was accepted.
    pub created: Timestamp,
    /// What the webhook was called.
    pub webhook: String,
    /// The event's bytes, which every attempt sent.
    pub body: Bytes,
    /// Every attempt, oldest first.
    pub attempts: Vec<FrozenAttempt>,
    /// What the inbox received, when the webhook pointed to one; oldest first.
    pub received: Vec<FrozenCapture>,
}

/// An attempt as it was frozen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FrozenAttempt {
    /// 1, 2, 3 and so on.
    pub number: u32,
    /// When it started.
    pub started: Timestamp,
    /// The name of its outcome.
    pub outcome: String,
    /// What was seen, in a sentence; may be empty.
    pub detail: String,
    /// Where it was posted to, masked.
    pub url: String,
    /// What was sent, masked.
    pub headers: Vec<(String, String)>,
    /// Where the time went.
    pub timings: Timings,
    /// The answer, if there was one.
    pub answer: Option<FrozenAnswer>,
}

/// A receiver's answer as it was frozen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FrozenAnswer {
    /// The status code.
    pub status: u16,
    /// Its headers, masked.
    pub headers: Vec<(String, String)>,
    /// Its body, as far as it is kept.
    pub body: Bytes,
}

/// The other side of an attempt: what the inbox that it was sent to received.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FrozenCapture {
    /// When it came.
    pub received: Timestamp,
    /// `valid`, `mismatch`, `malformed`, `missing` or `unknown`.
    pub signature: String,
    /// It is, byte for byte, what was signed.
    pub same_bytes: bool,
    /// Its headers as they came, masked.
    pub headers: Vec<(String, String)>,
    /// How many bytes its body has.
    pub body_bytes: usize,
    /// The status it was answered with.
    pub answered: u16,
}

/// Bytes, in base 64 when stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bytes(String);

impl Bytes {
    pub(super) fn new(bytes: &[u8]) -> Self {
        Self(STANDARD.encode(bytes))
    }

    /// The bytes themselves.
    pub fn get(&self) -> Vec<u8> {
        STANDARD.decode(&self.0).unwrap_or_default()
    }
}

impl FrozenAttempt {
    pub(super) fn new(attempt: Attempt) -> Self {
        Self {
            number: attempt.number,
            started: attempt.started,
            outcome: attempt.outcome.as_str().to_owned(),
            detail: attempt.detail,
            url: mask::url(&attempt.url),
            headers: mask::headers(&attempt.request_headers),
            timings: attempt.timings,
            answer: attempt.response.map(|answer| FrozenAnswer {
                status: answer.status,
                headers: mask::headers(&answer.headers),
                body: Bytes::new(&answer.body),
            }),
        }
    }
}

impl FrozenCapture {
    pub(super) fn new(capture: &Capture, provenance: &Provenance) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let headers: Vec<_> = capture.headers.iter().map(|(name, value)| (text(name), text(value))).collect();
        Self {
            received: capture.received,
            signature: provenance.signature.as_str().to_owned(),
            same_bytes: provenance.same_bytes,
            headers: mask::headers(&headers),
            body_bytes: capture.body.len(),
            answered: capture.answered,
        }
    }
}

impl Frozen {
    /// The attempts as a HAR file.
    pub fn har(&self) -> String {
        let (sent, (head, tail)) = (self.body.get(), Har::around());
        let entries: Vec<String> = self.attempts.iter().map(|attempt| attempt.har(&sent).to_json()).collect();
        format!("{head}{}{tail}", entries.join(har::BETWEEN))
    }
}

impl FrozenAttempt {
    fn har(&self, sent: &[u8]) -> har::Entry {
        let body = self.answer.as_ref().map(|answer| answer.body.get()).unwrap_or_default();
        let answer = self.answer.as_ref().map(|answer| har::Answer {
            status: answer.status,
            headers: answer.headers.clone(),
            body: &body,
        });
        har::Entry::new(&har::Exchange {
            started: self.started,
            method: "POST",
            url: &self.url,
            headers: self.headers.clone(),
            body: sent,
            answer,
            timings: Some(self.timings),
        })
    }
}
