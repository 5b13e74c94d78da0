//! What can happen to a conversation: an answer, its end, the visitor's leaving.

use super::{Conversations, draft, find, forbidden};
use crate::auth::Caller;
use crate::body::{Body, OptionalBody};
use crate::path::PathId;
use crate::publisher::check_size;
use crate::trace::Traced;
use axum::Json;
use axum::extract::State;
use deskbell_core::account::Account;
use deskbell_core::conversation::{Conversation, ConversationAnswer, Forbidden};
use deskbell_core::id::{AnswerId, BookingId};
use deskbell_core::store::ConversationsSaved;
use deskbell_core::trigger::Trigger;
use deskbell_core::{Random, Store, Timestamp};
use deskbell_wire::body::NoFields;
use deskbell_wire::conversation::{self as wire, Expanded, NewAnswer};
use deskbell_wire::problem::Problem;
use std::sync::Arc;

/// Answer a question of the bot; rings nothing.
#[utoipa::path(post, path = "/v2/conversations/{id}/answer", tag = "Sandbox", params(("id" = String, Path)), request_body = NewAnswer,
    responses((status = 200, description = "The conversation", body = wire::Conversation), (status = 409, body = Problem), (status = 507, body = Problem)))]
pub async fn answer(
    State(random): State<Arc<dyn Random>>,
    State(conversations): State<Arc<Conversations>>,
    Caller(account): Caller,
    PathId(id): PathId,
    traced: Traced,
    Body(given): Body<NewAnswer>,
) -> Result<Json<wire::Conversation>, Problem> {
    let answer = ConversationAnswer {
        id: AnswerId::new(&*random),
        question: given.question.0,
        value: given.value.0,
        internal_label: given.internal_label.map(|label| label.0),
    };
    let step = |conversation: &mut Conversation, now| conversation.answer(answer.clone(), now).map(|()| None);
    conversations.change(&account, &traced, &id, step).await
}

/// Close a conversation: its flow came to its end; rings `conversation.closed`.
#[utoipa::path(post, path = "/v2/conversations/{id}/close", tag = "Sandbox", params(("id" = String, Path)),
    responses((status = 200, description = "The conversation", body = wire::Conversation), (status = 409, body = Problem), (status = 507, body = Problem)))]
pub async fn close(
    State(conversations): State<Arc<Conversations>>,
    Caller(account): Caller,
    PathId(id): PathId,
    traced: Traced,
    _: OptionalBody<NoFields>,
) -> Result<Json<wire::Conversation>, Problem> {
    conversations.change(&account, &traced, &id, |conversation, now| conversation.close(now).map(Some)).await
}

/// Abandon a conversation: its visitor has left; rings `conversation.abandoned`. It happens by itself after ten minutes
/// without input.
#[utoipa::path(post, path = "/v2/conversations/{id}/abandon", tag = "Sandbox", params(("id" = String, Path)),
    responses((status = 200, description = "The conversation", body = wire::Conversation), (status = 409, body = Problem)))]
pub async fn abandon(
    State(conversations): State<Arc<Conversations>>,
    Caller(account): Caller,
    PathId(id): PathId,
    traced: Traced,
    _: OptionalBody<NoFields>,
) -> Result<Json<wire::Conversation>, Problem> {
    conversations
        .change(&account, &traced, &id, |conversation, now| conversation.abandon(now).map(Some))
        .await
}

impl Conversations {
    /// Takes the account's conversation a step further, which gives what it rings. When somebody else is faster, the step
    /// is asked again with what they made of the conversation.
    async fn change(
        &self,
        account: &Account,
        traced: &Traced,
        id: &str,
        step: impl Fn(&mut Conversation, Timestamp) -> Result<Option<Trigger>, Forbidden>,
    ) -> Result<Json<wire::Conversation>, Problem> {
        loop {
            let mut conversation = find(&*self.store, account, id).await?;
            let rings =
                step(&mut conversation, self.clock.now()).map_err(|refused| forbidden(&refused, id))?;
            must_fit(&conversation)?;
            let shown = wire::Conversation::new(&conversation, Expanded::default());
            match self.save(vec![(conversation, rings)], traced).await? {
                ConversationsSaved::Saved => return Ok(Json(shown)),
                ConversationsSaved::Changed | ConversationsSaved::IdTaken => {}
            }
        }
    }
}

/// The conversation with a booking made in it now, to be stored together with that booking. Refusals blame the field
/// `conversation`.
pub async fn booked_in(
    store: &dyn Store,
    account: &Account,
    id: &str,
    booking: &BookingId,
    now: Timestamp,
) -> Result<Conversation, Problem> {
    let found = find(store, account, id).await;
    let mut conversation = found.map_err(|problem| problem.named_by("conversation"))?;
    let blame = |problem: Problem| problem.param("conversation");
    conversation.book(booking.clone(), now).map_err(|refused| blame(forbidden(&refused, id)))?;
    must_fit(&conversation).map_err(blame)?;
    Ok(conversation)
}

/// Whatever ends a conversation later sends all of its answers.
fn must_fit(conversation: &Conversation) -> Result<(), Problem> {
    check_size(&draft(conversation, Trigger::ConversationClosed, &Traced::default()))
}
