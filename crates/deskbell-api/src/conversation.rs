//! `/v2/conversations`: a visitor's talk with a chatbot of the sandbox, driven by hand. Our own calls: the vendor shows
//! conversations in events only (wire contract, 6).

mod deleted;
pub mod start;
pub mod step;

pub use deleted::People;
pub use step::booked_in;

use crate::auth::Caller;
use crate::pagination::{self, List, Pagination, Parameters};
use crate::path::PathId;
use crate::publisher::{Draft, Publisher};
use crate::signals::Signals;
use crate::trace::Traced;
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use deskbell_core::account::Account;
use deskbell_core::conversation::{Conversation, Forbidden, actions};
use deskbell_core::event::Origin;
use deskbell_core::id::ConversationId;
use deskbell_core::store::{self, ConversationChange, ConversationsSaved};
use deskbell_core::trigger::Trigger;
use deskbell_core::{Clock, Store, Timestamp};
use deskbell_wire::conversation::{self as wire, ConversationExpand, ConversationFilter, payload};
use deskbell_wire::parameters::{Created, Paging};
use deskbell_wire::problem::{Problem, cut};
use std::collections::HashSet;
use std::sync::Arc;

/// List conversations, newest first.
#[utoipa::path(get, path = "/v2/conversations", tag = "Sandbox",
    params(Paging::<ConversationId>, Created, ConversationFilter, ConversationExpand),
    responses((status = 200, description = "A page of conversations", body = List<wire::Conversation>)))]
pub async fn list(
    State(conversations): State<Arc<Conversations>>,
    State(pagination): State<Arc<Pagination>>,
    Caller(account): Caller,
    Parameters((paging, created, filter, wanted), query): Parameters<(
        Paging<ConversationId>,
        Created,
        ConversationFilter,
        ConversationExpand,
    )>,
) -> Result<Response, Problem> {
    let filter = store::ConversationFilter {
        status: filter.status.map(|status| status.0),
        contact: filter.contact.map(|contact| contact.0),
        created: created.0,
    };
    let found = conversations
        .store
        .conversations(&account.id, &filter, &paging.page)
        .await
        .map_err(|error| pagination::cursor_problem(error, &paging.page))?;
    let people = People::of(&*conversations.store, &account, &found.items, wanted.expanded()).await?;
    let now = conversations.clock.now();
    let item = |conversation: Conversation| shown(&conversation, &people, &wanted, now);
    Ok(pagination.list("/v2/conversations", &query, found.map(item)))
}

/// Get a conversation.
#[utoipa::path(get, path = "/v2/conversations/{id}", tag = "Sandbox", params(("id" = String, Path), ConversationExpand),
    responses((status = 200, description = "The conversation", body = wire::Conversation)))]
pub async fn get(
    State(conversations): State<Arc<Conversations>>,
    Caller(account): Caller,
    PathId(id): PathId,
    Parameters(wanted, _): Parameters<ConversationExpand>,
) -> Result<Json<wire::Conversation>, Problem> {
    let store = &*conversations.store;
    let conversation = find(store, &account, &id).await?;
    let people = People::of(store, &account, std::slice::from_ref(&conversation), wanted.expanded()).await?;
    Ok(Json(shown(&conversation, &people, &wanted, conversations.clock.now())))
}

/// The conversation with what is `wanted` of it.
fn shown(
    conversation: &Conversation,
    people: &People,
    wanted: &ConversationExpand,
    now: Timestamp,
) -> wire::Conversation {
    let object = wire::Conversation::new(conversation, people.shown_in(conversation));
    if wanted.actions() { object.with_actions(actions(conversation, now)) } else { object }
}

/// The account's conversation of that id, or a 404 in the vendor's words.
pub async fn find(store: &dyn Store, account: &Account, id: &str) -> Result<Conversation, Problem> {
    let found = store.conversation(&account.id, &ConversationId::from_text(id)).await?;
    found.ok_or_else(|| Problem::not_found("conversation", id))
}

/// The account's conversations of these ids; `newer` is one of them that was just changed.
pub async fn find_all(
    store: &dyn Store,
    account: &Account,
    ids: Vec<ConversationId>,
    newer: Option<&Conversation>,
) -> Result<Vec<Conversation>, Problem> {
    let mut found: Vec<Conversation> = newer.cloned().into_iter().collect();
    for id in ids {
        if found.iter().all(|talk| talk.id != id) {
            found.extend(store.conversation(&account.id, &id).await?);
        }
    }
    Ok(found)
}

/// What a transition of `conversation` fires, still without an id.
fn draft(conversation: &Conversation, trigger: Trigger, traced: &Traced) -> Draft {
    Draft {
        account: conversation.account.clone(),
        trigger,
        subject: Some(conversation.id.to_string()),
        data: payload(conversation).into(),
        idempotency_key: None,
        traced: traced.clone(),
    }
}

/// The refusal of a step that the conversation's state forbids.
fn forbidden(refused: &Forbidden, id: &str) -> Problem {
    let message = format!("Conversation cannot be {}: '{}'. It is {}.", refused.step, cut(id), refused.from);
    Problem::conflict("id", "conversation_state", message)
}

/// Conversations and what they ring.
pub struct Conversations {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    publisher: Arc<Publisher>,
    signals: Arc<Signals>,
}

impl Conversations {
    /// Conversations that `store` keeps.
    pub fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        publisher: Arc<Publisher>,
        signals: Arc<Signals>,
    ) -> Self {
        Self { store, clock, publisher, signals }
    }

    /// Stores conversations with what they ring, all or nothing, and wakes the engine; `traced` is the call's trace.
    pub async fn save(
        &self,
        changed: Vec<(Conversation, Option<Trigger>)>,
        traced: &Traced,
    ) -> Result<ConversationsSaved, Problem> {
        let accounts: HashSet<_> = changed.iter().map(|(talk, _)| talk.account.clone()).collect();
        let change = |(conversation, trigger): (Conversation, Option<Trigger>)| {
            let event = trigger.map(|trigger| {
                self.publisher.render(&draft(&conversation, trigger, traced), Origin::Sandbox, None)
            });
            ConversationChange { conversation, event }
        };
        let changes: Vec<ConversationChange> = changed.into_iter().map(change).collect();
        let noted = self.publisher.note(changes.iter().filter_map(|change| change.event.as_ref()));
        let saved = self.store.save_conversations(changes, self.clock.now()).await?;
        if saved == ConversationsSaved::Saved {
            self.publisher.tell(noted);
        }
        for account in &accounts {
            self.signals.announce_events(account);
        }
        Ok(saved)
    }
}
