//! Conversations, in memory.

use super::{MemoryStore, State};
use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::conversation::{Conversation, is_ended_by};
use deskbell_core::id::{AccountId, ConversationId};
use deskbell_core::policy::revision;
use deskbell_core::store::{
    ConversationChange, ConversationFilter, Conversations, ConversationsSaved, Listing, Page, Result,
};
use std::collections::HashSet;

impl State {
    /// What keeps one of the changes out.
    pub(super) fn conversation_hindrance(
        &self,
        changes: &[ConversationChange],
    ) -> Option<ConversationsSaved> {
        let mut ids = HashSet::new();
        for ConversationChange { conversation, event } in changes {
            let stored = self.conversations.get(conversation.id.as_str());
            let stored = stored.map(|stored| (&stored.account, stored.revision));
            let conflict = revision::conflict(&conversation.account, conversation.revision, stored);
            if let Some(conflict) = conflict {
                return Some(conflict.into());
            }
            if conversation.revision == 0 && self.goes_on(conversation, changes) {
                return Some(ConversationsSaved::Changed);
            }
            let event = event.as_ref().map(|new| new.event.id.as_str());
            if event.is_some_and(|id| self.events.get(id).is_some() || !ids.insert(id)) {
                return Some(ConversationsSaved::IdTaken);
            }
        }
        None
    }

    pub(super) fn put_conversation(&mut self, conversation: Conversation) {
        match self.conversations.get_mut(conversation.id.as_str()) {
            Some(stored) => *stored = conversation,
            None => {
                self.conversations.add(conversation.id.clone().as_str(), conversation);
            }
        }
    }

    /// Whether a conversation that `new` ends is not ended by `changes`.
    fn goes_on(&self, new: &Conversation, changes: &[ConversationChange]) -> bool {
        let ended = |other: &Conversation| changes.iter().any(|change| change.ends(&other.id));
        self.conversations.all().any(|other| is_ended_by(other, new) && !ended(other))
    }
}

#[async_trait]
impl Conversations for MemoryStore {
    async fn save_conversations(
        &self,
        changes: Vec<ConversationChange>,
        now: Timestamp,
    ) -> Result<ConversationsSaved> {
        self.accepting(|state, to| {
            if let Some(hindrance) = state.conversation_hindrance(&changes) {
                return Ok(hindrance);
            }
            if let Some(full) = state.refusal(changes.iter().filter_map(|change| change.event.as_ref())) {
                return Err(full.into());
            }
            for ConversationChange { conversation, event } in changes {
                if let Some(event) = event {
                    state.accept(event, now, to);
                }
                state.put_conversation(conversation);
            }
            Ok(ConversationsSaved::Saved)
        })
    }

    async fn conversation(&self, account: &AccountId, id: &ConversationId) -> Result<Option<Conversation>> {
        let state = self.lock();
        Ok(state.conversations.get(id.as_str()).filter(|found| found.account == *account).cloned())
    }

    async fn conversations(
        &self,
        account: &AccountId,
        filter: &ConversationFilter,
        page: &Page,
    ) -> Result<Listing<Conversation>> {
        self.lock().conversations.page(
            page,
            |conversation| conversation.account == *account,
            |conversation| {
                filter.status.is_none_or(|status| conversation.status == status)
                    && filter.contact.as_ref().is_none_or(|contact| conversation.contact.id == *contact)
                    && filter.created.holds(conversation.created)
            },
        )
    }

    async fn silent_conversations(&self, silent_since: Timestamp, limit: u32) -> Result<Vec<Conversation>> {
        let state = self.lock();
        let mut silent: Vec<&Conversation> =
            state.conversations.all().filter(|conversation| conversation.is_left(silent_since)).collect();
        silent.sort_by_key(|conversation| conversation.last_interacted);
        Ok(silent.into_iter().take(limit as usize).cloned().collect())
    }
}
