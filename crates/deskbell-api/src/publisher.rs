//! Publisher: from a draft to an accepted event: render the envelope once, store it with its deliveries, wake the engine.

use crate::signals::Signals;
use crate::trace::Traced;
use deskbell_core::event::{self, Data, Event, Idempotency, NewEvent, Origin};
use deskbell_core::id::{AccountId, EventId, EventIds, WebhookId};
use deskbell_core::policy::limit;
use deskbell_core::store::Accepted;
use deskbell_core::trace::Acceptance;
use deskbell_core::trigger::Trigger;
use deskbell_core::{Clock, Random, Store, Timestamp};
use deskbell_wire::problem::Problem;
use std::sync::Arc;

/// An event that has no id yet.
pub struct Draft {
    /// Whose it is.
    pub account: AccountId,
    /// What happened.
    pub trigger: Trigger,
    /// What it happened to.
    pub subject: Option<String>,
    /// The object it happened to.
    pub data: Data,
    /// The caller's `Idempotency-Key`, if one came with the call.
    pub idempotency_key: Option<String>,
    /// The trace of the call.
    pub traced: Traced,
}

/// An event that was offered to the store.
pub struct Offered {
    /// Its id; for a duplicate the id of the first.
    pub event: EventId,
    /// What the store made of it; never [`Accepted::IdTaken`].
    pub accepted: Accepted,
}

/// Told of each event that is on disk, and since when. Must not block.
pub type OnAccepted = Arc<dyn Fn(Acceptance, Timestamp) + Send + Sync>;

/// Accepts events: gives each its id, renders its envelope, stores it and announces it.
pub struct Publisher {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    signals: Arc<Signals>,
    ids: EventIds,
    on_accepted: Option<OnAccepted>,
}

impl Publisher {
    /// A publisher into `store`, that tells `signals` of what it accepted, and `on_accepted`, where it is given.
    pub fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        signals: Arc<Signals>,
        on_accepted: Option<OnAccepted>,
    ) -> Self {
        Self { store, clock, random, signals, ids: EventIds::default(), on_accepted }
    }

    /// The draft under a fresh id.
    pub fn render(&self, draft: &Draft, origin: Origin, only: Option<WebhookId>) -> NewEvent {
        let created = self.clock.now();
        let id = self.ids.next(created, &*self.random);
        NewEvent {
            idempotency: draft
                .idempotency_key
                .clone()
                .map(|key| Idempotency::new(key, draft.trigger, draft.subject.as_deref(), &draft.data)),
            event: Event {
                body: event::render(&id, created, draft.trigger, &draft.data),
                id,
                account: draft.account.clone(),
                trigger: draft.trigger,
                subject: draft.subject.clone(),
                created,
                origin,
                payload_deleted: false,
            },
            only,
            trace: draft.traced.0.clone(),
        }
    }

    /// Notes `events`, which go to the store now, for [`Publisher::tell`]: none where nobody is told.
    pub fn note<'e>(&self, events: impl Iterator<Item = &'e NewEvent>) -> Vec<Acceptance> {
        if self.on_accepted.is_none() {
            return Vec::new();
        }
        let began = self.clock.now();
        events.map(|new| Acceptance::of(new, began)).collect()
    }

    /// Tells of those of them that are on disk.
    pub fn tell(&self, accepted: impl IntoIterator<Item = Acceptance>) {
        if let Some(tell) = &self.on_accepted {
            let ended = self.clock.now();
            accepted.into_iter().for_each(|one| tell(one, ended));
        }
    }

    /// Accepts `drafts`. When it returns, what was accepted is on disk.
    pub async fn accept(
        &self,
        drafts: &[Draft],
        origin: Origin,
        only: Option<WebhookId>,
    ) -> Result<Vec<Offered>, Problem> {
        let mut offered = self.offer(drafts.iter(), origin, &only).await?;
        // Two machines may give one id in one millisecond; a fresh one settles it.
        loop {
            let is_taken = |(_, one): &(usize, &Offered)| one.accepted == Accepted::IdTaken;
            let taken: Vec<usize> = offered.iter().enumerate().filter(is_taken).map(|(at, _)| at).collect();
            if taken.is_empty() {
                break;
            }
            let again = self.offer(taken.iter().map(|at| &drafts[*at]), origin, &only).await?;
            for (at, one) in taken.into_iter().zip(again) {
                offered[at] = one;
            }
        }
        for of_one in drafts.chunk_by(|one, next| one.account == next.account) {
            self.signals.announce_events(&of_one[0].account);
        }
        Ok(offered)
    }

    /// Offers each of `drafts` to the store under a fresh id.
    async fn offer(
        &self,
        drafts: impl Iterator<Item = &Draft>,
        origin: Origin,
        only: &Option<WebhookId>,
    ) -> Result<Vec<Offered>, Problem> {
        let events: Vec<NewEvent> = drafts.map(|draft| self.render(draft, origin, only.clone())).collect();
        let ids: Vec<EventId> = events.iter().map(|new| new.event.id.clone()).collect();
        let noted = self.note(events.iter());
        let accepted = self.store.accept(events, self.clock.now()).await?;
        let is_new = |(_, verdict): &(_, &Accepted)| matches!(verdict, Accepted::New { .. });
        self.tell(noted.into_iter().zip(&accepted).filter(is_new).map(|(one, _)| one));
        let offered = ids.into_iter().zip(accepted).map(|(id, accepted)| match &accepted {
            Accepted::Duplicate { event } | Accepted::Conflict { event } => {
                Offered { event: event.clone(), accepted }
            }
            _ => Offered { event: id, accepted },
        });
        Ok(offered.collect())
    }

    /// Accepts one draft.
    pub async fn accept_one(
        &self,
        draft: Draft,
        origin: Origin,
        only: Option<WebhookId>,
    ) -> Result<Offered, Problem> {
        let mut offered = self.accept(std::slice::from_ref(&draft), origin, only).await?;
        offered.pop().ok_or_else(Problem::internal)
    }
}

/// Refuses an envelope larger than a receiver should get.
pub fn check_size(draft: &Draft) -> Result<(), Problem> {
    let size = draft.data.len();
    if size > limit::EVENT_BYTES {
        let message =
            format!("The event's data has {size} bytes; at most {} are allowed.", limit::EVENT_BYTES);
        return Err(Problem::too_large("data", "event_too_large", message));
    }
    Ok(())
}
