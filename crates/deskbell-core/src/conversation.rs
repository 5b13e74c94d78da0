//! A conversation of a visitor with a chatbot: a source of events that knows nothing of webhooks (wire contract, 6).
//!
//! ```text
//!                                     answer, booking
//!                                       ┌──────┐
//!          the visitor's first input    │      ▼   the flow ends, or the visitor starts another bot
//!   (none) ───────────────────────────▶ started ───────────────────────────────────────────────────▶ closed
//!          conversation.started            │       conversation.closed
//!                                          │
//!                                          │       no input for more than ten minutes
//!                                          └───────────────────────────────────────────────────────▶ abandoned
//!                                                  conversation.abandoned
//! ```
//!
//! What is closed or abandoned stays so: a visitor who comes back starts a new conversation (wire contract, 6.2).

mod actions;
mod audience;
mod start;
#[cfg(test)]
mod tests;

pub use actions::{Action, ActionName, actions};
pub use audience::Audience;
pub use start::{Changed, is_ended_by, start};

use crate::Timestamp;
use crate::id::{AccountId, AnswerId, BookingId, ConversationId};
use crate::imported::Imported;
use crate::sandbox::{Availability, Bot, Contact, User, Website};
use crate::trigger::Trigger;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A visitor who was silent for longer than this has left (wire contract, 6.2; setting `sandbox.abandon_after`).
pub const ABANDON_AFTER: Duration = Duration::from_secs(600);

/// A conversation, with the objects its events carry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Conversation {
    /// Its id, `CVR-` and 10 characters.
    pub id: ConversationId,
    /// Whose it is.
    pub account: AccountId,
    /// Where it stands.
    pub status: Status,
    /// When it began.
    pub created: Timestamp,
    /// The visitor's last input.
    pub last_interacted: Timestamp,
    /// When it last changed.
    pub updated: Timestamp,
    /// The visitor, as of now in the conversation.
    pub contact: Contact,
    /// The user who owns the visitor's contact.
    pub owner: User,
    /// The chatbot that the visitor talks to.
    pub bot: Bot,
    /// The website it sits on.
    pub website: Website,
    /// The audience that the visitor belongs to.
    #[serde(default)]
    pub audience: Option<Audience>,
    /// What the visitor answered.
    pub answers: Vec<ConversationAnswer>,
    /// Bookings made in it; each names it as its [`conversation`](crate::booking::Booking::conversation).
    pub bookings: Vec<BookingId>,
    /// The form in which it came, if it was imported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imported: Option<Box<Imported>>,
    /// Counts the changes; a change is stored only over the revision it was made from.
    pub revision: u64,
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
    /// Every status: the one that goes on, and the two that end it.
    pub const ALL: [Self; 3] = [Self::Started, Self::Closed, Self::Abandoned];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Closed => "closed",
            Self::Abandoned => "abandoned",
        }
    }

    /// The status of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// One answer of the visitor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversationAnswer {
    /// Its id, `INT-` and 10 characters.
    pub id: AnswerId,
    /// What the account calls the question.
    pub internal_label: Option<String>,
    /// The question as it was asked.
    pub question: String,
    /// What the visitor answered, as text.
    pub value: String,
}

/// The conversation's state does not allow the step.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a conversation that is {from} cannot be {step}")]
pub struct Forbidden {
    /// The state it is in.
    pub from: &'static str,
    /// What was asked.
    pub step: &'static str,
}

/// Who talks to which bot.
#[derive(Debug, Clone, PartialEq)]
pub struct Parties {
    /// The visitor, as a contact.
    pub contact: Contact,
    /// The user who owns the visitor's contact.
    pub owner: User,
    /// The chatbot that the visitor talks to.
    pub bot: Bot,
    /// The website it sits on.
    pub website: Website,
}

impl Conversation {
    /// The visitor's first input.
    pub fn begin(id: ConversationId, account: AccountId, parties: Parties, now: Timestamp) -> Self {
        let Parties { contact, owner, bot, website } = parties;
        Self {
            id,
            account,
            status: Status::Started,
            created: now,
            last_interacted: now,
            updated: now,
            contact: Contact {
                last_interacted: Some(now),
                updated: now,
                bot: Some(bot.id.clone()),
                ..contact
            },
            // Who hosts is told of it, not when: most of the bytes of a user are the hours.
            owner: User { availability: Availability::default(), ..owner },
            bot,
            website,
            audience: None,
            answers: Vec::new(),
            bookings: Vec::new(),
            imported: None,
            revision: 0,
        }
    }

    /// Takes the visitor's answer.
    ///
    /// # Errors
    /// [`Forbidden`] unless it is started.
    pub fn answer(&mut self, answer: ConversationAnswer, now: Timestamp) -> Result<(), Forbidden> {
        self.leave_started("answered")?;
        self.answers.push(answer);
        self.hear(now);
        Ok(())
    }

    /// The visitor books in it.
    ///
    /// # Errors
    /// [`Forbidden`] unless it is started.
    pub fn book(&mut self, booking: BookingId, now: Timestamp) -> Result<(), Forbidden> {
        self.leave_started("booked in")?;
        self.bookings.push(booking);
        self.hear(now);
        Ok(())
    }

    /// The flow came to its end, or the visitor turned to another bot. Gives what that rings.
    ///
    /// # Errors
    /// [`Forbidden`] unless it is started.
    pub fn close(&mut self, now: Timestamp) -> Result<Trigger, Forbidden> {
        self.leave_started("closed")?;
        self.status = Status::Closed;
        self.change(now);
        Ok(Trigger::ConversationClosed)
    }

    /// The visitor has left. When that is so by the clock, [`is_left`](Self::is_left) tells. Gives what that rings.
    ///
    /// # Errors
    /// [`Forbidden`] unless it is started.
    pub fn abandon(&mut self, now: Timestamp) -> Result<Trigger, Forbidden> {
        self.leave_started("abandoned")?;
        self.status = Status::Abandoned;
        self.change(now);
        Ok(Trigger::ConversationAbandoned)
    }

    /// Since when the visitor is silent: since the last input, or since it was imported, for importing rings nothing.
    pub fn silent_since(&self) -> Timestamp {
        self.imported.as_ref().map_or(self.last_interacted, |imported| self.last_interacted.max(imported.at))
    }

    /// Whether it is started and the visitor is silent since a time before `since`.
    pub fn is_left(&self, since: Timestamp) -> bool {
        self.status == Status::Started && self.silent_since() < since
    }

    fn leave_started(&self, step: &'static str) -> Result<(), Forbidden> {
        match self.status {
            Status::Started => Ok(()),
            from => Err(Forbidden { from: from.as_str(), step }),
        }
    }

    /// The visitor's input.
    fn hear(&mut self, now: Timestamp) {
        self.last_interacted = now;
        self.contact.last_interacted = Some(now);
        self.change(now);
    }

    fn change(&mut self, now: Timestamp) {
        self.updated = now;
        self.contact.updated = now;
        self.revision += 1;
    }
}
