//! `deskbell inboxes`.

use super::shape::Cell;
use super::{Client, Failure, Form, Paging, Query, delete, get, in_path, list, show};
use serde_json::json;

#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Inboxes {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    paging: Paging,
    #[command(flatten)]
    form: Form,
}

#[derive(clap::Subcommand)]
enum Command {
    /// List inboxes, newest first
    List(Paging),
    /// Show an inbox
    Get {
        /// Its id
        id: String,
    },
    /// Create an inbox
    Create {
        /// What to call it
        #[arg(long)]
        name: Option<String>,
        /// The statuses it answers with, one after another, with commas; the last one from then on
        #[arg(long, value_delimiter = ',', value_name = "STATUS")]
        answers: Vec<u16>,
        /// Have its requests wait for `deskbell listen --inbox`, instead of answers
        #[arg(long, conflicts_with = "answers")]
        relay: bool,
        /// The secret of a webhook elsewhere, whose deliveries come to it: they are verified with it
        #[arg(long)]
        secret: Option<String>,
    },
    /// List what an inbox captured, newest first
    Requests {
        /// The inbox's id
        id: String,
        #[command(flatten)]
        paging: Paging,
    },
    /// Delete an inbox and all it captured
    Delete {
        /// Its id
        id: String,
    },
}

const PATH: &str = "/v2/inboxes";
const COLUMNS: &[(&str, Cell)] = &[
    ("ID", Cell::Text("/id")),
    ("NAME", Cell::Text("/name")),
    ("CAPTURED", Cell::Text("/captured")),
    ("URL", Cell::Text("/url")),
    ("EXPIRES", Cell::Time("/expiry_time")),
];
const REQUESTS: &[(&str, Cell)] = &[
    ("NUMBER", Cell::Text("/number")),
    ("ID", Cell::Text("/id")),
    ("METHOD", Cell::Text("/method")),
    ("PATH", Cell::Text("/path")),
    ("BYTES", Cell::Text("/body_bytes")),
    ("ANSWERED", Cell::Text("/answered_status")),
    ("EVENT", Cell::Text("/delivery_of/event")),
    ("SIGNATURE", Cell::Text("/delivery_of/signature")),
    ("BY SECRET", Cell::Text("/signature")),
    ("RECEIVED", Cell::Time("/received_time")),
];

pub(super) async fn run(given: Inboxes, client: &Client) -> Result<(), Failure> {
    let form = given.form;
    match given.command.unwrap_or(Command::List(given.paging)) {
        Command::List(paging) => list(client, PATH, Query::new(), &paging, COLUMNS, form).await,
        Command::Get { id } => get(client, &format!("{PATH}/{}", in_path(&id)), form).await,
        Command::Create { name, answers, relay, secret } => {
            let answers: Vec<_> = answers.iter().map(|status| json!({"status": status})).collect();
            let mut body = if relay { json!({"relay": true}) } else { json!({"answers": answers}) };
            if let Some(secret) = secret {
                body["secret"] = secret.into();
            }
            if let Some(name) = name {
                body["name"] = name.into();
            }
            show(&client.post(PATH, body.to_string()).await?, form)
        }
        Command::Requests { id, paging } => {
            let path = format!("{PATH}/{}/requests", in_path(&id));
            list(client, &path, Query::new(), &paging, REQUESTS, form).await
        }
        Command::Delete { id } => delete(client, &format!("{PATH}/{}", in_path(&id)), form).await,
    }
}
