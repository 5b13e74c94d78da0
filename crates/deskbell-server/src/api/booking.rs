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

use super::accept::Draft;
use super::fields::Query;
use super::problem::{Problem, cut};
use super::state::App;
use axum::Json;
use deskbell_core::Timestamp;
use deskbell_core::account::{Account, PayloadStyle};
use deskbell_core::booking::step::Step;
use deskbell_core::booking::{self, Booking, Changed, Embedded, Reader, Status};
use deskbell_core::event::Origin;
use deskbell_core::id::BookingId;
use deskbell_core::sandbox::Sandbox;
use deskbell_core::store::{BookingChange, BookingSaved};
use serde_json::value::RawValue;

/// What of a booking can be expanded (wire contract, 9.3).
const EXPANDABLE: &[&str] = &["owner", "contact", "booking_calendar"];

/// The objects that a booking names.
fn embedded<'s>(sandbox: &'s Sandbox, booking: &Booking) -> Embedded<'s> {
    Embedded {
        owner: sandbox.users.iter().find(|user| user.id == booking.owner),
        calendar: sandbox.calendars.iter().find(|calendar| calendar.id == booking.calendar),
        contact: sandbox.contacts.iter().find(|contact| Some(&contact.id) == booking.contact.as_ref()),
    }
}

/// A booking as a client reads it, with the objects it asked for.
struct View {
    wanted: Vec<&'static str>,
    sandbox: Sandbox,
}

impl View {
    async fn of(app: &App, account: &Account, query: &Query) -> Result<Self, Problem> {
        let wanted = query.expand(EXPANDABLE)?;
        let sandbox = if wanted.is_empty() { Sandbox::default() } else { app.sandbox(account).await? };
        Ok(Self { wanted, sandbox })
    }

    fn render(&self, booking: &Booking) -> Box<RawValue> {
        let all = embedded(&self.sandbox, booking);
        let wants = |name| self.wanted.contains(&name);
        let asked = Embedded {
            owner: all.owner.filter(|_| wants("owner")),
            calendar: all.calendar.filter(|_| wants("booking_calendar")),
            contact: all.contact.filter(|_| wants("contact")),
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
        step: impl Fn(&Booking, Option<&Booking>, Timestamp) -> Step,
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
            match self.save_bookings(account, changed).await? {
                BookingSaved::Saved => return after.map(|after| after.booking).ok_or_else(Problem::internal),
                BookingSaved::SlotTaken => return Err(forbidden(refusal, id)),
                BookingSaved::Changed | BookingSaved::IdTaken => {}
            }
        }
    }

    /// Stores what a step gave with the events that it rings, all or nothing, and wakes the engine.
    pub async fn save_bookings(
        &self,
        account: &Account,
        changed: Vec<Changed>,
    ) -> Result<BookingSaved, Problem> {
        let sandbox = match account.payload_style {
            PayloadStyle::Current => Sandbox::default(),
            PayloadStyle::Expanded => self.sandbox(account).await?,
        };
        let reader = Reader::Receiver(account.payload_style);
        let change = |Changed { booking, rings }: Changed| {
            let draft = |trigger| Draft {
                account: account.id.clone(),
                trigger,
                subject: Some(booking.id.to_string()),
                data: booking::render(&booking, reader, &embedded(&sandbox, &booking)),
                idempotency_key: None,
            };
            let event = rings.map(|trigger| self.render(&draft(trigger), Origin::Sandbox, None));
            BookingChange { booking, event }
        };
        let changes = changed.into_iter().map(change).collect();
        let saved = self.store.save_bookings(changes, self.now()).await?;
        self.announce();
        Ok(saved)
    }
}
