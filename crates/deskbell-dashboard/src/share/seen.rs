//! Seen: a frozen delivery in the words and the safe text of a page.

use deskbell_api::share::frozen::{Frozen, FrozenAttempt, FrozenCapture};
use deskbell_core::Timestamp;
use deskbell_core::explain::words::span;
use deskbell_core::printable::is_printable;
use deskbell_core::share::Share;
use deskbell_core::time::until;
use std::time::Duration;

/// All that a page shows of a share.
pub(super) struct Seen {
    pub(super) verdict: String,
    /// How the delivery stands: `good`, `wait` or `bad`.
    pub(super) tone: &'static str,
    pub(super) trigger: String,
    pub(super) webhook: String,
    pub(super) delivery: String,
    pub(super) event: String,
    pub(super) created: String,
    pub(super) frozen: String,
    pub(super) expires: String,
    pub(super) url: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
    pub(super) body_bytes: usize,
    pub(super) attempts: Vec<SeenAttempt>,
    pub(super) received: Vec<SeenCapture>,
}

/// An attempt as the page shows it.
pub(super) struct SeenAttempt {
    pub(super) number: u32,
    pub(super) started: String,
    /// The receiver answered 2xx.
    pub(super) good: bool,
    pub(super) outcome: String,
    pub(super) took: String,
    pub(super) detail: String,
    pub(super) answer: Option<SeenAnswer>,
}

/// A receiver's answer as the page shows it.
pub(super) struct SeenAnswer {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

/// A request that the inbox received, as the page shows it.
pub(super) struct SeenCapture {
    pub(super) received: String,
    /// The signature verifies.
    pub(super) valid: bool,
    pub(super) verdict: &'static str,
    pub(super) same_bytes: bool,
    pub(super) bytes: &'static str,
    pub(super) body_bytes: usize,
    pub(super) answered: u16,
    pub(super) headers: Vec<(String, String)>,
}

impl Seen {
    pub(super) fn new(share: &Share, frozen: &Frozen) -> Self {
        let body = frozen.body.get();
        let last = frozen.attempts.last();
        Self {
            verdict: verdict(frozen),
            tone: match frozen.status.as_str() {
                "delivered" => "good",
                "pending" => "wait",
                _ => "bad",
            },
            trigger: frozen.trigger.clone(),
            webhook: visible(&frozen.webhook),
            delivery: frozen.delivery.clone(),
            event: frozen.event.clone(),
            created: clock(frozen.created),
            frozen: clock(frozen.at),
            expires: clock(share.expires),
            url: last.map(|attempt| visible(&attempt.url)).unwrap_or_default(),
            headers: last.map(|attempt| pairs(&attempt.headers)).unwrap_or_default(),
            body: text(&body),
            body_bytes: body.len(),
            attempts: frozen.attempts.iter().map(SeenAttempt::new).collect(),
            received: frozen.received.iter().map(SeenCapture::new).collect(),
        }
    }
}

impl SeenAttempt {
    fn new(attempt: &FrozenAttempt) -> Self {
        Self {
            number: attempt.number,
            started: clock(attempt.started),
            good: attempt.outcome == "delivered",
            outcome: attempt.outcome.replace('_', " "),
            took: span(Duration::from_micros(attempt.timings.total_us)),
            detail: visible(&attempt.detail),
            answer: attempt.answer.as_ref().map(|answer| SeenAnswer {
                status: answer.status,
                headers: pairs(&answer.headers),
                body: text(&answer.body.get()),
            }),
        }
    }
}

impl SeenCapture {
    fn new(capture: &FrozenCapture) -> Self {
        Self {
            received: clock(capture.received),
            valid: capture.signature == "valid",
            verdict: match capture.signature.as_str() {
                "valid" => "The signature verifies.",
                "mismatch" => "The signature does not verify.",
                "malformed" => "The signature cannot be read.",
                "missing" => "There is no signature.",
                _ => "The secret is gone, so the signature cannot be judged.",
            },
            same_bytes: capture.same_bytes,
            bytes: match capture.same_bytes {
                true => "What arrived is byte for byte what we signed.",
                false => "What arrived is not what we signed.",
            },
            body_bytes: capture.body_bytes,
            answered: capture.answered,
            headers: pairs(&capture.headers),
        }
    }
}

/// A time for people: nobody's zone is known here.
fn clock(time: Timestamp) -> String {
    time.strftime("%-d %b %Y, %H:%M:%S%.3f UTC").to_string()
}

fn verdict(frozen: &Frozen) -> String {
    let tries = match frozen.attempts.len() {
        1 => "1 try".to_owned(),
        count => format!("{count} tries"),
    };
    let took = frozen.attempts.last().map(|last| until(frozen.created, last.started));
    let after = took.filter(|took| frozen.attempts.len() > 1 && !took.is_zero());
    let after = after.map(|took| format!(", {} after the event", span(took))).unwrap_or_default();
    match frozen.status.as_str() {
        "delivered" if frozen.attempts.len() == 1 => "Delivered on the first try".to_owned(),
        "delivered" => format!("Delivered after {tries}{after}"),
        "failed" => format!("Gave up after {tries}"),
        "pending" => format!("Not delivered yet, {tries} so far"),
        "quarantined" => format!("Set aside after {tries}"),
        _ => format!("Turned off after {tries}"),
    }
}

fn pairs(headers: &[(String, String)]) -> Vec<(String, String)> {
    headers.iter().map(|(name, value)| (visible(name), visible(value))).collect()
}

fn text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => visible(text),
        Err(_) => format!("({} bytes that are not text)", bytes.len()),
    }
}

/// A stranger's text with its control, direction and invisible characters drawn as marks: neither a terminal nor a reader
/// is led astray (H-08).
fn visible(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut shown, character| {
        match u32::from(character) {
            0x09 | 0x0a => shown.push(character),
            code @ 0..0x20 => shown.push(char::from_u32(0x2400 + code).unwrap_or('\u{fffd}')),
            0x7f => shown.push('\u{2421}'),
            // The joiners are printable where they join, and invisible everywhere else.
            code if matches!(code, 0x200c | 0x200d) || !is_printable(character) => {
                shown.push_str(&format!("<U+{code:04X}>"));
            }
            _ => shown.push(character),
        }
        shown
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_lead_astray_is_drawn() {
        assert_eq!(visible("a\u{1b}[31mb\n"), "a\u{241b}[31mb\n", "H-08");
        assert_eq!(visible("x\u{202e}y\u{200b}z\u{9b}"), "x<U+202E>y<U+200B>z<U+009B>", "H-08");
        assert_eq!(visible("Zoë 🔔"), "Zoë 🔔");
        let every: String = (char::MIN..=char::MAX).collect();
        let raw = |c: &char| !is_printable(*c) && !matches!(c, '\t' | '\n');
        assert_eq!(visible(&every).chars().find(raw), None, "H-08: also what nobody listed");
    }
}
