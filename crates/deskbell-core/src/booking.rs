//! A booking: a source of events that knows nothing of webhooks (wire contract, 5 and 10).
//!
//! ```text
//!             guest books                 cancel
//!   (none) ─────────────▶ scheduled ─────────────▶ canceled
//!           booking.scheduled         booking.canceled
//! ```

mod payload;

pub use payload::{Reader, render};

use crate::Timestamp;
use crate::id::{AccountId, BookingId, CalendarId, ContactId, UserId};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A meeting between a guest and a user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Booking {
    /// Its id.
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
    /// Why it was cancelled, and by whom.
    pub cancellation: Option<Cancellation>,
    /// What the guest filled in.
    pub form: Form,
    /// Counts the changes; a change is stored only over the revision it was made from.
    pub revision: u64,
}

/// Where a booking stands (wire contract, 10.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
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
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Rescheduled => "rescheduled",
            Self::Completed => "completed",
            Self::Canceled => "canceled",
            Self::NoShow => "no_show",
        }
    }

    /// Whether it takes up its host's time.
    pub fn is_active(self) -> bool {
        matches!(self, Self::Scheduled | Self::Rescheduled)
    }
}

/// Where a booking takes place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Location {
    /// Online, at this address.
    Virtual {
        /// Where to join.
        join_url: String,
    },
    /// Somewhere, in words.
    Described {
        /// The words.
        text: String,
    },
}

/// What the guest filled in (wire contract, 5.2).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Form {
    /// Full name, as typed.
    pub name: String,
    /// E-mail address.
    pub email: String,
    /// Phone.
    pub phone: Option<String>,
    /// Mobile phone.
    pub mobile_phone: Option<String>,
    /// A note to the host.
    pub note: Option<String>,
    /// Company.
    pub company: Option<String>,
    /// E-mail addresses of more guests.
    pub guests: Vec<String>,
    /// The form's other questions: a name, and a string or a list of strings.
    pub custom_fields: Vec<(String, FieldValue)>,
}

/// The answer to a custom question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum FieldValue {
    /// Text, or one choice.
    One(String),
    /// Several choices.
    Many(Vec<String>),
}

/// Who called a booking off, and why (wire contract, 5.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancellation {
    /// Free text.
    pub reason: Option<String>,
    /// By whom.
    pub by: Actor,
}

/// Who acts on a booking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A user; through the API it is the host (wire contract, 5.2).
    User(UserId),
    /// The guest.
    Customer,
}

/// The booking's state does not allow the step.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a booking that is {from} cannot be {step}")]
pub struct Forbidden {
    /// The state it is in.
    pub from: &'static str,
    /// What was asked.
    pub step: &'static str,
}

impl Booking {
    /// When it ends.
    pub fn ends(&self) -> Timestamp {
        crate::time::later(self.starts, Duration::from_secs(u64::from(self.duration_minutes) * 60))
    }

    /// Calls it off.
    ///
    /// # Errors
    /// [`Forbidden`] unless it is scheduled or rescheduled.
    pub fn cancel(&mut self, reason: Option<String>, by: Actor, now: Timestamp) -> Result<(), Forbidden> {
        if !self.status.is_active() {
            return Err(Forbidden { from: self.status.as_str(), step: "canceled" });
        }
        self.status = Status::Canceled;
        self.cancellation = Some(Cancellation { reason, by });
        self.updated = now;
        Ok(())
    }
}
