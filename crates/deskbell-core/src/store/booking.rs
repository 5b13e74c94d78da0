//! Bookings, kept.

use super::{ConversationsSaved, Listing, Page, Result, Span};
use crate::Timestamp;
use crate::booking::{Booking, BookingSaved, Status};
use crate::conversation::Conversation;
use crate::event::NewEvent;
use crate::id::{
    AccountId, BookingId, BookingPageId, CalendarId, ContactId, EventTypeId, MasterPageId, UserId,
};
use async_trait::async_trait;

/// A new or changed booking on its way into the store.
#[derive(Debug, Clone)]
pub struct BookingChange {
    /// The booking as it is to be. With `revision` 0 it is a new one; otherwise it replaces the stored booking, whose
    /// revision must be one less.
    pub booking: Booking,
    /// The event that tells of it, if any does.
    pub event: Option<NewEvent>,
    /// The conversation that a new booking is made in, with that booking among its own. It replaces the stored one, whose
    /// revision must be one less; it stands in no other of the changes.
    pub conversation: Option<Conversation>,
}

impl From<ConversationsSaved> for BookingSaved {
    /// What became of the conversation that a booking is made in is what became of both.
    fn from(saved: ConversationsSaved) -> Self {
        match saved {
            ConversationsSaved::Saved => Self::Saved,
            ConversationsSaved::Changed => Self::Changed,
            ConversationsSaved::IdTaken => Self::IdTaken,
        }
    }
}

/// Which bookings; everything that is set must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BookingFilter {
    /// In this state.
    pub status: Option<Status>,
    /// With this host.
    pub owner: Option<UserId>,
    /// With this guest.
    pub contact: Option<ContactId>,
    /// On this calendar.
    pub calendar: Option<CalendarId>,
    /// On this booking page.
    pub booking_page: Option<BookingPageId>,
    /// By way of this master page.
    pub master_page: Option<MasterPageId>,
    /// Of this event type.
    pub event_type: Option<EventTypeId>,
    /// Made in this span.
    pub created: Span,
    /// Starting in this span.
    pub starts: Span,
    /// Last changed in this span.
    pub updated: Span,
}

/// Bookings whose end has passed, and when the next one ends.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ended {
    /// Agreed bookings of all accounts whose end has passed, the earliest first.
    pub bookings: Vec<Booking>,
    /// The earliest end that is still to come.
    pub next: Option<Timestamp>,
}

/// Bookings. A change of state and its event commit together.
#[async_trait]
pub trait Bookings: Send + Sync {
    /// Stores the changes with their conversations in their order and accepts their events in that order, all or none; no booking stands in them
    /// twice. An active booking must not overlap another active one of its host, as the changes before it left them:
    /// checking and storing are one step, so that a slot is booked once.
    async fn save_bookings(&self, changes: Vec<BookingChange>, now: Timestamp) -> Result<BookingSaved>;

    /// The account's booking of that id.
    async fn booking(&self, account: &AccountId, id: &BookingId) -> Result<Option<Booking>>;

    /// A page of the account's bookings, newest first.
    async fn bookings(
        &self,
        account: &AccountId,
        filter: &BookingFilter,
        page: &Page,
    ) -> Result<Listing<Booking>>;

    /// Up to `limit` agreed bookings whose end is not later than `now`.
    async fn ended_bookings(&self, now: Timestamp, limit: u32) -> Result<Ended>;

    /// The times (start, end) at which the host is taken by active bookings that overlap `from..to`.
    async fn taken(
        &self,
        account: &AccountId,
        host: &UserId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<(Timestamp, Timestamp)>>;
}
