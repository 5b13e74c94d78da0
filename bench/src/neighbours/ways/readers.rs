//! Readers: filters and searches that find little in a large ledger.

use super::Way;
use crate::neighbours::Amounts;
use crate::neighbours::mean::Mean;
use crate::seed::Seed;
use async_trait::async_trait;
use bytes::Bytes;
use deskbell_core::trigger::{Subscription, Trigger};
use hyper::Method;
use std::time::Duration;

const CALLERS: usize = 24;
/// Webhooks that each event of its ledger went to.
const FAN_OUT: u32 = 10;
/// What finds nothing, or only the oldest.
const QUESTIONS: [&str; 8] = [
    "/v2/deliveries?limit=100&status=failed",
    "/v2/deliveries?limit=100&type=conversation.closed",
    "/v2/deliveries?limit=100&creation_time.lt=2020-01-01",
    "/v2/deliveries?limit=100&q=header.x-nothing:nobody",
    "/v2/deliveries?limit=100&q=nowhere-in-any-payload",
    "/v2/attempts?limit=100&outcome=total_timeout",
    "/v2/events?limit=100&type=conversation.closed",
    "/v2/events?limit=100&subject=nobody",
];

#[derive(Default)]
pub(super) struct Readers {
    key: String,
}

#[async_trait]
impl Way for Readers {
    fn name(&self) -> &'static str {
        "readers"
    }

    fn does(&self) -> &'static str {
        "24 callers filter and search a ledger of its own for what is not in it."
    }

    async fn found(&mut self, seed: &Seed, mean: &Mean, amounts: Amounts) -> anyhow::Result<()> {
        let account = seed.account().await?;
        let (kept, url) = (Trigger::BookingCanceled, mean.receiver(Duration::ZERO).await?);
        seed.webhooks(&account, FAN_OUT, &url, Subscription::One(kept)).await?;
        seed.delivered(&account, kept, FAN_OUT, amounts.rows / FAN_OUT).await?;
        self.key = seed.key(&account).await?;
        Ok(())
    }

    async fn begin(&mut self, mean: &Mean) -> anyhow::Result<()> {
        for first in 0..CALLERS {
            let mut caller = mean.caller(&self.key);
            mean.spawn(async move {
                for question in QUESTIONS.iter().cycle().skip(first) {
                    caller.call("pages", Method::GET, question, Bytes::new()).await;
                }
            });
        }
        Ok(())
    }
}
