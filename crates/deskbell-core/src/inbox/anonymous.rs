//! The anonymous tester: inboxes of nobody's account, and the tokens that read them.

use crate::Random;
use crate::id::{AccountId, InboxId};
use crate::vault::{Secret, Vault};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq as _;

/// What tells an anonymous inbox's address from all others: theirs are shorter, and random to the first character.
const MARK: &str = "anon-";

/// Whom they belong to: no account has this id, for ids of accounts are drawn with ten characters.
pub fn owner() -> AccountId {
    AccountId::from_text("ACC-ANONYMOUS")
}

/// A fresh token for an address: 128 random bits behind the mark (T-27).
pub fn new_token(random: &dyn Random) -> String {
    format!("{MARK}{}", super::new_token(random))
}

/// Whether the address of `token` is an anonymous inbox's, if it is anybody's.
pub fn is_anonymous(token: &str) -> bool {
    token.starts_with(MARK)
}

/// What reads an inbox: its id, and a keyed hash of that which only this instance can make. Nothing of it is stored.
pub struct ReadToken(Secret);

impl ReadToken {
    /// The token that reads `inbox`.
    pub fn new(inbox: &InboxId, vault: &Vault) -> Self {
        let hash = vault.hash(&format!("read anonymous inbox {inbox}"));
        Self(Secret::new(format!("{inbox}.{}", URL_SAFE_NO_PAD.encode(hash))))
    }

    /// The inbox that `text` reads; `None` unless it is a token of ours. How long that takes tells nothing of the hash.
    pub fn inbox(text: &str, vault: &Vault) -> Option<InboxId> {
        let id = InboxId::from_text(text.split_once('.')?.0);
        let right = Self::new(&id, vault);
        bool::from(right.0.expose().as_bytes().ct_eq(text.as_bytes())).then_some(id)
    }

    /// The token itself, for whoever made the inbox.
    pub fn text(&self) -> &Secret {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::door::SeededRandom;

    #[test]
    fn a_read_token_opens_its_inbox_and_no_other() {
        let (vault, other) = (Vault::new(&[1; 32]), Vault::new(&[2; 32]));
        let id = InboxId::from_text("INB-8K2M0QX7RT");
        let text = ReadToken::new(&id, &vault).text().expose().to_owned();
        assert_eq!(ReadToken::inbox(&text, &vault), Some(id));
        assert_eq!(ReadToken::inbox(&text, &other), None, "another instance's");
        let stolen = text.replace("8K2M", "8K2N");
        for bad in ["", ".", "INB-8K2M0QX7RT", "INB-8K2M0QX7RT.", &stolen, &text[..text.len() - 1]] {
            assert_eq!(ReadToken::inbox(bad, &vault), None, "{bad}");
        }
    }

    #[test]
    fn addresses_are_told_apart() {
        let random = SeededRandom::new(1);
        let (theirs, ours) = (new_token(&random), super::super::new_token(&random));
        assert!(is_anonymous(&theirs) && theirs.len() == MARK.len() + 22);
        assert!(!is_anonymous(&ours));
    }
}
