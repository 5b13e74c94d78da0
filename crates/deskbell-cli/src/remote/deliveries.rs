//! `deskbell deliveries`.

use super::shape::Cell;
use super::{Client, Failure, Form, Paging, Query, get, in_path, list, print_list, query, show};
use crate::print::safe;
use crate::{known, trigger};
use deskbell_core::delivery::Status;
use serde_json::Value;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Deliveries {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    list: ListFlags,
    #[command(flatten)]
    form: Form,
}

#[derive(clap::Args)]
struct ListFlags {
    /// Only to this webhook
    #[arg(long)]
    webhook: Option<String>,
    /// Only of this event
    #[arg(long)]
    event: Option<String>,
    /// Only of this trigger
    #[arg(long)]
    r#type: Option<String>,
    /// Only pending, delivered, failed, cancelled or quarantined ones
    #[arg(long)]
    status: Option<String>,
    /// Only of this subject
    #[arg(long)]
    subject: Option<String>,
    /// What each that is listed must be, such as delivered; otherwise, or when there is none, the exit code is 1 with the reason
    #[arg(long, value_name = "STATUS")]
    expect: Option<String>,
    /// With --expect: how long to wait until it is so, such as 30s
    #[arg(long, value_name = "SPAN", requires = "expect", default_value = "0s")]
    wait: String,
    #[command(flatten)]
    paging: Paging,
}

#[derive(clap::Subcommand)]
enum Command {
    /// List deliveries, newest first
    List(ListFlags),
    /// Show a delivery
    Get {
        /// Its id
        id: String,
    },
    /// Call a sample off: nothing more is sent of it
    Cancel {
        /// The delivery's id
        id: String,
    },
    /// Make one more attempt, at once
    Retry {
        /// The delivery's id
        id: String,
    },
}

const PATH: &str = "/v2/deliveries";
const COLUMNS: &[(&str, Cell)] = &[
    ("ID", Cell::Text("/id")),
    ("TYPE", Cell::Text("/type")),
    ("SAMPLE", Cell::Either("/sample", ["sample", "-"])),
    ("STATUS", Cell::Text("/status")),
    ("ATTEMPTS", Cell::Text("/attempts")),
    ("OUTCOME", Cell::Text("/last_outcome")),
    ("CODE", Cell::Text("/last_status_code")),
    ("EVENT", Cell::Text("/event")),
    ("WEBHOOK", Cell::Text("/webhook")),
    ("CREATED", Cell::Time("/creation_time")),
    ("NEXT", Cell::Time("/next_attempt_time")),
    ("HELD", Cell::Text("/held_by")),
];

pub(super) async fn run(given: Deliveries, client: &Client) -> Result<(), Failure> {
    let form = given.form;
    match given.command.unwrap_or(Command::List(given.list)) {
        Command::List(flags) => {
            let filters = [
                ("webhook", &flags.webhook),
                ("event", &flags.event),
                ("type", &flags.r#type),
                ("status", &flags.status),
                ("subject", &flags.subject),
            ];
            let status = flags.expect.as_deref().map(status).transpose()?;
            let query = query(&filters);
            match status {
                None => list(client, PATH, query, &flags.paging, COLUMNS, form).await,
                Some(status) => expect(client, query, &flags, status, form).await,
            }
        }
        Command::Get { id } => get(client, &format!("{PATH}/{}", in_path(&id)), form).await,
        Command::Cancel { id } => {
            let path = format!("{PATH}/{}/cancel", in_path(&id));
            show(&client.post(&path, "{}".into()).await?, form)
        }
        Command::Retry { id } => {
            let path = format!("{PATH}/{}/retry", in_path(&id));
            show(&client.post(&path, "{}".into()).await?, form)
        }
    }
}

/// How often it is looked again.
const AGAIN: Duration = Duration::from_millis(500);

/// The status of that name.
fn status(name: &str) -> Result<Status, Failure> {
    known::one_of("status", name, &Status::ALL, Status::as_str)
}

/// Lists, and ends well when each delivery has the status, within the time that was given.
async fn expect(
    client: &Client,
    query: Query,
    flags: &ListFlags,
    wanted: Status,
    form: Form,
) -> Result<(), Failure> {
    let end = Instant::now() + trigger::span(&flags.wait)?;
    let is = |one: &Value, status: Status| one["status"] == status.as_str();
    let met = |one: &Value| is(one, wanted);
    // What is over does not become anything else by itself.
    let missed = |one: &&Value| !met(one) && !is(one, Status::Pending);
    let (found, more) = loop {
        let (found, more) = client.list(PATH, &query, flags.paging.limit).await?;
        let all = !found.is_empty() && found.iter().all(met);
        if all || found.iter().any(|one| missed(&one)) || Instant::now() >= end {
            break (found, more);
        }
        sleep_until(end.min(Instant::now() + AGAIN)).await;
    };
    let count = found.iter().filter(|one| met(one)).count();
    // The first that is over ends the wait, whatever others are pending: it is the reason, and they are told.
    let pending = found.iter().filter(|one| !met(one) && is(one, Status::Pending)).count();
    let pending = if pending == 0 { String::new() } else { format!(", {pending} pending") };
    let other = found.iter().find(missed).or_else(|| found.iter().find(|one| !met(one))).map(|one| {
        let text = |field: &str| safe(one[field].as_str().unwrap_or("-"));
        format!("; {} is {} ({})", text("id"), text("status"), text("last_outcome"))
    });
    let all = found.len();
    print_list(found, more, COLUMNS, form)?;
    if all > 0 && count == all {
        return Ok(());
    }
    let (other, wanted) = (other.unwrap_or_default(), wanted.as_str());
    Err(Failure::Refused(match all {
        0 => format!("expected {wanted}: there is no delivery of which that could be said"),
        _ => format!("expected {wanted}: so it is for {count} of {all} deliveries{pending}{other}"),
    }))
}
