//! Events, kept.

use super::{Listing, Page, Result, Span};
use crate::event::Event;
use crate::id::{AccountId, EventId};
use crate::trigger::Trigger;
use async_trait::async_trait;

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

/// Events that were [accepted](super::Queue::accept).
#[async_trait]
pub trait Events: Send + Sync {
    /// The account's event of that id.
    async fn event(&self, account: &AccountId, id: &EventId) -> Result<Option<Event>>;

    /// The account's events of those ids, in their order: one look for a page of them. Ends with the one whose bytes fill a page
    /// ([`PAGE_BYTES`](crate::policy::limit::PAGE_BYTES)); has one at least.
    async fn events_of(&self, account: &AccountId, ids: &[EventId]) -> Result<Vec<Option<Event>>>;

    /// A page of the account's events.
    async fn events(&self, account: &AccountId, filter: &EventFilter, page: &Page) -> Result<Listing<Event>>;
}
