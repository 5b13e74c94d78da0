//! The tester: an address, the answers it is told to give, what it captured.

pub mod anonymous;
mod capture;
mod provenance;
pub mod script;

pub use capture::{Capture, Captured};
pub use provenance::{Provenance, SignatureCheck, attempt_of};
pub use script::{Script, ScriptedAnswer};

use crate::id::{AccountId, InboxId};
use crate::time::until;
use crate::vault::Sealed;
use crate::{Random, Timestamp};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
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
    /// The secret of a webhook elsewhere, sealed: what is sent here from there is judged with it.
    pub secret: Option<Sealed>,
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

impl Inbox {
    /// Whether it still takes requests at `now`.
    pub fn is_live(&self, now: Timestamp) -> bool {
        now < self.expires
    }

    /// Changes what is given. A new script begins at its first answer.
    pub fn change(&mut self, change: InboxChange) {
        if let Some(name) = change.name {
            self.name = name;
        }
        if let Some(script) = change.script {
            self.script = script;
            self.script_from = self.captured;
        }
        if let Some(secret) = change.secret {
            self.secret = secret;
        }
        if let Some(expires) = change.expires {
            self.expires = expires;
        }
    }

    /// The ids that its secret is sealed for.
    pub fn secret_ids(&self) -> [&str; 2] {
        [self.account.as_str(), self.id.as_str()]
    }
}

/// A change to an inbox; what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct InboxChange {
    /// What its owner calls it.
    pub name: Option<String>,
    /// What it answers.
    pub script: Option<Script>,
    /// The secret of a webhook elsewhere; `Some(None)` takes it away.
    pub secret: Option<Option<Sealed>>,
    /// When it stops taking requests.
    pub expires: Option<Timestamp>,
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
