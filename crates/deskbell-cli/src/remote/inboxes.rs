//! `deskbell inboxes`.

use super::shape::Cell;
use super::{Client, Failure, Form, Paging, Query, delete, get, in_path, list, print_list, show};
use crate::trigger;
use serde_json::json;
use std::time::Duration;
use tokio::time::Instant;

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
        /// Wait until there are --count of them, so long at most, such as 30s; otherwise the exit code is 1
        #[arg(long, value_name = "SPAN")]
        wait: Option<String>,
        /// How many have to be there
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
        count: Option<u32>,
        #[command(flatten)]
        paging: Paging,
    },
    /// Write a note beside what an inbox captured, or take it away
    Note {
        /// The inbox's id
        id: String,
        /// The id of the captured request
        request: String,
        /// The note, of 500 characters at most
        #[arg(required_unless_present = "remove", conflicts_with = "remove")]
        note: Option<String>,
        /// Take the note away
        #[arg(long)]
        remove: bool,
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
    ("NOTE", Cell::Text("/note")),
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
        Command::Requests { id, wait, count, paging } => {
            let path = format!("{PATH}/{}/requests", in_path(&id));
            if wait.is_none() && count.is_none() {
                return list(client, &path, Query::new(), &paging, REQUESTS, form).await;
            }
            let wait = wait.as_deref().map(trigger::span).transpose()?.unwrap_or_default();
            awaited(client, &path, count.unwrap_or(1), wait, form).await
        }
        Command::Note { id, request, note, remove: _ } => {
            let path = format!("{PATH}/{}/requests/{}", in_path(&id), in_path(&request));
            show(&client.patch(&path, json!({"note": note}).to_string()).await?, form)
        }
        Command::Delete { id } => delete(client, &format!("{PATH}/{}", in_path(&id)), form).await,
    }
}

/// The longest that a server holds one call.
const HELD: Duration = Duration::from_secs(20);

/// Lists the newest requests as soon as there are `count`.
async fn awaited(client: &Client, path: &str, count: u32, wait: Duration, form: Form) -> Result<(), Failure> {
    let end = Instant::now() + wait;
    loop {
        let left = end.saturating_duration_since(Instant::now()).min(HELD);
        // In whole seconds: the last part of one is waited for whole.
        let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
        let query: Query =
            vec![("limit", "100".to_owned()), ("count", count.to_string()), ("wait", seconds.to_string())];
        let mut page = client.wait(path, &query, HELD).await?;
        let found = page["data"].as_array_mut().map(std::mem::take).unwrap_or_default();
        let all = found.len() >= count as usize;
        if all || Instant::now() >= end {
            let (came, more) = (found.len(), page["has_more"].as_bool().unwrap_or_default());
            print_list(found, more, REQUESTS, form)?;
            let missing = || Failure::Refused(format!("{count} requests were awaited, and {came} came"));
            return if all { Ok(()) } else { Err(missing()) };
        }
    }
}
