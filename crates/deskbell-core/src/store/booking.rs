//! Bookings, kept.

use super::Result;
use crate::Timestamp;
use crate::booking::Booking;
use crate::event::NewEvent;
use crate::id::{AccountId, BookingId, UserId};
use async_trait::async_trait;

/// What became of a new or changed booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BookingSaved {
    /// It is stored, and its event accepted in the same step.
    Saved,
    /// The host is not free at that time.
    SlotTaken,
    /// Somebody changed it first, or there is none: read it again.
    Changed,
    /// The booking's id or the event's is taken: try again with fresh ones.
    IdTaken,
}

/// Bookings. A change of state and its event commit together.
#[async_trait]
pub trait Bookings: Send + Sync {
    /// Stores a booking and accepts its event. With `revision` 0 it is a new one; otherwise it replaces the stored
    /// booking, whose revision must be one less. An active booking must not overlap another active one of its host:
    /// checking and storing are one step, so that a slot is booked once.
    async fn save_booking(&self, booking: Booking, event: NewEvent, now: Timestamp) -> Result<BookingSaved>;

    /// The account's booking of that id.
    async fn booking(&self, account: &AccountId, id: &BookingId) -> Result<Option<Booking>>;

    /// The times (start, end) at which the host is taken by active bookings that overlap `from..to`.
    async fn taken(
        &self,
        account: &AccountId,
        host: &UserId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<(Timestamp, Timestamp)>>;
}
