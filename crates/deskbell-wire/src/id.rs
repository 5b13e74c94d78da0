//! Ids: in answers they have the form that we give them; callers may send any text, and learn that it names nothing.

use crate::broken::Broken;
use crate::schema::{text, value};
use deskbell_core::id;
use serde::de::Deserializer;
use serde::{Deserialize, Serialize, Serializer};
use utoipa::openapi::schema::ArrayBuilder;

/// An id of the core, as the document shows it.
pub trait Noun: Clone + 'static {
    /// What its objects say they are.
    const OBJECT: &'static str;
    /// One that could be.
    const EXAMPLE: &'static str;

    /// The id of that text, whatever it is.
    fn from_text(text: String) -> Self;

    /// The id as text.
    fn as_str(&self) -> &str;
}

/// An id in an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Id<I>(pub I);

impl<I: Noun> Id<I> {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl<I> From<I> for Id<I> {
    fn from(id: I) -> Self {
        Self(id)
    }
}

impl<I: Clone> From<&I> for Id<I> {
    fn from(id: &I) -> Self {
        Self(id.clone())
    }
}

impl<I: Noun> Serialize for Id<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

value!([I: Noun] Id<I>, text(I::EXAMPLE).pattern(Some(pattern(I::EXAMPLE))));

/// An id that a caller gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given<I>(pub I);

impl<'de, I: Noun> Deserialize<'de> for Given<I> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(I::from_text(text)))
    }
}

value!([I: Noun] Given<I>, text(I::EXAMPLE));

/// Ids that a caller gave in one field, at most `MOST`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<Given<I>>", bound = "I: Noun")]
pub struct Several<I, const MOST: usize>(pub Vec<I>);

impl<I, const MOST: usize> TryFrom<Vec<Given<I>>> for Several<I, MOST> {
    type Error = Broken;

    fn try_from(ids: Vec<Given<I>>) -> Result<Self, Broken> {
        if ids.len() > MOST {
            return Err(Broken::new("fields_too_many", format!("At most {MOST} are allowed.")));
        }
        Ok(Self(ids.into_iter().map(|id| id.0).collect()))
    }
}

value!([I: Noun, const MOST: usize] Several<I, MOST>,
    ArrayBuilder::new().items(text(I::EXAMPLE)).max_items(Some(MOST)));

/// An id in an answer that is the same for all nouns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct AnyId(pub String);

value!(AnyId, text("WHK-2V8QDX6RNC").pattern(Some("^[A-Z]+-[0-9A-Z]+$")));

/// What ids of a sandbox begin with: those that were imported are as long as the vendor made them.
const IMPORTED: [&str; 13] =
    ["AUD", "BKC", "BKNG", "BOT", "BP", "CTC", "CVR", "ET", "INT", "MP", "TM", "USR", "WEB"];

/// The form of the ids of which `example` is one.
pub(crate) fn pattern(example: &str) -> String {
    let Some((prefix, tail)) = example.split_once('-') else {
        return format!("^[0-9A-Z]{{{}}}$", example.len());
    };
    if IMPORTED.contains(&prefix) {
        return format!("^{prefix}-[0-9A-Z]+$");
    }
    // The number of an attempt is as long as it has to be.
    let more = if example.starts_with(id::AttemptId::PREFIX) { "," } else { "" };
    format!("^{prefix}-[0-9A-Z]{{{}{more}}}$", tail.len())
}

macro_rules! ids {
    ($($noun:ident, $id:ident, $word:literal = $example:literal;)*) => {
        $(
            impl Noun for id::$id {
                const OBJECT: &'static str = $word;
                const EXAMPLE: &'static str = $example;

                fn from_text(text: String) -> Self {
                    Self::from_text(text)
                }

                fn as_str(&self) -> &str {
                    self.as_str()
                }
            }

            #[doc = concat!("In an answer, such as `", $example, "`.")]
            pub type $noun = Id<id::$id>;
        )*

        /// An id of the noun of that name, as paths and fields have it.
        pub fn example(noun: &str) -> Option<&'static str> {
            match noun {
                $($word => Some($example),)*
                _ => None,
            }
        }

        /// Ids that callers give.
        pub mod given {
            use super::{Given, id};
            $(
                #[doc = concat!("From a caller, such as `", $example, "`.")]
                pub type $noun = Given<id::$id>;
            )*
        }
    };
}

ids! {
    Account, AccountId, "account" = "ACC-7Q2M4XK9PD";
    Answer, AnswerId, "answer" = "INT-7E21A0B94C";
    Attempt, AttemptId, "attempt" = "ATT-3HZ7KQ51VD2V8QDX6RNC01";
    Audience, AudienceId, "audience" = "AUD-4M8XK2PRT";
    Booking, BookingId, "booking" = "BKNG-Q8T2ZC4M6RVA";
    BookingPage, BookingPageId, "booking_page" = "BP-6Q0WZ2MTLA";
    Bot, BotId, "bot" = "BOT-19AF03C77E";
    Calendar, CalendarId, "booking_calendar" = "BKC-LM42X90PTR";
    Capture, CaptureId, "request" = "CAP-5N1T9QXM02ZB";
    Contact, ContactId, "contact" = "CTC-7W3PLX90DK";
    Conversation, ConversationId, "conversation" = "CVR-5B0E77C1D4";
    Delivery, DeliveryId, "delivery" = "DLV-3HZ7KQ51VD2V8QDX6RNC";
    Event, EventId, "event" = "EVNT-3HZ7KQ51VD";
    EventType, EventTypeId, "event_type" = "ET-08TNQ5JZ3C";
    Inbox, InboxId, "inbox" = "INB-8K2M0QX7RT";
    Key, KeyId, "key" = "KEY-7Q2M4XK9PD";
    MasterPage, MasterPageId, "master_page" = "MP-V41KD0XR8S";
    OneTimeLink, OneTimeLinkId, "one_time_link" = "7KQ2M0ZT9XW4";
    Notification, NotificationId, "notification" = "SMS-4T7K0Q2M";
    Share, ShareId, "share" = "SHR-6Z1N0QX7RT";
    Team, TeamId, "team" = "TM-81QZ6VNHA3CE";
    User, UserId, "user" = "USR-4KD92MXQ7T";
    Webhook, WebhookId, "webhook" = "WHK-2V8QDX6RNC";
    Website, WebsiteId, "website" = "WEB-C40D8812FA";
}
