//! Places: receivers that keep the places in flight, and answer well enough not to be rested.

use super::Way;
use crate::neighbours::Amounts;
use crate::neighbours::mean::Mean;
use crate::seed::Seed;
use async_trait::async_trait;
use deskbell_core::policy::limit::WEBHOOKS_PER_ACCOUNT;
use deskbell_core::trigger::{Subscription, Trigger};
use hyper::Method;
use std::time::Duration;
use tokio::time::sleep;

const ACCOUNTS: usize = 3;
/// How long its receivers take: less than an attempt may.
const SLOWNESS: Duration = Duration::from_secs(14);
/// Between two events of an account.
const PAUSE: Duration = Duration::from_millis(100);

#[derive(Default)]
pub(super) struct Places {
    keys: Vec<String>,
}

#[async_trait]
impl Way for Places {
    fn name(&self) -> &'static str {
        "places"
    }

    fn does(&self) -> &'static str {
        "3 accounts with 100 webhooks each, whose receivers answer 200 after 14 s, post 10 events a second each for all of them."
    }

    async fn found(&mut self, seed: &Seed, mean: &Mean, _: Amounts) -> anyhow::Result<()> {
        let url = mean.receiver(SLOWNESS).await?;
        for _ in 0..ACCOUNTS {
            let account = seed.account().await?;
            let wants = Subscription::One(Trigger::BookingCompleted);
            seed.webhooks(&account, WEBHOOKS_PER_ACCOUNT, &url, wants).await?;
            self.keys.push(seed.key(&account).await?);
        }
        Ok(())
    }

    async fn begin(&mut self, mean: &Mean) -> anyhow::Result<()> {
        let event = format!(r#"{{"type":"{}","data":{{}}}}"#, Trigger::BookingCompleted.as_str());
        for key in &self.keys {
            let (mut caller, event) = (mean.caller(key), event.clone());
            mean.spawn(async move {
                loop {
                    caller.call("events", Method::POST, "/v2/events", event.clone().into()).await;
                    sleep(PAUSE).await;
                }
            });
        }
        Ok(())
    }
}
