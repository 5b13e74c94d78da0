//! Start a conversation; the visitor's conversations with other bots end by it.

use super::Conversations;
use crate::auth::Caller;
use crate::body::OptionalBody;
use crate::sandbox::SandboxObjects;
use crate::trace::Traced;
use axum::Json;
use axum::extract::State;
use deskbell_core::conversation::{self, Audience, Conversation, Parties, Status};
use deskbell_core::id::{AccountId, ContactId, ConversationId};
use deskbell_core::policy::limit::PAGE_MAX;
use deskbell_core::sandbox::Sandbox;
use deskbell_core::store::{ConversationFilter, ConversationsSaved, Cursor, Page};
use deskbell_core::{Random, Store};
use deskbell_wire::conversation::{self as wire, Expanded, NewConversation};
use deskbell_wire::problem::{Problem, cut};
use http::StatusCode;
use std::sync::Arc;

/// Start a conversation; rings `conversation.started`, and `conversation.closed` for each that the visitor still had with
/// another bot.
#[utoipa::path(post, path = "/v2/conversations", tag = "Sandbox", request_body = Option<NewConversation>,
    responses((status = 201, description = "The conversation", body = wire::Conversation), (status = 409, body = Problem), (status = 507, body = Problem)))]
pub async fn start(
    State(random): State<Arc<dyn Random>>,
    State(sandbox): State<Arc<SandboxObjects>>,
    State(conversations): State<Arc<Conversations>>,
    Caller(account): Caller,
    traced: Traced,
    OptionalBody(asked): OptionalBody<NewConversation>,
) -> Result<(StatusCode, Json<wire::Conversation>), Problem> {
    let parties = parties(&asked, &sandbox.all(&account).await?)?;
    let audience = asked.audience.map(|name| Audience::named(&account.id, name.0));
    loop {
        let (id, now) = (ConversationId::new(&*random), conversations.clock.now());
        let begun = Conversation::begin(id, account.id.clone(), parties.clone(), now);
        let new = Conversation { audience: audience.clone(), ..begun };
        let shown = wire::Conversation::new(&new, Expanded::default());
        let open = open(&*conversations.store, &account.id, &new.contact.id).await?;
        let transitions = conversation::start(new, open, now).into_iter();
        let changed = transitions.map(|transition| (transition.conversation, Some(transition.trigger)));
        match conversations.save(changed.collect(), &traced).await? {
            ConversationsSaved::Saved => return Ok((StatusCode::CREATED, Json(shown))),
            // Somebody else was first: look again at what they made of it.
            ConversationsSaved::Changed | ConversationsSaved::IdTaken => {}
        }
    }
}

/// All that the visitor has open.
async fn open(
    store: &dyn Store,
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
        let found = store.conversations(account, &filter, &page).await?;
        page.cursor = found.items.last().map(|last| Cursor::After(last.id.to_string()));
        open.extend(found.items);
        if !found.older || page.cursor.is_none() {
            return Ok(open);
        }
    }
}

fn parties(asked: &NewConversation, sandbox: &Sandbox) -> Result<Parties, Problem> {
    let (contact, bot, website) = (
        asked.contact.as_ref().map(|id| id.0.as_str()),
        asked.bot.as_ref().map(|id| id.0.as_str()),
        asked.website.as_ref().map(|id| id.0.as_str()),
    );
    let contact = pick("contact", contact, &sandbox.contacts, |contact| contact.id.as_str())?;
    // The user may be gone: then whoever came first stands in.
    let owner = sandbox.user(&contact.owner).or(sandbox.users.first());
    Ok(Parties {
        owner: owner.ok_or_else(|| nothing("user"))?.clone(),
        contact: contact.clone(),
        bot: pick("bot", bot, &sandbox.bots, |bot| bot.id.as_str())?.clone(),
        website: pick("website", website, &sandbox.websites, |website| website.id.as_str())?.clone(),
    })
}

/// The one of `all` that was `given` in `field`, or the first.
fn pick<'s, T>(
    field: &str,
    given: Option<&str>,
    all: &'s [T],
    id: impl Fn(&T) -> &str,
) -> Result<&'s T, Problem> {
    let Some(given) = given else { return all.first().ok_or_else(|| nothing(field)) };
    all.iter().find(|one| id(one) == given).ok_or_else(|| {
        let known: Vec<&str> = all.iter().take(10).map(id).collect();
        let message = format!("No such {field}: '{}'. Known are: {}.", cut(given), known.join(", "));
        Problem::invalid(field, "value_invalid", message)
    })
}

fn nothing(noun: &str) -> Problem {
    Problem::conflict(noun, "sandbox_empty", format!("The account's sandbox has no {noun}."))
}
