//! Bookings, in memory.

use super::{MemoryStore, State};
use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::booking::Booking;
use deskbell_core::event::NewEvent;
use deskbell_core::id::{AccountId, BookingId, UserId};
use deskbell_core::store::{Accepted, BookingSaved, Bookings, Result};

impl State {
    /// The host's active bookings that overlap `from..to`.
    fn taken(
        &self,
        account: &AccountId,
        host: &UserId,
        from: Timestamp,
        to: Timestamp,
    ) -> impl Iterator<Item = &Booking> {
        self.bookings.all().filter(move |booking| {
            booking.account == *account
                && booking.owner == *host
                && booking.status.is_active()
                && booking.starts < to
                && booking.ends() > from
        })
    }
}

#[async_trait]
impl Bookings for MemoryStore {
    async fn save_booking(&self, booking: Booking, event: NewEvent, now: Timestamp) -> Result<BookingSaved> {
        let mut state = self.lock();
        let stored = state.bookings.get(booking.id.as_str());
        match booking.revision.checked_sub(1) {
            None if stored.is_some() => return Ok(BookingSaved::IdTaken),
            None => {}
            Some(before) => {
                let unchanged =
                    |stored: &Booking| stored.account == booking.account && stored.revision == before;
                if !stored.is_some_and(unchanged) {
                    return Ok(BookingSaved::Changed);
                }
            }
        }
        let mut taken = state.taken(&booking.account, &booking.owner, booking.starts, booking.ends());
        if booking.status.is_active() && taken.any(|other| other.id != booking.id) {
            return Ok(BookingSaved::SlotTaken);
        }
        drop(taken);
        // A booking without its event must not be: whatever keeps the event out keeps the booking out.
        let Accepted::New { .. } = state.accept(event, now) else { return Ok(BookingSaved::IdTaken) };
        match state.bookings.get_mut(booking.id.as_str()) {
            Some(stored) => *stored = booking,
            None => {
                state.bookings.add(booking.id.clone().as_str(), booking);
            }
        }
        Ok(BookingSaved::Saved)
    }

    async fn booking(&self, account: &AccountId, id: &BookingId) -> Result<Option<Booking>> {
        let state = self.lock();
        Ok(state.bookings.get(id.as_str()).filter(|booking| booking.account == *account).cloned())
    }

    async fn taken(
        &self,
        account: &AccountId,
        host: &UserId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<(Timestamp, Timestamp)>> {
        let state = self.lock();
        let mut taken: Vec<_> =
            state.taken(account, host, from, to).map(|booking| (booking.starts, booking.ends())).collect();
        taken.sort_unstable();
        Ok(taken)
    }
}
