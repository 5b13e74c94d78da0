//! Doctor: the questions that take it longest, in a loop.

use super::Way;
use super::inbox::Inbox;
use crate::api::Api;
use crate::neighbours::Amounts;
use crate::neighbours::mean::Mean;
use crate::seed::Seed;
use anyhow::Context as _;
use async_trait::async_trait;
use bytes::Bytes;
use deskbell_core::policy::limit::WEBHOOKS_PER_ACCOUNT;
use deskbell_core::policy::sign;
use deskbell_core::trigger::{Subscription, Trigger};
use hyper::Method;
use serde_json::json;
use std::time::Duration;

const CALLERS: usize = 8;
/// A body of 1 MiB is tried with all secrets; one of so small a part of it with two mistakes at once, and all seconds of the
/// clock.
const PARTS: [usize; 2] = [1, 17];

#[derive(Default)]
pub(super) struct Doctor {
    key: String,
    capture_bytes: usize,
}

#[async_trait]
impl Way for Doctor {
    fn name(&self) -> &'static str {
        "doctor"
    }

    fn does(&self) -> &'static str {
        "8 callers with 100 webhooks, whose secrets may all be the one, ask in a loop from which mistake a value follows, over a \
         body of 1 MiB and one of 60 KiB: from none, so all are tried."
    }

    async fn found(&mut self, seed: &Seed, mean: &Mean, amounts: Amounts) -> anyhow::Result<()> {
        let account = seed.account().await?;
        let wants = Subscription::One(Trigger::BookingCompleted);
        let url = mean.receiver(Duration::ZERO).await?;
        // The last of them points to the inbox.
        seed.webhooks(&account, WEBHOOKS_PER_ACCOUNT - 1, &url, wants).await?;
        (self.key, self.capture_bytes) = (seed.key(&account).await?, amounts.capture_bytes);
        Ok(())
    }

    async fn begin(&mut self, mean: &Mean) -> anyhow::Result<()> {
        let inbox = Inbox::make(mean, &self.key, false).await?;
        let mut api = Api::new(mean.address(), &self.key);
        let own = format!("http://{}{}", mean.address(), inbox.door);
        api.create_webhook("inbox", &own, &[Trigger::BookingCompleted.as_str()]).await?;
        let signature = format!("t=1700000000,s={}", "0".repeat(64));
        let headers = [(sign::HEADER, signature.as_str()), ("content-type", "application/json")];
        for part in PARTS {
            let body = numbers(self.capture_bytes / part);
            mean.caller("").send("captures", Method::POST, &inbox.door, &headers, body).await;
        }
        let mut targets = Vec::new();
        for capture in api.all(&format!("/v2/inboxes/{}/requests", inbox.id)).await? {
            let id = capture["id"].as_str().context("a capture without an id")?;
            targets.push(format!("/v2/inboxes/{}/requests/{id}/doctor", inbox.id));
        }
        let question: Bytes = json!({"value": "1".repeat(64)}).to_string().into();
        for first in 0..CALLERS {
            let (mut caller, targets, question) = (mean.caller(&self.key), targets.clone(), question.clone());
            mean.spawn(async move {
                for target in targets.iter().cycle().skip(first) {
                    caller.call("questions", Method::POST, target, question.clone()).await;
                }
            });
        }
        Ok(())
    }
}

/// JSON of about so many bytes that can be written in other ways too.
fn numbers(bytes: usize) -> Bytes {
    const ONE: &str = r#"{"b": 1.50, "a": "\u00e9"}"#;
    format!("[{}]", vec![ONE; bytes / (ONE.len() + 1)].join(",")).into()
}
