//! Where to send, which triggers it wants, its secret, its health (wire contract, 3).

pub mod history;
pub mod quarter;

pub use history::{Change, ChangedBy, Revision};
pub use quarter::{Quarter, Record, Score, Waiting};

use crate::hex;
use crate::id::{AccountId, WebhookId};
use crate::policy::limit;
use crate::time::whole;
use crate::trigger::Subscription;
use crate::vault::{Sealed, Secret};
use crate::{Random, Timestamp};
use serde::{Deserialize, Serialize};

/// A subscription: one address, and the triggers that ring it.
#[derive(Debug, Clone, PartialEq)]
pub struct Webhook {
    /// Its id, `WHK-` and 10 characters.
    pub id: WebhookId,
    /// Who owns it.
    pub account: AccountId,
    /// What its owner calls it; unique among the account's webhooks, case counts.
    pub name: String,
    /// Where it is posted to, as it was given.
    pub url: String,
    /// What rings it, as it was given, without repeats.
    pub events: Vec<Subscription>,
    /// When it was made.
    pub created: Timestamp,
    /// Its signing secret, sealed for `[account, id]`. Empty once the webhook is deleted.
    pub secret: Sealed,
    /// Whether it is rung.
    pub status: Status,
    /// How it has been doing.
    pub health: Health,
}

impl Webhook {
    /// The ids that its sealed secret is bound to.
    pub fn secret_ids(&self) -> [&str; 2] {
        [self.account.as_str(), self.id.as_str()]
    }

    /// Whether it is a tombstone.
    pub fn is_deleted(&self) -> bool {
        matches!(self.status, Status::Deleted { .. })
    }

    /// Makes it a tombstone: its secret is wiped.
    pub fn delete(&mut self, now: Timestamp) {
        self.status = Status::Deleted { at: now };
        self.secret = Sealed(Vec::new());
    }

    /// Whether one of the account's webhooks, itself left out, has its name.
    pub fn is_name_taken<'a>(&self, mut others: impl Iterator<Item = &'a Self>) -> bool {
        others.any(|other| other.id != self.id && other.name == self.name)
    }

    /// What keeps it from being added to the account's `others`, of which there may be `max`. Tombstones are not
    /// among them.
    pub fn objection<'a>(
        &self,
        others: impl Iterator<Item = &'a Self> + Clone,
        max: u32,
    ) -> Option<WebhookSaved> {
        if self.is_name_taken(others.clone()) {
            return Some(WebhookSaved::NameTaken);
        }
        limit::is_reached(others.count() as u64, max).then_some(WebhookSaved::TooMany)
    }

    /// Whether it is rung at all.
    pub fn is_enabled(&self) -> bool {
        matches!(self.status, Status::Enabled)
    }

    /// Whether anything is sent to it: also to one that is off, if it is a `sample`.
    pub fn takes(&self, sample: bool) -> bool {
        match self.status {
            Status::Enabled => true,
            Status::Disabled { .. } => sample,
            Status::Deleted { .. } => false,
        }
    }
}

/// Whether a webhook is rung.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Status {
    /// It is rung for what it wants.
    Enabled,
    /// It is not, and nothing is queued for it (wire contract, decision 18).
    Disabled {
        /// Who or what turned it off.
        reason: DisableReason,
        /// When it came into this state.
        at: Timestamp,
    },
    /// It is gone: kept as a tombstone for its deliveries, its secret wiped, its name free again.
    Deleted {
        /// When it came into this state.
        at: Timestamp,
    },
}

/// Why a webhook was disabled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisableReason {
    /// Its owner did it.
    ByOwner,
    /// The receiver answered 410 Gone (B-090).
    Gone,
    /// An event used up its window and nothing had succeeded in it (wire contract, decision 18).
    WindowExhausted,
}

impl DisableReason {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ByOwner => "by_owner",
            Self::Gone => "gone",
            Self::WindowExhausted => "window_exhausted",
        }
    }
}

/// How a webhook has been doing. Changed only in the transaction that records an attempt.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// The last 2xx.
    pub last_success: Option<Timestamp>,
    /// Failures since the last success.
    pub failures_in_a_row: u32,
    /// It is overloaded or too slow: nothing is sent before this time, and after it one delivery at a time, until one
    /// succeeds (see [`circuit_breaker`](crate::policy::circuit_breaker)).
    pub rest_until: Option<Timestamp>,
    /// Rests of our own choosing without a success between them: each is twice as long as the one before.
    pub rests_in_a_row: u32,
    /// Which of the last 32 attempts were overloads, since it rested last: a bit each, the newest in the lowest.
    pub overloads: u32,
}

