//! `deskbell webhooks`.

use super::shape::Cell;
use super::{Client, Failure, Form, Paging, Query, data, delete, get, in_path, list, print_list, show};
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Webhooks {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    paging: Paging,
    #[command(flatten)]
    form: Form,
}

#[derive(clap::Subcommand)]
enum Command {
    /// List webhooks, newest first
    List(Paging),
    /// Show a webhook
    Get {
        /// Its id
        id: String,
    },
    /// Create a webhook; of the API's answers this is the only one that holds its secret
    Create {
        /// What to call it
        #[arg(long)]
        name: String,
        /// Where its deliveries go
        #[arg(long)]
        url: String,
        /// What it is rung for, with commas: triggers, or booking and conversation for all of a kind
        #[arg(long, value_delimiter = ',', required = true, value_parser = name)]
        events: Vec<String>,
    },
    /// Change a webhook; what is left out stays
    Update {
        /// Its id
        id: String,
        #[command(flatten)]
        patch: Patch,
    },
    /// Delete a webhook, for good
    Delete {
        /// Its id
        id: String,
    },
    /// Show what was changed of a webhook, and when, newest first
    History {
        /// Its id
        id: String,
    },
    /// End the rest of a webhook that was overloaded or too slow: one delivery goes first, and when it arrives the others follow
    Resume {
        /// Its id
        id: String,
    },
    /// Ring a webhook with a sample: one try, also while it is off, and nothing that is known of it changes
    Test {
        /// Its id
        id: String,
        /// A sample of which trigger
        #[arg(long, default_value = "booking.scheduled")]
        r#type: String,
        /// With this object instead of one of the sandbox's: JSON, a file, or - for standard input
        #[arg(long, value_name = "JSON|FILE|-")]
        data: Option<String>,
    },
}

/// What becomes of a webhook.
#[derive(clap::Args, Serialize)]
#[group(required = true, multiple = true)]
struct Patch {
    /// Another name
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Where its deliveries go from now on
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// What it is rung for from now on, with commas: triggers, or booking and conversation for all of a kind
    #[arg(long, value_delimiter = ',', value_parser = name)]
    #[serde(skip_serializing_if = "Option::is_none")]
    events: Option<Vec<String>>,
    /// Turn it on, or off: what is pending is cancelled then
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Switch>,
}

/// A name between commas; blanks around it are none of it.
#[allow(clippy::unnecessary_wraps, reason = "a parser of clap's")]
fn name(text: &str) -> Result<String, std::convert::Infallible> {
    Ok(text.trim().to_owned())
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Switch {
    Enabled,
    Disabled,
}

impl Serialize for Switch {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bool(*self == Self::Enabled)
    }
}

/// Which sample to send; its data goes as it was written.
#[derive(Serialize)]
struct Sample {
    r#type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Box<RawValue>>,
}

const PATH: &str = "/v2/webhooks";
const COLUMNS: &[(&str, Cell)] = &[
    ("ID", Cell::Text("/id")),
    ("NAME", Cell::Text("/name")),
    ("STATUS", Cell::Either("/status", ["enabled", "disabled"])),
    ("WHY", Cell::Text("/disabled_reason")),
    ("EVENTS", Cell::Text("/events")),
    ("URL", Cell::Text("/url")),
    ("CREATED", Cell::Time("/creation_time")),
];

/// A row a thing that was changed.
const HISTORY: &[(&str, Cell)] = &[
    ("TIME", Cell::Time("/time")),
    ("BY", Cell::Text("/by")),
    ("FIELD", Cell::Text("/field")),
    ("WHY", Cell::Text("/disabled_reason")),
    ("CHANGE", Cell::Text("/change")),
];

/// What a revision changed, each thing with when and by whom.
fn changes(revision: &Value) -> Vec<Value> {
    let changes = revision["changes"].as_array().map(Vec::as_slice).unwrap_or_default();
    changes.iter().map(|change| told(change, revision)).collect()
}

/// A thing that was changed, with when and by whom.
fn told(change: &Value, revision: &Value) -> Value {
    let side = |field: &str| match &change[field] {
        Value::Bool(true) => "enabled".to_owned(),
        Value::Bool(false) => "disabled".to_owned(),
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(","),
        other => other.as_str().unwrap_or_default().to_owned(),
    };
    let [time, by] = ["time", "by"].map(|field| &revision[field]);
    let change_made = if change.get("to").is_some() {
        format!("{} -> {}", side("from"), side("to"))
    } else {
        String::new()
    };
    let [field, why] = ["field", "disabled_reason"].map(|field| &change[field]);
    json!({"time": time, "by": by, "field": field, "disabled_reason": why, "change": change_made})
}

pub(super) async fn run(given: Webhooks, client: &Client) -> Result<(), Failure> {
    let form = given.form;
    match given.command.unwrap_or(Command::List(given.paging)) {
        Command::List(paging) => list(client, PATH, Query::new(), &paging, COLUMNS, form).await,
        Command::Get { id } => get(client, &format!("{PATH}/{}", in_path(&id)), form).await,
        Command::Create { name, url, events } => {
            let body = json!({"name": name, "url": url, "events": events});
            show(&client.post(PATH, body.to_string()).await?, form)
        }
        Command::Update { id, patch } => {
            let body = serde_json::to_string(&patch).map_err(|error| Failure::Usage(error.to_string()))?;
            show(&client.patch(&format!("{PATH}/{}", in_path(&id)), body).await?, form)
        }
        Command::Delete { id } => delete(client, &format!("{PATH}/{}", in_path(&id)), form).await,
        Command::History { id } => {
            let path = format!("{PATH}/{}/history", in_path(&id));
            let (revisions, more) = client.list(&path, &Query::new(), None).await?;
            let found = if form.json { revisions } else { revisions.iter().flat_map(changes).collect() };
            print_list(found, more, HISTORY, form)
        }
        Command::Resume { id } => {
            let path = format!("{PATH}/{}/resume", in_path(&id));
            show(&client.post(&path, "{}".into()).await?, form)
        }
        Command::Test { id, r#type, data } => {
            let path = format!("{PATH}/{}/test", in_path(&id));
            let data = data.as_deref().map(data::read).transpose()?;
            let body = serde_json::to_string(&Sample { r#type, data });
            let body = body.map_err(|error| Failure::Usage(format!("--data: {error}")))?;
            show(&client.post(&path, body).await?, form)
        }
    }
}
