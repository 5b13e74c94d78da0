//! The commands that call a server: `deskbell webhooks`, `events`, and so on. They use its public API and nothing else.

mod attempts;
mod booking_pages;
mod bookings;
mod calendars;
mod data;
mod deliveries;
mod event_types;
mod events;
mod import;
mod inboxes;
mod master_pages;
mod nodes;
mod replay;
mod shape;
mod webhooks;
mod why;

use crate::client::{Client, Flags, Query, in_path};
use crate::print::{Form, pretty};
use crate::{Failure, listen, print, suite, trigger};
use serde_json::Value;
use shape::{Cell, row};

#[derive(clap::Subcommand)]
/// The commands that call a server.
pub enum Command {
    /// Bring deliveries to a handler on this machine, and its answers back
    Listen(listen::Listen),
    /// Import an event of another system, as a beginning for the sandbox
    Import(import::Import),
    /// Send a captured request again, wherever you want it
    Replay(replay::Replay),
    /// Drive the sandbox until an event has fired, and show its deliveries
    Trigger(trigger::Ring),
    /// Try every trigger against a handler, and end with 1 unless it takes each
    Test(suite::Test),
    /// Webhooks: list, show, create, update, delete, resume, ring with a sample, what changed
    Webhooks(webhooks::Webhooks),
    /// Events: list, show, post
    Events(events::Events),
    /// Say why a webhook got an event, or why not
    Why(why::Question),
    /// Deliveries: list, show, retry, call a sample off
    Deliveries(deliveries::Deliveries),
    /// Attempts: list, show
    Attempts(attempts::Attempts),
    /// Inboxes: list, show, create, delete, what they captured, notes on it
    Inboxes(inboxes::Inboxes),
    /// Bookings: list, show
    Bookings(bookings::Bookings),
    /// Booking calendars: list, show
    Calendars(calendars::Calendars),
    /// Booking pages: list, show
    BookingPages(booking_pages::BookingPages),
    /// Event types: list, show
    EventTypes(event_types::EventTypes),
    /// Master pages: list, show
    MasterPages(master_pages::MasterPages),
    /// The machines that serve, with heartbeat, epoch and load; for the operator
    Nodes(nodes::Nodes),
}

/// Runs `command` against the server that `flags` name.
///
/// # Errors
/// Whatever a person has to be told.
pub async fn run(command: Command, flags: &Flags) -> Result<(), Failure> {
    let client = Client::new(flags)?;
    match command {
        Command::Listen(given) => listen::run(given, &client).await,
        Command::Import(given) => import::run(given, &client).await,
        Command::Replay(given) => replay::run(given, &client).await,
        Command::Trigger(given) => trigger::run(given, &client).await,
        Command::Test(given) => suite::run(given, &client).await,
        Command::Webhooks(command) => webhooks::run(command, &client).await,
        Command::Events(command) => events::run(command, &client).await,
        Command::Why(question) => why::run(question, &client).await,
        Command::Deliveries(command) => deliveries::run(command, &client).await,
        Command::Attempts(command) => attempts::run(command, &client).await,
        Command::Inboxes(command) => inboxes::run(command, &client).await,
        Command::Bookings(command) => bookings::run(command, &client).await,
        Command::Calendars(command) => calendars::run(command, &client).await,
        Command::BookingPages(command) => booking_pages::run(command, &client).await,
        Command::EventTypes(command) => event_types::run(command, &client).await,
        Command::MasterPages(command) => master_pages::run(command, &client).await,
        Command::Nodes(given) => nodes::run(&given, &client).await,
    }
}

/// How much of a list is wanted.
#[derive(clap::Args, Clone)]
struct Paging {
    /// How many, newest first
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: Option<u32>,
}

/// Prints a list as a table of `columns`, or as a JSON array.
async fn list(
    client: &Client,
    path: &str,
    query: Query,
    paging: &Paging,
    columns: &[(&'static str, Cell)],
    form: Form,
) -> Result<(), Failure> {
    let (found, more) = client.list(path, &query, paging.limit).await?;
    print_list(found, more, columns, form)
}

/// Prints what a list has, and whether there is more of it.
fn print_list(
    found: Vec<Value>,
    more: bool,
    columns: &[(&'static str, Cell)],
    form: Form,
) -> Result<(), Failure> {
    if form.json {
        return Ok(print::answer(&pretty(&Value::Array(found)))?);
    }
    let headings: Vec<&str> = columns.iter().map(|(heading, _)| *heading).collect();
    print::columns(&headings, found.iter().map(|object| row(object, columns)).collect())?;
    if more {
        print::note("There are more: --limit asks for more of them.")?;
    }
    Ok(())
}

/// Prints one object, a field a line, or as JSON.
fn show(object: &Value, form: Form) -> Result<(), Failure> {
    let text = if form.json { pretty(object) } else { shape::fields(object) };
    Ok(print::answer(&text)?)
}

/// Prints the object at `path`.
async fn get(client: &Client, path: &str, form: Form) -> Result<(), Failure> {
    show(&client.get(path, &Query::new()).await?, form)
}

/// Deletes the object at `path`.
async fn delete(client: &Client, path: &str, form: Form) -> Result<(), Failure> {
    let gone = client.delete(path).await?;
    if form.json {
        return show(&gone, form);
    }
    Ok(print::note(&format!("{} is deleted.", print::safe(gone["id"].as_str().unwrap_or_default())))?)
}

/// The parameters that were given.
fn query(pairs: &[(&'static str, &Option<String>)]) -> Query {
    pairs.iter().filter_map(|(name, value)| Some((*name, (*value).clone()?))).collect()
}
