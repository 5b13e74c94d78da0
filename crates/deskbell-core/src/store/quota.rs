//! How many bytes of events are kept, by account, and how many may be.

use super::Result;
use crate::id::AccountId;
use crate::quota::{Keeper, Kept};
use async_trait::async_trait;

/// Counted where events are accepted and deleted, in the same step.
#[async_trait]
pub trait Quotas: Send + Sync {
    /// From now on this process takes no event of an account that would keep more than so many bytes with it, unless the account has a
    /// quota of its own; [`UNBOUNDED`](crate::quota::UNBOUNDED) is none, and so it is until this is called.
    async fn set_quota(&self, bytes: u64) -> Result<()>;

    /// What [`set_quota`](Self::set_quota) set.
    fn quota(&self) -> u64;

    /// Sets the account's own quota, in bytes; `None` is that of the instance. `false` when there is no such account. Before, the
    /// instance's operator has none, and every other account that of the instance.
    async fn set_own_quota(&self, account: &AccountId, own: Option<u64>) -> Result<bool>;

    /// What is kept of the account; nothing of one that is not there.
    async fn kept(&self, account: &AccountId) -> Result<Kept>;

    /// The accounts that keep the greatest part of what they may, at most `limit`; those that keep nothing are left out. Costs a look at
    /// each account.
    async fn fullest(&self, limit: u32) -> Result<Vec<Keeper>>;

    /// Counts about so many of the events that were accepted by a release which did not count; `false` when none are left.
    async fn count_older(&self, rows: u32) -> Result<bool>;
}
