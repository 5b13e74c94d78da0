//! Typed ids. All of them are opaque to clients: a prefix that names the noun, a dash, and characters of `0-9A-Z`
//! (wire contract, 5.5). They are short enough to stand in place, without memory of their own: ids are copied at every step
//! of a delivery.

mod sequence;

pub use sequence::EventIds;

use crate::Random;
use compact_str::{CompactString, format_compact};
use serde::{Deserialize, Serialize};
use std::fmt;

const ALPHABET: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// `prefix` and `length` characters of `0-9A-Z`, each equally likely: a byte of 252 or more is thrown again.
fn random_id(prefix: &str, random: &dyn Random, length: usize) -> CompactString {
    let mut id = CompactString::with_capacity(prefix.len() + length);
    id.push_str(prefix);
    let mut randomness = [0u8; 32];
    while id.len() < prefix.len() + length {
        random.fill(&mut randomness);
        let fair = randomness.iter().filter(|byte| **byte < 252);
        let missing = prefix.len() + length - id.len();
        id.extend(fair.take(missing).map(|byte| char::from(ALPHABET[usize::from(byte % 36)])));
    }
    id
}

/// Characters of an event's and of a webhook's id behind the prefix: the ids that are made of them are cut there.
const PART: usize = 10;

/// What stands behind the prefix.
fn tail(id: &str) -> &str {
    id.split_once('-').map_or(id, |(_, tail)| tail)
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident = $prefix:expr, $length:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(CompactString);

        impl $name {
            /// What every id of this noun begins with.
            pub const PREFIX: &'static str = $prefix;

            /// A fresh id.
            pub fn new(random: &dyn Random) -> Self {
                Self(random_id(Self::PREFIX, random, $length))
            }

            /// An id as a client or a row gave it. Nothing is checked: an id that names nothing finds nothing.
            pub fn from_text(text: impl Into<CompactString>) -> Self {
                Self(text.into())
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal, $length:literal;)*) => {
        $(id! { $(#[$doc])* $name = concat!($prefix, "-"), $length })*
    };
}

ids! {
    /// An account: who owns things.
    AccountId = "ACC", 10;
    /// An API key, by its public half.
    KeyId = "KEY", 10;
    /// A member: who signs in.
    MemberId = "MBR", 10;
    /// A webhook; kept as a tombstone when it is deleted.
    WebhookId = "WHK", 10;
    /// An event; also the `webhook-id` header of its deliveries. [`EventIds`] gives those of one machine in their order.
    EventId = "EVNT", 10;
    /// A delivery. Made with [`DeliveryId::of`].
    DeliveryId = "DLV", 20;
    /// An attempt. Made with [`AttemptId::of`].
    AttemptId = "ATT", 22;
    /// An inbox of the tester; its address has a token instead.
    InboxId = "INB", 10;
    /// A captured request.
    CaptureId = "CAP", 12;
    /// A share: one delivery, frozen.
    ShareId = "SHR", 10;
    /// A booking of the sandbox.
    BookingId = "BKNG", 12;
    /// A conversation of a visitor with a chatbot.
    ConversationId = "CVR", 10;
    /// An answer in a conversation.
    AnswerId = "INT", 10;
    /// A booking calendar.
    CalendarId = "BKC", 10;
    /// A user of the sandbox: a host, not who signs in.
    UserId = "USR", 10;
    /// A team of users.
    TeamId = "TM", 12;
    /// A contact: a guest or visitor.
    ContactId = "CTC", 10;
    /// A chatbot, with which visitors talk.
    BotId = "BOT", 10;
    /// A website a chatbot sits on.
    WebsiteId = "WEB", 10;
    /// A booking page.
    BookingPageId = "BP", 10;
    /// A master page, which leads to booking pages.
    MasterPageId = "MP", 10;
    /// An event type, which booking pages offer.
    EventTypeId = "ET", 10;
    /// A notification: a message that was sent to a contact or a user.
    NotificationId = "SMS", 8;
    /// A node: a process that serves.
    NodeId = "NODE", 10;
    /// An audience that visitors belong to.
    AudienceId = "AUD", 9;
}

id! {
    /// A one-time link; the vendor gives its id no prefix.
    OneTimeLinkId = "", 12
}

impl DeliveryId {
    /// The one delivery of `event` to `webhook`. It is made of the two, so a pair can never have two, and a store finds it by
    /// them: it needs no index of its own.
    pub fn of(event: &EventId, webhook: &WebhookId) -> Self {
        Self(format_compact!("{}{}{}", Self::PREFIX, tail(event.as_str()), tail(webhook.as_str())))
    }

    /// The event and the webhook that it is made of; `None` for a text that is no such id.
    pub fn pair(&self) -> Option<(EventId, WebhookId)> {
        let tail = self.0.strip_prefix(Self::PREFIX).filter(|tail| tail.len() == 2 * PART)?;
        let ours = tail.bytes().all(|byte| ALPHABET.contains(&byte));
        let (event, webhook) = tail.split_at_checked(PART).filter(|_| ours)?;
        let id = |prefix: &str, tail: &str| format_compact!("{prefix}{tail}");
        Some((EventId(id(EventId::PREFIX, event)), WebhookId(id(WebhookId::PREFIX, webhook))))
    }
}

impl AttemptId {
    /// Attempt `number` (from 1) of `delivery`: its characters, then the number, in two characters or as many as it takes.
    pub fn of(delivery: &DeliveryId, number: u32) -> Self {
        // Room for the largest number; the first digits that are not needed are left out.
        let (mut digits, mut first, mut left) = ([0; 7], 7, number);
        while left > 0 || first > 5 {
            first -= 1;
            // A rest by 36 is an index of the alphabet.
            digits[first] = ALPHABET[(left % 36) as usize];
            left /= 36;
        }
        let mut id = CompactString::with_capacity(Self::PREFIX.len() + 2 * PART + digits.len() - first);
        id.push_str(Self::PREFIX);
        id.push_str(tail(delivery.as_str()));
        id.extend(digits[first..].iter().map(|digit| char::from(*digit)));
        Self(id)
    }

    /// The delivery and the number that it is made of; `None` for a text that is no such id.
    pub fn parts(&self) -> Option<(DeliveryId, u32)> {
        let tail = self.0.strip_prefix(Self::PREFIX)?;
        let (delivery, number) = tail.split_at_checked(2 * PART)?;
        let delivery = DeliveryId(format_compact!("{}{delivery}", DeliveryId::PREFIX));
        let number = u32::from_str_radix(number, 36).ok()?;
        // One attempt, one id: no leading zeros, small letters or signs.
        let ours = delivery.pair().is_some() && Self::of(&delivery, number) == *self;
        ours.then_some((delivery, number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::door::SeededRandom;

    #[test]
    fn ids_have_their_prefix_and_length() {
        let random = SeededRandom::new(7);
        let webhook = WebhookId::new(&random);
        assert!(webhook.as_str().starts_with("WHK-") && webhook.as_str().len() == 14, "{webhook}");
        let booking = BookingId::new(&random);
        assert_eq!(booking.as_str().len(), 17);
        assert!(booking.as_str()[5..].bytes().all(|byte| ALPHABET.contains(&byte)));
        assert_ne!(WebhookId::new(&random), webhook);
    }

    #[test]
    fn a_pair_has_one_delivery_id_and_a_delivery_one_id_for_each_number() {
        let random = SeededRandom::new(7);
        let (event, webhook) = (EventId::new(&random), WebhookId::new(&random));
        let delivery = DeliveryId::of(&event, &webhook);
        assert_eq!(delivery.as_str().len(), "DLV-".len() + 20);
        assert_eq!(delivery.pair(), Some((event.clone(), webhook)));
        assert_ne!(DeliveryId::of(&event, &WebhookId::new(&random)), delivery);
        for number in [1, 35, 36, 1_295, 1_296, u32::MAX] {
            assert_eq!(AttemptId::of(&delivery, number).parts(), Some((delivery.clone(), number)));
        }
        assert_eq!(AttemptId::of(&delivery, 1).as_str().len(), "ATT-".len() + 22);
    }

    #[test]
    fn what_is_no_id_of_ours_has_no_parts() {
        for text in
            ["", "DLV-", "DLV-1", "DLV-ÄÄÄÄÄÄÄÄÄÄ", "EVNT-00000000000000000000", "DLV-0123456789ABCDEFGHIJK"]
        {
            assert_eq!(DeliveryId::from_text(text).pair(), None, "{text}");
        }
        let attempt = |number| AttemptId::from_text(format!("ATT-0123456789ABCDEFGHIJ{number}"));
        assert!(attempt("01").parts().is_some());
        for number in ["", "1", "001", "0a", "+1", "-1", "ZZZZZZZZ"] {
            assert_eq!(attempt(number).parts(), None, "{number}");
        }
        assert_eq!(AttemptId::from_text("ATT-ÄÄÄÄÄÄÄÄÄÄ01").parts(), None);
    }
}
