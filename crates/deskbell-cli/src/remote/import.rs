//! `deskbell import`: an event of another system as a beginning.

use super::shape::{Cell, row};
use super::{Client, Failure, Form};
use crate::print::{self, pretty};
use serde_json::Value;
use std::io::Read as _;

#[derive(clap::Args)]
pub struct Import {
    /// The file with the event, or with up to ten in an array; - for standard input
    file: String,
    #[command(flatten)]
    form: Form,
}

const COLUMNS: &[(&str, Cell)] = &[
    ("TYPE", Cell::Text("/type")),
    ("OUTCOME", Cell::Text("/outcome")),
    ("BOOKING", Cell::Text("/booking")),
    ("CONVERSATION", Cell::Text("/conversation")),
    ("USER", Cell::Text("/user")),
    ("CALENDAR", Cell::Text("/booking_calendar")),
    ("CONTACT", Cell::Text("/contact")),
];

pub(super) async fn run(given: Import, client: &Client) -> Result<(), Failure> {
    let read = |error: std::io::Error| Failure::Usage(format!("{}: {error}", given.file));
    let text = match given.file.as_str() {
        "-" => {
            let mut text = String::new();
            std::io::stdin().lock().read_to_string(&mut text).map_err(read)?;
            text
        }
        file => std::fs::read_to_string(file).map_err(read)?,
    };
    let imports = client.post("/v2/sandbox/import", text).await?;
    if given.form.json {
        return Ok(print::answer(&pretty(&imports["data"]))?);
    }
    let headings: Vec<&str> = COLUMNS.iter().map(|(heading, _)| *heading).collect();
    let rows = imports["data"].as_array().into_iter().flatten().map(|one: &Value| row(one, COLUMNS));
    Ok(print::columns(&headings, rows.collect())?)
}
