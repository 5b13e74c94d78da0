//! `deskbell master-pages`.

use super::shape::Cell;
use super::{Client, Failure, Form, Paging, Query, get, in_path, list};

#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct MasterPages {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    paging: Paging,
    #[command(flatten)]
    form: Form,
}

#[derive(clap::Subcommand)]
enum Command {
    /// List master pages
    List(Paging),
    /// Show a master page
    Get {
        /// Its id
        id: String,
    },
}

const PATH: &str = "/v2/master-pages";
const COLUMNS: &[(&str, Cell)] = &[
    ("ID", Cell::Text("/id")),
    ("NAME", Cell::Text("/name")),
    ("LABEL", Cell::Text("/label")),
    ("ACTIVE", Cell::Either("/active", ["yes", "no"])),
];

pub(super) async fn run(given: MasterPages, client: &Client) -> Result<(), Failure> {
    let form = given.form;
    match given.command.unwrap_or(Command::List(given.paging)) {
        Command::List(paging) => list(client, PATH, Query::new(), &paging, COLUMNS, form).await,
        Command::Get { id } => get(client, &format!("{PATH}/{}", in_path(&id)), form).await,
    }
}
