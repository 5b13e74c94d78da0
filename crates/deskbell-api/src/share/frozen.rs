//! Frozen: both sides of a delivery as they were when it was shared, masked. It is masked before it is stored, and again before it is
//! shown: what was frozen under an older rule is shown under today's.

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
    /// What was seen, in a sentence, masked; may be empty.
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
            url: attempt.url,
            headers: attempt
                .request_headers
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
            timings: attempt.timings,
            answer: attempt.response.map(|answer| FrozenAnswer {
                status: answer.status,
                headers: answer.headers,
                body: Bytes::new(&answer.body),
            }),
        }
    }

    fn masked(self) -> Self {
        let masked = |answer: FrozenAnswer| FrozenAnswer { headers: mask::headers(answer.headers), ..answer };
        Self {
            detail: mask::sentence(&self.detail),
            url: mask::url(&self.url),
            headers: mask::headers(self.headers),
            answer: self.answer.map(masked),
            ..self
        }
    }
}

impl FrozenCapture {
    pub(super) fn new(capture: &Capture, provenance: &Provenance) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self {
            received: capture.received,
            signature: provenance.signature.as_str().to_owned(),
            same_bytes: provenance.same_bytes,
            headers: capture.headers.iter().map(|(name, value)| (text(name), text(value))).collect(),
            body_bytes: capture.body.len(),
            answered: capture.answered,
        }
    }
}

impl Frozen {
    /// The same without what could be a secret in a header, an address or a sentence. Masking twice is masking once.
    #[must_use]
    pub(super) fn masked(self) -> Self {
        let capture = |of: FrozenCapture| FrozenCapture { headers: mask::headers(of.headers), ..of };
        Self {
            attempts: self.attempts.into_iter().map(FrozenAttempt::masked).collect(),
            received: self.received.into_iter().map(capture).collect(),
            ..self
        }
    }

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
            comment: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As a share that was stored before sentences were masked is read again.
    #[test]
    fn what_was_seen_names_no_host_that_is_masked() {
        let attempt = serde_json::json!({
            "number": 1, "started": "2026-05-12T09:30:00Z", "outcome": "dns_timeout",
            "detail": "The look-up of s3cret.m.pipes.example took too long.",
            "url": "https://s3cret.m.pipes.example/", "headers": [["Host", "s3cret.m.pipes.example"]],
            "timings": Timings::default(), "answer": null
        });
        let stored: FrozenAttempt = serde_json::from_value(attempt).unwrap();
        let shown = stored.masked();
        assert_eq!(shown.detail, "The look-up of ….pipes.example took too long.");
        assert!(!serde_json::to_string(&shown).unwrap().contains("s3cret"));
    }
}
