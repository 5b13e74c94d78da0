//! Way out: large answers that nobody takes.

use super::Way;
use super::inbox::{Inbox, swelling};
use crate::neighbours::Amounts;
use crate::neighbours::mean::Mean;
use crate::seed::Seed;
use async_trait::async_trait;
use bytes::Bytes;
use hyper::Method;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;

/// Connections on which nothing is read: most of what a network may have.
const UNREAD: usize = 80;
/// Between two captures, of which each stream is told.
const PAUSE: Duration = Duration::from_millis(100);
/// Part of the largest capture: answers on all connections together shall be large, and the time to make them short.
const PART: usize = 16;

#[derive(Default)]
pub(super) struct WayOut {
    key: String,
    captures: usize,
    body: Bytes,
}

#[async_trait]
impl Way for WayOut {
    fn name(&self) -> &'static str {
        "way out"
    }

    fn does(&self) -> &'static str {
        "80 connections ask for exports, pages and streams of an inbox with captures of 64 KiB and read nothing, while one more \
         capture follows another."
    }

    async fn found(&mut self, seed: &Seed, _: &Mean, amounts: Amounts) -> anyhow::Result<()> {
        self.key = seed.key(&seed.account().await?).await?;
        (self.captures, self.body) = (amounts.captures, swelling(amounts.capture_bytes / PART));
        Ok(())
    }

    async fn begin(&mut self, mean: &Mean) -> anyhow::Result<()> {
        let inbox = Arc::new(Inbox::make(mean, &self.key, false).await?);
        inbox.fill(mean, self.captures, &self.body).await?;
        let of = |what: &str| format!("/v2/inboxes/{}/{what}", inbox.id);
        let answers = [
            ("exports", of("export?format=json")),
            ("exports", of("export?format=har")),
            ("pages", inbox.page()),
            ("streams", format!("/v2/stream?types=capture&inbox={}", inbox.id)),
        ];
        for (what, target) in answers.into_iter().cycle().take(UNREAD) {
            let caller = mean.caller(&self.key);
            mean.spawn(async move { caller.leave_unread(what, &target).await });
        }
        let (mut caller, body) = (mean.caller(""), self.body.clone());
        mean.spawn(async move {
            loop {
                caller.send("captures", Method::POST, &inbox.door, &[], body.clone()).await;
                sleep(PAUSE).await;
            }
        });
        Ok(())
    }
}
