//! Typed ids. All of them are opaque to clients: a prefix that names the noun, a dash, and characters of `0-9A-Z`
//! (wire contract, 5.5).

use crate::Random;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

const ALPHABET: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// `length` characters of `0-9A-Z`, each equally likely: a byte of 252 or more is thrown again.
fn random_tail(random: &dyn Random, length: usize) -> String {
    let mut tail = String::with_capacity(length);
    let mut randomness = [0u8; 32];
    while tail.len() < length {
        random.fill(&mut randomness);
        let fair = randomness
            .iter()
            .filter(|byte| **byte < 252)
            .map(|byte| ALPHABET[usize::from(byte % 36)] as char);
        tail.extend(fair.take(length - tail.len()));
    }
    tail
}

/// 16 characters of `0-9A-Z` (82 bits) that follow from `parts`, for a thing that is named by what it joins.
fn derived_tail(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let digest = hash.finalize();
    digest.iter().take(16).map(|byte| ALPHABET[usize::from(byte % 36)] as char).collect()
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal, $length:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// What every id of this noun begins with.
            pub const PREFIX: &'static str = concat!($prefix, "-");

            /// A fresh id.
            pub fn new(random: &dyn Random) -> Self {
                Self(format!("{}{}", Self::PREFIX, random_tail(random, $length)))
            }

            /// An id as a client or a row gave it. Nothing is checked: an id that names nothing finds nothing.
            pub fn from_text(text: impl Into<String>) -> Self {
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
    )*};
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
    /// An event; also the `webhook-id` header of its deliveries.
    EventId = "EVNT", 10;
    /// A delivery. Made with [`DeliveryId::of`].
    DeliveryId = "DLV", 16;
    /// An attempt. Made with [`AttemptId::of`].
    AttemptId = "ATT", 16;
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
}

impl DeliveryId {
    /// The one delivery of `event` to `webhook`: it follows from the pair, so a pair can never have two.
    pub fn of(event: &EventId, webhook: &WebhookId) -> Self {
        Self(format!("{}{}", Self::PREFIX, derived_tail(&[event.as_str(), webhook.as_str()])))
    }
}

impl AttemptId {
    /// Attempt `number` (from 1) of `delivery`.
    pub fn of(delivery: &DeliveryId, number: u32) -> Self {
        Self(format!("{}{}", Self::PREFIX, derived_tail(&[delivery.as_str(), &number.to_string()])))
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
        let (event, webhook) = (EventId::from_text("EVNT-1"), WebhookId::from_text("WHK-1"));
        assert_eq!(DeliveryId::of(&event, &webhook), DeliveryId::of(&event, &webhook));
        assert_ne!(DeliveryId::of(&event, &webhook), DeliveryId::of(&event, &WebhookId::from_text("WHK-2")));
        let delivery = DeliveryId::of(&event, &webhook);
        assert_ne!(AttemptId::of(&delivery, 1), AttemptId::of(&delivery, 2));
        // The lengths are hashed too: moving a character from one part to the other is another pair.
        assert_ne!(derived_tail(&["ab", "c"]), derived_tail(&["a", "bc"]));
    }
}
