//! `/v2/bookings`: what the sandbox's guests booked, and the steps of its life (wire contract, 10). The vendor's: list, get,
//! cancel, request a reschedule, reassign, no-show. Our own: reschedule, approve, decline, complete.

mod act;
mod classic;
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
use crate::trace::Traced;
use deskbell_core::account::{Account, PayloadStyle};
use deskbell_core::booking::step::Transition;
use deskbell_core::booking::{ActionName, Booking, Changed, Forbidden, Status};
use deskbell_core::conversation::Conversation;
use deskbell_core::event::Origin;
use deskbell_core::id::BookingId;
use deskbell_core::sandbox::Sandbox;
use deskbell_core::store::{BookingChange, BookingSaved};
use deskbell_core::{Clock, Store, Timestamp};
use deskbell_wire::booking::{Embedded, payload};
use deskbell_wire::problem::{Problem, cut};
use http::StatusCode;
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

/// The refusal of a step that the booking does not allow; `what` is said where its state forbids it.
fn refused(why: &Forbidden, what: &str, id: &str) -> Problem {
    let message = match why {
        Forbidden::State { .. } => return forbidden(what, id),
        Forbidden::Paid { action: ActionName::Cancel } => {
            "Paid bookings cannot be canceled through this endpoint. Please login to OnceHub and use the Activity Stream to cancel paid bookings."
        }
        Forbidden::Paid { .. } => {
            "Paid bookings can only be requested for reschedule in your OnceHub account. Log in and use the activity stream to submit a reschedule request for this booking."
        }
    };
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "booking_paid", message)
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
        traced: &Traced,
        id: &str,
        refusal: &str,
        step: impl Fn(&Booking, Option<&Booking>, Timestamp) -> Transition,
    ) -> Result<Booking, Problem> {
        loop {
            let booking = find(&*self.store, account, id).await?;
            let replaced = replaced(&*self.store, account, &booking).await?;
            let changed = step(&booking, replaced.as_ref(), self.clock.now());
            let changed = changed.map_err(|why| refused(&why, refusal, id))?;
            let after = changed.iter().find(|changed| changed.booking.id == booking.id).cloned();
            match self.save(account, changed, None, traced).await? {
                BookingSaved::Saved => return after.map(|after| after.booking).ok_or_else(Problem::internal),
                BookingSaved::SlotTaken => return Err(forbidden(refusal, id)),
                BookingSaved::Changed | BookingSaved::IdTaken | BookingSaved::LinkSpent => {}
            }
        }
    }

    /// Stores what a step gave with the events that it rings, all or nothing, and wakes the engine. `made_in` is the
    /// conversation in which a new booking is made, as it is with it; `traced` is the call's trace.
    pub async fn save(
        &self,
        account: &Account,
        changed: Vec<Changed>,
        made_in: Option<Conversation>,
        traced: &Traced,
    ) -> Result<BookingSaved, Problem> {
        let style = |booking: &Booking| booking.payload_style(account.payload_style);
        let nothing = Sandbox::default();
        let sandbox = match changed.iter().any(|changed| style(&changed.booking) == PayloadStyle::Expanded) {
            true => self.sandbox.all(account).await?,
            false => Sandbox::default(),
        };
        // What is named by its id is not looked up.
        let named = |style| if style == PayloadStyle::Expanded { &sandbox } else { &nothing };
        let ids = changed.iter().filter_map(|changed| changed.booking.conversation.clone()).collect();
        let conversations = find_all(&*self.store, account, ids, made_in.as_ref()).await?;
        let change = |Changed { booking, rings }: Changed| {
            let style = style(&booking);
            let draft = |trigger| Draft {
                account: account.id.clone(),
                trigger,
                subject: Some(booking.id.to_string()),
                data: payload(&booking, style, &Embedded::of(named(style), &conversations, &booking)).into(),
                idempotency_key: None,
                traced: traced.clone(),
            };
            let event = rings.map(|trigger| self.publisher.render(&draft(trigger), Origin::Sandbox, None));
            let conversation = made_in.clone().filter(|talk| booking.conversation.as_ref() == Some(&talk.id));
            BookingChange { booking, event, conversation }
        };
        let changes: Vec<BookingChange> = changed.into_iter().map(change).collect();
        let noted = self.publisher.note(changes.iter().filter_map(|change| change.event.as_ref()));
        let saved = self.store.save_bookings(changes, self.clock.now()).await?;
        if saved == BookingSaved::Saved {
            self.publisher.tell(noted);
        }
        self.signals.announce_events(&account.id);
        Ok(saved)
    }
}
