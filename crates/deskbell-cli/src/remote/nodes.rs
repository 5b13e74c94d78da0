//! `deskbell nodes`: the machines that serve, as the operator sees them.

use super::shape::Cell;
use super::{Client, Failure, Form, Query, print_list};

#[derive(clap::Args)]
pub struct Nodes {
    #[command(flatten)]
    form: Form,
}

const COLUMNS: &[(&str, Cell)] = &[
    ("NAME", Cell::Text("/name")),
    ("STATE", Cell::Text("/state")),
    ("ROLES", Cell::Text("/roles")),
    ("HEARTBEAT", Cell::Ago("/heartbeat_age_seconds")),
    ("EPOCH", Cell::Text("/epoch")),
    ("IN FLIGHT", Cell::Text("/in_flight")),
    ("IN HAND", Cell::Text("/in_hand")),
    ("CLOCK MS", Cell::Text("/clock_ms")),
    ("HOST", Cell::Text("/host")),
    ("VERSION", Cell::Text("/version")),
    ("STARTED", Cell::Time("/started_time")),
];

pub(super) async fn run(given: &Nodes, client: &Client) -> Result<(), Failure> {
    let mut instance = client.get("/v2/operator", &Query::new()).await?;
    let nodes = instance["nodes"].as_array_mut().map(std::mem::take).unwrap_or_default();
    print_list(nodes, false, COLUMNS, given.form)
}
