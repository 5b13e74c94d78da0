//! HAR 1.2: requests and answers in the form that browsers' network panels read. What is not known is left empty or -1, as
//! the format asks.

mod entry;

pub use entry::{Answer, Entry, Exchange};

use crate::fixed;
use serde::Serialize;
use utoipa::ToSchema;

/// A file of recorded requests, HAR 1.2.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"log": {"version": "1.2", "creator": {"name": "Deskbell", "version": "0.1.0"}, "entries": []}}))]
pub struct Har {
    /// All of it.
    log: HarLog,
}

/// What a HAR holds.
#[derive(Debug, Serialize, ToSchema)]
pub struct HarLog {
    /// Always `1.2`.
    version: fixed::Har,
    /// Who wrote it: a name and a version.
    #[schema(value_type = Object)]
    creator: Creator,
    /// The requests with their answers, newest first.
    #[schema(value_type = Vec<Object>)]
    entries: Vec<Entry>,
}

#[derive(Debug, Serialize)]
struct Creator {
    name: &'static str,
    version: &'static str,
}

/// What stands between two entries.
pub const BETWEEN: &str = ",\n";

impl Har {
    fn of(entries: Vec<Entry>) -> Self {
        let creator = Creator { name: "Deskbell", version: env!("CARGO_PKG_VERSION") };
        Self { log: HarLog { version: fixed::Har, creator, entries } }
    }

    /// What stands before the first entry and behind the last one: an inbox is longer than what is held of it.
    pub fn around() -> (String, String) {
        // Texts and an empty list always serialise.
        let empty = serde_json::to_string(&Self::of(Vec::new())).unwrap_or_default();
        let (head, tail) = empty.split_at(empty.rfind(']').unwrap_or_default());
        (head.to_owned(), format!("{tail}\n"))
    }
}

#[cfg(test)]
mod tests;
