//! The audience that a visitor belongs to (wire contract, 6.1).

use crate::door::SeededRandom;
use crate::id::{AccountId, AudienceId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Visitors whom a chatbot treats alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audience {
    /// Its id, `AUD-` and 9 characters.
    pub id: AudienceId,
    /// What users call it.
    pub name: String,
}

impl Audience {
    /// The account's audience of that name. The id is made of the two: an audience needs no place of its own to have the same
    /// id in all conversations.
    pub fn named(account: &AccountId, name: String) -> Self {
        let digest = Sha256::new_with_prefix(account.as_str()).chain_update(name.as_bytes()).finalize();
        let seed = digest.iter().take(8).fold(0, |seed, byte| seed << 8 | u64::from(*byte));
        Self { id: AudienceId::new(&SeededRandom::new(seed)), name }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_audience_has_one_id_in_an_account() {
        let id = |account: &str, name: &str| {
            Audience::named(&AccountId::from_text(account), name.into()).id.to_string()
        };
        assert_eq!(id("ACC-1", "Returning"), id("ACC-1", "Returning"));
        assert_ne!(id("ACC-1", "Returning"), id("ACC-1", "New"));
        assert_ne!(id("ACC-1", "Returning"), id("ACC-2", "Returning"), "A-099");
        assert_eq!(id("ACC-1", "Returning").len(), "AUD-".len() + 9);
    }
}
