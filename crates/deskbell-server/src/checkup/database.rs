//! The database: who has it, and whether its files are sound.

use super::Finding;
use super::holder::Holder;
use crate::config::Config;
use deskbell_store::Checked;
use std::time::Duration;

const PART: &str = "database";
const REMEDY: &str =
    "Stop the server, keep the file as it is, and restore a backup (docs/operating.md, Backup and restore).";

pub(super) async fn check(config: &Config, holder: Option<&Holder>, within: Duration) -> Vec<Finding> {
    let store = config.server.store.clone();
    if !store.exists() {
        return vec![Finding::ok(
            PART,
            format!("{} is not there yet: the first start makes it", store.display()),
        )];
    }
    let has = match holder {
        Some(holder) => format!("used by {}", holder.said),
        None => "no server uses it".to_owned(),
    };
    let mut findings = vec![Finding::ok(PART, has)];
    // It reads whole files: not beside what has to answer.
    let looked = tokio::task::spawn_blocking(move || deskbell_store::check(&store, within)).await;
    match looked {
        Ok(Ok(files)) => findings.extend(files.into_iter().map(|(path, checked)| {
            let path = path.display();
            match checked {
                Checked::Sound => Finding::ok(PART, format!("{path} is sound")),
                Checked::Damaged(why) => Finding::bad(PART, format!("{path} is damaged: {why}"), REMEDY),
                Checked::Unfinished => Finding::ok(
                    PART,
                    format!(
                        "{path}: nothing was found within {} s; --thorough looks to its end",
                        within.as_secs()
                    ),
                ),
            }
        })),
        Ok(Err(error)) => findings.push(Finding::bad(PART, error.to_string(), REMEDY)),
        Err(error) => findings.push(Finding::bad(PART, error.to_string(), "This is a bug of ours.")),
    }
    findings
}
