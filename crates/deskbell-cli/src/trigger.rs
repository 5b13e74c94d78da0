//! `deskbell trigger`: drives the sandbox through the real life cycle until an event has fired, and shows its deliveries.

pub(crate) mod drive;
mod watch;

use crate::client::{Client, Query};
use crate::print::Form;
use crate::{Failure, known, print};
use deskbell_core::attempt::Outcome;
use deskbell_core::trigger::Trigger;
use serde_json::Value;
use std::time::Duration;
use watch::Watch;
pub(crate) use watch::is_code;

#[derive(clap::Args)]
pub struct Ring {
    /// What is to happen, such as booking.canceled
    #[arg(required_unless_present = "all", conflicts_with = "all", value_name = "TYPE")]
    r#type: Option<String>,
    /// Drive the sandbox until each trigger has fired; some fire more than once
    #[arg(long)]
    all: bool,
    /// Override a field of the booking or the conversation, such as booking_form.name=Zoë or start_time=…
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// How long to wait for the first attempt of each delivery, such as 30s
    #[arg(long, default_value = "30s", value_name = "SPAN")]
    wait: String,
    /// What the first attempt of each delivery must come to, such as delivered; otherwise, or when nothing is delivered in time,
    /// the exit code is 1
    #[arg(long, value_name = "OUTCOME")]
    expect: Option<String>,
    #[command(flatten)]
    form: Form,
}

/// The wait before the next trigger; the last one is followed by the whole `--wait`.
const BETWEEN: Duration = Duration::from_secs(1);
/// The longest `--wait`.
const LONGEST: Duration = Duration::from_secs(3600);

pub(crate) async fn run(given: Ring, client: &Client) -> Result<(), Failure> {
    let wait = span(&given.wait)?;
    let expected = given.expect.as_deref().map(outcome).transpose()?;
    let triggers = match &given.r#type {
        None => Trigger::ALL.to_vec(),
        Some(name) => vec![named(name)?],
    };
    let sets = given.set.iter().map(|text| drive::Set::parse(text)).collect::<Result<Vec<_>, _>>()?;
    for trigger in &triggers {
        drive::check(*trigger, &sets, given.all)?;
    }
    let mut watch = Watch::start(client, expected, given.form).await?;
    for trigger in triggers {
        let subjects = drive::until(client, trigger, &sets).await?;
        for subject in &subjects {
            watch.follow(client, subject).await?;
        }
        let fired = fired(client, trigger, &subjects).await?;
        print::note(&format!("{trigger} has fired as {}.", print::safe(&fired)))?;
        watch.look(wait.min(BETWEEN)).await?;
    }
    watch.finish(wait).await
}

/// What was given as `--wait`.
pub(crate) fn span(given: &str) -> Result<Duration, Failure> {
    let within = deskbell_core::duration::within(Duration::ZERO, LONGEST);
    within(given).map_err(|rule| Failure::Usage(format!("--wait {given}: {rule}")))
}

/// The trigger of that name.
pub fn named(name: &str) -> Result<Trigger, Failure> {
    known::one_of("trigger", name, Trigger::ALL, Trigger::as_str)
}

/// The outcome of that name.
fn outcome(name: &str) -> Result<Outcome, Failure> {
    known::one_of("outcome", name, Outcome::ALL, Outcome::as_str)
}

/// The id of the event that one of `subjects` has fired.
pub(crate) async fn fired(client: &Client, trigger: Trigger, subjects: &[String]) -> Result<String, Failure> {
    for subject in subjects {
        let query: Query = vec![("type", trigger.to_string()), ("subject", subject.clone())];
        let page = client.get("/v2/events", &query).await?;
        if let Some(id) = page.pointer("/data/0/id").and_then(Value::as_str) {
            return Ok(id.to_owned());
        }
    }
    Err(Failure::Refused(format!("{trigger} has not fired, although every call was answered well")))
}
