//! SMS notifications (wire contract, 11.3). A sandbox sends none: the shape is here for the document, and for whoever reads a
//! list of the vendor's.

use crate::list::Identified;
use crate::parameters::{Group, expands};
use crate::schema::{value, words};
use crate::time::Time;
use crate::word::{VendorWord, Word, Words};
use crate::{fixed, id};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A message that was sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct Notification {
    /// Always `notification`.
    object: fixed::Notification,
    id: id::Notification,
    /// Always `sms`.
    r#type: fixed::Sms,
    /// `sent`, `delivered`, `failed` or `rejected`.
    status: NotificationStatus,
    creation_time: Time,
    /// The id of a contact or a user; with `expand=recipient` the object.
    #[schema(example = "CTC-7W3PLX90DK")]
    recipient: String,
    /// `contact` or `user`.
    recipient_type: RecipientType,
    details: NotificationDetails,
}

impl Identified for Notification {
    fn id(&self) -> &str {
        self.id.as_str()
    }
}

/// What was sent, and where to.
#[derive(Debug, Serialize, ToSchema)]
struct NotificationDetails {
    /// A phone number.
    #[schema(example = "+353851234567")]
    delivered_to: String,
    #[schema(example = "See you at 10:30.")]
    message_body: String,
    /// How many messages it took.
    #[schema(example = 1)]
    segment_count: u32,
}

/// What became of a message.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NotificationStatus {
    /// No receipt came yet.
    Sent,
    /// It arrived.
    Delivered,
    /// It was sent and did not arrive.
    Failed,
    /// It was not sent: the number is none.
    Rejected,
}

value!(NotificationStatus, words(["sent", "delivered", "failed", "rejected"]));

/// Whom a message is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recipient {
    /// A contact.
    Contact,
    /// A user.
    User,
}

impl Words for Recipient {
    fn all() -> Vec<Self> {
        vec![Self::Contact, Self::User]
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::User => "user",
        }
    }
}

/// Printed as its word.
pub type RecipientType = Word<Recipient>;
/// Read as its word.
pub type GivenRecipientType = VendorWord<Recipient>;

/// Which notifications.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct NotificationFilter {
    /// Only to this contact or user.
    #[param(inline)]
    pub recipient: Option<id::given::Contact>,
    /// Only to a `contact`, or only to a `user`.
    #[param(inline)]
    pub recipient_type: Option<GivenRecipientType>,
}

impl Group for NotificationFilter {}

expands! {
    /// What notifications are shown with.
    NotificationExpand: " `recipient`";
    /// Whom it is for, in full.
    recipient = "recipient";
}
