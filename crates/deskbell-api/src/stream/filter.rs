//! What a stream tells of, and what it leaves out.

use deskbell_core::id::{InboxId, WebhookId};
use deskbell_wire::fields::Query;
use deskbell_wire::problem::{Problem, cut};

/// The kind of a message: the `event` of a server-sent event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A booking of the sandbox, as its event tells it.
    Booking,
    /// A conversation of the sandbox, as its event tells it.
    Conversation,
    /// An event.
    Event,
    /// A delivery as it is now.
    Delivery,
    /// An attempt.
    Attempt,
    /// A request that an inbox captured.
    Capture,
}

impl Kind {
    const ALL: [Self; 6] =
        [Self::Booking, Self::Conversation, Self::Event, Self::Delivery, Self::Attempt, Self::Capture];

    /// The name on the wire.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Booking => "booking",
            Self::Conversation => "conversation",
            Self::Event => "event",
            Self::Delivery => "delivery",
            Self::Attempt => "attempt",
            Self::Capture => "capture",
        }
    }
}

/// What to tell of.
#[derive(Debug, Clone)]
pub(super) struct Filter {
    kinds: Vec<Kind>,
    webhook: Option<WebhookId>,
    inbox: Option<InboxId>,
}

impl Filter {
    /// Reads `types`, `webhook` and `inbox`.
    pub(super) fn of(query: &Query) -> Result<Self, Problem> {
        let kind = |name: &str| {
            Kind::ALL.into_iter().find(|kind| kind.as_str() == name).ok_or_else(|| {
                let known = Kind::ALL.map(Kind::as_str).join(", ");
                let message = format!("Invalid string: {}. Known are: {known}.", cut(name));
                Problem::invalid("types", "value_invalid", message)
            })
        };
        Ok(Self {
            kinds: match query.get("types") {
                Some(names) => names.split(',').map(str::trim).map(kind).collect::<Result<_, _>>()?,
                None => Kind::ALL.into(),
            },
            webhook: query.text("webhook").map(WebhookId::from_text),
            inbox: query.text("inbox").map(InboxId::from_text),
        })
    }

    /// Whether messages of `kind` are wanted.
    pub(super) fn wants(&self, kind: Kind) -> bool {
        self.kinds.contains(&kind)
    }

    /// Whether anything that events tell is wanted.
    pub(super) fn wants_events(&self) -> bool {
        [Kind::Booking, Kind::Conversation, Kind::Event, Kind::Delivery]
            .into_iter()
            .any(|kind| self.wants(kind))
    }

    /// Whether anything that attempts tell is wanted.
    pub(super) fn wants_attempts(&self) -> bool {
        self.wants(Kind::Attempt) || self.wants(Kind::Delivery)
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
