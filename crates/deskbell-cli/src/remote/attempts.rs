//! `deskbell attempts`.

use super::shape::Cell;
use super::{Client, Failure, Form, Paging, get, in_path, list, query};

#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Attempts {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    list: ListFlags,
    #[command(flatten)]
    form: Form,
}

#[derive(clap::Args)]
struct ListFlags {
    /// Only of this delivery
    #[arg(long)]
    delivery: Option<String>,
    /// Only to this webhook
    #[arg(long)]
    webhook: Option<String>,
    /// Only of this event
    #[arg(long)]
    event: Option<String>,
    /// Only of this outcome, such as delivered
    #[arg(long)]
    outcome: Option<String>,
    #[command(flatten)]
    paging: Paging,
}

#[derive(clap::Subcommand)]
enum Command {
    /// List attempts, newest first
    List(ListFlags),
    /// Show an attempt: what was sent, what was answered
    Get {
        /// Its id
        id: String,
    },
}

const PATH: &str = "/v2/attempts";
const COLUMNS: &[(&str, Cell)] = &[
    ("ID", Cell::Text("/id")),
    ("DELIVERY", Cell::Text("/delivery")),
    ("NUMBER", Cell::Text("/number")),
    ("OUTCOME", Cell::Text("/outcome")),
    ("CODE", Cell::Text("/response/status_code")),
    ("MS", Cell::Millis("/timings/total_us")),
    ("STARTED", Cell::Time("/started_time")),
];

pub(super) async fn run(given: Attempts, client: &Client) -> Result<(), Failure> {
    let form = given.form;
    match given.command.unwrap_or(Command::List(given.list)) {
        Command::List(flags) => {
            let filters = [
                ("delivery", &flags.delivery),
                ("webhook", &flags.webhook),
                ("event", &flags.event),
                ("outcome", &flags.outcome),
            ];
            list(client, PATH, query(&filters), &flags.paging, COLUMNS, form).await
        }
        Command::Get { id } => get(client, &format!("{PATH}/{}", in_path(&id)), form).await,
    }
}
