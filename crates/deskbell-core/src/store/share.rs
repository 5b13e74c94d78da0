//! Shares, kept with what they froze.

use super::{Listing, Page, Result};
use crate::Timestamp;
use crate::id::{AccountId, ShareId};
use crate::share::Share;
use crate::token::TokenHash;
use crate::vault::Sealed;
use async_trait::async_trait;

/// What became of a new share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShareCreated {
    /// It is there.
    Created,
    /// The account has as many live shares as it may have.
    TooMany,
}

/// Shares. One that was revoked is gone, and cannot be told from one that never was.
#[async_trait]
pub trait Shares: Send + Sync {
    /// Adds a share with what it froze, unless the account already has `max` that have not expired.
    async fn create_share(&self, share: Share, frozen: Sealed, max: u32) -> Result<ShareCreated>;

    /// A page of the account's shares, expired ones too.
    async fn shares(&self, account: &AccountId, page: &Page) -> Result<Listing<Share>>;

    /// The share of that token and what it froze, unless it has expired by `now`. Whoever holds the token may read it.
    async fn shared(&self, hash: &TokenHash, now: Timestamp) -> Result<Option<(Share, Sealed)>>;

    /// Deletes a share and what it froze. `false` when there is none.
    async fn revoke_share(&self, account: &AccountId, id: &ShareId) -> Result<bool>;

    /// Deletes the shares that expired before `before`; gives how many.
    async fn sweep_shares(&self, before: Timestamp) -> Result<u64>;
}
