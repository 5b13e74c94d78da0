//! Bookings as answers show them: with ids for what they name, and with what the caller wants to see of it.

use super::{Bookings, replaced};
use crate::conversation::{People, find_all};
use crate::sandbox::Targets;
use deskbell_core::account::Account;
use deskbell_core::booking::{Around, Booking, actions};
use deskbell_core::conversation::Conversation;
use deskbell_core::id::{BookingPageId, ContactId, ConversationId, EventTypeId, MasterPageId};
use deskbell_core::sandbox::{BookingPage, Calendar, Contact, EventType, MasterPage, Sandbox, User};
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
        let store = &*self.store;
        let owners: Targets<Booking, User> =
            Targets::read(store, account, found, wanted.owner(), |booking| Some(booking.owner.as_str()))
                .await?;
        let contacts: Targets<Booking, Contact> =
            Targets::read(store, account, found, wanted.contact(), |booking| {
                booking.contact.as_ref().map(ContactId::as_str)
            })
            .await?;
        let calendars: Targets<Booking, Calendar> =
            Targets::read(store, account, found, wanted.booking_calendar(), |booking| {
                Some(booking.calendar.as_str())
            })
            .await?;
        let booking_pages: Targets<Booking, BookingPage> =
            Targets::read(store, account, found, wanted.booking_page(), |booking| {
                booking.classic.booking_page.as_ref().map(BookingPageId::as_str)
            })
            .await?;
        let master_pages: Targets<Booking, MasterPage> =
            Targets::read(store, account, found, wanted.master_page(), |booking| {
                booking.classic.master_page.as_ref().map(MasterPageId::as_str)
            })
            .await?;
        let event_types: Targets<Booking, EventType> =
            Targets::read(store, account, found, wanted.event_type(), |booking| {
                booking.classic.event_type.as_ref().map(EventTypeId::as_str)
            })
            .await?;
        let talks: Vec<ConversationId> = match wanted.made_in() {
            Some(_) => found.iter().filter_map(|booking| booking.conversation.clone()).collect(),
            None => Vec::new(),
        };
        let talks = find_all(store, account, talks, None).await?;
        let people = People::of(store, account, &talks, wanted.made_in().unwrap_or_default()).await?;
        let sandbox = if wanted.actions() { self.sandbox.all(account).await? } else { Sandbox::default() };
        let mut shown = Vec::with_capacity(found.len());
        for booking in found {
            let embedded = Embedded {
                owner: owners.of(booking),
                calendar: calendars.of(booking),
                contact: contacts.of(booking),
                booking_page: booking_pages.of(booking),
                master_page: master_pages.of(booking),
                event_type: event_types.of(booking),
                conversation: made_in(&talks, booking).map(|talk| (talk, people.shown_in(talk))),
            };
            let object = wire::Booking::new(booking, Reader::Client, &embedded);
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
        // Calendars stay: a booking without one is a damaged row.
        let calendar = sandbox.calendars.iter().find(|calendar| calendar.id == booking.calendar);
        let calendar = calendar.ok_or_else(Problem::internal)?;
        let host = sandbox.user(&calendar.host).cloned();
        let host = &host.unwrap_or_else(|| User::deleted(calendar.host.clone()));
        let replaced = replaced(&*self.store, account, booking).await?;
        let around = Around { calendar, host, replaced: replaced.as_ref() };
        Ok(object.with_actions(actions(booking, &around, self.clock.now())))
    }
}

/// The one of `conversations` that a booking was made in.
fn made_in<'s>(conversations: &'s [Conversation], booking: &Booking) -> Option<&'s Conversation> {
    conversations.iter().find(|talk| Some(&talk.id) == booking.conversation.as_ref())
}
