//! Bookings as answers show them: with ids for what they name, and with what the caller wants to see of it.

use super::{Bookings, embedded, replaced};
use crate::conversation::find_all;
use deskbell_core::account::Account;
use deskbell_core::booking::{Around, Booking, actions};
use deskbell_core::sandbox::Sandbox;
use deskbell_wire::booking::{self as wire, BookingExpand, Embedded, Reader};
use deskbell_wire::problem::Problem;

impl Bookings {
    /// The account's `found` bookings with what is `wanted` of each.
    pub(super) async fn shown(
        &self,
        account: &Account,
        found: &[Booking],
        wanted: &BookingExpand,
    ) -> Result<Vec<wire::Booking>, Problem> {
        let in_full = wanted.owner() || wanted.contact() || wanted.booking_calendar();
        let sandbox =
            if in_full || wanted.actions() { self.sandbox.all(account).await? } else { Sandbox::default() };
        let conversations = if wanted.conversation() {
            let ids = found.iter().filter_map(|booking| booking.conversation.clone()).collect();
            find_all(&*self.store, account, ids, None).await?
        } else {
            Vec::new()
        };
        let mut shown = Vec::with_capacity(found.len());
        for booking in found {
            let all = embedded(&sandbox, &conversations, booking);
            let asked = Embedded {
                owner: all.owner.filter(|_| wanted.owner()),
                calendar: all.calendar.filter(|_| wanted.booking_calendar()),
                contact: all.contact.filter(|_| wanted.contact()),
                conversation: all.conversation,
            };
            let object = wire::Booking::new(booking, Reader::Client, &asked);
            shown.push(match wanted.actions() {
                true => self.with_actions(account, &sandbox, booking, object).await?,
                false => object,
            });
        }
        Ok(shown)
    }

    async fn with_actions(
        &self,
        account: &Account,
        sandbox: &Sandbox,
        booking: &Booking,
        object: wire::Booking,
    ) -> Result<wire::Booking, Problem> {
        // Calendars and users stay: a booking without them is a damaged row.
        let (calendar, host) = sandbox.calendar(&booking.calendar).ok_or_else(Problem::internal)?;
        let replaced = replaced(&*self.store, account, booking).await?;
        let around = Around { calendar, host, replaced: replaced.as_ref() };
        Ok(object.with_actions(actions(booking, &around, self.clock.now())))
    }
}
