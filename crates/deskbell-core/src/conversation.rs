//! A conversation of a visitor with a chatbot: a source of events that knows nothing of webhooks (wire contract, 6).

mod payload;

pub use payload::render;

use crate::Timestamp;
use crate::id::{AnswerId, BookingId, ConversationId};
use crate::sandbox::{Bot, Contact, User, Website};
use serde::{Deserialize, Serialize};

/// A conversation, with the objects its events carry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Conversation {
    /// Its id.
    pub id: ConversationId,
    /// Where it stands.
    pub status: Status,
    /// When it began.
    pub created: Timestamp,
    /// The visitor's last input.
    pub last_interacted: Timestamp,
    /// When it last changed.
    pub updated: Timestamp,
    /// The visitor.
    pub contact: Contact,
    /// The user who owns the visitor's contact.
    pub owner: User,
    /// The chatbot.
    pub bot: Bot,
    /// The website it sits on.
    pub website: Website,
    /// What the visitor answered.
    pub answers: Vec<Answer>,
    /// Bookings made in it.
    pub bookings: Vec<BookingId>,
}

/// Where a conversation stands (wire contract, 6.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The visitor talks.
    Started,
    /// The flow came to its end.
    Closed,
    /// The visitor has been silent for more than ten minutes.
    Abandoned,
}

impl Status {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Closed => "closed",
            Self::Abandoned => "abandoned",
        }
    }
}

/// One answer of the visitor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Its id.
    pub id: AnswerId,
    /// What the account calls the question.
    pub internal_label: Option<String>,
    /// The question as it was asked.
    pub question: String,
    /// The answer.
    pub value: String,
}
