//! A conversation on the wire: in events with contact, owner, bot and website as objects, in answers as ids unless they
//! are expanded; bookings always as ids (wire contract, 6.1, 9.3 and 11).

use super::{Answer, Conversation};
use crate::sandbox::payload::{BotData, ContactData, UserData, WebsiteData};
use crate::time::wire;
use serde::Serialize;
use serde_json::value::RawValue;

/// Which of its references a conversation shows as objects.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Expand {
    /// The visitor, as an object instead of an id.
    pub contact: bool,
    /// The owner of the visitor's contact.
    pub owner: bool,
    /// The chatbot, as an object instead of an id.
    pub bot: bool,
    /// The website, as an object instead of an id.
    pub website: bool,
}

impl Expand {
    /// All of them, as in events.
    pub const ALL: Self = Self { contact: true, owner: true, bot: true, website: true };
}

/// An id, or the object of that id.
#[derive(Serialize)]
#[serde(untagged)]
enum Reference<'a, T> {
    Id(&'a str),
    Object(Box<T>),
}

impl<'a, T> Reference<'a, T> {
    fn of(id: &'a str, expand: bool, object: impl FnOnce() -> T) -> Self {
        if expand { Self::Object(Box::new(object())) } else { Self::Id(id) }
    }
}

/// What is serialized of a conversation.
#[derive(Serialize)]
pub(crate) struct ConversationData<'a> {
    object: &'static str,
    id: &'a str,
    creation_time: String,
    initiated_by: &'static str,
    last_updated_time: String,
    last_interacted_time: String,
    contact: Reference<'a, ContactData<'a>>,
    owner: Reference<'a, UserData<'a>>,
    status: &'static str,
    bot: Reference<'a, BotData<'a>>,
    website: Reference<'a, WebsiteData<'a>>,
    audience: Option<&'a str>,
    answers: Vec<AnswerData<'a>>,
    bookings: Vec<&'a str>,
}

impl<'a> ConversationData<'a> {
    pub(crate) fn new(conversation: &'a Conversation, expand: Expand) -> Self {
        let Conversation { contact, owner, bot, website, .. } = conversation;
        Self {
            object: "conversation",
            id: conversation.id.as_str(),
            creation_time: wire(conversation.created),
            initiated_by: "contact",
            last_updated_time: wire(conversation.updated),
            last_interacted_time: wire(conversation.last_interacted),
            contact: Reference::of(contact.id.as_str(), expand.contact, || ContactData::new(contact)),
            owner: Reference::of(owner.id.as_str(), expand.owner, || UserData::new(owner)),
            status: conversation.status.as_str(),
            bot: Reference::of(bot.id.as_str(), expand.bot, || BotData::new(bot)),
            website: Reference::of(website.id.as_str(), expand.website, || WebsiteData::new(website)),
            audience: None,
            answers: conversation.answers.iter().map(AnswerData::new).collect(),
            bookings: conversation.bookings.iter().map(|id| id.as_str()).collect(),
        }
    }
}

#[derive(Serialize)]
struct AnswerData<'a> {
    id: &'a str,
    internal_label: Option<&'a str>,
    question: &'a str,
    value: &'a str,
}

impl<'a> AnswerData<'a> {
    fn new(answer: &'a Answer) -> Self {
        Self {
            id: answer.id.as_str(),
            internal_label: answer.internal_label.as_deref(),
            question: &answer.question,
            value: &answer.value,
        }
    }
}

/// The conversation as the `data` of an event, as it is now.
pub fn render(conversation: &Conversation) -> Box<RawValue> {
    view(conversation, Expand::ALL)
}

/// The conversation as it is now; what is not expanded is an id.
pub fn view(conversation: &Conversation, expand: Expand) -> Box<RawValue> {
    let data = ConversationData::new(conversation, expand);
    // Strings, numbers and lists of them: nothing here can fail to serialize.
    serde_json::value::to_raw_value(&data)
        .unwrap_or_else(|_| unreachable!("a conversation always serializes"))
}
