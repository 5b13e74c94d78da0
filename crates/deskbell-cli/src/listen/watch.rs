//! Watch: whether anything can still come. A webhook that is deleted, turned off or led elsewhere is silent, and nothing else tells of it.

use super::post::Post;
use crate::Failure;
use crate::client::{Client, Fault, Query};
use crate::print::safe;
use serde_json::Value;
use std::time::Duration;
use tokio::time::sleep;

/// How often it is looked: silence lasts no longer unnoticed.
const EVERY: Duration = Duration::from_secs(2);

/// Looks until nothing comes any more; gives why. A server that is away is waited for by who takes the requests.
pub(super) async fn until_deaf(client: &Client, post: &Post) -> Failure {
    let path = format!("/v2/webhooks/{}", post.webhook);
    loop {
        sleep(EVERY).await;
        let found = match client.get(&path, &Query::new()).await {
            Ok(webhook) => why(&webhook, &post.url),
            Err(Fault::Refused { status: 404, .. }) => Some("was deleted".to_owned()),
            Err(_) => None,
        };
        if let Some(why) = found {
            let webhook = safe(&post.webhook);
            return Failure::Refused(format!(
                "the webhook {webhook} {why}: nothing comes any more; listen again"
            ));
        }
    }
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
