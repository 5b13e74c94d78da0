//! Conversations (wire contract, 6.1, 9.3 and 11): in answers with ids for what they name, unless it is expanded; in events
//! with objects.

mod call;
mod expand;

pub use call::{ConversationFilter, NewAnswer, NewConversation};
pub use expand::{ConversationExpand, Expanded};

use crate::contact::Contact;
use crate::imported::laid_over;
use crate::list::Identified;
use crate::reference::{Reference, Target};
use crate::time::Time;
use crate::user::User;
use crate::within::{Audience, Bot, Website};
use crate::{fixed, id, word};
use deskbell_core::conversation;
use deskbell_core::id::{AudienceId, BotId, ContactId, UserId, WebsiteId};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

/// A conversation (wire contract, 6.1). Of `contact`, `owner`, `bot`, `website` and `audience` it has the ids, and the objects of those
/// that were expanded.
#[derive(Debug, Serialize, ToSchema)]
#[schema(examples(json!({"initiated_by": "contact", "status": "started"})))]
pub struct Conversation {
    /// Always `conversation`.
    object: fixed::Conversation,
    /// Its id.
    id: id::Conversation,
    /// When it began.
    creation_time: Time,
    /// `contact`: the visitor began.
    initiated_by: fixed::Contact,
    /// When it last changed.
    last_updated_time: Time,
    /// The visitor's last input.
    last_interacted_time: Time,
    /// The visitor.
    contact: ContactOrId,
    /// The user who owns the visitor's contact.
    owner: UserOrId,
    /// `started`, `closed` or `abandoned`.
    status: word::ConversationStatus,
    /// The chatbot.
    bot: BotOrId,
    /// The website it sits on.
    website: WebsiteOrId,
    /// The audience that the visitor belongs to, if any.
    audience: AudienceOrId,
    /// In the order they were given.
    answers: Vec<ConversationAnswer>,
    /// Ids of the bookings made in it.
    #[schema(value_type = Vec<String>)]
    bookings: Vec<id::Booking>,
    /// Only with `expand=actions` (an addition): what can be done to it now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<ConversationAction>, required = false)]
    actions: Option<Vec<ConversationAction>>,
}

type ContactOrId = Reference<ContactId, Contact>;
type UserOrId = Reference<UserId, User>;
type BotOrId = Reference<BotId, Bot>;
type WebsiteOrId = Reference<WebsiteId, Website>;
type AudienceOrId = Reference<AudienceId, Audience>;

/// An answer of the visitor.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConversationAnswer {
    /// Its id.
    id: id::Answer,
    /// What the account calls the question.
    #[schema(example = "full_name")]
    internal_label: Option<String>,
    /// The question as it was asked.
    #[schema(example = "What is your name?")]
    question: String,
    /// The answer.
    #[schema(example = "Tomás Healy")]
    value: String,
}

/// A call that takes a conversation a step further, and what it would come to. An addition to the vendor's API.
#[derive(Debug, Serialize, ToSchema)]
#[schema(
    example = json!({"name": "close", "allowed": true, "reason": null, "rings": ["conversation.closed"]}),
    examples(json!({"name": "close"})),
)]
pub struct ConversationAction {
    /// The last part of the call's path.
    name: word::ConversationActionName,
    /// Whether its state allows it now.
    allowed: bool,
    /// Why it would be refused; null when it is allowed.
    #[schema(example = "Only an open conversation can be closed. This one is abandoned.", required)]
    reason: Option<String>,
    /// The triggers that it would ring, in order.
    rings: Vec<word::Trigger>,
}

impl Conversation {
    /// The conversation as it is now, with what is `expanded`.
    pub fn new(conversation: &conversation::Conversation, expanded: Expanded) -> Self {
        let conversation::Conversation { contact, owner, bot, website, audience, .. } = conversation;
        Self {
            object: fixed::Conversation,
            id: (&conversation.id).into(),
            creation_time: conversation.created.into(),
            initiated_by: fixed::Contact,
            last_updated_time: conversation.updated.into(),
            last_interacted_time: conversation.last_interacted.into(),
            contact: Reference::of(
                Some(&contact.id),
                expanded.contact.map(|()| Contact::from(contact.clone())),
            ),
            owner: Reference::of(Some(&owner.id), expanded.owner.map(|()| User::from(owner.clone()))),
            status: conversation.status.into(),
            bot: Reference::of(Some(&bot.id), expanded.bot.map(|()| Bot::from(bot.clone()))),
            website: Reference::of(
                Some(&website.id),
                expanded.website.map(|()| Website::from(website.clone())),
            ),
            audience: Reference::of(
                audience.as_ref().map(|audience| &audience.id),
                audience.as_ref().map_or(Target::Id, |audience| {
                    expanded.audience.map(|()| Audience::from(audience.clone()))
                }),
            ),
            answers: conversation.answers.iter().map(ConversationAnswer::new).collect(),
            bookings: conversation.bookings.iter().map(Into::into).collect(),
            actions: None,
        }
    }

    /// The same, with what can be done to it.
    #[must_use]
    pub fn with_actions(self, actions: Vec<conversation::Action>) -> Self {
        Self { actions: Some(actions.into_iter().map(ConversationAction::from).collect()), ..self }
    }
}

impl ConversationAnswer {
    fn new(answer: &conversation::ConversationAnswer) -> Self {
        Self {
            id: (&answer.id).into(),
            internal_label: answer.internal_label.clone(),
            question: answer.question.clone(),
            value: answer.value.clone(),
        }
    }
}

impl From<conversation::Action> for ConversationAction {
    fn from(conversation::Action { name, outcome }: conversation::Action) -> Self {
        let (rings, reason) = outcome.map_or_else(|reason| (Vec::new(), Some(reason)), |rings| (rings, None));
        Self {
            name: name.into(),
            allowed: reason.is_none(),
            reason,
            rings: rings.into_iter().map(Into::into).collect(),
        }
    }
}

impl Identified for Conversation {
    fn id(&self) -> &str {
        self.id.as_str()
    }
}

/// The conversation as the `data` of an event, as it is now: in the form in which it came, if it was imported.
pub fn payload(conversation: &conversation::Conversation) -> Box<RawValue> {
    let object = Conversation::new(conversation, Expanded::ALL);
    // Strings, numbers and lists of them: nothing here can fail to serialize.
    let written = serde_json::value::to_raw_value(&object)
        .unwrap_or_else(|_| unreachable!("a conversation always serializes"));
    match &conversation.imported {
        Some(imported) => laid_over(imported, written),
        None => written,
    }
}

#[cfg(test)]
mod tests;
