//! Events, kept.

use super::{Listing, Page, Result, Span};
use crate::Timestamp;
use crate::event::{Event, NewEvent};
use crate::id::{AccountId, EventId};
use crate::trigger::Trigger;
use async_trait::async_trait;

/// What became of a new event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Accepted {
    /// It is stored, with one delivery for each of this many webhooks.
    New {
        /// How many webhooks wanted it.
        deliveries: u32,
    },
    /// Its idempotency key was used for the same content before: nothing was stored.
    Duplicate {
        /// The event of that time.
        event: EventId,
    },
    /// Its idempotency key was used for other content before: nothing was stored.
    Conflict {
        /// The event of that time.
        event: EventId,
    },
    /// Another event has this id: nothing was stored; render it again under a fresh one.
    IdTaken,
    /// The webhook it was meant for alone is gone or disabled: nothing was stored.
    NoWebhook,
}

/// Which events to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Only of this trigger.
    pub trigger: Option<Trigger>,
    /// Only of this subject.
    pub subject: Option<String>,
    /// Only those owed to this webhook.
    pub webhook: Option<crate::id::WebhookId>,
    /// Only created in this span.
    pub created: Span,
}

/// Events.
#[async_trait]
pub trait Events: Send + Sync {
    /// Stores events, each with a delivery, due at `now`, for every enabled webhook of its account that
    /// [wants](crate::policy::matching::wants) it. All of a batch is one step; a verdict for each comes back in order.
    /// Within the batch an idempotency key counts as used by the event before.
    async fn accept(&self, events: Vec<NewEvent>, now: Timestamp) -> Result<Vec<Accepted>>;

    /// The account's event of that id.
    async fn event(&self, account: &AccountId, id: &EventId) -> Result<Option<Event>>;

    /// A page of the account's events.
    async fn events(&self, account: &AccountId, filter: &EventFilter, page: &Page) -> Result<Listing<Event>>;
}
