//! Conversations, kept.

use super::{Listing, Page, Result, Span};
use crate::Timestamp;
use crate::conversation::{Conversation, Status};
use crate::event::NewEvent;
use crate::id::{AccountId, ContactId, ConversationId};
use crate::policy::revision::Conflict;
use async_trait::async_trait;

/// A new or changed conversation, with the event of its transition.
#[derive(Debug, Clone)]
pub struct ConversationChange {
    /// The conversation afterwards. With `revision` 0 it is a new one; otherwise it replaces the stored one, whose
    /// revision must be one less.
    pub conversation: Conversation,
    /// What the transition fires; an answer fires nothing.
    pub event: Option<NewEvent>,
}

impl ConversationChange {
    /// Whether it ends the conversation of that id.
    pub fn ends(&self, id: &ConversationId) -> bool {
        self.conversation.id == *id && self.conversation.status != Status::Started
    }
}

/// What became of new or changed conversations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConversationsSaved {
    /// All are stored, and their events accepted in the same step.
    Saved,
    /// Somebody changed one of them first, or there is none, or the visitor of a new one has begun to talk to another
    /// bot meanwhile: read again.
    Changed,
    /// The id of a conversation or of an event is taken: try again with fresh ones.
    IdTaken,
}

impl From<Conflict> for ConversationsSaved {
    fn from(conflict: Conflict) -> Self {
        match conflict {
            Conflict::Changed => Self::Changed,
            Conflict::IdTaken => Self::IdTaken,
        }
    }
}

/// Which conversations to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConversationFilter {
    /// Only in this state.
    pub status: Option<Status>,
    /// Only with this visitor.
    pub contact: Option<ContactId>,
    /// Only begun in this span.
    pub created: Span,
}

/// Conversations. A change of state and its event commit together.
#[async_trait]
pub trait Conversations: Send + Sync {
    /// Stores all of `changes` with their events, or nothing. A new conversation is stored only when every started one
    /// that [it ends](crate::conversation::is_ended_by) is closed by the same `changes`.
    async fn save_conversations(
        &self,
        changes: Vec<ConversationChange>,
        now: Timestamp,
    ) -> Result<ConversationsSaved>;

    /// The account's conversation of that id.
    async fn conversation(&self, account: &AccountId, id: &ConversationId) -> Result<Option<Conversation>>;

    /// A page of the account's conversations.
    async fn conversations(
        &self,
        account: &AccountId,
        filter: &ConversationFilter,
        page: &Page,
    ) -> Result<Listing<Conversation>>;

    /// Up to `limit` started conversations of all accounts whose last input was before `silent_since`, the longest
    /// silent first.
    async fn silent_conversations(&self, silent_since: Timestamp, limit: u32) -> Result<Vec<Conversation>>;
}
