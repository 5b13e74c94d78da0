//! The pause: what ends with its process is never restored.

use super::MemoryStore;
use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::store::{Pause, Result};

#[async_trait]
impl Pause for MemoryStore {
    async fn paused(&self) -> Result<Option<Timestamp>> {
        Ok(None)
    }

    async fn resume(&self) -> Result<bool> {
        Ok(false)
    }
}
