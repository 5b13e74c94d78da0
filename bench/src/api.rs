//! The few calls of the public API that measuring needs.

use crate::client::Connection;
use anyhow::{Context as _, ensure};
use bytes::Bytes;
use hyper::Method;
use serde_json::{Value, json};
use std::net::SocketAddr;

/// A client with a key.
pub struct Api {
    connection: Connection,
    key: String,
}

/// What registering a webhook gives.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// Its id.
    pub id: String,
    /// Its signing secret, as text.
    pub secret: String,
}

impl Api {
    /// A client of the server at `address`.
    pub fn new(address: SocketAddr, key: &str) -> Self {
        Self { connection: Connection::new(address), key: key.to_owned() }
    }

    /// One call that must succeed.
    ///
    /// # Errors
    /// No answer, or one that is not 2xx.
    pub async fn call(
        &mut self,
        method: Method,
        target: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<Value> {
        Ok(self.page(method, target, body).await?.0)
    }

    /// As [`Api::call`]; of a page also what the next one is.
    async fn page(
        &mut self,
        method: Method,
        target: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<(Value, Option<String>)> {
        let headers = [("api-key", self.key.as_str()), ("content-type", "application/json")];
        let bytes = body.map_or_else(Bytes::new, |body| body.to_string().into());
        let answer = self.connection.send(method.clone(), target, &headers, bytes).await?;
        let text = String::from_utf8_lossy(&answer.body);
        ensure!((200..300).contains(&answer.status), "{method} {target} answered {}: {text}", answer.status);
        let told = serde_json::from_slice(&answer.body);
        Ok((told.with_context(|| format!("{method} {target} answered {text}"))?, answer.next))
    }

    /// Registers a webhook.
    ///
    /// # Errors
    /// As [`Api::call`].
    pub async fn create_webhook(
        &mut self,
        name: &str,
        url: &str,
        events: &[&str],
    ) -> anyhow::Result<Webhook> {
        let body = json!({"name": name, "url": url, "events": events});
        let answer = self.call(Method::POST, "/v2/webhooks", Some(&body)).await?;
        let text =
            |field: &str| answer[field].as_str().map(str::to_owned).with_context(|| format!("no {field}"));
        Ok(Webhook { id: text("id")?, secret: text("secret")? })
    }

    /// Enables or disables the webhook `id`.
    ///
    /// # Errors
    /// As [`Api::call`].
    pub async fn set_enabled(&mut self, id: &str, enabled: bool) -> anyhow::Result<()> {
        let target = format!("/v2/webhooks/{id}");
        self.call(Method::PATCH, &target, Some(&json!({"status": enabled}))).await?;
        Ok(())
    }

    /// Every object of a list, page after page. `list` may have a query.
    ///
    /// # Errors
    /// As [`Api::call`].
    pub async fn all(&mut self, list: &str) -> anyhow::Result<Vec<Value>> {
        let join = if list.contains('?') { '&' } else { '?' };
        let mut target = format!("{list}{join}limit=100");
        let mut all: Vec<Value> = Vec::new();
        loop {
            // A page of a filter that finds little may be empty, and have a next one all the same.
            let (mut page, next) = self.page(Method::GET, &target, None).await?;
            let more = page["has_more"] == true;
            let Some(data) = page["data"].as_array_mut() else { anyhow::bail!("{target} gave no list") };
            all.append(data);
            if !more {
                return Ok(all);
            }
            target = next.with_context(|| format!("{target} promises more and does not say where"))?;
        }
    }
}