impl Health {
    /// Nothing is known of an overload any more: it is sent to at full speed.
    pub fn recover(&mut self) {
        *self = Self { rest_until: None, rests_in_a_row: 0, overloads: 0, ..*self };
    }

    /// Somebody wants an answer now: the rest is over, and the next attempt is a probe.
    pub fn end_rest(&mut self, now: Timestamp) {
        self.rest_until = self.rest_until.map(|end| end.min(whole(now)));
    }
}

/// What became of a new or changed webhook.
#[derive(Debug, Clone, PartialEq)]
pub enum WebhookSaved {
    /// It is stored as given back.
    Saved(Box<Webhook>),
    /// Another webhook of the account has this name.
    NameTaken,
    /// The account has as many webhooks as it may have.
    TooMany,
    /// There is no such webhook.
    Unknown,
}

/// A fresh signing secret: 16 random bytes as 32 lowercase hex characters, used as text (wire contract, decision 7).
pub fn new_secret(random: &dyn Random) -> Secret {
    let mut bytes = [0u8; 16];
    random.fill(&mut bytes);
    Secret::new(hex::encode(&bytes))
}

/// A change to a webhook; `None` leaves a field as it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct WebhookChange {
    /// Another name, free in the account.
    pub name: Option<String>,
    /// Another address. Attempts that start after the change use it (E-13, "live").
    pub url: Option<String>,
    /// Other triggers; what is queued stays owed.
    pub events: Option<Vec<Subscription>>,
    /// Enable or disable. Enabling clears the health, so that the webhook starts afresh.
    pub enabled: Option<bool>,
    /// End its rest, if it is on and rests: one delivery goes first, and what waits for a time up to the end of the rest is due now.
    pub end_rest: bool,
}

impl WebhookChange {
    /// The end of the rest that the change ends at `now`; `None` when it ends none.
    pub fn ends_rest(&self, webhook: &Webhook, now: Timestamp) -> Option<Timestamp> {
        webhook.health.rest_until.filter(|end| self.end_rest && webhook.is_enabled() && *end > now)
    }

    /// Applies the change at `now`.
    pub fn apply(&self, webhook: &mut Webhook, now: Timestamp) {
        if let Some(name) = &self.name {
            webhook.name.clone_from(name);
        }
        if let Some(url) = &self.url {
            webhook.url.clone_from(url);
            webhook.health.recover();
        }
        if let Some(events) = &self.events {
            webhook.events.clone_from(events);
        }
        if self.ends_rest(webhook, now).is_some() {
            webhook.health.end_rest(now);
        }
        match self.enabled {
            Some(true) if !webhook.is_enabled() => {
                webhook.status = Status::Enabled;
                webhook.health = Health { last_success: webhook.health.last_success, ..Health::default() };
            }
            Some(false) if webhook.is_enabled() => {
                webhook.status = Status::Disabled { reason: DisableReason::ByOwner, at: now };
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn webhook(id: &str, name: &str) -> Webhook {
        Webhook {
            id: WebhookId::from_text(id),
            account: AccountId::from_text("ACC-1"),
            name: name.into(),
            url: String::new(),
            events: Vec::new(),
            created: Timestamp::UNIX_EPOCH,
            secret: Sealed(vec![1]),
            status: Status::Enabled,
            health: Health::default(),
        }
    }

    #[test]
    fn a_name_is_free_or_ones_own_and_a_taken_one_is_told_before_a_full_account() {
        let others = [webhook("WHK-1", "a"), webhook("WHK-2", "b")];
        let objection = |id, name, max| webhook(id, name).objection(others.iter(), max);
        assert_eq!(objection("WHK-3", "c", 3), None);
        assert_eq!(objection("WHK-3", "A", 3), None, "case counts");
        assert_eq!(objection("WHK-3", "a", 2), Some(WebhookSaved::NameTaken));
        assert_eq!(objection("WHK-3", "c", 2), Some(WebhookSaved::TooMany));
        assert!(!webhook("WHK-1", "a").is_name_taken(others.iter()));
        assert!(webhook("WHK-1", "b").is_name_taken(others.iter()));
    }

    #[test]
    fn a_tombstone_has_no_secret() {
        let mut webhook = webhook("WHK-1", "a");
        webhook.delete(Timestamp::UNIX_EPOCH);
        assert!(webhook.is_deleted() && !webhook.is_enabled() && webhook.secret.0.is_empty());
    }
}
