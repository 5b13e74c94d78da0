//! `deskbell checkup`: prints what was found, with what to do.

use super::Failure;
use crate::checkup::{self, Asked, Finding, Verdict};
use crate::config::Loaded;
use crate::door::SystemClock;
use deskbell_cli::print;
use serde_json::Value;
use std::time::Duration;

#[derive(clap::Args)]
pub(super) struct Checkup {
    /// Go the way of a delivery to this receiver, up to the connection; nothing is sent. Can be given several times
    #[arg(long, value_name = "URL")]
    reach: Vec<String>,
    /// Look through the database to its end, however long that takes
    #[arg(long)]
    thorough: bool,
    /// Print JSON, for machines
    #[arg(long)]
    json: bool,
}

/// How long each file of the database is looked through, unless all of it is asked for.
const WITHIN: Duration = Duration::from_secs(30);
const FOR_EVER: Duration = Duration::from_hours(365 * 24);

pub(super) async fn run(given: Checkup, loaded: &Loaded) -> Result<(), Failure> {
    let asked = Asked { reach: given.reach, within: if given.thorough { FOR_EVER } else { WITHIN } };
    let findings = checkup::run(loaded, &asked, &SystemClock).await;
    if given.json {
        print::answer(&Value::from(findings.iter().map(Finding::json).collect::<Vec<_>>()).to_string())?;
    } else {
        print::answer(&findings.iter().map(line).collect::<Vec<_>>().join("\n"))?;
    }
    match findings.iter().map(|found| found.verdict).max() {
        Some(Verdict::Bad) => Err(deskbell_cli::Failure::Told.into()),
        _ => Ok(()),
    }
}

fn line(found: &Finding) -> String {
    let remedy = found.remedy.as_ref().map(|remedy| format!("\n                     {remedy}"));
    let (verdict, said) = (found.verdict.as_str(), print::safe(&found.said));
    format!("{verdict:<5} {:<14} {said}{}", found.part, remedy.unwrap_or_default())
}
