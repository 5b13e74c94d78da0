//! `deskbell deliveries`.

use super::shape::Cell;
use super::{Client, Failure, Form, Paging, get, in_path, list, query, show};

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
            list(client, PATH, query(&filters), &flags.paging, COLUMNS, form).await
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
