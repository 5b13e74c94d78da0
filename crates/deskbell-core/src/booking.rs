//! A booking: a source of events that knows nothing of webhooks (wire contract, 2.3, 2.4, 5 and 10.2).
//!
//! ```text
//!            guest asks where a user must approve (rings nothing)
//!  (none) ──────────────────────────────────────────────────────────────▶ requested
//!    │                                                                     │  ▲  │
//!    │ guest books                   user approves                         │  │  │
//!    │ booking.scheduled             booking.scheduled, or of a move       │  │  │ user declines,
//!    │                               booking.rescheduled (*)               │  │  │ guest withdraws
//!    │                          ┌──────────────────────────────────────────┘  │  │ booking.canceled
//!    ▼                          ▼                                             │  │
//!  ┌─────────────────────────────────────────────────────────────┐ guest asks │  │
//!  │ scheduled ─────────────────────────────────▶ rescheduled    │ to move it │  │
//!  │            guest moves it, calendar the same                ├────────────┘  │
//!  │            booking.rescheduled                              │ (rings        │
//!  │  either ──▶ itself: user reassigns, booking.reassigned      │ nothing)      │
//!  └─────────────────────────────────────────────────────────────┘               │
//!    │ its end passes      │ it began,        │ anyone cancels                   │
//!    │ booking.completed   │ nobody came      │ booking.canceled                 │
//!    ▼                     │ booking.no_show  │ user asks for a new time         │
//!  completed               │                  │ booking.canceled_reschedule_requested
//!    │ │ nobody came       ▼                  │ guest moves it to another calendar (*)
//!    │ └───────────────▶ no_show              │ booking.canceled_then_rescheduled
//!    │   booking.no_show   │                  ▼                                  │
//!    └─────────────────────┴───────────────▶ canceled ◀──────────────────────────┘
//!      user asks for a new time               ┆
//!      booking.canceled_reschedule_requested  ┆ guest books in its place (*)
//!                                             ▼
//!                                  (none) ──▶ rescheduled   booking.rescheduled
//! ```
//!
//! (*) A new booking, linked by [`Booking::replaces`]. What it replaces rings first, and only when the new one is agreed.
//!
//! [`step`] has the arrows, one function each.

mod actions;
mod classic;
mod location;
mod payment;
pub mod step;
mod utm_params;

pub use actions::{Action, ActionName, Around, actions};
pub use classic::Classic;
pub use location::{Location, LocationRefused, WantedLocation};
pub use payment::Payment;
pub use step::{Changed, Forbidden, Guest, Pick};
pub use utm_params::UtmParams;

use crate::Timestamp;
use crate::account::PayloadStyle;
use crate::id::{AccountId, BookingId, CalendarId, ContactId, ConversationId, OneTimeLinkId, UserId};
use crate::imported::Imported;
use crate::policy::revision::{self, Conflict};
use crate::sandbox::ExternalCalendar;
use crate::time::{later, overlap};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A meeting between a guest and a user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Booking {
    /// Its id, `BKNG-` and 12 characters; kept when it moves on its own calendar.
    pub id: BookingId,
    /// Whose it is.
    pub account: AccountId,
    /// The booking calendar it was made on.
    pub calendar: CalendarId,
    /// The user who hosts it.
    pub owner: UserId,
    /// The host's e-mail address.
    pub owner_email: String,
    /// The guest, as a contact.
    pub contact: Option<ContactId>,
    /// The conversation it was made in.
    pub conversation: Option<ConversationId>,
    /// What it is about.
    pub subject: String,
    /// Where it stands.
    pub status: Status,
    /// When it was made.
    pub created: Timestamp,
    /// When it last changed.
    pub updated: Timestamp,
    /// When it starts.
    pub starts: Timestamp,
    /// How long it takes, in minutes.
    pub duration_minutes: u32,
    /// The guest's time zone, an IANA name.
    pub guest_time_zone: String,
    /// Where it takes place.
    pub location: Location,
    /// Why it was cancelled or moved, and by whom.
    pub cancellation: Option<Cancellation>,
    /// What the guest asked for last.
    pub asked: Asked,
    /// The booking it was made in place of (wire contract, 2.4).
    pub replaces: Option<BookingId>,
    /// It is cancelled because the guest was asked for a new time, and none was agreed yet.
    pub rebookable: bool,
    /// What the guest filled in.
    pub form: Form,
    /// What it was made with of the vendor's classic product.
    #[serde(default)]
    pub classic: Classic,
    /// The one-time link that it was made with: the first revision spends it in the step that stores both.
    #[serde(default)]
    pub one_time_link: Option<OneTimeLinkId>,
    /// Who made it.
    #[serde(default)]
    pub made_by: MadeBy,
    /// Its place in the host's connected calendar.
    #[serde(default)]
    pub external_calendar: ExternalCalendar,
    /// What the guest paid for it.
    #[serde(default)]
    pub payment: Option<Payment>,
    /// The campaign that brought the guest.
    #[serde(default)]
    pub utm_params: Option<UtmParams>,
    /// The form in which it came, if it was imported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imported: Option<Box<Imported>>,
    /// Counts the changes; a change is stored only over the revision it was made from.
    pub revision: u64,
}

