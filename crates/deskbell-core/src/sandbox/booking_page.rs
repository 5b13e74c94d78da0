//! A booking page of the vendor's classic product: where guests book with its owner.

use crate::id::{BookingPageId, EventTypeId, MasterPageId, UserId};
use serde::{Deserialize, Serialize};

/// A booking page. Its owner, its master pages and its event types are what lists of booking pages are filtered by; the
/// vendor's object does not show them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookingPage {
    /// Its id, `BP-` and 10 characters.
    pub id: BookingPageId,
    /// The user with whom guests book on it.
    pub owner: UserId,
    /// What guests see.
    pub name: String,
    /// What users call it.
    pub label: String,
    /// Whether guests can book on it.
    pub active: bool,
    /// IANA time zone.
    pub time_zone: String,
    /// The master pages that lead to it.
    pub master_pages: Vec<MasterPageId>,
    /// What can be booked on it.
    pub event_types: Vec<EventTypeId>,
}
