//! What can be done to a conversation now, and what that would ring. Each step is tried on a copy, and the state machine
//! tells.

use super::{Conversation, ConversationAnswer};
use crate::Timestamp;
use crate::id::AnswerId;
use crate::trigger::Trigger;

/// A call that takes a conversation a step further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionName {
    /// The visitor answers a question.
    Answer,
    /// The flow comes to its end.
    Close,
    /// The visitor leaves.
    Abandon,
}

impl ActionName {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 3] = [Self::Answer, Self::Close, Self::Abandon];

    /// The name on the wire: the last part of the call's path.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Close => "close",
            Self::Abandon => "abandon",
        }
    }
}

/// A call, and what it would come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// The call.
    pub name: ActionName,
    /// What it would ring; or why it cannot be done, in a sentence.
    pub outcome: Result<Vec<Trigger>, String>,
}

/// What can be done to `conversation` now.
pub fn actions(conversation: &Conversation, now: Timestamp) -> Vec<Action> {
    let action = |name: ActionName| {
        let mut copy = conversation.clone();
        let tried = match name {
            ActionName::Answer => copy.answer(anything(), now).map(|()| Vec::new()),
            ActionName::Close => copy.close(now).map(|rings| vec![rings]),
            ActionName::Abandon => copy.abandon(now).map(|rings| vec![rings]),
        };
        let outcome = tried.map_err(|refused| {
            format!("Only an open conversation can be {}. This one is {}.", refused.step, refused.from)
        });
        Action { name, outcome }
    };
    ActionName::ALL.into_iter().map(action).collect()
}

/// What is answered does not matter to the state machine.
fn anything() -> ConversationAnswer {
    ConversationAnswer {
        id: AnswerId::from_text(""),
        internal_label: None,
        question: String::new(),
        value: String::new(),
    }
}
