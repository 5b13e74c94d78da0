//! Imports, kept.

use super::Result;
use crate::id::AccountId;
use crate::import::{Import, ImportSaved};
use async_trait::async_trait;

/// Events of another system.
#[async_trait]
pub trait Imports: Send + Sync {
    /// Takes what all of `imports` speak of into the account's sandbox, in their order, or nothing of it: one step, which rings
    /// nothing. It has at most `max` objects of a kind afterwards. Whether a booking or conversation takes the place of the
    /// stored one, [`outcome`](crate::import::outcome) says; it then is that one's next revision.
    async fn import(&self, account: &AccountId, imports: Vec<Import>, max: u32) -> Result<ImportSaved>;
}
