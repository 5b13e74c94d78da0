//! Post: the webhook and the relaying inbox that a listener has on the server, found again by their name.

use super::{Client, Query};
use super::{Failure, lease};
use crate::client::{ALL, Fault, in_path};
use crate::clock;
use crate::print::safe;
use deskbell_core::Timestamp;
use serde_json::{Value, json};

/// A listener's webhook and inbox.
pub(crate) struct Post {
    pub(crate) webhook: String,
    pub(crate) inbox: String,
    /// Where the webhook leads: the inbox's address.
    pub(crate) url: String,
    /// Only of a webhook that was created now.
    pub(crate) secret: Option<String>,
}

impl Post {
    /// Takes the post of this name, or makes it.
    ///
    /// # Errors
    /// Also where another listener has it.
    pub(crate) async fn take(
        client: &Client,
        name: &str,
        events: &[String],
        listener: &str,
    ) -> Result<Self, Failure> {
        let name = name.trim();
        let (inboxes, _) = client.list("/v2/inboxes", &Query::new(), Some(ALL)).await?;
        let open = |inbox: &&Value| inbox["name"] == name && inbox["relay"] == true && is_open(inbox);
        if let Some(inbox) = inboxes.iter().find(open) {
            lease::take(client, &relay(&text(inbox, "id")), listener, "name").await?;
            return Self::at(client, name, events, inbox).await;
        }
        let inbox = client.post("/v2/inboxes", json!({"name": name, "relay": true}).to_string()).await?;
        let taken = Self::at(client, name, events, &inbox).await;
        if taken.is_err() {
            // Refused, for its events perhaps: nothing of it stays behind.
            gone(client.delete(&format!("/v2/inboxes/{}", text(&inbox, "id"))).await)?;
        }
        taken
    }

    /// The post at this inbox: the webhook of this name is led there, or made.
    async fn at(client: &Client, name: &str, events: &[String], inbox: &Value) -> Result<Self, Failure> {
        let url = text(inbox, "url");
        let (webhooks, _) = client.list("/v2/webhooks", &Query::new(), Some(ALL)).await?;
        let webhook = match webhooks.iter().find(|webhook| webhook["name"] == name) {
            Some(found) if text(found, "url").starts_with(inboxes_of(&url)) => {
                let change = json!({"url": url, "events": events, "status": true});
                client.patch(&format!("/v2/webhooks/{}", text(found, "id")), change.to_string()).await?
            }
            Some(found) => {
                let id = text(found, "id");
                let message = format!(
                    "the webhook {} is called {name:?} and is no listener's: choose another --name",
                    safe(&id)
                );
                return Err(Failure::Refused(message));
            }
            None => {
                let new = json!({"name": name, "url": url, "events": events});
                client.post("/v2/webhooks", new.to_string()).await?
            }
        };
        let secret = webhook["secret"].as_str().map(str::to_owned);
        Ok(Self { webhook: text(&webhook, "id"), inbox: text(inbox, "id"), url, secret })
    }

    /// Pauses the webhook: nothing new comes, and its secret stays for who listens again under its name.
    pub(crate) async fn pause(&self, client: &Client) -> Result<(), Failure> {
        let paused = json!({"status": false}).to_string();
        gone(client.patch(&format!("/v2/webhooks/{}", self.webhook), paused).await)
    }

    /// Removes the webhook: nothing new comes.
    pub(crate) async fn silence(&self, client: &Client) -> Result<(), Failure> {
        gone(client.delete(&format!("/v2/webhooks/{}", self.webhook)).await)
    }

    /// Removes the inbox.
    pub(crate) async fn remove(&self, client: &Client) -> Result<(), Failure> {
        gone(client.delete(&format!("/v2/inboxes/{}", self.inbox)).await)
    }
}

/// The path where the requests of an inbox are taken.
pub(crate) fn relay(inbox: &str) -> String {
    format!("/v2/inboxes/{}/relay", in_path(inbox))
}

/// What is not there any more is as good as deleted.
fn gone(deleted: Result<Value, Fault>) -> Result<(), Failure> {
    match deleted {
        Ok(_) | Err(Fault::Refused { status: 404, .. }) => Ok(()),
        Err(fault) => Err(fault.into()),
    }
}

/// What the addresses of all inboxes of a server begin with.
fn inboxes_of(url: &str) -> &str {
    url.rfind("/in/").map_or(url, |at| &url[..at + "/in/".len()])
}

fn is_open(inbox: &Value) -> bool {
    let expires = inbox["expiry_time"].as_str().and_then(|time| time.parse::<Timestamp>().ok());
    expires.is_some_and(|expires| expires > clock::now())
}

fn text(object: &Value, field: &str) -> String {
    object[field].as_str().unwrap_or_default().to_owned()
}
