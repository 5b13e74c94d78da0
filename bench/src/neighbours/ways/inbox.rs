//! Inbox: one of the mean one's, and what it captured.

use crate::api::Api;
use crate::neighbours::mean::{Caller, Mean};
use anyhow::{Context as _, ensure};
use bytes::Bytes;
use hyper::Method;
use serde_json::json;

pub(super) struct Inbox {
    pub(super) id: String,
    /// The path that takes requests.
    pub(super) door: String,
}

impl Inbox {
    /// Makes one in the account of `key`.
    pub(super) async fn make(mean: &Mean, key: &str, relay: bool) -> anyhow::Result<Self> {
        let mut api = Api::new(mean.address(), key);
        let made = api.call(Method::POST, "/v2/inboxes", Some(&json!({"relay": relay}))).await?;
        let text = |field: &str| made[field].as_str().with_context(|| format!("an inbox without {field}"));
        let url: hyper::Uri = text("url")?.parse()?;
        Ok(Self { id: text("id")?.to_owned(), door: url.path().to_owned() })
    }

    /// Has it capture `count` requests of `body`.
    pub(super) async fn fill(&self, mean: &Mean, count: usize, body: &Bytes) -> anyhow::Result<()> {
        let mut caller = mean.caller("");
        for _ in 0..count {
            let status = self.capture(&mut caller, body.clone()).await;
            ensure!(status == 200, "a capture was answered {status}");
        }
        Ok(())
    }

    /// Has it capture one.
    pub(super) async fn capture(&self, caller: &mut Caller, body: Bytes) -> u16 {
        caller.send("captures", Method::POST, &self.door, &[], body).await
    }

    /// Its largest page.
    pub(super) fn page(&self) -> String {
        format!("/v2/inboxes/{}/requests?limit=100", self.id)
    }
}

/// A body that grows sixfold when it is shown: control characters, each of which is six in JSON.
pub(super) fn swelling(bytes: usize) -> Bytes {
    vec![1; bytes].into()
}
