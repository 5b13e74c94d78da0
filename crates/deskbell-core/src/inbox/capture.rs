//! Capture: one request as it came, and what its inbox makes of it.

use super::{Inbox, ScriptedAnswer};
use crate::Timestamp;
use crate::hex;
use crate::id::{AccountId, CaptureId, EventId, InboxId};
use bytes::Bytes;
use sha2::{Digest, Sha256};
use std::net::IpAddr;

/// One request as it came: bytes, header order, case and duplicates kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Capture {
    /// Its id, `CAP-` and 12 characters.
    pub id: CaptureId,
    /// The inbox that took it.
    pub inbox: InboxId,
    /// 1 for the inbox's first request, and so on; given by the store.
    pub number: u64,
    /// When its head was read.
    pub received: Timestamp,
    /// The method, in the case it came in.
    pub method: String,
    /// The path behind the token with the query, as it came: empty, or beginning with `/` or `?`.
    pub path: String,
    /// Header names and values as they came.
    pub headers: Vec<(Bytes, Bytes)>,
    /// The body as it came.
    pub body: Bytes,
    /// Who sent it.
    pub remote: Option<IpAddr>,
    /// The status it was answered with; 0 while it waits for its relay.
    pub answered: u16,
    /// The event it claims to be a delivery of: its `Webhook-Id` header.
    pub event: Option<EventId>,
    /// What its owner wrote beside it, 1 to [`NOTE_CHARS`](crate::policy::limit::NOTE_CHARS) characters.
    pub note: Option<String>,
}

impl Capture {
    /// The SHA-256 of its body, in lowercase hex.
    pub fn digest(&self) -> String {
        hex::encode(&Sha256::digest(&self.body))
    }

    /// The value of its first header of that name, in any case.
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        let wanted = |(given, _): &&(Bytes, Bytes)| given.eq_ignore_ascii_case(name.as_bytes());
        self.headers.iter().find(wanted).map(|(_, value)| value.as_ref())
    }
}

/// What became of a request to an inbox's address.
#[derive(Debug, Clone, PartialEq)]
pub enum Captured {
    /// It is stored.
    Stored {
        /// Whose inbox took it.
        account: AccountId,
        /// The request, with its number.
        capture: Box<Capture>,
        /// What to answer.
        answer: ScriptedAnswer,
    },
    /// It is stored; the inbox's relay answers it.
    Held {
        /// Whose inbox took it.
        account: AccountId,
        /// The request, with its number.
        capture: Box<Capture>,
    },
    /// No inbox has this token; nothing was stored.
    Unknown,
    /// The inbox has expired; nothing was stored.
    Expired,
    /// The inbox took its fill of the last minute; nothing was stored.
    TooFast,
}

impl Captured {
    /// What is to be stored, if anything is.
    pub fn stored(&self) -> Option<&Capture> {
        match self {
            Self::Stored { capture, .. } | Self::Held { capture, .. } => Some(capture),
            Self::Unknown | Self::Expired | Self::TooFast => None,
        }
    }
}

impl Inbox {
    /// Why it takes no request that comes at `now`, where at most `per_minute` are taken in a [`Minute`](super::Minute); `None`
    /// when it takes it.
    pub fn refuses(&self, now: Timestamp, per_minute: u32) -> Option<Captured> {
        let mut minute = self.minute;
        if !self.is_live(now) {
            return Some(Captured::Expired);
        }
        (!minute.take(now, per_minute)).then_some(Captured::TooFast)
    }

    /// Takes a request, or refuses it: one that is taken gets its number and its answer, the script's next one or, later,
    /// the relay's. At most `per_minute` are taken in a [`Minute`](super::Minute); 0 is no bound. A store keeps what
    /// [`Captured::stored`] gives, and the inbox with it; refused, neither.
    pub fn capture(&mut self, mut request: Capture, per_minute: u32) -> Captured {
        if let Some(refused) = self.refuses(request.received, per_minute) {
            return refused;
        }
        self.minute.take(request.received, per_minute);
        let answer = self.script.answer(self.captured.saturating_sub(self.script_from));
        self.captured += 1;
        request.inbox = self.id.clone();
        request.number = self.captured;
        request.answered = if self.relay { 0 } else { answer.status };
        let (account, capture) = (self.account.clone(), Box::new(request));
        if self.relay {
            Captured::Held { account, capture }
        } else {
            Captured::Stored { account, capture, answer }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inbox::{InboxChange, Minute, Script};
    use crate::time::from_millis;

    fn inbox(statuses: &[u16]) -> Inbox {
        let answers =
            statuses.iter().map(|status| ScriptedAnswer { status: *status, ..ScriptedAnswer::default() });
        Inbox {
            id: InboxId::from_text("INB-1"),
            account: AccountId::from_text("ACC-1"),
            token: String::new(),
            name: String::new(),
            script: Script::new(answers.collect()).unwrap(),
            relay: false,
            secret: None,
            created: from_millis(0),
            expires: from_millis(1_000),
            captured: 0,
            script_from: 0,
            minute: Minute::default(),
        }
    }

    fn request(received: i64) -> Capture {
        Capture {
            id: CaptureId::from_text("CAP-1"),
            inbox: InboxId::from_text(""),
            number: 0,
            received: from_millis(received),
            method: "POST".into(),
            path: String::new(),
            headers: Vec::new(),
            body: Bytes::new(),
            remote: None,
            answered: 0,
            event: None,
            note: None,
        }
    }

    fn taken(inbox: &mut Inbox) -> (u64, u16) {
        let captured = inbox.capture(request(1), 0);
        let stored = captured.stored().unwrap();
        assert_eq!(stored.inbox, inbox.id);
        (stored.number, stored.answered)
    }

    #[test]
    fn requests_are_numbered_and_answered_in_the_order_of_the_script() {
        let mut inbox = inbox(&[500, 201]);
        assert_eq!([(); 3].map(|()| taken(&mut inbox)), [(1, 500), (2, 201), (3, 201)]);
        let gone = ScriptedAnswer { status: 404, ..ScriptedAnswer::default() };
        inbox
            .change(InboxChange { script: Some(Script::new(vec![gone]).unwrap()), ..InboxChange::default() });
        assert_eq!(taken(&mut inbox), (4, 404), "a new script begins at its first answer");
    }

    #[test]
    fn a_relayed_request_waits_without_an_answer() {
        let mut inbox = Inbox { relay: true, ..inbox(&[500]) };
        assert!(
            matches!(inbox.capture(request(1), 0), Captured::Held { capture, .. } if capture.answered == 0)
        );
    }

    #[test]
    fn what_comes_too_late_or_too_fast_is_not_taken() {
        let mut inbox = inbox(&[]);
        assert_eq!(inbox.capture(request(1_000), 0), Captured::Expired, "A-150");
        assert!(inbox.capture(request(1), 1).stored().is_some());
        assert_eq!(inbox.capture(request(2), 1), Captured::TooFast, "A-133");
        assert_eq!(inbox.captured, 1);
    }
}
