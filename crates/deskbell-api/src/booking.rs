//! `/v2/bookings`: what the sandbox's guests booked, and the steps of its life (wire contract, 10). The vendor's: list, get,
//! cancel, request a reschedule, reassign, no-show. Our own: reschedule, approve, decline, complete.

mod act;
mod form;
mod list;
pub mod object;
mod reassign;
mod reschedule;
mod schedule;

pub use act::*;
pub use list::*;
pub use reassign::*;
pub use reschedule::*;
pub use schedule::*;

use crate::app::App;
use crate::publisher::Draft;
use axum::Json;
use deskbell_core::Timestamp;
use deskbell_core::account::{Account, PayloadStyle};
use deskbell_core::booking::step::Transition;
use deskbell_core::booking::{self, Booking, Changed, Embedded, Reader, Status};
use deskbell_core::conversation::Conversation;
use deskbell_core::event::Origin;
use deskbell_core::id::{BookingId, ConversationId};
use deskbell_core::sandbox::Sandbox;
use deskbell_core::store::{BookingChange, BookingSaved};
use deskbell_wire::fields::Query;
use deskbell_wire::problem::{Problem, cut};
use serde_json::value::RawValue;

/// What of a booking can be expanded (wire contract, 9.3).
const EXPANDABLE: &[&str] = &["owner", "contact", "booking_calendar", "conversation"];

/// The objects that a booking names.
fn embedded<'s>(sandbox: &'s Sandbox, conversations: &'s [Conversation], booking: &Booking) -> Embedded<'s> {
    Embedded {
        owner: sandbox.users.iter().find(|user| user.id == booking.owner),
        calendar: sandbox.calendars.iter().find(|calendar| calendar.id == booking.calendar),
        contact: sandbox.contacts.iter().find(|contact| Some(&contact.id) == booking.contact.as_ref()),
        conversation: conversations.iter().find(|talk| Some(&talk.id) == booking.conversation.as_ref()),
    }
}

/// A booking as a client reads it, with the objects it asked for.
struct View {
    wanted: Vec<&'static str>,
    sandbox: Sandbox,
    conversations: Vec<Conversation>,
}

impl View {
    async fn of(app: &App, account: &Account, query: &Query) -> Result<Self, Problem> {
        let wanted = query.expand(EXPANDABLE)?;
        let sandbox = if wanted.is_empty() { Sandbox::default() } else { app.sandbox.all(account).await? };
        Ok(Self { wanted, sandbox, conversations: Vec::new() })
    }

    /// The view, able to show `bookings`.
    async fn onto(self, app: &App, account: &Account, bookings: &[Booking]) -> Result<Self, Problem> {
        if !self.wanted.contains(&"conversation") {
            return Ok(self);
        }
        let ids = bookings.iter().filter_map(|booking| booking.conversation.clone()).collect();
        let conversations = app.conversations(account, ids, None).await?;
        Ok(Self { conversations, ..self })
    }

    fn render(&self, booking: &Booking) -> Box<RawValue> {
        let all = embedded(&self.sandbox, &self.conversations, booking);
        let wants = |name| self.wanted.contains(&name);
        let asked = Embedded {
            owner: all.owner.filter(|_| wants("owner")),
            calendar: all.calendar.filter(|_| wants("booking_calendar")),
            contact: all.contact.filter(|_| wants("contact")),
            conversation: all.conversation,
        };
        booking::render(booking, Reader::Client, &asked)
    }
}

/// The answer to a step: the booking as it is now.
fn answer(booking: &Booking) -> Json<Box<RawValue>> {
    Json(booking::render(booking, Reader::Client, &Embedded::default()))
}

/// The refusal of a step that the booking's state forbids; `what` as in "Booking cannot be cancelled" (wire contract, 9.1).
fn forbidden(what: &str, id: &str) -> Problem {
    Problem::conflict("id", "booking_state", format!("{what}: '{}'", cut(id)))
}

impl App {
    /// The account's booking of that id, or the vendor's 404.
    pub async fn booking(&self, account: &Account, id: &str) -> Result<Booking, Problem> {
        let found = self.store.booking(&account.id, &BookingId::from_text(id)).await?;
        found.ok_or_else(|| Problem::not_found("booking", id))
    }

    /// Takes the account's booking a step further. When somebody else is faster, the step is asked again with what they
    /// made of the booking. `step` is also given the booking that a request is to replace.
    async fn step(
        &self,
        account: &Account,
        id: &str,
        refusal: &str,
        step: impl Fn(&Booking, Option<&Booking>, Timestamp) -> Transition,
    ) -> Result<Booking, Problem> {
        loop {
            let booking = self.booking(account, id).await?;
            let replaced = match booking.replaces.as_ref().filter(|_| booking.status == Status::Requested) {
                Some(replaced) => self.store.booking(&account.id, replaced).await?,
                None => None,
            };
            let changed =
                step(&booking, replaced.as_ref(), self.now()).map_err(|_| forbidden(refusal, id))?;
            let after = changed.iter().find(|changed| changed.booking.id == booking.id).cloned();
            match self.save_bookings(account, changed, None).await? {
                BookingSaved::Saved => return after.map(|after| after.booking).ok_or_else(Problem::internal),
                BookingSaved::SlotTaken => return Err(forbidden(refusal, id)),
                BookingSaved::Changed | BookingSaved::IdTaken => {}
            }
        }
    }

    /// The account's conversations of these ids; `newer` is one of them that was just changed.
    async fn conversations(
        &self,
        account: &Account,
        ids: Vec<ConversationId>,
        newer: Option<&Conversation>,
    ) -> Result<Vec<Conversation>, Problem> {
        let mut found: Vec<Conversation> = newer.cloned().into_iter().collect();
        for id in ids {
            if found.iter().all(|talk| talk.id != id) {
                found.extend(self.store.conversation(&account.id, &id).await?);
            }
        }
        Ok(found)
    }

    /// Stores what a step gave with the events that it rings, all or nothing, and wakes the engine. `made_in` is the
    /// conversation in which a new booking is made, as it is with it.
    pub async fn save_bookings(
        &self,
        account: &Account,
        changed: Vec<Changed>,
        made_in: Option<Conversation>,
    ) -> Result<BookingSaved, Problem> {
        let sandbox = match account.payload_style {
            PayloadStyle::Current => Sandbox::default(),
            PayloadStyle::Expanded => self.sandbox.all(account).await?,
        };
        let reader = Reader::Receiver(account.payload_style);
        let ids = changed.iter().filter_map(|changed| changed.booking.conversation.clone()).collect();
        let conversations = self.conversations(account, ids, made_in.as_ref()).await?;
        let change = |Changed { booking, rings }: Changed| {
            let draft = |trigger| Draft {
                account: account.id.clone(),
                trigger,
                subject: Some(booking.id.to_string()),
                data: booking::render(&booking, reader, &embedded(&sandbox, &conversations, &booking)),
                idempotency_key: None,
            };
            let event = rings.map(|trigger| self.publisher.render(&draft(trigger), Origin::Sandbox, None));
            let conversation = made_in.clone().filter(|talk| booking.conversation.as_ref() == Some(&talk.id));
            BookingChange { booking, event, conversation }
        };
        let changes = changed.into_iter().map(change).collect();
        let saved = self.store.save_bookings(changes, self.now()).await?;
        self.signals.announce_events();
        Ok(saved)
    }
}
