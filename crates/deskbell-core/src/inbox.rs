//! The tester: an address, the answers it is told to give, what it captured.

pub mod anonymous;
mod script;

pub use script::{Answer, Script, Unfit};

use crate::id::{AccountId, CaptureId, EventId, InboxId};
use crate::time::until;
use crate::{Random, Timestamp};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use std::time::Duration;

/// An address that takes any request and keeps it.
#[derive(Debug, Clone, PartialEq)]
pub struct Inbox {
    /// Its id, by which its owner reads it.
    pub id: InboxId,
    /// Who owns it.
    pub account: AccountId,
    /// What stands in its address: lets anybody write, nobody read.
    pub token: String,
    /// What its owner calls it.
    pub name: String,
    /// What it answers.
    pub script: Script,
    /// Its requests wait until a program of its owner answers them; the script is not used.
    pub relay: bool,
    /// When it was made.
    pub created: Timestamp,
    /// When it stops taking requests and answers 410.
    pub expires: Timestamp,
    /// How many requests it ever captured; it keeps the newest of them.
    pub captured: u64,
    /// [`captured`](Self::captured) when the script was last set: a new script begins at its first answer.
    pub script_from: u64,
    /// The minute that is being counted.
    pub minute: Minute,
}

/// The requests of one minute, which begins with the first request after the minute before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Minute {
    /// When it began.
    pub began: Timestamp,
    /// How many requests were taken in it.
    pub taken: u32,
}

impl Minute {
    /// Counts a request that came at `now`; `false` when `most` were taken already. 0 is no bound.
    pub fn take(&mut self, now: Timestamp, most: u32) -> bool {
        if until(self.began, now) >= MINUTE || now < self.began {
            *self = Self { began: now, taken: 0 };
        }
        if most > 0 && self.taken >= most {
            return false;
        }
        self.taken = self.taken.saturating_add(1);
        true
    }
}

/// The span of a [`Minute`].
const MINUTE: Duration = Duration::from_secs(60);

/// A fresh token: 128 random bits (T-27).
pub fn new_token(random: &dyn Random) -> String {
    let mut bytes = [0u8; 16];
    random.fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// One request as it came: bytes, header order, case and duplicates kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Capture {
    /// Its id.
    pub id: CaptureId,
    /// The inbox that took it.
    pub inbox: InboxId,
    /// 1 for the inbox's first request, and so on; given by the store.
    pub number: u64,
    /// When its head was read.
    pub received: Timestamp,
    /// The method.
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
}

impl Capture {
    /// The SHA-256 of its body, in lowercase hex.
    pub fn digest(&self) -> String {
        Sha256::digest(&self.body).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The value of its first header of that name, in any case.
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        let wanted = |(given, _): &&(Bytes, Bytes)| given.eq_ignore_ascii_case(name.as_bytes());
        self.headers.iter().find(wanted).map(|(_, value)| value.as_ref())
    }
}
