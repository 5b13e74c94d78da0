//! `deskbell bookings`.

use super::shape::Cell;
use super::{Client, Failure, Form, Paging, get, in_path, list, query};

#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Bookings {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    list: ListFlags,
    #[command(flatten)]
    form: Form,
}

#[derive(clap::Args)]
struct ListFlags {
    /// Only of this status, such as scheduled
    #[arg(long)]
    status: Option<String>,
    /// Only of this owner
    #[arg(long)]
    owner: Option<String>,
    /// Only of this booking calendar
    #[arg(long)]
    calendar: Option<String>,
    /// Only of this contact
    #[arg(long)]
    contact: Option<String>,
    #[command(flatten)]
    paging: Paging,
}

#[derive(clap::Subcommand)]
enum Command {
    /// List bookings, newest first
    List(ListFlags),
    /// Show a booking
    Get {
        /// Its id
        id: String,
    },
}

const PATH: &str = "/v2/bookings";
const COLUMNS: &[(&str, Cell)] = &[
    ("ID", Cell::Text("/id")),
    ("STATUS", Cell::Text("/status")),
    ("SUBJECT", Cell::Text("/subject")),
    ("STARTS", Cell::Time("/starting_time")),
    ("MINUTES", Cell::Text("/duration_minutes")),
    ("GUEST", Cell::Text("/form_submission/email")),
    ("OWNER", Cell::Text("/owner")),
    ("CREATED", Cell::Time("/creation_time")),
];

pub(super) async fn run(given: Bookings, client: &Client) -> Result<(), Failure> {
    let form = given.form;
    match given.command.unwrap_or(Command::List(given.list)) {
        Command::List(flags) => {
            let filters = [
                ("status", &flags.status),
                ("owner", &flags.owner),
                ("booking_calendar", &flags.calendar),
                ("contact", &flags.contact),
            ];
            list(client, PATH, query(&filters), &flags.paging, COLUMNS, form).await
        }
        Command::Get { id } => get(client, &format!("{PATH}/{}", in_path(&id)), form).await,
    }
}
