//! The pause: a store that was restored sends nothing before somebody has said so, because what it was copied from may have sent it.

use super::Result;
use crate::Timestamp;
use async_trait::async_trait;

/// Whether a store waits for a word. All but sending goes on meanwhile; whoever would join it for an epoch waits.
#[async_trait]
pub trait Pause: Send + Sync {
    /// As of when the copy was made that was restored, until [`resume`](Pause::resume); `None` of any other store. Cheap enough to
    /// be asked each second.
    async fn paused(&self) -> Result<Option<Timestamp>>;

    /// Ends the pause for good, over restarts too; `false` when there was none.
    async fn resume(&self) -> Result<bool>;
}
