//! Sample events: what a trigger's event looks like, made from the account's sandbox without touching it. A sample lives
//! through the steps that a real booking or conversation takes before it rings the trigger.

mod page;

pub use page::{page, pages};

use crate::publisher::Draft;
use crate::trace::Traced;
use deskbell_core::account::{Account, PayloadStyle};
use deskbell_core::booking::{Actor, Booking, Changed, Form, Guest, Location, Pick};
use deskbell_core::conversation::{Conversation, ConversationAnswer, Parties};
use deskbell_core::id::{AccountId, AnswerId, BookingId, CalendarId, ConversationId};
use deskbell_core::sandbox::{Calendar, Sandbox};
use deskbell_core::time::{earlier, later};
use deskbell_core::trigger::Trigger;
use deskbell_core::{Random, Store, Timestamp};
use deskbell_wire::booking::{self as wire, Embedded};
use deskbell_wire::conversation::payload;
use deskbell_wire::problem::Problem;
use serde_json::value::RawValue;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);
const MINUTE: Duration = Duration::from_secs(60);

/// A sample of `trigger` for the account.
pub async fn event(
    store: &dyn Store,
    random: &dyn Random,
    now: Timestamp,
    account: &Account,
    trigger: Trigger,
    traced: Traced,
) -> Result<Draft, Problem> {
    let sandbox = store.sandbox(&account.id).await?.ok_or_else(Problem::internal)?;
    let made = made(&account.id, account.payload_style, &sandbox, trigger, random, now);
    let (subject, data) = made.ok_or_else(|| {
        Problem::conflict("id", "sandbox_empty", "The account's sandbox has nothing to sample.")
    })?;
    let (account, data) = (account.id.clone(), data.into());
    Ok(Draft { account, trigger, subject: Some(subject), data, idempotency_key: None, traced })
}

/// What it happened to, and the event's `data` in that style; `None` when the sandbox lacks somebody for it.
fn made(
    account: &AccountId,
    style: PayloadStyle,
    sandbox: &Sandbox,
    trigger: Trigger,
    random: &dyn Random,
    now: Timestamp,
) -> Option<(String, Box<RawValue>)> {
    if !trigger.is_booking() {
        let conversation = conversation(account, sandbox, trigger, random, now)?;
        return Some((conversation.id.to_string(), payload(&conversation)));
    }
    let booking = booking(account, sandbox, trigger, random, now)?;
    let embedded = match style {
        PayloadStyle::Current => Embedded::default(),
        PayloadStyle::Expanded => Embedded {
            owner: sandbox.user(&booking.owner).into(),
            calendar: sandbox.calendars.iter().find(|calendar| calendar.id == booking.calendar).into(),
            ..Embedded::default()
        },
    };
    Some((booking.id.to_string(), wire::payload(&booking, style, &embedded)))
}

/// A booking as it rings `trigger` now. It was made a day ago.
fn booking(
    account: &AccountId,
    sandbox: &Sandbox,
    trigger: Trigger,
    random: &dyn Random,
    now: Timestamp,
) -> Option<Booking> {
    // Of a calendar whose host was deleted nothing is booked any more.
    let (calendar, host) = sandbox.calendars.iter().find_map(|calendar| sandbox.calendar(&calendar.id))?;
    let guest = sandbox.contacts.first()?;
    // A sample waits for nobody's approval.
    let calendar = &Calendar { approval: false, ..calendar.clone() };
    let elsewhere = &Calendar { id: CalendarId::new(random), ..calendar.clone() };
    let (id, next) = (&BookingId::new(random), &BookingId::new(random));
    let location = &Location::online(host.provider(), id);
    let pick = |id, calendar, starts| Pick { id, calendar, host, starts, location };
    let tomorrow = later(now, 24 * HOUR);
    let over = matches!(trigger, Trigger::BookingCompleted | Trigger::BookingNoShow);
    let starts = if over { earlier(now, MINUTE * calendar.duration_minutes) } else { tomorrow };
    let who = Guest {
        contact: Some(guest.id.clone()),
        time_zone: guest.time_zone.clone().unwrap_or_else(|| host.time_zone.clone()),
        form: Form {
            name: guest.full_name(),
            email: guest.email.clone(),
            note: Some("A sample booking.".into()),
            ..Form::default()
        },
        ..Guest::default()
    };
    let made = if trigger == Trigger::BookingScheduled { now } else { earlier(now, 24 * HOUR) };
    let booked = Booking::book(account, pick(id, calendar, starts), who, made).booking;
    let reason = |text: &str| Some(text.to_owned());
    let steps = match trigger {
        Trigger::BookingRescheduled => booked.reschedule(pick(next, calendar, later(tomorrow, HOUR)), now),
        Trigger::BookingCanceledThenRescheduled => {
            booked.reschedule(pick(next, elsewhere, later(tomorrow, HOUR)), now)
        }
        Trigger::BookingCanceledRescheduleRequested => {
            booked.request_reschedule(reason("The host is away"), now)
        }
        Trigger::BookingCanceled => booked.cancel(reason("Something came up"), Actor::Customer, now),
        Trigger::BookingCompleted => booked.complete(now),
        Trigger::BookingNoShow => booked.no_show(now),
        Trigger::BookingReassigned => {
            booked.reassign(sandbox.users.iter().find(|user| user.id != host.id)?, None, now)
        }
        _ => Ok(vec![Changed { booking: booked, rings: Some(Trigger::BookingScheduled) }]),
    };
    let rung = steps.ok()?.into_iter().find(|changed| changed.rings == Some(trigger))?;
    Some(rung.booking)
}

/// A conversation as it rings `trigger` now. It began a quarter of an hour ago, and its visitor said one thing.
fn conversation(
    account: &AccountId,
    sandbox: &Sandbox,
    trigger: Trigger,
    random: &dyn Random,
    now: Timestamp,
) -> Option<Conversation> {
    let contact = sandbox.contacts.first()?;
    let parties = Parties {
        owner: sandbox.user(&contact.owner).or(sandbox.users.first())?.clone(),
        bot: sandbox.bots.first()?.clone(),
        website: sandbox.websites.first()?.clone(),
        contact: contact.clone(),
    };
    let began = if trigger == Trigger::ConversationStarted { now } else { earlier(now, 15 * MINUTE) };
    let answer = ConversationAnswer {
        id: AnswerId::new(random),
        internal_label: Some("full_name".into()),
        question: "What is your name?".into(),
        value: contact.full_name(),
    };
    let mut conversation = Conversation::begin(ConversationId::new(random), account.clone(), parties, began);
    conversation.answer(answer, began).ok()?;
    match trigger {
        Trigger::ConversationClosed => drop(conversation.close(now).ok()?),
        Trigger::ConversationAbandoned => drop(conversation.abandon(now).ok()?),
        _ => {}
    }
    Some(conversation)
}

#[cfg(test)]
mod tests;
