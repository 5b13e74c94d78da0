//! `deskbell events`.

use super::shape::Cell;
use super::{Client, Failure, Form, Paging, data, in_path, list, query, show};
use crate::print::{self, indented};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Events {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    list: ListFlags,
    #[command(flatten)]
    form: Form,
}

#[derive(clap::Args)]
struct ListFlags {
    /// Only of this trigger
    #[arg(long)]
    r#type: Option<String>,
    /// Only of this subject
    #[arg(long)]
    subject: Option<String>,
    /// Only those owed to this webhook
    #[arg(long)]
    webhook: Option<String>,
    #[command(flatten)]
    paging: Paging,
}

#[derive(clap::Subcommand)]
enum Command {
    /// List events, newest first
    List(ListFlags),
    /// Show an event with its payload
    Get {
        /// Its id
        id: String,
    },
    /// Post an event
    Post {
        /// Its trigger
        #[arg(long)]
        r#type: String,
        /// The object it happened to: JSON, a file, or - for standard input
        #[arg(long, value_name = "JSON|FILE|-")]
        data: String,
        /// What it happened to, for filters
        #[arg(long)]
        subject: Option<String>,
    },
}

const PATH: &str = "/v2/events";
const COLUMNS: &[(&str, Cell)] = &[
    ("ID", Cell::Text("/id")),
    ("TYPE", Cell::Text("/type")),
    ("SUBJECT", Cell::Text("/subject")),
    ("ORIGIN", Cell::Text("/origin")),
    ("CREATED", Cell::Time("/creation_time")),
];

/// An event to post; its data goes as it was written.
#[derive(Serialize)]
struct New {
    r#type: String,
    data: Box<RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
}

pub(super) async fn run(given: Events, client: &Client) -> Result<(), Failure> {
    let form = given.form;
    match given.command.unwrap_or(Command::List(given.list)) {
        Command::List(flags) => {
            let filters = [("type", &flags.r#type), ("subject", &flags.subject), ("webhook", &flags.webhook)];
            list(client, PATH, query(&filters), &flags.paging, COLUMNS, form).await
        }
        Command::Get { id } => {
            let text = client.get_text(&format!("{PATH}/{}", in_path(&id))).await?;
            if form.json {
                return Ok(print::answer(&indented(&text))?);
            }
            let mut event: Value = serde_json::from_str(&text).unwrap_or_default();
            // Its text stands beside it, with its digits as they were sent.
            if event["payload_text"].is_string() {
                event.as_object_mut().map(|fields| fields.remove("payload"));
            }
            show(&event, form)
        }
        Command::Post { r#type, data, subject } => {
            let body = serde_json::to_string(&New { r#type, data: data::read(&data)?, subject });
            let body = body.map_err(|error| Failure::Usage(format!("--data: {error}")))?;
            show(&client.post(PATH, body).await?, form)
        }
    }
}
