//! `deskbell replay`: sends one captured request again, to wherever a person wants it.

use super::{Client, Failure, Form, Query, in_path};
use crate::client::{ALL, Fault};
use crate::handler::{Handler, Trust};
use crate::print::{self, pretty, safe};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::{Instant, timeout};

#[derive(clap::Args)]
pub struct Replay {
    /// The captured request
    id: String,
    /// Where to send it, such as http://localhost:3000/hook
    #[arg(long, value_name = "URL")]
    to: String,
    #[command(flatten)]
    trust: Trust,
    /// The inbox that captured it; found among all of them when left out
    #[arg(long, value_name = "INBOX")]
    inbox: Option<String>,
    #[command(flatten)]
    form: Form,
}

/// An answer is waited for as long as a sender of webhooks may wait.
const ANSWER: Duration = Duration::from_secs(30);

pub(super) async fn run(given: Replay, client: &Client) -> Result<(), Failure> {
    let handler = Handler::new("--to", &given.to, &given.trust, client)?;
    let captured = match &given.inbox {
        Some(inbox) => client.get(&path(inbox, &given.id), &Query::new()).await?,
        None => find(client, &given.id).await?,
    };
    let start = Instant::now();
    let answered = timeout(ANSWER, handler.bring(&captured)).await;
    let millis = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    let answer = match answered {
        Ok(Ok(answer)) => answer,
        Ok(Err(why)) => {
            return Err(Failure::Refused(format!("{} cannot be reached: {}", given.to, safe(&why))));
        }
        Err(_) => {
            let seconds = ANSWER.as_secs();
            return Err(Failure::Refused(format!("{} did not answer within {seconds} s", given.to)));
        }
    };
    let body = String::from_utf8_lossy(&answer.body);
    if given.form.json {
        let told = json!({"request": captured["id"], "to": given.to, "status": answer.status, "ms": millis, "body": body});
        print::answer(&pretty(&told))?;
    } else {
        let bytes = captured["body_bytes"].as_u64().unwrap_or_default();
        let id = safe(captured["id"].as_str().unwrap_or_default());
        print::answer(&format!(
            "{id}: {bytes} bytes to {}, answered {} in {millis} ms.",
            given.to, answer.status
        ))?;
        if !body.is_empty() {
            print::answer(&body)?;
        }
    }
    if (200..300).contains(&answer.status) { Ok(()) } else { Err(Failure::Told) }
}

fn path(inbox: &str, id: &str) -> String {
    format!("/v2/inboxes/{}/requests/{}", in_path(inbox), in_path(id))
}

/// The captured request of that id, in whichever inbox it is.
async fn find(client: &Client, id: &str) -> Result<Value, Failure> {
    let (inboxes, _) = client.list("/v2/inboxes", &Query::new(), Some(ALL)).await?;
    for inbox in &inboxes {
        match client.get(&path(inbox["id"].as_str().unwrap_or_default(), id), &Query::new()).await {
            Err(Fault::Refused { status: 404, .. }) => {}
            found => return Ok(found?),
        }
    }
    Err(Failure::Refused(format!("no inbox has a request {}", safe(id))))
}
