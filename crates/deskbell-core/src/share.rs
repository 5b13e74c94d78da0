//! Share: one delivery, frozen, for whoever holds its link.

use crate::Random;
use crate::Timestamp;
use crate::id::{AccountId, DeliveryId, ShareId};
use crate::vault::{Secret, Vault};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Characters of 256 random bits in base 64 for URLs.
const TOKEN_CHARS: usize = 43;

/// What stands in a share's link: 256 random bits.
pub struct ShareToken(Secret);

impl ShareToken {
    /// A fresh token.
    pub fn new(random: &dyn Random) -> Self {
        let mut bytes = [0u8; 32];
        random.fill(&mut bytes);
        Self(Secret::new(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// Reads a token. `None` for anything that cannot be one of ours: no store need be asked.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        (text.len() == TOKEN_CHARS && text.bytes().all(plain)).then(|| Self(Secret::new(text.to_owned())))
    }

    /// The token itself, for the link alone.
    pub fn text(&self) -> &Secret {
        &self.0
    }

    /// What the store keeps, and finds the share by.
    pub fn hash(&self, vault: &Vault) -> ShareHash {
        ShareHash(vault.hash(self.0.expose()))
    }
}

/// The keyed hash of a share's token.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ShareHash(pub [u8; 32]);

impl std::fmt::Debug for ShareHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[hash]")
    }
}

/// A share as the store keeps it; what it froze lies beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// Its id, by which its owner revokes it.
    pub id: ShareId,
    /// Whose it is.
    pub account: AccountId,
    /// What it froze.
    pub delivery: DeliveryId,
    /// The keyed hash of its token.
    pub hash: ShareHash,
    /// When it was made.
    pub created: Timestamp,
    /// When its link stops working.
    pub expires: Timestamp,
}

impl Share {
    /// The ids that what it froze is sealed for.
    pub fn sealed_ids(&self) -> [&str; 2] {
        [self.account.as_str(), self.id.as_str()]
    }
}
