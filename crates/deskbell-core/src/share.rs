//! Share: one delivery, frozen, for whoever holds its link.

use crate::Timestamp;
use crate::id::{AccountId, DeliveryId, ShareId};
use crate::token::TokenHash;

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
    pub hash: TokenHash,
    /// When it was made.
    pub created: Timestamp,
    /// When its link stops working.
    pub expires: Timestamp,
}

impl Share {
    /// Whether its link works at `now`.
    pub fn is_live(&self, now: Timestamp) -> bool {
        now < self.expires
    }

    /// The ids that what it froze is sealed for.
    pub fn sealed_ids(&self) -> [&str; 2] {
        [self.account.as_str(), self.id.as_str()]
    }
}
