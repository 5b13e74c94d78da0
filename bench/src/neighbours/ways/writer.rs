//! Writer: the largest calls that there are, in a loop.

use super::Way;
use crate::neighbours::Amounts;
use crate::neighbours::mean::Mean;
use crate::seed::Seed;
use async_trait::async_trait;
use bytes::Bytes;
use deskbell_core::policy::limit::WEBHOOKS_PER_ACCOUNT;
use deskbell_core::trigger::{Subscription, Trigger};
use hyper::Method;
use std::time::Duration;

/// Calls at a time.
const CALLERS: usize = 4;

#[derive(Default)]
pub(super) struct Writer {
    key: String,
    call: Bytes,
}

#[async_trait]
impl Way for Writer {
    fn name(&self) -> &'static str {
        "writer"
    }

    fn does(&self) -> &'static str {
        "4 callers post 1,000 events a call, in a loop, for 100 webhooks that want all of them."
    }

    async fn found(&mut self, seed: &Seed, mean: &Mean, amounts: Amounts) -> anyhow::Result<()> {
        let account = seed.account().await?;
        let wants = Subscription::One(Trigger::BookingCompleted);
        let url = mean.receiver(Duration::ZERO).await?;
        seed.webhooks(&account, WEBHOOKS_PER_ACCOUNT, &url, wants).await?;
        self.key = seed.key(&account).await?;
        let event = format!(r#"{{"type":"{}","data":{{}}}}"#, Trigger::BookingCompleted.as_str());
        self.call = format!(r#"{{"events":[{}]}}"#, vec![event; amounts.events].join(",")).into();
        Ok(())
    }

    async fn begin(&mut self, mean: &Mean) -> anyhow::Result<()> {
        for _ in 0..CALLERS {
            let (mut caller, call) = (mean.caller(&self.key), self.call.clone());
            mean.spawn(async move {
                loop {
                    caller.call("calls", Method::POST, "/v2/events", call.clone()).await;
                }
            });
        }
        Ok(())
    }
}
