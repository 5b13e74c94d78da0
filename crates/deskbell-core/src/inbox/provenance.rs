//! Provenance: which of our own deliveries a captured request is, and whether it came as it was sent.

use super::Capture;
use crate::attempt::Attempt;
use crate::id::{AttemptId, DeliveryId, EventId, WebhookId};
use crate::policy::sign;
use crate::time::later;
use crate::vault::Secret;
use std::time::Duration;

/// The delivery that a captured request is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    /// What happened.
    pub event: EventId,
    /// To whom it was owed.
    pub webhook: WebhookId,
    /// The delivery itself.
    pub delivery: DeliveryId,
    /// The attempt, once it is recorded: there is none while its answer is still under way.
    pub attempt: Option<AttemptId>,
    /// What its signature is worth.
    pub signature: SignatureCheck,
    /// The body is, byte for byte, the one that was signed.
    pub same_bytes: bool,
}

/// Whether a captured delivery is signed as its webhook signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureCheck {
    /// It verifies.
    Valid,
    /// Another secret, time or body was signed.
    Mismatch,
    /// The header cannot be read.
    Malformed,
    /// There is no header.
    Missing,
    /// The webhook is deleted, and its secret with it.
    Unknown,
}

impl SignatureCheck {
    /// All that can come of it.
    pub const ALL: [Self; 5] = [Self::Valid, Self::Mismatch, Self::Malformed, Self::Missing, Self::Unknown];

    /// The word for it on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Mismatch => "mismatch",
            Self::Malformed => "malformed",
            Self::Missing => "missing",
            Self::Unknown => "unknown",
        }
    }

    /// Checks `capture` with the webhook's `secret`, if it is still there. The time is not judged: what was captured long
    /// ago is as genuine as it was.
    pub fn of(capture: &Capture, secret: Option<&Secret>) -> Self {
        let Some(header) = capture.header(sign::HEADER) else { return Self::Missing };
        let Some(secret) = secret else { return Self::Unknown };
        match std::str::from_utf8(header).map(|header| sign::verify(secret, header, &capture.body)) {
            Ok(Ok(_)) => Self::Valid,
            Ok(Err(sign::Mistake::Mismatch)) => Self::Mismatch,
            _ => Self::Malformed,
        }
    }
}

/// The recorded attempt that sent these very headers and was under way when they were received: attempts within one second
/// have the same headers.
pub fn attempt_of<'a>(capture: &Capture, attempts: &'a [Attempt]) -> Option<&'a Attempt> {
    let signature = capture.header(sign::HEADER)?;
    let sent = |attempt: &&Attempt| {
        let header = attempt.request_headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(sign::HEADER));
        header.is_some_and(|(_, value)| value.as_bytes() == signature)
    };
    let under_way = |attempt: &&Attempt| {
        // Times are kept in whole milliseconds, so the end may be cut by one.
        let took = Duration::from_micros(attempt.timings.total_us) + Duration::from_millis(1);
        (attempt.started..=later(attempt.started, took)).contains(&capture.received)
    };
    attempts.iter().filter(sent).find(under_way)
}
