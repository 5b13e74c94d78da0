//! Bookings, in memory.

use super::{MemoryStore, State};
use async_trait::async_trait;
use deskbell_core::Timestamp;
use deskbell_core::booking::Booking;
use deskbell_core::id::{AccountId, BookingId, UserId};
use deskbell_core::store::{
    BookingChange, BookingFilter, BookingSaved, Bookings, ConversationChange, Ended, Listing, Page, Result,
};

fn wanted(booking: &Booking, filter: &BookingFilter) -> bool {
    filter.status.is_none_or(|status| booking.status == status)
        && filter.owner.as_ref().is_none_or(|owner| booking.owner == *owner)
        && is_or_any(filter.contact.as_ref(), booking.contact.as_ref())
        && filter.calendar.as_ref().is_none_or(|calendar| booking.calendar == *calendar)
        && is_or_any(filter.booking_page.as_ref(), booking.classic.booking_page.as_ref())
        && is_or_any(filter.master_page.as_ref(), booking.classic.master_page.as_ref())
        && is_or_any(filter.event_type.as_ref(), booking.classic.event_type.as_ref())
        && filter.created.holds(booking.created)
        && filter.starts.holds(booking.starts)
        && filter.updated.holds(booking.updated)
}

/// Whether nothing is `asked` for, or what the booking has.
fn is_or_any<I: PartialEq>(asked: Option<&I>, has: Option<&I>) -> bool {
    asked.is_none() || asked == has
}

impl State {
    /// What keeps `booking` from being stored over the stored ones, `before` being the changes in front of it.
    fn objection(&self, booking: &Booking, before: &[BookingChange]) -> Option<BookingSaved> {
        let stored = self.bookings.get(booking.id.as_str()).map(|stored| (&stored.account, stored.revision));
        let replaced = |other: &Booking| before.iter().any(|change| change.booking.id == other.id);
        let others = self.bookings.all().filter(|other| !replaced(other));
        let mut others = others.chain(before.iter().map(|change| &change.booking));
        booking.objection(stored, others.any(|other| booking.overlaps(other)))
    }

    pub(super) fn put_booking(&mut self, booking: Booking) {
        match self.bookings.get_mut(booking.id.as_str()) {
            Some(stored) => *stored = booking,
            None => {
                self.bookings.add(booking.id.clone().as_str(), booking);
            }
        }
    }

    /// What keeps the changes from being stored.
    fn objections(&self, changes: &[BookingChange], now: Timestamp) -> Option<BookingSaved> {
        for (at, change) in changes.iter().enumerate() {
            if let Some(objection) = self.objection(&change.booking, &changes[..at]) {
                return Some(objection);
            }
            if let Some(conversation) = change.conversation.clone()
                && let Some(hindrance) =
                    self.conversation_hindrance(&[ConversationChange { conversation, event: None }])
            {
                return Some(hindrance.into());
            }
            let spends = |change: &BookingChange| {
                change.booking.one_time_link.clone().filter(|_| change.booking.revision == 0)
            };
            if let Some(link) = spends(change)
                && (!self.can_be_spent(&change.booking, now)
                    || changes[..at].iter().any(|other| spends(other).as_ref() == Some(&link)))
            {
                return Some(BookingSaved::LinkSpent);
            }
            // A booking without its event must not be: whatever keeps the event out keeps the booking out.
            let id = |change: &BookingChange| change.event.as_ref().map(|new| new.event.id.clone());
            let taken = id(change).is_some_and(|own| {
                self.events.get(own.as_str()).is_some()
                    || changes[..at].iter().any(|other| id(other).as_ref() == Some(&own))
            });
            if taken {
                return Some(BookingSaved::IdTaken);
            }
        }
        None
    }
}

#[async_trait]
impl Bookings for MemoryStore {
    async fn save_bookings(&self, changes: Vec<BookingChange>, now: Timestamp) -> Result<BookingSaved> {
        self.accepting(|state, to| {
            if let Some(objection) = state.objections(&changes, now) {
                return Ok(objection);
            }
            if let Some(full) = state.refusal(changes.iter().filter_map(|change| change.event.as_ref())) {
                return Err(full.into());
            }
            for BookingChange { booking, event, conversation } in changes {
                if let Some(event) = event {
                    state.accept(event, now, to);
                }
                if let Some(conversation) = conversation {
                    state.put_conversation(conversation);
                }
                if booking.revision == 0 {
                    state.spend_link(&booking);
                }
                state.put_booking(booking);
            }
            Ok(BookingSaved::Saved)
        })
    }

    async fn booking(&self, account: &AccountId, id: &BookingId) -> Result<Option<Booking>> {
        let state = self.lock();
        Ok(state.bookings.get(id.as_str()).filter(|booking| booking.account == *account).cloned())
    }

    async fn bookings(
        &self,
        account: &AccountId,
        filter: &BookingFilter,
        page: &Page,
    ) -> Result<Listing<Booking>> {
        let state = self.lock();
        state.bookings.page(page, |booking| booking.account == *account, |booking| wanted(booking, filter))
    }

    async fn ended_bookings(&self, now: Timestamp, limit: u32) -> Result<Ended> {
        let state = self.lock();
        let ends = |booking: &Booking| booking.completes();
        let mut bookings: Vec<Booking> = state
            .bookings
            .all()
            .filter(|booking| ends(booking).is_some_and(|end| end <= now))
            .cloned()
            .collect();
        bookings.sort_by_key(Booking::ends);
        bookings.truncate(limit as usize);
        let next = state.bookings.all().filter_map(ends).filter(|end| *end > now).min();
        Ok(Ended { bookings, next })
    }

    async fn taken(
        &self,
        account: &AccountId,
        host: &UserId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<(Timestamp, Timestamp)>> {
        let state = self.lock();
        let ours = state.bookings.all().filter(|booking| booking.takes(account, host, (from, to)));
        let mut taken: Vec<_> = ours.map(|booking| (booking.starts, booking.ends())).collect();
        taken.sort_unstable();
        Ok(taken)
    }
}
