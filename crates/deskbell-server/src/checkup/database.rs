//! The database: who has it, and whether its files are sound.

use super::Finding;
use super::holder::Holder;
use crate::config::{Config, DatabaseUrl, StoreAddress};
use deskbell_store::Checked;
use std::time::Duration;

const PART: &str = "database";
/// A database has at least so long to answer.
const PATIENCE: Duration = Duration::from_secs(10);
const REMEDY: &str =
    "Stop the server, keep the file as it is, and restore a backup (docs/operating.md, Backup and restore).";

pub(super) async fn check(config: &Config, holder: Option<&Holder>, within: Duration) -> Vec<Finding> {
    let store = match &config.server.store {
        StoreAddress::Sqlite(path) => path.clone(),
        StoreAddress::Postgres(url) => return postgres(url, within).await,
    };
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

/// A database of a server's: whether it answers, and whether it keeps what it is told to.
async fn postgres(url: &DatabaseUrl, within: Duration) -> Vec<Finding> {
    let remedy = "See docs/operating.md, PostgreSQL.";
    let looked =
        tokio::time::timeout(within.max(PATIENCE), deskbell_store::look_at_database(url.expose())).await;
    let found = match looked {
        Ok(Ok(found)) => found,
        Ok(Err(error)) => return vec![Finding::bad(PART, format!("{url}: {error}"), remedy)],
        Err(_) => return vec![Finding::bad(PART, format!("{url} does not answer in time"), remedy)],
    };
    let mut findings = vec![Finding::ok(PART, format!("{url} is PostgreSQL {}", found.version))];
    findings.extend(found.unsafe_settings.iter().map(|setting| {
        Finding::bad(
            PART,
            format!("it is set to {setting}"),
            "What was accepted may be lost in a crash: turn it on.",
        )
    }));
    findings.push(match found.missing {
        0 => Finding::ok(PART, "its tables are as this release has them"),
        missing => Finding::ok(PART, format!("migrations that the next start applies: {missing}")),
    });
    findings
}
