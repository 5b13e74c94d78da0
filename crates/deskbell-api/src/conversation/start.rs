//! Start a conversation; the visitor's conversations with other bots end by it.

use super::object::ConversationObject;
use crate::app::{App, Shared};
use crate::auth::Caller;
use crate::body::OptionalObjectBody;
use axum::Json;
use axum::extract::State;
use deskbell_core::conversation::{self, Conversation, Expand, Parties, Status};
use deskbell_core::id::{AccountId, ContactId, ConversationId};
use deskbell_core::policy::limit::PAGE_MAX;
use deskbell_core::sandbox::Sandbox;
use deskbell_core::store::{ConversationFilter, ConversationsSaved, Cursor, Page};
use deskbell_wire::fields::Fields;
use deskbell_wire::problem::{Problem, cut};
use http::StatusCode;
use serde_json::value::RawValue;
use utoipa::ToSchema;

/// Who talks to which bot; what is left out is the first of the sandbox's.
#[derive(ToSchema)]
#[schema(as = NewConversation)]
#[serde(deny_unknown_fields)]
pub struct StartRequest {
    /// The visitor.
    #[schema(example = "CTC-7W3PLX90DK")]
    pub contact: Option<String>,
    /// The chatbot.
    #[schema(example = "BOT-19AF03C77E")]
    pub bot: Option<String>,
    /// The website it sits on.
    #[schema(example = "WEB-C40D8812FA")]
    pub website: Option<String>,
}

/// Start a conversation; rings `conversation.started`, and `conversation.closed` for each that the visitor still had with
/// another bot.
#[utoipa::path(post, path = "/v2/conversations", tag = "Sandbox", request_body = Option<StartRequest>,
    responses((status = 201, description = "The conversation", body = ConversationObject), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 409, body = Problem), (status = 429, body = Problem)))]
pub async fn start(
    State(app): State<Shared>,
    Caller(account): Caller,
    body: OptionalObjectBody,
) -> Result<(StatusCode, Json<Box<RawValue>>), Problem> {
    let fields = Fields::new(&body.0);
    fields.only(&["contact", "bot", "website"])?;
    let sandbox = app.store.sandbox(&account.id).await?.ok_or_else(Problem::internal)?;
    let parties = parties(&fields, &sandbox)?;
    loop {
        let (id, now) = (ConversationId::new(&*app.random), app.now());
        let new = Conversation::begin(id, account.id.clone(), parties.clone(), now);
        let open = app.open_conversations(&account.id, &new.contact.id).await?;
        let steps = conversation::start(new.clone(), open, now);
        let changed = steps.into_iter().map(|step| (step.conversation, Some(step.trigger))).collect();
        match app.save_conversations(changed).await? {
            ConversationsSaved::Saved => {
                return Ok((StatusCode::CREATED, Json(conversation::view(&new, Expand::default()))));
            }
            // Somebody else was first: look again at what they made of it.
            ConversationsSaved::Changed | ConversationsSaved::IdTaken => {}
        }
    }
}

impl App {
    /// All that the visitor has open.
    async fn open_conversations(
        &self,
        account: &AccountId,
        contact: &ContactId,
    ) -> Result<Vec<Conversation>, Problem> {
        let filter = ConversationFilter {
            status: Some(Status::Started),
            contact: Some(contact.clone()),
            ..ConversationFilter::default()
        };
        let mut open = Vec::new();
        let mut page = Page { limit: PAGE_MAX, cursor: None };
        loop {
            let found = self.store.conversations(account, &filter, &page).await?;
            page.cursor = found.items.last().map(|last| Cursor::After(last.id.to_string()));
            open.extend(found.items);
            if !found.older || page.cursor.is_none() {
                return Ok(open);
            }
        }
    }
}

fn parties(fields: &Fields<'_>, sandbox: &Sandbox) -> Result<Parties, Problem> {
    let contact = pick(fields, "contact", &sandbox.contacts, |contact| contact.id.as_str())?;
    // The user may be gone: then whoever came first stands in.
    let owner = sandbox.users.iter().find(|user| user.id == contact.owner).or(sandbox.users.first());
    Ok(Parties {
        owner: owner.ok_or_else(|| nothing("user"))?.clone(),
        contact: contact.clone(),
        bot: pick(fields, "bot", &sandbox.bots, |bot| bot.id.as_str())?.clone(),
        website: pick(fields, "website", &sandbox.websites, |website| website.id.as_str())?.clone(),
    })
}

/// The one of `all` that `field` names, or the first.
fn pick<'s, T>(
    fields: &Fields<'_>,
    field: &str,
    all: &'s [T],
    id: impl Fn(&T) -> &str,
) -> Result<&'s T, Problem> {
    let Some(given) = fields.text(field)? else { return all.first().ok_or_else(|| nothing(field)) };
    all.iter().find(|one| id(one) == given).ok_or_else(|| {
        let known: Vec<&str> = all.iter().take(10).map(id).collect();
        let message = format!("No such {field}: '{}'. Known are: {}.", cut(&given), known.join(", "));
        Problem::invalid(field, "value_invalid", message)
    })
}

fn nothing(noun: &str) -> Problem {
    Problem::conflict(noun, "sandbox_empty", format!("The account's sandbox has no {noun}."))
}
