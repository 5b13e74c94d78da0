//! Who owns things, and the API keys that speak for them (wire contract, 1).

mod key;

pub use key::{ApiKey, KeyHash, KeyText};

use crate::Timestamp;
use crate::id::AccountId;

/// An owner of webhooks, events, inboxes and a sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Its e-mail address, unique on the instance; compared without regard to case.
    pub email: String,
    /// When it was made.
    pub created: Timestamp,
}

/// Whether `email` can be an account's address: one `@` with something on both sides, no spaces or control characters,
/// at most 254 characters. What a mailbox truly accepts, only a mail can tell.
pub fn is_email(email: &str) -> bool {
    let plain = email.len() <= 254 && !email.chars().any(|c| c.is_whitespace() || c.is_control());
    plain
        && email
            .split_once('@')
            .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'))
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_address_has_a_name_and_a_host() {
        for good in ["a@b", "ana.li+x@mail.example"] {
            assert!(super::is_email(good), "{good}");
        }
        for bad in ["", "@", "a@", "@b", "a b@c", "a@b@c", "a\n@b"] {
            assert!(!super::is_email(bad), "{bad}");
        }
    }
}
