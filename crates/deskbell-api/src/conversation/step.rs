//! What can happen to a conversation: an answer, its end, the visitor's leaving.

use super::object::ConversationObject;
use super::{draft, forbidden};
use crate::app::{App, Shared};
use crate::auth::Caller;
use crate::body::{ObjectBody, OptionalObjectBody};
use crate::path::PathId;
use crate::publisher::check_size;
use axum::Json;
use axum::extract::State;
use deskbell_core::Timestamp;
use deskbell_core::account::Account;
use deskbell_core::conversation::{self, Answer, Conversation, Expand, Forbidden};
use deskbell_core::id::{AnswerId, BookingId};
use deskbell_core::store::ConversationsSaved;
use deskbell_core::trigger::Trigger;
use deskbell_wire::fields::Fields;
use deskbell_wire::problem::Problem;
use serde_json::value::RawValue;
use utoipa::ToSchema;

/// An answer of the visitor.
#[derive(ToSchema)]
#[schema(as = NewAnswer)]
#[serde(deny_unknown_fields)]
pub struct AnswerRequest {
    /// The question as it was asked, 1 to 2,000 characters.
    #[schema(example = "What is your name?")]
    pub question: String,
    /// The answer, 1 to 2,000 characters.
    #[schema(example = "Tomás Healy")]
    pub value: String,
    /// What the account calls the question, 1 to 255 characters.
    #[schema(example = "full_name")]
    pub internal_label: Option<String>,
}

/// Longest question and longest answer, in characters.
const TEXT_CHARS: usize = 2_000;
/// Longest label, in characters.
const LABEL_CHARS: usize = 255;

/// Answer a question of the bot; rings nothing.
#[utoipa::path(post, path = "/v2/conversations/{id}/answer", tag = "Sandbox", params(("id" = String, Path)), request_body = AnswerRequest,
    responses((status = 200, description = "The conversation", body = ConversationObject), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 413, body = Problem), (status = 429, body = Problem)))]
pub async fn answer(
    State(app): State<Shared>,
    Caller(account): Caller,
    PathId(id): PathId,
    body: ObjectBody,
) -> Result<Json<Box<RawValue>>, Problem> {
    let fields = Fields::new(&body.0);
    fields.only(&["question", "value", "internal_label"])?;
    let answer = Answer {
        id: AnswerId::new(&*app.random),
        question: sized("question", fields.required_text("question")?, TEXT_CHARS)?,
        value: sized("value", fields.required_text("value")?, TEXT_CHARS)?,
        internal_label: fields
            .text("internal_label")?
            .map(|label| sized("internal_label", label, LABEL_CHARS))
            .transpose()?,
    };
    let step = |conversation: &mut Conversation, now| conversation.answer(answer.clone(), now);
    take(&app, &account, &id, None, step).await
}

/// Close a conversation: its flow came to its end; rings `conversation.closed`.
#[utoipa::path(post, path = "/v2/conversations/{id}/close", tag = "Sandbox", params(("id" = String, Path)),
    responses((status = 200, description = "The conversation", body = ConversationObject), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 429, body = Problem)))]
pub async fn close(
    State(app): State<Shared>,
    Caller(account): Caller,
    PathId(id): PathId,
    body: OptionalObjectBody,
) -> Result<Json<Box<RawValue>>, Problem> {
    Fields::new(&body.0).only(&[])?;
    take(&app, &account, &id, Some(Trigger::ConversationClosed), Conversation::close).await
}

/// Abandon a conversation: its visitor has left; rings `conversation.abandoned`. It happens by itself after ten minutes
/// without input.
#[utoipa::path(post, path = "/v2/conversations/{id}/abandon", tag = "Sandbox", params(("id" = String, Path)),
    responses((status = 200, description = "The conversation", body = ConversationObject), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 429, body = Problem)))]
pub async fn abandon(
    State(app): State<Shared>,
    Caller(account): Caller,
    PathId(id): PathId,
    body: OptionalObjectBody,
) -> Result<Json<Box<RawValue>>, Problem> {
    Fields::new(&body.0).only(&[])?;
    take(&app, &account, &id, Some(Trigger::ConversationAbandoned), Conversation::abandon).await
}

async fn take(
    app: &App,
    account: &Account,
    id: &str,
    trigger: Option<Trigger>,
    step: impl Fn(&mut Conversation, Timestamp) -> Result<(), Forbidden>,
) -> Result<Json<Box<RawValue>>, Problem> {
    loop {
        let mut conversation = app.conversation(account, id).await?;
        step(&mut conversation, app.now()).map_err(|refused| forbidden(&refused, id))?;
        // Whatever ends it later sends all of its answers.
        check_size(&draft(&conversation, Trigger::ConversationClosed))?;
        let answer = conversation::view(&conversation, Expand::default());
        match app.save_conversations(vec![(conversation, trigger)]).await? {
            ConversationsSaved::Saved => return Ok(Json(answer)),
            // Somebody else was first: look again at what they made of it.
            ConversationsSaved::Changed | ConversationsSaved::IdTaken => {}
        }
    }
}

impl App {
    /// The conversation with a booking made in it now, to be stored together with that booking. Refusals blame the field
    /// `conversation`.
    pub async fn booked_in(
        &self,
        account: &Account,
        id: &str,
        booking: &BookingId,
    ) -> Result<Conversation, Problem> {
        let found = self.conversation(account, id).await;
        let mut conversation = found.map_err(|problem| match problem.code {
            "not_found" => problem.param("conversation"),
            _ => problem,
        })?;
        let blame = |problem: Problem| problem.param("conversation");
        conversation.book(booking.clone(), self.now()).map_err(|refused| blame(forbidden(&refused, id)))?;
        check_size(&draft(&conversation, Trigger::ConversationClosed)).map_err(blame)?;
        Ok(conversation)
    }
}

fn sized(param: &str, text: String, most: usize) -> Result<String, Problem> {
    if (1..=most).contains(&text.chars().count()) {
        return Ok(text);
    }
    let message = format!("{param} must have 1 to {most} characters.");
    Err(Problem::invalid(param, "text_too_long", message))
}
