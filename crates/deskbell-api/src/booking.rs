//! `/v2/bookings`: what the sandbox's guests booked, and the steps of its life (wire contract, 10). The vendor's: list, get,
//! cancel, request a reschedule, reassign, no-show. Our own: reschedule, approve, decline, complete.

mod act;
mod list;
mod reassign;
mod reschedule;
mod schedule;
mod shown;

pub use act::*;
pub use list::*;
pub use reassign::*;
pub use reschedule::*;
pub use schedule::*;

use crate::conversation::find_all;
use crate::publisher::{Draft, Publisher};
use crate::sandbox::SandboxObjects;
use crate::signals::Signals;
use deskbell_core::account::{Account, PayloadStyle};
use deskbell_core::booking::step::Transition;
use deskbell_core::booking::{Booking, Changed, Status};
use deskbell_core::conversation::Conversation;
use deskbell_core::event::Origin;
use deskbell_core::id::BookingId;
use deskbell_core::sandbox::Sandbox;
use deskbell_core::store::{BookingChange, BookingSaved};
use deskbell_core::{Clock, Store, Timestamp};
use deskbell_wire::booking::{Embedded, payload};
use deskbell_wire::problem::{Problem, cut};
use std::sync::Arc;

/// The account's booking of that id, or the vendor's 404.
pub async fn find(store: &dyn Store, account: &Account, id: &str) -> Result<Booking, Problem> {
    let found = store.booking(&account.id, &BookingId::from_text(id)).await?;
    found.ok_or_else(|| Problem::not_found("booking", id))
}

/// The refusal of a step that the booking's state forbids; `what` as in "Booking cannot be cancelled" (wire contract, 9.1).
fn forbidden(what: &str, id: &str) -> Problem {
    Problem::conflict("id", "booking_state", format!("{what}: '{}'", cut(id)))
}

/// The objects that a booking names.
fn embedded<'s>(sandbox: &'s Sandbox, conversations: &'s [Conversation], booking: &Booking) -> Embedded<'s> {
    Embedded {
        owner: sandbox.users.iter().find(|user| user.id == booking.owner),
        calendar: sandbox.calendars.iter().find(|calendar| calendar.id == booking.calendar),
        contact: sandbox.contacts.iter().find(|contact| Some(&contact.id) == booking.contact.as_ref()),
        conversation: conversations.iter().find(|talk| Some(&talk.id) == booking.conversation.as_ref()),
    }
}

/// The booking that a request is to replace.
async fn replaced(
    store: &dyn Store,
    account: &Account,
    booking: &Booking,
) -> Result<Option<Booking>, Problem> {
    match booking.replaces.as_ref().filter(|_| booking.status == Status::Requested) {
        Some(replaced) => Ok(store.booking(&account.id, replaced).await?),
        None => Ok(None),
    }
}

/// Bookings and what they ring.
pub struct Bookings {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    sandbox: Arc<SandboxObjects>,
    publisher: Arc<Publisher>,
    signals: Arc<Signals>,
}

impl Bookings {
    /// Bookings that `store` keeps, and that name objects of `sandbox`.
    pub fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        sandbox: Arc<SandboxObjects>,
        publisher: Arc<Publisher>,
        signals: Arc<Signals>,
    ) -> Self {
        Self { store, clock, sandbox, publisher, signals }
    }

    /// Takes the account's booking a step further. When somebody else is faster, the step is asked again with what they
    /// made of the booking. `step` is also given the booking that a request is to replace.
    async fn change(
        &self,
        account: &Account,
        id: &str,
        refusal: &str,
        step: impl Fn(&Booking, Option<&Booking>, Timestamp) -> Transition,
    ) -> Result<Booking, Problem> {
        loop {
            let booking = find(&*self.store, account, id).await?;
            let replaced = replaced(&*self.store, account, &booking).await?;
            let changed = step(&booking, replaced.as_ref(), self.clock.now());
            let changed = changed.map_err(|_| forbidden(refusal, id))?;
            let after = changed.iter().find(|changed| changed.booking.id == booking.id).cloned();
            match self.save(account, changed, None).await? {
                BookingSaved::Saved => return after.map(|after| after.booking).ok_or_else(Problem::internal),
                BookingSaved::SlotTaken => return Err(forbidden(refusal, id)),
                BookingSaved::Changed | BookingSaved::IdTaken => {}
            }
        }
    }

    /// Stores what a step gave with the events that it rings, all or nothing, and wakes the engine. `made_in` is the
    /// conversation in which a new booking is made, as it is with it.
    pub async fn save(
        &self,
        account: &Account,
        changed: Vec<Changed>,
        made_in: Option<Conversation>,
    ) -> Result<BookingSaved, Problem> {
        let style = account.payload_style;
        let sandbox = match style {
            PayloadStyle::Current => Sandbox::default(),
            PayloadStyle::Expanded => self.sandbox.all(account).await?,
        };
        let ids = changed.iter().filter_map(|changed| changed.booking.conversation.clone()).collect();
        let conversations = find_all(&*self.store, account, ids, made_in.as_ref()).await?;
        let change = |Changed { booking, rings }: Changed| {
            let draft = |trigger| Draft {
                account: account.id.clone(),
                trigger,
                subject: Some(booking.id.to_string()),
                data: payload(&booking, style, &embedded(&sandbox, &conversations, &booking)).into(),
                idempotency_key: None,
            };
            let event = rings.map(|trigger| self.publisher.render(&draft(trigger), Origin::Sandbox, None));
            let conversation = made_in.clone().filter(|talk| booking.conversation.as_ref() == Some(&talk.id));
            BookingChange { booking, event, conversation }
        };
        let changes = changed.into_iter().map(change).collect();
        let saved = self.store.save_bookings(changes, self.clock.now()).await?;
        self.signals.announce_events(&account.id);
        Ok(saved)
    }
}
