//! Watch: the deliveries of some subjects, each shown once its first attempt has an outcome.

use super::{Client, Failure, Query, print};
use crate::cli::remote::safe;
use serde_json::Value;
use std::collections::HashSet;
use std::time::Duration;
use tokio::time::Instant;

/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(200);
/// More deliveries than one booking has.
const MANY: u32 = 1_000;

#[derive(Default)]
pub(super) struct Watch {
    subjects: Vec<String>,
    shown: HashSet<String>,
}

impl Watch {
    pub(super) fn follow(&mut self, subject: &str) {
        self.subjects.push(subject.to_owned());
    }

    pub(super) fn head(&self) -> Result<(), Failure> {
        Ok(print::answer(&line(["OUTCOME", "CODE", "TYPE", "WEBHOOK", "DELIVERY"]))?)
    }

    /// Shows what has an outcome by now; gives how many have none.
    pub(super) async fn look(&mut self, client: &Client) -> Result<usize, Failure> {
        let mut waiting = 0;
        for subject in &self.subjects {
            let query: Query = vec![("subject", subject.clone())];
            let (mut found, _) = client.list("/v2/deliveries", &query, Some(MANY)).await?;
            // As they happened: lists have the newest first.
            found.reverse();
            for delivery in found {
                let text = |field: &str| safe(delivery[field].as_str().unwrap_or("-"));
                let tried = delivery["attempts"].as_u64().unwrap_or_default() > 0;
                if !tried && delivery["status"] == "pending" {
                    waiting += 1;
                } else if self.shown.insert(text("id")) {
                    let outcome = delivery["last_outcome"].as_str().or(delivery["status"].as_str());
                    let code =
                        delivery["last_status_code"].as_u64().map_or("-".into(), |code| code.to_string());
                    let outcome = safe(outcome.unwrap_or("-"));
                    print::answer(&line([&outcome, &code, &text("type"), &text("webhook"), &text("id")]))?;
                }
            }
        }
        Ok(waiting)
    }

    /// Looks until every delivery has an outcome, for `wait` at most.
    pub(super) async fn finish(&mut self, client: &Client, wait: Duration) -> Result<(), Failure> {
        let end = Instant::now() + wait;
        loop {
            let waiting = self.look(client).await?;
            if waiting == 0 {
                break;
            }
            if Instant::now() >= end {
                print::note(&format!(
                    "{waiting} deliveries are not tried yet: deskbell deliveries shows them."
                ))?;
                return Ok(());
            }
            tokio::time::sleep(PAUSE).await;
        }
        if self.shown.is_empty() {
            print::note("No webhook is subscribed to it: nothing was delivered.")?;
        }
        Ok(())
    }
}

fn line([outcome, code, kind, webhook, delivery]: [&str; 5]) -> String {
    format!("{outcome:20}  {code:4}  {kind:37}  {webhook:16}  {delivery}").trim_end().to_owned()
}

/// Whether an answer of the API is a refusal with this code.
pub(super) fn is_code(fault: &crate::cli::client::Fault, wanted: &str) -> bool {
    matches!(fault, crate::cli::client::Fault::Refused { code, .. } if code == wanted)
}

/// The text at a JSON pointer.
pub(super) fn text(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}
