//! One-time links, kept. A booking spends one: see [`Booking::one_time_link`](crate::booking::Booking::one_time_link).

use super::{ObjectAdded, Result};
use crate::Timestamp;
use crate::id::OneTimeLinkId;
use crate::one_time_link::OneTimeLink;
use async_trait::async_trait;

/// One-time links.
#[async_trait]
pub trait OneTimeLinks: Send + Sync {
    /// Adds a link, unless its account has `max` with which one could still book when it was made. One step.
    async fn add_one_time_link(&self, link: OneTimeLink, max: u32) -> Result<ObjectAdded>;

    /// The link of that id, whosever it is: who holds its address may see how it stands.
    async fn one_time_link(&self, id: &OneTimeLinkId) -> Result<Option<OneTimeLink>>;

    /// Deletes up to `limit` links that were made before `before`; gives how many.
    async fn sweep_one_time_links(&self, before: Timestamp, limit: u32) -> Result<u64>;
}
