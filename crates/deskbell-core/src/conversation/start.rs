//! Start: a visitor turns to a bot, and away from the one before.

use super::{Conversation, Status};
use crate::Timestamp;
use crate::trigger::Trigger;

/// A conversation after a transition, and the trigger that fires with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed {
    /// The conversation afterwards.
    pub conversation: Conversation,
    /// The trigger of the event that is accepted in the same step.
    pub trigger: Trigger,
}

/// Starts `new`. The visitor's conversations with other bots, among the `open` ones, are closed by it (wire contract,
/// 2.1); one with the same bot goes on. All of it is one step: stored together or not at all.
pub fn start(new: Conversation, open: Vec<Conversation>, now: Timestamp) -> Vec<Changed> {
    let others = open.into_iter().filter(|other| is_ended_by(other, &new)).filter_map(|mut conversation| {
        let trigger = conversation.close(now).ok()?;
        Some(Changed { conversation, trigger })
    });
    let mut steps: Vec<Changed> = others.collect();
    steps.push(Changed { conversation: new, trigger: Trigger::ConversationStarted });
    steps
}

/// Whether `new` ends `other`: the same visitor talked to another bot.
pub fn is_ended_by(other: &Conversation, new: &Conversation) -> bool {
    other.account == new.account
        && other.status == Status::Started
        && other.contact.id == new.contact.id
        && other.bot.id != new.bot.id
}
