//! `/v2/conversations`: a visitor's talk with a chatbot of the sandbox, driven by hand. Our own calls: the vendor shows
//! conversations in events only (wire contract, 6).

pub mod object;
pub mod start;
pub mod step;

use object::ConversationObject;

use super::auth::Caller;
use super::event::created;
use super::path::PathId;
use crate::app::{App, Shared};
use crate::pagination::{self, List};
use crate::publisher::Draft;
use axum::Json;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use deskbell_core::account::Account;
use deskbell_core::conversation::{self, Conversation, Expand, Forbidden, Status};
use deskbell_core::event::Origin;
use deskbell_core::id::{ContactId, ConversationId};
use deskbell_core::store::{ConversationChange, ConversationFilter, ConversationsSaved};
use deskbell_core::trigger::Trigger;
use deskbell_wire::fields::Query;
use deskbell_wire::problem::{Problem, cut};
use serde::Serialize;
use serde_json::value::RawValue;

/// A conversation as it is listed, with its id.
#[derive(Serialize)]
#[serde(transparent)]
struct Item {
    #[serde(skip)]
    id: ConversationId,
    body: Box<RawValue>,
}

impl pagination::Identified for Item {
    fn id(&self) -> &str {
        self.id.as_str()
    }
}

/// What a transition of `conversation` fires, still without an id.
fn draft(conversation: &Conversation, trigger: Trigger) -> Draft {
    Draft {
        account: conversation.account.clone(),
        trigger,
        subject: Some(conversation.id.to_string()),
        data: conversation::render(conversation),
        idempotency_key: None,
    }
}

/// The refusal of a step that the conversation's state forbids.
fn forbidden(refused: &Forbidden, id: &str) -> Problem {
    let message = format!("Conversation cannot be {}: '{}'. It is {}.", refused.step, cut(id), refused.from);
    Problem::conflict("id", "conversation_state", message)
}

impl App {
    /// The account's conversation of that id, or a 404 in the vendor's words.
    async fn conversation(&self, account: &Account, id: &str) -> Result<Conversation, Problem> {
        let found = self.store.conversation(&account.id, &ConversationId::from_text(id)).await?;
        found.ok_or_else(|| Problem::not_found("conversation", id))
    }

    /// Stores conversations with what they fire, in one step.
    pub async fn save_conversations(
        &self,
        changed: Vec<(Conversation, Option<Trigger>)>,
    ) -> Result<ConversationsSaved, Problem> {
        let change = |(conversation, trigger): (Conversation, Option<Trigger>)| {
            let event = trigger
                .map(|trigger| self.publisher.render(&draft(&conversation, trigger), Origin::Sandbox, None));
            ConversationChange { conversation, event }
        };
        let changes = changed.into_iter().map(change).collect();
        let saved = self.store.save_conversations(changes, self.now()).await?;
        self.signals.announce_events();
        Ok(saved)
    }
}

fn expand(query: &Query) -> Result<Expand, Problem> {
    let given = query.expand(&["contact", "owner", "bot", "website"])?;
    let has = |name| given.contains(&name);
    Ok(Expand { contact: has("contact"), owner: has("owner"), bot: has("bot"), website: has("website") })
}

/// List conversations, newest first.
#[utoipa::path(get, path = "/v2/conversations", tag = "Sandbox",
    params(pagination::Paging, pagination::Created, ("status" = Option<String>, Query, description = "`started`, `closed` or `abandoned`"),
        ("contact" = Option<String>, Query, description = "Only of this visitor"),
        ("expand" = Option<String>, Query, description = "`contact`, `owner`, `bot`, `website`, with commas")),
    responses((status = 200, description = "A page of conversations", body = List<ConversationObject>), (status = 400, body = Problem), (status = 401, body = Problem), (status = 429, body = Problem)))]
pub async fn list(
    State(app): State<Shared>,
    Caller(account): Caller,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    const KNOWN: &[&str] =
        &["limit", "after", "before", "status", "contact", "expand", "creation_time.gt", "creation_time.lt"];
    let query = Query::parse(raw.as_deref(), KNOWN)?;
    let page = query.page()?;
    let expand = expand(&query)?;
    let filter = ConversationFilter {
        status: query.choice("status", Status::parse, Status::ALL.map(Status::as_str).as_slice())?,
        contact: query.text("contact").map(ContactId::from_text),
        created: created(&query)?,
    };
    let found = app
        .store
        .conversations(&account.id, &filter, &page)
        .await
        .map_err(|error| pagination::cursor_problem(error, &page))?;
    let item = |found: Conversation| Item { body: conversation::view(&found, expand), id: found.id };
    Ok(app.pagination.list("/v2/conversations", &query, found.map(item)))
}

/// Get a conversation.
#[utoipa::path(get, path = "/v2/conversations/{id}", tag = "Sandbox",
    params(("id" = String, Path), ("expand" = Option<String>, Query, description = "`contact`, `owner`, `bot`, `website`, with commas")),
    responses((status = 200, description = "The conversation", body = ConversationObject), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 429, body = Problem)))]
pub async fn get(
    State(app): State<Shared>,
    Caller(account): Caller,
    PathId(id): PathId,
    RawQuery(raw): RawQuery,
) -> Result<Json<Box<RawValue>>, Problem> {
    let expand = expand(&Query::parse(raw.as_deref(), &["expand"])?)?;
    Ok(Json(conversation::view(&app.conversation(&account, &id).await?, expand)))
}
