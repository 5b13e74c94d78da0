//! The history of a webhook: a revision for each step that changed it. An addition to the vendor's API.

use crate::fixed;
use crate::time::Time;
use crate::word::{self, Subscribed};
use deskbell_core::webhook;
use serde::Serialize;
use utoipa::ToSchema;

/// What one step changed of a webhook.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookRevision, examples(json!({
    "object": "revision", "time": "2026-05-06T13:02:11.480Z", "by": "owner",
    "changes": [{"field": "name", "from": "CRM", "to": "CRM sync"}],
})))]
pub struct Revision {
    /// Always `revision`.
    object: fixed::Revision,
    /// When.
    time: Time,
    /// Who: its `owner`, by the API or the page, or `deskbell`.
    by: word::ChangedBy,
    /// What, at least one thing.
    #[schema(min_items = 1)]
    changes: Vec<Change>,
}

/// One thing that was changed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookFieldChange)]
#[serde(tag = "field", rename_all = "snake_case")]
enum Change {
    /// What it is called.
    Name {
        /// Before.
        from: String,
        /// From then on.
        to: String,
    },
    /// Where it is posted to.
    Url {
        /// Before.
        from: String,
        /// From then on.
        to: String,
    },
    /// What rings it.
    Events {
        /// Before.
        from: Subscribed,
        /// From then on.
        to: Subscribed,
    },
    /// Whether it is rung.
    Status {
        /// Before.
        from: bool,
        /// From then on.
        to: bool,
        /// Only when it was disabled: why.
        #[serde(skip_serializing_if = "Option::is_none")]
        disabled_reason: Option<word::DisableReason>,
    },
}

impl From<webhook::Revision> for Revision {
    fn from(revision: webhook::Revision) -> Self {
        Self {
            object: fixed::Revision,
            time: revision.at.into(),
            by: revision.by().into(),
            changes: revision.changes.into_iter().map(Change::from).collect(),
        }
    }
}

impl From<webhook::Change> for Change {
    fn from(change: webhook::Change) -> Self {
        match change {
            webhook::Change::Name { from, to } => Self::Name { from, to },
            webhook::Change::Url { from, to } => Self::Url { from, to },
            webhook::Change::Events { from, to } => {
                Self::Events { from: Subscribed(from), to: Subscribed(to) }
            }
            webhook::Change::Enabled { .. } => Self::Status { from: false, to: true, disabled_reason: None },
            webhook::Change::Disabled { reason } => {
                Self::Status { from: true, to: false, disabled_reason: Some(reason.into()) }
            }
        }
    }
}
