//! The catalogue of triggers: what can happen, and what a webhook can subscribe to (wire contract, 2).

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! triggers {
    ($($(#[doc = $doc:literal])* $name:ident = $text:literal;)*) => {
        /// What happened. The `type` of every event is one of these, never a composite.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Trigger {
            $($(#[doc = $doc])* #[serde(rename = $text)] $name,)*
        }

        impl Trigger {
            /// Every trigger, in the contract's order.
            pub const ALL: &'static [Trigger] = &[$(Trigger::$name,)*];

            /// The name on the wire.
            pub fn as_str(self) -> &'static str {
                match self { $(Trigger::$name => $text,)* }
            }

            /// When it fires, in a sentence.
            pub fn meaning(self) -> &'static str {
                match self { $(Trigger::$name => concat!($($doc),*).trim_ascii(),)* }
            }
        }
    };
}

triggers! {
    /// A guest booked, or a user approved a request.
    BookingScheduled = "booking.scheduled";
    /// A guest moved a booking, same user.
    BookingRescheduled = "booking.rescheduled";
    /// A guest cancelled and booked again with another user.
    BookingCanceledThenRescheduled = "booking.canceled_then_rescheduled";
    /// A user cancelled and asked for a new time.
    BookingCanceledRescheduleRequested = "booking.canceled_reschedule_requested";
    /// Anyone cancelled for good.
    BookingCanceled = "booking.canceled";
    /// The end time has passed.
    BookingCompleted = "booking.completed";
    /// A user marked it as a no-show.
    BookingNoShow = "booking.no_show";
    /// It moved to another user.
    BookingReassigned = "booking.reassigned";
    /// A visitor began to talk to a chatbot.
    ConversationStarted = "conversation.started";
    /// The flow came to its end, or the visitor turned to another bot.
    ConversationClosed = "conversation.closed";
    /// No input for more than ten minutes.
    ConversationAbandoned = "conversation.abandoned";
}

impl Trigger {
    /// The trigger of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|trigger| trigger.as_str() == text)
    }

    /// Whether it tells of a booking; the others tell of a conversation.
    pub fn is_booking(self) -> bool {
        self.as_str().starts_with("booking.")
    }

    /// The composite that covers it.
    pub fn composite(self) -> Subscription {
        if self.is_booking() { Subscription::Bookings } else { Subscription::Conversations }
    }
}

impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One entry of a webhook's `events`, kept and echoed as it was given (wire contract, 2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "&'static str", try_from = "String")]
pub enum Subscription {
    /// One trigger by its name.
    One(Trigger),
    /// The composite `booking`: every booking trigger, later ones too.
    Bookings,
    /// The composite `conversation`.
    Conversations,
    /// `conversation.reached_out`, retired by the vendor: accepted from old clients, never fired (decision 5).
    ReachedOut,
}

impl Subscription {
    /// The subscription of that name.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "booking" => Some(Self::Bookings),
            "conversation" => Some(Self::Conversations),
            "conversation.reached_out" => Some(Self::ReachedOut),
            _ => Trigger::parse(text).map(Self::One),
        }
    }

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::One(trigger) => trigger.as_str(),
            Self::Bookings => "booking",
            Self::Conversations => "conversation",
            Self::ReachedOut => "conversation.reached_out",
        }
    }

    /// Every name a webhook can subscribe to, composites last.
    pub fn names() -> impl Iterator<Item = &'static str> {
        let others = [Self::Bookings, Self::Conversations, Self::ReachedOut];
        Trigger::ALL.iter().map(|trigger| trigger.as_str()).chain(others.into_iter().map(Self::as_str))
    }
}

impl From<Subscription> for &'static str {
    fn from(subscription: Subscription) -> Self {
        subscription.as_str()
    }
}

impl TryFrom<String> for Subscription {
    type Error = String;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::parse(&name).ok_or_else(|| format!("nothing can be subscribed to by the name {name}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_parses_back() {
        for name in Subscription::names() {
            assert_eq!(Subscription::parse(name).map(Subscription::as_str), Some(name));
        }
        assert_eq!(Trigger::parse("booking"), None);
        assert_eq!(Subscription::parse("Booking.Scheduled"), None);
        assert_eq!(Trigger::ALL.len(), 11);
    }
}
