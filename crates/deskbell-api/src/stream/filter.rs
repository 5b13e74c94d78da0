//! What a stream tells of, and what it leaves out.

use deskbell_core::id::{InboxId, WebhookId};
use deskbell_wire::stream::{NewsKind, StreamQuery};
use deskbell_wire::word::Words as _;

/// Which messages a client asked for; `None` leaves none out.
#[derive(Debug, Clone)]
pub(super) struct Filter {
    kinds: Vec<NewsKind>,
    webhook: Option<WebhookId>,
    inbox: Option<InboxId>,
}

impl Filter {
    /// The filter for what was asked for; without kinds, all of them are told of.
    pub(super) fn new(asked: StreamQuery) -> Self {
        Self {
            kinds: asked.types.map_or_else(NewsKind::all, |kinds| kinds.0),
            webhook: asked.webhook.map(|webhook| webhook.0),
            inbox: asked.inbox.map(|inbox| inbox.0),
        }
    }

    /// Whether messages of `kind` are wanted.
    pub(super) fn wants(&self, kind: NewsKind) -> bool {
        self.kinds.contains(&kind)
    }

    /// Whether anything that events tell is wanted.
    pub(super) fn wants_events(&self) -> bool {
        [NewsKind::Booking, NewsKind::Conversation, NewsKind::Event, NewsKind::Delivery]
            .into_iter()
            .any(|kind| self.wants(kind))
    }

    /// Whether anything that attempts tell is wanted.
    pub(super) fn wants_attempts(&self) -> bool {
        self.wants(NewsKind::Attempt) || self.wants(NewsKind::Delivery)
    }

    /// Whether what is owed to `webhook` is wanted.
    pub(super) fn wants_webhook(&self, webhook: &WebhookId) -> bool {
        self.webhook.as_ref().is_none_or(|wanted| wanted == webhook)
    }

    /// Whether what is owed to `webhooks` is wanted; without a wish for one, also what is owed to nobody.
    pub(super) fn wants_one_of<'w>(&self, mut webhooks: impl Iterator<Item = &'w WebhookId>) -> bool {
        self.webhook.is_none() || webhooks.any(|webhook| self.wants_webhook(webhook))
    }

    /// Whether the captures of `inbox` are wanted.
    pub(super) fn wants_inbox(&self, inbox: &InboxId) -> bool {
        self.inbox.as_ref().is_none_or(|wanted| wanted == inbox)
    }
}
