//! Sample events: what a trigger's event looks like, made from the account's sandbox without touching it.

use super::accept::Draft;
use super::problem::Problem;
use super::state::App;
use deskbell_core::account::{Account, PayloadStyle};
use deskbell_core::booking::{self, Actor, Booking, Cancellation, Embedded, Form, Guest, Pick, Reader};
use deskbell_core::conversation::{self, Answer, Conversation, Parties};
use deskbell_core::id::{AccountId, AnswerId, BookingId, ConversationId};
use deskbell_core::sandbox::Sandbox;
use deskbell_core::time::later;
use deskbell_core::trigger::Trigger;
use deskbell_core::{Random, Timestamp};
use serde_json::value::RawValue;
use std::time::Duration;

/// A sample of `trigger` for the account.
pub async fn event(app: &App, account: &Account, trigger: Trigger) -> Result<Draft, Problem> {
    let sandbox = app.store.sandbox(&account.id).await?.ok_or_else(Problem::internal)?;
    let made = if trigger.is_booking() {
        booking(account, &sandbox, trigger, &*app.random, app.now())
    } else {
        conversation(&account.id, &sandbox, trigger, &*app.random, app.now())
    };
    let (subject, data) = made.ok_or_else(|| {
        Problem::conflict("id", "sandbox_empty", "The account's sandbox has nothing to sample.")
    })?;
    Ok(Draft { account: account.id.clone(), trigger, subject: Some(subject), data, idempotency_key: None })
}

fn booking(
    account: &Account,
    sandbox: &Sandbox,
    trigger: Trigger,
    random: &dyn Random,
    now: Timestamp,
) -> Option<(String, Box<RawValue>)> {
    use booking::Status;
    let calendar = sandbox.calendars.first()?;
    let (_, host) = sandbox.calendar(&calendar.id)?;
    let guest = sandbox.contacts.first()?;
    let by_guest = || Some(Cancellation { reason: Some("Something came up".into()), by: Actor::Customer });
    let by_user =
        || Some(Cancellation { reason: Some("The host is away".into()), by: Actor::User(host.id.clone()) });
    let (status, cancellation) = match trigger {
        Trigger::BookingRescheduled => (Status::Rescheduled, by_guest()),
        Trigger::BookingCanceled | Trigger::BookingCanceledThenRescheduled => (Status::Canceled, by_guest()),
        Trigger::BookingCanceledRescheduleRequested => (Status::Canceled, by_user()),
        Trigger::BookingCompleted => (Status::Completed, None),
        Trigger::BookingNoShow => (Status::NoShow, None),
        _ => (Status::Scheduled, None),
    };
    let id = BookingId::new(random);
    let who = Guest {
        contact: Some(guest.id.clone()),
        time_zone: guest.time_zone.clone().unwrap_or_else(|| host.time_zone.clone()),
        form: Form {
            name: guest.full_name(),
            email: guest.email.clone().unwrap_or_default(),
            note: Some("A sample booking.".into()),
            ..Form::default()
        },
    };
    let pick = Pick { id: &id, calendar, host, starts: later(now, Duration::from_secs(24 * 3600)) };
    let booked = Booking::book(&account.id, pick, who, now).booking;
    let booking = Booking { status, cancellation, ..booked };
    let embedded = Embedded { owner: Some(host), calendar: Some(calendar), contact: None };
    let embedded = match account.payload_style {
        PayloadStyle::Current => Embedded::default(),
        PayloadStyle::Expanded => embedded,
    };
    let data = booking::render(&booking, Reader::Receiver(account.payload_style), &embedded);
    Some((id.to_string(), data))
}

fn conversation(
    account: &AccountId,
    sandbox: &Sandbox,
    trigger: Trigger,
    random: &dyn Random,
    now: Timestamp,
) -> Option<(String, Box<RawValue>)> {
    use conversation::Status;
    let contact = sandbox.contacts.first()?;
    let parties = Parties {
        owner: sandbox.users.iter().find(|user| user.id == contact.owner)?.clone(),
        bot: sandbox.bots.first()?.clone(),
        website: sandbox.websites.first()?.clone(),
        contact: contact.clone(),
    };
    let conversation = Conversation {
        status: match trigger {
            Trigger::ConversationClosed => Status::Closed,
            Trigger::ConversationAbandoned => Status::Abandoned,
            _ => Status::Started,
        },
        answers: vec![Answer {
            id: AnswerId::new(random),
            internal_label: Some("full_name".into()),
            question: "What is your name?".into(),
            value: contact.full_name(),
        }],
        ..Conversation::begin(ConversationId::new(random), account.clone(), parties, now)
    };
    Some((conversation.id.to_string(), conversation::render(&conversation)))
}
