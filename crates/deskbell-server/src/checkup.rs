//! The checkup: whether an instance and the machine that it is on are fit to run, part by part, with what to do where they are not. It
//! makes nothing and changes nothing, and may run beside the server. (What is wrong with a signature, the doctor says.)

mod certificate;
mod clock;
mod data;
mod database;
mod descriptors;
mod holder;
mod network;
mod settings;
mod traces;

use crate::config::Loaded;
use deskbell_core::{Clock, Timestamp};
use serde_json::{Value, json};
use std::time::Duration;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// It runs, and somebody should look at it.
    Warn,
    /// It does not run, or not for long.
    Bad,
}

impl Verdict {
    /// As it is printed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Bad => "bad",
        }
    }
}

/// What was found of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Of which part.
    pub part: &'static str,
    /// How bad it is.
    pub verdict: Verdict,
    /// What it is.
    pub said: String,
    /// What to do, where there is something to do.
    pub remedy: Option<String>,
}

impl Finding {
    fn ok(part: &'static str, said: impl Into<String>) -> Self {
        Self { part, verdict: Verdict::Ok, said: said.into(), remedy: None }
    }

    fn warn(part: &'static str, said: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { part, verdict: Verdict::Warn, said: said.into(), remedy: Some(remedy.into()) }
    }

    fn bad(part: &'static str, said: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { part, verdict: Verdict::Bad, said: said.into(), remedy: Some(remedy.into()) }
    }

    /// For machines.
    pub fn json(&self) -> Value {
        json!({ "part": self.part, "verdict": self.verdict.as_str(), "said": self.said, "remedy": self.remedy })
    }
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Where to go on the way out, as a delivery would, up to the connection.
    pub reach: Vec<String>,
    /// How long each file of the database is looked through.
    pub within: Duration,
}

/// All findings, part by part.
pub async fn run(loaded: &Loaded, asked: &Asked, clock: &dyn Clock) -> Vec<Finding> {
    let (config, now): (_, Timestamp) = (&loaded.config, clock.now());
    let mut findings = settings::check(loaded);
    findings.extend(certificate::check(config, now));
    findings.extend(clock::check(config, now).await);
    findings.extend(data::check(loaded));
    let holder = config.server.store.file().and_then(holder::find);
    findings.push(descriptors::check(config, holder.as_ref()));
    findings.extend(database::check(config, holder.as_ref(), asked.within).await);
    findings.extend(network::check(config, &asked.reach).await);
    findings.extend(traces::check(config).await);
    findings
}
