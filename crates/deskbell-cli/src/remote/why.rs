//! `deskbell why`: did a webhook get an event, or why not? In the server's own words.

use super::shape::{Cell, row};
use super::{Client, Failure, Form, print};
use crate::print::{pretty, safe};
use serde_json::Value;

#[derive(clap::Args)]
pub struct Question {
    /// The event's id
    event: String,
    /// The webhook's id
    webhook: String,
    #[command(flatten)]
    form: Form,
}

const STEPS: &[(&str, Cell)] = &[
    ("STEP", Cell::Text("/name")),
    ("STATE", Cell::Text("/state")),
    ("TIME", Cell::Time("/time")),
    ("WHAT", Cell::Text("/sentence")),
];

/// Prints the answer. Ends well when the webhook got the event, and with [`Failure::Told`] when not.
pub(super) async fn run(given: Question, client: &Client) -> Result<(), Failure> {
    let query = vec![("event", given.event.trim().to_owned()), ("webhook", given.webhook.trim().to_owned())];
    let why = client.get("/v2/why", &query).await?;
    if given.form.json {
        print::answer(&pretty(&why))?;
    } else {
        tell(&why)?;
    }
    if why["verdict"] == "delivered" { Ok(()) } else { Err(Failure::Told) }
}

fn tell(why: &Value) -> Result<(), Failure> {
    let text = |field: &str| safe(why[field].as_str().unwrap_or_default());
    print::answer(&text("sentence"))?;
    if !text("reason").is_empty() {
        print::answer(&text("reason"))?;
    }
    print::answer("")?;
    let items = |field: &str| why[field].as_array().cloned().unwrap_or_default();
    let headings: Vec<&str> = STEPS.iter().map(|(heading, _)| *heading).collect();
    print::columns(&headings, items("steps").iter().map(|step| row(step, STEPS)).collect())?;
    let nearest = &why["nearest"];
    let mut near = Vec::new();
    near.extend(nearest["trigger"].as_str().map(|trigger| format!("it asks for {}", safe(trigger))));
    near.extend(nearest["webhook"]["name"].as_str().map(|name| format!("{} got it", safe(name))));
    if !near.is_empty() {
        print::answer(&format!("\nNearest: {}.", near.join("; ")))?;
    }
    let ruled_out = items("ruled_out");
    let ruled_out: Vec<String> = ruled_out.iter().filter_map(Value::as_str).map(safe).collect();
    Ok(print::answer(&format!("\nAlso looked at, and not the reason: {}.", ruled_out.join(", ")))?)
}
