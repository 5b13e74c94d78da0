//! Disk: a flood of captures.

use super::Way;
use super::inbox::Inbox;
use crate::neighbours::Amounts;
use crate::neighbours::mean::Mean;
use crate::seed::Seed;
use async_trait::async_trait;
use bytes::Bytes;

const CALLERS: usize = 8;
/// Part of the largest capture.
const PART: usize = 4;

#[derive(Default)]
pub(super) struct Disk {
    key: String,
    body: Bytes,
}

#[async_trait]
impl Way for Disk {
    fn name(&self) -> &'static str {
        "disk"
    }

    fn does(&self) -> &'static str {
        "8 callers post captures of 256 KiB in a loop, to an inbox each."
    }

    async fn found(&mut self, seed: &Seed, _: &Mean, amounts: Amounts) -> anyhow::Result<()> {
        self.key = seed.key(&seed.account().await?).await?;
        self.body = vec![b'x'; amounts.capture_bytes / PART].into();
        Ok(())
    }

    async fn begin(&mut self, mean: &Mean) -> anyhow::Result<()> {
        for _ in 0..CALLERS {
            let inbox = Inbox::make(mean, &self.key, false).await?;
            let (mut caller, body) = (mean.caller(""), self.body.clone());
            mean.spawn(async move {
                loop {
                    inbox.capture(&mut caller, body.clone()).await;
                }
            });
        }
        Ok(())
    }
}
