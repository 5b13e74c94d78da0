//! Watch: whether anything can still come. A webhook that is deleted, turned off or led elsewhere is silent, an inbox that has expired takes
//! nothing, and nothing else tells of it. What can be mended is: an inbox is renewed as long as somebody listens at it.

use super::post::Post;
use crate::Failure;
use crate::client::{Client, Fault, Query, in_path};
use crate::clock;
use crate::print::safe;
use deskbell_core::time::until;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::sleep;

/// How often it is looked: silence lasts no longer unnoticed.
const EVERY: Duration = Duration::from_secs(2);

/// Why a listener is deaf.
pub(super) struct Deaf {
    pub(super) failure: Failure,
    /// Its webhook is somebody else's now: it stays as it is.
    pub(super) led_elsewhere: bool,
}

/// Looks until nothing comes any more; gives why. A server that is away is waited for by who takes the requests.
pub(super) async fn until_deaf(client: &Client, post: &Post) -> Deaf {
    let path = format!("/v2/webhooks/{}", post.webhook);
    let mut inbox = Renewed::new(&post.inbox);
    loop {
        let (found, led_elsewhere) = match client.get(&path, &Query::new()).await {
            Ok(webhook) => (why(&webhook, &post.url), webhook["url"] != post.url),
            Err(Fault::Refused { status: 404, .. }) => (Some("was deleted".to_owned()), false),
            Err(_) => (None, false),
        };
        if let Some(why) = found {
            let webhook = safe(&post.webhook);
            let failure = Failure::Refused(format!(
                "the webhook {webhook} {why}: nothing comes any more; listen again"
            ));
            return Deaf { failure, led_elsewhere };
        }
        if let Err(failure) = inbox.tend(client).await {
            return Deaf { failure, led_elsewhere: false };
        }
        sleep(EVERY).await;
    }
}

/// Looks after an inbox that stays where it is; gives why nothing comes to it any more.
pub(super) async fn until_gone(client: &Client, inbox: &str) -> Failure {
    let mut inbox = Renewed::new(inbox);
    loop {
        if let Err(failure) = inbox.tend(client).await {
            return failure;
        }
        sleep(EVERY).await;
    }
}

/// An inbox whose life begins anew when half of it is over.
struct Renewed {
    id: String,
    /// How long it had to live when it was last renewed; nothing before.
    life: Option<Duration>,
}

impl Renewed {
    fn new(id: &str) -> Self {
        Self { id: id.to_owned(), life: None }
    }

    async fn tend(&mut self, client: &Client) -> Result<(), Failure> {
        let path = format!("/v2/inboxes/{}", in_path(&self.id));
        let found = match self.life {
            None => self.renew(client, &path).await,
            Some(life) => match client.get(&path, &Query::new()).await {
                Ok(inbox) if left(&inbox) * 2 <= life => self.renew(client, &path).await,
                found => found.map(drop),
            },
        };
        match found {
            Err(Fault::Refused { status: 404, .. }) => Err(deleted(&self.id)),
            Err(Fault::Refused { status, code, .. }) if status == 409 && code == "inbox_expired" => {
                let id = safe(&self.id);
                Err(Failure::Refused(format!(
                    "the inbox {id} has expired: nothing comes any more; listen again"
                )))
            }
            // Whoever is away comes back; it is looked again.
            _ => Ok(()),
        }
    }

    async fn renew(&mut self, client: &Client, path: &str) -> Result<(), Fault> {
        let inbox = client.patch(path, json!({"renew": true}).to_string()).await?;
        self.life = Some(left(&inbox));
        Ok(())
    }
}

pub(super) fn deleted(inbox: &str) -> Failure {
    Failure::Refused(format!("the inbox {} was deleted: nothing comes any more; listen again", safe(inbox)))
}

/// How long an inbox has still to live, by this machine's clock.
fn left(inbox: &Value) -> Duration {
    let expires = inbox["expiry_time"].as_str().and_then(|time| time.parse().ok());
    expires.map(|expires| until(clock::now(), expires)).unwrap_or_default()
}

/// Why nothing comes from the webhook, if so.
fn why(webhook: &Value, url: &str) -> Option<String> {
    if webhook["url"] != url {
        return Some(format!("was led to {}", safe(webhook["url"].as_str().unwrap_or("another address"))));
    }
    if webhook["status"] == true {
        return None;
    }
    Some(match webhook["disabled_reason"].as_str() {
        Some("gone") => "was turned off, because its deliveries were answered with 410".into(),
        Some("window_exhausted") => "was turned off, because a delivery used up all of its tries".into(),
        _ => "was paused".into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_makes_a_webhook_silent_is_named() {
        let said = |status: bool, reason: Value, url: &str| {
            why(&json!({"status": status, "disabled_reason": reason, "url": url}), "https://a.example/in/1")
        };
        let ours = "https://a.example/in/1";
        assert_eq!(said(true, Value::Null, ours), None);
        assert_eq!(said(true, Value::Null, "https://b.example/").unwrap(), "was led to https://b.example/");
        for (reason, word) in [("gone", "410"), ("window_exhausted", "used up"), ("by_owner", "paused")] {
            assert!(said(false, json!(reason), ours).unwrap().contains(word), "{reason}");
        }
    }
}
