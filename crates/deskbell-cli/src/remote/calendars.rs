//! `deskbell calendars`.

use super::shape::Cell;
use super::{Client, Failure, Form, Paging, Query, get, in_path, list};

#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Calendars {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    paging: Paging,
    #[command(flatten)]
    form: Form,
}

#[derive(clap::Subcommand)]
enum Command {
    /// List booking calendars
    List(Paging),
    /// Show a booking calendar
    Get {
        /// Its id
        id: String,
    },
}

const PATH: &str = "/v2/booking-calendars";
const COLUMNS: &[(&str, Cell)] = &[
    ("ID", Cell::Text("/id")),
    ("NAME", Cell::Text("/name")),
    ("SUBJECT", Cell::Text("/subject")),
    ("HOST", Cell::Text("/host")),
    ("MINUTES", Cell::Text("/duration_minutes")),
    ("PUBLISHED", Cell::Either("/published", ["yes", "no"])),
];

pub(super) async fn run(given: Calendars, client: &Client) -> Result<(), Failure> {
    let form = given.form;
    match given.command.unwrap_or(Command::List(given.paging)) {
        Command::List(paging) => list(client, PATH, Query::new(), &paging, COLUMNS, form).await,
        Command::Get { id } => get(client, &format!("{PATH}/{}", in_path(&id)), form).await,
    }
}
