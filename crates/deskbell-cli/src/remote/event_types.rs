//! `deskbell event-types`.

use super::shape::Cell;
use super::{Client, Failure, Form, Paging, Query, get, in_path, list};

#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct EventTypes {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    paging: Paging,
    #[command(flatten)]
    form: Form,
}

#[derive(clap::Subcommand)]
enum Command {
    /// List event types
    List(Paging),
    /// Show an event type
    Get {
        /// Its id
        id: String,
    },
}

const PATH: &str = "/v2/event-types";
const COLUMNS: &[(&str, Cell)] =
    &[("ID", Cell::Text("/id")), ("NAME", Cell::Text("/name")), ("DESCRIPTION", Cell::Text("/description"))];

pub(super) async fn run(given: EventTypes, client: &Client) -> Result<(), Failure> {
    let form = given.form;
    match given.command.unwrap_or(Command::List(given.paging)) {
        Command::List(paging) => list(client, PATH, Query::new(), &paging, COLUMNS, form).await,
        Command::Get { id } => get(client, &format!("{PATH}/{}", in_path(&id)), form).await,
    }
}