/// Where a booking stands (wire contract, 10.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// A guest asks for it; a user has not approved yet.
    Requested,
    /// It will take place.
    Scheduled,
    /// It will take place, at another time than first agreed.
    Rescheduled,
    /// Its end time has passed.
    Completed,
    /// It was called off.
    Canceled,
    /// The guest did not come.
    NoShow,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Requested, Self::Scheduled, Self::Rescheduled, Self::Completed, Self::Canceled, Self::NoShow];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Scheduled => "scheduled",
            Self::Rescheduled => "rescheduled",
            Self::Completed => "completed",
            Self::Canceled => "canceled",
            Self::NoShow => "no_show",
        }
    }

    /// The status of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// Whether both sides agreed that it will take place.
    pub fn is_agreed(self) -> bool {
        matches!(self, Self::Scheduled | Self::Rescheduled)
    }

    /// Whether it takes up its host's time. What was asked for does so too: nobody else gets the slot meanwhile.
    pub fn is_active(self) -> bool {
        self == Self::Requested || self.is_agreed()
    }
}

/// What a guest asked for: it decides what the booking becomes once it is agreed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// A meeting: it becomes scheduled.
    Meeting,
    /// Another time for this booking: it becomes rescheduled.
    Move,
    /// This booking in place of another: it becomes rescheduled, and the other ends.
    Replacement,
}

/// Who made a booking.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MadeBy {
    /// A guest, who filled in the form.
    #[default]
    Guest,
    /// An administrator, for the guest: readers are shown no form.
    Administrator,
}

impl MadeBy {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Guest, Self::Administrator];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Guest => "guest",
            Self::Administrator => "administrator",
        }
    }
}

/// What the guest filled in (wire contract, 5.2).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Form {
    /// Full name, as typed.
    pub name: String,
    /// The guest's e-mail address, as typed; `None` when there is a phone number instead.
    pub email: Option<String>,
    /// Phone, as typed.
    pub phone: Option<String>,
    /// Mobile phone, as typed.
    pub mobile_phone: Option<String>,
    /// A note to the host.
    pub note: Option<String>,
    /// The company the guest speaks for.
    pub company: Option<String>,
    /// E-mail addresses of more guests.
    pub guests: Vec<String>,
    /// The form's other questions: a name, and a string or a list of strings.
    pub custom_fields: Vec<(String, FieldValue)>,
}

impl Form {
    /// The form of a guest who can be reached where the booking takes place: the number to call is the guest's.
    fn reached_at(self, location: &Location) -> Self {
        let Location::Phone { number } = location else { return self };
        Self { phone: self.phone.or_else(|| Some(number.clone())), ..self }
    }
}

/// The answer to a custom question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum FieldValue {
    /// Text, or one choice.
    One(String),
    /// Several choices, in the order they were ticked.
    Many(Vec<String>),
}

/// Who called a booking off or moved it, and why (wire contract, 5.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancellation {
    /// Why, in free text; `None` when nobody said.
    pub reason: Option<String>,
    /// Who called it off or moved it.
    pub by: Actor,
}

/// Who acts on a booking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A user; through the API it is the host (wire contract, 5.2).
    User(UserId),
    /// The guest, whom the vendor calls the customer.
    Customer,
}

/// What became of new or changed bookings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BookingSaved {
    /// They are stored, and their events accepted in the same step.
    Saved,
    /// The host is not free at that time.
    SlotTaken,
    /// Somebody changed one first, or the conversation, or there is none: read again.
    Changed,
    /// The id of a booking or of an event is taken: try again with fresh ones.
    IdTaken,
    /// One cannot book with its one-time link, or no more.
    LinkSpent,
}

impl From<Conflict> for BookingSaved {
    fn from(conflict: Conflict) -> Self {
        match conflict {
            Conflict::Changed => Self::Changed,
            Conflict::IdTaken => Self::IdTaken,
        }
    }
}

impl Booking {
    /// What keeps it from being stored over the `stored` one of its id, whose account and revision are given.
    /// `overlapped` says whether it [overlaps](Self::overlaps) another.
    pub fn objection(&self, stored: Option<(&AccountId, u64)>, overlapped: bool) -> Option<BookingSaved> {
        let conflict = revision::conflict(&self.account, self.revision, stored).map(BookingSaved::from);
        conflict.or((self.status.is_active() && overlapped).then_some(BookingSaved::SlotTaken))
    }

    /// Whether it and `other` cannot both stand: they take up the same time of one host.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.id != other.id
            && self.status.is_active()
            && other.takes(&self.account, &self.owner, (self.starts, self.ends()))
    }

    /// Whether it takes up time of the host in that span (start, end).
    pub fn takes(&self, account: &AccountId, host: &UserId, span: (Timestamp, Timestamp)) -> bool {
        self.account == *account
            && self.owner == *host
            && self.status.is_active()
            && overlap((self.starts, self.ends()), span)
    }

    /// When it ends.
    pub fn ends(&self) -> Timestamp {
        later(self.starts, Duration::from_secs(u64::from(self.duration_minutes) * 60))
    }

    /// When the passing of time will complete it; `None` when it will not. What was over before it was imported waits for
    /// its next step: importing rings nothing.
    pub fn completes(&self) -> Option<Timestamp> {
        let was_over = |end: Timestamp| self.imported.as_ref().is_some_and(|imported| end <= imported.at);
        self.status.is_agreed().then(|| self.ends()).filter(|end| !was_over(*end))
    }

    /// The style of its events, in an account of that style: the one in which it came, if it was imported.
    pub fn payload_style(&self, of_account: PayloadStyle) -> PayloadStyle {
        self.imported.as_ref().map_or(of_account, |imported| imported.style)
    }
}

#[cfg(test)]
mod tests;
