//! Large pages: few calls of many bytes each.

use super::Way;
use super::inbox::{Inbox, swelling};
use crate::neighbours::Amounts;
use crate::neighbours::mean::Mean;
use crate::seed::Seed;
use async_trait::async_trait;
use bytes::Bytes;
use std::sync::Arc;

/// Pages that are asked for and not read.
const UNREAD: usize = 4;
/// Callers that read pages.
const READERS: usize = 6;
/// Callers that post captures.
const POSTERS: usize = 2;

#[derive(Default)]
pub(super) struct LargePages {
    key: String,
    captures: usize,
    body: Bytes,
}

#[async_trait]
impl Way for LargePages {
    fn name(&self) -> &'static str {
        "bytes"
    }

    fn does(&self) -> &'static str {
        "An inbox captured 100 requests of the largest size, of bytes that are six times as many in JSON. 4 callers ask for a page of \
         100 of them and read nothing, 6 read such pages, 2 post captures of that size."
    }

    async fn found(&mut self, seed: &Seed, _: &Mean, amounts: Amounts) -> anyhow::Result<()> {
        self.key = seed.key(&seed.account().await?).await?;
        (self.captures, self.body) = (amounts.captures, swelling(amounts.capture_bytes));
        Ok(())
    }

    async fn begin(&mut self, mean: &Mean) -> anyhow::Result<()> {
        let inbox = Arc::new(Inbox::make(mean, &self.key, false).await?);
        inbox.fill(mean, self.captures, &self.body).await?;
        for _ in 0..UNREAD {
            let (caller, page) = (mean.caller(&self.key), inbox.page());
            mean.spawn(async move { caller.leave_unread("unread pages", &page).await });
        }
        for _ in 0..READERS {
            let (caller, page) = (mean.caller(&self.key), inbox.page());
            mean.spawn(async move {
                loop {
                    caller.skim("pages", &page).await;
                }
            });
        }
        for _ in 0..POSTERS {
            let (mut caller, inbox, body) = (mean.caller(""), Arc::clone(&inbox), self.body.clone());
            mean.spawn(async move {
                loop {
                    inbox.capture(&mut caller, body.clone()).await;
                }
            });
        }
        Ok(())
    }
}
